"""A program on a pseudo-terminal that is its controlling terminal, driven by bytes."""

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Self

ROOT = Path(__file__).parents[3]
_TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(2, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class Session:
    """Runs ``python *arguments``; ``stdin`` given: as a pipe holding that, the rest is the terminal."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._master, self._slave = os.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.attributes_before = self.attributes()
        self.output = b""
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(env or {})}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *arguments],
            stdin=self._slave if stdin is None else subprocess.PIPE,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            env=environment,
        )
        if stdin is not None:
            assert self.process.stdin is not None
            self.process.stdin.write(stdin)
            self.process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for fd in (self._master, self._slave):
            with suppress(OSError):  # hung up
                os.close(fd)

    def hang_up(self) -> None:
        """As a terminal window that is closed, or a line that is lost."""
        os.close(self._slave)
        os.close(self._master)

    def attributes(self) -> list[Any]:
        """The terminal's modes, as ``termios`` gives them."""
        return termios.tcgetattr(self._slave)

    def send(self, data: bytes) -> None:
        """Type ``data``."""
        self.output = b""
        os.write(self._master, data)

    def read(self, seconds: float) -> bytes:
        """What the program writes next, at most ``seconds`` from now; nothing when it writes nothing."""
        if not select.select([self._master], [], [], max(0.0, seconds))[0]:
            return b""
        data = os.read(self._master, 65536)
        self.output += data
        return data

    def wait_for(self, text: bytes, seconds: float = 20) -> bytes:
        """All output since the last ``send``, once ``text`` is in it. Raises TimeoutError."""
        until = monotonic() + seconds
        while text not in self.output:
            if not self.read(until - monotonic()) and monotonic() >= until:
                raise TimeoutError(f"{text!r} not in {self.output[-2000:]!r}")
        return self.output

    def wait_for_end(self, seconds: float = 20) -> int:
        """The exit status, reading on meanwhile. Raises TimeoutError."""
        until = monotonic() + seconds
        while (status := self.process.poll()) is None:
            self.read(0.001)
            if monotonic() >= until:
                raise TimeoutError(f"still running: {self.output[-2000:]!r}")
        while self.read(0):
            pass
        return status
