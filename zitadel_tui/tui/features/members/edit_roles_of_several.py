"""The dialog that adds or removes roles for several members; their other roles stay."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from zitadel_tui.core import members, words
from zitadel_tui.core.projects import Project
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import TextDialog, ask
from zitadel_tui.tui.dialogs.confirm import Confirm, confirmed_where_protected
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.dialogs.project_selection import ProjectsOfSeveral
from zitadel_tui.tui.dialogs.role_picker import RolePicker
from zitadel_tui.tui.dialogs.role_selection import OfSeveral
from zitadel_tui.tui.format.lines import DIM, WARNING, Line
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.projects import UserGrant

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Change
    from zitadel_tui.core.session import Session

_NAMED = 8


class EditRolesOfSeveral(RolePicker):
    """``space`` cycles through keep, add and remove; other roles stay."""

    def __init__(
        self,
        chosen: Sequence[Member],
        offered: list[str],
        organization: str,
        started: Callable[[], None],
    ) -> None:
        """Users in ``chosen`` without roles are not members yet; ``started`` is called when the job
        starts."""
        self._people = {member.user_id: member for member in chosen}
        self.choice = OfSeveral({member.user_id: member.roles for member in chosen})
        self._new_members = {member.user_id: member for member in chosen if not member.roles}
        who = f"{len(chosen)} users in" if self._new_members else f"{len(chosen)} members of"
        self.projects = ProjectsOfSeveral(self._people)
        title = f"Roles of {who} {shown(organization)}"
        super().__init__(title, self.choice, self.projects, offered)
        self._started = started

    def opened(self, project: Project) -> None:
        """Read the users' roles in the project."""

        async def read(session: "Session") -> list[UserGrant]:
            from zitadel_tui.core import projects

            return await projects.grants(session.client, project_id=project.id)

        def then(grants: list[UserGrant]) -> None:
            self.projects.read(project.id, grants)
            self.show()

        self.app.network.submit(self, read, then=then, failed=self.refuse, group=f"grants of {project.id}")

    @property
    def changes(self) -> "list[Change]":
        """One change for each user, based on the roles seen, and one for each project."""
        from zitadel_tui.core.changes import SetRoles

        of_members: list[Change] = [
            SetRoles(user_id, member.roles, self.choice.wanted(user_id), who=members.name(member))
            for user_id, member in self._people.items()
            if self.choice.changed
        ]
        return [*of_members, *self._grant_changes()]

    def _grant_changes(self) -> "Iterator[Change]":
        """Changes that only add or remove roles, so that the user's other roles need not be read."""
        from zitadel_tui.core.changes import AddGrantRoles, RemoveGrantRoles

        for id, choice in self.projects.touched.items():
            project = self.projects.name(id)
            for user_id, member in self._people.items():
                seen, who = choice.users[user_id], members.name(member)
                if added := tuple(role for role in choice.added if role not in seen):
                    yield AddGrantRoles(user_id, id, added, who=who, project=project)
                if removed := tuple(role for role in choice.removed if role in seen):
                    yield RemoveGrantRoles(user_id, id, removed, who=who, project=project)

    def reason_against(self, action_id: str) -> str | None:
        if action_id in ("assign.save", "assign.request") and not self.is_changed:
            toggle = self.app.keymap.hint("assign.toggle")
            return f"Nothing has changed yet: {toggle} adds a role to all, or removes it from all."
        return super().reason_against(action_id)

    async def do_save(self) -> None:
        if self.removed:
            asked = ask(self.app, self._confirm())
            if not (await asked and await confirmed_where_protected(self.app, over=self)):
                return
        job = self.app.jobs.start(self.changes, self.choice.on_top_of, self._new_members)
        app = self.app
        self._started()
        self.close(self.offered)
        app.push_screen(JobResultDialog(job))

    def _confirm(self) -> Confirm:
        losing = [member for member in self._people.values() if set(member.roles) & set(self.choice.removed)]
        lines: list[Line] = []
        if self.choice.changed:
            lines += [self.choice.lines()[1], *([_names("from", losing)] if losing else [])]
        if leaving := [self._people[user_id] for user_id in self.choice.leaving]:
            lines.append((*_names("no longer members:", leaving), ("", WARNING)))
        if in_projects := self.projects.then():
            lines.append(tuple(in_projects))
        lines += [((sentence, WARNING),) for sentence in self.projects.leaving()]
        who = words.plural(len(losing), "member") if losing else words.plural(len(self._people), "user")
        return Confirm(f"Remove {', '.join(map(shown, self.removed))} from {who}?", lines, verb="Remove")

    def do_request(self) -> None:
        assert self.app.session is not None
        curl = self.app.session.curl
        different = [change for change in self.changes if _is_different(change)]
        told = [f"# {change.describe()}\n{curl(call)}" for change in different for call in change.calls()]
        self.app.push_screen(
            TextDialog("The requests of this change", "\n\n".join(told), called="the curl commands")
        )

    async def do_close(self) -> None:
        if self.steps_back():
            return
        left: list[Line] = [self.choice.lines()[1]] if self.choice.changed else []
        left += [tuple(self.projects.then())] if self.projects.changed else []
        if left and not await ask(self.app, Confirm("Leave without saving?", left, verb="Leave")):
            return
        self.close(self.offered)


def _is_different(change: "Change") -> bool:
    from zitadel_tui.core.changes import SetRoles

    return not isinstance(change, SetRoles) or set(change.seen) != set(change.wanted)


def _names(label: str, some: Sequence[Member]) -> Line:
    named = ", ".join(shown(members.name(member)) for member in some[:_NAMED])
    more = f" and {words.count(len(some) - _NAMED)} more" if len(some) > _NAMED else ""
    return ((f"{label}  ", DIM), f"{named}{more}")
