"""Sends calls with a token and an organization, and decodes their answers."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import errors, refusal
from zitadel_tui.zitadel.auth import TokenSource
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.http import Transport
from zitadel_tui.zitadel.traffic import Request
from zitadel_tui.zitadel.wire.base import decode, encode

T = TypeVar("T")

_ID = re.compile(r"[!-~]{1,200}")

ORGANIZATION_HEADER = "x-zitadel-orgid"


class Client:
    """``org_id`` is the id of the organization that v1 calls act on; empty is the account's own."""

    def __init__(
        self,
        transport: Transport,
        tokens: TokenSource,
        *,
        org_id: str = "",
        find_org: "Callable[[Client], Awaitable[str]] | None" = None,
    ) -> None:
        """``find_org`` reads the id of the organization; it is called with a client that addresses the
        account's own, before the first call is sent."""
        self.transport = transport
        self.tokens = tokens
        self.org_id = org_id
        self._find_org = find_org
        self._finding: asyncio.Task[str] | None = None

    def beside(self, transport: Transport) -> "Client":
        """Another one with the same sign-in and organization, also where that is still to be found."""
        return Client(transport, self.tokens, org_id=self.org_id, find_org=self._find_org)

    async def organization(self) -> str:
        """``org_id``, once it is known. Raises what finding it raises."""
        if self._find_org is not None:
            await self._find_organization()
        return self.org_id

    async def _find_organization(self) -> None:
        """Concurrent callers share one search; after a failure the next call searches again."""
        assert self._find_org is not None
        if self._finding is None:
            own = Client(self.transport, self.tokens)
            self._finding = asyncio.ensure_future(self._find_org(own))
        finding = self._finding
        try:
            self.org_id = await asyncio.shield(finding)
            self._find_org = None
        finally:
            if finding.done() and self._finding is finding:
                self._finding = None

    async def send(self, call: Call[T]) -> T:
        """Send a call and return the decoded answer. Raises an error of :mod:`zitadel_tui.zitadel.errors`.

        A token that the server no longer accepts is replaced once: ZITADEL answers 401 before it does
        anything, so this repeats no write. A 401 from something in front of the server renews nothing.
        """
        if self._find_org is not None:
            await self._find_organization()
        token = await self.tokens.token()
        answer = await self.transport.send(self._request(token, call))
        if answer.status == 401 and refusal.envelope(answer):
            token = await self.tokens.token(instead_of=token)
            answer = await self.transport.send(self._request(token, call))
        if answer.status != 200:
            raise refusal.error_from(call.endpoint, answer)
        try:
            return decode(answer.content, call.answer)
        except ValueError as error:
            reason = str(error)
        raise refusal.not_understood(call.endpoint, reason, answer.source)

    async def send_if_allowed(self, call: Call[T]) -> T | None:
        """As :meth:`send`; None if this account may not read what the call asks for."""
        try:
            return await self.send(call)
        except errors.NO_ACCESS:
            return None

    def _request(self, token: Secret, call: Call[T]) -> Request:
        headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}
        if self.org_id:
            if not _ID.fullmatch(self.org_id):
                raise errors.NotFound(
                    "The organization's id is not valid: it is too long, or contains invalid characters.",
                    "Check --org or ZITADEL_ORG_ID.",
                )
            headers[ORGANIZATION_HEADER] = self.org_id
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            content = None if call.body is None else encode(call.body)
            return Request(call.endpoint, call.target, headers, content)
        except UnicodeEncodeError:
            pass
        raise errors.InvalidInput("The input holds bytes that are not text (not UTF-8).")
