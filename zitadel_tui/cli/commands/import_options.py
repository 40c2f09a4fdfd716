"""The user that ``users import`` creates: from a file, or from an option for each field."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from zitadel_tui.cli import prompts
from zitadel_tui.cli.run import Run
from zitadel_tui.core import importing, rules, user_form
from zitadel_tui.core.rules import Problem
from zitadel_tui.core.user_form import SignIn, UserForm
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.users import ImportHuman

_TEXTS = {
    "first_name": "profile.firstName",
    "last_name": "profile.lastName",
    "email": "email.email",
    "user_name": "userName",
    "nick_name": "profile.nickName",
    "display_name": "profile.displayName",
    "phone": "phone.phone",
    "language": "profile.preferredLanguage",
}
"""Options that are the field of the body they name."""
_PASSWORDS = ("ask_password", "password_file", "generate_password")
_SIGN_INS = (*_PASSWORDS, "hash_file")
_OTHERS = ("email_not_verified", "phone_verified", "gender", *_SIGN_INS, "no_change_required", "passkey_link")
_LARGEST_SECRET = 4096  # bytes; far beyond any password or hash


@dataclass(frozen=True, slots=True)
class Draft:
    """``body`` is what will be sent, except for a password that is still to be ``generated``."""

    body: ImportHuman
    generated: bool = False
    change_required: bool = False
    by_options: bool = False

    def with_password(self, password: Secret) -> ImportHuman:
        return msgspec.structs.replace(
            self.body, password=password, password_change_required=self.change_required
        )

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Raise ``UsageFailure`` for problems that the server would certainly reject."""
        grave = [f"{self._called(one.field)}: {one.sentence}" for one in problems if one.grave]
        if grave:
            raise UsageFailure(
                f"The server would refuse this, so it was not sent. {' '.join(grave)}",
                "Fix it and run again.",
            )

    def notes(self, problems: Iterable[Problem]) -> list[str]:
        return [f"{self._called(one.field)}: {one.sentence}" for one in problems if not one.grave]

    def _called(self, field: str) -> str:
        options = (_option(name) for name, path in _TEXTS.items() if path == field and self.by_options)
        return next(options, field)


def read(run: Run) -> Draft:
    """Read the draft. Raises ``UsageFailure`` for contradictory options, unreadable files, and values that
    the server would certainly reject."""
    given = [name for name in (*_TEXTS, *_OTHERS) if vars(run.options)[name] not in (None, False)]
    draft = _from_options(run, given) if run.options.source is None else _from_file(run, given)
    draft.refuse(rules.problems(draft.body))
    return draft


def _from_file(run: Run, given: list[str]) -> Draft:
    if given:
        raise UsageFailure(
            f"--from gives the whole body; {_option(given[0])} cannot be added to it.",
            "Write it into the file, or leave --from out.",
        )
    data, label = run.read_file(run.options.source, "The body", importing.LARGEST_BODY)
    return Draft(_chosen(run, importing.read_body(data, label)))


def _from_options(run: Run, given: list[str]) -> Draft:
    options = run.options
    if not given:
        raise UsageFailure("No user is given.", "Give --from FILE, or --first-name, --last-name and --email.")
    _refuse_contradictions(run, given)
    for name in _TEXTS:
        _refuse_broken_text(_option(name), getattr(options, name) or "")
    texts: dict[str, Any] = {name: getattr(options, name) or "" for name in _TEXTS}
    texts["user_name"] = texts["user_name"] or rules.proposed_user_name(texts["email"])
    by_hash, by_password = options.hash_file is not None, bool({*_PASSWORDS} & {*given})
    sign_in: SignIn = "hash" if by_hash else "password" if by_password else "mail"
    form = UserForm(
        **texts,
        email_verified=not options.email_not_verified,
        phone_verified=options.phone_verified,
        gender=f"GENDER_{(options.gender or 'unspecified').upper()}",
        sign_in=sign_in,
        password=_password(run),
        change_required=not options.no_change_required,
        hashed_password=_secret_of(run, options.hash_file, "The hash") if by_hash else Secret(""),
    )
    body = user_form.body(form)
    if options.passkey_link:  # the server accepts it together with a password
        body = msgspec.structs.replace(body, request_passwordless_registration=True)
    return Draft(_chosen(run, body), options.generate_password, form.change_required, by_options=True)


def _chosen(run: Run, body: ImportHuman) -> ImportHuman:
    return importing.choose_sign_in(
        body, use=run.options.use, allow_published_hash=run.options.allow_published_hash
    )


def _refuse_contradictions(run: Run, given: list[str]) -> None:
    ways = [name for name in _SIGN_INS if name in given]
    if len(ways) > 1:
        raise UsageFailure(
            f"{' and '.join(map(_option, ways))} cannot be combined: a user gets one way to sign in.",
            "Leave one out.",
        )
    if "no_change_required" in given and not set(ways) & {*_PASSWORDS}:
        raise UsageFailure(
            "--no-change-required needs a password, and none is set.",
            f"Give one with {', '.join(map(_option, _PASSWORDS))}, or leave it out.",
        )
    if "phone_verified" in given and "phone" not in given:
        raise UsageFailure("--phone-verified needs a phone, and none is given.", "Give --phone NUMBER.")
    if run.options.use is not None:
        raise UsageFailure("--use needs a body with both a password and a hash.", "Leave it out.")


def _refuse_broken_text(option: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageFailure(f"{option} is not UTF-8 text: {shown(value)!r}.", "Type it again.") from None


def _password(run: Run) -> Secret:
    if run.options.ask_password:
        return prompts.new_password(run)
    source = run.options.password_file
    return Secret("") if source is None else _secret_of(run, source, "The password")


def _secret_of(run: Run, source: str, what: str) -> Secret:
    """The content of a file without the end of its line. Raises ``UsageFailure``."""
    data, label = run.read_file(source, what, _LARGEST_SECRET)
    text = data.removesuffix(b"\n").removesuffix(b"\r")
    if not text or len(data) > _LARGEST_SECRET:
        state = "is empty" if not text else "is too long"
        raise UsageFailure(
            f"{label} {state}.", f"It must contain only {what[:1].lower()}{what[1:]}, on one line."
        )
    try:
        return Secret(text.decode())
    except UnicodeDecodeError:
        raise UsageFailure(f"{label} is not UTF-8 text.", "Save it as UTF-8.") from None


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
