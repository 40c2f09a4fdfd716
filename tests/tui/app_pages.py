"""How tests use the app: the real one, on a demo in this process, by keys alone.

::

    async with signed_in() as page:
        await page.press("slash", *"owner")
        await page.until(lambda: "3 shown" in page.text)
"""

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from textual.driver import Driver
from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from zitadel_tui.core.session import LocalServer
from zitadel_tui.demo.server import Demo
from zitadel_tui.settings import Settings
from zitadel_tui.tui.app import ZitadelApp
from zitadel_tui.tui.driver import textual_compat
from zitadel_tui.tui.driver.textual_compat import KeyParser

SECONDS = 20.0
_SHORTEST, _LONGEST = 0.002, 0.025  # seconds between two looks: each paints, and reads the screen
_CALM = 10  # turns of the loop without a message


class Account:
    """The demo as one of its service accounts: what ``local`` makes."""

    def __init__(self, demo: Demo, name: str) -> None:
        self._demo, self._name = demo, name
        self.origin = demo.origin
        self.app: Any = demo.app

    def key_file(self) -> bytes:
        return self._demo.key_file(self._name)


class Page:
    """What a user sees of the app, and the keys they have."""

    def __init__(self, app: ZitadelApp, pilot: Pilot[None], demo: Demo | None = None) -> None:
        self.app, self.pilot, self._demo = app, pilot, demo

    @property
    def demo(self) -> Demo:
        assert self._demo is not None, "the app runs on a server"
        return self._demo

    @property
    def lines(self) -> list[str]:
        """The screen as it is painted, top to bottom."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def messages(self) -> list[str]:
        """Everything that was said, oldest first."""
        return [message.text for message in self.app.messages.all]

    def forget_messages(self) -> None:
        """So that what is told next is told again."""
        self.app.messages.all.clear()

    async def press(self, *keys: str) -> None:
        """By their names, each when the one before has had its effect."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
            self._driver.send_message(Key(name, _character_of(name)))
            await self.quiet()

    async def type(self, text: str) -> None:
        """In one go, as a slow line delivers it."""
        for character in text:
            self._driver.send_message(Key(_character_to_key(character), character))
        await self.quiet()

    async def burst(self, data: str) -> None:
        """Bytes as a terminal sends them, in one write."""
        parser = KeyParser()
        for event in [*parser.feed(data), *parser.feed("")]:
            self._driver.process_message(event)
        await self.quiet()

    @property
    def _driver(self) -> Driver:
        driver = self.app._driver
        assert driver is not None
        return driver

    async def quiet(self) -> None:
        """Wait until all keys have had their effect, however slow the machine is; not for the network."""
        calm = 0
        while calm < _CALM and self.app.is_running:
            await asyncio.sleep(0)
            calm += 1
            if self.app._input_order.is_holding or _has_more_to_run():
                calm = 0
            elif textual_compat.is_frame_due(self.app.screen):
                textual_compat.paint_frame(self.app.screen)
                calm = 0
            elif calm == _CALM and textual_compat.is_busy(self.app):
                calm = 0  # asked last: it goes through all widgets

    async def resize(self, columns: int, rows: int) -> None:
        await self.pilot.resize_terminal(columns, rows)
        await self.quiet()

    async def until(self, fact: Callable[[], object], *, seconds: float = SECONDS) -> None:
        """Wait for a fact, with a bound; the screen is in the failure."""
        end, pause = time.monotonic() + seconds, _SHORTEST
        while not fact():
            assert self.app._exception is None, f"crashed: {self.app._exception!r}"
            assert time.monotonic() < end, f"never came true; on screen:\n{self.text}\n{self.messages}"
            await _tick(pause)
            pause = min(1.5 * pause, _LONGEST)
            await self.quiet()

    async def sees(self, *words: str) -> None:
        """Wait until all of these are on the screen."""
        await self.until(lambda: all(word in self.text for word in words))

    async def told(self, *words: str) -> None:
        """Wait until one message holds all of these."""
        await self.until(lambda: any(all(word in one for word in words) for one in self.messages))


def _character_of(key: str) -> str | None:
    """What a key types, as Textual's pilot has it."""
    try:
        return unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(key, key)))
    except KeyError:
        return key if len(key) == 1 else None


def _has_more_to_run() -> bool:
    """Whether anything but the caller is about to run in this loop."""
    return bool(vars(asyncio.get_running_loop())["_ready"])


async def _tick(seconds: float) -> None:
    """Let the other thread have a moment."""
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, done.set)
    await done.wait()


class _App(ZitadelApp):
    """Makes the form of Import when it is opened, not in advance: a quarter of what a start costs."""

    def _make_other_views(self) -> None:
        if self.session is not None and not self.members.loading:
            self._make_view("roles")


def demo(size: int | None = None, **knobs: Any) -> Demo:
    """A demo that is the same each time."""
    return Demo(size=size, seed=1, **knobs)


@asynccontextmanager
async def started(
    settings: Settings,
    server: Demo,
    *,
    account: str = "onboarding-bot",
    size: tuple[int, int] = (80, 24),
    local: LocalServer | Literal[True] | None = True,
    app: type[ZitadelApp] = _App,
) -> AsyncIterator[Page]:
    """The app, its first frame painted; the demo is ``local``, or by default ``account`` of ``server``."""
    offered = Account(server, account) if local is True else local
    running = app(settings, local=None if offered is None else lambda: offered)
    async with running.run_test(size=size, notifications=True, tooltips=True) as pilot:
        yield Page(running, pilot, server)
    running.network.runtime.stop(wait=SECONDS)  # quitting does not wait for connections to be closed


@asynccontextmanager
async def signed_in(
    server: Demo | None = None,
    *,
    account: str = "onboarding-bot",
    size: tuple[int, int] = (80, 24),
    **settings: Any,
) -> AsyncIterator[Page]:
    """The app on the demo, once it knows who it is."""
    async with started(Settings(demo=True, **settings), server or demo(), account=account, size=size) as page:
        await page.until(lambda: page.app.account is not None)
        yield page
