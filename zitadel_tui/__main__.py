"""The entry point: the only module that knows the app, the commands and the embedded ZITADEL."""

import contextlib
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
    from zitadel_tui.tui.app import run

    return run(settings, local=local, stdin=stdin)


PARTS = Parts(demo=_demo, serve_demo=_serve_demo, app_unusable=_app_unusable, open_app=_open_app)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status. Without ``arguments`` those of the process."""
    from zitadel_tui.cli.main import main as run

    _take_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a locale without Unicode is no reason to show nothing
    return run(sys.argv[1:] if arguments is None else arguments, PARTS)


def _take_closed_streams() -> None:
    """Streams that the shell closed (``>&-``): nothing else may get their numbers. What is written to stdout
    fails then, and is reported; what is said on stderr is lost."""
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
    """Run, and end the process at once: tearing the interpreter down takes a tenth of a command's time."""
    status = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    end()
