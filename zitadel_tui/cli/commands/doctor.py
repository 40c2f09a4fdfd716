"""``doctor``: prints a line for each check when it is made."""

from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core.doctor import Finding, examine, exit_status, summarize

_WORDS = {"ok": "ok", "warn": "warn", "fail": "fail", "skipped": "–"}
_COLUMNS = (
    Column[Finding]("check", lambda one: one.check),
    Column[Finding]("state", lambda one: one.state),
    Column[Finding]("seen", lambda one: one.seen),
    Column[Finding]("advice", lambda one: one.advice),
)
_STATE, _CHECK = 5, 13  # cells


def doctor(run: Run) -> int:
    found: list[Finding] = []

    async def examined() -> None:
        async for finding in examine(run.load_settings, local=run.local):
            found.append(finding)
            if finding.state != "skipped" or run.output.form != "table":
                _print(run, finding)

    run.signals.run(examined())
    if run.output.form == "table":
        for finding in summarize(found):
            if finding.state == "skipped":
                _print(run, finding)
    return exit_status(found, strict=run.options.strict)


def _print(run: Run, finding: Finding) -> None:
    if run.output.form != "table":
        run.output.stream(_COLUMNS, finding, _data)
        return
    run.output.announce(f"{_WORDS[finding.state]:{_STATE}} {finding.label:{_CHECK}} {finding.seen}")
    if finding.advice:
        run.output.announce(f"{'':{_STATE}} {'':{_CHECK}} → {finding.advice}")


def _data(finding: Finding) -> dict[str, str]:
    return {column.name: column.value(finding) for column in _COLUMNS}
