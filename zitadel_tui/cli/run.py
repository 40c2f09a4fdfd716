"""One command being run: its options, settings, output and signals, and the way to the server."""

import argparse
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown

if TYPE_CHECKING:
    from pathlib import Path

    from zitadel_tui.cli.output import Output
    from zitadel_tui.cli.signals import Signals
    from zitadel_tui.core.session import LocalServer, Session
    from zitadel_tui.core.waiting import Waiting
    from zitadel_tui.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True)
class Parts:
    """What only the entry point may import: the app, and the embedded ZITADEL."""

    demo: "Callable[[int | None], LocalServer]"
    """Makes it, with that many members."""
    serve_demo: "Callable[[Path, int, int | None, Callable[[str], None]], None]"
    """Runs it until it is stopped: directory, port, members, what it says."""
    app_unusable: Callable[[], str | None]
    open_app: "Callable[[Settings, Callable[[], LocalServer], Callable[[], bytes] | None], int]"


@dataclass(frozen=True)
class Run:
    options: argparse.Namespace
    output: "Output"
    signals: "Signals"
    parts: Parts
    load_settings: "Callable[[], Settings]"

    @cached_property
    def settings(self) -> "Settings":
        """Loaded when first asked for, with its warnings said. Raises ``UsageFailure``."""
        settings = self.load_settings()
        for warning in settings.warnings:
            self.output.say("warning", warning)
        return settings

    def local(self) -> "LocalServer":
        return self.parts.demo(self.settings.demo_size)

    # The server

    def read(self, work: "Callable[[Session], Coroutine[Any, Any, T]]") -> T:
        """Do ``work``, which writes nothing, with a session; how the sign-in went is said before the result.

        Raises what the work raises; ``KeyboardInterrupt`` when a signal ended it.
        """
        return self.signals.run(self._with_session(self.settings, work))

    def write(self, work: "Callable[[Session], Coroutine[Any, Any, T]]") -> T:
        """As :meth:`read`, for ``work`` that may write: what was written is reported also after a signal."""
        return self.signals.run(self._with_session(self.settings, work), writes=True)

    async def _with_session(
        self, settings: "Settings", work: "Callable[[Session], Coroutine[Any, Any, T]]"
    ) -> T:
        from zitadel_tui.core.session import open_session

        session = open_session(settings, local=self.local)
        session.on_waiting(self._say_waiting(set()))
        try:
            return await work(session)
        finally:
            for note in session.notes:
                self.output.say("note", note)
            await session.close()

    def _say_waiting(self, told: set[str]) -> "Callable[[Waiting | None], None]":
        """Says once for each reason that the command waits; ``told`` are the reasons."""

        def say(waiting: "Waiting | None") -> None:
            if waiting is not None and waiting.reason not in told:
                told.add(waiting.reason)
                self.output.say("note", waiting.sentence)

        return say

    # Files that options name; ``-`` is stdin, for one of them

    @property
    def key_is_piped(self) -> bool:
        """Whether stdin is the key."""
        key = self.settings.key_file
        return key is not None and key.path is None

    def read_file(self, name: str, what: str, largest: int) -> tuple[bytes, str]:
        """At most ``largest`` bytes and one more, and how to call the place. Raises ``UsageFailure``."""
        label = f"{what} from stdin" if name == "-" else f"The file {shown(name)}"
        try:
            if name == "-":
                return self._stdin(what).read(largest + 1), label
            with open(name, "rb") as file:
                return file.read(largest + 1), label
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a path"
            hint = "Check the path; - reads stdin."
            raise UsageFailure(f"{label} cannot be read: {reason}.", hint) from error

    def _stdin(self, what: str) -> BinaryIO:
        if self.key_is_piped:
            raise UsageFailure(
                f"The key and {what[:1].lower()}{what[1:]} cannot both come from stdin.",
                "Put one of them into a file.",
            )
        if sys.stdin is None:
            raise UsageFailure("There is no stdin to read from.", "Name a file.")
        return sys.stdin.buffer
