"""The installed command on a pseudo-terminal, seen through a terminal emulator."""

import fcntl
import os
import signal
import struct
import termios
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Self

import pyte

from tests.tui.driver.terminal_session import Session


class Terminal(Session):
    """``zitadel-tui *arguments``; what it paints stands in :attr:`text`."""

    def __init__(
        self,
        *arguments: str,
        size: tuple[int, int] = (80, 24),
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        program: tuple[str, ...] = ("-m", "zitadel_tui"),
    ) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.everything = b""
        super().__init__([*program, *arguments], size=size, stdin=stdin, env=env)

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    @property
    def lines(self) -> list[str]:
        """As pyte's ``display``, which fails on half a wide character: a frame may have come in part."""
        rows = (self.screen.buffer[y] for y in range(self.screen.lines))
        return ["".join(row[x].data for x in range(self.screen.columns)) for row in rows]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def read(self, seconds: float) -> bytes:
        data = super().read(seconds)
        self.everything += data
        self._stream.feed(data)
        return data

    def sees(self, *words: str) -> None:
        """Wait until all of these are on the screen. Raises TimeoutError."""
        self.until(lambda: all(word in self.text for word in words), f"{words}")

    def until(self, fact: Callable[[], bool], what: str = "it", *, seconds: float = 30) -> None:
        """Wait for a fact, painting meanwhile. Raises TimeoutError."""
        end = monotonic() + seconds
        while not fact():
            if not self.read(min(0.1, end - monotonic())) and monotonic() >= end:
                raise TimeoutError(f"{what} never came true; on screen:\n{self.text}")

    def type(self, text: str) -> None:
        self.send(text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """As a window manager does: the size, then the signal."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.killpg(self.process.pid, signal.SIGWINCH)
