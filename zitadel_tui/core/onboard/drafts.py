"""What a row says before the options of the run fill what it leaves open."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec

from zitadel_tui.core import importing
from zitadel_tui.core.onboard.rows import Options, Row
from zitadel_tui.core.onboard.usernames import Template
from zitadel_tui.core.projects import parse_grant
from zitadel_tui.core.rules import Problem
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import brief
from zitadel_tui.zitadel.wire.base import encode
from zitadel_tui.zitadel.wire.users import Email, HashedPassword, IdpLink, ImportHuman, Phone, Profile

_TEXTS = (
    "userName",
    "firstName",
    "lastName",
    "nickName",
    "displayName",
    "preferredLanguage",
    "gender",
    "email",
    "phone",
    "password",
    "hashedPassword",
)
_CHOICES = ("emailVerified", "phoneVerified", "passwordChangeRequired", "passkeyLink", "generatePassword")
_ENCODER = msgspec.json.Encoder()


def _texts() -> dict[str, str]:
    return dict.fromkeys(_TEXTS, "")


def _choices() -> dict[str, bool | None]:
    return dict.fromkeys(_CHOICES)


@dataclass(slots=True)
class Draft:
    """A row of cells: empty texts and choices of None are left open."""

    texts: dict[str, str] = field(default_factory=_texts)
    choices: dict[str, bool | None] = field(default_factory=_choices)
    roles: tuple[str, ...] = ()
    grants: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    idps: list[IdpLink] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add_grants(self, texts: Iterable[str]) -> None:
        """Take ``PROJECT:ROLE,ROLE`` texts, and what is wrong with them."""
        self.grants += parsed_grants(texts, self.problems)


def parsed_grants(texts: Iterable[str], problems: list[Problem]) -> list[tuple[str, tuple[str, ...]]]:
    """Pairs of a project and role keys."""
    found = []
    for text in texts:
        if text.strip():
            try:
                found.append(parse_grant(text))
            except UsageFailure as failure:
                problems.append(Problem("grants", f"{failure.summary} {failure.hint}"))
    return found


def granted_keys(project: str, keys: tuple[str, ...], problems: list[Problem]) -> tuple[str, ...]:
    """``keys``, which must be some."""
    if not keys:
        problems.append(Problem("grants", f"No role of project {brief(project, 60)!r} is named."))
    return keys


class Completion:
    """Makes rows of what a file says and what the options add. Raises ``UsageFailure`` when made of options
    that are wrong."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._template = Template(options.username) if options.username else None
        problems: list[Problem] = []
        self._grants = tuple(parsed_grants(options.grants, problems))
        if problems:
            raise UsageFailure(problems[0].sentence, "Correct --grant.")

    def of_cells(self, draft: Draft, number: int, line: int) -> Row:
        """The row of a CSV record: what it leaves open is as ``users import`` has it."""
        texts, options = draft.texts, self._options

        def chosen(name: str, default: bool) -> bool:
            value = draft.choices[name]
            return default if value is None else value

        has_secret = bool(texts["password"] or texts["hashedPassword"])
        generate = chosen("generatePassword", options.generate_password and not has_secret)
        is_dropped = options.use == "hash" and bool(texts["hashedPassword"])
        with_password = generate or (bool(texts["password"]) and not is_dropped)
        body = ImportHuman(
            user_name=texts["userName"],
            profile=Profile(
                first_name=texts["firstName"],
                last_name=texts["lastName"],
                nick_name=texts["nickName"],
                display_name=texts["displayName"],
                preferred_language=texts["preferredLanguage"] or options.language,
                gender="" if texts["gender"] == "GENDER_UNSPECIFIED" else texts["gender"],
            ),
            email=Email(
                email=texts["email"],
                is_email_verified=chosen("emailVerified", not options.email_not_verified),
            ),
            phone=Phone(
                phone=texts["phone"], is_phone_verified=chosen("phoneVerified", options.phone_verified)
            )
            if texts["phone"]
            else None,
            password=Secret(texts["password"]) if texts["password"] else None,
            hashed_password=HashedPassword(value=Secret(texts["hashedPassword"]))
            if texts["hashedPassword"]
            else None,
            password_change_required=chosen(
                "passwordChangeRequired", with_password and not options.no_change_required
            ),
            request_passwordless_registration=chosen("passkeyLink", options.passkey_link),
            idps=tuple(draft.idps),
        )
        return self._row(
            body, draft.roles, tuple(draft.grants), generate, draft.problems, number=number, line=line
        )

    def of_body(
        self,
        body: ImportHuman,
        roles: tuple[str, ...],
        grants: list[tuple[str, tuple[str, ...]]],
        generate: bool | None,
        problems: list[Problem],
        *,
        number: int,
        line: int,
    ) -> Row:
        """The row of a JSON object, which is taken as it stands."""
        has_secret = bool(body.password or body.hashed_password)
        options = self._options
        if generate is None:
            generate = options.generate_password and not has_secret
            if generate:
                required = body.password_change_required or not options.no_change_required
                body = msgspec.structs.replace(body, password_change_required=required)
        if options.passkey_link and not body.request_passwordless_registration:
            body = msgspec.structs.replace(body, request_passwordless_registration=True)
        if options.language and not body.profile.preferred_language:
            profile = msgspec.structs.replace(body.profile, preferred_language=options.language)
            body = msgspec.structs.replace(body, profile=profile)
        return self._row(body, roles, tuple(grants), generate, problems, number=number, line=line)

    def _row(
        self,
        body: ImportHuman,
        roles: tuple[str, ...],
        grants: tuple[tuple[str, tuple[str, ...]], ...],
        generate: bool,
        problems: list[Problem],
        *,
        number: int,
        line: int,
    ) -> Row:
        options, is_name_made = self._options, False
        if self._template is not None and not body.user_name.strip() and not problems:
            name = self._template.apply(body)
            if not name:
                sentence = "The template of user names needs a value that is missing in this row."
                problems = [*problems, Problem("userName", sentence)]
            body, is_name_made = msgspec.structs.replace(body, user_name=name), bool(name)
        digest = _digest(body, roles, grants, generate)
        if generate and (body.password or body.hashed_password):
            sentence = "A password is to be generated, and the row has a password or a hash."
            problems = [*problems, Problem("generatePassword", sentence)]
        try:
            body = importing.choose_sign_in(
                body, use=options.use or None, allow_published_hash=options.allow_published_hash
            )
        except UsageFailure as failure:
            problems = [*problems, Problem("password", f"{failure.summary} {failure.hint}")]
        if body.password_change_required and not (body.password or generate):
            sentence = "Without a password this has no effect."  # contract §3.1
            problems = [*problems, Problem("passwordChangeRequired", sentence, grave=False)]
        return Row(
            number,
            line,
            body,
            roles or options.roles,
            grants or self._grants,
            generate,
            digest,
            tuple(problems),
            is_name_made,
        )


def _digest(
    body: ImportHuman, roles: tuple[str, ...], grants: tuple[tuple[str, tuple[str, ...]], ...], generate: bool
) -> str:
    """Of all that the row says and the options add, without the password and the hash themselves."""
    way = bool(body.password), bool(body.hashed_password), generate
    bare = msgspec.structs.replace(body, password=None, hashed_password=None)
    try:
        said = encode(bare) + _ENCODER.encode((roles, grants, way))
    except UnicodeEncodeError:
        said = repr((bare, roles, grants, way)).encode("utf-8", "backslashreplace")
    return blake2b(said, digest_size=8).hexdigest()
