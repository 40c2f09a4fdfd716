"""The organization's password and domain policies, and the languages of its server."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zitadel_tui.core.concurrency import together
from zitadel_tui.zitadel import calls, errors
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
    try:
        return (await client.send(calls.password_complexity())).policy
    except (errors.NotPermitted, errors.NoMembership):
        pass
    try:  # of one's own organization, which any account may read (contract §4.5)
        own = not await client.organization()
        return (await client.send(calls.own_password_complexity())).policy if own else None
    except (errors.NotPermitted, errors.NoMembership):
        return None


async def domain(client: "Client") -> DomainPolicy | None:
    """The domain policy, which every account may read (contract §4.5); None where this one may not. Raises
    connection errors."""
    try:
        return (await client.send(calls.domain_policy())).policy
    except (errors.NotPermitted, errors.NoMembership):
        return None


async def _languages(client: "Client") -> tuple[str, ...]:
    try:
        return (await client.send(calls.languages())).languages
    except (errors.NotPermitted, errors.NoMembership):
        return ()
