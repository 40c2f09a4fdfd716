"""Every kind of change, and how to check in the demo's store whether it was made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.demo_clients import apply_guarded, client_of, id_of, member_roles
from zitadel_tui.core.changes import (
    AddRoles,
    Change,
    DeactivateUser,
    DeleteUser,
    ImportUser,
    MakePasskeyLink,
    ReactivateUser,
    RemoveRoles,
    ResendInitialization,
    SetRoles,
    remove_membership,
)
from zitadel_tui.demo.model import ACTIVE, INACTIVE
from zitadel_tui.demo.server import Demo
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

MEMBERS = "/management/v1/orgs/me/members"
USERS = "/management/v1/users"
VIEWER, MANAGER, CREATOR = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER", "ORG_PROJECT_CREATOR"


@dataclass(frozen=True)
class Kind:
    """``write`` is the request that changes something; ``roles`` are those of the user before; ``made`` are
    those it leads to, or the end of the type of the event that it leaves."""

    name: str
    make: Callable[[str], Change]
    write: str
    roles: tuple[str, ...] = ()
    made: tuple[str, ...] | str = ()
    state: int | None = None
    """Of the user before; the one who was imported is initial."""

    async def prepared(self, demo: Demo, name: str) -> "Prepared":
        """A new user with that user name and the roles, to apply the change to."""
        await apply_guarded(client_of(demo, "iam-bot"), ImportUser(body(name)))
        prepared = Prepared(self, demo, id_of(demo, name), name)
        if self.roles:
            demo.store.put_member(demo.store.default_org, prepared.user, self.roles, prepared.user)
        if self.state is not None:
            user = demo.store.users.get(prepared.user)
            assert user is not None
            demo.store.change_user(
                user, "user.human.initialization.check.succeeded", user.id, state=self.state
            )
        prepared.before = prepared.state
        return prepared


@dataclass
class Prepared:
    kind: Kind
    demo: Demo
    user: str
    name: str
    before: object = None

    @property
    def change(self) -> Change:
        if self.kind is IMPORT:
            return ImportUser(body(f"{self.name} imported"))
        return self.kind.make(self.user)

    @property
    def state(self) -> object:
        """All that any of the changes changes."""
        store, imported = self.demo.store, self.demo.store.user_named(f"{self.name} imported")
        events = [event.type for event in store.history(self.user).oldest_first()]
        there = store.users.get(self.user) is not None
        return (member_roles(self.demo, self.user), events, there, imported is not None)

    @property
    def happened(self) -> bool:
        """Whether exactly this was done, once. Raises AssertionError when something else was."""
        if self.state == self.before:
            return False
        assert isinstance(self.before, tuple)
        roles, events, there, imported = self.before
        made = self.kind.made
        if self.kind is IMPORT:
            expected: object = (roles, events, there, True)
        elif self.kind is REMOVE:
            expected = ((), [*events, "user.removed"], False, imported)
        elif isinstance(made, str):
            expected = (roles, [*events, made], there, imported)
        else:
            expected = (made, events, there, imported)
        assert self.state == expected
        return True


class ClientWithHook(Client):
    """Does something as soon as a write has been answered, or failed."""

    def __init__(self, client: Client, act: Callable[[], None]) -> None:
        super().__init__(client.transport, client.tokens)
        self._act = act

    async def send(self, call: Call[Any]) -> Any:
        try:
            return await super().send(call)
        finally:
            if call.endpoint.writes:
                self._act()


def body(user_name: str) -> ImportHuman:
    """An initial user."""
    profile = Profile(first_name="Faulty", last_name="Line")
    return ImportHuman(user_name=user_name, profile=profile, email=Email(email="faulty@line.test"))


IMPORT = Kind("import", DeleteUser, f"POST {USERS}/human/_import")
REMOVE = Kind("delete user", DeleteUser, f"DELETE {USERS}/*", (VIEWER,))
KINDS = (
    Kind("deactivate", DeactivateUser, f"POST {USERS}/*/_deactivate", (), "user.deactivated", ACTIVE),
    Kind("reactivate", ReactivateUser, f"POST {USERS}/*/_reactivate", (), "user.reactivated", INACTIVE),
    Kind("add", lambda user: AddRoles(user, (VIEWER,)), f"POST {MEMBERS}", (), (VIEWER,)),
    Kind("add to", lambda user: AddRoles(user, (MANAGER,)), f"PUT {MEMBERS}/*", (VIEWER,), (VIEWER, MANAGER)),
    Kind(
        "remove roles",
        lambda user: RemoveRoles(user, (VIEWER,)),
        f"PUT {MEMBERS}/*",
        (VIEWER, MANAGER),
        (MANAGER,),
    ),
    Kind(
        "remove the last role",
        lambda user: RemoveRoles(user, (VIEWER,)),
        f"DELETE {MEMBERS}/*",
        (VIEWER,),
        (),
    ),
    Kind(
        "set",
        lambda user: SetRoles(user, (VIEWER, MANAGER), (MANAGER, CREATOR)),
        f"PUT {MEMBERS}/*",
        (VIEWER, MANAGER),
        (MANAGER, CREATOR),
    ),
    Kind(
        "set a first time",
        lambda user: SetRoles(user, (), (MANAGER, CREATOR)),
        f"POST {MEMBERS}",
        (),
        (MANAGER, CREATOR),
    ),
    Kind(
        "remove the membership",
        lambda user: remove_membership(user, "them", (VIEWER, MANAGER)),
        f"DELETE {MEMBERS}/*",
        (VIEWER, MANAGER),
        (),
    ),
    Kind(
        "link",
        MakePasskeyLink,
        f"POST {USERS}/*/passwordless/_link",
        made="user.human.passwordless.initialization.code.added",
    ),
    Kind(
        "resend",
        ResendInitialization,
        f"POST {USERS}/*/_resend_initialization",
        made="user.human.initialization.code.added",
    ),
    IMPORT,
    REMOVE,
)
