"""The roles an organization offers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zitadel_tui.core import rights
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import nearest, shown
from zitadel_tui.zitadel import calls

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client


async def offered(client: "Client") -> list[str]:
    """Role keys that members of the addressed organization may have, most powerful first."""
    return rights.sort_roles((await client.send(calls.member_roles())).result)


def named(text: str, known: Iterable[str]) -> str:
    """The role key that ``text`` names, ignoring case. Raises ``UsageFailure`` with the nearest one."""
    keys = list(known)
    for key in keys:
        if key.casefold() == text.casefold():
            return key
    near = nearest(text, keys)
    hint = f"Did you mean {shown(near)}?" if near else f"There are: {shown(', '.join(keys))}."
    raise UsageFailure(f"There is no role {shown(text)!r} in this organization.", hint)
