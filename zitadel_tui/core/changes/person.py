"""Bringing a person on board (contract §3.1)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zitadel_tui.core import people
from zitadel_tui.core.changes.base import Applied, look
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.refusal import UNIQUE_VIOLATED
from zitadel_tui.zitadel.wire import users
from zitadel_tui.zitadel.wire.users import ImportHuman, User

_CLOCK_TOLERANCE = 2.0  # seconds: the server's time is known from Date headers, which have whole seconds


@dataclass(frozen=True, slots=True)
class ImportPerson:
    """Creates a human from the very body that is sent."""

    body: ImportHuman

    @property
    def _called(self) -> str:
        profile = self.body.profile
        return shown(f"{profile.first_name} {profile.last_name}".strip() or self.body.user_name)

    def describe(self) -> str:
        email = shown(self.body.email.email)
        return f"Import {self._called} with user name {shown(self.body.user_name)} and email {email}."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.import_human(self.body),)

    async def carry_out(self, client: Client) -> Applied:
        try:
            answer = await client.send(calls.import_human(self.body))
        except errors.AlreadyThere as error:
            if error.source.error_id != UNIQUE_VIOLATED:
                raise
            raise self._taken(error.source) from error
        sentence = f"{self._called} was created with id {shown(answer.user_id)}."
        return Applied(sentence, answer.user_id, answer=answer)

    def _taken(self, source: errors.Source) -> errors.AlreadyThere:
        linked = ", or one of the linked identities," if self.body.idps else ""
        return errors.AlreadyThere(
            f"The user name {shown(self.body.user_name)!r}{linked} is taken on this instance.",
            "Choose another; user names are compared ignoring case.",
            source=source,
        )

    async def settle(self, client: Client, *, since: float) -> Applied | None:
        """The person is ours if user name and email fit, and its history begins with us, after ``since``."""
        found = await look(lambda: self._named(client))
        if found is None:
            return None
        if not await self._is_ours(client, found, since):
            raise self._taken(errors.Source())
        lost = " Its passkey link was lost." if self.body.request_passwordless_registration else ""
        sentence = (
            f"The answer was lost, but {self._called} was created with id {shown(found.id)}: "
            f"it happened.{lost}"
        )
        return Applied(sentence, found.id, settled=True)

    async def _named(self, client: Client) -> User | None:
        name = self.body.user_name.strip()
        query = users.UserQuery(
            user_name_query=users.TextQuery(user_name=name, method=users.EQUALS_IGNORE_CASE)
        )
        page = await client.send(calls.search_users([query]))
        return page.result[0] if page.result else None

    async def _is_ours(self, client: Client, found: User, since: float) -> bool:
        if people.email(found).casefold() != self.body.email.email.strip().casefold():
            return False
        me, history = await asyncio.gather(
            client.send(calls.my_user()), client.send(calls.user_history(found.id, limit=0))
        )
        first = history.result[-1] if history.result else None
        if first is None or first.editor_id != me.user.id:
            return False
        ours = since + (client.transport.clock_difference or 0.0)
        return _moment(first.change_date) >= ours - _CLOCK_TOLERANCE


def _moment(stamp: str) -> float:
    """Seconds since 1970 of an RFC 3339 time with any fraction (contract §3.0). Raises ``NotZitadel``."""
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        raise errors.NotZitadel(f"{shown(stamp)[:40]!r} is no time.") from None
