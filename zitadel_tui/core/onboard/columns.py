"""The columns of a file: which field each heading means, and how its cells are read."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import brief, quoted, shown

IGNORED = "ignore"
GRANT_PREFIX = "grant:"
"""Before the name or id of a project: its cells are role keys."""
IDP_PREFIX = "idp:"
"""Before the configuration id of an identity provider: its cells are the ids that users have there."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "userName": ("user", "login", "loginname", "account", "preferredusername", "uid", "samaccountname",
                 "userprincipalname", "benutzername", "anmeldename", "benutzer", "benutzerkennung",
                 "utilisateur", "nomutilisateur", "nomdutilisateur", "identifiant", "usuario",
                 "nombredeusuario", "nomeutente", "utente"),
    "firstName": ("first", "givenname", "forename", "vorname", "rufname", "prenom", "nombre", "nome",
                  "profilefirstname", "profilegivenname"),
    "lastName": ("last", "surname", "familyname", "sn", "nachname", "familienname", "zuname", "name", "nom",
                 "nomdefamille", "apellido", "apellidos", "cognome", "profilelastname", "profilefamilyname"),
    "nickName": ("nick", "spitzname", "surnom", "apodo", "soprannome", "profilenickname"),
    "displayName": ("display", "fullname", "anzeigename", "nomcomplet", "nomaffiche", "nomdaffichage",
                    "nombrecompleto", "nombreparamostrar", "nomecompleto", "nomevisualizzato",
                    "profiledisplayname"),
    "preferredLanguage": ("language", "lang", "locale", "sprache", "bevorzugtesprache", "langue",
                          "languepreferee", "idioma", "idiomapreferido", "lingua", "linguapreferita",
                          "profilepreferredlanguage"),
    "gender": ("sex", "geschlecht", "genre", "sexe", "genero", "sexo", "genere", "sesso", "profilegender"),
    "email": ("mail", "emailaddress", "mailaddress", "emailadresse", "mailadresse", "courriel",
              "adressemail", "adresseemail", "correo", "correoelectronico", "direcciondecorreo",
              "postaelettronica", "indirizzoemail", "emailemail"),
    "emailVerified": ("isemailverified", "emailisemailverified", "emailisverified", "mailverified",
                      "emailbestatigt", "emailverifiziert", "emailverifie", "emailverificado",
                      "emailverificata"),
    "phone": ("phonenumber", "mobile", "mobilephone", "mobilenumber", "cell", "cellphone", "telephone",
              "telephonenumber", "tel", "telefon", "telefonnummer", "telefonnr", "rufnummer", "handy",
              "handynummer", "mobil", "mobilnummer", "mobiltelefon", "numerodetelephone", "portable",
              "telefono", "numerodetelefono", "movil", "numeroditelefono", "cellulare", "phonephone"),
    "phoneVerified": ("isphoneverified", "phoneisphoneverified", "phoneisverified", "phonenumberverified",
                      "telefonbestatigt", "telefonverifiziert", "telephoneverifie", "telefonoverificado",
                      "telefonoverificato"),
    "password": ("passwort", "kennwort", "motdepasse", "contrasena", "clave"),
    "hashedPassword": ("hash", "passwordhash", "hashedpasswordvalue", "passworthash"),
    "passwordChangeRequired": ("changerequired", "mustchangepassword", "changepassword", "passwortandern"),
    "passkeyLink": ("passkey", "link", "requestpasswordlessregistration", "passwordless"),
    "generatePassword": ("generatedpassword", "generate", "passworterzeugen"),
    "roles": ("role", "adminroles", "administratorroles", "rollen", "rolle"),
    "grants": ("grant", "projectroles", "authorizations", "projektrollen"),
}  # fmt: skip
"""Fields, and other headings of the same sense as :func:`sense` writes them: in English, German, French,
Spanish and Italian, as paths of the body of an import, and as directories and OpenID Connect name them."""

_MOST_TOLD = 20
_LONGEST_COMPARED = 60  # characters

_BY_SENSE = {alias: field for field, aliases in FIELDS.items() for alias in (field.lower(), *aliases)}


def sense(heading: str) -> str:
    """A heading without case, accents, spaces and punctuation: ``E-Mail`` is ``email``."""
    plain = unicodedata.normalize("NFKD", heading).lower()
    return re.sub(r"[^a-z0-9]", "", plain)


@dataclass(frozen=True, slots=True)
class Column:
    """The field of a column; for ``grant`` and ``idp`` the ``target`` is the project or the provider. Without
    a field the column is not read."""

    field: str = ""
    target: str = ""


NAMELESS = Column("nameless")
"""A column without a heading, whose cells must be empty."""


class UnknownColumns(UsageFailure):
    """``headings`` are those that mean no field."""

    def __init__(self, headings: Sequence[str], numbers: Sequence[int]) -> None:
        self.headings = tuple(headings)
        told = [brief(heading, 60) for heading in headings[:_MOST_TOLD]]
        if len(headings) == 1:
            near = _likely(headings[0])
            likely = f"{quoted(f'{told[0]}={near}')} if it is that, or " if near else ""
            super().__init__(
                f"Column {numbers[0]} has an unknown heading: {told[0]!r}.",
                f"Map it: {likely}{quoted(f'{told[0]}={IGNORED}')} to skip it (--map, or Columns in the "
                "app).",
            )
            return
        nearest_fields = map(_likely, headings[:_MOST_TOLD])
        each = [
            f"{text!r} ({near}?)" if near else repr(text)
            for text, near in zip(told, nearest_fields, strict=True)
        ]
        options = " ".join(f"--map {quoted(f'{text}={IGNORED}')}" for text in told)
        more = " …" if len(headings) > _MOST_TOLD else ""
        super().__init__(
            f"{len(headings)} columns have unknown headings: {', '.join(each)}{more}.",
            f"Map each to a field, or skip them: {options}{more} (Columns in the app).",
        )


def of(headings: Sequence[str], mapping: Mapping[str, str]) -> list[Column]:
    """The columns of these headings, without empty ones at the end. ``mapping`` names the field of a heading,
    or :data:`IGNORED`.

    Raises ``UsageFailure`` for unknown headings (:class:`UnknownColumns`), for two columns of one field, and
    for a mapping that is wrong.
    """
    end = max((number for number, heading in enumerate(headings, 1) if heading.strip()), default=0)
    headings = headings[:end]
    mapped = {_key(heading): _field(field) for heading, field in mapping.items()}
    found = [mapped.get(_key(heading)) or _known(heading) for heading in headings]
    if not any(found):
        raise UsageFailure(
            f"No heading in the first line means a field of a user: {_listed(headings)}.",
            "Give the file a first line with headings; `zitadel-tui onboard template` writes one.",
        )
    unused = mapped.keys() - set(map(_key, headings))
    if unused:
        names = ", ".join(shown(heading) for heading in mapping if _key(heading) in unused)
        raise UsageFailure(f"The file has no column {names}.", f"Its columns: {_listed(headings)}.")
    unknown = [number for number, column in enumerate(found) if column is None]
    if unknown:
        raise UnknownColumns([headings[number] for number in unknown], [number + 1 for number in unknown])
    columns = [column for column in found if column is not None]
    _refuse_twice(headings, columns)
    if not any(column.field for column in columns if column is not NAMELESS):
        raise UsageFailure("No column of the file is a field of a user.", "Map one to a field.")
    return columns


def _key(heading: str) -> str:
    return sense(heading) or heading.strip()


def _field(text: str) -> Column:
    if text.strip().lower() == IGNORED:
        return Column()
    column = _known(text)
    if column is None or column is NAMELESS:
        near = _likely(text)
        raise UsageFailure(
            f"{shown(text)!r} is not a field of a user.",
            f"Did you mean {near}?"
            if near
            else f"Fields: {', '.join(FIELDS)}, grant:PROJECT, idp:CONFIG_ID, ignore.",
        )
    return column


def _known(heading: str) -> Column | None:
    text = heading.strip()
    if not text:
        return NAMELESS
    for prefix in (GRANT_PREFIX, IDP_PREFIX):
        target = text[len(prefix) :].strip()
        if target and text.lower().startswith(prefix):
            return Column(prefix.rstrip(":"), target)
    field = _BY_SENSE.get(sense(text))
    return Column(field) if field else None


def _likely(heading: str) -> str | None:
    """The field that was probably meant."""
    import difflib

    near = difflib.get_close_matches(sense(heading[:_LONGEST_COMPARED]), _BY_SENSE, n=1, cutoff=0.7)
    return _BY_SENSE[near[0]] if near else None


def _refuse_twice(headings: Sequence[str], columns: Sequence[Column]) -> None:
    seen: dict[Column, str] = {}
    for heading, column in zip(headings, columns, strict=True):
        if not column.field or column is NAMELESS:
            continue
        if column in seen:
            before, again = brief(seen[column], 60), brief(heading, 60)
            is_same = _key(heading) == _key(seen[column])
            raise UsageFailure(
                f"Two columns mean {column.field}: {before!r} and {again!r}.",
                "Rename or remove one of them in the file."
                if is_same
                else f"Skip one of them: --map {quoted(f'{again}={IGNORED}')} (Columns in the app).",
            )
        seen[column] = heading


def _listed(headings: Sequence[str]) -> str:
    told = [brief(heading, 40) for heading in headings if heading.strip()]
    return ", ".join(told[:_MOST_TOLD]) + (" …" if len(told) > _MOST_TOLD else "")
