"""``users show``: one user, with the roles at every level and the latest changes."""

from collections.abc import Iterator
from dataclasses import replace

from zitadel_tui.cli.columns import user_data
from zitadel_tui.cli.commands.changes import named_user
from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.run import Run
from zitadel_tui.core import rights, user_details, user_lookup, words
from zitadel_tui.core.session import Session
from zitadel_tui.core.user_lookup import Card
from zitadel_tui.zitadel.errors import NotFound, ZitadelError
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.users import User


def show(run: Run) -> int:
    async def ask(session: Session) -> tuple[str, Card]:
        found = await named_user(run, session)
        card = await user_lookup.card(session.client, found.id)
        if (
            isinstance(card.user, NotFound) and found.user_name
        ):  # of another organization, found by login name
            card = replace(card, user=found)
        return found.id, card

    user_id, card = run.read(ask)
    refusals = [
        part
        for part in (card.user, card.memberships, card.grants, card.history)
        if isinstance(part, ZitadelError)
    ]
    if isinstance(card.user, ZitadelError) and not (card.memberships and len(refusals) == 1):
        raise card.user
    run.output.card(list(_fields(user_id, card)), _data(user_id, card))
    for refusal in refusals:
        run.output.say("warning", f"Some details could not be read: {refusal.summary}")
    return DONE


def _fields(user_id: str, card: Card) -> Iterator[tuple[str, str]]:
    if isinstance(card.user, User):
        yield from ((name, value) for name, value in _user(card.user) if value)
    else:
        yield "id", user_id
    yield from _roles(card)
    yield from _project_roles(card)
    if isinstance(card.history, ZitadelError):
        yield "history", "not readable"
        return
    for entry in card.history:
        by = user_details.editor(entry, user_id)
        yield "history", f"{_minute(entry.change_date)}  {user_details.happened(entry)} by {by}"


def _user(user: User) -> Iterator[tuple[str, str]]:
    yield "name", user_lookup.name(user)
    yield "kind", "service account" if user.machine is not None else "human"
    yield "state", words.state_word(user.state)
    if user.human is not None:
        email, phone = user.human.email, user.human.phone
        yield "email", _verified(email.email, email.is_email_verified)
        yield "phone", _verified(phone.phone, phone.is_phone_verified)
    yield "user name", user.user_name
    yield "login", user_lookup.login(user)
    yield from (("also", name) for name in user.login_names if name != user_lookup.login(user))
    yield from user_details.properties(user)
    if user.human is not None:
        yield "password set", _minute(user.human.password_changed)
    yield "id", user.id
    yield "organization", user.details.resource_owner
    yield "created", _minute(user.details.creation_date)
    yield "changed", _minute(user.details.change_date)


def _verified(value: str, verified: bool) -> str:
    return value and f"{value} ({'verified' if verified else 'not verified'})"


def _roles(card: Card) -> Iterator[tuple[str, str]]:
    if isinstance(card.memberships, ZitadelError):
        yield "role", "not readable"
        return
    for entry in user_details.widest_first(card.memberships):
        at, since = user_details.where(entry), entry.details.creation_date[:10]
        for role in rights.sort_roles(entry.roles):
            yield "role", f"{role} ({at}{f', since {since}' if since else ''}): {rights.summary(role)}"
    if not card.memberships:
        yield "role", "none"


def _project_roles(card: Card) -> Iterator[tuple[str, str]]:
    if isinstance(card.grants, ZitadelError):
        yield "project role", "not readable"
        return
    for grant in card.grants:
        inactive = "" if grant.is_active else " (inactive)"
        project = grant.project_name or grant.project_id
        for role in sorted(grant.roles) or ["no role"]:
            yield "project role", f"{role} in {project}{inactive}"
    if not card.grants:
        yield "project role", "none"


def _minute(moment: str) -> str:
    """Format a server time as ``2026-03-01 12:34 UTC``. Go's zero time becomes empty; anything else is
    returned as it is."""
    if moment.startswith("0001-"):
        return ""
    if not moment.endswith("Z") or moment[10:11] != "T":
        return moment
    return f"{moment[:10]} {moment[11:16]} UTC"


def _data(user_id: str, card: Card) -> dict[str, object]:
    """The data for ``--json``; None stands for what could not be read."""
    memberships, history = card.memberships, card.history
    return {
        "userId": user_id,
        "user": user_data(card.user) if isinstance(card.user, User) else None,
        "memberships": None if isinstance(memberships, ZitadelError) else to_data(memberships),
        "grants": None if isinstance(card.grants, ZitadelError) else to_data(card.grants),
        "history": None if isinstance(history, ZitadelError) else to_data(history),
    }
