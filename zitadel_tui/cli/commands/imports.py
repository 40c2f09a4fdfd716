"""``users import``: one human, and what they may do, in one run."""

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zitadel_tui.cli.commands import person_options
from zitadel_tui.cli.commands.person_options import Draft
from zitadel_tui.cli.commands.writing import (
    Rehearsed,
    Written,
    as_data,
    refuse_read_only,
    rehearse,
    tell_rehearsal,
    warn,
    with_globals,
    write,
)
from zitadel_tui.cli.report import report
from zitadel_tui.cli.run import DONE, INTERRUPTED, PARTLY, Run, Stopped
from zitadel_tui.core import importing, policies, rights, roles, rules
from zitadel_tui.core.changes import AddRoles, Change, ImportUser, MakePasskeyLink
from zitadel_tui.core.session import Session
from zitadel_tui.secret import Secret
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.users import ImportedHuman, ImportHuman

_ASSIGNING = "org.member.write"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What will be sent; ``organization`` is the id of the one it is meant for, ``generated`` a password
    that only we know."""

    body: ImportHuman
    organization: str
    roles: tuple[str, ...] = ()
    generated: Secret | None = None


@dataclass(frozen=True, slots=True)
class _Imported:
    """The person is there. ``assignment`` are the roles asked for, ``assigned`` how that ended: None where
    it was not tried, or ``failure``."""

    plan: _Plan
    person: Written
    assignment: AddRoles | None = None
    assigned: Written | None = None
    failure: Exception | None = None

    @property
    def is_whole(self) -> bool:
        return self.assignment is None or self.assigned is not None

    @property
    def interrupted(self) -> bool:
        later = self.assigned is not None and self.assigned.interrupted
        return self.person.interrupted or later or isinstance(self.failure, Stopped)

    @property
    def astray(self) -> str:
        """The organization it went to, where that is not the one it was meant for."""
        answer = self.person.applied.answer
        owner = answer.details.resource_owner if isinstance(answer, ImportedHuman) else ""
        return owner if owner != self.plan.organization else ""


def import_(run: Run) -> int:
    refuse_read_only(run)
    draft = person_options.read(run)

    async def do(session: Session) -> _Imported | tuple[_Plan, Rehearsed]:
        plan = await _plan(run, session.client, draft)
        if run.options.dry_run:
            return plan, await rehearse(session, ImportUser(plan.body))
        return await _import(session, plan)

    ended = run.online(do)
    if not isinstance(ended, _Imported):
        return _tell_rehearsal(run, *ended)
    _tell(run, ended)
    if ended.interrupted:
        return INTERRUPTED
    return DONE if ended.is_whole else PARTLY


async def _plan(run: Run, client: Client, draft: Draft) -> _Plan:
    """Raises before anything is written what is certain to be refused."""
    wanted, policy, organization = await asyncio.gather(
        _assignable(client, run.options.role or (), run), policies.read(client), _intended(client)
    )
    generated = rules.generated_password(policy.password) if draft.generated else None
    body = draft.with_password(generated) if generated else draft.body
    problems = rules.problems(body, policy=policy.password, languages=policy.languages)
    draft.refuse(problems)
    for note in draft.notes(problems):
        run.output.say("note", note)
    return _Plan(body, organization, wanted, generated)


async def _intended(client: Client) -> str:
    return client.org_id or (await client.send(calls.my_user())).user.details.resource_owner


async def _assignable(client: Client, given: Sequence[str], run: Run) -> tuple[str, ...]:
    """The roles as the server names them. Raises before anything is written when it is certain that they
    cannot be assigned."""
    if not given:
        return ()
    offered, own = await asyncio.gather(_offered(client), client.send(calls.my_permissions()))
    if _ASSIGNING not in rights.org_wide(own.result):
        raise errors.NotPermitted(
            "This account may not assign roles in this organization; nothing was written.",
            permission=_ASSIGNING,
        )
    if offered is None:
        run.output.say("note", "This account may not list the roles, so they could not be checked before.")
        offered = [role for role in given if rights.level(role) == "organization"]
    return tuple(dict.fromkeys(roles.named(role, offered) for role in given))


async def _offered(client: Client) -> list[str] | None:
    try:
        return await roles.offered(client)
    except (errors.NotPermitted, errors.NoMembership):
        return None


async def _import(session: Session, plan: _Plan) -> _Imported:
    person = await write(session, ImportUser(plan.body))
    if not plan.roles:
        return _Imported(plan, person)
    assignment = AddRoles(person.applied.user_id, plan.roles, who=plan.body.user_name)
    if person.interrupted:
        return _Imported(plan, person, assignment)
    try:
        return _Imported(plan, person, assignment, await write(session, assignment))
    except Exception as failure:  # whatever it is, the person is there and that must be told
        return _Imported(plan, person, assignment, failure=failure)


def _tell_rehearsal(run: Run, plan: _Plan, rehearsed: Rehearsed) -> int:
    options = run.options
    command = rehearsed.change.as_command()
    if options.source is not None:
        use = ["--use", options.use] if options.use else []
        command = shlex.join(["zitadel-tui", "users", "import", "--from", options.source, *use])
    command = " ".join([command, *(shlex.join(["--role", role]) for role in plan.roles)])
    status = tell_rehearsal(run, rehearsed, command)
    for sentence in importing.what_happens(plan.body):
        run.output.say("note", sentence)
    if plan.roles:
        run.output.say("note", f"Then {', '.join(map(shown, plan.roles))} would be assigned.")
    return status


def _tell(run: Run, imported: _Imported) -> None:
    output, created = run.output, imported.person.applied
    sentences = [created.sentence]
    pairs = [("userId", created.user_id)]
    data: dict[str, Any] = as_data(created)
    if imported.plan.generated is not None:
        password = imported.plan.generated.reveal()
        sentences.append(f"Password: {password}")
        pairs.append(("password", password))
        data["password"] = password
    if isinstance(created.answer, ImportedHuman) and (link := _passkey_link(created.answer)):
        sentences.append(f"Passkey link: {link}")
        pairs.append(("link", link))
        data["passwordlessRegistration"] = {**to_data(created.answer.passwordless_registration), "link": link}
    assigned = imported.assigned.applied if imported.assigned else None
    data["roles"] = list(assigned.after) if assigned else []
    pairs.append(("roles", " ".join(data["roles"])))
    if assigned:
        sentences.append(assigned.sentence)
    output.result(sentences, pairs, data)
    _say_more(run, imported)


def _say_more(run: Run, imported: _Imported) -> None:
    for sentence in importing.what_happens(imported.plan.body):
        run.output.say("note", sentence)
    if imported.plan.generated is not None:
        run.output.say("note", "The password is shown only this once; nobody else knows it.")
    if imported.astray:
        run.output.say(
            "warning",
            f"The person went to the organization {imported.astray}, not to {imported.plan.organization}.",
        )
    created = imported.person.applied
    if created.settled and imported.plan.body.request_passwordless_registration:
        _point_to(run, "This makes another link", MakePasskeyLink(created.user_id))
    for written in filter(None, (imported.person, imported.assigned)):
        warn(run, written.applied)
    if not imported.is_whole and imported.assignment is not None:
        _tell_rest(run, imported.assignment, imported.failure)


def _passkey_link(answer: ImportedHuman) -> str:
    """Shown because it was asked for: this answer is the only one that has it."""
    registration = answer.passwordless_registration
    return registration.link.reveal() if registration is not None and registration.link else ""


def _tell_rest(run: Run, assignment: AddRoles, failure: Exception | None) -> None:
    if failure is not None:
        report(run.output, failure)
    run.output.say("error", f"The person is there, but without {', '.join(assignment.roles)}.")
    _point_to(run, "This finishes it", assignment)


def _point_to(run: Run, what: str, change: Change) -> None:
    run.output.say("hint", f"{what}: {with_globals(run, change.as_command())}")
