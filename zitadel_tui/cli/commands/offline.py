"""Commands that need no server: ``settings``, ``keys``, ``completion``, ``demo serve``."""

from pathlib import Path

from zitadel_tui import actions, keymap
from zitadel_tui.actions import Action
from zitadel_tui.cli import parser
from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Setting, load, missing

_LAST_PORT = 65_535


def show_settings(run: Run) -> int:
    settings = run.settings
    run.output.rows(_SETTINGS, settings.rows, _setting_data)
    lacking = missing(settings)
    if lacking is not None:
        run.output.say("note", lacking)
    if settings.theme is not None and (unknown := run.parts.unknown_theme(settings.theme)):
        run.output.say("warning", unknown)
    return DONE


def _value(setting: Setting) -> str:
    if setting.value is None:
        return ""
    if isinstance(setting.value, bool):
        return "yes" if setting.value else "no"
    return f"{setting.value:g}" if isinstance(setting.value, float) else str(setting.value)


def _setting_data(setting: Setting) -> dict[str, object]:
    value = setting.value
    if isinstance(value, Secret) or not isinstance(value, str | int | float | None):
        value = str(value)
    return {"name": setting.name, "value": value, "origin": setting.origin}


_SETTINGS = (
    Column[Setting]("name", lambda setting: setting.name, "NAME", rigid=True),
    Column[Setting]("value", _value, "VALUE"),
    Column[Setting]("origin", lambda setting: setting.origin, "ORIGIN"),
)


def list_keys(run: Run) -> int:
    """List every action of the app with its keys."""
    loaded = keymap.load()
    run.output.rows(_ACTIONS, loaded.of(*actions.PLACES), _action_data)
    for problem in loaded.problems:
        run.output.say("warning", problem)
    return DONE


def _keys(action: Action) -> str:
    return " ".join(map(actions.shown_key, action.keys)) or "palette"


def _action_data(action: Action) -> dict[str, object]:
    return {
        "id": action.id,
        "keys": list(action.keys),
        "label": action.label,
        "help": action.help,
        "writes": action.writes,
        "danger": action.danger,
        "permission": action.permission,
    }


_ACTIONS = (
    Column[Action]("id", lambda action: action.id, "ACTION", rigid=True),
    Column[Action]("keys", lambda action: " ".join(action.keys), "KEYS", display=_keys, rigid=True),
    Column[Action]("help", lambda action: action.help, "DOES"),
)


def show_help(run: Run) -> int:
    """Print the help of the given command, like ``--help``. Raises ``SystemExit`` afterwards."""
    parser.parse([*run.options.words, "--help"])
    return DONE


def print_completion(run: Run) -> int:
    from zitadel_tui.cli.completion import script

    run.output.plain(script(run.options.shell))
    return DONE


def serve_demo(run: Run) -> int:
    options = vars(run.options)
    size = load({"demo": True, "demo_size": options.get("demo_size")}, {}, Path.cwd()).demo_size
    directory, port = Path(options["directory"]), _port(options["port"])
    run.parts.serve_demo(directory, port, size, run.output.announce)
    return DONE


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else -1
    if not 0 <= port <= _LAST_PORT:
        raise UsageFailure("--port is not a port number.", f"Give 1 to {_LAST_PORT}; 0 is a free one.")
    return port
