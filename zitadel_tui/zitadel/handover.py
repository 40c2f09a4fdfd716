"""What one process was answered, for another to go on with: a sign-in and answers, as bytes for a pipe.

They hold the token and are kept in no file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from zitadel_tui.zitadel import endpoints
from zitadel_tui.zitadel.tokens import SignIn
from zitadel_tui.zitadel.traffic import Answer, AnswersAtHand, Attempt, Event, Request
from zitadel_tui.zitadel.wire.base import as_secret, plain

_KEPT = frozenset({200, 403, 404})
"""What the same request would be answered again; a 401 and what may pass are not."""
_OF_SIGNING_IN = (endpoints.TOKEN, endpoints.DISCOVERY)


@dataclass(frozen=True, slots=True)
class _Answered:
    endpoint: str
    url: str
    content: bytes | None = field(repr=False)
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    clock_difference: float | None


class Handover(NamedTuple):
    asked_at: float
    """Seconds since 1970, before all answers."""
    sign_in: SignIn | None
    """None where a token was given."""
    answers: tuple[_Answered, ...]

    @property
    def at_hand(self) -> AnswersAtHand:
        return AnswersAtHand(map(_restored, self.answers), asked_at=self.asked_at)


class Answers(list[_Answered]):
    """An observer of the transport that keeps what it was answered, in the order in which it came."""

    def __call__(self, event: Event) -> None:
        if not isinstance(event, Attempt) or event.answer is None:
            return
        request, answer = event.request, event.answer
        if request.endpoint not in _OF_SIGNING_IN and answer.status in _KEPT:
            place = request.endpoint.name, request.url, request.content
            headers, body = dict(answer.headers), answer.content
            self.append(_Answered(*place, answer.status, headers, body, answer.clock_difference))


def _restored(one: _Answered) -> tuple[Request, Answer]:
    request = Request(endpoints.TABLE[one.endpoint], one.url, content=one.content)
    return request, Answer(one.status, one.headers, one.body, one.clock_difference)


def packed(handover: Handover) -> bytes:
    """With the token in it."""
    return msgspec.msgpack.encode(handover, enc_hook=plain)


def unpacked(data: bytes) -> Handover | None:
    """None for what is not the whole of one."""
    try:
        return msgspec.msgpack.decode(data, type=Handover, dec_hook=as_secret)
    except msgspec.MsgspecError:
        return None
