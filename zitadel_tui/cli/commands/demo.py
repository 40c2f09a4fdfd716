"""``demo serve``: the embedded ZITADEL behind a port of this machine."""

from pathlib import Path

from zitadel_tui.cli.run import DONE, Run
from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import load

_LAST_PORT = 65_535


def serve(run: Run) -> int:
    options = vars(run.options)
    size = load({"demo": True, "demo_size": options.get("demo_size")}, {}, Path.cwd()).demo_size
    directory, port = Path(options["directory"]), _port(options["port"])
    run.parts.serve_demo(directory, port, size, run.output.announce)
    return DONE


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else -1
    if not 0 <= port <= _LAST_PORT:
        raise UsageFailure("--port is not the number of a port.", f"Give 1 to {_LAST_PORT}; 0 is a free one.")
    return port
