"""Signs in while the app still imports Textual: a second process sends the first requests of the app.

It runs the code of any session, passes the answers over a socket, and ends. The app goes on with the token
and these answers. Whatever goes wrong there, the app does all of it itself and tells its own errors. The
process lives a few seconds at most, ends when the app does, and is always waited for.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from zitadel_tui.settings import Settings, missing
from zitadel_tui.signals import ending

if TYPE_CHECKING:
    from zitadel_tui.core.waiting import Waiting
    from zitadel_tui.zitadel.handover import Handover

_MOST_SECONDS = 5
_SILENT_SECONDS = 1.0
"""After which it is said that there is no answer yet, as for any request."""
_PART = 1 << 18  # bytes


class Ahead:
    """The other process, as the app sees it."""

    def __init__(self, pid: int, line: socket.socket, settings: Settings) -> None:
        self._pid = pid
        self._line = line
        self._settings = settings
        self._ends = time.monotonic() + _MOST_SECONDS

    async def handover(self, waits: "Callable[[Waiting | None], None]") -> "Handover | None":
        """What it was answered, and None when it could not; ``waits`` hears when that takes long."""
        from zitadel_tui.core.waiting import Waiting
        from zitadel_tui.zitadel.handover import unpacked

        loop, received = asyncio.get_running_loop(), bytearray()
        waiting = Waiting(0, self._settings.domain or "", "no answer yet", 1, self._settings.timeout)
        silent = loop.call_later(_SILENT_SECONDS, waits, waiting)
        try:
            async with asyncio.timeout(self._ends - time.monotonic()):
                while part := await loop.sock_recv(self._line, _PART):
                    received += part
            return unpacked(bytes(received))
        except (OSError, TimeoutError):
            return None
        finally:
            silent.cancel()
            waits(None)
            self.close()

    def close(self) -> None:
        """Let nothing be left of it."""
        pid, self._pid = self._pid, 0
        if pid:
            os.kill(pid, signal.SIGKILL)  # it only reads; until it was waited for its number is its own
            os.waitpid(pid, 0)
            self._line.close()


@contextmanager
def signing_in_ahead(settings: Settings) -> Iterator[Ahead | None]:
    """None where that cannot be, or would gain nothing."""
    ahead = _started(settings) if _is_possible(settings) else None
    try:
        yield ahead
    finally:
        if ahead is not None:
            ahead.close()


def _is_possible(settings: Settings) -> bool:
    """With a key in a file or a token, and while a processor is idle. A process may only be forked as long as
    it has one thread, and some systems' libraries do not survive it even then; and it must be possible to
    wait for the other one."""
    is_piped = settings.key_file is not None and settings.key_file.path is None
    return (
        sys.platform == "linux"
        and not (settings.demo or is_piped or settings.trace or missing(settings))
        and threading.active_count() == 1
        and signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
        and _processor_is_idle()
    )


def _processor_is_idle() -> bool:
    """Else the first frame would wait for the other process."""
    try:
        with open("/proc/loadavg", "rb") as file:
            running = int(file.read().split()[3].partition(b"/")[0])  # this process included
    except (OSError, ValueError, IndexError):
        return False
    return running < len(os.sched_getaffinity(0))


def _started(settings: Settings) -> Ahead | None:
    with suppress(OSError):
        ours, its = socket.socketpair()
        with its:
            try:
                pid = os.fork()
            except BaseException:
                ours.close()
                raise
            if not pid:
                _run(settings, ours, its)
        ours.setblocking(False)
        return Ahead(pid, ours, settings)
    return None


def _run(settings: Settings, of_the_app: socket.socket, line: socket.socket) -> NoReturn:
    """In the other process: it has no terminal, ends by any signal, and never returns."""
    try:
        for number in ending():
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_MOST_SECONDS)
        of_the_app.close()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        line.sendall(asyncio.run(_asked(settings, line)))
    finally:
        os._exit(0)


async def _asked(settings: Settings, line: socket.socket) -> bytes:
    asyncio.get_running_loop().add_reader(line, os._exit, 0)  # the app has ended, or needs nothing more
    from zitadel_tui.core import members
    from zitadel_tui.core.account import identify
    from zitadel_tui.core.session import open_session
    from zitadel_tui.zitadel.errors import NotPermitted
    from zitadel_tui.zitadel.handover import Answers, Handover, packed

    async def administrators() -> None:
        with suppress(NotPermitted):
            await members.instance_administrators(session.client)

    session, answers, begun = open_session(settings), Answers(), time.time()
    session.client.transport.observers.append(answers)
    await asyncio.gather(members.ask_first(session.client), identify(session.client), administrators())
    return packed(Handover(begun, session.client.tokens.sign_in, tuple(answers)))
