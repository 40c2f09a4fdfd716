"""What is written down of a plan and of a run: one JSON object a line, without secrets.

Rows and results are not tracked by the garbage collector, which would hold up the app to look at them.
"""

from typing import Literal

import msgspec

from zitadel_tui.core.journal import Record
from zitadel_tui.core.onboard.rows import Options

VERSION = 1
ONBOARDING = "onboarding"
"""The kind of a whole run, in the journal of all changes."""

Verdict = Literal["create", "exists", "conflict", "invalid", "duplicate"]
"""``create`` and ``exists`` are sent; with the option ``on_conflict`` the roles of ``conflict``, too."""

State = Literal["pending", "done", "unchanged", "failed", "unknown", "skipped"]
"""Of a row in a run. ``failed``: some step was not done; ``skipped``: its verdict is not one that is sent."""

HandedOver = Literal["", "link", "password"]
"""What the hand-over file holds for a user."""
Waits = Literal[HandedOver, "link lost"]

CREATE, ROLES = "create", "roles"
"""Steps of a row: creating the user, assigning administrator roles."""


def grant_step(project_id: str) -> str:
    """The step of assigning roles of a project."""
    return f"grant {project_id}"


class FileIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """``path`` is absolute, empty for standard input; ``digest`` is the SHA-256 of the content, in hex."""

    path: str = ""
    digest: str = ""
    size: int = 0
    rows: int = 0


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a saved plan, and of the plan of a run. ``run`` is empty in a saved plan; ``made`` is
    RFC 3339 UTC; ``account`` is the id of the service account."""

    version: int = VERSION
    run: str = ""
    made: str = ""
    instance: str = ""
    organization: str = ""
    organization_name: str = ""
    account: str = ""
    file: FileIdentity = FileIdentity()
    options: Options = Options()


class PlannedRow(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One further line: what is to be done with a row, and why.

    ``user_id`` is the existing user of ``exists`` and ``conflict``. ``problems`` say, a sentence each, why
    the row is not sent; ``notes`` what is different from what the row says, or worth knowing. ``steps`` are
    what has to be done: :data:`CREATE`, :data:`ROLES`, and :func:`grant_step` for each project; empty for a
    row of which nothing is sent.
    """

    number: int
    line: int
    digest: str
    verdict: Verdict
    user_name: str = ""
    user_id: str = ""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


class RowResult(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What has become of a row.

    ``roles`` and ``grants`` (``PROJECT:ROLE,ROLE``) are those that the user has by this run; ``sentences``
    say what happened, a step each; ``reference`` is the server's error id. ``waits`` says what the hand-over
    file holds for the user, ``until`` (RFC 3339 UTC) how long a link works.
    """

    number: int
    line: int
    user_name: str
    verdict: Verdict
    state: State
    user_id: str = ""
    created: bool = False
    roles: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    reference: str = ""
    waits: Waits = ""
    until: str = ""


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that concerns the whole run. ``kind`` is ``begun``, ``resumed``, ``paused``, ``reopened``
    (the failures of ``rows`` do not count) or ``ended``; ``time`` is RFC 3339 UTC; ``account`` is the
    id of the account that works on the run, ``counts`` are numbers of rows by state."""

    kind: str
    time: str = ""
    account: str = ""
    reason: str = ""
    counts: dict[str, int] = {}
    rows: tuple[int, ...] = ()


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a run's journal: either a change of one row, or an event."""

    change: Record | None = None
    event: Event | None = None


class HandOverLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a hand-over file; ``until`` is RFC 3339 UTC."""

    row: int
    user_name: str
    password: str = ""
    link: str = ""
    until: str = ""

    @property
    def holds(self) -> HandedOver:
        return "link" if self.link else "password"
