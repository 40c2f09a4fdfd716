"""The app: what it is made of, and what happens when a session begins or the program ends.

Nobody imports it but the entry point: features, dialogs and services know :class:`Shell`.
"""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher

from zitadel_tui import actions
from zitadel_tui.actions import Action, shown_key
from zitadel_tui.failure import Failure
from zitadel_tui.keymap import ALWAYS, Keymap
from zitadel_tui.keymap import default as default_keymap
from zitadel_tui.keymap import load as load_keymap
from zitadel_tui.settings import Settings, missing
from zitadel_tui.signals import SIGNALLED, handled
from zitadel_tui.tui import themes
from zitadel_tui.tui.app_actions import AppActions
from zitadel_tui.tui.driver import clipboard
from zitadel_tui.tui.driver.fast_driver import driver_class
from zitadel_tui.tui.driver.input_order import InputOrder
from zitadel_tui.tui.feature import Feature, View
from zitadel_tui.tui.features import import_user, members, roles
from zitadel_tui.tui.format import sentences
from zitadel_tui.tui.format.lines import WARNING
from zitadel_tui.tui.keys import bind, bindings, is_text, press
from zitadel_tui.tui.messages import ShowView
from zitadel_tui.tui.services.connection import Connection, LocalFactory
from zitadel_tui.tui.services.imports import ImportService
from zitadel_tui.tui.services.jobs import Jobs
from zitadel_tui.tui.services.member_store import MemberStore
from zitadel_tui.tui.services.message_log import MessageLog, Severity
from zitadel_tui.tui.services.network import Network
from zitadel_tui.tui.services.pending_changes import PendingChanges
from zitadel_tui.tui.services.prompts import Prompts
from zitadel_tui.tui.widgets.footer import KeyFooter
from zitadel_tui.tui.widgets.header import HeaderLine, ViewLine
from zitadel_tui.tui.widgets.status_line import StatusLine
from zitadel_tui.tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.core.session import Session
    from zitadel_tui.core.waiting import Waiting
    from zitadel_tui.tui.features.connect.view import ConnectScreen

FEATURES: tuple[Feature, ...] = (members.FEATURE, roles.FEATURE, import_user.FEATURE)
"""In the order of the line of views; the app begins with the first."""
_SECONDS_TO_RESTORE = 2.0
_WIDTHS = [(0, "-narrow"), (100, "-normal"), (120, "-wide")]


class ZitadelApp(AppActions):
    """Started with settings; ``local`` makes the demo's server, ``stdin`` gives a key that was piped in."""

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
    ) -> None:
        keymap = keymap or default_keymap()
        super().__init__(driver_class=driver_class(alt_keys=keymap.has_alt))
        self.keymap = keymap
        bind(self, self.keymap.actions)
        self._input_order = InputOrder(
            self, is_text=partial(is_text, self), is_settling=lambda: bool(self.views) and self.view.settling
        )
        self._leaving = False
        self.ended_by: signal.Signals | None = None
        """The signal that ends the program."""
        self._loop_of_app: asyncio.AbstractEventLoop | None = None
        self._asks_to_quit = False
        self.register_theme(themes.DARK)
        self.register_theme(themes.LIGHT)
        self.theme = themes.first()
        self.prompts = Prompts(self, is_typing=lambda: self._input_order.is_typing)
        self.running = set()
        self.messages = MessageLog(self)
        self.network = Network(self, writes_ended=self._writes_ended)
        self.connection = Connection(self, self.network, settings, listener=self, local=local, stdin=stdin)
        self.members = MemberStore(self, self.network)
        self.pending = PendingChanges(self, self.network, self.members, report=self.show_failure)
        self.jobs = Jobs(self, self.network, self.pending, tell=self._job_ended)
        self.imports = ImportService(self, self.network, self.pending, account=lambda: self.account)
        self.header_line = HeaderLine()
        self.view_line = ViewLine()
        self.key_line = KeyFooter()
        self.views: dict[str, View] = {}
        """Those made so far, by id."""
        self._current_id = FEATURES[0].id
        self._switcher = ContentSwitcher()

    # What others ask of it

    @property
    def settings(self) -> Settings:
        return self.connection.settings

    @property
    def session(self) -> "Session | None":
        return self.connection.session

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
        self.show_message("\n".join(sentences.of_failure(failure)), severity="error")

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
        self.header_line.say(self.connection.names, sentences.about(self.settings))
        labels = [
            (feature.id, f"{feature.number} {feature.label}{self._count(feature)}") for feature in FEATURES
        ]
        self.view_line.say(labels, self.current_id, self.view.note)

    def _count(self, feature: Feature) -> str:
        view = self.views.get(feature.id)
        return f" {view.count}" if view is not None and view.count else ""

    def refresh_keys(self) -> None:
        for line in self.screen.query(KeyFooter):
            line.refresh()

    # From start to end

    def compose(self) -> ComposeResult:
        first = self.views[self.current_id] = self._made(FEATURES[0])
        self._switcher = ContentSwitcher(first, initial=self.current_id)
        yield self.header_line
        yield self.view_line
        yield self._switcher
        yield StatusLine(self.messages, log_key=self.keymap.hint("app.messages"))
        yield self.key_line
        yield TooSmall()

    def _made(self, feature: Feature) -> View:
        view = feature.make()
        view.id = feature.id
        return view

    def _make_view(self, view_id: str) -> None:
        """Make a view, hidden, unless it is there."""
        if view_id in self.views:
            return
        view = self.views[view_id] = self._made(next(one for one in FEATURES if one.id == view_id))
        view.display = False
        self._switcher.mount(view)

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda app: self._repaint())
        self.members.start()
        self.pending.start()
        self.refresh_lines()
        self.call_after_refresh(self._after_first_frame)

    def _repaint(self) -> None:
        """Everything: whatever ran while this was suspended has painted over it."""
        for screen in self.screen_stack:
            screen.refresh()
            for widget in screen.query("*"):
                widget.refresh()

    def _after_first_frame(self) -> None:
        gc.enable()
        self.run_worker(self._begin(), group="begin", description="begin")

    async def _begin(self) -> None:
        self.connection.start()
        for warning in (*self.settings.warnings, *self.keymap.problems):
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
        """From the connection: another session; who is signed in is known later. Members are read first."""
        self.members.forget()
        self.pending.forget()
        self.members.reload()
        for feature in FEATURES:
            self._make_view(feature.id)
        for view in self.views.values():
            view.opened()
        self.refresh_lines()
        self.refresh_keys()

    def account_known(self) -> None:
        """From the connection: ``account`` is there."""
        for view in self.views.values():
            view.account_changed()
        connect = self._connect_screen()
        if connect is not None:
            connect.signed_in()
        for note in self.session.notes if self.session else ():
            self.show_message(note)
        self.refresh_lines()
        self.refresh_keys()

    def waiting_for(self, waiting: "Waiting | None") -> None:
        """From the connection."""
        self.messages.wait_for(waiting)

    def account_unknown(self, failure: Failure) -> None:
        """From the connection: signed in all the same."""
        self.show_failure(failure)
        self.refresh_lines()

    def sign_in_failed(self, failure: Failure) -> None:
        """From the connection: nobody is signed in."""
        self.show_connect(failure)
        self.refresh_lines()

    def quit(self) -> None:
        """Quit. What would be lost is asked about first; the same key again quits all the same."""
        lost = [sentence for view in self.views.values() if (sentence := view.unsaved())]
        if not lost or self._asks_to_quit:
            self._quit()
            return
        from zitadel_tui.tui.dialogs.confirm import Confirm

        def answered(quits: bool | None) -> None:
            self._asks_to_quit = False
            if quits:
                self._quit()

        self._asks_to_quit = True
        self.push_screen(Confirm("Quit?", [((sentence, WARNING),) for sentence in lost]), answered)

    def _quit(self) -> None:
        """Unless something is being written: then it is asked whether to wait; the key again stops."""
        if not self.network.writing or self._asks_to_quit:
            self.exit()
            return
        from zitadel_tui.tui.dialogs.quit import QuitDialog

        def answered(choice: str | None) -> None:
            self._asks_to_quit = False
            self._leaving = choice == "wait"
            if choice == "stop" or (self._leaving and not self.network.writing):
                self.exit()
            elif self._leaving:
                self.show_message("Quits when all has been written.")

        self._asks_to_quit = True
        self.push_screen(QuitDialog(self.network.writing), answered)

    def _writes_ended(self) -> None:
        """From the network: how the last one ended has been shown."""
        if self._leaving:
            self.exit()

    def on_load(self) -> None:
        self._loop_of_app = asyncio.get_running_loop()

    def on_unmount(self) -> None:
        self._input_order.stop()
        if self.ended_by is None and not self.network.writing:
            self.connection.stop()

    def end_by_signal(self, number: signal.Signals) -> None:
        """On the main thread: restore the terminal, let a write that is under way end, and exit.

        Where the terminal is gone, restoring it may never end; the process does all the same.
        """
        if self.ended_by is not None:
            return
        self.ended_by = number
        status = SIGNALLED + number
        threading.Thread(target=self._end_anyway, args=(status,), name="ending", daemon=True).start()
        if self._loop_of_app is None:
            raise SystemExit(status)
        self._loop_of_app.call_soon_threadsafe(self.exit, None, status)

    def _end_anyway(self, status: int) -> None:
        self.connection.finish()
        threading.Event().wait(_SECONDS_TO_RESTORE)
        os._exit(status)

    def action_help_quit(self) -> None:
        """Textual's name for what ctrl+c does."""
        self.show_message(f"{shown_key(ALWAYS)} quits.", severity="warning")

    def on_resize(self, event: events.Resize) -> None:
        """Also for the screens that a dialog covers: Textual tells only the uppermost."""
        widest = max(entry for entry in _WIDTHS if entry[0] <= event.size.width)
        for screen in self.screen_stack:
            screen.update_classes({name: name == widest[1] for _, name in _WIDTHS})
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
        return tuple(
            replace(one, footer=ranks[one.id], typing=ranks[one.id]) if one.id in ranks else one
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
        if action.writes and self.settings.read_only:
            return "Started with --read-only: nothing can be changed."
        if action.permission and self.account is not None and not self.account.may(action.permission):
            return sentences.lacking(action.permission)
        if action_id in ("app.reload", "app.request") and self.session is None:
            return "Not signed in yet."
        return self.view.reason_against(action_id) if self.views else None

    def action_press(self, key: str) -> None:
        press(self, self, key)

    async def on_event(self, event: events.Event) -> None:
        from_terminal = isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded
        if not from_terminal or self._input_order.admits(event):
            await super().on_event(event)


def run(
    settings: Settings,
    *,
    local: LocalFactory | None = None,
    stdin: Callable[[], bytes] | None = None,
) -> int:
    """Run the app until it is quit; the exit status. The terminal must have been found usable before."""
    gc.disable()  # until the first frame is out: 15 ms
    app = ZitadelApp(settings, local=local, stdin=stdin, keymap=load_keymap())
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
        os._exit(status)  # the interpreter would wait for a name lookup that nobody wants any more
    return status
