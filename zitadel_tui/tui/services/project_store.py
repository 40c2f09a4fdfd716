"""Projects of the organization and their roles: read when they are first wanted, kept for the session."""

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.signal import Signal

from zitadel_tui.failure import Failure
from zitadel_tui.tui.services.network import Network

if TYPE_CHECKING:
    from zitadel_tui.core.projects import Project
    from zitadel_tui.core.session import Session
    from zitadel_tui.zitadel.wire.projects import ProjectRole


class ProjectStore:
    """``changed`` is published when projects or roles have been read, or could not be."""

    def __init__(self, app: App[Any], network: Network) -> None:
        self.changed: Signal[None] = Signal(app, "projects")
        self._app = app
        self._network = network
        self.forget()

    def forget(self) -> None:
        """Forget everything: another session begins."""
        self.projects: list[Project] | None = None
        self.failure: Failure | None = None
        self._read_at = 0.0
        self._wanted = False
        self._roles: dict[str, list[ProjectRole] | Failure | None] = {}

    @property
    def age(self) -> float | None:
        """Seconds since the projects were read."""
        return None if self.projects is None else time.monotonic() - self._read_at

    def want(self) -> None:
        """Read the projects, unless they are read or being read."""
        if not self._wanted:
            self.reload()

    def reload(self) -> None:
        """Read the projects again; roles when they are wanted next."""
        from zitadel_tui.core import projects

        self._wanted = True

        async def ask(session: "Session") -> "list[Project]":
            return await projects.read(session.client)

        self._network.submit(self._app, ask, then=self._read, failed=self._refused, group="projects")

    def _read(self, found: "list[Project]") -> None:
        self.projects, self.failure, self._read_at = found, None, time.monotonic()
        self._roles.clear()
        self.changed.publish(None)

    def _refused(self, failure: Failure) -> None:
        self.failure, self._wanted = failure, False
        self.changed.publish(None)

    def project(self, project_id: str) -> "Project | None":
        return next((one for one in self.projects or () if one.id == project_id), None)

    def roles(self, project_id: str) -> "list[ProjectRole] | Failure | None":
        """The roles that were read; None before."""
        return self._roles.get(project_id)

    def want_roles(self, project: "Project") -> None:
        """Read the roles of one project, unless they are read or being read; a failure is retried."""
        if project.id in self._roles and not isinstance(self._roles[project.id], Failure):
            return
        from zitadel_tui.core import projects

        self._roles[project.id] = None

        async def ask(session: "Session") -> "list[ProjectRole]":
            return await projects.roles(session.client, project)

        took = partial(self._took, project.id)
        self._network.submit(self._app, ask, then=took, failed=took, group=f"roles of {project.id}")

    def _took(self, project_id: str, result: "list[ProjectRole] | Failure") -> None:
        self._roles[project_id] = result
        self.changed.publish(None)
