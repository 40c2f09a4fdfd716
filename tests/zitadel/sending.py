"""Requests over real sockets, and what comes of them."""

import asyncio
from collections.abc import Callable

from tests.canned import Asked, Reply
from tests.sockets import Answer, Handler, SocketServer
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.endpoints import ADD_MEMBER, MEMBERS, Endpoint
from zitadel_tui.zitadel.http import Answer as Answered
from zitadel_tui.zitadel.http import Transport

READ, WRITE = MEMBERS, ADD_MEMBER
MEMBER_ADDED = Reply({"details": {"sequence": "1"}})


class Pauses(list[float]):
    """Stands in for waiting: notes how long would have been waited."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def scripted(*answers: Answer) -> Handler:
    """The answers in order, the last for ever."""
    left = list(answers)

    async def handler(asked: Asked) -> Answer:
        return left.pop(0) if len(left) > 1 else left[0]

    return handler


async def silent(asked: Asked) -> Answer:
    await asyncio.Event().wait()
    return None


async def ask(
    handler: Handler, endpoint: Endpoint = READ, *, timeout: float = 10.0
) -> tuple[SocketServer, Pauses, Answered | errors.ZitadelError]:
    """What comes of one request to a server with that ``handler``."""
    pauses = Pauses()
    async with SocketServer(handler) as server:
        transport = Transport(server.origin, timeout=timeout, pause=pauses)
        try:
            outcome: Answered | errors.ZitadelError = await transport.send(endpoint, endpoint.path)
        except errors.ZitadelError as error:
            outcome = error
        finally:
            await transport.close()
    return server, pauses, outcome


def status_of(outcome: Answered | errors.ZitadelError) -> int:
    assert isinstance(outcome, Answered)
    return outcome.status


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not fact():
            await asyncio.to_thread(lambda: None)


async def nothing_listens() -> str:
    async with SocketServer(silent) as server:
        return server.origin
