"""Runs of a small file against a demo in this process."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.demo_clients import IMPATIENT, client_of, id_of, member_roles
from zitadel_tui.core.changes.base import Resource
from zitadel_tui.core.jobs import Gates
from zitadel_tui.core.onboard import engine
from zitadel_tui.core.onboard.engine import Run
from zitadel_tui.core.onboard.records import (
    CREATE,
    ROLES,
    FileIdentity,
    Header,
    PlannedRow,
    RowResult,
    grant_step,
)
from zitadel_tui.core.onboard.rows import Options, Row
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.core.projects import Project, ProjectRoles
from zitadel_tui.core.session import Session
from zitadel_tui.demo.server import ACCOUNT, Demo
from zitadel_tui.settings import Settings
from zitadel_tui.zitadel import traffic
from zitadel_tui.zitadel.endpoints import Endpoint
from zitadel_tui.zitadel.traffic import Attempt
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

ROLE = "ORG_USER_MANAGER"


class FixedLimits:
    """Gates without adaptation."""

    def __init__(self, outage: float = 0.0) -> None:
        self._changes, self._requests = Gates(users=16, memberships=8), traffic.Gates()
        self.outage = outage
        self.held_seconds = 0.0

    def slot(self, resource: Resource) -> AbstractAsyncContextManager[None]:
        return self._changes.slot(resource)

    async def admit(self, endpoint: Endpoint) -> None:
        await self._requests.admit(endpoint)

    def ended(self, attempt: Attempt) -> None:
        self._requests.ended(attempt)

    def outage_seconds(self) -> float:
        return self.outage


@dataclass(frozen=True)
class Assigned:
    roles: tuple[str, ...] = ()
    grants: tuple[ProjectRoles, ...] = ()


@dataclass
class Users:
    """A file of users, and what is known of their organization."""

    content: list[Row]
    assigned: Assigned = field(default_factory=Assigned)
    password_policy: None = None

    def rows(self) -> Iterator[Row]:
        return iter(self.content)

    def body(self, row: Row) -> ImportHuman:
        return row.body

    def assignments(self, row: Row) -> Assigned:
        return self.assigned

    @property
    def steps(self) -> tuple[str, ...]:
        roles = (ROLES,) if self.assigned.roles else ()
        return (CREATE, *roles, *(grant_step(one.project.id) for one in self.assigned.grants))

    def planned(self) -> list[PlannedRow]:
        return [
            PlannedRow(
                row.number, row.line, row.digest, "create", user_name=row.body.user_name, steps=self.steps
            )
            for row in self.content
        ]


def users(
    names: Sequence[str], assigned: Assigned = Assigned(), *, link: bool = False, generate: bool = False
) -> Users:
    """A file with a user of each name."""
    return Users(
        [
            Row(
                number,
                number + 1,
                ImportHuman(
                    user_name=name,
                    profile=Profile(first_name=name.title(), last_name="Tester"),
                    email=Email(email=f"{name.partition('@')[0]}@new.test", is_email_verified=True),
                    request_passwordless_registration=link,
                ),
                generate_password=generate,
                digest=f"digest of {name}",
            )
            for number, name in enumerate(names, 1)
        ],
        assigned,
    )


class Bench:
    """A demo, and the directory of the runs against it."""

    account = ACCOUNT
    """Who begins and resumes runs, unless another is named."""

    def __init__(self, directory: Path, **knobs: Any) -> None:
        self.demo = Demo(size=8, **knobs)
        self.root = directory / "runs"

    def session(self, account: str = "") -> Session:
        client = client_of(self.demo, account or self.account)
        return Session(Settings(demo=True), client, timing=IMPATIENT)

    def limits(self) -> engine.Limits:
        """Those of a run that is not given any."""
        return FixedLimits()

    async def begin(
        self, file: Users, *, rows: list[PlannedRow] | None = None, limits: engine.Limits | None = None
    ) -> Run:
        session = self.session()
        identity = await session.identify()
        header = Header(
            instance=session.client.transport.origin,
            organization=identity.organization,
            account=identity.account,
            file=FileIdentity(path="/people.csv", digest="abc", rows=len(file.content)),
            options=Options(),
        )
        planned = file.planned() if rows is None else rows
        return await engine.begin(
            session, header, planned, file, file, limits or self.limits(), root=self.root
        )

    async def resume(self, run: Run | RunFiles, file: Users, account: str = "") -> Run:
        place = run.files.place if isinstance(run, Run) else run.place
        return await engine.resume(self.session(account), RunFiles(place), file, file, self.limits())

    def roles_of(self, name: str) -> tuple[str, ...]:
        return member_roles(self.demo, id_of(self.demo, name))


def events(bench: Bench) -> int:
    """How many events there are, of anything."""
    return sum(len(history) for history in bench.demo.store.histories.values())


async def finished(run: Run) -> dict[str, RowResult]:
    """The last result of each row, by user name; a run that pauses is stopped."""
    results: dict[str, RowResult] = {}
    async for item in run.follow():
        if isinstance(item, RowResult):
            results[item.user_name] = item
        elif item.kind == "paused":
            run.stop()
    return results


def payroll(bench: Bench) -> ProjectRoles:
    store = bench.demo.store
    project = next(one for one in store.projects.values() if one.org == store.default_org and one.roles)
    return ProjectRoles(Project(project.id, project.name), tuple(project.roles)[:1])
