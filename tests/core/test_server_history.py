"""The server's history of a user beside the entries of this program."""

from typing import Any

import msgspec
import pytest

from tests.core.shared_organization import GUEST
from tests.demo_clients import client_of, id_of, session_of
from tests.hostile import ALL
from zitadel_tui.core import history, server_history, user_lookup
from zitadel_tui.core.changes import AddRoles, DeleteUser, ImportUser, ResendInitialization, apply
from zitadel_tui.core.history import Entry, Filter
from zitadel_tui.core.journal import DONE, REFUSED, UNKNOWN, Baseline, Record
from zitadel_tui.core.server_history import Line, UserHistory, merged
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel.errors import ZitadelError
from zitadel_tui.zitadel.wire.users import Email, EventType, HistoryEntry, ImportHuman, Profile, User

MANAGER = "ORG_USER_MANAGER"
BODY = ImportHuman(
    user_name="new.comer",
    profile=Profile(first_name="New", last_name="Comer"),
    email=Email(email="new@comer.test"),
)


class Organization:
    """A demo, and what this program records of changes to it."""

    def __init__(self) -> None:
        self.demo = Demo(size=0, lag=(0, 0))
        self.session = session_of(client_of(self.demo, "iam-bot"), Settings())
        self.journals = history.user_journals()

    async def new_user(self) -> User:
        """Imported by this program."""
        applied = await apply(self.session, ImportUser(BODY))
        return await user_lookup.resolve(self.session.client, applied.user_id)

    async def read(self, user: User, **wanted: Any) -> UserHistory:
        return await server_history.read(self.session, self.journals, user, Filter(**wanted))


@pytest.fixture
def organization() -> Organization:
    return Organization()


def told(found: UserHistory) -> list[tuple[str, str, list[str]]]:
    """Origin, kind and events of each line."""
    return [
        (
            line.origin,
            line.entry.record.kind if line.entry else "",
            [event.event_type.key.removeprefix("EventTypes.") for event in line.events],
        )
        for line in found.lines
    ]


async def test_each_change_is_shown_once_with_the_entry_and_the_events(organization: Organization) -> None:
    user = await organization.new_user()
    await apply(organization.session, AddRoles(user.id, (MANAGER,), who="New"))
    await apply(organization.session, ResendInitialization(user.id, who="New"))
    added = "user.human.initialization.code.added"
    assert told(await organization.read(user)) == [
        ("both", "resend initialization mail", [added]),
        ("both", "add roles", ["org.member.added"]),
        ("both", "import user", ["user.human.added", added]),
    ]


async def test_changes_by_others_are_listed_in_order_with_their_editor(organization: Organization) -> None:
    user = await organization.new_user()
    demo = organization.demo
    demo.store.push(user.id, "user.human.profile.changed", id_of(demo, GUEST))
    await apply(organization.session, ResendInitialization(user.id, who="New"))
    newest, foreign, oldest = (await organization.read(user)).lines
    assert (newest.origin, foreign.origin, oldest.origin) == ("both", "server", "both")
    assert (foreign.entry, foreign.said, foreign.editor) == (None, "User profile changed", GUEST)
    assert newest.editor == "iam-bot"
    assert newest.time >= foreign.time >= oldest.time


async def test_a_refused_change_has_no_event(organization: Organization) -> None:
    user = await organization.new_user()
    organization.demo.faults.add(Fault(status=400, id="COMMAND-x"), "POST */_resend_initialization")
    with pytest.raises(ZitadelError):
        await apply(organization.session, ResendInitialization(user.id, who="New"))
    refused, _ = (await organization.read(user)).lines
    assert refused.entry is not None
    assert (refused.origin, refused.entry.outcome) == ("here", REFUSED)


async def test_an_import_whose_answer_was_lost_is_found_by_its_user_name(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await organization.new_user()
    (entry,) = history.entries(organization.journals)
    record = Record(
        entry="x1",
        time=entry.record.time,
        version=1,
        kind="import user",
        instance=entry.record.instance,
        organization=entry.record.organization,
        account=entry.record.account,
        wanted={"userName": "New.Comer", "email": "new@comer.test"},
        baseline=entry.record.baseline,
    )
    monkeypatch.setattr(history, "entries", lambda *_: iter([Entry(record)]))
    (line,) = (await organization.read(user)).lines
    assert line.entry is not None
    assert (line.origin, line.entry.outcome) == ("both", history.NO_RESULT)


async def test_times_limit_both(organization: Organization) -> None:
    user = await organization.new_user()
    assert (await organization.read(user, since="2999-01-01T00:00:00.000Z")).lines == ()
    assert (await organization.read(user, until="1999-01-01T00:00:00.000Z")).lines == ()
    assert len((await organization.read(user, since="2020-01-01T00:00:00.000Z")).lines) == 1


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("POST */users/*/changes/_search", "The server's history of this user could not be read: "),
        ("POST */orgs/me/changes/_search", "The history of the organization could not be read: "),
    ],
)
async def test_a_history_that_may_not_be_read_is_a_warning(
    organization: Organization, path: str, said: str
) -> None:
    user = await organization.new_user()
    await apply(organization.session, AddRoles(user.id, (MANAGER,), who="New"))
    organization.demo.faults.add(Fault(status=403, id="AUTH-x"), path)
    found = await organization.read(user)
    assert len(found.lines) == 2
    assert found.missing[0].startswith(said)
    assert {line.origin for line in found.lines} == {"here", "both"}


async def test_a_deleted_user_has_the_entries_of_this_program(organization: Organization) -> None:
    user = await organization.new_user()
    await apply(organization.session, DeleteUser(user.id, who="New"))
    found = await organization.read(user)
    assert [line.entry.record.kind for line in found.lines if line.entry] == ["delete user", "import user"]


# Matching

TIME = "2026-07-01T12:00:{:02}.000Z"
BASELINE = Baseline(sequence=4, time=TIME.format(10))


def event(sequence: int, key: str, second: int, editor: str = "9") -> HistoryEntry:
    return HistoryEntry(
        change_date=TIME.format(second),
        event_type=EventType(key=f"EventTypes.{key}"),
        sequence=str(sequence),
        editor_id=editor,
    )


def resent(**fields: Any) -> Entry:
    record = {
        "entry": "a1",
        "time": TIME.format(40),
        "version": 1,
        "kind": ResendInitialization.kind,
        "account": "9",
        "user": "7",
        "outcome": DONE,
        "baseline": BASELINE,
        **fields,
    }
    return Entry(Record(**record), ended=TIME.format(41))


RESENT = ResendInitialization.event


def matched(entry: Entry, *events: HistoryEntry) -> list[str]:
    """The numbers of the events of the entry."""
    lines = merged([entry], events, organization="1")
    (own,) = (line for line in lines if line.entry is not None)
    assert len(lines) == 1 + len(events) - len(own.events)
    return [event.sequence for event in own.events]


@pytest.mark.parametrize(
    ("entry", "events", "numbers"),
    [
        (resent(sequence=6), [event(5, RESENT, 11), event(6, RESENT, 11)], ["6"]),
        (resent(sequence=6), [event(6, "user.locked", 11)], []),
        (resent(), [event(5, RESENT, 11), event(6, RESENT, 12)], ["5"]),
        (resent(), [event(4, RESENT, 11)], []),
        (resent(), [event(5, RESENT, 11, editor="8")], []),
        (resent(), [event(5, RESENT, 30)], []),
        (resent(settled=True), [event(5, RESENT, 30)], ["5"]),
        (resent(outcome=UNKNOWN), [event(5, RESENT, 30)], ["5"]),
        (resent(outcome=None), [event(5, RESENT, 30)], ["5"]),
        (resent(outcome="unchanged"), [event(5, RESENT, 11)], []),
        (resent(kind="grow wings"), [event(5, RESENT, 11)], []),
    ],
)
def test_an_event_belongs_to_the_entry_by_number_or_by_account_kind_and_time(
    entry: Entry, events: list[HistoryEntry], numbers: list[str]
) -> None:
    assert matched(entry, *events) == numbers


def test_one_event_belongs_to_one_entry() -> None:
    second = resent(entry="b2", time=TIME.format(41))
    lines = merged([second, resent()], [event(5, RESENT, 11)], organization="1")
    assert [(line.origin, line.entry and line.entry.id) for line in lines] == [("here", "b2"), ("both", "a1")]


def test_events_of_other_organizations_are_not_taken_for_role_changes() -> None:
    entry = resent(kind="add roles", wanted={"roles": ["X"]}, organization="2", sequence=6)
    lines = merged([entry], [], [event(6, "org.member.added", 11)], organization="1")
    assert [line.origin for line in lines] == ["here"]


@pytest.mark.parametrize("text", ["", "not a time", *ALL])
def test_an_event_with_any_content_is_a_line(text: str) -> None:
    strange = HistoryEntry(change_date=text, event_type=EventType(key=text), sequence="5", editor_id=text)
    lines = merged([resent(sequence=5)], [strange], organization="1")
    assert {line.origin for line in lines} == {"here", "server"}
    assert {line.said for line in lines} == {text, ""}


def test_a_line_needs_no_name_of_the_editor() -> None:
    nameless = HistoryEntry(editor_id="9")
    assert Line(events=(nameless,)).editor == "9"
    named = msgspec.structs.replace(nameless, editor_display_name="Ada")
    assert Line(events=(named,)).editor == "Ada"
