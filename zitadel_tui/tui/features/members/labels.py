"""The texts around the rows of Members."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from zitadel_tui.core import words
from zitadel_tui.keymap import Keymap
from zitadel_tui.tui.format import lines
from zitadel_tui.tui.format.lines import BLANK, DIM, STRONG, WARNING, Line, failed, how_old, key_line
from zitadel_tui.tui.services.listing import Listing
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.zitadel import errors

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.zitadel.wire.members import Member

OF_SELECTED = ("members.roles", "members.remove")
OF_A_ROW = (
    *(*OF_SELECTED, "members.person", "members.select", "members.range"),
    *("members.history", "app.copy"),
)
OF_MEMBERS = (
    *("members.roles", "members.remove", "members.add", "members.select", "members.select_down"),
    *("members.select_up", "members.range", "members.all", "members.none", "members.invert"),
)
"""The actions that are about members only, not about the instance's administrators."""
RANKS_OVER: Final[Mapping[str, int]] = {
    **dict.fromkeys(("members.person", "members.select", "members.filter", "members.add", "members.sort"), 0),
    "app.back": 1,
    "app.copy": 5,
    "app.request": 6,
    "app.reload": 7,
}
"""The importance of actions in the footer while the details cover the list."""


def organization(account: "Account | None") -> str:
    """The name of the current organization."""
    return account.organization_name if account else "this organization"


def note(store: MemberStore) -> str:
    """The progress of reading, or the age of the list."""
    if store.loading:
        return f"loading, {words.count(store.so_far)} so far" if store.so_far else "loading"
    if store.age is None:
        return ""
    old = how_old(store.age, refreshed=store.failure is None)
    return f"{old}, not checked" if store.unchecked is not None else old


def how_many(listing: "Listing[Member]", total: int, what: str) -> Line:
    """The number of rows shown and in total, and the order; ``what`` is the noun for one."""
    if listing.rows is None:
        return ("",)
    return lines.how_many(listing.rows, words.plural(total, what), total)


def instead_of_rows(
    store: MemberStore,
    listing: "Listing[Member]",
    *,
    filtered_by: str,
    organization: str,
    signed_in: bool,
    keymap: Keymap,
) -> list[Line]:
    """Why there are no rows, and the key that helps: reading, refused, failed, filtered or empty."""
    again = keymap.hint("app.reload")
    if listing.rows is None and store.failure is not None:
        return failed(store.failure, "list members", key=again)
    if listing.rows is None or store.loading:
        return [(("Reading members …" if signed_in else "Signing in …", DIM),)]
    if filtered_by:
        return lines.no_match("member", filtered_by, key=keymap.hint("app.back"))
    return [
        ((f"{organization} has no members.", STRONG),),
        ("Only instance administrators have rights here.",),
        BLANK,
        key_line(again, "reads again"),
    ]


def foot(store: MemberStore, *, among_administrators: bool, keymap: Keymap) -> Line:
    """The line below the rows: failures, the selection, news, and who else has rights."""
    again, back = keymap.hint("app.reload"), keymap.hint("app.back")
    if store.failure is not None and store.roster is not None:
        return lines.not_refreshed(store.failure, key=again)
    administrators = keymap.hint("members.administrators")
    if among_administrators:
        told = f"They have rights in every organization · {administrators} or {back} shows the members"
        return ((told, DIM),)
    if store.listing.selected:
        return ((_selected(store.listing, keymap), STRONG),)
    if store.news:
        return ((store.news, WARNING),)
    if store.roster is None or store.loading:
        return ("",)
    if store.roster.changed_while_reading:
        told = f"The members changed during reading; some may be missing · {again} reads again"
        return ((told, WARNING),)
    if not store.roster.complete:
        return ((f"The server did not return all members · {again} reads again", WARNING),)
    if store.unchecked is not None:
        return ((f"Changes by other administrators are not detected: {store.unchecked.summary}", DIM),)
    return ((_administrators(store, administrators), DIM),)


def _selected(listing: "Listing[Member]", keymap: Keymap) -> str:
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
        return "Instance administrators have rights here too: not permitted to list them"
    rows = store.administrators.rows
    if rows is None:
        return ""
    number = len(rows.records)
    has = "has" if number == 1 else "have"
    return f"{words.plural(number, 'instance administrator')} {has} rights here too · {key} shows them"
