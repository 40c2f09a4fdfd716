"""The Roles view: the offered roles, what each permits, who has it, and a comparison of two."""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from zitadel_tui.core import requests, rights, roles, words
from zitadel_tui.core.members import Holders
from zitadel_tui.core.requests import Request
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.format.lines import BLANK, DIM, STRONG, Line, failed, how_old, key_line, not_refreshed
from zitadel_tui.tui.format.meanings import role_tone
from zitadel_tui.tui.format.role_text import comparison_lines, held, role_lines
from zitadel_tui.tui.messages import ShowView
from zitadel_tui.tui.widgets.panel import Panel
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session

_COLUMNS = (
    Column("role", "ROLE", 29, min_width=20),
    Column("holders", "HOLDERS", 7, min_width=7, align="right"),
    Column("words", "PERMITS", 30, min_width=20, priority=1, grow=1, dim=True),
)
_BESIDE_FROM = 120  # columns
_TELL_AGE_EVERY = 10.0  # seconds
_NOT_OFFERED = "held, but no longer offered here"


class RolesView(View):
    """The roles, with everything about the one under the cursor beside or below the list."""

    DEFAULT_CSS = """
    RolesView {
        & > #roles { height: 1fr; layout: vertical; }
        & RecordTable { height: auto; max-height: 66%; }
        & #detail { height: 1fr; margin-top: 1; padding: 0 1 0 3; }
        &.-reading RecordTable { max-height: 3; }
        & #state {
            display: none; padding: 1 3; height: 1fr; content-align: center middle; text-align: center;
        }
        &.-empty #state { display: block; }
        &.-empty RecordTable, &.-empty #detail { display: none; }
        &.-beside > #roles { layout: horizontal; }
        &.-beside RecordTable { width: 45; height: 1fr; max-height: 100%; }
        &.-beside #detail { width: 1fr; margin: 0; padding: 0 1; border-left: solid $border; }
        &.-beside #detail:focus { border-left: heavy $text-accent; }
        & > #foot { height: 1; padding: 0 3; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._table = RecordTable(_COLUMNS, is_selected=lambda role: role == self._compared)
        self._detail = Panel(id="detail")
        self._state = SafeBlock(id="state")
        self._foot = SafeLine(id="foot")
        self._forget()

    def _forget(self) -> None:
        self._offered: list[str] | None = None
        self._read_at = 0.0
        self._failure: Failure | None = None
        self._compared: str | None = None

    def compose(self) -> ComposeResult:
        self._lay_out()
        yield Container(self._table, self._detail, self._state, id="roles")
        yield self._foot

    def on_mount(self) -> None:
        self.app.members.changed.subscribe(self, lambda nothing: self._members_changed())
        self.call_later(self._members_changed)  # nothing is shown before all of the view is mounted
        self.set_interval(_TELL_AGE_EVERY, self._tell_age)

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """By the width of the terminal, which is known before the view has one."""
        self.set_class(self.app.size.width >= _BESIDE_FROM, "-beside")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.set_class(self._detail.has_focus, "-reading")

    # Reading

    def opened(self) -> None:
        self._forget()
        if self.is_current:
            self.reload()

    def reload(self) -> None:
        async def ask(session: "Session") -> list[str]:
            return await roles.offered(session.client)

        self.app.network.submit(self, ask, then=self._read, failed=self._refused, group="roles")
        self._show()

    def _read(self, offered: list[str]) -> None:
        self._offered, self._read_at, self._failure = offered, time.monotonic(), None
        self._show()

    def _refused(self, failure: Failure) -> None:
        self._failure = failure
        self._show()

    def _members_changed(self) -> None:
        """Read the roles once the members are read, which are shown first."""
        if self._offered is None and self._failure is None and self.app.members.roster is not None:
            self.reload()
        else:
            self._show()

    # Showing

    @property
    def _holders(self) -> Holders | None:
        return self.app.members.holders

    @property
    def _keys(self) -> list[str]:
        """The offered roles, then roles that members have although not offered."""
        offered = self._offered or []
        held = self._holders.roles if self._holders else frozenset[str]()
        return offered + rights.sort_roles(held - set(offered))

    @property
    def _selected(self) -> str | None:
        return self._table.cursor_id

    def _show(self) -> None:
        if not self.is_mounted:
            return
        keys = self._keys if self._offered is not None else []
        self._table.set_rows(keys, lambda index: self._cells(keys[index]))
        self.set_class(not keys, "-empty")
        self._state.update(*([] if keys else self._instead()))
        self.count = words.count(len(keys)) if keys else None
        self._tell_age()
        self._show_detail()
        self.app.refresh_keys()

    def _tell_age(self) -> None:
        """Show the age of the roles. The holders come from the members, which are refreshed all the time."""
        age = time.monotonic() - self._read_at
        known = self._offered is not None
        self.note = how_old(age, refreshed=self._failure is None) if known else ""

    def _cells(self, role: str) -> Row:
        number = "" if self._holders is None else words.count(self._holders.number(role))
        told = rights.summary(role) if role in (self._offered or ()) else _NOT_OFFERED
        return ((role, role_tone(role)),), number, told

    def _instead(self) -> list[Line]:
        if self._failure is not None:
            return failed(self._failure, "list roles", key=self.hint("app.reload"))
        if self._offered is None:
            return [(("Reading roles …" if self.app.session else "Signing in …", DIM),)]
        return [
            (("This organization offers no roles.", STRONG),),
            BLANK,
            key_line(self.hint("app.reload"), "reads again"),
        ]

    def _show_detail(self) -> None:
        role, compared = self._selected, self._compared
        self._foot.show(*self._foot_line())
        if role is None:
            return
        if compared is not None and compared != role:
            self._detail.show(
                f"{compared} {role}", lambda width: comparison_lines(str(compared), str(role), width)
            )
            return
        holders = None if self._holders is None else held(role, self._holders)
        self._detail.show(role, lambda width: role_lines(str(role), holders, width))

    def _foot_line(self) -> Line:
        if self._failure is not None and self._offered is not None:
            return not_refreshed(self._failure, key=self.hint("app.reload"))
        if self._compared is not None:
            told = f"Comparing with {self._compared}: move to another role · {self.hint('app.back')} ends it"
            return ((told, "$text-accent"),)
        if self._selected is None:
            return ("",)
        return ((f"tab reads on · {self.hint('roles.compare')} compares two", DIM),)

    # Keys

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._show_detail()

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        event.stop()
        self.do_holders()

    def do_holders(self) -> None:
        self.post_message(ShowView("members", query=f"role:{self._selected}"))

    def do_compare(self) -> None:
        """Compare the role under the cursor with others, or end comparing."""
        self._compared = None if self._compared is not None else self._selected
        self._table.refresh()
        self._show_detail()

    def step_back(self) -> None:
        if self._detail.has_focus:
            self.screen.set_focus(self._table)
        elif self._compared is not None:
            self.do_compare()

    # What the shell asks

    def shown_again(self) -> None:
        self.screen.set_focus(self._table)
        if self._offered is None:
            self.reload()

    def jump(self, **to: str) -> None:
        if role := to.get("role"):
            self._table.select(role)

    def request(self) -> Request | None:
        return requests.role_list()

    def copy_text(self) -> tuple[str, str] | None:
        role = self._selected
        return (f"the role {shown(role)}", role) if role else None

    def table_rows(self) -> tuple[list[str], Iterable[Sequence[str]], str] | None:
        if self._offered is None:
            return None
        header = ["role", "holders", "permits", "permissions"]
        rows = [
            (role, *map(str, self._cells(role)[1:]), " ".join(rights.permissions(role) or ()))
            for role in self._keys
        ]
        return header, rows, "roles"

    def reason_against(self, action_id: str) -> str | None:
        if action_id in ("roles.holders", "roles.compare", "app.copy") and self._selected is None:
            return "No role is under the cursor."
        return None
