"""Rows of CSV files: values as spreadsheets write them, and problems with their line."""

from pathlib import Path

import pytest

from tests.core.onboard.reading import rows_of, sentences, source_of
from zitadel_tui.core.onboard import columns


@pytest.mark.parametrize(
    "heading",
    [
        "userName,firstName,lastName,email",
        "User Name;Given-Name;Surname;E-Mail",
        "Benutzername\tVorname\tNachname\tMail-Adresse",
        "identifiant;Prénom;Nom;Courriel",
        "usuario,Nombre,Apellidos,Correo electrónico",
        "sep=;\r\nlogin;first;last;mail",
        "SEP=\t\nsAMAccountName\tgivenName\tsn\tmail",
        "preferred_username,given_name,family_name,email",
        "userName,profile.firstName,profile.last_name,email.email",
        "nome utente;Nome;Cognome;Posta elettronica;;",
    ],
)
def test_headings_are_understood_by_sense(tmp_path: Path, heading: str) -> None:
    mark = next(mark for mark in ";\t," if mark in heading)
    line = heading.count("\n") + 2
    [row] = rows_of(tmp_path, f"{heading}\r\n{mark.join(['ada', 'Ada', 'King', 'ada@x.test'])}\r\n")
    body = row.body
    assert (body.user_name, body.profile.first_name, body.profile.last_name) == ("ada", "Ada", "King")
    assert (body.email.email, row.line, row.number, row.problems) == ("ada@x.test", line, 1, ())


def test_a_row_has_the_defaults_of_users_import(tmp_path: Path) -> None:
    text = "userName,email,password,phone\nada,ada@x.test,Secr3t-Pass!,+41710000000\nbob,bob@x.test,,\n"
    ada, bob = rows_of(tmp_path, text)
    assert ada.body.email.is_email_verified
    assert ada.body.password_change_required
    assert ada.body.phone is not None
    assert not ada.body.phone.is_phone_verified
    assert not bob.body.password_change_required
    assert bob.body.phone is None


def test_options_fill_empty_cells_only(tmp_path: Path) -> None:
    text = (
        "userName,email,language,passkeyLink,emailVerified,password,roles,grant:Payroll\n"
        "ada,ada@x.test,,,,,,\n"
        'bob,bob@x.test,de,no,yes,Secr3t-Pass!,"ORG_OWNER",viewer\n'
    )
    ada, bob = rows_of(
        tmp_path,
        text,
        language="en",
        passkey_link=True,
        email_not_verified=True,
        generate_password=True,
        roles=("ORG_USER_MANAGER",),
        grants=("Wiki:reader,editor",),
    )
    assert ada.body.profile.preferred_language == "en"
    assert ada.body.request_passwordless_registration
    assert not ada.body.email.is_email_verified
    assert ada.generate_password
    assert (ada.roles, ada.grants) == (("ORG_USER_MANAGER",), (("Wiki", ("reader", "editor")),))
    assert bob.body.profile.preferred_language == "de"
    assert not bob.body.request_passwordless_registration
    assert bob.body.email.is_email_verified
    assert not bob.generate_password
    assert (bob.roles, bob.grants) == (("ORG_OWNER",), (("Payroll", ("viewer",)),))


def test_an_option_that_is_not_utf_8_is_a_value_like_any_other(tmp_path: Path) -> None:
    digests = set()
    for language in ("\udcfe", "\udcff"):
        [row] = rows_of(tmp_path, "userName,email\nada,ada@x.test\n", language=language)
        assert row.body.profile.preferred_language == language
        digests.add(row.digest)
    assert len(digests) == 2


def test_roles_and_grants_of_a_cell(tmp_path: Path) -> None:
    roles, grants = "ORG_OWNER_VIEWER, ORG_USER_MANAGER", "Payroll:viewer,editor; Wiki:reader"
    text = f'userName;email;roles;grants\nada;a@x.test;"{roles}";"{grants}"\n'
    [row] = rows_of(tmp_path, text)
    assert row.roles == ("ORG_OWNER_VIEWER", "ORG_USER_MANAGER")
    assert row.grants == (("Payroll", ("viewer", "editor")), ("Wiki", ("reader",)))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("ada,a@x.test", "has 2 cells, the first line has 5"),
        ("ada,a@x.test,,,,,more", "has 7 cells, the first line has 5"),
        ('ada,"a@x.test,,,', "A quote begins in this row"),
        ('ada,"a"x.test,,,', "A quote begins in this row"),
        ('ada,a@x.test,"4,17E+10",,', "phone.phone: '4,17E+10' is a number as a spreadsheet writes it"),
        ("ada,a@x.test,4.17E+10,,", "phone.phone: '4.17E+10' is a number"),
        ("ada,a@x.test,,maybe,", "emailVerified: 'maybe' is neither yes nor no"),
        ("a\0da,a@x.test,,,", "userName: The cell has a NUL"),
        (f"ada,{'x' * 140_000},,,", "A cell has more than 131072 characters"),
        ("ada,a@x.test,,,Payroll", "grants: 'Payroll' does not name project roles"),
        ("ada,a@x.test,,,a:b:c;d", "grants: 'd' does not name project roles"),
    ],
)
def test_a_problem_of_a_row_is_reported_and_the_other_rows_are_read(
    tmp_path: Path, row: str, problem: str
) -> None:
    good = "bob,b@x.test,,,"
    text = (
        f"userName,email,phone,emailVerified,grants\n{good}\n{row}\ncarol,c@x.test,,,,\n\ndave,d@x.test,,x,\n"
    )
    bob, bad, carol, dave = rows_of(tmp_path, text)
    assert [one.problems for one in (bob, carol, dave)] == [()] * 3
    assert [one.body.user_name for one in (bob, carol, dave)] == ["bob", "carol", "dave"]
    assert (bad.line, carol.line, dave.line, dave.number) == (3, 4, 6, 4)
    assert problem in " ".join(sentences(bad))


def test_quoted_line_breaks_belong_to_their_row(tmp_path: Path) -> None:
    text = 'userName,email,displayName\r\nada,a@x.test,"Ada\r\nKing"\r\nbob,b@x.test,Bob\r\n'
    ada, bob = rows_of(tmp_path, text)
    assert ada.body.profile.display_name == "Ada\r\nKing"
    assert (ada.line, bob.line) == (2, 4)


def test_a_heading_is_mapped_by_the_option_that_the_hint_names(tmp_path: Path) -> None:
    with pytest.raises(columns.UnknownColumns) as refused:
        source_of(tmp_path, "userName,E-Mails,Cost centre\n")
    assert refused.value.headings == ("E-Mails", "Cost centre")
    assert "--map 'Cost centre=ignore'" in refused.value.hint
    with pytest.raises(columns.UnknownColumns) as refused:
        source_of(tmp_path, "userName,E-Mails\n")
    assert "E-Mails=email if it is that, or E-Mails=ignore" in refused.value.hint


def test_a_column_without_a_heading_must_be_empty(tmp_path: Path) -> None:
    text = "userName,,email,,\nada,,a@x.test,,\nbob,,b@x.test\ncarol,new,c@x.test\ndave,,d@x.test,new\n"
    ada, bob, carol, dave = rows_of(tmp_path, text)
    assert (ada.problems, bob.problems) == ((), ())
    assert sentences(carol) == [": Cell 2 has a value, but its column has no heading."]
    assert sentences(dave) == [": The row has 4 cells, the first line has 3."]


def test_columns_of_identity_providers_link_users(tmp_path: Path) -> None:
    ada, bob = rows_of(tmp_path, "userName,idp:42,IDP: 43\nada,a-1,\nbob,,b-1\n")
    assert [(one.config_id, one.external_user_id) for one in ada.body.idps] == [("42", "a-1")]
    assert [(one.config_id, one.external_user_id) for one in bob.body.idps] == [("43", "b-1")]


def test_columns_are_mapped_or_left_out_on_purpose(tmp_path: Path) -> None:
    text = "Login;Dept;Mail 2\nada;Research;a@x.test\n"
    [row] = rows_of(tmp_path, text, columns={"Dept": "ignore", "mail 2": "email"})
    assert (row.body.user_name, row.body.email.email) == ("ada", "a@x.test")


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{first}.{last}", "jose.mueller.ross"),
        ("{email}", "j.o+x@x.test"),
        ("{local}", "j.o+x"),
        ("{f}{l}-x", "jm-x"),
    ],
)
def test_missing_user_names_are_made(tmp_path: Path, template: str, name: str) -> None:
    text = "userName,firstName,lastName,email\n,José,Müller Roß,J.O+x@x.test\nown,A,B,b@x.test\n,A,,\n"
    made, own, lacking = rows_of(tmp_path, text, username=template)
    assert made.body.user_name == name
    assert own.body.user_name == "own"
    assert "userName" in sentences(lacking)[0] or lacking.body.user_name
    assert (made.is_name_made, own.is_name_made) == (True, False)


def test_a_password_change_without_a_password_is_noted(tmp_path: Path) -> None:
    heading, digest = "userName,password,hashedPassword,passwordChangeRequired", "$2a$10$" + "a" * 53
    for line, options, noted in (
        (f"ada,,{digest},yes", {}, True),
        (f"ada,,{digest},", {}, False),
        (f"ada,Secr3t-Pass!,{digest},", {"use": "hash"}, False),
        ("ada,,,yes", {"generate_password": True}, False),
    ):
        [row] = rows_of(tmp_path, f"{heading}\n{line}\n", **options)
        expected = [("passwordChangeRequired", False)] if noted else []
        assert [(one.field, one.grave) for one in row.problems] == expected
