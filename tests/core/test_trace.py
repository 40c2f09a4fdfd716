"""``--trace``: every attempt is written, and no secret, whatever is sent or answered."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.contract.recordings import recorded
from zitadel_tui.core import trace
from zitadel_tui.core.session import Session, open_session
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import MASK, Secret
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import calls, endpoints, errors
from zitadel_tui.zitadel.traffic import Answer, Attempt, Gates, Request
from zitadel_tui.zitadel.wire.users import Email, HashedPassword, ImportHuman, Profile

PASSWORD, HASH = "Correct-Horse-7", "$2y$12$hXUrnqdq1RIIYZ2HPytIIe5lXdIvbhqrTvdPsSF7o.jFh817Z6lwm"


@pytest.fixture
def demo() -> Demo:
    return Demo(size=3, lag=(0, 0))


def session_with(demo: Demo, path: Path, *, bodies: bool = True) -> Session:
    settings = Settings(demo=True, trace=path, trace_bodies=bodies, timeout=0.5)
    return open_session(settings, local=lambda: demo)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_every_attempt_is_a_line(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    session = session_with(demo, path, bodies=False)
    demo.faults.add(Fault("status", 503), "GET /auth/*")
    await session.client.send(calls.my_user())
    with pytest.raises(errors.NotFound):
        await session.client.send(calls.user("999"))
    found = lines(path)
    assert [(one["call"], one["status"]) for one in found] == [
        ("token", 200),
        ("my user", 503),
        ("my user", 200),
        ("user", 404),
    ]
    assert found[1]["number"] == found[2]["number"]
    assert found[3]["errorId"]
    assert found[3]["path"] == "/management/v1/users/999"
    assert all(one["milliseconds"] >= 0 and one["time"].endswith("Z") for one in found)
    assert not any("request" in one or "answer" in one for one in found)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_the_query_of_a_request_is_in_its_line(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    session = session_with(demo, path, bodies=False)
    with pytest.raises(errors.NotFound):
        await session.client.send(calls.user_by_login_name("ada lovelace"))
    assert lines(path)[-1]["path"].endswith("/_by_login_name?loginName=ada+lovelace")


async def test_an_attempt_without_an_answer_has_the_error(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    session = session_with(demo, path)
    demo.faults.add(Fault("hang"), "GET /auth/*", times=0)
    with pytest.raises(errors.ZitadelError):
        await session.client.send(calls.my_user())
    assert lines(path)[-1]["error"] in ("TimedOut", "Unavailable")
    assert lines(path)[-1]["reason"]


async def test_a_trace_with_bodies_contains_no_secret(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    session = session_with(demo, path)

    def person(name: str, **more: Any) -> ImportHuman:
        profile = Profile(first_name="Ada", last_name="Traced")
        return ImportHuman(user_name=name, profile=profile, email=Email(email="a@b.test"), **more)

    bodies = (
        person("one", password=Secret(PASSWORD)),
        person("two", hashed_password=HashedPassword(value=Secret(HASH))),
        person("three", request_passwordless_registration=True),
    )
    links = []
    for body in bodies:
        imported = await session.client.send(calls.import_human(body))
        if imported.passwordless_registration and imported.passwordless_registration.link:
            links.append(imported.passwordless_registration.link.reveal())
        links.append((await session.client.send(calls.passkey_link(imported.user_id))).link.reveal())
    with pytest.raises(errors.ZitadelError):
        await session.client.send(calls.import_human(person("four", password=Secret("short-pw"))))
    token = (await session.access_token()).reveal()
    text = path.read_text()
    key = json.loads(demo.key_file("onboarding-bot"))["key"]
    for secret in (token, PASSWORD, HASH, "short-pw", *links, *key.split("\n")[1:-2]):
        assert secret not in text
    assert "Traced" in text, "the rest of the bodies is there"
    assert MASK in text
    (exchange,) = (one for one in lines(path) if one["call"] == "token")
    assert exchange["request"]["assertion"] == MASK
    assert exchange["request"]["scope"].startswith("openid")
    assert exchange["answer"]["access_token"] == MASK


async def test_a_second_session_is_traced_to_the_same_file(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    session = session_with(demo, path)
    await session.identify()
    before = len(lines(path))
    beside = session.beside(limiter=Gates(), journal=session.journal)
    await beside.client.send(calls.my_user())
    assert len(lines(path)) == before + 1


def test_an_existing_file_is_never_overwritten(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("mine")
    with pytest.raises(UsageFailure, match="exists"):
        session_with(demo, path)
    assert path.read_text() == "mine"
    with pytest.raises(UsageFailure, match="cannot be written"):
        session_with(demo, tmp_path / "nowhere" / "trace.jsonl")


async def test_a_full_disk_does_not_stop_the_command(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trace.jsonl"
    session = session_with(demo, path)
    traced = trace._open[path]
    monkeypatch.setattr(traced, "_descriptor", os.open("/dev/full", os.O_WRONLY))
    await session.client.send(calls.my_user())


SECRET_ANSWERS = {
    endpoints.PASSKEY_LINK: {"details": {}, "link": "https://x/?code=geheim123", "expiration": "3600s"},
    endpoints.TOKEN: {"access_token": "geheim123", "id_token": "geheim123", "expires_in": 1},
    endpoints.IMPORT_HUMAN: {"userId": "1", "passwordlessRegistration": {"link": "https://x/geheim123"}},
    endpoints.USER_KEYS: {
        "keyDetails": "geheim123",
        "clientSecret": "geheim123",
        "verificationCode": "geheim123",
    },
}


@pytest.mark.parametrize("endpoint", SECRET_ANSWERS, ids=lambda endpoint: endpoint.name)
def test_secrets_of_answers_are_replaced(tmp_path: Path, endpoint: endpoints.Endpoint) -> None:
    path = tmp_path / "trace.jsonl"
    body = json.dumps(SECRET_ANSWERS[endpoint]).encode()
    trace.Trace(path, bodies=True)(Attempt(1, Request(endpoint), 0.1, Answer(200, {}, body)))
    assert "geheim123" not in path.read_text()


@pytest.mark.parametrize("spoil", ["{body}", "{body}}}", "{cut}", "{nested}"])
def test_secrets_of_damaged_answers_are_replaced(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "trace.jsonl"
    body = '{"access_token" : "geheim\\"123", "id_token":"geheim123'
    content = spoil.format(
        body=body + '"', cut=body + "\\", nested='{"a":' * 3000 + body + '"}' + "}" * 3000
    ).encode()
    trace.Trace(path, bodies=True)(Attempt(1, Request(endpoints.TOKEN), 0.1, Answer(200, {}, content)))
    assert len(lines(path)) == 1
    assert "geheim" not in path.read_text()


def test_the_key_of_a_role_is_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    answer = Answer(200, {"content-type": "application/json"}, b'{"result":[{"key":"viewer"}]}')
    traced = trace.Trace(path, bodies=True)
    for endpoint in (endpoints.PROJECT_ROLES, endpoints.MY_USER):
        traced(Attempt(1, Request(endpoint), 0.1, answer))
    assert [line["answer"]["result"][0]["key"] for line in lines(path)] == ["viewer", MASK]


def test_a_secret_is_replaced_wherever_an_answer_repeats_it(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    request = Request(endpoints.MY_USER, headers={"Authorization": "Bearer geheim123"})
    answer = Answer(
        400,
        {"x-request-id": "geheim123", "via": "1.1 geheim123", "content-type": "application/json"},
        b'{"code":3,"message":"no","details":[{"id":"geheim123","message":"no"}]}',
    )
    error = errors.Unavailable("Not geheim123.")
    error.add_note("because of geheim123")
    trace.Trace(path, bodies=True)(Attempt(1, request, 0.1, answer, error))
    assert "geheim123" not in path.read_text()
    (line,) = lines(path)
    assert (line["headers"]["via"], line["errorId"]) == (f"1.1 {MASK}", MASK)


def test_everything_that_was_recorded_can_be_traced(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    traced = trace.Trace(path, bodies=True)
    number = 0
    for topic in ("import", "users", "members", "token"):
        for exchange in recorded(topic):
            content = json.dumps(exchange.body).encode()
            headers = {"Authorization": "Bearer geheim123"}
            request = Request(endpoints.MY_USER, exchange.path, headers, content + b"geheim123")
            traced(Attempt(1, request, 0.1, Answer(exchange.status, exchange.headers, content)))
            number += 1
    assert len(lines(path)) == number > 50
    assert "geheim123" not in path.read_text()
