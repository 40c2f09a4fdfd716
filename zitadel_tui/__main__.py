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

    if sys.stdout is None:  # closed by the shell (>&-)
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process runs
    if sys.stderr is None:
        sys.stderr = sys.stdout
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a locale without Unicode is no reason to show nothing
    return run(sys.argv[1:] if arguments is None else arguments, PARTS)


def end() -> NoReturn:
    """Run, and end the process at once: tearing the interpreter down takes a tenth of a command's time."""
    status = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    end()
