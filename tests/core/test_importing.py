"""The body of an import: the seed's as it stands, every mistake in one sentence, and what it comes to."""

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.demo_clients import client_of
from zitadel_tui.core.importing import LARGEST_BODY, choose_sign_in, is_initial, read_body, what_happens
from zitadel_tui.demo.server import Demo
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.wire.base import encode
from zitadel_tui.zitadel.wire.users import HashedPassword, ImportHuman

PUBLISHED = "8p.NrnjLvA/lMC.5kS.LLeja7vc8W.oQt.3d.vwWsAfiJs8juUMiy"
SEED = {
    "userName": "new-user",
    "profile": {
        "firstName": "Minnie",
        "lastName": "Mouse",
        "nickName": "Mini",
        "displayName": "Minnie Mouse",
        "preferredLanguage": "en",
        "gender": "GENDER_FEMALE",
    },
    "email": {"email": "minnie@mouse.com", "isEmailVerified": True},
    "phone": {"phone": "+41 71 000 00 00", "isPhoneVerified": True},
    "password": "RootPassword1!",
    "hashedPassword": {"value": f"$2a$12${PUBLISHED}"},
    "passwordChangeRequired": True,
    "requestPasswordlessRegistration": True,
}


def body_of(content: Any) -> ImportHuman:
    return read_body(json.dumps(content).encode(), "The body")


def refusal(data: bytes | dict[str, Any]) -> UsageFailure:
    raw = json.dumps(data).encode() if isinstance(data, dict) else data
    with pytest.raises(UsageFailure) as caught:
        read_body(raw, "The body")
    return caught.value


def test_the_seeds_body_is_sent_to_the_letter() -> None:
    assert json.loads(encode(body_of(SEED))) == SEED


def test_no_secret_of_the_body_is_shown() -> None:
    shown = repr(body_of(SEED))
    assert "RootPassword1!" not in shown
    assert PUBLISHED not in shown


def snake(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    return {
        "".join(f"_{c.lower()}" if c.isupper() else c for c in name): snake(value)
        for name, value in data.items()
    }


def test_snake_case_is_the_same_body() -> None:
    assert body_of(snake(SEED)) == body_of(SEED)


def test_a_byte_order_mark_is_no_trouble() -> None:
    assert read_body(b"\xef\xbb\xbf" + json.dumps(SEED).encode(), "The body") == body_of(SEED)


def test_null_is_absent() -> None:
    assert body_of({"userName": "a", "phone": None, "password": None, "email": {"email": None}}) == body_of(
        {"userName": "a", "email": {}}
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not JSON: line 1"),
        (b'{\n  "userName": ', "is not JSON: line 2"),
        (b"{'userName': 'a'}", "is not JSON"),
        (b"\xff\xfe{", "not UTF-8"),
        (b"[{}]", "not one JSON object"),
        (b'"text"', "not one JSON object"),
        (b"null", "not one JSON object"),
        (b" " * (LARGEST_BODY + 1), "larger than 1 MiB"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"userName": ' + b"1" * 5_000 + b"}", "a number that is too long"),
        (b'{"userName": NaN}', "wrong type"),
    ],
)
def test_what_is_no_body_gets_its_sentence(data: bytes, words: str) -> None:
    failure = refusal(data)
    assert failure.summary.startswith("The body")
    assert words in failure.summary
    assert failure.hint


@pytest.mark.parametrize(
    ("content", "field", "hint"),
    [
        ({"username": "a"}, "'username'", "Did you mean userName?"),
        ({"profile": {"firstname": "a"}}, "'profile.firstname'", "Did you mean profile.firstName?"),
        ({"email": {"verified": True}}, "'email.verified'", ""),
        ({"hashedPassword": {"valu": "x"}}, "'hashedPassword.valu'", "hashedPassword.value"),
        ({"idps": [{"configId": "1"}, {"configID": "2"}]}, "'idps[1].configID'", "idps[1].configId"),
        ({"zzz\x1b[31m": 1}, "unknown field", "Known here: userName"),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest(content: dict[str, Any], field: str, hint: str) -> None:
    failure = refusal(content)
    assert field in failure.summary
    assert hint in failure.hint
    assert "\x1b" not in failure.summary


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"userName": 5}, "userName"),
        ({"passwordChangeRequired": "true"}, "passwordChangeRequired"),
        ({"profile": "Minnie"}, "profile"),
        ({"profile": {"firstName": ["a"]}}, "profile.firstName"),
        ({"email": {"isEmailVerified": 1}}, "email.isEmailVerified"),
        ({"idps": {"configId": "1"}}, "idps"),
        ({"password": 4711}, "password"),
        ({"hashedPassword": {"value": True}}, "hashedPassword.value"),
    ],
)
def test_a_wrong_type_is_named_with_its_path_and_not_its_value(content: dict[str, Any], path: str) -> None:
    failure = refusal(content)
    assert f"$.{path}" in failure.summary
    assert "4711" not in failure.summary


@pytest.mark.parametrize("name", ["otpCode", "otp_code", "recoveryCodes"])
def test_a_field_the_server_would_ignore_is_refused(name: str) -> None:
    assert "ignores" in refusal({name: "1"}).summary


def test_the_same_field_twice_is_refused() -> None:
    assert "gives userName twice" in refusal({"userName": "a", "user_name": "b"}).summary


VALUES = st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5)


@given(VALUES | st.binary())
def test_anything_is_a_body_or_a_sentence(value: Any) -> None:
    data = value if isinstance(value, bytes) else json.dumps({"userName": value}).encode()
    said = ""
    try:
        read_body(data, "The body")
    except UsageFailure as failure:
        said = failure.summary
    assert said.isprintable()


def test_a_password_and_a_hash_wait_for_a_decision() -> None:
    with pytest.raises(UsageFailure, match="both a password and a hash") as caught:
        choose_sign_in(body_of(SEED), allow_published_hash=True)
    assert "--use password or --use hash" in caught.value.hint


def test_the_decision_leaves_one_of_them() -> None:
    body = body_of(SEED)
    password = choose_sign_in(body, use="password")
    assert (password.password, password.hashed_password) == (Secret("RootPassword1!"), None)
    hashed = choose_sign_in(body, use="hash", allow_published_hash=True)
    assert (hashed.password, hashed.hashed_password) == (None, body.hashed_password)


@pytest.mark.parametrize(
    "form",
    [
        "$2a$12${}",
        "$2b$12${}",
        "$2y$12${}",
        "$2a$12${} ",
        '{{"algorithm": "bcrypt", "hash": {{"value": "$2b$12${}"}}}}',
    ],
)
def test_the_published_hash_is_refused_however_it_is_written(form: str) -> None:
    hashed = HashedPassword(value=Secret(form.format(PUBLISHED)))
    body = msgspec.structs.replace(body_of({"userName": "a"}), hashed_password=hashed)
    with pytest.raises(UsageFailure, match="documentation"):
        choose_sign_in(body)
    assert choose_sign_in(body, allow_published_hash=True) == body


@pytest.mark.parametrize("hashed", [{}, {"value": ""}])
def test_an_empty_hash_is_none(hashed: dict[str, Any]) -> None:
    body = choose_sign_in(body_of({"userName": "a", "password": "p", "hashedPassword": hashed}))
    assert body.hashed_password is None
    assert body.password == Secret("p")


COMBINATIONS = list(itertools.product([False, True], repeat=5))
"""Email verified, password, hash, passkey link, phone."""


def combined(number: int, verified: bool, password: bool, hashed: bool, link: bool, phone: bool) -> Any:
    body: dict[str, Any] = {
        "userName": f"combination{number}",
        "profile": {"firstName": "A", "lastName": "B"},
        "email": {"email": "a@b.test", "isEmailVerified": verified},
        "requestPasswordlessRegistration": link,
    }
    body |= {"password": "Password1!"} if password else {}
    body |= {"hashedPassword": {"value": "$2a$12$" + "a" * 53}} if hashed else {}
    return body | ({"phone": {"phone": "+41710000000"}} if phone else {})


async def test_what_is_foretold_is_what_the_server_makes_of_it() -> None:
    client = client_of(Demo(size=1, lag=(0, 0)))
    states = set()
    for number, combination in enumerate(COMBINATIONS):
        body = body_of(combined(number, *combination))
        answer = await client.send(calls.import_human(body))
        user = (await client.send(calls.user(answer.user_id))).user
        said = " ".join(what_happens(body))
        states.add(user.state)
        assert is_initial(body) == (user.state == "USER_STATE_INITIAL")
        assert said.startswith("Initial: a mail" if is_initial(body) else "Active at once, no mail.")
        assert ("SMS" in said) == (body.phone is not None)
    assert states == {"USER_STATE_INITIAL", "USER_STATE_ACTIVE"}


def test_what_does_not_work_as_written_is_reported() -> None:
    waiting = what_happens(body_of({"password": "p", "email": {"email": "a@b.test"}}))
    assert any("waits until then" in sentence for sentence in waiting)
    hashed = what_happens(body_of({"hashedPassword": {"value": "$2a$"}, "passwordChangeRequired": True}))
    assert any("no effect without a password" in sentence for sentence in hashed)
    assert any("printed in ZITADEL's documentation" in sentence for sentence in what_happens(body_of(SEED)))


def test_a_link_to_an_identity_provider_is_active_at_once() -> None:
    body = body_of({"email": {"email": "a@b.test"}, "idps": [{"configId": "1", "externalUserId": "2"}]})
    assert what_happens(body) == ["Active at once; a mail to verify a@b.test is sent."]


def test_an_address_that_attacks_the_terminal_is_shown_harmless() -> None:
    said = what_happens(body_of({"email": {"email": "\x1b]0;x\x07@b.test"}}))
    assert all(sentence.isprintable() for sentence in said)
