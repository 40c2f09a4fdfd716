"""``users deactivate``, ``reactivate`` and ``delete``, for one user or several."""

from zitadel_tui.cli.commands.changes import refuse_read_only
from zitadel_tui.cli.commands.confirming import confirm
from zitadel_tui.cli.commands.several import (
    apply_all,
    identify_users,
    join_names,
    print_rehearsed,
    print_results,
    rehearse_all,
    warn_overridden,
)
from zitadel_tui.cli.parser import repeated
from zitadel_tui.cli.run import Run
from zitadel_tui.core import user_lookup
from zitadel_tui.core.changes import DeactivateUser, DeleteUser, ReactivateUser, UserStateChange
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
            return print_rehearsed(run, every, repeated(run.options, *run.options.users))
        if question:
            warn_overridden(run, every)
            for one in every:
                if one.sentence != one.change.describe():  # it also says what the user would lose
                    run.output.say("note", one.sentence)
            await confirm(run, session, question.format(join_names([change.called for change in changes])))
        return print_results(run, await apply_all(run, session, changes))

    return run.write(do)
