"""Signals reach a loop that waits, whenever they arrive."""

import asyncio
import os
import signal

from zitadel_tui.signals import handled, waking


def test_a_signal_whose_handler_did_not_run_yet_wakes_the_loop() -> None:
    """As one does that arrives right before the loop begins to wait: only its byte is in the pipe by then."""
    loop = asyncio.new_event_loop()
    called: list[int] = []

    async def waits() -> None:
        ended = loop.create_future()

        def handler(number: signal.Signals) -> None:
            called.append(number)
            ended.set_result(None)  # wakes nobody by itself

        with handled(handler):
            loop.call_soon(os.kill, os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(ended, 20)

    with waking(loop):
        loop.run_until_complete(waits())
    assert called == [signal.SIGTERM]
    assert signal.set_wakeup_fd(-1) == -1
    loop.close()
