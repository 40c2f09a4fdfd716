"""Changes and their record: the intent is on the disk before anything is sent, the result after it, no secret
ever; what cannot be recorded is not sent."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.core.shared_organization import GUEST
from tests.demo_clients import client_of, id_of, member_roles, session_of
from tests.journal_lines import read
from zitadel_tui import paths
from zitadel_tui.core.changes import (
    AddRoles,
    Applied,
    Change,
    DeleteUser,
    ImportUser,
    MakePasskeyLink,
    OwnAccount,
    RemoveRoles,
    ResendInitialization,
    RolesChanged,
    SetRoles,
    Unsettled,
    apply,
)
from zitadel_tui.core.journal import FILE_NAME, JournalFailure, Record
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.users import (
    Email,
    HashedPassword,
    ImportedHuman,
    ImportHuman,
    PasskeyLink,
    PasswordlessRegistration,
    Profile,
)

PASSWORD, HASH = "Hunter2-Geheim!", "$2a$12$" + "Geheim" * 8 + "12345"
ADD = "POST /management/v1/orgs/me/members"
VIEWER, MANAGER = "ORG_OWNER_VIEWER", "ORG_USER_MANAGER"


class Watched(Client):
    """Calls ``watch`` right before each request that writes."""

    def __init__(self, client: Client) -> None:
        super().__init__(client.transport, client.tokens)
        self.watch: Callable[[Call[Any]], object] = lambda call: None

    async def send(self, call: Call[Any]) -> Any:
        if call.endpoint.writes:
            self.watch(call)
        return await super().send(call)


class Recorded:
    """A session that is no demo's, as far as its settings tell, on a demo."""

    def __init__(self) -> None:
        self.demo = Demo(size=0, lag=(0, 0))
        self.client = Watched(client_of(self.demo, "iam-bot"))
        self.session = session_of(self.client, Settings())
        self.user = id_of(self.demo, GUEST)

    @property
    def path(self) -> Path:
        return paths.state_directory() / FILE_NAME

    @property
    def entries(self) -> list[Record]:
        return list(read(self.path))

    async def done(self, change: Change, **options: Any) -> Applied:
        return await apply(self.session, change, **options)

    def roles(self) -> tuple[str, ...]:
        return member_roles(self.demo, self.user)


@pytest.fixture
def shared() -> Recorded:
    return Recorded()


def person(user_name: str = "newcomer", **fields: Any) -> ImportUser:
    profile = Profile(first_name="New", last_name="Comer")
    email = Email(email="new@comer.test", is_email_verified=True)
    return ImportUser(ImportHuman(user_name=user_name, profile=profile, email=email, **fields))


async def test_the_intent_is_synced_before_the_request_and_the_result_after_it(
    shared: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    sync = os.fsync

    def synced(descriptor: int) -> None:
        sync(descriptor)
        if os.path.samestat(os.fstat(descriptor), shared.path.stat()):
            happened.append(f"synced {len(shared.entries)}")

    monkeypatch.setattr(os, "fsync", synced)
    shared.client.watch = lambda call: happened.append("sent")
    await shared.done(AddRoles(shared.user, (VIEWER,), who=GUEST))
    assert happened == ["synced 1", "sent", "synced 2"]


async def test_what_stands_in_it(shared: Recorded) -> None:
    await shared.done(AddRoles(shared.user, (VIEWER,), who=GUEST))
    await shared.done(AddRoles(shared.user, (MANAGER,), who=GUEST))
    await shared.done(AddRoles(shared.user, (MANAGER,), who=GUEST))
    first, done, _, again, changed, _, unchanged = shared.entries
    assert (first.kind, first.user, first.outcome) == ("add roles", shared.user, None)
    assert first.what == f"Add {VIEWER} to {GUEST}."
    assert first.instance == shared.demo.origin
    assert (done.entry, done.outcome, done.before, done.after) == (first.entry, "done", (), (VIEWER,))
    assert done.organization == shared.demo.store.default_org
    assert (first.before, again.before) == (None, (VIEWER,))
    assert again.baseline.sequence > 0
    assert (changed.before, changed.after) == ((VIEWER,), (VIEWER, MANAGER))
    assert unchanged.outcome == "unchanged"


async def test_the_id_of_a_new_user_is_in_it(shared: Recorded) -> None:
    applied = await shared.done(person())
    intent, result = shared.entries
    assert (intent.user, result.user) == ("", applied.user_id)
    assert "newcomer" in intent.what


OUTCOMES: dict[str, tuple[Fault, str, type[Exception] | None]] = {
    "refused": (Fault(status=403, id="AUTH-5mWD2"), "refused", errors.NotPermitted),
    "settled": (Fault("withheld"), "done", None),
    "not seen": (Fault("html", status=504), "unknown", Unsettled),
    "contention": (
        Fault(status=500, message='ERROR: violates "events2_pkey" (SQLSTATE 23505) ()'),
        "refused",
        errors.Contention,
    ),
}


@pytest.mark.parametrize("case", OUTCOMES)
async def test_how_it_ended_is_in_it(shared: Recorded, case: str) -> None:
    fault, outcome, error = OUTCOMES[case]
    shared.demo.faults.add(fault, ADD, times=0 if case == "contention" else 1)
    if error is None:
        await shared.done(AddRoles(shared.user, (VIEWER,)))
    else:
        with pytest.raises(error):
            await shared.done(AddRoles(shared.user, (VIEWER,)))
    intent, result = shared.entries
    assert (result.entry, result.outcome, result.settled) == (intent.entry, outcome, case == "settled")
    assert bool(result.error) == (error is not None)


async def test_an_outcome_that_is_not_known_is_recorded_as_that(shared: Recorded) -> None:
    shared.demo.faults.add(Fault("withheld"), ADD)
    shared.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), "POST */members/_search", times=0)
    with pytest.raises(errors.OutcomeUnknown):
        await shared.done(AddRoles(shared.user, (VIEWER,)))
    assert shared.entries[-1].outcome == "unknown"


async def test_what_is_never_sent_is_not_in_it(shared: Recorded) -> None:
    own = id_of(shared.demo, "iam-bot")
    with pytest.raises(OwnAccount):
        await shared.done(DeleteUser(own))
    with pytest.raises(RolesChanged):
        await shared.done(SetRoles(shared.user, (VIEWER,), (MANAGER,)), forced=True)
    shared.client.transport.read_only = "it is tested"
    with pytest.raises(errors.ReadOnly):
        await shared.done(AddRoles(shared.user, (VIEWER,)))
    assert shared.entries == []


async def test_an_interrupted_write_is_concluded(shared: Recorded) -> None:
    shared.demo.knobs.latency = 0.05
    begun = asyncio.Event()
    shared.client.watch = lambda call: begun.set()
    task = asyncio.create_task(shared.done(AddRoles(shared.user, (VIEWER,))))
    await begun.wait()
    task.cancel()
    with pytest.raises(Interrupted):
        await task
    assert [entry.outcome for entry in shared.entries] == [None, "done"]
    assert shared.roles() == (VIEWER,)


async def test_who_is_cancelled_while_waiting_for_their_turn_sends_nothing(shared: Recorded) -> None:
    shared.demo.knobs.latency = 0.05
    begun = asyncio.Event()
    shared.client.watch = lambda call: begun.set()
    first = asyncio.create_task(shared.done(AddRoles(shared.user, (VIEWER,))))
    await begun.wait()
    second = asyncio.create_task(shared.done(AddRoles(shared.user, (MANAGER,))))
    await asyncio.to_thread(lambda: None)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await first
    assert shared.roles() == (VIEWER,)
    assert len(shared.entries) == 2


def link_of(applied: Applied) -> str:
    answer = applied.answer
    if isinstance(answer, ImportedHuman):
        answer = answer.passwordless_registration
    assert isinstance(answer, PasskeyLink | PasswordlessRegistration)
    assert answer.link is not None
    return answer.link.reveal()


@pytest.mark.parametrize("quoted", [PASSWORD, PASSWORD[:5], HASH[7:19], HASH[-5:]])
def test_a_sentence_that_quotes_a_part_of_a_password_or_hash_is_replaced(quoted: str) -> None:
    change = person("one", password=Secret(PASSWORD), hashed_password=HashedPassword(value=Secret(HASH)))
    assert quoted not in change.without_secrets(f"Rejected: {quoted}")
    assert change.without_secrets("Rejected.") == "Rejected."


async def test_no_password_hash_token_code_or_link_is_in_it(shared: Recorded) -> None:
    hashed = HashedPassword(value=Secret(HASH))
    one = await shared.done(person("one", password=Secret(PASSWORD), request_passwordless_registration=True))
    two = await shared.done(person("two", hashed_password=hashed))
    three = await shared.done(person("three"))
    made = await shared.done(MakePasskeyLink(one.user_id))
    await shared.done(ResendInitialization(three.user_id))
    await shared.done(AddRoles(one.user_id, (VIEWER,)))
    await shared.done(SetRoles(one.user_id, (VIEWER,), (MANAGER,)))
    await shared.done(RemoveRoles(one.user_id, (MANAGER,)))
    await shared.done(DeleteUser(two.user_id))
    for change in (person("one", password=Secret(PASSWORD)), person("bad", hashed_password=hashed)):
        shared.demo.faults.add(
            Fault(status=400, id="DOMAIN-HuJf6", message=PASSWORD + HASH), "POST */_import"
        )
        with pytest.raises(errors.InvalidInput):
            await shared.done(change)
    text = shared.path.read_text()
    assert len(shared.entries) == 22
    links = [link_of(one), link_of(made)]
    secrets = [PASSWORD, HASH, shared.demo.access_token("iam-bot"), *links]
    secrets += [link.rpartition("code=")[2] for link in links]
    assert all(len(secret) > 5 for secret in secrets)
    assert [secret for secret in secrets if secret in text] == []


async def test_hostile_names_are_escaped_in_it(shared: Recorded) -> None:
    evil = "\x1b]0;x\x07\n\u202e\u2028" + "Eve"
    await shared.done(AddRoles(shared.user, (VIEWER,), who=evil))
    data = shared.path.read_bytes()
    assert data.count(b"\n") == 2
    assert not set(data) & set(range(32)) - {10}
    assert all(isinstance(json.loads(line), dict) for line in data.splitlines())


async def test_ids_that_are_no_text_are_refused_and_recorded(shared: Recorded) -> None:
    with pytest.raises(errors.InvalidInput):
        await shared.done(AddRoles("\udce9", ("\udce9",)))
    assert [entry.outcome for entry in shared.entries] == [None, "refused"]


@pytest.mark.parametrize(
    "change",
    [
        lambda user: AddRoles(user, (VIEWER,)),
        lambda user: SetRoles(user, (), (VIEWER,)),
        lambda user: RemoveRoles(user, (VIEWER,)),
        lambda user: person(),
        MakePasskeyLink,
        ResendInitialization,
        DeleteUser,
    ],
)
async def test_what_cannot_be_recorded_is_not_sent(shared: Recorded, change: Callable[[str], Change]) -> None:
    sent: list[Call[Any]] = []
    shared.client.watch = sent.append
    shared.path.parent.parent.mkdir(parents=True, exist_ok=True)
    shared.path.parent.write_text("in the way")
    with pytest.raises(JournalFailure, match="Not sent") as caught:
        await shared.done(change(shared.user), forced=True)
    assert str(shared.path) in caught.value.summary
    assert sent == []


async def test_a_result_that_cannot_be_recorded_is_a_warning_and_the_change_stands(shared: Recorded) -> None:
    def full(_: object) -> None:
        shared.path.unlink()
        shared.path.mkdir()

    shared.client.watch = full
    applied = await shared.done(AddRoles(shared.user, (VIEWER,)))
    assert shared.roles() == (VIEWER,)
    assert "could not be recorded" in applied.warning


async def test_a_demo_session_writes_none(shared: Recorded) -> None:
    await apply(Session(Settings(demo=True), shared.client), AddRoles(shared.user, (VIEWER,)))
    assert not shared.path.parent.exists()


def test_the_record_lies_where_the_machine_keeps_state(clean_machine: Path) -> None:
    assert paths.state_directory() == clean_machine / "state" / "zitadel-tui"
    assert Session(Settings(), client_of(Demo(size=0))).journal is not None
