"""Requests over real sockets, and how they end."""

import asyncio
from collections.abc import Callable

from tests.canned import ReceivedRequest, Reply
from tests.sockets import Answer, Handler, SocketServer
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.endpoints import ADD_MEMBER, MEMBERS, Endpoint
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.traffic import Answer as Answered
from zitadel_tui.zitadel.traffic import Event, Request

READ, WRITE = MEMBERS, ADD_MEMBER
MEMBER_ADDED = Reply({"details": {"sequence": "1", "resourceOwner": "1"}})


class Pauses(list[float]):
    """Replaces waiting: records how long the transport would have waited."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def scripted(*answers: Answer) -> Handler:
    """The answers in order, the last one repeated."""
    left = list(answers)

    async def handler(asked: ReceivedRequest) -> Answer:
        return left.pop(0) if len(left) > 1 else left[0]

    return handler


async def silent(asked: ReceivedRequest) -> Answer:
    await asyncio.Event().wait()
    return None


async def ask(
    handler: Handler, endpoint: Endpoint = READ, *, timeout: float = 10.0, events: list[Event] | None = None
) -> tuple[SocketServer, Pauses, Answered | errors.ZitadelError]:
    """How one request to a server with that ``handler`` ends; ``events`` takes what observers are told."""
    pauses = Pauses()
    async with SocketServer(handler) as server:
        transport = Transport(server.origin, timeout=timeout, pause=pauses)
        if events is not None:
            transport.observers.append(events.append)
        try:
            outcome: Answered | errors.ZitadelError = await transport.send(Request(endpoint))
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
