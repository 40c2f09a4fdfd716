"""The Projects view: own and granted projects, their roles, and who has them."""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from zitadel_tui.core import projects, requests, words
from zitadel_tui.core.collection import Collection
from zitadel_tui.core.projects import GRANT_FIELDS, PROJECT_SCHEMA, Project
from zitadel_tui.core.requests import Request
from zitadel_tui.core.search import parse
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.driver.workers import start_worker
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.features.projects import labels
from zitadel_tui.tui.format.lines import (
    BLANK,
    DIM,
    STRONG,
    WARNING,
    Line,
    failed,
    how_many,
    how_old,
    key_line,
    no_match,
    not_refreshed,
)
from zitadel_tui.tui.format.user import UserContext
from zitadel_tui.tui.services.listing import Listing, Running, Task
from zitadel_tui.tui.widgets.filter_bar import FilterBar
from zitadel_tui.tui.widgets.panel import Panel
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import RecordTable, Row, Tone
from zitadel_tui.tui.widgets.user_panel import UserPanel
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.projects import UserGrant

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

_BESIDE_FROM = 120  # columns
_SHORT = 20  # lines of a terminal in which the list leaves more room for the roles below it
_TELL_AGE_EVERY = 10.0  # seconds
_PAUSE = 0.12  # seconds that the cursor rests on a project before its roles are asked for
_PROJECT_HINT = "filter: words"
_HOLDER_HINT = "filter: words, role:viewer, state:inactive"
_OF_A_ROW = ("projects.open", "app.copy")


class ProjectsView(View):
    """The list of projects with the roles of the one under the cursor, or the users of an opened project
    with the details of the one under the cursor."""

    DEFAULT_CSS = """
    ProjectsView {
        & > #body { height: 1fr; layers: list person; }
        & #lists { width: 1fr; layer: list; }
        & #holders, &.-opened #projects { display: none; }
        &.-opened #holders { display: block; }
        & #projects { height: auto; max-height: 60%; }
        & #project { height: 1fr; margin-top: 1; padding: 0 1 0 3; }
        &.-opened #project, &.-empty #project { display: none; }
        & #state {
            display: none; padding: 1 3; height: 1fr; content-align: center middle; text-align: center;
        }
        &.-empty #state { display: block; }
        &.-empty #projects, &.-empty #holders { height: 1; }
        & #person { display: none; layer: person; width: 100%; height: 100%; }
        &.-person #person { display: block; }
        &.-beside #lists { layout: horizontal; }
        &.-beside #projects { width: 1fr; height: 1fr; max-height: 100%; }
        &.-short #projects { max-height: 50%; }
        &.-short #project { margin-top: 0; }
        &.-beside #project { width: 45%; height: 1fr; margin: 0; padding: 0 1; border-left: solid $border; }
        &.-beside #person { layer: list; width: 38%; min-width: 47; border-left: solid $border; }
        &.-beside #project:focus, &.-beside #person:focus { border-left: heavy $text-accent; }
        & > #foot { height: 1; padding: 0 3; }
        &.-person > #foot { display: none; }
        &.-beside > #foot { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._filter = FilterBar(_PROJECT_HINT)
        self._projects = RecordTable(labels.PROJECT_COLUMNS, styles=self._tone_of_project, id="projects")
        self._holders = RecordTable(labels.HOLDER_COLUMNS, styles=self._tone_of_holder, id="holders")
        self._detail = Panel(id="project")
        self._state = SafeBlock(id="state")
        self._person = UserPanel(self.app.network, self._place, id="person")
        self._foot = SafeLine(id="foot")
        self._known: Listing[Project] = Listing("name", run=self._run, changed=self._show)
        self._granted: Listing[UserGrant] = Listing("name", run=self._run, changed=self._show)
        self._painted: dict[RecordTable, object] = {}
        self._project_filter = ""
        self._is_ready = False  # whether the parts are mounted
        self._forget()

    def _forget(self) -> None:
        self._opened: Project | None = None
        self._failure: Failure | None = None  # of reading who has roles in the opened project
        self._read_at = 0.0
        self._listed: list[Project] | None = None

    def _run(self, task: Task) -> Running:
        return start_worker(self, task, group="arranging")

    def compose(self) -> ComposeResult:
        self._lay_out()
        yield self._filter
        lists = Vertical(self._projects, self._holders, self._state, self._detail, id="lists")
        yield Horizontal(lists, self._person, id="body")
        yield self._foot

    def on_mount(self) -> None:
        self._is_ready = True
        self.app.projects.changed.subscribe(self, lambda nothing: self._projects_read())
        self.app.pending.granted.subscribe(self, lambda user_id: self._granted_anew(user_id))
        self.set_interval(_TELL_AGE_EVERY, self._tell_age)
        self.call_later(self._projects_read)  # nothing is shown before all of the view is mounted

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """By the size of the terminal, which is known before the view has one."""
        self.set_class(self.app.size.width >= _BESIDE_FROM, "-beside")
        self.set_class(self.app.size.height < _SHORT, "-short")

    # What is seen

    @property
    def settling(self) -> bool:
        return self._listing.settling

    @property
    def _listing(self) -> "Listing[Project] | Listing[UserGrant]":
        return self._known if self._opened is None else self._granted

    @property
    def _table(self) -> RecordTable:
        return self._projects if self._opened is None else self._holders

    @property
    def _project(self) -> Project | None:
        """The open project, or else the one under the cursor."""
        if self._opened is not None:
            return self._opened
        row_id = self._projects.cursor_id
        return self.app.projects.project(row_id) if row_id else None

    @property
    def _grant(self) -> UserGrant | None:
        """The grant of the user under the cursor."""
        rows, row_id = self._granted.rows, self._holders.cursor_id
        return rows.records.get(row_id) if self._opened and rows is not None and row_id else None

    @property
    def _user(self) -> Member | None:
        return None if self._grant is None else projects.member_of(self._grant)

    @property
    def _over(self) -> bool:
        """Whether the details of a user cover the list."""
        return self.has_class("-person") and not self.has_class("-beside")

    def _place(self, member: Member, width: int) -> UserContext:
        account = self.app.account
        here = account.org_id if account else member.user_resource_owner
        return UserContext(
            account.organization_name if account else here, here, datetime.now().astimezone(), width
        )

    def _show(self) -> None:
        """Update everything."""
        if not self._is_ready:
            return
        self.set_class(self._opened is not None, "-opened")
        self._fill()
        rows = self._listing.rows
        lines = [] if rows else self._instead()
        self.set_class(bool(lines), "-empty")
        self._state.update(*lines)
        self._filter.say(self._how_many())
        known = self.app.projects.projects
        self.count = None if known is None else words.count(len(known))
        if self.has_class("-person"):
            self._person.follow(self._user)
        self._show_project()
        self._tell_age()
        self.app.refresh_keys()

    def _fill(self) -> None:
        rows, table = self._listing.rows, self._table
        if rows is None:
            self._painted.pop(table, None)
            table.set_rows((), lambda row: ())
            return
        table.show_order(rows.by, rows.descending)
        if rows.records is self._painted.get(table):
            table.rearrange(rows)
        else:
            self._painted[table] = rows.records
            table.set_rows(rows, self._project_cells if self._opened is None else self._holder_cells)

    def _project_cells(self, index: int) -> Row:
        assert self._known.rows is not None
        return labels.project_row(self._known.rows[index])

    def _holder_cells(self, index: int) -> Row:
        assert self._granted.rows is not None
        return labels.holder_row(
            self._granted.rows[index],
            width_of_name=self._holders.width_of("name"),
            width_of_roles=self._holders.width_of("roles"),
            now=datetime.now().astimezone(),
        )

    def _tone_of_project(self, index: int) -> Tone:
        rows = self._known.rows
        return "" if rows is None or rows[index].is_active else "dim"

    def _tone_of_holder(self, index: int) -> Tone:
        rows = self._granted.rows
        if rows is None:
            return ""
        return "warning" if not rows[index].is_active or not rows[index].role_keys else ""

    def _how_many(self) -> Line:
        rows = self._listing.rows
        if rows is None:
            return ("",)
        total = len(rows.records)
        if self._opened is None:
            return how_many(rows, words.plural(total, "project"), total)
        return how_many(rows, f"{words.plural(total, 'user')} of {self._opened.called}", total)

    def _instead(self) -> list[Line]:
        """Why there are no rows, and the key that helps."""
        again, back = self.hint("app.reload"), self.hint("app.back")
        rows = self._listing.rows
        failure = self._failure if self._opened else self.app.projects.failure
        what = "list who has project roles" if self._opened else "list projects"
        if rows is None and failure is not None:
            return failed(failure, what, key=again)
        if rows is None:
            reading = "Reading users …" if self._opened else "Reading projects …"
            return [((reading if self.app.session else "Signing in …", DIM),)]
        if self._filter.text:
            return no_match("user" if self._opened else "project", self._filter.text, key=back)
        if self._opened is not None:
            told = f"No user has roles in {self._opened.name or self._opened.id}."
            return [((told, STRONG),), BLANK, key_line(back, "shows the projects")]
        return [
            (("This organization has no projects, and none are granted to it.", STRONG),),
            BLANK,
            key_line(again, "reads again"),
        ]

    def _show_project(self) -> None:
        """Show the roles of the project under the cursor; they are read once the cursor rests."""
        self._foot.show(*self._foot_line())
        project = self._project
        if project is None or self._opened is not None:
            return
        roles = self.app.projects.roles(project.id)
        self._detail.show(project.id, lambda width: labels.project_lines(project, roles, width))
        if roles is None and self.is_current:
            self.set_timer(_PAUSE, lambda: self._want_roles(project))

    def _want_roles(self, project: Project) -> None:
        """If the cursor is still there, and no other timer has asked for them meanwhile."""
        is_here = self._opened is None and self._project is not None and self._project.id == project.id
        if is_here and self.app.projects.roles(project.id) is None:
            self.app.projects.want_roles(project)

    def _foot_line(self) -> Line:
        failure = self._failure if self._opened else self.app.projects.failure
        if failure is not None and self._listing.rows is not None:
            return not_refreshed(failure, key=self.hint("app.reload"))
        if self._opened is not None and not self._opened.is_active:
            return ((f"Project {self._opened.called} is inactive: its roles do not count.", WARNING),)
        if self._opened is not None and self._granted.rows:
            return ((f"{self.hint('app.back')} shows the projects", DIM),)
        return ("",)

    def _tell_age(self) -> None:
        if self._opened is None:
            age, refreshed = self.app.projects.age, self.app.projects.failure is None
        else:
            age = time.monotonic() - self._read_at if self._granted.rows is not None else None
            refreshed = self._failure is None
        self.note = "" if age is None else how_old(age, refreshed=refreshed)

    # Reading

    def opened(self) -> None:
        self._forget()
        self._known.clear()
        self._granted.clear()
        self._close_person()
        self._filter.text = ""
        if self.is_current:
            self.app.projects.want()
        self._show()

    def reload(self) -> None:
        if self.has_class("-person"):
            self._person.read()
        if self._opened is None:
            self.app.projects.reload()
        else:
            self._read_holders()

    def _projects_read(self) -> None:
        found = self.app.projects.projects
        if found is not None and found is not self._listed:
            self._listed = found
            records = Collection(PROJECT_SCHEMA)
            records.extend(found)
            self._known.show(records)
        self._show()

    def _read_holders(self) -> None:
        project = self._opened
        assert project is not None

        async def ask(session: "Session") -> list[UserGrant]:
            return await projects.grants(session.client, project_id=project.id)

        self.app.network.submit(
            self, ask, then=self._holders_read, failed=self._holders_refused, group="holders"
        )

    def _granted_anew(self, user_id: str) -> None:
        """Called when this app has changed project roles."""
        self._person.reread(user_id)
        if self._opened is not None:
            self._read_holders()

    def _holders_read(self, found: list[UserGrant]) -> None:
        self._failure, self._read_at = None, time.monotonic()
        records = Collection(projects.grant_schema(key for grant in found for key in grant.role_keys))
        records.extend(found)
        self._granted.show(records)

    def _holders_refused(self, failure: Failure) -> None:
        self._failure = failure
        self._show()

    # Keys

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        if self._opened is None:
            self._show_project()
        elif self.has_class("-person"):
            self._person.follow(self._user)
        self.app.refresh_keys()

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        event.stop()
        self.do_open()

    def on_record_table_head_clicked(self, event: RecordTable.HeadClicked) -> None:
        event.stop()
        self._listing.sort_by(event.key)

    def do_open(self) -> None:
        """Open the users of a project, or the details of a user."""
        if self._opened is None:
            self._open(self._project)
            return
        self.add_class("-person")
        self._person.follow(self._user)
        if self._over:
            self.screen.set_focus(self._person)

    def _open(self, project: Project | None) -> None:
        if project is None:
            return
        self._project_filter = self._filter.text
        self._opened, self._failure = project, None
        self._granted.clear()
        self._filter.hint = _HOLDER_HINT
        self._filter.text = ""
        self._granted.want(query=parse("", GRANT_FIELDS))
        self._show()
        self.screen.set_focus(self._holders)
        self._read_holders()

    def _close(self) -> None:
        self._opened, self._failure = None, None
        self._filter.hint = _PROJECT_HINT
        self._filter.text = self._project_filter
        self._show()
        self.screen.set_focus(self._projects)

    def _close_person(self) -> None:
        self.remove_class("-person")
        self._person.close()

    def do_filter(self) -> None:
        if self._over:
            self._close_person()
        self._filter.edit()

    def do_sort(self) -> None:
        columns = ("name", "state", "owner") if self._opened is None else ("name", "login", "roles", "since")
        self._listing.sort_by(self._listing.column_after(columns))

    def do_reverse(self) -> None:
        self._listing.sort_by(self._listing.wanted.by)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        fields = () if self._opened is None else GRANT_FIELDS
        self._listing.want(query=parse(event.text, fields))

    def on_filter_bar_left(self) -> None:
        self.screen.set_focus(self._table)

    def leave_field(self) -> None:
        self.screen.set_focus(self._table)

    def step_back(self) -> None:
        if self.has_class("-person"):
            self._close_person()
            self.screen.set_focus(self._table)
        elif self._filter.text:
            self._filter.text = ""
        elif self._opened is not None:
            self._close()
        else:
            self.screen.set_focus(self._projects)

    # What the shell asks

    def shown_again(self) -> None:
        self.app.projects.want()
        self.screen.set_focus(self._person if self._over else self._table)
        self._show_project()

    def jump(self, **to: str) -> None:
        project = self.app.projects.project(to.get("project_id", ""))
        if project is not None:
            self._close_person()
            self._open(project)

    def request(self) -> Request | None:
        if self.has_class("-person") and self._grant is not None:
            return requests.user(self._grant.user_id)
        if self._opened is not None:
            return requests.project_users(self._opened.id)
        return requests.project_list()

    def copy_text(self) -> tuple[str, str] | None:
        if self._opened is not None:
            grant = self._grant
            return (f"the id of {shown(projects.holder_name(grant))}", grant.user_id) if grant else None
        project = self._project
        return (f"the id of {project.called}", project.id) if project else None

    def table_rows(self) -> tuple[list[str], Iterable[Sequence[str]], str] | None:
        if self._opened is None:
            rows = self._known.rows
            return None if rows is None else (labels.PROJECT_CSV, labels.project_csv(rows), "projects")
        holders = self._granted.rows
        if holders is None:
            return None
        return labels.HOLDER_CSV, labels.holder_csv(holders), "project-roles"

    def reason_against(self, action_id: str) -> str | None:
        if action_id in _OF_A_ROW and (self._project if self._opened is None else self._grant) is None:
            return "No row is under the cursor."
        return None
