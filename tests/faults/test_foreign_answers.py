"""Something in front of the server answers a write by itself, instead of passing it on or after it: whatever
its status, what is said is what is so."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.demo_clients import apply_guarded
from tests.faults.kinds import KINDS, Kind
from zitadel_tui.core.changes import Unsettled
from zitadel_tui.demo.server import Demo
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.auth import PersonalAccessToken
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport

STATUSES = (200, 201, 202, 204, 302, 400, 403, 404, 408, 409, 422, 499, 500, 501, 502, 503, 504, 520, 599)
PAGE = b"<html><body>Blocked</body></html>"


class InFront:
    """An ASGI app that answers the first request that fits ``write`` with ``status`` and a page; before that
    the demo gets it, if ``passes_on``."""

    def __init__(self, demo: Demo, write: str, status: int, *, passes_on: bool) -> None:
        self._demo, self._write, self._status, self._passes_on = demo, write, status, passes_on
        self.writes = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not fnmatchcase(f"{scope['method']} {scope['path']}", self._write):
            await self._demo.app(scope, receive, send)
            return
        self.writes += 1
        if self.writes > 1:
            await self._demo.app(scope, receive, send)
            return
        if self._passes_on:
            await self._demo.app(scope, receive, _nowhere)
        headers = [(b"content-type", b"text/html"), (b"location", b"https://elsewhere.example/")]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if self._status == 204 else PAGE})


async def _nowhere(message: Any) -> None:
    pass


def client_through(demo: Demo, front: InFront) -> Client:
    token = PersonalAccessToken(Secret(demo.access_token("iam-bot")))
    return Client(Transport(demo.origin, app=front), token)


@pytest.fixture(scope="module")
def demo() -> Demo:
    return Demo(size=0, lag=(0, 0))


EACH = pytest.mark.parametrize("kind", [KINDS[0], KINDS[-1], KINDS[-2]], ids=lambda kind: kind.name)


@EACH
@pytest.mark.parametrize("status", STATUSES)
async def test_an_answer_after_the_server_got_the_write_is_known_to_mean_done(
    demo: Demo, kind: Kind, status: int
) -> None:
    shared = await kind.prepared(demo, f"{kind.name} after {status}")
    front = InFront(demo, kind.write, status, passes_on=True)
    applied = await apply_guarded(client_through(demo, front), shared.change)
    assert (applied.changed, applied.settled, shared.happened, front.writes) == (True, True, True, 1)


@EACH
@pytest.mark.parametrize("status", STATUSES)
async def test_an_answer_instead_of_the_server_is_reported_as_not_visible(
    demo: Demo, kind: Kind, status: int
) -> None:
    shared = await kind.prepared(demo, f"{kind.name} instead {status}")
    front = InFront(demo, kind.write, status, passes_on=False)
    client = client_through(demo, front)
    with pytest.raises(Unsettled, match="so far the change was not made"):
        await apply_guarded(client, shared.change)
    assert (shared.happened, front.writes) == (False, 1)
    assert (await apply_guarded(client, shared.change)).changed
    assert shared.happened


@EACH
@pytest.mark.parametrize("status", [401, 407, 413, 429])
async def test_an_answer_that_says_it_was_not_passed_on_is_believed(
    demo: Demo, kind: Kind, status: int
) -> None:
    shared = await kind.prepared(demo, f"{kind.name} refused {status}")
    front = InFront(demo, kind.write, status, passes_on=False)
    with pytest.raises(errors.ZitadelError) as caught:
        await apply_guarded(client_through(demo, front), shared.change)
    assert type(caught.value) is (errors.RateLimited if status == 429 else errors.NotZitadel)
    assert (shared.happened, front.writes) == (False, 1)
