"""Serves the demo on a port of this machine, and writes a key file and a `.env`."""

import asyncio
import json
import os
import re
import shlex
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from zitadel_tui.demo.server import ACCOUNT, Demo

KEY_FILE, ENV_FILE = "client-key-file.json", ".env"
_ENV = """\
CLIENT_PRIVATE_KEY_FILE_PATH = "{key}"
PROJECT_ID="zitadel"
ZITADEL_DOMAIN = "{origin}"
ZITADEL_TOKEN_URL = "{origin}/oauth/v2/token"
"""
_CURL = """\
curl -s -X POST "$ZITADEL_URL{path}" -H "Authorization: Bearer $ZITADEL_PAT" \\
  -H 'Content-Type: application/json' --data-raw '{body}'"""
_PERSON: dict[str, Any] = {
    "userName": "ada",
    "profile": {"firstName": "Ada", "lastName": "Lovelace"},
    "email": {"email": "ada@example.test", "isEmailVerified": True},
}
_PAGE: dict[str, Any] = {"query": {"offset": "0", "limit": 100, "asc": True}, "queries": []}


class CannotServe(Exception):
    """Why the demo is not served, in a sentence, and what to do about it."""

    def __init__(self, message: str, advice: str = "Choose another directory.") -> None:
        super().__init__(message)
        self.advice = advice


def _missing_server() -> CannotServe:
    return CannotServe(
        "The demo needs an HTTP server to be served.",
        "Install it: .venv/bin/pip install '.[serve]' in the clone, or pipx inject zitadel-tui hypercorn.",
    )


def _foreign(path: Path) -> CannotServe:
    return CannotServe(f"{path} was not written by a demo and is not replaced.")


def _reason(error: OSError | ValueError) -> str:
    """The system's error message, for use in a sentence."""
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    return text[:1].lower() + text[1:]


def listen(host: str, port: int) -> socket.socket:
    """A socket that accepts from now on; port 0 takes a free one. Raises CannotServe."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"Port {port} of {host} cannot be used: {_reason(error)}.",
            "Choose another one with --port; 0 takes a free one.",
        ) from error
    return listener


async def answer(demo: Demo, listener: socket.socket, stop: Callable[[], Awaitable[object]]) -> None:
    """Serves the demo on the socket until `stop()` returns. Raises CannotServe."""
    try:
        from hypercorn.asyncio import serve as run
        from hypercorn.config import Config
    except ImportError as error:
        raise _missing_server() from error
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = None
    config.include_date_header = config.include_server_header = False
    config.graceful_timeout = 0.1
    app: Any = demo.app  # Starlette and hypercorn spell ASGI's types differently
    await run(app, config, shutdown_trigger=stop)


def write_files(directory: Path, demo: Demo, account: str = ACCOUNT) -> None:
    """Writes the key file (0600) and the `.env` in the seed's form. Raises CannotServe."""
    try:
        _write_files(directory, demo, account)
    except (OSError, ValueError) as error:
        path = getattr(error, "filename", None) or directory
        raise CannotServe(f"{path} cannot be written: {_reason(error)}.") from error


def _write_files(directory: Path, demo: Demo, account: str) -> None:
    key, env = directory / KEY_FILE, directory / ENV_FILE
    ours = _ENV.format(key=KEY_FILE, origin="@").replace("@", r"http://127\.0\.0\.1:\d+")
    directory.mkdir(parents=True, exist_ok=True)
    if env.exists() and not re.fullmatch(ours, env.read_text(encoding="utf-8", errors="replace")):
        raise _foreign(env)
    if key.exists() and not env.exists():
        raise _foreign(key)
    env.write_text(_ENV.format(key=KEY_FILE, origin=demo.origin), encoding="utf-8")
    key.unlink(missing_ok=True)
    descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(demo.key_file(account))


def advice(directory: Path, origin: str) -> str:
    """The commands to paste: zitadel-tui and four calls with curl."""
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/management/v1/users/human/_import", _PERSON),
        ("/management/v1/orgs/members/roles/_search", {}),
        (
            "/management/v1/orgs/me/members",
            {"userId": "<the userId of the first call>", "roles": ["ORG_OWNER"]},
        ),
        ("/management/v1/orgs/me/members/_search", _PAGE),
    )
    return "\n".join(
        [
            f"A demo ZITADEL answers at {origin}; Ctrl+C ends it. In another terminal:",
            "",
            f"cd {shlex.quote(str(directory.absolute()))} && zitadel-tui",
            "",
            f"export ZITADEL_URL={origin}",
            "export ZITADEL_PAT=$(zitadel-tui token)",
            *(_CURL.format(path=path, body=json.dumps(body)) for path, body in calls),
        ]
    )


def serve(
    directory: Path,
    *,
    port: int,
    host: str = "127.0.0.1",
    size: int | None = None,
    announce: Callable[[str], None],
    seed: int = 1,
    legacy: bool = False,
    password_cost: float = 0.3,
    latency: float = 0.0,
) -> None:
    """Runs the demo until SIGINT or SIGTERM; announces once it accepts. `latency` is in seconds, before each
    answer. Raises CannotServe."""
    from importlib.util import find_spec

    if find_spec("hypercorn") is None:
        raise _missing_server()
    demo = Demo(size=size, seed=seed, legacy=legacy, password_cost=password_cost, latency=latency)
    listener = listen(host, port)
    try:
        demo.origin = f"http://{host}:{listener.getsockname()[1]}"
        write_files(directory, demo)
    except CannotServe:
        listener.close()
        raise
    announce(advice(directory, demo.origin))
    asyncio.run(_until_signal(demo, listener))


async def _until_signal(demo: Demo, listener: socket.socket) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await answer(demo, listener, stop.wait)
