"""Reads at once."""

import asyncio

import pytest

from zitadel_tui.core.concurrency import together
from zitadel_tui.zitadel import errors


async def test_when_one_of_several_reads_fails_the_others_have_ended() -> None:
    ended: list[str] = []

    async def hanging() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("hanging")

    async def refused() -> None:
        await asyncio.sleep(0)
        raise errors.NotFound("No such user.")

    async def both() -> None:
        async with together() as reads:
            reads.create_task(hanging())
            reads.create_task(refused())

    with pytest.raises(errors.NotFound):
        await both()
    assert ended == ["hanging"]
