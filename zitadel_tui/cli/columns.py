"""The columns of users, as every command lists them."""

from zitadel_tui.cli.output import Column
from zitadel_tui.core import user_lookup, words
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.members import HUMAN, MACHINE
from zitadel_tui.zitadel.wire.users import User


def _user_type(user: User) -> str:
    return MACHINE if user.machine is not None else HUMAN


def user_data(user: User) -> object:
    """The server's object, with the type under the name that members have it by."""
    return {**to_data(user), "userType": _user_type(user)}


USERS = (
    Column[User]("id", lambda user: user.id, "ID", rigid=True),
    Column[User]("displayName", user_lookup.name, "NAME"),
    Column[User]("preferredLoginName", user_lookup.login, "LOGIN"),
    Column[User]("email", user_lookup.email, "EMAIL"),
    Column[User]("userType", _user_type, "KIND", display=user_lookup.kind, rigid=True),
    Column[User](
        "state",
        lambda user: user.state,
        "STATE",
        display=lambda user: words.state_word(user.state),
        rigid=True,
    ),
)
