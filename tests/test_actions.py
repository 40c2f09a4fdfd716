"""The declarations: consistent in themselves, and what the README prints."""

from itertools import combinations

import pytest

from zitadel_tui import actions
from zitadel_tui.actions import ACTIONS, Action


def test_ids_are_unique_and_belong_to_a_place() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert {action.where for action in ACTIONS} <= set(actions.PLACES)


def test_no_key_means_two_things_in_one_place() -> None:
    for first, second in combinations(ACTIONS, 2):
        if first.where == second.where:
            assert not set(first.keys) & set(second.keys), (first.id, second.id)


def test_a_view_hides_no_key_that_works_everywhere() -> None:
    """``q`` always quits, ``?`` always helps: nobody has to look where they are first."""
    everywhere = {key for action in actions.of("app") for key in action.keys}
    for action in actions.of(*actions.VIEWS):
        assert not set(action.keys) & everywhere, action.id


def test_what_is_needed_while_typing_has_a_key_that_is_not_typed() -> None:
    for action in ACTIONS:
        if action.typing:
            assert action.key_in_field() is not None, action.id
    for needed in ("app.help", "app.members", "app.roles", "app.quit", "app.palette"):
        assert actions.by_id(needed).key_in_field() is not None


def test_help_is_one_sentence() -> None:
    for action in ACTIONS:
        assert action.help.endswith(".")
        assert "\n" not in action.help


def test_the_table_of_keys_has_every_action_once() -> None:
    text = actions.keys_markdown()
    for action in ACTIONS:
        assert text.count(f"| {action.help} |") >= 1
    assert "| `?` `F1` | Show the keys that work here. |" in text
    assert text.count("**Members**") == 1


def test_an_unknown_id_is_an_error() -> None:
    with pytest.raises(KeyError):
        actions.by_id("members.nothing")


@pytest.mark.parametrize(
    ("key", "shown"), [("escape", "esc"), ("f1", "F1"), ("f", "f"), ("ctrl+p", "ctrl+p"), ("/", "/")]
)
def test_keys_are_written_as_users_write_them(key: str, shown: str) -> None:
    assert actions.shown_key(key) == shown


def test_a_key_for_a_field_is_one_that_is_not_typed() -> None:
    assert Action("x.y", ("q", "ctrl+q"), "", "").key_in_field() == "ctrl+q"
    assert Action("x.y", ("q",), "", "").key_in_field() is None
