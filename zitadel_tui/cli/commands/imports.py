"""``users import``: one human, and what they may do, in one run."""

import shlex
from typing import Any

from zitadel_tui.cli.commands import person_options
from zitadel_tui.cli.commands.writing import (
    as_data,
    refuse_read_only,
    tell_rehearsal,
    warn,
    with_globals,
)
from zitadel_tui.cli.report import report
from zitadel_tui.cli.run import DONE, INTERRUPTED, PARTLY, Run, Stopped
from zitadel_tui.core import importing
from zitadel_tui.core.changes import Change, ImportUser, MakePasskeyLink, Rehearsal, rehearse
from zitadel_tui.core.onboarding import Onboarded, Plan, onboard, prepare
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session
from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.base import to_data


def import_(run: Run) -> int:
    refuse_read_only(run)
    draft = person_options.read(run)

    async def do(session: Session) -> Onboarded | tuple[Plan, Rehearsal]:
        plan = await prepare(
            session,
            draft.body,
            role_names=run.options.role or (),
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
            raise Stopped(interrupted.error) from interrupted

    ended = run.online(do)
    if not isinstance(ended, Onboarded):
        return _tell_rehearsal(run, *ended)
    _tell(run, ended)
    if ended.interrupted:
        return INTERRUPTED
    return DONE if ended.assignment is None else PARTLY


def _tell_rehearsal(run: Run, plan: Plan, rehearsal: Rehearsal) -> int:
    options = run.options
    command = rehearsal.change.as_command()
    if options.source is not None:
        use = ["--use", options.use] if options.use else []
        command = shlex.join(["zitadel-tui", "users", "import", "--from", options.source, *use])
    command = " ".join([command, *(shlex.join(["--role", role]) for role in plan.roles)])
    status = tell_rehearsal(run, rehearsal, command)
    for sentence in importing.what_happens(plan.body):
        run.output.say("note", sentence)
    if plan.roles:
        run.output.say("note", f"Then {', '.join(map(shown, plan.roles))} would be assigned.")
    return status


def _tell(run: Run, onboarded: Onboarded) -> None:
    output, created = run.output, onboarded.imported
    sentences = [created.sentence]
    pairs = [("userId", created.user_id)]
    data: dict[str, Any] = as_data(created)
    if onboarded.plan.generated is not None:
        password = onboarded.plan.generated.reveal()
        sentences.append(f"Password: {password}")
        pairs.append(("password", password))
        data["password"] = password
    if onboarded.passkey is not None and onboarded.passkey.link:
        link = onboarded.passkey.link.reveal()
        sentences.append(f"Passkey link: {link}")
        pairs.append(("link", link))
        data["passwordlessRegistration"] = {**to_data(onboarded.passkey), "link": link}
    data["roles"] = list(onboarded.assigned.after) if onboarded.assigned else []
    pairs.append(("roles", " ".join(data["roles"])))
    if onboarded.assigned:
        sentences.append(onboarded.assigned.sentence)
    output.result(sentences, pairs, data)
    _say_more(run, onboarded)


def _say_more(run: Run, onboarded: Onboarded) -> None:
    for sentence in importing.what_happens(onboarded.plan.body):
        run.output.say("note", sentence)
    if onboarded.plan.generated is not None:
        run.output.say("note", "The password is shown only this once; nobody else knows it.")
    if onboarded.is_misplaced:
        run.output.say(
            "warning",
            f"The user went to the organization {shown(onboarded.organization)}, "
            f"not to {shown(onboarded.plan.organization)}.",
        )
    if onboarded.lost_link:
        _point_to(run, "This makes another link", MakePasskeyLink(onboarded.user_id))
    for applied in filter(None, (onboarded.imported, onboarded.assigned)):
        warn(run, applied)
    if (assignment := onboarded.assignment) is not None:
        if onboarded.failure is not None:
            report(run.output, onboarded.failure)
        run.output.say("error", f"The user exists, but without {', '.join(assignment.roles)}.")
        _point_to(run, "This finishes it", assignment)


def _point_to(run: Run, what: str, change: Change) -> None:
    run.output.say("hint", f"{what}: {with_globals(run, change.as_command())}")
