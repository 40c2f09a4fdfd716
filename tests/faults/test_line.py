"""Every change over a TCP line that breaks before the server got the write, or after: what is said is what is
so, and nothing is sent twice."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.demo_clients import apply_guarded
from tests.faults.kinds import KINDS, Kind
from tests.proxy import FaultProxy, LineFault
from tests.proxy import Kind as Break
from tests.served import ServedDemo
from zitadel_tui.core.changes import Unsettled
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel.auth import PersonalAccessToken
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import Transport

DONE: tuple[Break, ...] = ("reset after", "half", "silent after")
NOT_DONE: tuple[Break, ...] = ("reset before", "silent before")
SLOW = ("add", "set", "remove the membership", "link", "import", "delete user")
"""Silence takes its time: one kind for each of the requests."""


def cases(broken: tuple[Break, ...]) -> pytest.MarkDecorator:
    pairs = [
        pytest.param(kind, one, id=f"{kind.name}, {one}")
        for kind in KINDS
        for one in broken
        if kind.name in SLOW or not one.startswith("silent")
    ]
    return pytest.mark.parametrize(("kind", "broken"), pairs)


class Line(Client):
    """Through the proxy; patient, save with what silence will strike."""

    def __init__(self, served: ServedDemo, proxy: FaultProxy, kind: Kind, fault: LineFault) -> None:
        token = PersonalAccessToken(Secret(served.demo.access_token("iam-bot")))
        super().__init__(Transport(proxy.origin, timeout=30), token)
        self._kind, self._fault = kind, fault

    async def send(self, call: Call[Any]) -> Any:
        silent = self._fault.kind.startswith("silent") and not self._fault.hits
        struck = silent and fnmatchcase(f"{call.endpoint.method} {call.target}", self._kind.write)
        self.transport.timeout = 0.8 if struck else 30.0
        return await super().send(call)

    async def __aenter__(self) -> "Line":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.transport.close()


@cases(DONE)
async def test_what_was_done_is_known_to_be(
    served: ServedDemo, proxy: FaultProxy, kind: Kind, broken: Break
) -> None:
    shared = await kind.prepared(served.demo, f"{kind.name} {broken}")
    fault = proxy.fault(broken, kind.write)
    async with Line(served, proxy, kind, fault) as line:
        applied = await apply_guarded(line, shared.change)
    assert (applied.settled, shared.happened, fault.hits) == (True, True, 1)
    method, _, path = kind.write.partition(" ")
    prefix = path.partition("*")[0]
    assert sum(seen[0] == method and seen[1].startswith(prefix) for seen in writes(proxy)) == 1


@cases(NOT_DONE)
async def test_what_was_not_done_is_reported_as_not_visible_and_can_be_done_again(
    served: ServedDemo, proxy: FaultProxy, kind: Kind, broken: Break
) -> None:
    shared = await kind.prepared(served.demo, f"{kind.name} {broken}")
    fault = proxy.fault(broken, kind.write)
    async with Line(served, proxy, kind, fault) as line:
        with pytest.raises(Unsettled, match="so far the change was not made"):
            await apply_guarded(line, shared.change)
        assert (shared.happened, fault.hits) == (False, 1)
        assert not (await apply_guarded(line, shared.change)).settled
    assert shared.happened


def writes(proxy: FaultProxy) -> list[tuple[str, str]]:
    """The requests that came to the proxy, reads left out."""
    return [(method, path) for method, path in proxy.seen if method != "GET" and not path.endswith("_search")]
