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
from tests.demo_clients import client_of, id_of, session_of
from zitadel_tui import paths
from zitadel_tui.core.changes import (
    AddRoles,
    Applied,
    Change,
    DeleteUser,
    Guarded,
    ImportUser,
    MakePasskeyLink,
    RemoveRoles,
    ResendInitialization,
    RolesChanged,
    SetRoles,
    Unsettled,
    apply,
)
from zitadel_tui.core.journal import FILE_NAME, JournalFailure, Record, read
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
        member = self.demo.store.members[self.demo.store.default_org].get(self.user)
        return member.roles if member else ()


@pytest.fixture
def place() -> Recorded:
    return Recorded()


def person(user_name: str = "newcomer", **fields: Any) -> ImportUser:
    profile = Profile(first_name="New", last_name="Comer")
    email = Email(email="new@comer.test", is_email_verified=True)
    return ImportUser(ImportHuman(user_name=user_name, profile=profile, email=email, **fields))


async def test_the_intent_is_synced_before_the_request_and_the_result_after_it(
    place: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    sync = os.fsync

    def synced(descriptor: int) -> None:
        sync(descriptor)
        if os.path.samestat(os.fstat(descriptor), place.path.stat()):
            happened.append(f"synced {len(place.entries)}")

    monkeypatch.setattr(os, "fsync", synced)
    place.client.watch = lambda call: happened.append("sent")
    await place.done(AddRoles(place.user, (VIEWER,), who=GUEST))
    assert happened == ["synced 1", "sent", "synced 2"]


async def test_what_stands_in_it(place: Recorded) -> None:
    await place.done(AddRoles(place.user, (VIEWER,), who=GUEST))
    await place.done(AddRoles(place.user, (MANAGER,), who=GUEST))
    await place.done(AddRoles(place.user, (MANAGER,), who=GUEST))
    first, done, _, again, changed, _, unchanged = place.entries
    assert (first.kind, first.user, first.outcome) == ("add roles", place.user, None)
    assert first.what == f"Add {VIEWER} to what {GUEST} may do."
    assert first.instance == place.demo.origin
    assert (done.entry, done.outcome, done.before, done.after) == (first.entry, "done", (), (VIEWER,))
    assert done.organization == place.demo.store.default_org
    assert (first.before, again.before) == (None, (VIEWER,))
    assert again.baseline.sequence > 0
    assert (changed.before, changed.after) == ((VIEWER,), (VIEWER, MANAGER))
    assert unchanged.outcome == "unchanged"


async def test_the_id_of_a_new_person_is_in_it(place: Recorded) -> None:
    applied = await place.done(person())
    intent, result = place.entries
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
async def test_how_it_ended_is_in_it(place: Recorded, case: str) -> None:
    fault, outcome, error = OUTCOMES[case]
    place.demo.faults.add(fault, ADD, times=0 if case == "contention" else 1)
    if error is None:
        await place.done(AddRoles(place.user, (VIEWER,)))
    else:
        with pytest.raises(error):
            await place.done(AddRoles(place.user, (VIEWER,)))
    intent, result = place.entries
    assert (result.entry, result.outcome, result.settled) == (intent.entry, outcome, case == "settled")
    assert bool(result.error) == (error is not None)


async def test_an_outcome_that_is_not_known_is_recorded_as_that(place: Recorded) -> None:
    place.demo.faults.add(Fault("withheld"), ADD)
    place.demo.faults.add(Fault(status=403, id="AUTH-5mWD2"), "POST */members/_search", times=0)
    with pytest.raises(errors.OutcomeUnknown):
        await place.done(AddRoles(place.user, (VIEWER,)))
    assert place.entries[-1].outcome == "unknown"


async def test_what_is_never_sent_is_not_in_it(place: Recorded) -> None:
    own = id_of(place.demo, "iam-bot")
    with pytest.raises(Guarded):
        await place.done(DeleteUser(own))
    with pytest.raises(RolesChanged):
        await place.done(SetRoles(place.user, (VIEWER,), (MANAGER,)), forced=True)
    place.client.transport.read_only = True
    with pytest.raises(errors.ReadOnly):
        await place.done(AddRoles(place.user, (VIEWER,)))
    assert place.entries == []


async def test_an_interrupted_write_is_concluded(place: Recorded) -> None:
    place.demo.knobs.latency = 0.05
    begun = asyncio.Event()
    place.client.watch = lambda call: begun.set()
    task = asyncio.create_task(place.done(AddRoles(place.user, (VIEWER,))))
    await begun.wait()
    task.cancel()
    with pytest.raises(Interrupted):
        await task
    assert [entry.outcome for entry in place.entries] == [None, "done"]
    assert place.roles() == (VIEWER,)


async def test_who_is_cancelled_while_waiting_for_their_turn_sends_nothing(place: Recorded) -> None:
    place.demo.knobs.latency = 0.05
    begun = asyncio.Event()
    place.client.watch = lambda call: begun.set()
    first = asyncio.create_task(place.done(AddRoles(place.user, (VIEWER,))))
    await begun.wait()
    second = asyncio.create_task(place.done(AddRoles(place.user, (MANAGER,))))
    await asyncio.to_thread(lambda: None)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await first
    assert place.roles() == (VIEWER,)
    assert len(place.entries) == 2


def link_of(applied: Applied) -> str:
    answer = applied.answer
    if isinstance(answer, ImportedHuman):
        answer = answer.passwordless_registration
    assert isinstance(answer, PasskeyLink | PasswordlessRegistration)
    assert answer.link is not None
    return answer.link.reveal()


async def test_no_password_hash_token_code_or_link_is_in_it(place: Recorded) -> None:
    hashed = HashedPassword(value=Secret(HASH))
    one = await place.done(person("one", password=Secret(PASSWORD), request_passwordless_registration=True))
    two = await place.done(person("two", hashed_password=hashed))
    three = await place.done(person("three"))
    made = await place.done(MakePasskeyLink(one.user_id))
    await place.done(ResendInitialization(three.user_id))
    await place.done(AddRoles(one.user_id, (VIEWER,)))
    await place.done(SetRoles(one.user_id, (VIEWER,), (MANAGER,)))
    await place.done(RemoveRoles(one.user_id, (MANAGER,)))
    await place.done(DeleteUser(two.user_id))
    for change in (person("one", password=Secret(PASSWORD)), person("bad", hashed_password=hashed)):
        place.demo.faults.add(Fault(status=400, id="DOMAIN-HuJf6", message=PASSWORD + HASH), "POST */_import")
        with pytest.raises(errors.InvalidInput):
            await place.done(change)
    text = place.path.read_text()
    assert len(place.entries) == 22
    links = [link_of(one), link_of(made)]
    secrets = [PASSWORD, HASH, place.demo.access_token("iam-bot"), *links]
    secrets += [link.rpartition("code=")[2] for link in links]
    assert all(len(secret) > 5 for secret in secrets)
    assert [secret for secret in secrets if secret in text] == []


async def test_hostile_names_are_escaped_in_it(place: Recorded) -> None:
    evil = "\x1b]0;x\x07\n\u202e\u2028" + "Eve"
    await place.done(AddRoles(place.user, (VIEWER,), who=evil))
    data = place.path.read_bytes()
    assert data.count(b"\n") == 2
    assert not set(data) & set(range(32)) - {10}
    assert all(isinstance(json.loads(line), dict) for line in data.splitlines())


async def test_ids_that_are_no_text_are_refused_and_recorded(place: Recorded) -> None:
    with pytest.raises(errors.InvalidInput):
        await place.done(AddRoles("\udce9", ("\udce9",)))
    assert [entry.outcome for entry in place.entries] == [None, "refused"]


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
async def test_what_cannot_be_recorded_is_not_sent(place: Recorded, change: Callable[[str], Change]) -> None:
    sent: list[Call[Any]] = []
    place.client.watch = sent.append
    place.path.parent.parent.mkdir(parents=True, exist_ok=True)
    place.path.parent.write_text("in the way")
    with pytest.raises(JournalFailure, match="Not sent") as caught:
        await place.done(change(place.user), forced=True)
    assert str(place.path) in caught.value.summary
    assert sent == []


async def test_a_result_that_cannot_be_recorded_is_a_warning_and_the_change_stands(place: Recorded) -> None:
    def full(_: object) -> None:
        place.path.unlink()
        place.path.mkdir()

    place.client.watch = full
    applied = await place.done(AddRoles(place.user, (VIEWER,)))
    assert place.roles() == (VIEWER,)
    assert "could not be recorded" in applied.warning


async def test_a_demo_session_writes_none(place: Recorded) -> None:
    await apply(Session(Settings(demo=True), place.client), AddRoles(place.user, (VIEWER,)))
    assert not place.path.parent.exists()


def test_the_record_lies_where_the_machine_keeps_state(clean_machine: Path) -> None:
    assert paths.state_directory() == clean_machine / "state" / "zitadel-tui"
    assert Session(Settings(), client_of(Demo(size=0))).journal is not None
