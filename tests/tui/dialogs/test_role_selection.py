"""What is chosen in a checklist: nothing gets lost in it, and what is said of it fits."""

from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import ALL
from zitadel_tui.core import rights
from zitadel_tui.core.changes import RolesChanged
from zitadel_tui.text import cells
from zitadel_tui.tui.dialogs.conflict import lines, merged
from zitadel_tui.tui.dialogs.project_selection import ProjectsOfOne
from zitadel_tui.tui.dialogs.role_selection import OfOne, OfSeveral
from zitadel_tui.tui.format.lines import Line
from zitadel_tui.tui.format.role_notes import notes
from zitadel_tui.zitadel.wire.projects import UserGrant

ROLES = ("ORG_OWNER", "ORG_USER_MANAGER", "ORG_OWNER_VIEWER", "ORG_SETTINGS_MANAGER", "CUSTOM")
some = st.lists(st.sampled_from(ROLES), unique=True).map(tuple)


def text(line: Line) -> str:
    return "".join(part if isinstance(part, str) else part[0] for part in line)


@given(some, some, some)
def test_a_difference_stays_on_top_of_what_another_admin_did(
    seen: tuple[str, ...], toggled: tuple[str, ...], now: tuple[str, ...]
) -> None:
    choice = OfOne(seen)
    for role in toggled:
        choice.toggle(role)
    added, removed = set(choice.added), set(choice.removed)
    assert added | removed == set(toggled)
    choice.rebase(now)
    assert set(choice.wanted) == (set(now) - removed) | added
    assert choice.wanted[: len(set(now) - removed)] == tuple(role for role in now if role not in removed)


@given(some, some, some)
def test_with_yours_is_theirs_and_the_difference(
    seen: tuple[str, ...], now: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    conflict = RolesChanged("Ada", seen, now, wanted)
    removed, added = set(seen) - set(wanted), set(wanted) - set(seen)
    assert set(merged(conflict).wanted) == (set(now) - removed) | added
    told = "\n".join(map(text, lines("Ada", conflict)))
    assert all(role in told for role in (*seen, *now, *wanted))


@given(st.dictionaries(st.sampled_from("abcdef"), some, min_size=1), st.lists(st.sampled_from(ROLES)))
def test_several_keep_what_was_not_chosen_and_nothing_is_offered_that_changes_no_user(
    people: dict[str, tuple[str, ...]], pressed: list[str]
) -> None:
    choice = OfSeveral(people)
    for role in pressed:
        choice.toggle(role)
    for user_id, roles in people.items():
        wanted = set(choice.wanted(user_id))
        assert wanted == (set(roles) - set(choice.removed)) | set(choice.added)
    assert choice.changed == any(set(choice.wanted(one)) != set(roles) for one, roles in people.items())
    for role in choice.leaving:
        assert people[role]
        assert not choice.wanted(role)


def test_pressing_on_leads_back_to_untouched() -> None:
    choice = OfSeveral({"a": ("ORG_OWNER",), "b": ()})
    signs = []
    for _ in range(3):
        choice.toggle("ORG_OWNER")
        signs.append(choice.sign("ORG_OWNER"))
    assert signs == ["[+]", "[−]", "[ ]"]
    assert choice.note("ORG_OWNER") == "1 of 2"
    assert choice.note("ORG_USER_MANAGER") == ""


@given(
    st.one_of(st.sampled_from(ROLES), st.from_regex(r"[A-Z_]{1,60}", fullmatch=True)),
    some,
    st.integers(57, 140),
)
def test_what_is_reported_of_a_role_fits_below_the_list(
    role: str, beside: tuple[str, ...], width: int
) -> None:
    told = notes(role, beside, is_above=True, offered=False, width=width)
    assert told
    assert all(cells(text(line)) <= width for line in told)


def test_what_a_role_permits_stands_in_line_with_the_difference_below_it() -> None:
    told = notes("ORG_USER_MANAGER", ("ORG_OWNER",), is_above=False, offered=True, width=75)
    below = [line for choice in (OfOne(("ORG_OWNER",)), OfSeveral({"a": ()})) for line in choice.lines()]
    labels = [line[0] for line in (*told, *below)]
    assert len({len(label if isinstance(label, str) else label[0]) for label in labels}) == 1


def test_what_is_too_long_below_the_list_ends_in_one_ellipsis_behind_a_word() -> None:
    for width in range(57, 121):
        told = notes("ORG_OWNER", None, is_above=False, offered=True, width=width)
        assert len(told) == 2
        assert text(told[-1]).endswith(" …")
        assert sum(text(line).count("…") for line in told) == 1


def test_what_a_role_adds_is_reported_against_what_is_had() -> None:
    def said(role: str, *beside: str) -> str:
        return " ".join(text(line) for line in notes(role, beside, is_above=False, offered=True, width=200))

    assert "nothing that ORG_OWNER does not already allow" in said("ORG_USER_MANAGER", "ORG_OWNER")
    assert "has no other role" in said("ORG_USER_MANAGER")
    assert "change the organization" in said("ORG_SETTINGS_MANAGER", "ORG_OWNER_VIEWER")
    assert "a role specific to this server" in said("CUSTOM")
    assert rights.permissions("CUSTOM") is None


def test_hostile_role_keys_are_only_text() -> None:
    for key in ALL:
        for line in notes(key, (), is_above=True, offered=False, width=80):
            assert "\x1b" not in text(line)


@given(st.lists(st.text("abcü長 ", min_size=1, max_size=12), max_size=6), st.integers(25, 120))
def test_the_project_roles_of_a_user_fit_and_none_are_left_out_silently(names: list[str], room: int) -> None:
    grants = [
        UserGrant(id=f"{place}", project_id=f"{place}", project_name=name, role_keys=("viewer",))
        for place, name in enumerate(names)
    ]
    told = text(tuple(ProjectsOfOne(grants).now(room)))
    assert cells(told) <= room
    left_out = len(names) - told.count(": viewer")
    assert not left_out or f"roles in {left_out} project" in told
