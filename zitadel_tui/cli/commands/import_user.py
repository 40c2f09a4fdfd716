"""``users import``: create a human user and assign roles in one run."""

from typing import Any

from zitadel_tui.cli.commands import import_options
from zitadel_tui.cli.commands.changes import as_data, outcome_of, print_rehearsal, refuse_read_only, warn
from zitadel_tui.cli.failures import DONE, PARTLY, report
from zitadel_tui.cli.parser import for_same_server
from zitadel_tui.cli.run import Run
from zitadel_tui.core import importing
from zitadel_tui.core.changes import (
    AddGrantRoles,
    Applied,
    Change,
    ImportUser,
    MakePasskeyLink,
    Rehearsal,
    rehearse,
)
from zitadel_tui.core.onboarding import Onboarded, Plan, onboard, prepare, role_names
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.base import to_data


def import_(run: Run) -> int:
    refuse_read_only(run)
    draft = import_options.read(run)

    async def do(session: Session) -> Onboarded | tuple[Plan, Rehearsal]:
        plan = await prepare(
            session,
            draft.body,
            role_names=run.options.role or (),
            project_roles=run.options.grant or (),
            generate_password=draft.generated,
            change_required=draft.change_required,
        )
        draft.refuse(plan.problems)
        for note in (*draft.notes(plan.problems), *plan.notes):
            run.output.say("note", note)
        if run.options.dry_run:
            return plan, await rehearse(session, ImportUser(plan.body))
        try:
            return await onboard(session, plan)
        except Interrupted as interrupted:
            return Onboarded(plan, outcome_of(interrupted), interrupted=True)

    ended = run.write(do)
    if isinstance(ended, Onboarded):
        return _print(run, ended)
    plan, rehearsal = ended
    status = print_rehearsal(run, rehearsal)
    _say_what_happens(run, plan)
    if assignments := plan.assignments(""):
        run.output.say("note", f"Then {role_names(assignments)} would be assigned.")
    return status


def _print(run: Run, onboarded: Onboarded) -> int:
    created, secrets = onboarded.imported, []
    sentences = [created.sentence]
    pairs = [("userId", created.user_id)]
    data: dict[str, Any] = as_data(created)
    if onboarded.plan.generated is not None:
        password = onboarded.plan.generated.reveal()
        secrets.append(f"Password: {password}")
        pairs.append(("password", password))
        data["password"] = password
    if onboarded.passkey is not None and onboarded.passkey.link:
        link = onboarded.passkey.link.reveal()
        secrets.append(f"Passkey link: {link}")
        pairs.append(("link", link))
        data["passwordlessRegistration"] = {**to_data(onboarded.passkey), "link": link}
    membership = onboarded.membership.outcome if onboarded.membership else None
    data["roles"] = list(membership.after) if isinstance(membership, Applied) else []
    pairs.append(("roles", " ".join(data["roles"])))
    data["grants"] = _granted(onboarded)
    for granted in data["grants"]:
        pairs.append(("grant", f"{granted['projectName']}: {' '.join(granted['roleKeys'])}"))
    sentences += [applied.sentence for applied in onboarded.assigned]
    another = _command(run, MakePasskeyLink(created.user_id))
    run.output.result(
        sentences,
        pairs,
        data,
        secrets=secrets,
        if_lost=f"The password or link was lost. A new link to sign in with: {another}" if secrets else "",
    )
    return _print_more(run, onboarded)


def _print_more(run: Run, onboarded: Onboarded) -> int:
    _say_what_happens(run, onboarded.plan)
    if onboarded.plan.generated is not None:
        run.output.say("note", "The password is shown only once. No one else knows it.")
    if onboarded.is_misplaced:
        run.output.say(
            "warning",
            f"The user went to the organization {shown(onboarded.organization)}, "
            f"not to {shown(onboarded.plan.organization)}.",
        )
    if onboarded.lost_link:
        another = _command(run, MakePasskeyLink(onboarded.user_id))
        run.output.say("hint", f"To create another link: {another}")
    for applied in (onboarded.imported, *onboarded.assigned):
        warn(run, applied)
    if not onboarded.left:
        return DONE
    if onboarded.failure is not None:
        report(run.output, onboarded.failure)
    run.output.say("error", f"The user exists, but without {role_names(onboarded.left)}.")
    for change in onboarded.left:
        run.output.say("hint", f"To finish: {_command(run, change)}")
    return PARTLY


def _granted(onboarded: Onboarded) -> list[dict[str, Any]]:
    """The assigned project roles, under ZITADEL's names."""
    return [
        {
            "projectId": one.change.project_id,
            "projectName": one.change.project,
            "roleKeys": list(one.outcome.after),
        }
        for one in onboarded.assignments
        if isinstance(one.change, AddGrantRoles) and isinstance(one.outcome, Applied)
    ]


def _say_what_happens(run: Run, plan: Plan) -> None:
    for sentence in importing.what_happens(plan.body):
        run.output.say("note", sentence)


def _command(run: Run, change: Change) -> str:
    return for_same_server(run.options, change.as_command())
