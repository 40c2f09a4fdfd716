"""``settings``: every setting, its value and its origin."""

from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import DONE, Run
from zitadel_tui.secret import Secret
from zitadel_tui.settings import Setting, missing


def show(run: Run) -> int:
    settings = run.settings
    run.output.rows(_COLUMNS, settings.rows, _data)
    lacking = missing(settings)
    if lacking is not None:
        run.output.say("note", lacking)
    return DONE


def _value(setting: Setting) -> str:
    if setting.value is None:
        return ""
    if isinstance(setting.value, bool):
        return "yes" if setting.value else "no"
    return f"{setting.value:g}" if isinstance(setting.value, float) else str(setting.value)


def _data(setting: Setting) -> dict[str, object]:
    value = setting.value
    if isinstance(value, Secret) or not isinstance(value, str | int | float | None):
        value = str(value)
    return {"name": setting.name, "value": value, "origin": setting.origin}


_COLUMNS = (
    Column[Setting]("name", lambda setting: setting.name, "NAME", rigid=True),
    Column[Setting]("value", _value, "VALUE"),
    Column[Setting]("origin", lambda setting: setting.origin, "ORIGIN"),
)
