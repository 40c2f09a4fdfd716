"""The entry point: the only module that knows the app, the commands and the embedded ZITADEL."""

import contextlib
import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from zitadel_tui.cli.run import Parts

if TYPE_CHECKING:
    from pathlib import Path

    from zitadel_tui.core.session import LocalServer
    from zitadel_tui.settings import Settings


def _demo(size: int | None) -> "LocalServer":
    from zitadel_tui.demo.server import Demo

    return Demo(size=size)


def _serve_demo(directory: "Path", port: int, size: int | None, announce: Callable[[str], None]) -> None:
    from zitadel_tui.demo.serve import CannotServe, serve
    from zitadel_tui.failure import UsageFailure
    from zitadel_tui.text import shown

    try:
        serve(directory, port=port, size=size, announce=announce)
    except CannotServe as error:
        raise UsageFailure(shown(str(error)), error.advice) from error


def _app_unusable() -> str | None:
    from zitadel_tui.tui.driver.terminal import unusable

    return unusable()


def _open_app(
    settings: "Settings", local: "Callable[[], LocalServer]", stdin: Callable[[], bytes] | None
) -> int:
    from zitadel_tui.core.ahead import signing_in_ahead
    from zitadel_tui.tui.driver.terminal import use_colors

    use_colors(settings.colors)
    with signing_in_ahead(settings) as ahead:
        from zitadel_tui.tui.app import run

        gc.set_threshold(*_COLLECTING)
        return run(settings, local=local, stdin=stdin, ahead=ahead)


def _unknown_theme(name: str | None) -> str | None:
    from zitadel_tui.tui.themes import unknown

    return unknown(name)


_COLLECTING = gc.get_threshold()
_COLLECTING_SELDOM = 200_000
"""New objects, fewer than a start makes, and few enough to be held for a while."""

PARTS = Parts(
    demo=_demo,
    serve_demo=_serve_demo,
    app_unusable=_app_unusable,
    open_app=_open_app,
    unknown_theme=_unknown_theme,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status. ``arguments`` are by default those of the process."""
    from zitadel_tui.cli.main import main as run

    _take_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a locale without Unicode is no reason to show nothing
    return run(sys.argv[1:] if arguments is None else arguments, PARTS)


def _take_closed_streams() -> None:
    """Keep the file descriptors of streams that the shell closed (``>&-``), so that no other file gets
    them. Writing to stdout then fails and is reported; messages on stderr are lost."""
    for number, flags in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest number that is free
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - for as long as the process runs
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def end() -> NoReturn:
    """Run, then end the process at once. Tearing down the interpreter takes a tenth of a command's time,
    and so does garbage collection of what imports create, none of which is garbage."""
    gc.set_threshold(_COLLECTING_SELDOM)
    status = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    end()
