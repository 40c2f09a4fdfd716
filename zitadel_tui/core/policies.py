"""The organization's password and domain policies, and the languages of its server."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zitadel_tui.core.concurrency import together
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.wire.organizations import DomainPolicy, PasswordComplexity

if TYPE_CHECKING:
    from zitadel_tui.zitadel.client import Client


@dataclass(frozen=True, slots=True)
class Policies:
    """``password`` is None when it may not be read: then only the server checks passwords."""

    password: PasswordComplexity | None = None
    languages: tuple[str, ...] = ()


async def read(client: "Client") -> Policies:
    """Read both at once. Raises connection errors."""
    async with together() as reads:
        password = reads.create_task(_password(client))
        languages = reads.create_task(_languages(client))
    return Policies(password.result(), languages.result())


async def _password(client: "Client") -> PasswordComplexity | None:
    found = await client.send_if_allowed(calls.password_complexity())
    if found is None and not client.org_id:  # the account's own organization: any account may read it (§4.5)
        found = await client.send_if_allowed(calls.own_password_complexity())
    return found.policy if found else None


async def domain(client: "Client") -> DomainPolicy | None:
    """The domain policy, which every account may read (contract §4.5); None where this one may not. Raises
    connection errors."""
    found = await client.send_if_allowed(calls.domain_policy())
    return found.policy if found else None


async def _languages(client: "Client") -> tuple[str, ...]:
    found = await client.send_if_allowed(calls.languages())
    return found.languages if found else ()
