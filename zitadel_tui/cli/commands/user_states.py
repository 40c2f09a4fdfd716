"""``users deactivate``, ``reactivate`` and ``delete``, for one user or several."""

from collections.abc import Sequence

from zitadel_tui.cli.commands.changes import refuse_read_only
from zitadel_tui.cli.commands.confirming import confirm
from zitadel_tui.cli.commands.several import (
    apply_all,
    identify_users,
    join_names,
    print_results,
    rehearse_all,
    warn_overridden,
)
from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.parser import repeated
from zitadel_tui.cli.run import Run
from zitadel_tui.core import user_lookup
from zitadel_tui.core.changes import DeactivateUser, DeleteUser, ReactivateUser, Rehearsal, UserStateChange
from zitadel_tui.core.session import Session


def deactivate(run: Run) -> int:
    return _change(run, DeactivateUser, "Deactivate {}. They cannot sign in until they are reactivated.")


def reactivate(run: Run) -> int:
    return _change(run, ReactivateUser, "")


def delete(run: Run) -> int:
    return _change(
        run, DeleteUser, "Delete {}, with all memberships, grants and sessions. Nothing undoes it."
    )


def _change(run: Run, kind: type[UserStateChange], question: str) -> int:
    refuse_read_only(run)

    async def do(session: Session) -> int:
        users = await identify_users(run, session, run.options.users)
        changes = [kind(user.id, who=user_lookup.name(user)) for user in users]
        every = await rehearse_all(run, session, changes)
        if run.options.dry_run:
            return _print_rehearsed(run, every)
        if question:
            warn_overridden(run, every)
            for one in every:
                if one.sentence != one.change.describe():  # it also says what the user would lose
                    run.output.say("note", one.sentence)
            await confirm(run, session, question.format(join_names([change.called for change in changes])))
        return print_results(run, await apply_all(run, session, changes))

    return run.write(do)


def _print_rehearsed(run: Run, every: Sequence[Rehearsal]) -> int:
    command = repeated(run.options, *run.options.users)
    if run.output.form == "table":
        for one in every:
            run.output.announce(one.sentence)
        for text in (command, *(curl for one in every for curl in one.curls)):
            run.output.announce(text)
    else:
        run.output.rows(_REHEARSED, every, lambda one: _data(one, command))
    run.output.say("note", "Dry run: nothing was sent.")
    return DONE


_REHEARSED = (
    Column[Rehearsal]("userId", lambda one: one.change.subject),
    Column[Rehearsal]("sentence", lambda one: one.sentence),
)


def _data(one: Rehearsal, command: str) -> dict[str, object]:
    told = {"dryRun": True, "sentence": one.sentence, "userId": one.change.subject}
    return {**told, "command": command, "curl": list(one.curls)}
