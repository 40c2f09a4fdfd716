"""What the Members view says around its rows."""

from collections.abc import Mapping
from typing import Final

from zitadel_tui.core import words
from zitadel_tui.keymap import Keymap
from zitadel_tui.tui.format.lines import BLANK, DANGER, DIM, STRONG, WARNING, Line, failed, how_old
from zitadel_tui.tui.services.listing import Listing
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.members import Member

RANKS_OVER: Final[Mapping[str, int]] = {
    **dict.fromkeys(("members.person", "members.select", "members.filter", "members.add", "members.sort"), 0),
    "app.back": 1,
    "app.copy": 5,
    "app.request": 6,
    "app.reload": 7,
}
"""What counts in the footer while a person covers the list."""


def note(store: MemberStore) -> str:
    """How far the reading is, or how old what is shown is."""
    if store.loading:
        return f"loading, {words.count(store.so_far)} so far" if store.so_far else "loading"
    if store.age is None:
        return ""
    old = how_old(store.age, refreshed=store.failure is None)
    return f"{old}, not checked" if store.unchecked is not None else old


def how_many(listing: Listing[Member], total: int, what: str) -> Line:
    """How many of how many, and in which order; ``what`` is one of them."""
    if listing.rows is None:
        return ("",)
    told = words.plural(total, what)
    if listing.rows.query:
        told = f"{words.count(len(listing.rows))} shown of {words.count(total)}"
    order = f"{listing.rows.by} {'▼' if listing.rows.descending else '▲'}"
    return ((f"{told} · by {order}", DIM),)


def instead_of_rows(
    store: MemberStore,
    listing: Listing[Member],
    *,
    filtered_by: str,
    organization: str,
    signed_in: bool,
    keymap: Keymap,
) -> list[Line]:
    """Why no row is there, and the key that helps: reading, refused, failed, filtered away or empty."""
    again = keymap.hint("app.reload")
    if listing.rows is None and store.failure is not None:
        return failed(store.failure, "list members", key=f"{again} tries again")
    if listing.rows is None or store.loading:
        return [(("Reading members …" if signed_in else "Signing in …", DIM),)]
    if filtered_by:
        told = f"No member matches “{filtered_by.strip()}”."
        return [((told, STRONG),), BLANK, (f"{keymap.hint('app.back')} clears the filter",)]
    return [
        ((f"{organization} has no members.", STRONG),),
        ("Only instance administrators have power here.",),
        BLANK,
        (f"{again} reads again",),
    ]


def foot(store: MemberStore, *, among_administrators: bool, keymap: Keymap) -> Line:
    """The line below the rows: what went wrong, who is selected, what is new, who else has power."""
    again, back = keymap.hint("app.reload"), keymap.hint("app.back")
    if store.failure is not None and store.roster is not None:
        return ((f"Not refreshed, {again} tries again: ", DANGER), store.failure.summary)
    administrators = keymap.hint("members.administrators")
    if among_administrators:
        told = f"They have power in every organization · {administrators} or {back} shows the members"
        return ((told, DIM),)
    if store.listing.selected:
        return ((_selected(store.listing, keymap), STRONG),)
    if store.news:
        return ((store.news, WARNING),)
    if store.roster is None or store.loading:
        return ("",)
    if store.roster.changed_while_reading:
        told = f"The members changed while they were read; some may be missing · {again} reads again"
        return ((told, WARNING),)
    if not store.roster.complete:
        return ((f"The server did not give all of them · {again} reads again", WARNING),)
    if store.unchecked is not None:
        return ((f"Changes by others are not noticed: {store.unchecked.summary}", DIM),)
    return ((_administrators(store, administrators), DIM),)


def _selected(listing: Listing[Member], keymap: Keymap) -> str:
    hidden = f", {words.count(listing.hidden)} of them not shown" if listing.hidden else ""
    keys = [
        f"{keymap.hint(action)} {what}"
        for action, what in (
            ("members.roles", "roles"),
            ("members.remove", "remove"),
            ("app.back", "clears the selection"),
        )
    ]
    return " · ".join((f"{words.count(len(listing.selected))} selected{hidden}", *keys))


def _administrators(store: MemberStore, key: str) -> str:
    if isinstance(store.administrators_failure, errors.NotPermitted):
        return "Instance administrators have power here too: not permitted to list them"
    rows = store.administrators.rows
    if rows is None:
        return ""
    number = len(rows.records)
    has = "has" if number == 1 else "have"
    return f"{words.plural(number, 'instance administrator')} {has} power here too · {key} shows them"
