"""The form and a JSON body make the same request, and nothing typed for another way to sign in is sent."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import ALL
from zitadel_tui.core import importing, rules, user_form
from zitadel_tui.core.policies import Policies
from zitadel_tui.core.rules import Problem
from zitadel_tui.core.user_form import GENDERS, SIGN_INS, UserForm
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel.wire.base import encode
from zitadel_tui.zitadel.wire.organizations import PasswordComplexity
from zitadel_tui.zitadel.wire.users import ImportHuman

TEXT = (st.sampled_from(ALL) | st.text(max_size=20)).filter(
    lambda text: text.encode("utf-8", "ignore").decode() == text
)
"""What is no text is refused where it is sent: tests/core/test_journaled.py."""
SECRETS = TEXT.map(Secret)
FORMS = st.builds(
    UserForm,
    first_name=TEXT,
    last_name=TEXT,
    user_name=TEXT,
    nick_name=TEXT,
    display_name=TEXT,
    email=TEXT,
    email_verified=st.booleans(),
    phone=TEXT,
    phone_verified=st.booleans(),
    language=TEXT,
    gender=st.sampled_from(GENDERS),
    sign_in=st.sampled_from(SIGN_INS),
    password=SECRETS,
    change_required=st.booleans(),
    hashed_password=SECRETS,
    roles=st.lists(st.sampled_from(["ORG_OWNER", "ORG_USER_MANAGER"])).map(tuple),
)
MUST_CHANGE = "The password must be changed at the first sign-in."
HASHING = "The server needs about a second to hash the password."
WAITS_FOR_MAIL = (
    "Initial: a mail with a code goes to ada@acme.test; the user completes the registration.",
    "The password waits until then, because the email is not marked as verified.",
)
PASSWORD = Secret("Correct-Horse-7")
ADA = UserForm(first_name="Ada", last_name="Lovelace", user_name="ada", email="ada@acme.test")


@given(FORMS)
def test_the_form_and_its_json_make_the_same_request(form: UserForm) -> None:
    body = user_form.body(form)
    sent = encode(body)
    again = importing.choose_sign_in(importing.read_body(sent, "the form"))
    assert encode(again) == sent
    assert again == body


@given(FORMS)
def test_what_is_sent_is_what_was_typed(form: UserForm) -> None:
    sent = json.loads(encode(user_form.body(form)))
    profile, email, phone = sent.get("profile", {}), sent.get("email", {}), sent.get("phone", {})
    assert sent.get("userName", "") == form.user_name.strip()
    assert profile.get("firstName", "") == form.first_name.strip()
    assert profile.get("lastName", "") == form.last_name.strip()
    assert profile.get("nickName", "") == form.nick_name.strip()
    assert profile.get("displayName", "") == form.display_name.strip()
    assert profile.get("preferredLanguage", "") == form.language.strip()
    assert profile.get("gender", GENDERS[0]) == form.gender
    assert (email.get("email", ""), email.get("isEmailVerified", False)) == (
        form.email.strip(),
        form.email_verified,
    )
    assert phone.get("phone", "") == form.phone.strip()
    assert ("phone" in sent) == bool(form.phone.strip())
    assert phone.get("isPhoneVerified", False) == (form.phone_verified and bool(phone))
    assert ("password" in sent) == (form.sign_in == "password" and bool(form.password))
    assert sent.get("passwordChangeRequired", False) == ("password" in sent and form.change_required)
    assert sent.get("requestPasswordlessRegistration", False) == (form.sign_in == "passkey")
    assert not ("password" in sent and "hashedPassword" in sent)
    assert "roles" not in sent


@pytest.mark.parametrize("sign_in", SIGN_INS)
def test_the_ways_to_sign_in(sign_in: user_form.SignIn) -> None:
    form = replace(ADA, sign_in=sign_in, password=Secret(" Pass word1! "), hashed_password=Secret(" $2a$ "))
    body = user_form.body(form)
    assert (body.password == Secret(" Pass word1! ")) == (sign_in == "password")
    assert (body.hashed_password is not None) == (sign_in == "hash")
    if body.hashed_password is not None:
        assert body.hashed_password.value == Secret("$2a$")
    assert body.request_passwordless_registration == (sign_in == "passkey")
    assert importing.is_initial(body) == (sign_in == "mail")


def test_names_and_an_email_are_enough() -> None:
    body = user_form.body(ADA)
    assert rules.problems(body) == []
    assert json.loads(encode(body)) == {
        "userName": "ada",
        "profile": {"firstName": "Ada", "lastName": "Lovelace"},
        "email": {"email": "ada@acme.test", "isEmailVerified": True},
    }


@given(FORMS)
def test_another_one_keeps_what_belongs_to_all_and_nothing_of_the_user(form: UserForm) -> None:
    kept, empty = form.kept_for_another, UserForm()
    for name in ("email_verified", "language", "sign_in", "change_required"):
        assert getattr(kept, name) == getattr(form, name)
    assert kept.roles == tuple(role for role in form.roles if role != "ORG_OWNER")
    for name in (
        *("first_name", "last_name", "user_name", "nick_name", "display_name", "email", "phone"),
        *("phone_verified", "gender", "password", "hashed_password"),
    ):
        assert getattr(kept, name) == getattr(empty, name)


@pytest.mark.parametrize(
    ("form", "preview"),
    [
        (ADA, ["Initial: a mail with a code goes to ada@acme.test; the user completes the registration."]),
        (
            replace(ADA, sign_in="password"),
            ["The password is still missing.", "Active at once, no mail.", MUST_CHANGE, HASHING],
        ),
        (
            replace(ADA, sign_in="password", password=PASSWORD, change_required=False),
            ["Active at once, no mail.", HASHING],
        ),
        (
            replace(ADA, sign_in="password", email_verified=False),
            ["The password is still missing.", WAITS_FOR_MAIL[0], WAITS_FOR_MAIL[1], MUST_CHANGE, HASHING],
        ),
        (replace(ADA, sign_in="hash"), ["The hash is still missing.", "Active at once, no mail."]),
        (replace(ADA, sign_in="hash", hashed_password=Secret("$2a$")), ["Active at once, no mail."]),
        (
            replace(ADA, sign_in="passkey"),
            ["Active at once, no mail.", "A passkey link comes with the answer."],
        ),
        (
            replace(ADA, sign_in="passkey", phone="+41710000000", roles=("ORG_USER_MANAGER",)),
            [
                "Active at once, no mail.",
                "An SMS with a code goes to +41710000000.",
                "A passkey link comes with the answer.",
                "Roles assigned right after: ORG_USER_MANAGER.",
            ],
        ),
        (
            replace(ADA, sign_in="passkey", phone="+41710000000", phone_verified=True, roles=("A", "B")),
            [
                "Active at once, no mail.",
                "A passkey link comes with the answer.",
                "Roles assigned right after: A, B.",
            ],
        ),
    ],
)
def test_the_preview_follows_what_is_chosen(form: UserForm, preview: list[str]) -> None:
    assert user_form.preview(form) == preview


MISSING_PASSWORD = "The password is missing: type one or generate one."
COMPLETE = replace(ADA, password=PASSWORD, hashed_password=Secret("$2a$10$" + "a" * 53))


@pytest.mark.parametrize("sign_in", SIGN_INS)
def test_a_complete_form_is_valid_however_the_user_signs_in(sign_in: user_form.SignIn) -> None:
    assert user_form.validate(replace(COMPLETE, sign_in=sign_in), Policies()) == []


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        (replace(ADA, sign_in="password"), "password", MISSING_PASSWORD),
        (replace(ADA, sign_in="hash"), "hashedPassword.value", "The hash is missing."),
        (
            replace(ADA, roles=("SELF_MANAGEMENT_GLOBAL", "ORG_OWNER")),
            "roles",
            "SELF_MANAGEMENT_GLOBAL cannot be combined with other roles.",
        ),
    ],
)
def test_what_was_chosen_and_not_given_is_a_problem(form: UserForm, field: str, sentence: str) -> None:
    assert user_form.validate(form, Policies()) == [Problem(field, sentence)]


@pytest.mark.parametrize("roles", [(), ("SELF_MANAGEMENT_GLOBAL",), ("ORG_OWNER", "ORG_USER_MANAGER")])
def test_roles_that_go_together_are_no_problem(roles: tuple[str, ...]) -> None:
    assert user_form.validate(replace(ADA, roles=roles), Policies()) == []


def test_a_published_hash_is_a_problem_of_the_hash() -> None:
    published = Secret("$2a$10$8p.NrnjLvA/lMC.5kS.LLeja7vc8W.oQt.3d.vwWsAfiJs8juUMiy")
    (problem,) = user_form.validate(replace(ADA, sign_in="hash", hashed_password=published), Policies())
    assert problem.field == "hashedPassword.value"
    assert "documentation" in problem.sentence


def test_the_password_is_judged_by_the_policy_and_the_language_by_those_there_are() -> None:
    policies = Policies(PasswordComplexity(min_length="20"), ("de", "en"))
    form = replace(ADA, sign_in="password", password=PASSWORD, language="fr")
    found = {problem.field for problem in user_form.validate(form, policies)}
    assert found == {"password", "profile.preferredLanguage"}


@given(FORMS)
def test_the_preview_shows_no_secret_and_does_not_depend_on_it(form: UserForm) -> None:
    secret = Secret("Sw0rdfish-and-more")
    said = user_form.preview(replace(form, password=secret, hashed_password=secret))
    missing = user_form.preview(replace(form, password=Secret(""), hashed_password=Secret("")))
    assert not any("Sw0rdfish" in sentence for sentence in said)
    assert [sentence for sentence in missing if "still missing" not in sentence] == said


def test_secrets_are_in_no_repr() -> None:
    form = replace(ADA, password=Secret("hunter2"), hashed_password=Secret("$2a$hunter2"))
    assert "hunter2" not in repr(form)
    assert "hunter2" not in repr([user_form.body(replace(form, sign_in=way)) for way in SIGN_INS])


def test_an_empty_body_is_what_an_empty_form_comes_to_save_the_verified_email() -> None:
    body = user_form.body(replace(UserForm(), email_verified=False))
    assert body == ImportHuman()


def test_a_form_is_blank_until_something_is_typed_in_it() -> None:
    assert UserForm(email_verified=True, roles=("ORG_OWNER",)).is_blank
    typed = (
        UserForm(first_name="x"),
        UserForm(last_name="x"),
        UserForm(user_name="x"),
        UserForm(nick_name="x"),
        UserForm(display_name="x"),
        UserForm(email="x"),
        UserForm(phone="x"),
        UserForm(password=Secret("x")),
        UserForm(hashed_password=Secret("x")),
    )
    assert not any(form.is_blank for form in typed)
