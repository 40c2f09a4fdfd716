"""The fields of an import, filled in by the form or by options.

:func:`body` makes the same request of them as a JSON file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, get_args

from zitadel_tui.core import importing, rights, rules
from zitadel_tui.core.policies import Policies
from zitadel_tui.core.rules import Problem
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.users import (
    Email,
    HashedPassword,
    ImportHuman,
    Phone,
    Profile,
)

if TYPE_CHECKING:
    from zitadel_tui.core.projects import ProjectRoles

SignIn = Literal["mail", "password", "hash", "passkey"]
"""How the user will sign in: by a mail with a code, a password set now, its hash, or a passkey link."""

SIGN_INS: tuple[SignIn, ...] = get_args(SignIn)
_ASSUMED: Final = Secret("assumed")
GENDERS = ("GENDER_UNSPECIFIED", "GENDER_FEMALE", "GENDER_MALE", "GENDER_DIVERSE")


@dataclass(frozen=True, slots=True)
class UserForm:
    """The values as typed. ``password`` counts only with the sign-in ``password``, ``hashed_password``
    only with ``hash``, so that never both are sent (the server would keep the hash and drop the password)."""

    first_name: str = ""
    last_name: str = ""
    user_name: str = ""
    nick_name: str = ""
    display_name: str = ""
    email: str = ""
    email_verified: bool = True
    phone: str = ""
    phone_verified: bool = False
    language: str = ""
    gender: str = GENDERS[0]
    sign_in: SignIn = "mail"
    password: Secret = field(default_factory=lambda: Secret(""))
    change_required: bool = True
    hashed_password: Secret = field(default_factory=lambda: Secret(""))
    roles: Sequence[str] = ()
    grants: "tuple[ProjectRoles, ...]" = ()
    """Project roles."""

    @property
    def is_blank(self) -> bool:
        """Whether no text is typed; choices do not count."""
        return not any(
            (
                self.first_name,
                self.last_name,
                self.user_name,
                self.nick_name,
                self.display_name,
                self.email,
                self.phone,
                self.password,
                self.hashed_password,
            )
        )

    @property
    def kept_for_another(self) -> "UserForm":
        """An empty form that keeps what users who are imported one after the other have in common; roles
        that grant nearly everything are chosen for each user anew."""
        return UserForm(
            email_verified=self.email_verified,
            language=self.language,
            sign_in=self.sign_in,
            change_required=self.change_required,
            roles=tuple(role for role in self.roles if not rights.is_powerful(role)),
            grants=self.grants,
        )


def body(form: UserForm) -> ImportHuman:
    """The request, defaults left out as the wire does. Spaces around values are removed, not in passwords."""
    by_password = form.sign_in == "password" and bool(form.password)
    by_hash = form.sign_in == "hash" and bool(form.hashed_password)
    phone = Phone(phone=form.phone.strip(), is_phone_verified=form.phone_verified)
    return ImportHuman(
        user_name=form.user_name.strip(),
        profile=Profile(
            first_name=form.first_name.strip(),
            last_name=form.last_name.strip(),
            nick_name=form.nick_name.strip(),
            display_name=form.display_name.strip(),
            preferred_language=form.language.strip(),
            gender="" if form.gender == GENDERS[0] else form.gender,
        ),
        email=Email(email=form.email.strip(), is_email_verified=form.email_verified),
        phone=phone if phone.phone else None,
        password=form.password if by_password else None,
        hashed_password=HashedPassword(value=Secret(form.hashed_password.reveal().strip()))
        if by_hash
        else None,
        password_change_required=form.change_required and by_password,
        request_passwordless_registration=form.sign_in == "passkey",
    )


def validate(form: UserForm, policies: Policies) -> list[Problem]:
    """The problems known before sending: values the server would reject, and chosen but missing ones."""
    request = body(form)
    found = rules.problems(request, policy=policies.password, languages=policies.languages)
    if form.sign_in == "password" and not request.password:
        found.append(Problem("password", "The password is missing: type one or generate one."))
    if form.sign_in == "hash" and not (request.hashed_password and request.hashed_password.value):
        found.append(Problem("hashedPassword.value", "The hash is missing."))
    try:
        importing.choose_sign_in(request)
    except UsageFailure as failure:
        found.append(Problem("hashedPassword.value", failure.summary))
    if len(form.roles) > 1 and rights.SELF_MANAGEMENT in form.roles:
        found.append(Problem("roles", f"{rights.SELF_MANAGEMENT} cannot be combined with other roles."))
    return found


def preview(form: UserForm) -> list[str]:
    """What an import of this form will do, one sentence each. The way to sign in counts as it is chosen,
    also while its password or hash is still missing."""
    missing = {"password": not form.password, "hash": not form.hashed_password}.get(form.sign_in, False)
    assumed = replace(
        form, password=form.password or _ASSUMED, hashed_password=form.hashed_password or _ASSUMED
    )
    request = body(assumed)
    sentences = [f"The {form.sign_in} is still missing."] if missing else []
    sentences += importing.what_happens(request)
    if request.password_change_required:
        sentences.append("The password must be changed at the first sign-in.")
    if request.password:
        sentences.append("The server needs about a second to hash the password.")
    if request.request_passwordless_registration:
        sentences.append("A passkey link comes with the answer.")
    if names := chosen_roles(form):
        sentences.append(f"Roles assigned right after: {names}.")
    return sentences


def chosen_roles(form: UserForm) -> str:
    """``ORG_OWNER_VIEWER; viewer, clerk in Billing``; empty where none is chosen."""
    own = [", ".join(map(shown, form.roles))] if form.roles else []
    in_projects = (f"{', '.join(map(shown, one.roles))} in {one.project.called}" for one in form.grants)
    return "; ".join((*own, *in_projects))
