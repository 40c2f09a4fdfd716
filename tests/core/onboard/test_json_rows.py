"""Rows of JSON arrays, JSON lines and single objects."""

from pathlib import Path

import pytest

from tests.core.onboard.reading import SEED, rows_of, sentences
from zitadel_tui.failure import UsageFailure


def test_the_body_of_the_seed_is_one_user(tmp_path: Path) -> None:
    [row] = rows_of(tmp_path, SEED)
    assert row.problems == ()
    assert (row.line, row.body.user_name) == (1, "minnie-mouse")
    assert row.body.password_change_required


def test_json_arrays_and_lines_have_roles_and_lines(tmp_path: Path) -> None:
    one = '{"userName": "a", "email": {"email": "a@x.test"}, "roles": ["ORG_OWNER"]}'
    two = '{"user_name": "b", "grants": {"Payroll": ["viewer"]}, "generatePassword": true}'
    three = '{"userName": "c", "grants": ["Wiki:reader"], "nonsense": 1}'
    array = f"[\n  {one},\n\n  {two},\n  {three}\n]"
    for content, lines in ((array, (2, 4, 5)), (f"{one}\n\n{two}\n{three}\n", (1, 3, 4))):
        first, second, third = rows_of(tmp_path, content)
        assert (first.line, second.line, third.line) == lines
        assert first.roles == ("ORG_OWNER",)
        assert not first.body.email.is_email_verified  # as it stands
        assert second.grants == (("Payroll", ("viewer",)),)
        assert second.generate_password
        assert "nonsense" in sentences(third)[0]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("[\n{]", "line 2, column 2"),
        ("[1,\n 2", "line 2, column 3"),
        ('{"a": ', "line 1, column 7"),
        ("[{},\n\n]", "line 3, column 1"),
        ("[{}]\n[]", "line 1, column 4"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_json_that_is_none_is_refused(tmp_path: Path, content: str, where: str) -> None:
    with pytest.raises(UsageFailure, match=where):
        rows_of(tmp_path, content)


def test_a_value_that_cannot_be_read_spoils_one_element(tmp_path: Path) -> None:
    half = '{"userName": "\\ud800", "x": "and more text"}'
    text = f'[{{"userName": "ä"}},\n{half}, {{"userName": NaN}},\n{{"userName": "b"}} ]\n'
    first, second, third, last = rows_of(tmp_path, text)
    assert [row.line for row in (first, second, third, last)] == [1, 2, 2, 3]
    assert (first.problems, last.problems) == ((), ())
    assert "half of a surrogate pair" in sentences(second)[0]
    assert "Not JSON" in sentences(third)[0]


def test_json_lines_may_begin_with_a_line_that_is_wrong(tmp_path: Path) -> None:
    first, second = rows_of(tmp_path, '{"userName": "a"\n{"userName": "b"}\n')
    assert "Not JSON" in sentences(first)[0]
    assert (second.line, second.body.user_name, second.problems) == (2, "b", ())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"userName": 5}', "wrong type"),
        ('{"userName": "a", "generatePassword": "yes"}', "neither true nor false"),
        ('{"userName": "a", "roles": [1]}', "roles is not a list"),
        ('{"userName": "a", "grants": 1}', "grants is not a list"),
        ('{"userName": "a", "grants": {"Payroll": []}}', "No role of project 'Payroll' is named"),
        ('{"userName": "a"', "Not JSON"),
        ("[]", "Not a JSON object"),
        (
            '{"userName": "a", "password": "x", "hashedPassword": {"value": "y"}}',
            "both a password and a hash",
        ),
        ('{"userName": "a", "password": "x", "generatePassword": true}', "password is to be generated"),
    ],
)
def test_a_json_line_that_is_wrong_spoils_no_other(tmp_path: Path, line: str, problem: str) -> None:
    good = '{"userName": "b", "email": {"email": "b@x.test"}}'
    first, bad, last = rows_of(tmp_path, f"{good}\n{line}\n{good}\n")
    assert (first.problems, last.problems) == ((), ())
    assert problem in sentences(bad)[0]
