"""Copies text to the clipboard from a terminal, also over SSH and inside tmux."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

_SECONDS = 2.0
_MOST_FOR_OSC_52 = 70_000  # bytes; xterm drops what is longer than 100,000 in base64
_WITHOUT_OSC_52 = ("linux", "dumb", "vt100", "vt220", "")


async def copy(text: str, osc_52: Callable[[str], None]) -> str | None:
    """Copy ``text`` and return how, in words; None when there is no way here.

    Never raises. Inside tmux it uses ``load-buffer -w``, which also passes the text to the outer terminal;
    elsewhere OSC 52, which has no confirmation.
    """
    if os.environ.get("TMUX"):
        return "to tmux, and to the clipboard of your terminal" if await _tmux(text) else None
    if (
        os.environ.get("STY")  # screen swallows OSC 52
        or os.environ.get("TERM", "") in _WITHOUT_OSC_52
        or len(text.encode(errors="replace")) > _MOST_FOR_OSC_52
    ):
        return None
    osc_52(text)
    return "to the clipboard, if your terminal allows that (OSC 52)"


async def _tmux(text: str) -> bool:
    process: asyncio.subprocess.Process | None = None
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "load-buffer",
            "-w",
            "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await asyncio.wait_for(process.communicate(text.encode(errors="replace")), _SECONDS)
    except (OSError, TimeoutError):
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return False
    return process.returncode == 0
