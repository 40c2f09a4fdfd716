"""``keys``: every action of the app with the keys it has here."""

from zitadel_tui import actions, keymap
from zitadel_tui.actions import Action
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import DONE, Run


def list_(run: Run) -> int:
    loaded = keymap.load()
    run.output.rows(_COLUMNS, loaded.of(*actions.PLACES), _data)
    for problem in loaded.problems:
        run.output.say("warning", problem)
    return DONE


def _keys(action: Action) -> str:
    return " ".join(map(actions.shown_key, action.keys)) or "palette"


def _data(action: Action) -> dict[str, object]:
    return {
        "id": action.id,
        "keys": list(action.keys),
        "label": action.label,
        "help": action.help,
        "writes": action.writes,
        "danger": action.danger,
        "permission": action.permission,
    }


_COLUMNS = (
    Column[Action]("id", lambda action: action.id, "ACTION", rigid=True),
    Column[Action]("keys", lambda action: " ".join(action.keys), "KEYS", display=_keys, rigid=True),
    Column[Action]("help", lambda action: action.help, "DOES"),
)
