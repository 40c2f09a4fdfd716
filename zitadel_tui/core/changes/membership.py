"""Changes to what somebody may do in an organization (contract §3.3, §4.1)."""

import shlex
from dataclasses import dataclass
from typing import Any

from zitadel_tui.core import rights
from zitadel_tui.core.changes.base import Applied, look
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.members import Member


async def membership(client: Client, user_id: str) -> Member | None:
    """The user's membership in the addressed organization, as the member list shows it."""
    page = await client.send(calls.search_members(user_id=user_id))
    return page.result[0] if page.result else None


@dataclass(frozen=True, slots=True)
class AddRoles:
    """Makes a user a member, or adds to the roles they have; takes nothing away.

    ``who`` is how the user is called in sentences.
    """

    user_id: str
    roles: tuple[str, ...]
    who: str = ""

    @property
    def _called(self) -> str:
        return shown(self.who or self.user_id)

    def describe(self) -> str:
        return f"Add {', '.join(self.roles)} to what {self._called} may do."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.add_member(self.user_id, self.roles),)

    def as_command(self) -> str:
        return shlex.join(["zitadel-tui", "members", "add", self.user_id, *self.roles])

    async def carry_out(self, client: Client) -> Applied:
        try:
            answer = await client.send(calls.add_member(self.user_id, self.roles))
        except errors.AlreadyThere:
            return await self._extend(client)
        sentence = f"{self._called} is now a member with {', '.join(self.roles)}."
        return Applied(sentence, self.user_id, after=self.roles, answer=answer)

    async def _extend(self, client: Client) -> Applied:
        """Read, add what is missing, write the whole list: the server replaces it."""
        current = await look(lambda: membership(client, self.user_id))
        if current is None:
            raise errors.Unavailable(
                f"{self._called} is a member, says the server, but not yet in its list.", "Try again."
            )
        missing = tuple(role for role in self.roles if role not in current.roles)
        if not missing:
            sentence = f"{self._called} has {', '.join(self.roles)} already."
            return Applied(sentence, self.user_id, changed=False, before=current.roles, after=current.roles)
        after = (*current.roles, *missing)
        answer = await client.send(calls.change_member(self.user_id, after))
        sentence = f"{self._called} now has {', '.join(rights.sort_roles(after))}."
        return Applied(sentence, self.user_id, before=current.roles, after=after, answer=answer)

    async def settle(self, client: Client, *, since: float) -> Applied | None:
        wanted = frozenset(self.roles)

        async def find() -> Member | None:
            found = await membership(client, self.user_id)
            return found if found is not None and wanted <= frozenset(found.roles) else None

        found = await look(find)
        if found is None:
            return None
        sentence = f"The answer was lost, but {self._called} has {', '.join(self.roles)}: it happened."
        return Applied(sentence, self.user_id, settled=True, after=found.roles)
