"""Hashes of other systems: recognized, converted if only the notation differs, or refused."""

import base64
import hashlib
import json

import pytest

from zitadel_tui.core.onboard.hashes import VERIFIERS, check_verifiers, diagnose
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret

BCRYPT = "$2a$12$" + "a" * 53
SALT = b"\xfb\xff\xfe salt \xff\xff"
PBKDF2 = hashlib.pbkdf2_hmac("sha256", b"secret", SALT, 27500)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def passlib(data: bytes) -> str:
    return b64(data).rstrip("=").replace("+", ".")


MD5_HEX = hashlib.md5(b"secret").hexdigest()
PHC = f"$pbkdf2-sha256$i=27500,l=32${b64(SALT)}${b64(PBKDF2)}"
ARGON2 = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA"
EXPECTED = f"$pbkdf2-sha256$27500${passlib(SALT)}${passlib(PBKDF2)}"
KEYCLOAK = json.dumps(
    {
        "type": "password",
        "credentialData": json.dumps({"hashIterations": 27500, "algorithm": "pbkdf2-sha256"}),
        "secretData": json.dumps({"value": b64(PBKDF2), "salt": b64(SALT), "additionalParameters": {}}),
    }
)
# The examples of the specification of sha-crypt; the rounds are its default.
SHA256 = "$5${}saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
SHA512 = (
    "$6${}saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
)
MD5_SALTED = f"$md5salted-prefix$salt${b64(hashlib.md5(b'saltsecret').digest())}"
DJANGO_HASH = hashlib.pbkdf2_hmac("sha256", b"secret", b"saltTEXT", 1000)


KEYCLOAK_ARGON2 = f"$argon2id$v=19$m=8192,t=5,p=1${b64(SALT).rstrip('=')}${b64(PBKDF2).rstrip('=')}"


def auth0_md5(value: str, **more: object) -> str:
    return json.dumps({"algorithm": "md5", "hash": {"value": value}, **more})


def keycloak_argon2(memory: int, kind: str = "id") -> str:
    parameters = {"memory": [str(memory)], "type": [kind], "version": ["1.3"], "parallelism": ["1"]}
    about = {"hashIterations": 5, "algorithm": "argon2", "additionalParameters": parameters}
    return json.dumps({"credentialData": about, "secretData": {"value": b64(PBKDF2), "salt": b64(SALT)}})


@pytest.mark.parametrize(
    "text", [BCRYPT, BCRYPT.replace("2a", "2b"), BCRYPT.replace("2a", "2y"), f" {BCRYPT}\n"]
)
def test_bcrypt_is_verified_by_every_server(text: str) -> None:
    diagnosis = diagnose(Secret(text))
    assert (diagnosis.scheme, diagnosis.verifier, diagnosis.problem) == ("bcrypt", "", None)
    assert (diagnosis.rewritten is None) == (text == text.strip())


@pytest.mark.parametrize(
    ("text", "verifier", "rewritten"),
    [
        (EXPECTED, "pbkdf2", None),
        (f"$pbkdf2-sha256$27500${b64(SALT)}${b64(PBKDF2)}", "pbkdf2", EXPECTED),
        (PHC, "pbkdf2", EXPECTED),
        (KEYCLOAK, "pbkdf2", EXPECTED),
        (f"{{PBKDF2-SHA256}}27500${passlib(SALT)}${passlib(PBKDF2)}", "pbkdf2", EXPECTED),
        (
            f"pbkdf2_sha256$1000$saltTEXT${b64(DJANGO_HASH)}",
            "pbkdf2",
            f"$pbkdf2-sha256$1000${passlib(b'saltTEXT')}${passlib(DJANGO_HASH)}",
        ),
        (
            json.dumps(
                {
                    "algorithm": "pbkdf2",
                    "hash": {"value": f"$pbkdf2-sha256$i=27500,l=32${b64(SALT)}${b64(PBKDF2)}"},
                }
            ),
            "pbkdf2",
            EXPECTED,
        ),
        (ARGON2, "argon2", None),
        (
            f"argon2{ARGON2}",
            "argon2",
            ARGON2,
        ),
        (
            f"{{ARGON2}}{ARGON2}",
            "argon2",
            ARGON2,
        ),
        (
            keycloak_argon2(8192),
            "argon2",
            KEYCLOAK_ARGON2,
        ),
        ("$scrypt$ln=16,r=8,p=1$c2FsdA==$aGFzaA==", "scrypt", "$scrypt$ln=16,r=8,p=1$c2FsdA$aGFzaA"),
        ("$7$ln=16,r=8,p=1$c2FsdA$aGFzaA", "scrypt", None),
        ("$1$salt$qJH7.N4xYta3aEG/dfqo/0", "md5", None),
        (SHA512.format("rounds=5000$"), "sha2", None),
        (SHA512.format(""), "sha2", SHA512.format("rounds=5000$")),
        ("{CRYPT}" + SHA256.format(""), "sha2", SHA256.format("rounds=5000$")),
        (f"$P$B{'x' * 30}", "phpass", None),
        (f"$S$D{'x' * 51}", "drupal7", None),
        (MD5_HEX.upper(), "md5plain", MD5_HEX),
        ("{MD5}" + b64(hashlib.md5(b"secret").digest()), "md5plain", MD5_HEX),
        (MD5_SALTED, "md5salted", None),
        (f"md5$salt${hashlib.md5(b'saltsecret').hexdigest()}", "md5salted", MD5_SALTED),
        (auth0_md5(hashlib.md5(b"saltsecret").hexdigest(), salt={"value": "salt"}), "md5salted", MD5_SALTED),
        (
            auth0_md5(b64(hashlib.md5(b"secretsalt").digest()), salt={"value": "salt", "position": "suffix"}),
            "md5salted",
            f"$md5salted-suffix$salt${b64(hashlib.md5(b'secretsalt').digest())}",
        ),
        (auth0_md5(MD5_HEX), "md5plain", MD5_HEX),
    ],
)
def test_others_need_their_verifier_and_are_written_as_zitadel_reads_them(
    text: str, verifier: str, rewritten: str | None
) -> None:
    by_default = diagnose(Secret(text))
    assert by_default.problem is not None
    assert by_default.problem.grave
    assert f"--verifiers {verifier}" in by_default.problem.sentence
    given = diagnose(Secret(text), (verifier,))
    assert (given.verifier, given.problem) == (verifier, None)
    assert (given.rewritten.reveal() if given.rewritten else None) == rewritten


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$2a$12$short", "60 characters"),
        ("$2$12$" + "a" * 53, "without a version"),
        ("$argon2d$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "argon2d"),
        ("$argon2id$v=16$m=65536,t=3,p=4$c2FsdA$aGFzaA", "version 19"),
        ("$y$j9T$salt$hash", "yescrypt"),
        ("bcrypt_sha256$$2b$12$" + "a" * 53, "bcrypt_sha256"),
        ("{SSHA}" + b64(b"x" * 24), "{SSHA}"),
        (hashlib.sha256(b"secret").hexdigest(), "SHA-256"),
        (json.dumps({"passwordHash": "abc", "salt": "def"}), "Firebase"),
        (json.dumps({"algorithm": "hmac", "hash": {"value": MD5_HEX, "digest": "md5"}}), "Auth0's hmac"),
        (json.dumps({"algorithm": "md4", "hash": {"value": MD5_HEX}}), "Auth0's md4"),
        (auth0_md5(MD5_HEX, salt={"value": "73616c74", "encoding": "hex"}), "Auth0's md5"),
        (auth0_md5(MD5_HEX, salt="salt"), "Auth0's md5"),
        (auth0_md5(MD5_HEX, salt={"value": None}), "Auth0's md5"),
        (auth0_md5(MD5_HEX, salt={"value": "salt", "position": "around"}), "salted MD5"),
        (auth0_md5("abc"), "MD5: it is cut off"),
        (f"md5$sa lt${MD5_HEX}", "salt is none that can be written"),
        (f"$md5salted-prefix$salt${MD5_HEX}", "salted MD5"),
        ("$7$CU..../....2Q9obwLhin8qvQl6sisAO/$sc1wfs7tDjVdYjsZbDMlyeZaPg5ttgWDQCoVdjvZIc.", "crypt(3)"),
        ("$1$salt$qJH7.N4xYta3aEG/dfqo/", "md5-crypt: it is cut off"),
        ("$6$saltstring$" + "x" * 43, "sha-crypt: it is cut off"),
        ("$5$saltstring$" + "x" * 86, "sha-crypt: it is cut off"),
        (SHA512.format("rounds=" + "9" * 5000 + "$"), "sha-crypt: it is cut off"),
        ("$argon2id$v=19$m=65536,t=3,p=4$c2.sdA$aGFzaA", "argon2: it is cut off"),
        (keycloak_argon2(8192, "d"), "type i or id"),
        (json.dumps({"credentialData": "{}", "secretData": "["}), "cut off"),
        (json.dumps({"credentialData": "{}", "secretData": "[" * 3000}), "cut off"),
        ("secret", "no known form"),
        ("", "no known form"),
        ("{", "no known form"),
        ("$", "no known form"),
    ],
)
def test_what_can_never_work_is_refused_whatever_the_server_was_given(text: str, words: str) -> None:
    problem = diagnose(Secret(text), VERIFIERS).problem
    assert problem is not None
    assert problem.grave
    assert words in problem.sentence


@pytest.mark.parametrize(
    ("text", "verifier", "words"),
    [
        (BCRYPT.replace("$12$", "$09$"), "bcrypt", "cost 9; servers accept 10 to 16"),
        ("$argon2id$v=19$m=7168,t=5,p=1$c2FsdA$aGFzaA", "argon2", "m 7168; servers accept 8192"),
        ("$scrypt$ln=13,r=8,p=1$c2FsdA$aGFzaA", "scrypt", "ln 13"),
        (f"$pbkdf2-sha512$999${passlib(SALT)}${passlib(SALT)}", "pbkdf2", "rounds 999"),
        (f"$S$H{'x' * 51}", "drupal7", "rounds 524288"),
    ],
)
def test_parameters_outside_the_usual_bounds_are_named(text: str, verifier: str, words: str) -> None:
    problem = diagnose(Secret(text), (verifier,)).problem
    assert problem is not None
    assert words in problem.sentence
    assert not problem.grave
    if verifier == "bcrypt":
        refused = diagnose(Secret(text)).problem
        assert refused is not None
        assert refused.grave


def test_no_part_of_a_hash_is_in_a_sentence() -> None:
    for text in (KEYCLOAK, "$2a$12$hunter2hunter2", "{SSHA}hunter2hunter2", "hunter2hunter2", EXPECTED):
        problem = diagnose(Secret(text)).problem
        assert problem is not None
        assert "hunter2" not in problem.sentence
        assert passlib(PBKDF2)[:6] not in problem.sentence


def test_verifiers_have_zitadels_names() -> None:
    assert check_verifiers(["Argon2", " pbkdf2 ", "argon2", "bcrypt"]) == ("argon2", "pbkdf2", "bcrypt")
    with pytest.raises(UsageFailure) as refused:
        check_verifiers(["argon"])
    assert "argon2" in refused.value.hint
