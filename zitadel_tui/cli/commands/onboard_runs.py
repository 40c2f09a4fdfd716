"""The commands for existing runs: ``onboard resume``, ``runs``, ``show``, ``links`` and ``forget``."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from zitadel_tui.cli import prompts
from zitadel_tui.cli.commands import onboard_options
from zitadel_tui.cli.commands.changes import refuse_read_only, say_dry_run
from zitadel_tui.cli.commands.confirming import confirm
from zitadel_tui.cli.commands.onboard_running import STATES, counted, follow
from zitadel_tui.cli.failures import DONE, PARTLY
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core import words
from zitadel_tui.core.onboard import launch, run_files, sheet
from zitadel_tui.core.onboard import links as onboard_links
from zitadel_tui.core.onboard.links import Renewed
from zitadel_tui.core.onboard.records import Header, RowResult, State
from zitadel_tui.core.onboard.run_files import Damaged, RunFiles
from zitadel_tui.core.onboard.source import Source
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import quoted, shown


class _Listed(NamedTuple):
    """A run in the list."""

    id: str
    header: Header
    state: str
    counts: Counter[State]

    @property
    def data(self) -> dict[str, object]:
        return {
            "run": self.id,
            "made": self.header.made,
            "file": self.header.file.path,
            "instance": self.header.instance,
            "organization": self.header.organization,
            "organizationName": self.header.organization_name,
            "account": self.header.account,
            "rows": self.header.file.rows,
            "state": self.state,
            "counts": {state: self.counts[state] for state in STATES if self.counts[state]},
        }


_RUNS = (
    Column[_Listed]("run", lambda one: one.id, "RUN", rigid=True),
    Column[_Listed]("made", lambda one: one.header.made, "BEGUN", lambda one: _minute(one.header.made)),
    Column[_Listed]("state", lambda one: one.state, "STATE", rigid=True),
    Column[_Listed]("counts", lambda one: counted(one.counts), "ROWS"),
    Column[_Listed]("file", lambda one: one.header.file.path, "FILE", lambda one: _file(one.header)),
    Column[_Listed](
        "organization",
        lambda one: one.header.organization,
        "ORGANIZATION",
        lambda one: one.header.organization_name or one.header.organization,
    ),
    Column[_Listed]("instance", lambda one: one.header.instance),
)
_DISPLAY = {"waits": lambda one: _waits(one)}
_TITLES = {
    "line": "LINE",
    "userName": "USER",
    "userId": "ID",
    "verdict": "VERDICT",
    "state": "STATE",
    "roles": "ROLES",
    "grants": "PROJECT ROLES",
    "waits": "HAND OVER",
    "result": "RESULT",
}
_ROWS = tuple(
    Column[RowResult](
        name, value, _TITLES.get(name, ""), _DISPLAY.get(name), rigid=name in ("line", "verdict", "state")
    )
    for name, value in sheet.COLUMNS
)
_LINKS = (
    Column[Renewed]("line", lambda one: str(one.row.line)),
    Column[Renewed]("userName", lambda one: one.row.user_name),
    Column[Renewed]("userId", lambda one: one.row.user_id),
    Column[Renewed]("result", lambda one: one.word),
    Column[Renewed]("sentence", lambda one: one.sentence),
)


def _minute(moment: str) -> str:
    """``2026-03-01 12:34 UTC``, of RFC 3339 UTC."""
    return f"{moment[:10]} {moment[11:16]} UTC" if moment else ""


def _waits(result: RowResult) -> str:
    """What must be handed over to the user, and until when."""
    if result.waits != "link" or not result.until:
        return result.waits
    ended = datetime.fromisoformat(result.until) <= datetime.now(UTC)
    return "link ended" if ended else f"link until {_minute(result.until)}"


def _file(header: Header) -> str:
    return Path(header.file.path).name or "standard input"


def _unfinished(run: Run) -> RunFiles:
    """Return the named run, or else the newest that has not ended."""
    return run_files.find(launch.directory(demo=run.settings.demo), run.options.run or "")


def _newest(run: Run) -> RunFiles:
    """Return the named run, or else the newest."""
    if run.options.run:
        return _unfinished(run)
    every = run_files.every(launch.directory(demo=run.settings.demo))
    if not every:
        raise UsageFailure("There are no runs.", "`zitadel-tui onboard apply FILE` begins one.")
    return every[-1]


def resume(run: Run) -> int:
    refuse_read_only(run)
    files = _unfinished(run)
    header = files.header()
    if files.is_ended:
        raise UsageFailure(
            f"Run {shown(files.id)} has ended.", f"See it: zitadel-tui onboard show {shown(files.id)}."
        )
    stdin = run.stdin("The users") if run.options.file == "-" else None
    with launch.open_again(header, run.options.file or "", stdin=stdin) as source:
        if run.options.dry_run:
            states = Counter(one.state for one in files.results())
            run.output.announce(f"Run {files.id} of {shown(_file(header))}: {counted(states)}.")
            say_dry_run(run)
            return DONE
        return run.write(lambda session: _resume(run, session, files, source))


async def _resume(run: Run, session: Session, files: RunFiles, source: Source) -> int:
    await confirm(run, session, f"Resume run {files.id} of {source.name}.", asks=False)
    resumed = await launch.resume(session, files, source)
    run.output.say("note", f"Resuming run {files.id} of {source.name}.")
    return await follow(run, session, resumed, source)


def runs(run: Run) -> int:
    every = run_files.every(launch.directory(demo=run.settings.demo))
    run.output.rows(_RUNS, [_listed(files) for files in reversed(every)], lambda one: one.data)
    if not every and run.output.form == "table":
        run.output.say("note", "There are no runs. `zitadel-tui onboard apply FILE` begins one.")
    return DONE


def _listed(files: RunFiles) -> _Listed:
    try:
        header = files.header()
        state = "running" if files.is_locked(header) else "ended" if files.is_ended else "unfinished"
        counts = files.counts()
        return _Listed(files.id, header, state, Counter({one: counts.get(one, 0) for one in STATES}))
    except Damaged:
        return _Listed(files.id, Header(), "damaged", Counter())


def show(run: Run) -> int:
    files = _newest(run)
    header = files.header()
    wanted = run.options.state or STATES
    results = [one for one in files.results() if one.state in wanted]
    if not _write_files(run, files, header, results):
        run.output.rows(_ROWS, results, sheet.row_data)
        if run.output.form == "table":
            said = counted(Counter(one.state for one in results)) or "no rows"
            run.output.say("note", f"Run {shown(files.id)} of {shown(_file(header))}: {said}.")
    return DONE


def _write_files(run: Run, files: RunFiles, header: Header, results: list[RowResult]) -> bool:
    """Write the files that the options name; return whether there are any."""
    options = run.options
    if options.sheet is not None:
        sheet.write(Path(options.sheet), results)
        run.output.say("note", f"The result sheet was written to {shown(options.sheet)}.")
    if options.hand_over is not None:
        sheet.write(Path(options.hand_over), results, files.hand_over.read())
        run.output.say(
            "note",
            f"Results with passwords and links were written to {shown(options.hand_over)}: keep it safe.",
        )
    if options.failed is not None:
        _write_failed(run, header, {one.number for one in results if one.state in _NOT_DONE})
    return any(one is not None for one in (options.sheet, options.hand_over, options.failed))


_NOT_DONE = frozenset({"failed", "skipped", "unknown"})


def _write_failed(run: Run, header: Header, numbers: set[int]) -> None:
    if not numbers:
        run.output.say("note", f"No row failed; {shown(run.options.failed)} was not written.")
        return
    stdin = run.stdin("The users") if run.options.file == "-" else None
    with launch.open_again(header, run.options.file or "", stdin=stdin) as source:
        launch.write_rows(source, numbers, Path(run.options.failed))
    rows = f"{words.plural(len(numbers), 'row')} {'was' if len(numbers) == 1 else 'were'}"
    run.output.say("note", f"{rows} written to {shown(run.options.failed)}.")
    again = " ".join(map(quoted, [run.options.failed, *onboard_options.arguments(header.options)]))
    run.output.say("hint", f"Correct it, then: zitadel-tui onboard apply {again}")


def links(run: Run) -> int:
    refuse_read_only(run)
    files = _newest(run)
    if run.options.dry_run:
        wanted = onboard_links.wanted(files)
        run.output.announce(f"{words.plural(len(wanted), 'user')} of run {files.id} would get a new link.")
        say_dry_run(run)
        return DONE
    renewed = run.write(lambda session: _renew(run, session, files))
    run.output.results(_LINKS, renewed, _link_data, lambda one: one.sentence)
    if not renewed:
        run.output.say("note", "No user of this run needs a new link.")
        return DONE
    left = sum(not one.is_made for one in renewed)
    if left:
        run.output.say("error", f"{left} of {words.plural(len(renewed), 'link')} could not be created.")
    if left < len(renewed) and not run.settings.demo:
        run.output.say("hint", f"The links: zitadel-tui onboard show {files.id} --hand-over FILE")
    return PARTLY if left else DONE


async def _renew(run: Run, session: Session, files: RunFiles) -> list[Renewed]:
    await confirm(run, session, f"Create new links for users of run {files.id}.", asks=False)
    made = 0

    def on_renewed(renewed: Renewed) -> None:
        nonlocal made
        made += 1
        run.output.progress(f"{words.plural(made, 'link')} created …")

    try:
        return await onboard_links.renew(session, files, on_renewed=on_renewed)
    finally:
        run.output.clear_progress()


def _link_data(renewed: Renewed) -> dict[str, object]:
    return {column.name: column.value(renewed) for column in _LINKS}


def forget(run: Run) -> int:
    files = _newest(run)
    try:
        of = f" of {shown(_file(files.header()))}"
    except Damaged:
        of = ""
    if not run.options.yes:
        ended = "" if files.is_ended else " It has not ended, and cannot be resumed afterwards."
        prompts.confirm(
            run,
            f"Delete run {files.id}{of}, with its passwords and links.{ended}",
            otherwise="Add --yes to confirm it.",
        )
    files.forget()
    run.output.announce(f"Run {files.id} was deleted.")
    return DONE
