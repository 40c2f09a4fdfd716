"""The app: composes the parts, and handles the start of a session and the end by a signal.

Only the entry point imports it; features, dialogs and services use :class:`Shell`.
"""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from zitadel_tui import actions
from zitadel_tui.actions import Action, shown_key
from zitadel_tui.contexts import Protection
from zitadel_tui.failure import Failure
from zitadel_tui.keymap import ALWAYS, Keymap
from zitadel_tui.keymap import default as default_keymap
from zitadel_tui.keymap import load as load_keymap
from zitadel_tui.settings import Settings, missing
from zitadel_tui.signals import SIGNALLED, handled, waking
from zitadel_tui.text import shown
from zitadel_tui.tui import themes
from zitadel_tui.tui.app_actions import AppActions
from zitadel_tui.tui.driver import clipboard
from zitadel_tui.tui.driver.fast_driver import driver_class
from zitadel_tui.tui.driver.input_order import InputOrder
from zitadel_tui.tui.driver.terminal import has_unicode
from zitadel_tui.tui.driver.textual_compat import use_filters
from zitadel_tui.tui.driver.workers import start_worker
from zitadel_tui.tui.feature import Feature, View
from zitadel_tui.tui.features import history, import_user, members, onboard, projects, roles
from zitadel_tui.tui.format import progress, sentences
from zitadel_tui.tui.keys import bind, bindings, in_field, is_text, press
from zitadel_tui.tui.messages import ShowView
from zitadel_tui.tui.services.connection import Connection, LocalFactory
from zitadel_tui.tui.services.jobs import Jobs
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.services.message_log import MessageLog, Severity
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.pending_changes import PendingChanges
from zitadel_tui.tui.services.project_store import ProjectStore
from zitadel_tui.tui.services.prompts import Prompts
from zitadel_tui.tui.widgets.footer import KeyFooter
from zitadel_tui.tui.widgets.header import HeaderLine, ViewLabel, ViewLine
from zitadel_tui.tui.widgets.status_line import StatusLine
from zitadel_tui.tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.core.ahead import Ahead
    from zitadel_tui.core.session import Session
    from zitadel_tui.core.waiting import Waiting
    from zitadel_tui.tui.features.connect.view import ConnectScreen
    from zitadel_tui.tui.services.imports import ImportService
    from zitadel_tui.tui.services.onboarding import Onboarding

FEATURES: tuple[Feature, ...] = (
    members.FEATURE,
    roles.FEATURE,
    import_user.FEATURE,
    projects.FEATURE,
    onboard.FEATURE,
    history.FEATURE,
)
"""In the order of the line of views; the app begins with the first."""
_SECONDS_TO_RESTORE = 2.0
_WIDTHS = [(0, "-narrow"), (100, "-normal"), (120, "-wide")]


class ZitadelApp(AppActions):
    """The Textual app. ``local`` creates the demo's server, ``stdin`` returns a key that was piped in."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = "RecordTable"
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(actions.ACTIONS),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(
        self,
        settings: Settings,
        *,
        local: LocalFactory | None = None,
        stdin: Callable[[], bytes] | None = None,
        keymap: Keymap | None = None,
        ahead: "Ahead | None" = None,
    ) -> None:
        keymap = keymap or default_keymap()
        super().__init__(driver_class=driver_class(alt_keys=keymap.has_alt))
        self.keymap = keymap
        bind(self, self.keymap.actions)
        self._input_order = InputOrder(
            self, is_text=partial(is_text, self), is_settling=lambda: bool(self.views) and self.view.settling
        )
        self._acting_in: tuple[str, str] | None = None
        """The organization and instance that were told last."""
        self.ended_by: signal.Signals | None = None
        """The signal that ends the program."""
        self._loop_of_app: asyncio.AbstractEventLoop | None = None
        self._until_unmount = ExitStack()
        self._main_screen: Screen[Any] | None = None
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.initial(settings.theme)
        self._adapt_to_terminal()
        self.prompts = Prompts(self, is_typing=lambda: self._input_order.is_typing)
        self.running = set()
        self.messages = MessageLog(self)
        self.network = Network(self, writes_ended=self._writes_ended)
        self.connection = Connection(
            self, self.network, settings, listener=self, local=local, stdin=stdin, ahead=ahead
        )
        self.members = MemberStore(self, self.network)
        self.pending = PendingChanges(self, self.network, self.members, report=self.show_failure)
        self.jobs = Jobs(self, self.network, self.pending, tell=self._job_ended)
        self.projects = ProjectStore(self, self.network)
        self.header_line = HeaderLine()
        self.view_line = ViewLine()
        self.key_line = KeyFooter()
        self.views: dict[str, View] = {}
        """Those made so far, by id."""
        self._current_id = FEATURES[0].id
        self._switcher = ContentSwitcher()

    def _adapt_to_terminal(self) -> None:
        """Use filters on terminals without colours or Unicode; imported only there."""
        lacks_unicode = not has_unicode(os.environ)
        if not (self.no_color or lacks_unicode):
            return
        from zitadel_tui.tui.driver.plain_terminal import WithoutColors, WithoutUnicode

        filters: list[LineFilter] = [WithoutUnicode()] if lacks_unicode else []
        if self.no_color:
            filters.append(WithoutColors(lambda: Color.parse(self.current_theme.background or "black")))
        use_filters(self, filters, instead_of_colors=self.no_color)

    # What others ask of it

    @cached_property
    def imports(self) -> "ImportService":
        from zitadel_tui.tui.services.imports import ImportService

        return ImportService(self, self.network, self.pending, account=lambda: self.account)

    @cached_property
    def onboarding(self) -> "Onboarding":
        from zitadel_tui.tui.services.onboarding import Onboarding

        return Onboarding(
            self, self.network, self.jobs, tell=self._job_ended, read_members=self.members.reload
        )

    @property
    def settings(self) -> Settings:
        return self.connection.settings

    @property
    def session(self) -> "Session | None":
        return self.connection.session

    @property
    def protection(self) -> Protection:
        return self.connection.protection

    @property
    def account(self) -> "Account | None":
        return self.connection.account

    @property
    def current_id(self) -> str:
        return self._current_id

    @property
    def view(self) -> View:
        return self.views[self.current_id]

    def show_view(self, view_id: str, **to: str) -> None:
        """Switch to a view; ``to`` is what :meth:`View.jump` understands."""
        self._current_id = view_id
        self._make_view(view_id)
        self._switcher.current = view_id
        self.view.shown_again()
        if to:
            self.view.jump(**to)
        self.refresh_lines()
        self.refresh_keys()

    def show_message(self, text: str, *, severity: Severity = "information", keep: bool = False) -> None:
        self.messages.add(text, severity, keep=keep)

    def show_failure(self, failure: Failure) -> None:
        self.show_message("\n".join(sentences.failure_sentences(failure)), severity="error")

    async def copy(self, called: str, text: str) -> None:
        how = await clipboard.copy(text, self.copy_to_clipboard)
        if how is not None:
            self.show_message(f"{called[:1].upper()}{called[1:]} was sent {how}.")
            return
        from zitadel_tui.tui.dialogs.base import TextDialog

        self.push_screen(
            TextDialog(
                called, text, called=called, explanation="It could not be copied from here; select it:"
            )
        )

    def _job_ended(self, summary: str, failed: bool) -> None:
        self.show_message(summary, severity="warning" if failed else "information", keep=failed)

    def refresh_lines(self) -> None:
        if not self.views:
            return
        badges = sentences.badges(self.settings, self.protection)
        self.header_line.say(self.connection.names, badges, (self.settings.context, self.settings.accent))
        typing = self._main_screen is not None and in_field(self._main_screen)
        labels = [
            ViewLabel(
                feature.id, self._view_keys(feature, typing=typing), feature.label, self._count(feature)
            )
            for feature in FEATURES
        ]
        self.view_line.say(labels, self.current_id, self.view.note)

    def _view_keys(self, feature: Feature, typing: bool) -> str:
        """The keys of a view: ``1``, or ``1 F2`` while a field has the focus."""
        key = self.keymap.by_id(f"{actions.APP}.{feature.id}").key_in_field() if typing else None
        return f"{feature.number} {shown_key(key)}" if key else feature.number

    def _count(self, feature: Feature) -> str:
        view = self.views.get(feature.id)
        return view.count or "" if view is not None else ""

    def refresh_keys(self) -> None:
        line: KeyFooter = getattr(self.screen, "key_line", self.key_line)
        line.refresh()

    # From start to end

    def refresh_css(self, animate: bool = True) -> None:
        """Before there is a screen nothing was parsed that another theme would have parsed again."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> Screen[None]:
        """Create the main screen with its final width, so that it is styled only once."""
        return super().get_default_screen().add_class(_class_of(self.size.width), update=False)

    def compose(self) -> ComposeResult:
        first = self.views[self.current_id] = self._made(FEATURES[0])
        self._switcher = ContentSwitcher(first, initial=self.current_id)
        yield self.header_line
        yield self.view_line
        yield self._switcher
        yield StatusLine(self.messages, log_key=self.keymap.hint("app.messages"), jobs=self.jobs)
        yield self.key_line
        yield TooSmall()

    def _made(self, feature: Feature) -> View:
        view = feature.make()
        view.id = feature.id
        return view

    def _make_view(self, view_id: str) -> None:
        """Create a view, hidden, unless it exists."""
        if view_id in self.views:
            return
        view = self.views[view_id] = self._made(next(one for one in FEATURES if one.id == view_id))
        view.display = False
        self._switcher.mount(view)
        if self.session is not None:
            view.opened()

    def _make_other_views(self) -> None:
        """So that switching is quick: once the first list is there, one by one, with keys in between."""
        if self.session is None or self.members.loading:
            return
        lacking = next((feature.id for feature in FEATURES if feature.id not in self.views), None)
        if lacking is not None:
            self._make_view(lacking)
            self.call_after_refresh(self._make_other_views)

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda app: self._repaint())
        self.members.start()
        self.members.changed.subscribe(self, lambda _: self.call_after_refresh(self._make_other_views))
        self.pending.start()
        self.jobs.changed.subscribe(self, lambda nothing: self.refresh_keys())
        self._main_screen = self.screen
        self.watch(self.screen, "focused", self.refresh_lines, init=False)
        self.refresh_lines()

    def _repaint(self) -> None:
        """Repaint everything: other programs have painted over the app while it was suspended."""
        for screen in self.screen_stack:
            screen.refresh()
            for widget in screen.query("*"):
                widget.refresh()

    def on_ready(self) -> None:
        """The first frame is out."""
        if not gc.isenabled():
            gc.freeze()  # freeze what is loaded: collecting it would take longer than a frame
            gc.enable()
        start_worker(self, self._begin, group="begin", description="begin")

    async def _begin(self) -> None:
        self.connection.start()
        for warning in (*self.settings.warnings, themes.unknown(self.settings.theme), *self.keymap.problems):
            if warning is not None:
                self.show_message(warning, severity="warning", keep=True)
        lacking = missing(self.settings)
        if lacking is None:
            self.connection.open(self.settings)
        else:
            self.show_connect(Failure(lacking))

    def show_connect(self, failure: Failure | None) -> None:
        from zitadel_tui.tui.features.connect.view import ConnectScreen

        screen = self._connect_screen()
        if screen is None:
            self.prompts.ask_when_free(ConnectScreen(self.connection, failure))
        else:
            screen.refused(failure)

    def _connect_screen(self) -> "ConnectScreen | None":
        from zitadel_tui.tui.features.connect.view import ConnectScreen

        screens = (*self.screen_stack, *self.prompts.waiting)
        return next((screen for screen in screens if isinstance(screen, ConnectScreen)), None)

    def session_opened(self) -> None:
        """Called by the connection: another session was opened; the account is known later. Members are
        read first."""
        self.members.forget()
        self.pending.forget()
        self.projects.forget()
        self.members.reload()
        for view in self.views.values():
            view.opened()
        self.refresh_lines()
        self.refresh_keys()

    def account_known(self) -> None:
        """Called by the connection: ``account`` is known."""
        for view in self.views.values():
            view.account_changed()
        connect = self._connect_screen()
        if connect is not None:
            connect.signed_in()
        self._tell_place()
        for note in self.session.notes if self.session else ():
            self.show_message(note)
        self.refresh_lines()
        self.refresh_keys()

    def _tell_place(self) -> None:
        """Say where changes are made from now on, after another organization or server was chosen."""
        organization, instance, _ = self.connection.names
        before, self._acting_in = self._acting_in, (organization, instance)
        if before not in (None, self._acting_in):
            self.show_message(f"Acting in {shown(organization)} at {instance}.")

    def waiting_for(self, waiting: "Waiting | None") -> None:
        """Called by the connection."""
        self.messages.wait_for(waiting)

    def account_unknown(self, failure: Failure) -> None:
        """Called by the connection: signed in, although the account could not be read."""
        self.show_failure(failure)
        self.refresh_lines()

    def sign_in_failed(self, failure: Failure) -> None:
        """Called by the connection. Without a working session, reads are dropped."""
        if self.session is None:
            self.members.forget()
            self.members.changed.publish(None)
        self.show_connect(failure)
        self.refresh_lines()

    def unsaved(self) -> list[str]:
        return [sentence for view in self.views.values() if (sentence := view.unsaved())]

    def on_load(self) -> None:
        self._loop_of_app = asyncio.get_running_loop()
        self._until_unmount.enter_context(waking(self._loop_of_app))

    def on_unmount(self) -> None:
        self._input_order.stop()
        self._until_unmount.close()
        if "onboarding" in self.__dict__:  # it was used
            self.onboarding.close()
        if self.ended_by is None and not self.network.writing:
            self.connection.stop()

    def end_by_signal(self, number: signal.Signals) -> None:
        """Restore the terminal, let a write in flight finish, and exit. Before the app runs, call it only
        on the main thread. If the terminal is gone, restoring it may never return; the process exits
        anyway."""
        if self.ended_by is not None:
            return
        self.ended_by = number
        status = SIGNALLED + number
        threading.Thread(target=self._end_anyway, args=(status,), name="ending", daemon=True).start()
        if self._loop_of_app is None:
            raise SystemExit(status)
        self._loop_of_app.call_soon_threadsafe(self.exit, None, status)

    def terminal_gone(self) -> None:
        """Called by the driver, on its thread: end as with HUP, which may be ignored (``nohup``)."""
        self.end_by_signal(signal.SIGHUP)

    def _end_anyway(self, status: int) -> None:
        self.connection.finish()
        threading.Event().wait(_SECONDS_TO_RESTORE)
        os._exit(status)

    def action_help_quit(self) -> None:
        """Textual's name for the action of ctrl+c."""
        self.show_message(f"{shown_key(ALWAYS)} quits.", severity="warning")

    def on_resize(self, event: events.Resize) -> None:
        """Pass the event to the covered screens: Textual sends it only to the uppermost."""
        width = _class_of(event.size.width)
        for screen in self.screen_stack:
            screen.update_classes({name: name == width for _, name in _WIDTHS})
            for notice in screen.query(TooSmall):
                notice.judge(event.size)

    def on_view_line_chosen(self, message: ViewLine.Chosen) -> None:
        self.show_view(message.view_id)

    def on_show_view(self, message: ShowView) -> None:
        self.show_view(message.view_id, **message.to)

    # Keys

    def actions_here(self) -> tuple[Action, ...]:
        ranks = self.view.ranks if self.views else {}
        here = self.keymap.of(self.current_id, actions.APP)
        running = self.jobs.progress
        return tuple(
            one._replace(footer=ranks[one.id], typing=ranks[one.id])
            if one.id in ranks
            else progress.as_it_is(one, running)
            for one in here
        )

    def handler(self, action: Action) -> Callable[[], Any]:
        if action.where == actions.APP and any(feature.id == action.name for feature in FEATURES):
            return partial(self.show_view, action.name)
        owner = self if action.where == actions.APP else self.views[action.where]
        method: Callable[[], Any] = getattr(owner, f"do_{action.name}")
        return method

    def reason_against(self, action_id: str) -> str | None:
        action = self.keymap.by_id(action_id)
        if action.writes and self.protection.against_changes:
            return f"Nothing can be changed: {self.protection.against_changes}."
        if self.account is not None and not _may(self.account, action):
            return sentences.missing_permission(action.permission)
        if action_id in ("app.reload", "app.request", "app.organization") and self.session is None:
            return "Not signed in yet."
        if action_id in ("app.pause", "app.cancel"):
            return progress.reason_against(self.jobs.progress)
        return self.view.reason_against(action_id) if self.views else None

    def action_press(self, key: str) -> None:
        press(self, self, key)

    async def on_event(self, event: events.Event) -> None:
        from_terminal = isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded
        if not from_terminal or self._input_order.admits(event):
            await super().on_event(event)


def _may(account: "Account", action: Action) -> bool:
    """Whether the account has the permission that the action needs."""
    if not action.permission or account.may(action.permission):
        return True
    return bool(action.or_permission) and account.may_somewhere(action.or_permission)


def _class_of(width: int) -> str:
    """The style class of a screen of this size."""
    return max(entry for entry in _WIDTHS if entry[0] <= width)[1]


def run(
    settings: Settings,
    *,
    local: LocalFactory | None = None,
    stdin: Callable[[], bytes] | None = None,
    ahead: "Ahead | None" = None,
) -> int:
    """Run the app until it quits and return the exit status. Check before that the terminal is usable."""
    gc.disable()  # until the first frame is out: 15 ms
    app = ZitadelApp(settings, local=local, stdin=stdin, keymap=load_keymap(), ahead=ahead)
    with handled(app.end_by_signal):
        app.run()
        if app.network.writing:
            print("Finishing what is being written …", file=sys.stderr)
        if app.ended_by is not None or app.network.writing:
            app.connection.finish()
    status = app.return_code or 0
    if app.connection.lingers:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)  # the interpreter would wait for a pending name lookup
    return status
