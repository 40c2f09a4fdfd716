"""``onboard``: many users and their roles from one file: template, check, apply."""

from pathlib import Path

from zitadel_tui.cli.commands import onboard_options
from zitadel_tui.cli.commands.changes import refuse_read_only, say_dry_run
from zitadel_tui.cli.commands.confirming import confirm
from zitadel_tui.cli.commands.onboard_running import follow, tell_nothing_to_send, tell_unsent
from zitadel_tui.cli.failures import DONE, PARTLY
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core import words
from zitadel_tui.core.onboard import launch, plan_file
from zitadel_tui.core.onboard.plan import MOST_MAILS, MOST_SMS, Plan, make_plan
from zitadel_tui.core.onboard.plan_file import SavedPlan
from zitadel_tui.core.onboard.records import PlannedRow
from zitadel_tui.core.onboard.rows import Options
from zitadel_tui.core.onboard.source import Source
from zitadel_tui.core.onboard.source import template as template_of
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown

_MOST_SHOWN = 40
_COLUMNS = (
    Column[PlannedRow]("line", lambda one: str(one.line), "LINE", rigid=True),
    Column[PlannedRow]("userName", lambda one: one.user_name, "USER"),
    Column[PlannedRow]("verdict", lambda one: one.verdict, "VERDICT", rigid=True),
    Column[PlannedRow]("userId", lambda one: one.user_id),
    Column[PlannedRow]("problems", lambda one: " ".join((*one.problems, *one.notes)), "WHY, AND NOTES"),
)


def template(run: Run) -> int:
    run.output.plain(template_of().decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n"))
    return DONE


def check(run: Run) -> int:
    options = onboard_options.read(run)
    source, options = onboard_options.open_file(run, options)
    with source:
        plan = run.read(lambda session: _planned(run, session, source, options))
        _print_plan(run, plan, source)
        if run.options.save is not None:
            plan_file.save(plan.header, plan.rows, Path(run.options.save))
            run.output.say("note", f"The plan was saved to {shown(run.options.save)}.")
    return PARTLY if plan.not_sent or plan.lacking else DONE


def apply(run: Run) -> int:
    refuse_read_only(run)
    options = onboard_options.read(run)
    saved = None if run.options.plan is None else plan_file.load(Path(run.options.plan))
    source, options = onboard_options.open_file(run, options)
    with source:
        return run.write(lambda session: _apply(run, session, source, options, saved))


async def _apply(
    run: Run,
    session: Session,
    source: Source,
    options: Options,
    saved: SavedPlan | None,
) -> int:
    plan = await _planned(run, session, source, options, saved)
    if run.options.dry_run:
        _print_plan(run, plan, source)
        say_dry_run(run)
        return PARTLY if plan.not_sent or plan.lacking else DONE
    _print_counts(run, plan, source)
    if not plan.to_send:
        return tell_nothing_to_send(run, plan.rows)
    if not plan.lacking:  # else beginning the run says so
        await _confirm(run, session, plan)
    begun = await launch.begin(session, plan, source)
    tell_unsent(run, plan.rows)
    return await follow(run, session, begun, source)


async def _planned(
    run: Run, session: Session, source: Source, options: Options, saved: SavedPlan | None = None
) -> Plan:
    def on_progress(doing: str) -> None:
        run.output.progress(f"{doing} …")

    try:
        return await make_plan(session, source, options, saved=saved, on_progress=on_progress)
    finally:
        run.output.clear_progress()


def _print_plan(run: Run, plan: Plan, source: Source) -> None:
    _print_counts(run, plan, source)
    if run.output.form != "table":
        run.output.rows(_COLUMNS, plan.rows, _data)
        return
    told = [row for row in plan.rows if row.problems or row.notes]
    told.sort(key=lambda row: (bool(row.steps) or row.verdict == "exists", row.line))
    if told:
        run.output.rows(_COLUMNS, told[:_MOST_SHOWN])
    if len(told) > _MOST_SHOWN:
        run.output.say("note", f"{words.count(len(told) - _MOST_SHOWN)} more rows: --csv lists all.")


def _print_counts(run: Run, plan: Plan, source: Source) -> None:
    """Print the counts of the whole file and the warnings; on stderr if stdout has data."""
    say = run.output.plain if run.output.form == "table" else run.output.aside
    total = words.plural(len(plan.rows), "row")
    say(f"{source.name}: {total} for {_place(plan)}")
    for verdict in ("create", "exists", "conflict", "invalid", "duplicate"):
        if plan.counts[verdict]:
            say(f"  {verdict:10} {plan.counts[verdict]:>8}")
    for warning in plan.warnings:
        run.output.say("warning", warning)
    if plan.lacking:
        run.output.say("error", f"{plan.lacking} Nothing can be sent.")
    if plan.seconds >= 60:
        run.output.say("note", f"About {round(plan.seconds / 60)} minutes on a default server.")


def _place(plan: Plan) -> str:
    header = plan.header
    name = shown(header.organization_name)
    return f"{name} ({shown(header.organization)})" if name != header.organization else name


def _data(row: PlannedRow) -> dict[str, object]:
    return {
        "line": row.line,
        "userName": row.user_name,
        "verdict": row.verdict,
        "userId": row.user_id,
        "isSent": bool(row.steps),
        "problems": list(row.problems),
        "notes": list(row.notes),
    }


async def _confirm(run: Run, session: Session, plan: Plan) -> None:
    """Ask for confirmation, unless an option gives it; many mails need their number."""
    sent = (("mails", "mails", plan.mails, MOST_MAILS), ("sms", "SMS", plan.sms, MOST_SMS))
    for option, what, number, most in sent:
        named = getattr(run.options, option)
        if named is not None and named != str(number):
            raise UsageFailure(
                f"The server would send {number} {what}, not {shown(named)}; nothing was sent.",
                f"Check the file, then add --{option} {number}.",
            )
        if number > most and named is None and run.options.yes:
            raise UsageFailure(
                f"The server would send {number} {what}; --yes alone does not confirm so many.",
                f"Add --{option} {number}.",
            )
    sends = f" The server sends {plan.sends}." if plan.sends else ""
    more = "".join(f" --{option} {number}" for option, _, number, most in sent if number > most)
    await confirm(
        run,
        session,
        f"Apply {words.plural(plan.to_send, 'row')} to {_place(plan)}.{sends}",
        otherwise=f"Add --yes{more} to confirm it.",
    )
