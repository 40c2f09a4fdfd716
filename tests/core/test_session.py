"""From settings to a session, and what to do about a failure."""

import json
import time
from pathlib import Path

import pytest

from tests.demo_clients import client_of
from tests.served import ServedDemo
from zitadel_tui.core import members, rights
from zitadel_tui.core.advice import advice, reference
from zitadel_tui.core.credentials import piped_key
from zitadel_tui.core.session import Session, open_session
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.settings import KeyFileSource, Settings, load
from zitadel_tui.zitadel import calls, errors, keyfile


async def user_name(session: Session) -> str:
    try:
        return (await session.client.send(calls.my_user())).user.user_name
    finally:
        await session.close()


async def test_the_demo_is_signed_in_to_inside_this_process() -> None:
    session = open_session(Settings(demo=True), local=lambda: Demo(size=3))
    assert await user_name(session) == "onboarding-bot"
    assert session.notes == []
    assert session.instance == "demo.zitadel.example"


async def test_the_settings_written_for_a_server_sign_in_to_it(tmp_path: Path) -> None:
    with ServedDemo(tmp_path, size=3) as served:
        session = open_session(load({}, {}, tmp_path))
        assert await user_name(session) == "onboarding-bot"
        assert session.instance == served.origin


@pytest.mark.parametrize("hours", [24.0, 800.0])
async def test_a_clock_difference_is_used_up_to_the_one_that_is_set(tmp_path: Path, hours: float) -> None:
    with ServedDemo(tmp_path, size=3, clock=lambda: time.time() + 30 * 86400):
        session = open_session(load({"max_clock_difference": hours}, {}, tmp_path))
        if hours > 30 * 24:
            assert await user_name(session) == "onboarding-bot"
            assert "30 d behind" in session.notes[-1]
        else:
            with pytest.raises(errors.SignInRefused, match="30 d behind"):
                await user_name(session)


def test_a_key_is_read_ahead_only_where_it_is_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyfile, "read", lambda source: b"the key")
    piped = piped_key(Settings(key_file=KeyFileSource(None, "the test")))
    assert piped is not None
    assert piped() == b"the key"
    assert piped_key(Settings(key_file=KeyFileSource(Path("key.json"), "the test"))) is None
    assert piped_key(Settings(demo=True)) is None


@pytest.mark.parametrize(("org_id", "addressed"), [("270664359007558182", "270664359007558182"), (None, "")])
async def test_the_organization_is_the_one_that_is_set(org_id: str | None, addressed: str) -> None:
    token = Secret("x")
    session = open_session(Settings(domain="https://zitadel.example", access_token=token, org=org_id))
    assert session.client.org_id == addressed
    await session.close()


async def test_a_key_may_be_piped_in_and_is_read_once(tmp_path: Path) -> None:
    with ServedDemo(tmp_path, size=3) as served:
        read: list[bytes] = []

        def stdin() -> bytes:
            read.append(served.demo.key_file())
            return read[-1]

        piped = KeyFileSource(None, "the test")
        session = open_session(Settings(domain=served.origin, key_file=piped), stdin=stdin)
        served.demo.store.tokens.clear()
        await session.client.send(calls.my_user())
        served.demo.store.tokens.clear()
        assert await user_name(session) == "onboarding-bot"
    assert len(read) == 1


async def test_a_piped_key_that_is_none_is_reported_the_same_each_time() -> None:
    piped = [b"not a key"]
    settings = Settings(domain="https://zitadel.example", key_file=KeyFileSource(None, "x"))
    session = open_session(settings, stdin=lambda: piped.pop() if piped else b"")
    said = []
    for _ in range(2):
        with pytest.raises(UsageFailure) as caught:
            await session.client.send(calls.my_user())
        said.append(caught.value.summary)
    await session.close()
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(domain="https://zitadel.example"),
        Settings(access_token=Secret("t")),
    ],
    ids=["nothing", "no credential", "no address"],
)
def test_what_is_missing_is_reported_before_anything_is_sent(settings: Settings) -> None:
    with pytest.raises(UsageFailure) as caught:
        open_session(settings)
    assert "set" in caught.value.summary


async def test_read_only_reaches_the_demo_too() -> None:
    session = open_session(Settings(demo=True, read_only=True), local=lambda: Demo(size=3))
    with pytest.raises(errors.ReadOnly):
        await session.client.send(calls.add_member("1", ["ORG_OWNER"]))
    assert (await members.read(session.client)).total == 3


async def test_an_organization_is_addressed_by_every_call() -> None:
    demo = Demo(size=3)
    globex = next(org.id for org in demo.store.orgs.values() if org.name == "Globex")
    session = open_session(Settings(demo=True, org=globex), local=lambda: demo)
    names = {members.login(one) for one in await members.read(session.client)}
    assert names == {"hank@globex.example", "globex-bot"}


def test_curl_carries_organization_and_trust() -> None:
    call = calls.search_members(limit=5)
    client = client_of(Demo(size=0), org_id="4711")
    plain = Session(Settings(), client).curl(call)
    assert "x-zitadel-orgid: 4711" in plain
    assert json.dumps({"limit": 5}, separators=(",", ":"))[1:-1] in plain
    assert "curl -k " in Session(Settings(insecure=True), client).curl(call)
    assert "--cacert /ca.pem" in Session(Settings(ca_file=Path("/ca.pem")), client).curl(call)


def test_advice_names_the_missing_permission_and_who_has_it() -> None:
    said = advice(errors.NotPermitted("No.", permission="org.member.write"))
    assert "org.member.write" in said
    assert "ORG_OWNER" in said
    assert "ORG_USER_MANAGER" not in said


def test_advice_says_where_more_roles_carry_a_permission_than_it_names() -> None:
    permissions = rights.permissions("IAM_OWNER") or ()
    assert {4, 5} <= {len(rights.roles_with(one)) for one in permissions}
    for permission in permissions:
        _, _, named = advice(errors.NotPermitted("No.", permission=permission)).partition("include: ")
        holders = rights.roles_with(permission)
        assert named == (", ".join(holders[:4]) + " …." if len(holders) > 4 else ", ".join(holders) + ".")


def test_advice_is_the_hint_of_the_failure_where_there_is_no_more_to_say() -> None:
    assert advice(Failure("No.", "Do that.")) == "Do that."
    assert advice(errors.NotPermitted("No.", "Do that.")) == "Do that."
    assert advice(errors.OutcomeUnknown("Lost.")).startswith("Check whether it happened")


def test_only_a_servers_refusal_has_a_reference() -> None:
    source = errors.Source(409, "V3-DKcYh", "r1")
    assert reference(errors.AlreadyThere("Taken.", source=source)) == "V3-DKcYh, request r1"
    assert reference(UsageFailure("Wrong.")) == ""
