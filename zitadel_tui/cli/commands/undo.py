"""``undo``: prints the plan, asks for confirmation, undoes the changes and prints a result for each."""

from collections.abc import Sequence

from zitadel_tui.cli import prompts
from zitadel_tui.cli.commands.changes import keys, refuse_read_only, say_dry_run
from zitadel_tui.cli.commands.confirming import confirm, forced_by
from zitadel_tui.cli.commands.several import rehearse_all, say_hints
from zitadel_tui.cli.failures import DONE, PARTLY, Declined
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.parser import repeated
from zitadel_tui.cli.run import Run
from zitadel_tui.core import history, words
from zitadel_tui.core import undo as undoing
from zitadel_tui.core.changes import Applied
from zitadel_tui.core.history import Filter
from zitadel_tui.core.jobs import Result, to_the_end, word
from zitadel_tui.core.session import Session
from zitadel_tui.core.undo import Item, Plan
from zitadel_tui.failure import Failure, UsageFailure

_WORDS = {
    "undo": "will be undone",
    "nothing": "nothing to undo",
    "changed": "changed since",
    "cannot": "cannot be undone",
    "unknown": "not known",
}
"""The words for each verdict."""


def undo(run: Run) -> int:
    refuse_read_only(run)
    options = run.options
    ways = (bool(options.entries), options.run is not None, options.last)
    if sum(ways) != 1:
        raise UsageFailure(
            "Name what to undo: entries, a run, or the last change.",
            "Use ENTRY, --run RUN or --last. `zitadel-tui history` lists the entries.",
        )

    async def do(session: Session) -> int:
        identity = await session.identify()
        place = Filter(instance=session.client.transport.origin, organization=identity.organization)
        entries = undoing.select_entries(
            history.session_journals(session),
            options.entries,
            run=options.run or "",
            last=options.last,
            place=place,
        )
        plan = await undoing.make_plan(session, entries, delete_users=options.delete_users)
        if options.dry_run:
            await _print_dry_run(run, session, plan)
            return PARTLY if plan.left_out else DONE
        _print_plan(run, plan)
        plan = _ask_to_overwrite(run, plan)
        if not plan.to_send:
            run.output.say("note", "There is nothing to undo; nothing was sent.")
            return PARTLY if plan.left_out else DONE
        await confirm(run, session, f"Undo {words.plural(len(plan.to_send), 'change')}.")
        return _print_results(run, plan, await _apply(run, session, plan))

    return run.write(do)


def _ask_to_overwrite(run: Run, plan: Plan) -> Plan:
    """Ask, one by one, whether to overwrite roles that somebody changed later. Without a terminal, or with
    --yes, leave them as they are."""
    chosen: list[Item] = []
    for item in plan.items:
        if item.verdict == "changed" and item.change is not None and not run.options.yes:
            try:
                prompts.confirm(run, f"{item.sentence} Overwrite them?", otherwise="")
            except Declined:
                continue
            except UsageFailure:  # there is no terminal
                break
            chosen.append(item)
    return plan.with_overwritten(chosen)


async def _apply(run: Run, session: Session, plan: Plan) -> list[Result]:
    """Undo the changes and return the results, even when a signal arrives meanwhile."""
    results: list[Result] = []
    try:
        async for result in to_the_end(undoing.apply(session, plan, forced=bool(forced_by(run)))):
            results.append(result)
            run.output.progress(f"{len(results)} of {len(plan.to_send)} …")
    finally:
        run.output.clear_progress()
    return results


# The plan


def _print_plan(run: Run, plan: Plan) -> None:
    """Print the plan before the question; with ``--json`` and ``--csv``, whose output is the results, on
    stderr."""
    if run.output.form == "table":
        run.output.rows(_ITEMS, plan.items)
        _print_details(run, plan)
    else:
        for item in plan.items:
            run.output.aside(_line(item))


def _print_details(run: Run, plan: Plan) -> None:
    for item in plan.items:
        for line in _details(item):
            run.output.aside(line)


async def _print_dry_run(run: Run, session: Session, plan: Plan) -> None:
    """Print the plan with its requests. Raises ``Ended`` when one of the changes is not possible."""
    changes = [item.change for item in plan.to_send if item.change is not None]
    curls = {id(one.change): one.curls for one in await rehearse_all(run, session, changes)}
    command = repeated(run.options, *run.options.entries)

    def data(item: Item) -> dict[str, object]:
        requests = {"command": command, "curl": list(curls.get(id(item.change), ()))}
        return {"dryRun": True, **_item_data(item), **requests}

    run.output.rows(_ITEMS, plan.items, data)
    if run.output.form == "table":
        _print_details(run, plan)
        for text in (command, *(curl for change in changes for curl in curls[id(change)])):
            run.output.announce(text)
    say_dry_run(run)


def _line(item: Item) -> str:
    return f"{_WORDS[item.verdict]}: {item.sentence}"


def _details(item: Item) -> list[str]:
    """Describe the three states of roles that somebody changed, and what cannot be undone."""
    lines = []
    if item.verdict == "changed" and item.now is not None:
        states = (("before", item.before), ("you left", item.after), ("is now", item.now))
        lines += [f"  {when:9}{keys(roles or ()) or 'none'}" for when, roles in states]
    if item.verdict == "undo":
        lines += [f"  {item.who}: {sentence}" for sentence in item.lost]
    return lines


_ITEMS = (
    Column[Item]("entry", lambda item: item.entries[0].id, "ENTRY", lambda item: item.entries[0].short_id),
    Column[Item]("userId", lambda item: item.user_id),
    Column[Item]("verdict", lambda item: item.verdict, "UNDO", lambda item: _WORDS[item.verdict], rigid=True),
    Column[Item]("before", lambda item: " ".join(item.before or ())),
    Column[Item]("after", lambda item: " ".join(item.after or ())),
    Column[Item]("now", lambda item: " ".join(item.now or ())),
    Column[Item]("sentence", lambda item: item.sentence, "WHAT"),
)


def _item_data(item: Item) -> dict[str, object]:
    def roles(held: Sequence[str] | None) -> list[str] | None:
        return None if held is None else list(held)

    return {
        "entries": [entry.id for entry in item.entries],
        "userId": item.user_id,
        "verdict": item.verdict,
        "sentence": item.sentence,
        "before": roles(item.before),
        "after": roles(item.after),
        "now": roles(item.now),
        "lost": list(item.lost),
    }


# The results


def _print_results(run: Run, plan: Plan, results: Sequence[Result]) -> int:
    run.output.results(_RESULTS, results, _result_data, _sentence)
    failures = [one.outcome for one in results if isinstance(one.outcome, Failure)]
    unsent = len(plan.to_send) - len(results)
    say_hints(run, failures)
    if unsent:
        run.output.say("error", f"Not sent: {words.plural(unsent, 'change')}.")
        run.output.say("hint", "Run the command again to undo the others.")
    if failures:
        run.output.say("error", f"Not undone: {len(failures)} of {words.plural(len(results), 'change')}.")
    if plan.left_out:
        run.output.say("note", plan.left_out_sentence)
    return PARTLY if failures or unsent or plan.left_out else DONE


def _sentence(result: Result) -> str:
    outcome = result.outcome
    if isinstance(outcome, Applied):
        return " ".join(filter(None, (outcome.sentence, outcome.warning)))
    return f"{result.change.called}: {word(outcome)}. {outcome.summary}"


_RESULTS = (
    Column[Result]("userId", lambda one: one.change.subject),
    Column[Result]("result", lambda one: word(one.outcome)),
    Column[Result]("sentence", _sentence),
)


def _result_data(result: Result) -> dict[str, object]:
    return {"userId": result.change.subject, "result": word(result.outcome), "sentence": _sentence(result)}
