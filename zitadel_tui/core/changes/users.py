"""Bringing a person on board, and taking them off again (contract §3.1, §4.3)."""

import shlex
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from zitadel_tui.core import people
from zitadel_tui.core.changes import guards
from zitadel_tui.core.changes.base import Applied, Change, Preview, UserChange, command, look
from zitadel_tui.core.changes.concurrency import moment
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.refusal import UNIQUE_VIOLATED
from zitadel_tui.zitadel.wire import users
from zitadel_tui.zitadel.wire.users import ImportHuman, User

_CLOCK_TOLERANCE = 2.0  # seconds: the server's time is known from Date headers, which have whole seconds
_GENDERS = {f"GENDER_{word.upper()}": word for word in ("female", "male", "diverse")}  # as options
_RECENT = 50  # entries of a history: more than anybody leaves while one change is made


@dataclass(frozen=True, slots=True)
class ImportUser:
    """Creates a human from the very body that is sent."""

    body: ImportHuman

    kind: ClassVar[str] = "import user"
    destructive: ClassVar[bool] = False

    @property
    def subject(self) -> str:
        return ""

    @property
    def called(self) -> str:
        profile = self.body.profile
        return shown(f"{profile.first_name} {profile.last_name}".strip() or self.body.user_name)

    def describe(self) -> str:
        email = shown(self.body.email.email)
        return f"Import {self.called} with user name {shown(self.body.user_name)} and email {email}."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.import_human(self.body),)

    def as_command(self) -> str:
        """The password is asked for, a hash is read from a file: neither stands in a command. What has no
        option of its own stays in the file it came from."""
        body, profile = self.body, self.body.profile
        if body.idps:
            return shlex.join(["zitadel-tui", "users", "import", "--from=FILE"])
        texts = (
            ("--first-name", profile.first_name),
            ("--last-name", profile.last_name),
            ("--user-name", body.user_name),
            ("--email", body.email.email),
            ("--nick-name", profile.nick_name),
            ("--display-name", profile.display_name),
            ("--phone", body.phone.phone if body.phone else ""),
            ("--language", profile.preferred_language),
            ("--gender", _GENDERS.get(profile.gender, "")),
            ("--hash-file", "FILE" if body.hashed_password else ""),
        )
        switches = (
            ("--email-not-verified", not body.email.is_email_verified),
            ("--phone-verified", body.phone is not None and body.phone.is_phone_verified),
            ("--ask-password", body.password is not None),
            ("--no-change-required", body.password is not None and not body.password_change_required),
            ("--passkey-link", body.request_passwordless_registration),
        )
        given = [f"{option}={value}" for option, value in texts if value]
        return shlex.join(["zitadel-tui", "users", "import", *given, *(name for name, on in switches if on)])

    async def check(self, client: Client) -> Preview:
        """Raises ``AlreadyThere`` when the user name is seen to be taken; the server decides."""
        if await self._named(client) is not None:
            raise self._taken(errors.Source())
        return Preview()

    async def guards(self, client: Client, *, besides: frozenset[str] = frozenset()) -> tuple[str, ...]:
        return ()

    async def baseline(self, client: Client) -> float:
        """The time by our own clock, in seconds since 1970."""
        return time.time()

    async def carry_out(self, client: Client) -> Applied:
        try:
            answer = await client.send(calls.import_human(self.body))
        except errors.AlreadyThere as error:
            if error.source.error_id != UNIQUE_VIOLATED:
                raise
            raise self._taken(error.source) from error
        sentence = f"{self.called} was created with id {shown(answer.user_id)}."
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
            f"The answer was lost, but {self.called} was created with id {shown(found.id)}: "
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
        history = (await client.send(calls.user_history(found.id, limit=0))).result
        me = (await client.send(calls.my_user())).user.id
        begun = since + (client.transport.clock_difference or 0.0) - _CLOCK_TOLERANCE
        return bool(history) and history[-1].editor_id == me and moment(history[-1].change_date) >= begun

    def invert(self, applied: Applied) -> Change | None:
        return DeleteUser(applied.user_id, who=self.called) if applied.changed else None


@dataclass(frozen=True, slots=True)
class _ExistingUser(UserChange):
    destructive: ClassVar[bool] = False

    async def check(self, client: Client) -> Preview:
        """Raises ``NotFound`` for a user who is not in this organization."""
        await client.send(calls.user(self.user_id))
        return Preview()

    async def guards(self, client: Client, *, besides: frozenset[str] = frozenset()) -> tuple[str, ...]:
        return ()

    async def baseline(self, client: Client) -> float:
        return 0.0  # whether somebody is there tells enough

    def invert(self, applied: Applied) -> Change | None:
        return None


@dataclass(frozen=True, slots=True)
class _LeavesEvent(_ExistingUser):
    """What is told by the user's history alone, which is immediate (contract §8.1)."""

    event: ClassVar[str]
    """How the key of its event ends."""

    async def baseline(self, client: Client) -> float:
        """The newest sequence: our entry has a greater one, whatever the clocks say."""
        history = (await client.send(calls.user_history(self.user_id, limit=1))).result
        return int(history[0].sequence or 0) if history else 0

    async def happened(self, client: Client, since: float) -> bool:
        history = (await client.send(calls.user_history(self.user_id, limit=_RECENT))).result
        new = [entry for entry in history if int(entry.sequence or 0) > since]
        editors = {entry.editor_id for entry in new if entry.event_type.key.endswith(self.event)}
        return bool(editors) and (await client.send(calls.my_user())).user.id in editors


@dataclass(frozen=True, slots=True)
class DeleteUser(_ExistingUser):
    """Deletes a user with all memberships and grants: what takes back an import."""

    kind: ClassVar[str] = "delete user"
    destructive: ClassVar[bool] = True

    def describe(self) -> str:
        return f"Delete {self.called} with all memberships and grants."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.remove_user(self.user_id),)

    def as_command(self) -> str:
        return ""

    async def guards(self, client: Client, *, besides: frozenset[str] = frozenset()) -> tuple[str, ...]:
        reasons = []
        if await self._owns(client):
            reasons.append(await guards.last_owner(client, self.user_id, self.called, besides=besides))
        if await guards.is_own_account(client, self.user_id):
            reasons.append("This is the account that is signed in.")
        return tuple(filter(None, reasons))

    async def _owns(self, client: Client) -> bool:
        """Asked of the user: who may delete people need not see the list of members."""
        organization = (await client.send(calls.user(self.user_id))).user.details.resource_owner
        memberships = (await client.send(calls.user_memberships(self.user_id))).result
        return any(one.org_id == organization and guards.OWNER in one.roles for one in memberships)

    async def carry_out(self, client: Client) -> Applied:
        answer = await client.send(calls.remove_user(self.user_id))
        return Applied(f"{self.called} was deleted.", self.user_id, answer=answer)

    async def settle(self, client: Client, *, since: float) -> Applied | None:
        try:
            await client.send(calls.user(self.user_id))
        except errors.NotFound:
            return Applied(f"{self.called} is gone: it happened.", self.user_id, settled=True)
        return None


@dataclass(frozen=True, slots=True)
class MakePasskeyLink(_LeavesEvent):
    """A new link with which a person signs up for a passkey; ``answer`` is a ``PasskeyLink``."""

    kind: ClassVar[str] = "make passkey link"
    event: ClassVar[str] = "user.human.passwordless.initialization.code.added"

    def describe(self) -> str:
        return f"Make a new passkey link for {self.called}."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.passkey_link(self.user_id),)

    def as_command(self) -> str:
        return command("users", "link", self.user_id)

    async def carry_out(self, client: Client) -> Applied:
        answer = await client.send(calls.passkey_link(self.user_id))
        return Applied(f"A passkey link for {self.called} was made.", self.user_id, answer=answer)

    async def settle(self, client: Client, *, since: float) -> Applied | None:
        """A link whose answer was lost helps nobody, and another one does no harm."""
        if not await self.happened(client, since):
            return None
        sentence = f"A passkey link for {self.called} was made, but lost with the answer; make another one."
        return Applied(sentence, self.user_id, settled=True)


@dataclass(frozen=True, slots=True)
class ResendInitialization(_LeavesEvent):
    """Sends the mail that an initial user finishes the registration with once more."""

    kind: ClassVar[str] = "resend initialization mail"
    event: ClassVar[str] = "user.human.initialization.code.added"

    def describe(self) -> str:
        return f"Send {self.called} the initialization mail again."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.resend_initialization(self.user_id),)

    def as_command(self) -> str:
        return command("users", "resend", self.user_id)

    async def carry_out(self, client: Client) -> Applied:
        answer = await client.send(calls.resend_initialization(self.user_id))
        return Applied(
            f"The initialization mail to {self.called} is on its way.", self.user_id, answer=answer
        )

    async def settle(self, client: Client, *, since: float) -> Applied | None:
        if not await self.happened(client, since):
            return None
        return Applied(
            f"The answer was lost, but the mail to {self.called} is on its way.", self.user_id, settled=True
        )
