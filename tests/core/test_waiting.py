"""What a session tells of the requests it waits for."""

import pytest

from tests.sockets import closed_origin
from tests.zitadel.sending import Pauses
from zitadel_tui.core.session import open_session
from zitadel_tui.core.waiting import Waiting, WaitingRequests
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.traffic import Ended


def waiting(number: int, left: float = 30.0) -> Waiting:
    return Waiting(number, "https://a.example", "nothing listens there", 1, left)


def test_the_oldest_request_that_is_waited_for_is_reported_and_then_nothing() -> None:
    told: list[Waiting | None] = []
    requests = WaitingRequests(told.append)
    for event in (Ended(1), waiting(3), waiting(2), waiting(3, 20), waiting(2, 20), Ended(2), Ended(3)):
        requests(event)
    assert told == [waiting(3), waiting(2), waiting(2, 20), waiting(3, 20), None]


async def test_a_session_tells_of_a_server_that_is_down_until_it_gives_up() -> None:
    origin = closed_origin()
    session = open_session(Settings(domain=origin, access_token=Secret("t"), timeout=20))
    session.client.transport._pause = Pauses()
    told: list[Waiting | None] = []
    session.on_waiting(told.append)
    with pytest.raises(errors.Unavailable):
        await session.client.send(calls.my_user())
    await session.close()
    first, last = told[0], told[-1]
    assert first is not None
    assert first.sentence == f"Waiting for {origin}: nothing listens there; trying for another 20 s."
    assert last is None
