"""The roles to assign to a user who does not exist yet."""

from collections.abc import Iterable

from zitadel_tui.core.projects import ProjectRoles
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.project_selection import ProjectsOfOne
from zitadel_tui.tui.dialogs.role_picker import RolePicker
from zitadel_tui.tui.dialogs.role_selection import OfOne


class ChooseRoles(RolePicker):
    """Ends with the administrator roles that are chosen, most powerful first; :attr:`chosen_in_projects` are
    the project roles. Writes nothing."""

    action_group = "choose_roles"

    def __init__(
        self, chosen: Iterable[str], grants: Iterable[ProjectRoles], offered: Iterable[str], who: str
    ) -> None:
        self._choice = OfOne(())
        for role in chosen:
            self._choice.toggle(role)
        self._projects = ProjectsOfOne.of_nobody(grants)
        title = f"Roles for {shown(who) or 'a new user'}"
        super().__init__(title, self._choice, self._projects, offered)

    @property
    def chosen_in_projects(self) -> tuple[ProjectRoles, ...]:
        known = {project.id: project for project in self.app.projects.projects or ()}
        return self._projects.chosen(known)

    def do_save(self) -> None:
        self.close(list(self._choice.wanted))

    def do_close(self) -> None:
        if not self.steps_back():
            self.close(None)
