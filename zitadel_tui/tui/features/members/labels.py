"""What the Members view says around its rows."""

from collections.abc import Collection, Mapping
from typing import Final

from zitadel_tui.core import words
from zitadel_tui.tui.format.lines import BLANK, DANGER, DIM, STRONG, WARNING, Line, failed, how_old
from zitadel_tui.tui.services.member_order import OrderedMembers, Wanted
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.zitadel import errors

RANKS_OVER: Final[Mapping[str, int]] = {
    **dict.fromkeys(("members.person", "members.mark", "members.filter", "members.add", "members.sort"), 0),
    "app.back": 1,
    "app.copy": 5,
    "app.request": 6,
    "app.reload": 7,
}
"""What counts in the footer while a person covers the list."""


def note(feed: MemberStore) -> str:
    """How far the reading is, or how old what is shown is."""
    if feed.loading:
        return f"loading, {words.count(feed.so_far)} so far" if feed.so_far else "loading"
    return "" if feed.age is None else how_old(feed.age, refreshed=feed.failure is None)


def how_many(seen: OrderedMembers | None, wanted: Wanted, what: str) -> Line:
    """How many of how many, and in which order; ``what`` is one of them."""
    if seen is None:
        return ("",)
    total = max(seen.roster.total, len(seen.ids))
    told = words.plural(total, what)
    if wanted.query:
        told = f"{words.count(len(seen.order))} shown of {words.count(total)}"
    return ((f"{told} · by {wanted.by}", DIM),)


def instead_of_rows(
    feed: MemberStore, seen: OrderedMembers | None, filtered_by: str, organization: str, signed_in: bool
) -> list[Line]:
    """Why no row is there, and the key that helps: reading, refused, failed, filtered away or empty."""
    if seen is None and feed.failure is not None:
        return failed(feed.failure, "list members")
    if seen is None or feed.loading:
        return [(("Reading members …" if signed_in else "Signing in …", DIM),)]
    if filtered_by:
        told = f"Nobody matches “{filtered_by.strip()}”."
        return [((told, STRONG),), BLANK, ("esc takes the filter away",)]
    return [
        ((f"Nobody is a member of {organization}.", STRONG),),
        ("Only administrators of the instance have power here.",),
        BLANK,
        ("r reads again",),
    ]


def foot(feed: MemberStore, among_administrators: bool, marked: Collection[str] = ()) -> Line:
    """The line below the rows: what went wrong, who is marked, what is new, who else has power."""
    if feed.failure is not None and feed.members is not None:
        return (("Not refreshed, r tries again: ", DANGER), feed.failure.summary)
    if among_administrators:
        return (("They have power in every organization · i or esc shows the members", DIM),)
    if marked:
        hidden = len(marked) - _visible(feed, marked)
        told = f", {words.count(hidden)} of them not shown" if hidden else ""
        return (
            (
                f"{words.count(len(marked))} marked{told} · e roles · x remove · esc takes the marks away",
                STRONG,
            ),
        )
    if feed.news:
        return ((feed.news, WARNING),)
    if feed.members is None or feed.loading:
        return ("",)
    if not feed.members.roster.complete:
        return (("The server did not give all of them · r reads again", WARNING),)
    return ((_administrators(feed), DIM),)


def _visible(feed: MemberStore, marked: Collection[str]) -> int:
    seen = feed.members
    return sum(seen.ids[at] in marked for at in seen.order) if seen else 0


def _administrators(feed: MemberStore) -> str:
    if isinstance(feed.administrators_failure, errors.NotPermitted):
        return "Instance administrators have power here too: not permitted to list them"
    if feed.administrators is None:
        return ""
    number = len(feed.administrators.ids)
    has = "has" if number == 1 else "have"
    return f"{words.plural(number, 'instance administrator')} {has} power here too · i shows them"
