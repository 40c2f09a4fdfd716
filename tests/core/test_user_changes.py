"""Changes to a user, and how every change describes itself: sentences, curl, command, no secret."""

import json
import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.shared_organization import GUEST, SharedOrganization
from tests.demo_clients import apply_guarded, client_of, id_of, session_of
from tests.hostile import ALL
from tests.shell import shell_words
from zitadel_tui.cli.parser import parse
from zitadel_tui.core.changes import (
    AddRoles,
    Change,
    DeleteUser,
    ImportUser,
    MakePasskeyLink,
    RemoveRoles,
    ResendInitialization,
    SetRoles,
    Unsettled,
    remove_membership,
)
from zitadel_tui.core.session import Session
from zitadel_tui.core.user_form import GENDERS
from zitadel_tui.demo.faults import Fault
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Settings
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.users import (
    Email,
    HashedPassword,
    IdpLink,
    ImportHuman,
    PasskeyLink,
    Phone,
    Profile,
)

TEXT = st.sampled_from(ALL) | st.text(max_size=12)
ROLES = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
SECRET = "hunter2-Geheim!"
BODIES = st.builds(
    ImportHuman,
    user_name=TEXT,
    profile=st.builds(
        Profile,
        first_name=TEXT,
        last_name=TEXT,
        nick_name=TEXT,
        display_name=TEXT,
        preferred_language=TEXT,
        gender=st.sampled_from([*GENDERS, "", "GENDER_X"]),
    ),
    email=st.builds(Email, email=TEXT, is_email_verified=st.booleans()),
    phone=st.none() | st.builds(Phone, phone=TEXT.filter(bool), is_phone_verified=st.booleans()),
    password=st.sampled_from([None, Secret(SECRET)]),
    password_change_required=st.booleans(),
    hashed_password=st.sampled_from([None, HashedPassword(value=Secret(SECRET))]),
    request_passwordless_registration=st.booleans(),
)
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(AddRoles, TEXT, ROLES, who=TEXT),
    st.builds(RemoveRoles, TEXT, ROLES, who=TEXT),
    st.builds(SetRoles, TEXT, ROLES, ROLES, who=TEXT),
    st.builds(remove_membership, TEXT, TEXT, ROLES),
    st.builds(MakePasskeyLink, TEXT, who=TEXT),
    st.builds(ResendInitialization, TEXT, who=TEXT),
    st.builds(DeleteUser, TEXT, who=TEXT),
    st.builds(ImportUser, BODIES),
)


@given(CHANGES)
def test_a_change_is_one_sentence_fit_for_a_terminal(change: Change) -> None:
    said = change.describe()
    assert shown(said) == said
    assert "\n" not in said
    assert said.endswith(".")
    assert SECRET not in repr(change) + said


@given(CHANGES)
def test_its_curl_is_whole_and_without_a_secret(change: Change) -> None:
    session = Session(Settings(demo=True), client_of(PLACE.demo, org_id="4711"))
    token = PLACE.demo.access_token()
    for call in change.calls():
        try:
            said = session.curl(call)
        except UnicodeEncodeError:  # what is no text cannot be sent either
            continue
        assert SECRET not in said
        assert token not in said
        words = shlex.split(said)
        assert words[:3] == ["curl", "-X", call.endpoint.method]
        assert "Authorization: Bearer $ZITADEL_PAT" in words
        assert "x-zitadel-orgid: 4711" in words
        assert words[3].startswith(f"{PLACE.demo.origin}/management/v1/")
        if "--data-raw" in words:
            assert isinstance(json.loads(words[words.index("--data-raw") + 1]), dict)


@given(CHANGES)
def test_its_command_is_one_that_there_is_and_means_the_same(change: Change) -> None:
    line = change.as_command()
    plain = "$(printf" not in line  # a shell makes the others, and loses line ends and NUL
    words = shlex.split(line) if plain else shell_words(line)
    assert words[0] == "zitadel-tui"
    assert SECRET not in change.as_command()
    options = parse(words[1:])
    if isinstance(change, ImportUser):
        assert options.command == "users.import"
        if not plain:
            return
        body = change.body
        assert (options.first_name or "", options.user_name or "") == (
            body.profile.first_name,
            body.user_name,
        )
        assert (options.email or "", options.email_not_verified) == (
            body.email.email, not body.email.is_email_verified,
        )  # fmt: skip
        assert options.ask_password == (body.password is not None)
        profile = body.profile
        assert (options.nick_name or "", options.display_name or "") == (
            profile.nick_name,
            profile.display_name,
        )
        assert (options.phone or "") == (body.phone.phone if body.phone else "")
        assert (options.language or "") == profile.preferred_language
        assert options.phone_verified == (body.phone is not None and body.phone.is_phone_verified)
        assert options.passkey_link == body.request_passwordless_registration
        assert options.no_change_required == (options.ask_password and not body.password_change_required)
        return
    noun, verb = words[1:3]
    assert options.command == f"{noun}.{verb}"
    if not plain:
        return
    assert (vars(options).get("users") or [options.user]) == [change.subject]
    expected = getattr(change, "wanted", getattr(change, "roles", None))
    assert tuple(vars(options).get("roles") or ()) == (expected or ())


PLACE = SharedOrganization()


@pytest.mark.parametrize("gender", GENDERS)
def test_the_command_of_an_import_has_the_gender(gender: str) -> None:
    change = ImportUser(ImportHuman(user_name="ada", profile=Profile(gender=gender)))
    said = parse(shlex.split(change.as_command())[1:]).gender
    assert f"GENDER_{(said or 'unspecified').upper()}" == gender


def test_what_an_import_command_cannot_say_stays_in_its_file() -> None:
    change = ImportUser(ImportHuman(idps=(IdpLink(config_id="1", external_user_id="2"),)))
    assert shlex.split(change.as_command()) == ["zitadel-tui", "users", "import", "--from=FILE"]
    assert parse(shlex.split(change.as_command())[1:]).source == "FILE"


def body(user_name: str = "newcomer", **fields: Any) -> ImportHuman:
    profile = Profile(first_name="New", last_name="Comer")
    return ImportHuman(
        user_name=user_name,
        profile=profile,
        email=Email(email="new@comer.test", is_email_verified=True),
        **fields,
    )


async def test_an_undone_import_leaves_no_trace() -> None:
    shared = SharedOrganization()
    change = ImportUser(body())
    await change.check(session_of(shared.client))
    assert shared.demo.store.user_named("newcomer") is None
    applied = await apply_guarded(shared.client, change)
    shared.demo.store.put_member(shared.org, applied.user_id, ("ORG_USER_MANAGER",), shared.other_admin)
    with pytest.raises(errors.AlreadyThere, match="taken"):
        await change.check(session_of(shared.client))
    undo = change.invert(applied)
    assert undo is not None
    assert undo.destructive
    assert (await apply_guarded(shared.client, undo)).sentence == "New Comer was deleted."
    assert shared.demo.store.user_named("newcomer") is None
    assert shared.demo.store.members[shared.org].get(applied.user_id) is None
    assert undo.invert(await apply_guarded(shared.client, ImportUser(body()))) is None


async def test_a_link_is_in_the_answer_only() -> None:
    shared = SharedOrganization()
    user = (await apply_guarded(shared.client, ImportUser(body()))).user_id
    applied = await apply_guarded(shared.client, MakePasskeyLink(user, who="New"))
    assert isinstance(applied.answer, PasskeyLink)
    assert applied.answer.link is not None
    link = applied.answer.link.reveal()
    assert link not in repr(applied)
    assert re.search(r"[?&]code=\w+", link)
    assert applied.answer.expiration == "3600s"


async def test_a_link_that_was_lost_is_reported_to_be_made_and_another_differs() -> None:
    shared = SharedOrganization()
    user = (await apply_guarded(shared.client, ImportUser(body()))).user_id
    shared.demo.faults.add(Fault("withheld"), "POST */_link")
    lost = await apply_guarded(shared.client, MakePasskeyLink(user))
    assert (lost.settled, lost.answer) == (True, None)
    assert "Create another" in lost.sentence
    assert (await apply_guarded(shared.client, MakePasskeyLink(user))).answer is not None


async def test_a_mail_is_not_sent_to_who_needs_none() -> None:
    shared = SharedOrganization()
    active = (await apply_guarded(shared.client, ImportUser(body(password=Secret("Password1!"))))).user_id
    with pytest.raises(errors.InvalidInput, match="already initialized"):
        await apply_guarded(shared.client, ResendInitialization(active))


async def test_a_mail_of_another_admin_is_not_taken_for_ours() -> None:
    shared = SharedOrganization()
    user = (await apply_guarded(shared.client, ImportUser(body()))).user_id
    path = "POST */_resend_initialization"
    shared.demo.faults.add(Fault("html", status=504), path)
    store = shared.demo.store
    event = "user.human.initialization.code.added"
    shared.before_sending(
        "resend initialization mail", lambda: store.push(user, event, shared.other_admin, read=False)
    )
    with pytest.raises(Unsettled, match="so far the change was not made"):
        await apply_guarded(shared.client, ResendInitialization(user))


@pytest.mark.parametrize("make", [MakePasskeyLink, ResendInitialization, DeleteUser])
async def test_a_user_of_another_organization_is_not_found(make: Any) -> None:
    shared = SharedOrganization()
    hank = id_of(shared.demo, GUEST)
    change = make(hank, who=GUEST)
    with pytest.raises(errors.NotFound):
        await change.check(session_of(shared.client))
    with pytest.raises(errors.NotFound):
        await apply_guarded(shared.client, change)
    assert shared.demo.store.users.get(hank) is not None


@pytest.mark.parametrize("make", [MakePasskeyLink, ResendInitialization, DeleteUser])
async def test_a_check_of_a_user_writes_nothing(make: Any) -> None:
    shared = SharedOrganization()
    user = (await apply_guarded(shared.client, ImportUser(body()))).user_id
    before = len(shared.demo.store.history(user))
    assert (await make(user).check(session_of(shared.client))).after == ()
    assert len(shared.demo.store.history(user)) == before


async def test_a_deleted_user_is_not_found() -> None:
    shared = SharedOrganization()
    user = (await apply_guarded(shared.client, ImportUser(body()))).user_id
    await apply_guarded(shared.client, DeleteUser(user))
    with pytest.raises(errors.NotFound):
        await apply_guarded(shared.client, DeleteUser(user))
