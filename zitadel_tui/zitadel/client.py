"""Sends calls with a token and an organization, and decodes their answers."""

from typing import TypeVar

import msgspec

from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import refusal
from zitadel_tui.zitadel.auth import TokenSource
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.http import Answer, Transport
from zitadel_tui.zitadel.wire.base import encode

T = TypeVar("T")

ORGANIZATION_HEADER = "x-zitadel-orgid"


class Client:
    """``org_id`` names the organization that v1 calls act on; empty is the account's own."""

    def __init__(self, transport: Transport, tokens: TokenSource, *, org_id: str = "") -> None:
        self.transport = transport
        self.tokens = tokens
        self.org_id = org_id

    async def send(self, call: Call[T]) -> T:
        """The decoded answer. Raises an error of :mod:`zitadel_tui.zitadel.errors`.

        A token that the server no longer accepts is replaced once: a 401 is given before anything is
        done, so that this repeats no write.
        """
        token = await self.tokens.token()
        answer = await self._send_with(token, call)
        if answer.status == 401:
            token = await self.tokens.token(instead_of=token)
            answer = await self._send_with(token, call)
        if answer.status != 200:
            raise refusal.error_from(call.endpoint, answer.status, answer.headers, answer.content)
        try:
            return msgspec.json.decode(answer.content, type=call.answer, dec_hook=_secret)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = str(error) if isinstance(error, msgspec.ValidationError) else "it is not whole JSON"
            if b"<html" in answer.content[:500].lower():
                reason = "it is a web page"
            raise refusal.not_understood(call.endpoint, reason, answer.source) from error

    async def _send_with(self, token: Secret, call: Call[T]) -> Answer:
        headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}
        if self.org_id:
            headers[ORGANIZATION_HEADER] = self.org_id
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            content = encode(call.body)
        return await self.transport.send(call.endpoint, call.target, headers=headers, content=content)


def _secret(kind: type, value: object) -> object:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise msgspec.ValidationError(f"Expected str, got {type(value).__name__}")
