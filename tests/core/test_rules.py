"""What is said before sending is what the server says after: no refusal is a surprise, none is invented."""

import json
import re
from typing import Any

import msgspec
import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.contract.recordings import Exchange, recorded, recorded_legacy
from zitadel_tui.core import rules
from zitadel_tui.demo import rules as demo_rules
from zitadel_tui.demo.errors import Refusal
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import endpoints, errors, refusal
from zitadel_tui.zitadel.traffic import Answer
from zitadel_tui.zitadel.wire.base import decode
from zitadel_tui.zitadel.wire.organizations import PasswordComplexity
from zitadel_tui.zitadel.wire.users import Email, HashedPassword, ImportHuman, Phone, Profile

DEFAULT = PasswordComplexity(
    min_length="8", has_lowercase=True, has_uppercase=True, has_number=True, has_symbol=True
)
"""Of the recorded server (contract §4.5)."""
ONLY_THE_SERVER_KNOWS = {
    "seed's body again",
    "refused: user name taken, other case",
    "refused: user name of the other organization",
    "refused: unknown identity provider",
}
DEPENDS_ON_THE_SERVER = {
    "refused: hash garbage",
    "refused: argon2 hash",
    "refused: sha512 crypt hash",
    "refused: bcrypt cost 4",
}
"""Which verifiers are on, for which costs, cannot be asked (contract §7): said, but not as certain."""


def imports() -> list[Any]:
    cases = [
        exchange
        for exchange in recorded("import")
        if exchange.path.endswith("/_import") and body_of(exchange) is not None
    ]
    return [pytest.param(exchange, id=exchange.name) for exchange in cases]


def body_of(exchange: Exchange) -> ImportHuman | None:
    """None for what is no body of an import at all: that is refused while it is read."""
    if "raw" in exchange.request:
        return None
    try:
        return decode(json.dumps(exchange.request.get("body", {})).encode(), ImportHuman)
    except ValueError:
        return None


@pytest.mark.parametrize("exchange", imports())
def test_what_a_real_server_refused_is_reported_on_that_field_and_no_more(
    exchange: Exchange,
) -> None:
    body = body_of(exchange)
    assert body is not None
    found = rules.problems(body, policy=DEFAULT, languages=("de", "en"))
    grave = [problem.field for problem in found if problem.grave]
    if exchange.status == 200 or exchange.name in ONLY_THE_SERVER_KNOWS:
        assert grave == []
        return
    answer = Answer(exchange.status, exchange.headers, json.dumps(exchange.body).encode())
    error = refusal.error_from(endpoints.IMPORT_HUMAN, answer)
    assert isinstance(error, errors.InvalidInput)
    fields = [problem.field for problem in found] if exchange.name in DEPENDS_ON_THE_SERVER else grave
    assert any(field == error.field or field.startswith(f"{error.field}.") for field in fields[:1]), found


def test_what_an_older_server_takes_is_not_called_refused() -> None:
    taken = [exchange for exchange in recorded_legacy("import").values() if exchange.status == 200]
    assert len(taken) == 4
    for exchange in taken:
        body = body_of(exchange)
        assert body is not None
        assert [problem.grave for problem in rules.problems(body, policy=DEFAULT)] == [False], exchange.name


def test_the_table_is_not_empty() -> None:
    assert len(imports()) > 45


def person(**fields: Any) -> ImportHuman:
    whole = ImportHuman(
        user_name="ada", profile=Profile(first_name="Ada", last_name="L"), email=Email(email="ada@acme.test")
    )
    return msgspec.structs.replace(whole, **fields)


def grave(body: ImportHuman, policy: PasswordComplexity | None = DEFAULT) -> list[str]:
    return [problem.field for problem in rules.problems(body, policy=policy) if problem.grave]


WIDE = st.text(st.sampled_from("aé長🙂\u0301 "), min_size=195, max_size=205)


@given(WIDE)
@example("🙂" * 200)
@example("🙂" * 201)
def test_lengths_are_counted_in_code_points(text: str) -> None:
    too_long = len(text) > 200
    for body, field in (
        (person(user_name=text), "userName"),
        (person(profile=Profile(first_name=text, last_name="L")), "profile.firstName"),
        (person(profile=Profile(first_name="A", last_name=text)), "profile.lastName"),
        (person(profile=Profile(first_name="A", last_name="L", nick_name=text)), "profile.nickName"),
        (person(profile=Profile(first_name="A", last_name="L", display_name=text)), "profile.displayName"),
    ):
        assert (grave(body) == [field]) == too_long or not text.strip()


@pytest.mark.parametrize("blank", ["", " ", "\t "])
def test_a_user_name_or_email_of_blanks_is_missing_a_name_of_blanks_is_not(blank: str) -> None:
    assert grave(person(user_name=blank)) == ["userName"]
    assert grave(person(email=Email(email=blank))) == ["email.email"]
    names = grave(person(profile=Profile(first_name=blank, last_name="L")))
    assert names == ([] if blank else ["profile.firstName"])


EMAILS = st.one_of(
    st.emails(),
    st.text(st.sampled_from('ab@.<>()[],;: é長"\\'), min_size=1, max_size=12),
    st.from_regex(r"[a-z.+]{1,8}@[a-z]{1,8}(\.[a-z]{2,3})?", fullmatch=True),
)


@given(EMAILS.map(str.strip).filter(lambda text: text and '"' not in text and "[" not in text))
@example("ada@localhost")
@example("Ada <ada@acme.test>")
@example("ada@@acme.test")
def test_emails_are_judged_as_the_server_does(text: str) -> None:
    try:
        demo_rules.check_email(text)
        refused = False
    except Refusal:
        refused = True
    assert bool(grave(person(email=Email(email=text)))) == refused


@pytest.mark.parametrize("text", ['"ada lovelace"@acme.test', "ada@[192.0.2.1]", " ada@acme.test "])
def test_rare_emails_that_gos_parser_accepts_are_accepted(text: str) -> None:
    assert grave(person(email=Email(email=text))) == []


PHONES = st.one_of(
    st.from_regex(r"\+[0-9 ()/.-]{0,18}", fullmatch=True),
    st.text(st.sampled_from("+0123456789 ()x;a"), max_size=14),
)


@given(PHONES)
@example("+41 71 000 00 00")
@example("+4")
@example("+abc")
@example("+")
@example("+41" + "0" * 47)
@example("+41" + "0" * 48)
def test_phones_are_judged_as_the_server_does(text: str) -> None:
    refused = not text.startswith("+") or len(text) > 50
    if not refused:
        try:
            demo_rules.normal_phone(text)
        except Refusal:
            refused = True
    assert bool(grave(person(phone=Phone(phone=text)))) == refused


def test_a_number_that_is_not_in_use_is_only_doubted() -> None:
    (doubt,) = rules.phone("+41 71 000 00 00 0")
    assert (doubt.field, doubt.grave) == ("phone.phone", False)
    number = phonenumbers.example_number("CH")
    assert number is not None
    assert rules.phone(phonenumbers.format_number(number, 1)) == []


POLICIES = st.builds(
    PasswordComplexity,
    min_length=st.integers(0, 72).map(lambda length: str(length) if length else ""),
    has_lowercase=st.booleans(),
    has_uppercase=st.booleans(),
    has_number=st.booleans(),
    has_symbol=st.booleans(),
)


@given(st.text(st.sampled_from("aZ7! é長"), min_size=1, max_size=40) | st.text(min_size=1, max_size=80))
@example("Password1!")
@example("Aa1!" + "é" * 34)
@example("Aa1!" + "é" * 35)
@example("Aa1é5678")
def test_passwords_are_judged_as_the_server_does_in_bytes(text: str) -> None:
    try:
        demo_rules.check_password(text)
        refused = False
    except Refusal:
        refused = True
    assert bool(grave(person(password=Secret(text)))) == refused
    assert all(kept for _, kept in rules.checklist(Secret(text), DEFAULT)) or refused


@given(POLICIES)
def test_a_generated_password_keeps_any_policy(policy: PasswordComplexity) -> None:
    password = rules.generated_password(policy)
    assert rules.password(password, policy) == []
    assert not set(password.reveal()) & set("lIO01")
    assert all(kept for _, kept in rules.checklist(password, DEFAULT))


@pytest.mark.parametrize("length", ["73", "999999999999999999"])
def test_a_policy_that_no_password_can_keep_costs_nothing(length: str) -> None:
    password = rules.generated_password(PasswordComplexity(min_length=length))
    assert len(password.reveal()) == 72


def test_passwords_are_generated_anew_and_without_a_policy_too() -> None:
    made = {rules.generated_password(None).reveal() for _ in range(50)}
    assert len(made) == 50
    assert {len(one) for one in made} == {20}


def test_without_a_policy_only_the_hashers_limit_is_known() -> None:
    assert grave(person(password=Secret("short")), policy=None) == []
    assert grave(person(password=Secret("a" * 73)), policy=None) == ["password"]


def test_a_password_of_bytes_that_are_no_text_is_judged_without_a_crash() -> None:
    assert grave(person(password=Secret("Aa1!\udce9"))) == ["password"]


def test_a_password_or_a_hash_is_in_no_sentence() -> None:
    body = person(password=Secret("hunter2"), hashed_password=HashedPassword(value=Secret("$2a$04$hunter2")))
    said = rules.problems(body, policy=DEFAULT)
    assert len(said) == 2
    assert "hunter2" not in repr(said)


@given(
    st.text(st.sampled_from("$2aby1046./Az"), max_size=64)
    | st.from_regex(r"\$2[abyx]?\$[01][0-9]\$[./A-Za-z0-9]{52,54}")
)
@example("$2a$12$" + "a" * 53)
@example("$2$12$" + "a" * 53)
def test_hashes_are_judged_as_the_server_does(text: str) -> None:
    try:
        demo_rules.check_hash(text)
        refused = False
    except Refusal:
        refused = True
    found = rules.password_hash(Secret(text))
    assert bool(found) == refused
    assert all(problem.field == "hashedPassword.value" for problem in found)
    in_form = re.fullmatch(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}", text)
    assert [problem.grave for problem in found] == [text.startswith("$2") and not in_form] * refused


@pytest.mark.parametrize(
    ("tag", "said"),
    [("de", ""), ("", ""), ("dee", "did you mean de?"), ("eo", "does not offer"), ("x" * 11, "10 are")],
)
def test_languages(tag: str, said: str) -> None:
    found = rules.language(tag, ("de", "en", "fr"))
    assert bool(found) == bool(said)
    assert all(said in problem.sentence for problem in found)
    assert [problem.grave for problem in found] == ([len(tag) > 10] if said else [])
    assert rules.language("eo", ()) == []


@pytest.mark.parametrize(
    ("address", "name"),
    [("ada@acme.test", "ada"), (" Ada.L@x", "Ada.L"), ("ada", "ada"), ("", ""), ("@x", "")],
)
def test_the_proposed_user_name(address: str, name: str) -> None:
    assert rules.proposed_user_name(address) == name


def test_problems_stand_in_the_order_of_the_fields() -> None:
    body = ImportHuman(phone=Phone(), password=Secret("x"))
    fields = grave(body)
    assert fields == [
        "userName", "profile.firstName", "profile.lastName", "email.email", "phone.phone", "password",
    ]  # fmt: skip
    assert all(re.fullmatch(r"[A-Z].*\.", problem.sentence) for problem in rules.problems(body))
