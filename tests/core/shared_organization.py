"""A demo in which one user is edited while another administrator acts on the same organization."""

from collections.abc import Callable
from typing import Any

from tests.demo_clients import client_of, id_of, member_roles
from zitadel_tui.core.changes import SetRoles
from zitadel_tui.demo.server import Demo
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client

GUEST = "hank@globex.example"


class SharedOrganization:
    """A demo; ``colleague`` acts on the same organization, ``user`` is whom both edit."""

    def __init__(self, *roles: str, **knobs: Any) -> None:
        self.demo = Demo(size=0, **{"lag": (0, 0), **knobs})
        store = self.demo.store
        self.user, self.org = id_of(self.demo, GUEST), store.default_org
        self.other_admin = id_of(self.demo, "onboarding-bot")
        self.client: Client = InterferingClient(client_of(self.demo, "iam-bot"))
        if roles:
            self.give(*roles)

    @property
    def roles(self) -> tuple[str, ...]:
        return member_roles(self.demo, self.user)

    def give(self, *roles: str) -> None:
        """What the other administrator does; without roles the membership ends."""
        if roles:
            self.demo.store.put_member(self.org, self.user, roles, self.other_admin)
        else:
            self.demo.store.remove_member(self.org, self.user, self.other_admin)

    def interfere(self, before: str, *roles: str) -> None:
        """The other administrator acts right before the request of that endpoint reaches the server."""
        self.before_sending(before, lambda: self.give(*roles))

    def before_sending(self, name: str, act: Callable[[], object]) -> None:
        """``act`` right before the next request of that endpoint's name."""
        assert isinstance(self.client, InterferingClient)
        self.client.interfere[name] = act

    @property
    def sent(self) -> list[str]:
        assert isinstance(self.client, InterferingClient)
        return self.client.sent

    def set(self, seen: tuple[str, ...], *wanted: str) -> SetRoles:
        return SetRoles(self.user, seen, wanted, who=GUEST)


class InterferingClient(Client):
    """Notes what is sent, and lets another user act right before a request."""

    def __init__(self, client: Client) -> None:
        super().__init__(client.transport, client.tokens, org_id=client.org_id)
        self.interfere: dict[str, Callable[[], object]] = {}
        self.sent: list[str] = []

    async def send(self, call: Call[Any]) -> Any:
        name = call.endpoint.name
        if act := self.interfere.pop(name, None):
            act()
        self.sent.append(name)
        return await super().send(call)
