"""One run of a command: its options, settings, output, signals and sessions."""

import argparse
import sys
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeVar

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


class Parts(NamedTuple):
    """What only the entry point may import: the app, and the embedded ZITADEL."""

    demo: "Callable[[int | None], LocalServer]"
    """Makes it, with that many members."""
    serve_demo: "Callable[[Path, int, int | None, Callable[[str], None]], None]"
    """Runs it until it is stopped: directory, port, members, what it says."""
    app_unusable: Callable[[], str | None]
    open_app: "Callable[[Settings, Callable[[], LocalServer], Callable[[], bytes] | None], int]"
    unknown_theme: Callable[[str | None], str | None]
    """What to say about a theme that the app does not have."""


class Run:
    def __init__(
        self,
        options: argparse.Namespace,
        output: "Output",
        signals: "Signals",
        parts: Parts,
        load_settings: "Callable[[], Settings]",
    ) -> None:
        self.options = options
        self.output = output
        self.signals = signals
        self.parts = parts
        self.load_settings = load_settings
        self._waits_told: set[str] = set()

    @cached_property
    def settings(self) -> "Settings":
        """Loaded when first asked for, with its warnings said. Raises ``UsageFailure``."""
        settings = self.load_settings()
        self.output.use_colors(settings.colors)
        for warning in settings.warnings:
            self.output.say("warning", warning)
        return settings

    def local(self) -> "LocalServer":
        return self.parts.demo(self.settings.demo_size)

    # The server

    def read(self, work: "Callable[[Session], Coroutine[Any, Any, T]]") -> T:
        """Run ``work``, which writes nothing, with a session.

        Notes about the sign-in are printed before the result. Raises what the work raises, and
        ``KeyboardInterrupt`` when a signal ended it.
        """
        return self.signals.run(self._with_session(self.settings, work))

    def write(self, work: "Callable[[Session], Coroutine[Any, Any, T]]") -> T:
        """Like :meth:`read`, for ``work`` that may write: what was written is reported even after a
        signal. A ``--confirm`` that names another organization is refused, whatever the work asks for."""

        async def confirmed(session: "Session") -> T:
            await self._check_confirmed(session)
            return await work(session)

        return self.signals.run(self._with_session(self.settings, confirmed), writes=True)

    async def _check_confirmed(self, session: "Session") -> None:
        given = vars(self.options).get("confirm")
        if given is None:
            return
        name = await session.name_to_type()
        if given.strip() != name:
            raise UsageFailure(
                f"--confirm names {shown(given)!r}, but this is the organization {shown(name)!r}; "
                "nothing was sent.",
                "Check context and organization: `zitadel-tui whoami` shows them.",
            )

    async def _with_session(
        self, settings: "Settings", work: "Callable[[Session], Coroutine[Any, Any, T]]"
    ) -> T:
        from zitadel_tui.core.session import open_session

        session = open_session(settings, local=self.local)
        session.on_waiting(self.say_waiting)
        try:
            return await work(session)
        finally:
            for note in session.notes:
                self.output.say("note", note)
            await session.close()

    def say_waiting(self, waiting: "Waiting | None") -> None:
        """Print what the command waits for, once for each reason."""
        if waiting is not None and waiting.reason not in self._waits_told:
            self._waits_told.add(waiting.reason)
            self.output.say("note", waiting.sentence)

    # Files that options name; ``-`` is stdin, for one of them

    @property
    def key_is_piped(self) -> bool:
        """Whether stdin is the key."""
        key = self.settings.key_file
        return key is not None and key.path is None

    def read_file(self, name: str, what: str, largest: int) -> tuple[bytes, str]:
        """Read at most ``largest`` + 1 bytes; also returns what messages call the file. Raises
        ``UsageFailure``."""
        label = f"{what} from stdin" if name == "-" else f"The file {shown(name)}"
        try:
            if name == "-":
                return self.stdin(what).read(largest + 1), label
            with open(name, "rb") as file:
                return file.read(largest + 1), label
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a path"
            hint = "Check the path; - reads stdin."
            raise UsageFailure(f"{label} cannot be read: {reason}.", hint) from error

    def stdin(self, what: str) -> BinaryIO:
        """Standard input, for ``what``. Raises ``UsageFailure`` where the key comes from there, too."""
        if self.key_is_piped:
            raise UsageFailure(
                f"The key and {what[:1].lower()}{what[1:]} cannot both come from stdin.",
                "Put one of them into a file.",
            )
        if sys.stdin is None:
            raise UsageFailure("There is no stdin to read from.", "Name a file.")
        return sys.stdin.buffer
