"""A demo behind a real socket, run in a thread."""

import asyncio
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import hypercorn.asyncio

from zitadel_tui.demo import serve
from zitadel_tui.demo.server import ACCOUNT, Demo

assert (
    hypercorn.asyncio
)  # loaded here: a client that is made meanwhile hides HTTP/2 from imports in the thread


class ServedDemo:
    """Context manager: the demo on a free port of 127.0.0.1, its key file and `.env` in `directory`.

    The keywords are those of Demo. Everything of `demo` may be read and changed from the test's thread
    while no request is under way.
    """

    def __init__(self, directory: Path, *, account: str = ACCOUNT, **knobs: Any) -> None:
        self.directory = directory
        self.demo = Demo(**knobs)
        self._account = account
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener = serve.listen("127.0.0.1", 0)
        self.demo.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, name="served demo", daemon=True)
        self._begun = threading.Event()

    @property
    def origin(self) -> str:
        return self.demo.origin

    def __enter__(self) -> Self:
        serve.write_files(self.directory, self.demo, self._account)
        self._thread.start()
        if not self._begun.wait(20):
            raise RuntimeError("the served demo did not begin")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        if self._thread.is_alive():
            raise RuntimeError("the served demo did not end")

    def _run(self) -> None:
        asyncio.run(self._answer())

    async def _answer(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._begun.set()
        await serve.answer(self.demo, self._listener, self._stop.wait)
