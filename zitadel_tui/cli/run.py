"""One command being run: its options, settings and output, and the way to the server."""

import argparse
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from zitadel_tui.cli.output import Output
    from zitadel_tui.core.session import LocalServer, Session
    from zitadel_tui.settings import Settings

from zitadel_tui.failure import Failure

T = TypeVar("T")

DONE, REFUSED, USAGE, UNREACHABLE, PARTLY, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit statuses."""


@dataclass(frozen=True)
class Parts:
    """What only the entry point may import: the app, and the embedded ZITADEL."""

    demo: "Callable[[int | None], LocalServer]"
    """Makes it, with that many members."""
    serve_demo: "Callable[[Path, int, int | None, Callable[[str], None]], None]"
    """Runs it until it is stopped: directory, port, members, what it says."""
    app_unusable: Callable[[], str | None]
    open_app: "Callable[[Settings, Callable[[], LocalServer], Callable[[], bytes] | None], int]"


class Stopped(Exception):
    """The user interrupted; ``error`` is how the work ended that could not be cut off."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__("stopped")
        self.error = error


class Ended(Failure):
    """A failure of which a command says more than the layers below: ``lines`` under the sentence, and the
    exit status."""

    def __init__(self, summary: str, hint: str = "", *, lines: Sequence[str] = (), status: int) -> None:
        super().__init__(summary, hint)
        self.lines = tuple(lines)
        self.status = status


class Declined(Failure):
    """A question was not answered with yes."""


@dataclass(frozen=True)
class Run:
    options: argparse.Namespace
    output: "Output"
    parts: Parts
    load_settings: "Callable[[], Settings]"

    @cached_property
    def settings(self) -> "Settings":
        """Loaded when first asked for, with its warnings said. Raises ``UsageFailure``."""
        settings = self.load_settings()
        for warning in settings.warnings:
            self.output.say("warning", warning)
        return settings

    @property
    def takes_stdin(self) -> bool:
        """Whether stdin is the key, or a file that an option names."""
        key = self.settings.key_file
        return self.files_from_stdin > 0 or (key is not None and key.path is None)

    @property
    def files_from_stdin(self) -> int:
        """How many options name stdin as their file."""
        given = (getattr(self.options, name, None) for name in ("source", "password_file", "hash_file"))
        return sum(name == "-" for name in given)

    def local(self) -> "LocalServer":
        return self.parts.demo(self.settings.demo_size)

    def online(self, work: "Callable[[Session], Coroutine[Any, Any, T]]") -> T:
        """Do ``work`` with a session; how the sign-in went is said before anything else.

        Raises what the work raises; ``KeyboardInterrupt`` when it was cancelled.
        """
        import asyncio  # dearer than all else that --help needs

        settings = self.settings

        async def with_session() -> T:
            from zitadel_tui.core.session import open_session

            session = open_session(settings, local=self.local)
            try:
                return await work(session)
            finally:
                for note in session.notes:
                    self.output.say("note", note)
                await session.close()

        return asyncio.run(with_session())
