"""Keys from keys.toml: what can be is done, what cannot is reported, and the rest works."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zitadel_tui import actions, keymap
from zitadel_tui.keymap import Keymap, canonical, remapped


def keys(made: Keymap, action_id: str) -> tuple[str, ...]:
    return made.by_id(action_id).keys


def written(folder: Path, text: str) -> Keymap:
    path = folder / "keys.toml"
    path.write_text(text, encoding="utf-8")
    return keymap.load(path)


def test_without_a_file_the_keys_are_those_declared(tmp_path: Path) -> None:
    assert keymap.load(tmp_path / "keys.toml") == Keymap(actions.ACTIONS)
    assert keymap.load() == Keymap(actions.ACTIONS)


def test_an_action_has_the_keys_that_are_written_and_no_others(tmp_path: Path) -> None:
    made = written(tmp_path, '[keys]\n"members.filter" = ["F7", "ctrl+/", "%"]\n"app.copy" = "Y"\n')
    assert keys(made, "members.filter") == ("f7", "%")
    assert keys(made, "app.copy") == ("Y",)
    assert len(made.problems) == 1
    assert "no key 'ctrl+/'" in made.problems[0]


def test_an_empty_list_leaves_it_to_the_palette() -> None:
    assert keys(remapped({"members.sort": []}), "members.sort") == ()


def test_an_unknown_action_is_reported_with_the_nearest() -> None:
    made = remapped({"member.filter": ["f"], "members.sort": ["z"]})
    assert "did you mean members.filter?" in made.problems[0]
    assert keys(made, "members.sort") == ("z",)


@pytest.mark.parametrize(
    ("action", "key", "other"),
    [
        ("members.sort", "/", "members.filter"),
        ("members.sort", "q", "app.quit"),
        ("app.reload", "e", "members.roles"),
        ("roles.compare", "1", "app.members"),
        ("projects.sort", "q", "app.quit"),
        ("onboard.runs", "r", "app.reload"),
        ("app.reload", "u", "onboard.runs"),
        ("history.undo", "6", "app.history"),
    ],
)
def test_a_key_that_does_something_else_there_is_reported_and_nothing_changes(
    action: str, key: str, other: str
) -> None:
    made = remapped({action: [key]})
    assert f"is the key of {other} in the same place" in made.problems[0]
    assert keys(made, action) == actions.by_id(action).keys


def test_two_actions_can_exchange_their_keys() -> None:
    made = remapped({"members.roles": ["a"], "members.add": ["e"]})
    assert not made.problems
    assert (keys(made, "members.roles"), keys(made, "members.add")) == (("a",), ("e",))


def test_the_same_key_may_stand_for_something_in_each_place() -> None:
    assert not remapped({"members.sort": ["z"], "roles.compare": ["z"], "dialog.copy": ["z"]}).problems


def test_keys_that_move_in_lists_are_left_alone() -> None:
    made = remapped({"members.filter": ["j"], "app.reload": ["down", "f11"]})
    assert "members.filter: j is reserved for moving in lists" in made.problems[0]
    assert keys(made, "app.reload") == ("f11",)
    assert not remapped({"members.person": ["enter", "z"]}).problems


@pytest.mark.parametrize("view", actions.VIEWS)
def test_every_view_has_the_palette(view: str) -> None:
    action = actions.of(view)[0]
    made = remapped({action.id: []})
    assert (keys(made, action.id), made.problems) == ((), ())


def test_one_can_always_quit_and_always_leave_a_dialog() -> None:
    assert keys(remapped({"app.quit": []}), "app.quit") == ("ctrl+q",)
    assert "ctrl+q" in keys(remapped({"app.quit": ["Q"]}), "app.quit")
    made = remapped({"dialog.close": []})
    assert keys(made, "dialog.close") == ("escape",)
    assert "needs a key" in made.problems[0]


def test_what_is_needed_while_typing_keeps_a_key_that_is_not_typed() -> None:
    made = remapped({"palette.close": ["x"], "app.help": ["h"]})
    assert keys(made, "palette.close") == ("escape",)
    assert keys(made, "app.help") == actions.by_id("app.help").keys
    assert len(made.problems) == 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[keys\n", "is not valid TOML"),
        ("keys = 3\n", "is not a table"),
        ('[colours]\nred = "x"\n', "colours is unknown"),
        ('[keys]\n"app.copy" = [1]\n', "needs a list of keys"),
        ('[keys]\n"app.copy" = ["ctrl+ctrl+x"]\n', "there is no key"),
        ('[keys]\n"app.copy" = ["\\u001b"]\n', "there is no key"),
    ],
)
def test_what_cannot_be_read_is_reported_and_the_declared_keys_hold(
    tmp_path: Path, text: str, what: str
) -> None:
    made = written(tmp_path, text)
    assert any(what in problem for problem in made.problems)
    assert "\x1b" not in "".join(made.problems)
    assert keys(made, "app.quit") == actions.by_id("app.quit").keys


def test_a_file_that_may_not_be_read_or_is_none_is_reported(tmp_path: Path) -> None:
    made = keymap.load(tmp_path)
    assert "cannot be read" in made.problems[0]
    assert made.actions == actions.ACTIONS
    os.mkfifo(tmp_path / "pipe")
    assert "cannot be read" in keymap.load(tmp_path / "pipe").problems[0]
    (tmp_path / "bytes").write_bytes(b"\xff\xfe[keys]")
    assert "not valid TOML" in keymap.load(tmp_path / "bytes").problems[0]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("esc", "escape"),
        ("F5", "f5"),
        ("Ctrl+S", "ctrl+s"),
        ("shift+ctrl+up", "ctrl+shift+up"),
        (" ", "space"),
        ("G", "G"),
        ("é", "é"),
        ("", None),
        ("f25", None),
        ("hyper+x", None),
        ("ctrl+", None),
        ("\x07", None),
    ],
)
def test_keys_are_understood_as_users_write_them(text: str, key: str | None) -> None:
    assert canonical(text) == key


def test_every_declared_key_is_one_that_can_be_written() -> None:
    for action in actions.ACTIONS:
        for key in action.keys:
            assert canonical(key) == key, key


_anything = st.one_of(st.text(max_size=8), st.sampled_from(["q", "e", "/", "escape", "f5", "enter"]))


@given(
    st.dictionaries(
        st.sampled_from([action.id for action in actions.ACTIONS]),
        st.lists(_anything, max_size=3),
        max_size=6,
    )
)
def test_whatever_is_written_no_key_means_two_things_and_one_can_quit(wanted: dict[str, object]) -> None:
    made = remapped(wanted)
    assert [action.id for action in made.actions] == [action.id for action in actions.ACTIONS]
    assert "ctrl+q" in keys(made, "app.quit")
    for place in actions.PLACES:
        here = [key for action in made.of(place) for key in action.keys]
        declared = [key for action in actions.of(place) for key in action.keys]
        assert len(here) - len(set(here)) <= len(declared) - len(set(declared))
