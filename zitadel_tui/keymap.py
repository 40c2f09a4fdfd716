"""Keys as the user wants them: ``keys.toml`` in the configuration directory.

::

    [keys]
    "members.filter" = ["/", "f7"]
    "app.connect" = ["f10"]

A named action has exactly these keys; ``[]`` leaves it to the palette. Invalid entries are reported and
ignored.

Textual's ``set_keymap`` was judged (8.2): it cannot leave an action without a key (an empty text keeps the
default), drops a clash when the key is pressed instead of reporting it, and commands have no use for it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from zitadel_tui import actions, paths
from zitadel_tui.actions import APP, VIEWS, Action
from zitadel_tui.text import brief, nearest, shown

FILE_NAME = "keys.toml"
ALWAYS = "ctrl+q"
"""Quits everywhere, whatever the file says."""

_NAMED = frozenset(
    {
        *("escape", "enter", "tab", "space", "backspace", "delete", "insert"),
        *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
        *(f"f{number}" for number in range(1, 25)),
    }
)
_MODIFIERS = ("ctrl", "alt", "shift")
_ALIASES = {"esc": "escape", "return": "enter", "del": "delete", "pgup": "pageup", "pgdown": "pagedown"}
_MOVING = frozenset(
    {
        *("up", "k", "down", "j", "pageup", "ctrl+b", "pagedown", "ctrl+f", "home", "g", "end", "G"),
        *("enter", "tab", "shift+tab"),
    }
)
"""What moves and opens in lists: there it would not reach the action."""


class Keymap(NamedTuple):
    """Every action with its keys; ``problems`` are sentences about ignored entries."""

    actions: tuple[Action, ...]
    problems: tuple[str, ...] = ()

    @property
    def has_alt(self) -> bool:
        """Whether a key is pressed together with Alt."""
        return any("alt" in key.split("+")[:-1] for action in self.actions for key in action.keys)

    def of(self, *places: str) -> tuple[Action, ...]:
        """The actions of these places, in this order."""
        return tuple(action for place in places for action in self.actions if action.where == place)

    def hint(self, action_id: str) -> str:
        """The key to show to the user; the palette's when the action has none."""
        keys = self.by_id(action_id).keys or self.by_id("app.palette").keys
        return actions.shown_key(keys[0]) if keys else "the palette"

    def by_id(self, action_id: str) -> Action:
        """Raises ``KeyError``."""
        for action in self.actions:
            if action.id == action_id:
                return action
        raise KeyError(action_id)


def default() -> Keymap:
    return Keymap(actions.ACTIONS)


def file() -> Path:
    return paths.configuration_directory() / FILE_NAME


def load(path: Path | None = None) -> Keymap:
    """Load the keys of ``path`` (default :func:`file`); the default keys when it is missing. Raises
    nothing."""
    path = path or file()
    try:
        with paths.open_regular(path) as opened:
            data = opened.read()
    except FileNotFoundError:
        return default()
    except OSError as error:
        return _unread(f"{shown(str(path))} cannot be read: {error.strerror}.")
    import tomllib  # only few have such a file

    try:
        read = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:  # not only syntax errors: infinite numbers, invalid dates
        return _unread(f"{shown(str(path))} is not valid TOML: {brief(str(error))}.")
    keys = read.get("keys", {})
    if not isinstance(keys, dict):
        return _unread(f"{shown(str(path))}: keys is not a table; write [keys] above them.")
    problems = [
        f"{FILE_NAME}: {brief(name)} is unknown; every entry belongs below [keys]."
        for name in read
        if name != "keys"
    ]
    made = remapped(keys)
    return made._replace(problems=(*problems, *made.problems))


def _unread(problem: str) -> Keymap:
    return Keymap(actions.ACTIONS, (f"{problem} The default keys are used.",))


def remapped(wanted: Mapping[str, object]) -> Keymap:
    """The actions with the keys of ``wanted``, which maps ids to lists of keys."""
    problems: list[str] = []
    known = {action.id: action for action in actions.ACTIONS}
    changed: dict[str, Action] = {}
    for action_id, written in wanted.items():
        action = known.get(action_id)
        if action is None:
            problems.append(_unknown_action(action_id, known))
            continue
        keys, wrong = _keys(action, written)
        problems += wrong
        if keys is not None:
            changed[action_id] = action._replace(keys=keys)
    return Keymap(*_without_conflicts(known, changed, problems))


def _unknown_action(action_id: str, known: Iterable[str]) -> str:
    near = nearest(action_id, list(known))
    hint = f"did you mean {near}?" if near else "`zitadel-tui keys` lists them."
    return f"{FILE_NAME}: there is no action {brief(action_id)!r}; {hint}"


def _keys(action: Action, written: object) -> tuple[tuple[str, ...] | None, list[str]]:
    """The usable keys (None: leave the action unchanged) and the problems."""
    texts = [written] if isinstance(written, str) else written
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return None, [f'{FILE_NAME}: {action.id} needs a list of keys, such as ["f5", "ctrl+r"].']
    keys: list[str] = []
    wrong: list[str] = []
    for text in texts:
        key = canonical(text)
        if key is None:
            wrong.append(f"{FILE_NAME}: {action.id}: there is no key {brief(text)!r}.")
        elif key in _MOVING and key not in actions.by_id(action.id).keys and action.where in (*VIEWS, APP):
            wrong.append(f"{FILE_NAME}: {action.id}: {key} is reserved for moving in lists.")
        else:
            keys.append(key)
    if action.id == "app.quit":
        keys.append(ALWAYS)
    lacking = _lacking(action, keys)
    if lacking and not wrong:
        wrong.append(f"{FILE_NAME}: {action.id} {lacking}.")
    return (None if lacking else tuple(dict.fromkeys(keys))), wrong


def _lacking(action: Action, keys: list[str]) -> str:
    """Why these keys are not enough for an action; empty when they are."""
    if action.where not in (APP, *VIEWS) and not keys:
        return "needs a key: there is no palette in a dialog"
    if action.typing and keys and all(len(key) == 1 for key in keys):
        return "needs a key that is not typed into a field"
    return ""


def canonical(text: str) -> str | None:
    """A key in its declared form, such as ``/`` or ``ctrl+f5``; None when it is not a key."""
    if len(text) == 1:
        return text if text.isprintable() and text != " " else ("space" if text == " " else None)
    *modifiers, name = text.lower().split("+")
    name = _ALIASES.get(name, name)
    if len(set(modifiers)) != len(modifiers) or not set(modifiers) <= set(_MODIFIERS):
        return None
    if name not in _NAMED and not (modifiers and len(name) == 1 and name.isalnum()):
        return None
    return "+".join([*sorted(modifiers, key=_MODIFIERS.index), name])


def _without_conflicts(
    known: Mapping[str, Action], changed: dict[str, Action], problems: list[str]
) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """Reset remapped actions whose keys do something else in the same place."""
    while True:
        result = tuple(changed.get(action_id, action) for action_id, action in known.items())
        clash = _first_clash(result, changed)
        if clash is None:
            return result, tuple(problems)
        loser, other, key = clash
        problems.append(
            f"{FILE_NAME}: {loser.id}: {actions.shown_key(key)} is the key of {other.id} in the same place; "
            f"it keeps {' '.join(map(actions.shown_key, known[loser.id].keys)) or 'no key'}."
        )
        del changed[loser.id]


def _first_clash(
    result: Iterable[Action], changed: Mapping[str, Action]
) -> tuple[Action, Action, str] | None:
    holders: dict[str, list[Action]] = {}
    for action in result:
        for key in action.keys:
            for other in holders.get(key, ()):
                if _meet(action.where, other.where) and (action.id in changed or other.id in changed):
                    loser, winner = (action, other) if action.id in changed else (other, action)
                    return loser, winner, key
            holders.setdefault(key, []).append(action)
    return None


def _meet(first: str, second: str) -> bool:
    """Whether the keys of both places are active at the same time."""
    return first == second or (APP in (first, second) and {first, second} <= {APP, *VIEWS})
