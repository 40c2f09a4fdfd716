"""The results of imports, in a list until each is dismissed: who was created, what is left to do, the
passkey link or password to hand over."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from zitadel_tui.actions import Action
from zitadel_tui.core import importing, user_form, user_lookup
from zitadel_tui.core.user_form import UserForm
from zitadel_tui.text import cells, shown
from zitadel_tui.tui.dialogs.base import Dialog, ask
from zitadel_tui.tui.dialogs.confirm import Confirm, named
from zitadel_tui.tui.features.import_user import labels
from zitadel_tui.tui.format.lines import BLANK, DIM, STRONG, WARNING, Line, Part, hanging
from zitadel_tui.tui.services.imports import Import, ImportService
from zitadel_tui.tui.widgets.safe import SafeBlock
from zitadel_tui.tui.widgets.table import Column, RecordTable, Row, Tone

_LABEL = 14
_REFRESH = 5.0  # seconds: how long a link is still valid is said in minutes
_COLUMNS = (
    Column("name", "NAME", 18, min_width=8, middle=True),
    Column("result", "RESULT", 40, min_width=12, grow=1),
)
_MOST_ROWS = 5
_WRITES = ("imported.assign", "imported.renew", "imported.resend", "imported.check")


class ImportResults(Dialog[UserForm | None]):
    """Returns the form whose choices another user should get; None when it was only closed."""

    action_group = "imported"
    title_text = "Import results"
    WIDTH = 92
    DEFAULT_CSS = """
    ImportResults > #frame { height: 90%; max-height: 22; }
    ImportResults.-narrow > #frame { height: 100%; }
    ImportResults RecordTable { margin-bottom: 1; }
    ImportResults VerticalScroll { height: 1fr; max-height: 100%; }
    """

    def __init__(self, imports: ImportService, *, form_in_use: bool) -> None:
        """``form_in_use``: the form has text that another user's choices would replace."""
        super().__init__()
        self._imports = imports
        self._form_in_use = form_in_use
        self._table = RecordTable(_COLUMNS, styles=self._tone)
        self._details = VerticalScroll(SafeBlock())
        self._results: Sequence[Import] = ()
        self._revealed: Import | None = None

    def body(self) -> ComposeResult:
        yield self._table
        yield self._details

    def on_mount(self) -> None:
        self._imports.changed.subscribe(self, lambda _: self.update())
        self.set_interval(_REFRESH, self.update)
        for one in self._imports.results:
            if one.onboarded is not None:
                self._imports.read_user(one)
        self.update()

    def on_resize(self) -> None:
        self.call_after_refresh(self.update)

    # What is seen

    def update(self) -> None:
        """Update everything; the cursor stays on its result."""
        self._results = tuple(self._imports.results)
        if not self._results:
            self.close(None)
            return
        self._table.set_rows([one.key for one in self._results], self._row)
        self._table.styles.height = 1 + min(len(self._results), _MOST_ROWS)
        self._table.display = len(self._results) > 1
        if self.focused is None or not self.focused.display:
            self.set_focus(self._table if self._table.display else self._details)
        self._show_details()

    def _row(self, index: int) -> Row:
        one = self._results[index]
        return (one.name, labels.outcome(one))

    def _tone(self, index: int) -> Tone:
        one = self._results[index]
        return "danger" if one.onboarded is None else "warning" if labels.is_alarming(one) else ""

    @property
    def one(self) -> Import | None:
        """The result under the cursor."""
        key = self._table.cursor_id
        return next((one for one in self._results if one.key == key), None)

    def _show_details(self) -> None:
        one = self.one
        if one is not self._revealed:
            self._revealed = None
        if one is not None:
            self._details.query_one(SafeBlock).update(*self._lines(one))
        self.app.refresh_keys()

    def _lines(self, one: Import) -> list[Line]:
        if one.onboarded is None:
            return self._unknown(one)
        user = one.user
        login = user_lookup.login(user) if user else ("cannot be read", DIM) if one.user_read else "…"
        lines: list[Line] = [((one.onboarded.imported.sentence, STRONG),), BLANK]
        lines += [((warning, WARNING),) for warning in labels.warnings(one)]
        pairs: list[tuple[str, Part]] = [
            ("login name", login),
            ("id", one.onboarded.user_id),
            ("organization", labels.organization(one)),
            ("state", labels.state(one)),
            ("roles", labels.roles(one) or "none"),
        ]
        for label, value in pairs:
            lines += self._pair(label, value)
        for text in labels.roles_failure(one):
            lines += self._pair("", (text, DIM))
        return [*lines, *self._hand_over(one)]

    def _unknown(self, one: Import) -> list[Line]:
        lines = [labels.summary(one)]
        if one.failure is not None:
            lines += labels.failure_lines(one.failure)
        lines += self._pair("sent", f"{one.sent_at:%Y-%m-%d %H:%M:%S} by {one.target.account}")
        return [*lines, *self._pair("to", str(one.target))]

    def _pair(self, label: str, value: Part) -> list[Line]:
        text, style = value if isinstance(value, tuple) else (value, "")
        width = self._details.query_one(SafeBlock).size.width
        return hanging(label.ljust(_LABEL), text, width, style, DIM) if text else []

    def _hand_over(self, one: Import) -> list[Line]:
        """Password or link: shown on demand; on lines of its own when long, so that it can be selected."""
        if one.form.sign_in not in ("password", "passkey"):
            return []
        label = "password" if one.form.sign_in == "password" else "passkey link"
        if one.secret is None:
            return self._pair(label, ("lost with the answer: create a new one", WARNING))
        lines = self._pair(label, ("hidden", DIM))
        if one is self._revealed:
            text = one.secret.reveal()
            width = self._details.query_one(SafeBlock).size.width
            lines = [((label.ljust(_LABEL), DIM), text)]
            if _LABEL + cells(shown(text)) > width:
                lines = [((label, DIM),), (text,)]
        return [*lines, *self._pair("valid until", self._validity(one))]

    def _validity(self, one: Import) -> Part:
        if one.form.sign_in != "passkey" or one.link_until is None:
            return ""
        left = labels.minutes_left(one)
        if left <= 0:
            return ("expired: create a new one", WARNING)
        return f"{one.link_until:%H:%M}, {left} min from now"

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._show_details()

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        event.stop()
        if self.reason_against("imported.another") is None:
            self.do_another()

    # Keys

    def actions_here(self) -> tuple[Action, ...]:
        """The actions that apply to this result."""
        one = self.one
        if one is None:
            return super().actions_here()
        created = one.onboarded is not None
        causes = {
            "imported.another": created,
            "imported.copy": created,
            "imported.show": created and one.form.sign_in in ("password", "passkey"),
            "imported.draw": created and one.form.sign_in == "passkey",
            "imported.renew": created and one.form.sign_in == "passkey",
            "imported.assign": one.onboarded is not None and bool(one.onboarded.left),
            "imported.resend": created and importing.is_initial(user_form.body(one.form)),
            "imported.check": not created,
        }
        actions = (action for action in super().actions_here() if causes.get(action.id, True))
        is_shown = one is self._revealed
        return tuple(
            action._replace(label="hide") if is_shown and action.id == "imported.show" else action
            for action in actions
        )

    def reason_against(self, action_id: str) -> str | None:
        one = self.one
        if one is None:
            return None
        if action_id == "imported.another" and self._form_in_use:
            return "The form is not empty: import the user or clear it first."
        if action_id in ("imported.draw", "imported.show") and one.secret is None:
            return "The link was lost with the answer: create a new one."
        if action_id in _WRITES and (reason := self._imports.reason_against(one)):
            return reason
        return self.app.reason_against(action_id)

    def do_another(self) -> None:
        if self.one is not None:
            self.close(self.one.form.kept_for_another)

    def do_close(self) -> None:
        self.close(None)

    def do_show(self) -> None:
        one = self.one
        self._revealed = None if one is self._revealed else one
        if self._revealed is not None:
            self._imports.seen(self._revealed)
        self._show_details()

    async def do_copy(self) -> None:
        one = self.one
        if one is None or one.onboarded is None:
            return
        if one.link is not None:
            self._imports.seen(one)
            await self.app.copy(f"the passkey link for {one.name}", one.link.reveal())
        else:
            await self.app.copy(f"the id of {one.name}", one.onboarded.user_id)

    def do_draw(self) -> None:
        from zitadel_tui.tui.dialogs.qr import QrScreen

        if self.one is not None and self.one.link is not None:
            self._imports.seen(self.one)
            self.app.push_screen(QrScreen(self.one.link))

    def do_assign(self) -> None:
        if self.one is not None:
            self._imports.assign(self.one)

    def do_renew(self) -> None:
        if self.one is not None:
            self._imports.make_link(self.one)

    def do_resend(self) -> None:
        if self.one is not None:
            self._imports.resend(self.one)

    def do_check(self) -> None:
        if self.one is not None:
            self._imports.check(self.one)

    async def do_dismiss(self) -> None:
        """Dismiss the result, after asking if something would be lost."""
        one = self.one
        if one is None:
            return
        lost = self._imports.loss(one)
        if lost and not await ask(
            self.app, Confirm(f"Dismiss {named(one.name)}?", [((lost, WARNING),)], verb="Dismiss")
        ):
            return
        if one in self._imports.results:
            self._imports.dismiss(one)
