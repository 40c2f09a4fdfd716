"""The recorded changes to undo: selecting them, and finding out how they ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from zitadel_tui.core import history
from zitadel_tui.core.changes import (
    Change,
    GrantChange,
    ImportUser,
    RoleChange,
    Unsettled,
    UnusableRecord,
    UserStateChange,
    from_record,
    settle,
)
from zitadel_tui.core.history import EVERYTHING, Entry, Filter, Journals
from zitadel_tui.core.journal import DONE, REFUSED, UNCHANGED, Record
from zitadel_tui.core.onboard import run_files
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel import errors


def select_entries(
    journals: Journals,
    ids: Sequence[str] = (),
    *,
    run: str = "",
    last: bool = False,
    place: Filter = EVERYTHING,
) -> list[Entry]:
    """Select entries, newest first: by id, all of a run, or the newest that changed something at ``place``. A
    run is replaced by its changes. Raises ``UsageFailure`` when there is none."""
    if run:
        _refuse_running(journals, run)
        found = [one for one in history.entries(journals, Filter(run=run)) if not one.is_run]
        runs = {one.record.run for one in found}
        if not found:
            raise UsageFailure(
                f"The history has no changes of a run {shown(run)!r}.",
                "`zitadel-tui onboard runs` and `zitadel-tui history` list the runs.",
            )
        if len(runs) > 1:
            raise UsageFailure(
                f"{len(runs)} runs begin with {shown(run)!r}.",
                f"Write more of it: {', '.join(sorted(runs)[:5])}.",
            )
        return found
    if last:
        done = (one for one in history.entries(journals, place._replace(rows=False)) if one.outcome == DONE)
        newest = next(done, None)
        if newest is None:
            raise UsageFailure(
                "There is no change to this organization that can be undone.",
                "`zitadel-tui history --all` lists all changes.",
            )
        return select_entries(journals, run=newest.record.run or newest.id) if newest.is_run else [newest]
    entries: dict[str, Entry] = {}
    for one in ids:
        entry = history.entry(journals, one)
        for selected in select_entries(journals, run=entry.id) if entry.is_run else [entry]:
            entries[selected.id] = selected
    return sorted(entries.values(), key=lambda one: one.record.time, reverse=True)


def _refuse_running(journals: Journals, run: str) -> None:
    for files in run_files.every(journals.runs):
        if files.id.startswith(run) and files.is_locked(files.header()):
            raise UsageFailure(
                f"Run {shown(files.id)} is still running.", "Wait until it ends, or stop it; then undo it."
            )


@dataclass(frozen=True, slots=True)
class SettledEntry:
    """An entry, settled if that was possible, and the change that its record describes."""

    entry: Entry
    change: Change | None
    problem: str = ""
    """Why the record cannot be used."""

    @property
    def record(self) -> Record:
        return self.entry.record

    @property
    def target(self) -> tuple[str, ...]:
        """What it changed; changes with the same target are undone together."""
        change = self.change
        if isinstance(change, GrantChange):
            return ("grant", change.user_id, change.project_id)
        if isinstance(change, RoleChange):
            return ("membership", change.user_id, str(change.scope))
        if isinstance(change, ImportUser | UserStateChange) and self.record.user:
            return ("user", self.record.user)
        return ("entry", self.entry.id)


async def refuse_elsewhere(session: Session, entries: Sequence[Entry]) -> None:
    identity, here = await session.identify(), session.client.transport.origin
    for entry in entries:
        record = entry.record
        if record.instance and record.instance != here:
            raise UsageFailure(
                f"Entry {shown(entry.short_id)} is about {shown(record.instance)}, not {shown(here)}.",
                "Sign in there to undo it: with its context, or --domain and --key-file.",
            )
        if record.organization and record.organization != identity.organization:
            raise UsageFailure(
                f"Entry {shown(entry.short_id)} is about another organization, "
                f"{shown(entry.organization_name or record.organization)}.",
                f"Add --org {shown(record.organization)}.",
            )


async def settle_entry(session: Session, entry: Entry) -> SettledEntry:
    try:
        change = from_record(entry.record)
    except UnusableRecord as failure:
        return SettledEntry(entry, None, f"{failure.summary} {failure.hint}")
    if not entry.is_open or not entry.record.account:
        return SettledEntry(entry, change)
    try:
        if entry.is_of_run:  # its own journal says so when the run goes on
            applied = await change.settle(session, entry.record)
        else:
            applied = await settle(session, entry.record)
    except errors.AlreadyThere:  # somebody else did it
        return SettledEntry(
            replace(entry, record=msgspec.structs.replace(entry.record, outcome=REFUSED)), change
        )
    except (Unsettled, errors.OutcomeUnknown):
        return SettledEntry(entry, change)
    if applied is None:
        return SettledEntry(entry, change)
    record = msgspec.structs.replace(
        entry.record,
        outcome=DONE if applied.changed else UNCHANGED,
        user=applied.user_id or entry.record.user,
        before=applied.before,
        after=applied.after,
        settled=True,
    )
    return SettledEntry(replace(entry, record=record), change)
