"""What one fills in to bring a person on board: the fields behind the form and the command's options.

Both make the same body as a JSON file does: :func:`body`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from zitadel_tui.secret import Secret
from zitadel_tui.zitadel.wire.users import (
    Email,
    HashedPassword,
    ImportHuman,
    Phone,
    Profile,
)

SignIn = Literal["mail", "password", "hash", "passkey"]
"""How the person will sign in: by a mail with a code, a password set now, its hash, or a passkey link."""

SIGN_INS: tuple[SignIn, ...] = get_args(SignIn)
GENDERS = ("GENDER_UNSPECIFIED", "GENDER_FEMALE", "GENDER_MALE", "GENDER_DIVERSE")


@dataclass(frozen=True, slots=True)
class PersonForm:
    """As typed. ``password`` counts with the sign-in ``password`` only, ``hashed_password`` with ``hash``
    only, so that never both are sent (the server would keep the hash and drop the password)."""

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

    @property
    def kept_for_another(self) -> "PersonForm":
        """An empty form that keeps what belongs to all who are brought on board together."""
        return PersonForm(
            email_verified=self.email_verified,
            language=self.language,
            sign_in=self.sign_in,
            change_required=self.change_required,
            roles=self.roles,
        )


def body(form: PersonForm) -> ImportHuman:
    """The request, defaults left out as the wire does. Blanks around are taken off, save in passwords."""
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
