"""Appending on a disk that is full: results of what was sent are written with the room that was kept."""

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from zitadel_tui.core.append_file import AppendFile, Reserve

Full = Callable[[], None]


@pytest.fixture
def reserve(tmp_path: Path) -> Reserve:
    reserve = Reserve(tmp_path / "reserve", 4096)
    reserve.fill()
    return reserve


@pytest.fixture
def disk_is_full(reserve: Reserve, monkeypatch: pytest.MonkeyPatch) -> Full:
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if reserve.path.stat().st_size or len(data) > 1000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    return lambda: monkeypatch.setattr(os, "write", full)


async def test_what_is_about_to_be_sent_does_not_use_the_room(
    tmp_path: Path, reserve: Reserve, disk_is_full: Full
) -> None:
    file = AppendFile(tmp_path / "file", reserve=reserve)
    await file.append(b"before\n")
    disk_is_full()
    with pytest.raises(OSError, match="No space"):
        await file.append(b"intent\n")
    assert reserve.path.stat().st_size == 4096
    await file.append(b"result\n", from_reserve=True)
    with pytest.raises(OSError, match="No space"):  # what was given back is for results
        await file.append(b"intent\n")
    await file.append(b"result\n", from_reserve=True)
    assert file.path.read_bytes() == b"before\nresult\nresult\n"


async def test_of_lines_that_wait_together_only_the_results_are_written(
    tmp_path: Path, reserve: Reserve, disk_is_full: Full
) -> None:
    file = AppendFile(tmp_path / "file", reserve=reserve)
    disk_is_full()
    first = asyncio.create_task(file.append(b"first\n"))
    await asyncio.sleep(0)
    outcomes = await asyncio.gather(
        first,
        file.append(b"intent\n"),
        file.append(b"result\n", from_reserve=True),
        return_exceptions=True,
    )
    assert [isinstance(outcome, OSError) for outcome in outcomes] == [True, True, False]
    assert file.path.read_bytes() == b"result\n"


async def test_without_reserved_room_a_full_disk_is_an_error(
    tmp_path: Path, reserve: Reserve, disk_is_full: Full
) -> None:
    file = AppendFile(tmp_path / "file")
    disk_is_full()
    with pytest.raises(OSError, match="No space"):
        await file.append(b"result\n", from_reserve=True)
    assert file.path.read_bytes() == b""


def test_the_room_is_private_and_taken_again(reserve: Reserve) -> None:
    assert reserve.path.stat().st_mode & 0o777 == 0o600
    reserve.release()
    assert reserve.path.stat().st_size == 0
    reserve.fill()
    assert reserve.path.stat().st_size == 4096
