"""Creating users, and how a new user signs in (contract §3.1, §4.3)."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import msgspec

from zitadel_tui.core import user_lookup
from zitadel_tui.core.changes.attribution import CLOCK_TOLERANCE, moment
from zitadel_tui.core.changes.base import Applied, Change, Preview, Step, command
from zitadel_tui.core.changes.existing_user import ExistingUserChange
from zitadel_tui.core.changes.user_states import DeleteUser
from zitadel_tui.core.journal import Record
from zitadel_tui.core.session import Session
from zitadel_tui.failure import Failure
from zitadel_tui.text import quoted, shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.refusal import UNIQUE_VIOLATED
from zitadel_tui.zitadel.wire import users
from zitadel_tui.zitadel.wire.users import Email, ImportedHuman, ImportHuman, PasskeyLink, Profile, User

_QUOTED = 5  # characters in a row that count as a quotation
_GENDERS = {f"GENDER_{word.upper()}": word for word in ("female", "male", "diverse")}  # as options


@dataclass(frozen=True, slots=True)
class ImportUser(Change):
    """Creates a human user from the request body.

    ``complete`` is False when restored from a record, which does not hold secrets: it can be described,
    settled and inverted, but not sent.
    """

    body: ImportHuman
    complete: bool = field(default=True, kw_only=True)

    kind: ClassVar[str] = "import user"

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
        return (calls.import_human(self.body),) if self.complete else ()

    def as_command(self) -> str:
        """The command asks for the password and reads a hash from a file, so that neither is on the
        command line. Fields without an option stay in the file they came from."""
        body, profile = self.body, self.body.profile
        if not self.complete:
            return ""
        if body.idps:
            return "zitadel-tui users import --from=FILE"
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
        given += [name for name, on in switches if on]
        return " ".join(map(quoted, ["zitadel-tui", "users", "import", *given]))

    async def check(self, session: Session) -> Preview:
        """Raises ``AlreadyThere`` when the user name is visibly taken; the server has the last word."""
        if await self._named(session) is not None:
            raise self._taken(errors.Source())
        return Preview()

    async def prepare(self, session: Session) -> Step:
        if not self.complete:
            raise IncompleteImport(
                f"{self.called} cannot be imported from the record of the import: it contains no password, "
                "hash or other data of the user.",
                "Import again from the row or the form that the data came from.",
            )
        return Step(calls.import_human(self.body))

    async def send(self, session: Session, call: Call[Any]) -> Any:
        try:
            return await session.client.send(call)
        except errors.AlreadyThere as error:
            if error.source.error_id != UNIQUE_VIOLATED:
                raise
            raise self._taken(error.source) from error

    async def finish(self, session: Session, step: Step, answer: ImportedHuman) -> Applied:
        sentence = f"{self.called} was created with id {shown(answer.user_id)}."
        return Applied(sentence, answer.user_id, answer=answer)

    def _taken(self, source: errors.Source) -> errors.AlreadyThere:
        linked = ", or one of the linked identities," if self.body.idps else ""
        return errors.AlreadyThere(
            f"The user name {shown(self.body.user_name)!r}{linked} is taken on this instance.",
            "Choose another; user names are compared ignoring case.",
            source=source,
        )

    async def settle(self, session: Session, record: Record) -> Applied | None:
        """The user is ours if user name and email are equal and the account of the record created it after
        the intent, by the server's clock."""
        found = await session.timing.poll(lambda: self._named(session))
        if found is None:
            return None
        if not await self._is_ours(session, found, record):
            raise self._taken(errors.Source())
        lost = " Its passkey link was lost." if self.body.request_passwordless_registration else ""
        sentence = f"The answer was lost, but {self.called} was created with id {shown(found.id)}.{lost}"
        return Applied(sentence, found.id, settled=True)

    async def _named(self, session: Session) -> User | None:
        name = self.body.user_name.strip()
        query = users.UserQuery(
            user_name_query=users.TextQuery(user_name=name, method=users.EQUALS_IGNORE_CASE)
        )
        page = await session.client.send(calls.search_users([query]))
        return page.result[0] if page.result else None

    async def _is_ours(self, session: Session, found: User, record: Record) -> bool:
        if user_lookup.email(found).casefold() != self.body.email.email.strip().casefold():
            return False
        oldest = calls.user_history(found.id, limit=1, ascending=True)
        created = (await session.client.send(oldest)).result
        if not created or created[0].editor_id != record.account or not record.baseline.time:
            return False
        return moment(created[0].change_date) >= moment(record.baseline.time) - CLOCK_TOLERANCE

    def invert(self, applied: Applied) -> Change | None:
        return DeleteUser(applied.user_id, who=self.called) if applied.changed else None

    def record_data(self) -> dict[str, Any]:
        """What identifies the user: no secrets, and no more personal data than needed."""
        body = self.body
        return {
            "userName": body.user_name,
            "email": body.email.email,
            "firstName": body.profile.first_name,
            "lastName": body.profile.last_name,
            "passkeyLink": body.request_passwordless_registration,
        }

    def without_secrets(self, sentence: str) -> str:
        hashed = self.body.hashed_password
        secrets = (self.body.password, hashed.value if hashed else None)
        if any(_quotes(sentence, secret.reveal()) for secret in secrets if secret):
            return "The server rejects this, in words that quote a password or a hash."
        return sentence

    @classmethod
    def from_record(cls, record: Record) -> Self:
        data = msgspec.convert(record.wanted, _RecordedImport)
        body = ImportHuman(
            user_name=data.user_name,
            profile=Profile(first_name=data.first_name, last_name=data.last_name),
            email=Email(email=data.email),
            request_passwordless_registration=data.passkey_link,
        )
        return cls(body, complete=False)


def _quotes(sentence: str, secret: str) -> bool:
    """Whether a part of ``secret`` occurs: a sentence may be cut off within it."""
    size = min(len(secret), _QUOTED)
    return any(secret[start : start + size] in sentence for start in range(len(secret) - size + 1))


class _RecordedImport(msgspec.Struct, rename="camel"):
    user_name: str
    email: str
    first_name: str = ""
    last_name: str = ""
    passkey_link: bool = False


class IncompleteImport(Failure):
    """An import that was made from its record cannot be sent."""


@dataclass(frozen=True, slots=True)
class MakePasskeyLink(ExistingUserChange):
    """Makes a new link with which a user registers a passkey; ``answer`` is a ``PasskeyLink``."""

    kind: ClassVar[str] = "make passkey link"
    event: ClassVar[str] = "user.human.passwordless.initialization.code.added"

    def describe(self) -> str:
        return f"Create a new passkey link for {self.called}."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.passkey_link(self.user_id),)

    def as_command(self) -> str:
        return command("users", "link", self.user_id)

    async def finish(self, session: Session, step: Step, answer: PasskeyLink) -> Applied:
        return Applied(f"A passkey link for {self.called} was created.", self.user_id, answer=answer)

    def _settled_sentence(self) -> str:
        """A link whose answer was lost is of no use, and making another one does no harm."""
        told = f"A passkey link for {self.called} was created, but the answer with it was lost."
        return f"{told} Create another one."


@dataclass(frozen=True, slots=True)
class ResendInitialization(ExistingUserChange):
    """Sends the mail again with which an initial user finishes the registration."""

    kind: ClassVar[str] = "resend initialization mail"
    event: ClassVar[str] = "user.human.initialization.code.added"

    def describe(self) -> str:
        return f"Send {self.called} the initialization mail again."

    def calls(self) -> tuple[Call[Any], ...]:
        return (calls.resend_initialization(self.user_id),)

    def as_command(self) -> str:
        return command("users", "resend", self.user_id)

    async def finish(self, session: Session, step: Step, answer: Any) -> Applied:
        return Applied(f"The initialization mail to {self.called} was sent.", self.user_id, answer=answer)

    def _settled_sentence(self) -> str:
        return f"The answer was lost, but the mail to {self.called} was sent."
