"""What is to be done with each row of a file. Nothing is written."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from sys import intern
from typing import NamedTuple, Protocol

import msgspec

from zitadel_tui.core import importing, journal, rights, user_lookup, words
from zitadel_tui.core.onboard import existing, organization
from zitadel_tui.core.onboard.organization import Named, Organization
from zitadel_tui.core.onboard.plan_file import SavedPlan
from zitadel_tui.core.onboard.records import (
    CREATE,
    ROLES,
    FileIdentity,
    Header,
    PlannedRow,
    Verdict,
    grant_step,
)
from zitadel_tui.core.onboard.rows import Options, Row, name_key
from zitadel_tui.core.projects import Project
from zitadel_tui.core.session import Session
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import encode
from zitadel_tui.zitadel.wire.users import User

MOST_MAILS, MOST_SMS = 100, 10
"""More are asked for by their number."""
SENT: frozenset[Verdict] = frozenset({"create", "exists"})

_TURN = 0.004  # seconds of work after which the loop has its turn
_PASSWORD_SECONDS = 0.6  # of a default server: bcrypt cost 14 on two cores (measured.md)
_CREATED, _ASSIGNED, _GRANTED = 100.0, 40.0, 150.0  # a second (measured.md)
_TO_COME = Secret("to come")
_STATES = {
    "USER_STATE_INACTIVE": "The user is inactive.",
    "USER_STATE_LOCKED": "The user is locked.",
    "USER_STATE_INITIAL": "The user is initial: the registration is not finished.",
}


class File(Protocol):
    """A file of users that can be read again."""

    @property
    def identity(self) -> FileIdentity: ...

    def rows(self) -> Iterator[Row]: ...


@dataclass(slots=True)
class Plan:
    """``mails`` and ``sms`` are those that the server will send, ``passwords`` those that it has to hash;
    ``lacking`` says what this account may not do of what is needed: then nothing is to be sent."""

    header: Header
    rows: list[PlannedRow]
    organization: Organization
    counts: Counter[Verdict] = field(default_factory=Counter)
    mails: int = 0
    sms: int = 0
    passwords: int = 0
    initial: int = 0
    powerful: Counter[str] = field(default_factory=Counter)
    inactive: set[str] = field(default_factory=set)
    """Names of inactive projects whose roles are assigned."""
    inactive_grants: int = 0
    """Users who have an inactive grant of a project whose roles they are assigned."""
    with_domain: int = 0
    """New user names with an ``@``, to which the organization adds its domain."""
    first_with_domain: str = ""
    lacking: str = ""
    unchecked: tuple[str, ...] = ()
    """What this account may not list."""

    @property
    def to_send(self) -> int:
        """Rows of which something is sent."""
        return sum(bool(row.steps) for row in self.rows)

    @property
    def not_sent(self) -> int:
        """Rows that are not as they are wanted, and will not be."""
        return sum(count for verdict, count in self.counts.items() if verdict not in SENT)

    @property
    def seconds(self) -> float:
        """About how long a default server needs for it."""
        steps = Counter(step.partition(" ")[0] for row in self.rows for step in row.steps)
        creating = steps[CREATE] / _CREATED + self.passwords * _PASSWORD_SECONDS
        return max(creating, steps[ROLES] / _ASSIGNED) + steps["grant"] / _GRANTED

    @property
    def sends(self) -> str:
        """Such as ``12 mails and 1 SMS``; empty where the server sends nothing."""
        mails = [words.plural(self.mails, "mail")] if self.mails else []
        return " and ".join([*mails, *([f"{words.count(self.sms)} SMS"] if self.sms else [])])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before applying it, a sentence each."""
        said = [
            f"{shown(role)}, assigned to {words.plural(count, 'user')}, grants nearly everything."
            for role, count in sorted(self.powerful.items())
        ]
        if self.sends:
            said.append(f"The server sends {self.sends}.")
        for name in sorted(self.inactive):
            said.append(f"Project {name} is inactive: its roles have no effect.")
        if self.inactive_grants:
            said.append(
                f"Inactive grants of {words.plural(self.inactive_grants, 'user')} are not reactivated: their "
                "roles have no effect."
            )
        if self.with_domain:
            names = words.plural(self.with_domain, "user name")
            login = shown(f"{self.first_with_domain}{self.organization.added_domain}")
            said.append(
                f"The organization adds its domain to user names. {names} with an @ will have login names "
                f"such as {login}."
            )
        said += [f"This account may not list {what}, so they were not checked." for what in self.unchecked]
        if self.initial:
            said.append(
                f"{words.plural(self.initial, 'new user')} must finish the registration by mail. Mails that "
                "cannot be delivered slow the server down."
            )
        if self.passwords:
            said.append(
                f"A default server needs about a second of a processor to hash each of "
                f"{words.plural(self.passwords, 'password')}."
            )
        return tuple(said)


class _Pacing:
    """Gives the loop its turn during long work."""

    def __init__(self) -> None:
        self._until = time.monotonic() + _TURN

    async def turn(self) -> None:
        if time.monotonic() >= self._until:
            await asyncio.sleep(0)
            self._until = time.monotonic() + _TURN


class _Place(NamedTuple):
    """Where a row is, and a digest of all it says. Several rows may stand on one line of JSON."""

    number: int
    line: int
    content: bytes


@dataclass(slots=True)
class _Names:
    """Which rows have which user name. ``first`` is the first row of a name, ``others`` are all of them,
    where they are several."""

    first: dict[str, _Place] = field(default_factory=dict)
    others: dict[str, list[_Place]] = field(default_factory=dict)

    def add(self, key: str, row: Row) -> None:
        place = _Place(row.number, row.line, _content(row))
        if key not in self.first:
            self.first[key] = place
        else:
            self.others.setdefault(key, [self.first[key]]).append(place)

    def duplicate(self, key: str, row: Row) -> str:
        """Why a row is not the one that counts; empty where it is."""
        places = self.others.get(key, ())
        if not places:
            return ""
        by_line = len({place.line for place in places}) == len(places)
        if len({place.content for place in places}) == 1:
            if places[0].number == row.number:
                return ""
            told = f"line {places[0].line}" if by_line else f"row {places[0].number}"
            return f"The same as {told}."
        others = [place for place in places if place.number != row.number]
        told = ", ".join(str(place.line if by_line else place.number) for place in others)
        made = " The template made this user name." if row.is_name_made else ""
        what = "line" if by_line else "row"
        return f"Other rows have the same user name and differ: {what} {told}.{made}"


def _content(row: Row) -> bytes:
    """All that a row says, its secrets included."""
    try:
        said = encode(row.body)
    except UnicodeEncodeError:
        said = b""
    more = repr((row.roles, row.grants, row.generate_password, row.digest)).encode(
        "utf-8", "backslashreplace"
    )
    return blake2b(said + more, digest_size=8).digest()


async def make_plan(
    session: Session,
    file: File,
    options: Options,
    *,
    saved: SavedPlan | None = None,
    on_progress: Callable[[str], None] = lambda doing: None,
) -> Plan:
    """Read the file and what the server knows, and plan; of a ``saved`` plan only what it promised is sent.
    ``on_progress`` hears what is being done, safe for a terminal. Raises ``UsageFailure`` for a file that has
    no rows or is no JSON, or is not that of the saved plan, and connection errors."""
    client, pacing = session.client, _Pacing()
    names, known = await _read(session, file, options, pacing, on_progress)
    identity = await session.identify()
    header = Header(
        made=journal.now(),
        instance=client.transport.origin,
        organization=identity.organization,
        organization_name=known.account.organization_name,
        account=identity.account,
        file=file.identity,
        options=options,
    )
    if saved is not None:
        saved.check(header)
    on_progress("Looking for existing users")
    there = await _existing(client, names, known)
    plan = Plan(header, [], known, unchecked=_unchecked(known, there))
    judge = _Judge(plan, names, there, saved)
    for count, row in enumerate(file.rows(), 1):
        plan.rows.append(judge.planned(row))
        if not count % 1000:
            on_progress(f"Checked {words.count(count)} rows")
        await pacing.turn()
    plan.counts = Counter(row.verdict for row in plan.rows)
    plan.lacking = known.lacking(
        creates=judge.creates,
        assigns=judge.assigns,
        granted=list(judge.granted.values()),
        finds=there.users is not None,
    )
    return plan


class _Existing(NamedTuple):
    """Users of the organization by :func:`name_key`, and the ids of users and projects of inactive grants;
    None where this account may not list them."""

    users: dict[str, User] | None
    inactive_grants: frozenset[tuple[str, str]] | None = frozenset()


async def _existing(client: Client, names: _Names, known: Organization) -> _Existing:
    keys = dict.fromkeys(names.first)
    if known.added_domain:  # those whose login name is what the file calls the user name
        keys |= dict.fromkeys(key.removesuffix(known.added_domain.lower()) for key in names.first)
    try:
        users = await existing.find(client, keys)
    except errors.NotPermitted:
        return _Existing(None)
    if not (users and known.project_roles):
        return _Existing(users)
    try:
        return _Existing(users, await existing.inactive_grants(client, known.project_roles))
    except errors.NotPermitted:
        return _Existing(users, None)


def _unchecked(known: Organization, there: _Existing) -> tuple[str, ...]:
    roles = ("the administrator roles",) if known.offered is None else ()
    return (*roles, "inactive grants") if there.inactive_grants is None else roles


async def read_organization(
    session: Session,
    file: File,
    options: Options,
    *,
    on_progress: Callable[[str], None] = lambda doing: None,
) -> Organization:
    """What rows of the file are assigned by, for a run that goes on. Raises as :func:`make_plan`."""
    return (await _read(session, file, options, _Pacing(), on_progress))[1]


async def _read(
    session: Session, file: File, options: Options, pacing: _Pacing, on_progress: Callable[[str], None]
) -> tuple[_Names, Organization]:
    """The user names of a file, and the organization as far as its rows concern it."""
    names, named = _Names(), Named()
    for count, row in enumerate(file.rows(), 1):
        key = name_key(row.body.user_name)
        if key:
            names.add(key, row)
        named.add(row)
        if not count % 1000:
            on_progress(f"Read {words.count(count)} rows")
        await pacing.turn()
    on_progress("Reading the organization")
    return names, await organization.read(session.client, options, named)


class _Judge:
    """Gives verdicts, and counts what follows from them."""

    def __init__(self, plan: Plan, names: _Names, there: _Existing, saved: SavedPlan | None) -> None:
        self._plan, self._names, self._saved = plan, names, saved
        self._found, self._inactive = there.users or {}, there.inactive_grants or frozenset()
        self._organization = plan.organization
        self._options = plan.header.options
        self.creates = self.assigns = False
        self.granted: dict[str, Project] = {}

    def planned(self, row: Row) -> PlannedRow:
        planned = self._judged(row)
        if self._saved is not None:
            planned = self._saved.held(planned)
        self._count(row, planned)
        return planned

    def _judged(self, row: Row) -> PlannedRow:
        key = name_key(row.body.user_name)
        problems = list(row.problems)
        if not any(one.grave for one in problems):
            problems += self._organization.problems(row)
        grave = tuple(_said(one.field, one.sentence) for one in problems if one.grave)
        noted = tuple(_said(one.field, one.sentence) for one in problems if not one.grave)
        if grave:
            return self._row(row, "invalid", problems=grave)
        if reason := self._names.duplicate(key, row):
            return self._row(row, "duplicate", problems=(reason,))
        user = self._found.get(key)
        if user is None:
            notes = (*noted, *self._signs_in_already(key))
            return self._row(row, "create", notes=notes, steps=(CREATE, *self._role_steps(row)))
        if user.human is None or not existing.has_email(user, row.body):
            return self._conflict(row, user, noted)
        notes = (*noted, *_differences(row, user), *self._inactive_grants(row, user))
        return self._row(row, "exists", user=user, notes=notes, steps=self._role_steps(row))

    def _conflict(self, row: Row, user: User, noted: tuple[str, ...]) -> PlannedRow:
        if user.human is None:
            reason = "The user name belongs to a service account."
            return self._row(row, "conflict", user=user, problems=(reason,))
        reason = f"The user name belongs to a user with another email: {shown(user_lookup.email(user))}."
        if self._options.on_conflict == "roles" and (row.roles or row.grants):
            powerful = [
                role for role in self._organization.assignments(row).roles if rights.is_powerful(role)
            ]
            if powerful and not self._options.forced:
                reason += f" {shown(powerful[0])} grants nearly everything: only --force assigns it."
            else:
                notes = (reason, *noted, *self._inactive_grants(row, user))
                return self._row(row, "conflict", user=user, notes=notes, steps=self._role_steps(row))
        return self._row(row, "conflict", user=user, problems=(reason,))

    def _row(
        self,
        row: Row,
        verdict: Verdict,
        *,
        user: User | None = None,
        problems: tuple[str, ...] = (),
        notes: tuple[str, ...] = (),
        steps: tuple[str, ...] = (),
    ) -> PlannedRow:
        return PlannedRow(
            row.number,
            row.line,
            row.digest,
            verdict,
            user_name=row.body.user_name,
            user_id=user.id if user else "",
            problems=problems,
            notes=notes,
            steps=steps,
        )

    def _role_steps(self, row: Row) -> tuple[str, ...]:
        assignments = self._organization.assignments(row)
        roles = (ROLES,) if assignments.roles else ()
        return (*roles, *(intern(grant_step(one.project.id)) for one in assignments.grants))

    def _inactive_grants(self, row: Row, user: User) -> tuple[str, ...]:
        if not self._inactive:
            return ()
        return tuple(
            f"The grant of project {one.project.called} is inactive and is not reactivated: its roles have "
            "no effect."
            for one in self._organization.assignments(row).grants
            if (user.id, one.project.id) in self._inactive
        )

    def _signs_in_already(self, key: str) -> tuple[str, ...]:
        """Whether the row takes a login name for a user name."""
        domain = self._organization.added_domain.lower()
        user = self._found.get(key.removesuffix(domain)) if domain and key.endswith(domain) else None
        if user is None:
            return ()
        there = f"User {shown(user.user_name)} exists and signs in as {shown(key)}"
        return (f"{there}: this row creates another user.",)

    def _count(self, row: Row, planned: PlannedRow) -> None:
        """What the steps of a row need, and what they make the server do."""
        steps = planned.steps
        if CREATE in steps:
            self._count_user(row)
        if steps and steps != (CREATE,):
            assignments = self._organization.assignments(row)
            self.assigns = self.assigns or bool(assignments.roles)
            self._plan.powerful.update(role for role in assignments.roles if rights.is_powerful(role))
            for grant in assignments.grants:
                self.granted[grant.project.id] = grant.project
                if not grant.project.is_active:
                    self._plan.inactive.add(grant.project.called)
            self._plan.inactive_grants += any(
                (planned.user_id, one.project.id) in self._inactive for one in assignments.grants
            )

    def _count_user(self, row: Row) -> None:
        plan, body = self._plan, row.body
        self.creates = True
        if self._organization.added_domain and "@" in body.user_name:
            plan.with_domain += 1
            plan.first_with_domain = plan.first_with_domain or body.user_name
        if row.generate_password:
            body = msgspec.structs.replace(body, password=_TO_COME)
        is_initial = importing.is_initial(body)
        plan.initial += is_initial
        plan.mails += is_initial or not body.email.is_email_verified
        plan.sms += body.phone is not None and not body.phone.is_phone_verified
        plan.passwords += bool(body.password)


def _said(field: str, sentence: str) -> str:
    """``field`` is a path of the body; told is its own part, which is a heading of the file."""
    name = field.removesuffix(".value").rpartition(".")[2]
    return f"{name}: {sentence}" if name else sentence


def _differences(row: Row, user: User) -> tuple[str, ...]:
    """What a user who exists has otherwise than the row says, and what of the row is not applied."""
    assert user.human is not None
    body, human = row.body, user.human
    pairs = (
        ("first name", body.profile.first_name, human.profile.first_name),
        ("last name", body.profile.last_name, human.profile.last_name),
        ("nick name", body.profile.nick_name, human.profile.nick_name),
        ("display name", body.profile.display_name, human.profile.display_name),
        ("language", body.profile.preferred_language, human.profile.preferred_language),
        ("phone", _digits(body.phone.phone if body.phone else ""), _digits(human.phone.phone)),
    )
    notes = [
        f"The {name} differs: {shown(theirs) or 'none'} on the server, {shown(ours)} in the file."
        for name, ours, theirs in pairs
        if ours and ours != theirs
    ]
    ignored = [
        name
        for name, given in (
            ("password", bool(body.password) or row.generate_password),
            ("hash", body.hashed_password is not None),
            ("passkey link", body.request_passwordless_registration),
        )
        if given
    ]
    if ignored:
        notes.append(f"The user exists, so these are not applied: {', '.join(ignored)}.")
    if state := _STATES.get(user.state):
        notes.append(state)
    return tuple(notes)


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit() or character == "+")
