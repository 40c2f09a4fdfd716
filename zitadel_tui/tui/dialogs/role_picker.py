"""A picker for the roles of an organization and of its projects, with an explanation of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from zitadel_tui.core import rights, roles, words
from zitadel_tui.core.advice import advice
from zitadel_tui.core.projects import Project
from zitadel_tui.core.search import folded
from zitadel_tui.failure import Failure
from zitadel_tui.text import cut, shown
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.dialogs.project_selection import ProjectSelection
from zitadel_tui.tui.dialogs.role_selection import Selection
from zitadel_tui.tui.format.lines import BLANK, DIM, WARNING, Line, flow, hanging, went_wrong
from zitadel_tui.tui.format.meanings import role_tone
from zitadel_tui.tui.format.role_notes import LABEL, above, notes
from zitadel_tui.tui.format.sentences import missing_permission
from zitadel_tui.tui.keys import in_field
from zitadel_tui.tui.widgets.filter_bar import FilterBar
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine, content
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session
    from zitadel_tui.tui.ports import Shell

_COLUMNS = (
    Column("sign", "", 3),
    Column("role", "ROLE", 31, min_width=20),
    Column("words", "DESCRIPTION", 20, min_width=10, grow=1, dim=True),
)
_NOTE = Column("note", "HAVE IT", 11, min_width=9)
_WARNED: tuple[tuple[str, Tone], ...] = ((" !", "danger"),)
"""Behind a role about which the note below the list warns; its name keeps the colour of its power."""
_NOTES = 6  # lines
_SHORT = 20  # lines of a short terminal


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row: an administrator role, a project (without ``role``), one of its roles, or what is in the way of
    listing projects."""

    role: str = ""
    project: Project | None = None
    problem: Failure | None = None

    @property
    def id(self) -> str:
        return f"{self.project.id}\0{self.role}" if self.project else self.role or "\0"


class RolePicker(Dialog[list[str]]):
    """The list has administrator roles, then projects, which open to show their roles.

    Below it are what the role under the cursor permits, and the difference. It reads the offered roles. A
    subclass uses :attr:`selection` and :attr:`in_projects` in ``do_save`` and ``do_request``. Its result
    are the offered administrator roles, as far as they are known.
    """

    action_group = "assign"
    WIDTH = 108
    DEFAULT_CSS = """
    RolePicker > #frame { height: 90%; max-height: 34; }
    RolePicker.-narrow > #frame { height: 100%; }
    RolePicker #title { margin-bottom: 0; }
    RolePicker RecordTable { height: 1fr; min-height: 3; }
    RolePicker FilterBar { display: none; }
    RolePicker.-filtering FilterBar { display: block; }
    RolePicker.-short #notes { max-height: 3; }
    RolePicker #notes { height: auto; max-height: 6; }
    RolePicker #state { max-height: 3; }
    RolePicker #then { max-height: 3; }
    RolePicker #difference { height: auto; }
    RolePicker KeyFooter { margin-top: 0; }
    """

    def __init__(
        self, title: str, selection: Selection, in_projects: ProjectSelection, offered: Iterable[str]
    ) -> None:
        super().__init__()
        self.title_text = title
        self.selection = selection
        self.in_projects = in_projects
        self.offered = list(offered)
        """The roles of the organization, as far as they are known."""
        self._known = bool(self.offered)
        self._has_begun = False
        self._session = self.app.session
        columns = (*_COLUMNS, _NOTE) if selection.noted else _COLUMNS
        self._open: set[str] = set()  # ids of projects whose roles are listed
        self._entries: list[_Entry] = []
        self._filter = FilterBar("filter: words of roles and projects")
        self._table = RecordTable(columns, styles=self._tone, one_click=True)
        self._notes = SafeBlock(id="notes")
        self._now = SafeLine(id="now")
        self._then = SafeBlock(id="then")
        self._state = SafeBlock(id="state")

    if TYPE_CHECKING:
        app: Shell

    def body(self) -> ComposeResult:
        yield self._filter
        yield self._table
        yield self._notes
        with Vertical(id="difference"):
            yield self._now
            yield self._then
            yield self._state

    def on_mount(self) -> None:
        self.set_focus(self._table)
        self.app.projects.changed.subscribe(self, lambda nothing: self.show())
        self.app.projects.want()
        self.show()
        self.do_again()

    def on_resize(self) -> None:
        self.set_class(self.size.height < _SHORT, "-short")
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Show again what depends on the width."""
        self._show_difference()
        self._explain()

    # What is seen

    @property
    def roles(self) -> list[str]:
        """The offered roles, and roles that the user has although they are not offered."""
        return rights.sort_roles([*self.offered, *self.selection.roles])

    def show(self) -> None:
        """Update everything to the current data and choices; the cursor stays on its role."""
        self._entries = self._listed()
        self._table.set_rows([entry.id for entry in self._entries], self._row)
        self._begin_harmless()
        self._show_difference()
        self._explain()
        self.app.refresh_keys()

    def _show_difference(self) -> None:
        now, then = self.selection.lines()
        room = self._room - content(*now).cell_length
        self._now.show(*now, *self.in_projects.now(room))
        lines = flow(then, self._room, LABEL)
        if in_projects := self.in_projects.then():
            if self.selection.noted and not self.selection.changed:
                lines = flow((*then[:1], *in_projects), self._room, LABEL)  # the label alone before them
            else:
                lines += flow((" " * LABEL, *in_projects), self._room, LABEL)
        self._then.update(*lines)

    @property
    def _room(self) -> int:
        """Cells of a line below the list."""
        return self._notes.size.width or self.width - 4

    def _listed(self) -> list[_Entry]:
        """What fits the filter; of a project that is open, the roles, too."""
        wanted = folded(self._filter.text).split()
        found = [_Entry(role) for role in self.roles if _fits(wanted, role, rights.summary(role))]
        store = self.app.projects
        if store.projects is None:
            return [*found, _Entry(problem=store.failure)] if store.failure else found
        for project in store.projects:
            of_project = self._roles_of(project, wanted)
            if of_project or _fits(wanted, project.name, project.id):
                found += [_Entry(project=project), *of_project]
        return found

    def _roles_of(self, project: Project, wanted: list[str]) -> list[_Entry]:
        selection = self.in_projects.touched.get(project.id)
        known = self.app.projects.roles(project.id)
        if not isinstance(known, list) or project.id not in self._open:
            return []
        keys = [role.key for role in known]
        keys += sorted({*(selection.roles if selection else ())} - set(keys))
        names = {role.key: role.display_name for role in known}
        return [_Entry(key, project) for key in keys if _fits(wanted, project.name, key, names.get(key, ""))]

    def _begin_harmless(self) -> None:
        """For a user without roles, put the cursor on the first role that does not grant everything."""
        if self._has_begun or not self.roles or self._filter.text:
            return
        self._has_begun = True
        harmless = next((role for role in self.roles if not rights.is_powerful(role)), None)
        if not self.selection.roles and harmless is not None:
            self._table.select(harmless)

    def say(self, *lines: Line) -> None:
        """Show a sentence below the difference, or clear it."""
        self._state.update(*lines)
        self._state.display = bool(lines)

    def refuse(self, failure: Failure) -> None:
        """Show what went wrong; all choices stay."""
        self.say(*went_wrong(failure))

    def _row(self, index: int) -> Row:
        entry = self._entries[index]
        if entry.problem is not None:
            return "", (("Projects", "dim"),), f"{entry.problem.summary} {advice(entry.problem)}".strip()
        if entry.project is not None:
            return self._project_row(entry.project, entry.role)
        role = entry.role
        warned = above(role, self.app.account) or self._is_gone(role)
        room = self._table.width_of("role")
        name = cut(shown(role), max(1, room - 2)) if warned and room else role
        return (
            self.selection.sign(role),
            ((name, role_tone(role)), *(_WARNED if warned else ())),
            rights.summary(role),
            self.selection.note(role),
        )

    def _project_row(self, project: Project, role: str) -> Row:
        selection = self.in_projects.of(project.id)
        if not role:
            sign = " ▾" if project.id in self._open else " ▸"
            return sign, project.name or project.id, self._about_project(project), ""
        if selection is None:
            return "", f"  {role}", self._display_name(project, role), ""
        return selection.sign(role), f"  {role}", self._display_name(project, role), selection.note(role)

    def _about_project(self, project: Project) -> str:
        """A project in a few words: owner, state, and number of roles."""
        known = self.app.projects.roles(project.id)
        told = [] if project.is_active else [words.activity(project)]
        told += [f"granted by {project.owner}"] if project.owner else []
        if isinstance(known, list):
            told.append(words.plural(len(known), "role"))
        elif isinstance(known, Failure):
            told.append(known.summary)
        elif project.id in self._open:
            told.append("reading roles …")
        return " · ".join(told) or "project"

    def _display_name(self, project: Project, key: str) -> str:
        known = self.app.projects.roles(project.id)
        role = next((one for one in known if one.key == key), None) if isinstance(known, list) else None
        if role is None:
            return "no longer offered by this project"
        return " · ".join(filter(None, (role.display_name, role.group)))

    def _tone(self, index: int) -> Tone:
        entry = self._entries[index]
        is_active = entry.project is None or entry.project.is_active
        return "warning" if entry.problem is not None or not (is_active or entry.role) else ""

    def _is_gone(self, role: str) -> bool:
        return self._known and role not in self.offered

    @property
    def _entry(self) -> _Entry | None:
        """Under the cursor."""
        row_id = self._table.cursor_id
        return next((entry for entry in self._entries if entry.id == row_id), None)

    def _explain(self) -> None:
        entry = self._entry
        if entry is None:
            told = "Reading roles …" if not self._known else "No role or project matches the filter."
            self._notes.update(((told, DIM),))
            return
        if entry.project is not None or entry.problem is not None:
            self._notes.update(BLANK, *self._about(entry)[: _NOTES - 1])
            return
        role = entry.role
        told_of_role = notes(
            role,
            self.selection.beside(role),
            is_above=above(role, self.app.account),
            offered=not self._is_gone(role),
            width=self._room,
        )
        self._notes.update(BLANK, *told_of_role[: _NOTES - 1])

    def _about(self, entry: _Entry) -> list[Line]:
        width = self._room
        if entry.problem is not None:
            return hanging("", f"{entry.problem.summary} {advice(entry.problem)}", width, WARNING)
        project = entry.project
        assert project is not None
        lines: list[Line] = []
        if entry.role:
            lines.append((f"{entry.role} in {project.name or project.id}",))
            lines.append(((self._display_name(project, entry.role), DIM),))
        else:
            key = self.app.keymap.hint(f"{self.action_group}.toggle")
            does = "hides" if project.id in self._open else "shows"
            lines.append((f"{project.name or project.id}: {key} {does} its roles",))
            lines.append(((f"id {project.id}", DIM),))
        if not project.is_active:
            lines.append((("The project is inactive: its roles do not count.", WARNING),))
        if reason := self._may_not_grant(project):
            lines.append(((reason, WARNING),))
        return lines

    def _may_not_grant(self, project: Project) -> str | None:
        """Why this account cannot assign roles of the project, if that is known."""
        account = self.app.account
        if account is None or account.may(rights.GRANTING, project_id=project.id):
            return None
        return f"This account may not assign roles of this project: it lacks {rights.GRANTING}."

    @property
    def is_changed(self) -> bool:
        """Whether a role is chosen to be added or removed."""
        return self.selection.changed or self.in_projects.changed

    @property
    def removed(self) -> list[str]:
        """The roles that would be removed, as a question names them."""
        in_projects = [
            f"{role} in {self.in_projects.name(id)}"
            for id, one in self.in_projects.touched.items()
            for role in one.removed
        ]
        return [*self.selection.removed, *in_projects]

    def finish(self) -> None:
        self.close(self.offered)

    def reason_against(self, action_id: str) -> str | None:
        if action_id != "assign.close" and self.app.session is not self._session:
            leave = self.app.keymap.hint(f"{self.action_group}.close")
            return f"Another session has begun: {leave} closes this."
        entry = self._entry
        if action_id != f"{self.action_group}.toggle" or entry is None or not entry.role:
            return None
        account = self.app.account
        if entry.project is not None:
            return self._may_not_grant(entry.project)
        if account is None or account.may(rights.ASSIGNING):
            return None
        return missing_permission(rights.ASSIGNING)

    def do_again(self) -> None:
        """Read the current state; the choices stay."""

        async def read(session: "Session") -> list[str]:
            return await roles.offered(session.client)

        self.app.network.submit(self, read, then=self._offered, failed=self.refuse, group="offered")

    def _offered(self, offered: list[str]) -> None:
        self.offered, self._known = offered, True
        self.show()

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._explain()

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        """Save on enter, which changes no choice; toggle on a click."""
        event.stop()
        self.perform("toggle" if event.clicked else "save")

    def do_toggle(self) -> None:
        entry = self._entry
        if entry is None or entry.problem is not None:
            return
        if entry.project is None:
            self.selection.toggle(entry.role)
        elif not entry.role:
            self._open_or_close(entry.project)
        elif (selection := self.in_projects.of(entry.project.id)) is not None:
            selection.toggle(entry.role)
        self.say()
        self.show()

    def _open_or_close(self, project: Project) -> None:
        self._open ^= {project.id}
        if project.id in self._open:
            self.in_projects.names[project.id] = project.name
            self.app.projects.want_roles(project)
            self.opened(project)

    def opened(self, project: Project) -> None:
        """Called when a project is opened, or opened again."""

    # The filter

    def do_filter(self) -> None:
        self.add_class("-filtering")
        self._filter.edit()

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """What is found first is under the cursor: no other role is toggled by a space that follows."""
        self.show()
        if event.text:
            self._table.action_first()

    def on_filter_bar_left(self) -> None:
        self.leave_filter()

    def leave_filter(self) -> None:
        """Return to the list; a filter that is set stays visible."""
        self.set_class(bool(self._filter.text), "-filtering")
        self.set_focus(self._table)

    def steps_back(self) -> bool:
        """Handle escape in the filter, or clear the filter; returns whether there was something to do."""
        if in_field(self):
            self.leave_filter()
            return True
        if self._filter.text:
            self._filter.text = ""
            self.remove_class("-filtering")
            return True
        return False

    def warn(self, sentence: str) -> None:
        self.say(((sentence, WARNING),))


def _fits(wanted: list[str], *texts: str) -> bool:
    """Whether all words occur."""
    text = folded("\n".join(texts))
    return all(word in text for word in wanted)
