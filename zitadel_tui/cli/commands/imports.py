"""``users import``: one human, and what they may do, in one run."""

import asyncio
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zitadel_tui.cli.commands.writing import Written, write
from zitadel_tui.cli.parser import given_globals
from zitadel_tui.cli.report import report
from zitadel_tui.cli.run import DONE, INTERRUPTED, PARTLY, Run, Stopped
from zitadel_tui.core import importing, rights, roles
from zitadel_tui.core.changes import AddRoles, ImportPerson
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.users import ImportedHuman, ImportHuman

_ASSIGNING = "org.member.write"


@dataclass(frozen=True, slots=True)
class _Imported:
    """The person is there. ``assignment`` are the roles asked for, ``assigned`` how that ended: None where
    it was not tried, or ``failure``."""

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


def import_(run: Run) -> int:
    options = run.options
    body = importing.choose_sign_in(
        _body(run), use=options.use, allow_published_hash=options.allow_published_hash
    )

    async def do(session: Session) -> _Imported:
        wanted = await _assignable(session.client, options.role, run) if options.role else ()
        return await _import(session, body, wanted)

    imported = run.online(do)
    _tell(run, body, imported)
    if imported.interrupted:
        return INTERRUPTED
    return DONE if imported.is_whole else PARTLY


def _body(run: Run) -> ImportHuman:
    source = run.options.source
    if source != "-":
        label = f"The file {shown(source)}"
        try:
            with open(source, "rb") as file:
                data = file.read(importing.LARGEST_BODY + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a path"
            raise UsageFailure(f"{label} cannot be read: {reason}.", "--from - reads stdin.") from error
        return importing.read_body(data, label)
    key = run.settings.key_file
    if key is not None and key.path is None:
        raise UsageFailure(
            "The key and the body cannot both come from stdin.", "Put one of them into a file."
        )
    if sys.stdin is None:
        raise UsageFailure("There is no stdin to read the body from.", "Name a file with --from FILE.")
    return importing.read_body(sys.stdin.buffer.read(importing.LARGEST_BODY + 1), "The body from stdin")


async def _assignable(client: Client, given: Sequence[str], run: Run) -> tuple[str, ...]:
    """The roles as the server names them. Raises before anything is written when it is certain that they
    cannot be assigned."""
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


async def _import(session: Session, body: ImportHuman, wanted: tuple[str, ...]) -> _Imported:
    person = await write(session, ImportPerson(body))
    if not wanted:
        return _Imported(person)
    assignment = AddRoles(person.applied.user_id, wanted, who=body.user_name)
    if person.interrupted:
        return _Imported(person, assignment)
    try:
        return _Imported(person, assignment, await write(session, assignment))
    except Exception as failure:  # whatever it is, the person is there and that must be told
        return _Imported(person, assignment, failure=failure)


def _tell(run: Run, body: ImportHuman, imported: _Imported) -> None:
    output, created = run.output, imported.person.applied
    sentences = [created.sentence]
    pairs = [("userId", created.user_id)]
    data: dict[str, Any] = {"userId": created.user_id}
    if isinstance(created.answer, ImportedHuman):
        data["details"] = to_data(created.answer.details)
        if link := _passkey_link(created.answer):
            sentences.append(f"Passkey link: {link}")
            pairs.append(("link", link))
            data["passwordlessRegistration"] = {"link": link}
    assigned = imported.assigned.applied if imported.assigned else None
    data["roles"] = list(assigned.after) if assigned else []
    pairs.append(("roles", " ".join(data["roles"])))
    if assigned:
        sentences.append(assigned.sentence)
    output.result(sentences, pairs, data)
    for sentence in importing.what_happens(body):
        output.say("note", sentence)
    if not imported.is_whole and imported.assignment is not None:
        _tell_rest(run, imported.assignment, imported.failure)


def _passkey_link(answer: ImportedHuman) -> str:
    """Shown because the body asks for it: this answer is the only one that has it."""
    registration = answer.passwordless_registration
    return registration.link.reveal() if registration is not None and registration.link else ""


def _tell_rest(run: Run, assignment: AddRoles, failure: Exception | None) -> None:
    if failure is not None:
        report(run.output, failure)
    run.output.say("error", f"The person is there, but without {', '.join(assignment.roles)}.")
    options = given_globals(run.options, without=("--json", "--csv"))
    run.output.say(
        "hint", f"This finishes it: {' '.join([assignment.as_command(), shlex.join(options)]).strip()}"
    )
