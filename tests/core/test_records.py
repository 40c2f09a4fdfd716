"""A change is written down without a secret and made again from its record: described, settled, inverted and,
save an import, applied."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.shared_organization import GUEST, SharedOrganization
from tests.core.test_user_changes import BODIES, CHANGES, SECRET
from tests.demo_clients import apply_guarded, id_of, session_of
from tests.journal_lines import read
from zitadel_tui.core.changes import (
    AddRoles,
    Change,
    DeleteUser,
    ImportUser,
    IncompleteImport,
    MakePasskeyLink,
    RemoveRoles,
    ResendInitialization,
    SetRoles,
    UnusableRecord,
    apply,
    from_record,
    inverse,
    remove_membership,
)
from zitadel_tui.core.journal import VERSION, Record
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel.wire.users import Email, HashedPassword, ImportHuman, Profile

A, B = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER"


def written(record: Record) -> Record:
    """The record as it comes back from a file."""
    return msgspec.json.decode(msgspec.json.encode(record), type=Record)


@given(CHANGES)
def test_a_change_made_again_is_the_same_change(change: Change) -> None:
    try:
        record = written(change.to_record())
    except UnicodeEncodeError:  # the journal writes what is no text as escapes
        return
    again = from_record(record)
    assert type(again) is type(change)
    assert (again.describe(), again.subject, again.kind) == (change.describe(), change.subject, record.kind)
    assert (record.version, record.what, record.user) == (VERSION, change.describe(), change.subject)
    if not isinstance(change, ImportUser):
        assert again.as_command() == change.as_command()
        assert again.calls() == change.calls()


@given(BODIES)
def test_the_record_of_an_import_holds_no_secret(body: ImportHuman) -> None:
    assert SECRET not in repr(ImportUser(body).to_record())


async def test_an_import_made_again_is_not_sent_without_its_row() -> None:
    shared = SharedOrganization()
    body = ImportHuman(
        user_name="new",
        profile=Profile(first_name="New", last_name="User"),
        email=Email(email="new@user.test"),
        password=Secret(SECRET),
        hashed_password=HashedPassword(value=Secret(SECRET)),
    )
    again = from_record(written(ImportUser(body).to_record()))
    assert (again.calls(), again.as_command()) == ((), "")
    with pytest.raises(IncompleteImport, match="no password, hash"):
        await apply_guarded(shared.client, again)
    assert "import human" not in shared.sent


KINDS: list[Callable[[str], Change]] = [
    lambda user: AddRoles(user, (B,), who=GUEST),
    lambda user: RemoveRoles(user, (A,), who=GUEST),
    lambda user: SetRoles(user, (A,), (B,), who=GUEST),
    lambda user: remove_membership(user, GUEST, (A,)),
]


@pytest.mark.parametrize("make", KINDS)
async def test_what_was_recorded_is_undone_and_done_again(make: Callable[[str], Change]) -> None:
    shared = SharedOrganization(A)
    session = session_of(shared.client, Settings())
    await apply(session, make(shared.user), forced=True)
    after = shared.roles
    assert session.journal is not None
    records = list(read(session.journal.path))
    intent, result = records[-2], records[-1]
    assert (intent.account, intent.organization) == (id_of(shared.demo, "iam-bot"), shared.org)
    assert (intent.user, intent.name, intent.instance) == (shared.user, GUEST, shared.demo.origin)
    assert intent.baseline.sequence > 0
    assert intent.baseline.time.endswith("Z")
    undo = inverse(intent, result)
    assert undo is not None
    await apply_guarded(shared.client, undo)
    assert shared.roles == (A,)
    await apply(session_of(shared.client), from_record(intent), forced=True)
    assert shared.roles == after


async def test_a_created_user_is_deleted_again_by_the_record() -> None:
    shared = SharedOrganization()
    session = session_of(shared.client, Settings())
    body = ImportHuman(
        user_name="new",
        profile=Profile(first_name="New", last_name="User"),
        email=Email(email="new@user.test"),
    )
    applied = await apply(session, ImportUser(body))
    assert session.journal is not None
    undo = inverse(*read(session.journal.path))
    assert undo == DeleteUser(applied.user_id, who="New User")


@pytest.mark.parametrize("outcome", ["unchanged", "refused", "not sent", "unknown", "dreamt"])
def test_what_was_not_done_is_not_undone(outcome: str) -> None:
    intent = AddRoles("1", (A,)).to_record()
    assert inverse(intent, Record(outcome=outcome, before=())) is None


@pytest.mark.parametrize(("intended", "ended"), [("7", ""), ("", "7"), ("7", "7")])
def test_either_record_of_an_import_may_say_who_was_created(intended: str, ended: str) -> None:
    intent = msgspec.structs.replace(ImportUser(ImportHuman(user_name="ada")).to_record(), user=intended)
    undo = inverse(intent, Record(outcome="done", user=ended, before=(), after=()))
    assert isinstance(undo, DeleteUser)
    assert undo.user_id == "7"


def test_what_was_before_must_be_recorded() -> None:
    intent = AddRoles("1", (A,)).to_record()
    with pytest.raises(UnusableRecord, match="cannot be undone"):
        inverse(intent, Record(outcome="done", after=(A,)))


@pytest.mark.parametrize("old", ["take roles", "remove roles"])
def test_a_kind_that_was_renamed_is_understood(old: str) -> None:
    record = Record(version=1, kind=old, user="1", wanted={"roles": [A]})
    assert from_record(record) == RemoveRoles("1", (A,))


@pytest.mark.parametrize(
    "record",
    [
        Record(version=VERSION, kind="dream"),
        Record(version=0, kind="add roles", user="1", wanted={"roles": [A]}),
        Record(version=VERSION + 1, kind="add roles", user="1", wanted={"roles": [A]}),
        Record(version=VERSION, kind="add roles", user="1"),
        Record(version=VERSION, kind="add roles", user="1", wanted={"roles": "A"}),
        Record(version=VERSION, kind="add roles", user="1", wanted={"roles": [A], "more": [A]}),
        Record(
            version=VERSION, kind="add roles", user="1", wanted={"roles": [A], "scope": {"level": "moon"}}
        ),
        Record(version=VERSION, kind="add roles", user="1", wanted={"roles": [A], "scope": 5}),
        Record(version=VERSION, kind="import user", wanted={"userName": 5}),
    ],
)
def test_a_record_that_cannot_be_used_says_so(record: Record) -> None:
    with pytest.raises(UnusableRecord) as caught:
        from_record(record)
    assert caught.value.hint


@given(
    st.dictionaries(
        st.text(max_size=5), st.recursive(st.none() | st.text(max_size=3) | st.integers(), st.lists)
    )
)
def test_whatever_a_record_wants_ends_in_a_sentence(wanted: dict[str, Any]) -> None:
    for kind in ("add roles", "set roles", "import user", "delete user"):
        record = Record(version=VERSION, kind=kind, user="1", wanted=wanted)
        try:
            from_record(record).describe()
        except UnusableRecord:
            continue


def test_links_and_mails_are_made_again() -> None:
    for kind in (MakePasskeyLink, ResendInitialization):
        change = kind("1", who="Ada")
        assert from_record(written(change.to_record())) == change
