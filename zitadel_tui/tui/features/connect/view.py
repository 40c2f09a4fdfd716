"""The Connect screen: why the sign-in failed, what to do about it, and another try."""

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from zitadel_tui import address
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.settings import KeyFileSource, Settings, missing
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import DANGER, DIM, Part
from zitadel_tui.tui.keys import in_field
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine

if TYPE_CHECKING:
    from zitadel_tui.tui.services.connection import Connection

_ORIGIN = "Connect"


class ConnectScreen(Dialog[None]):
    """Keeps what was typed until a sign-in succeeds; writes nothing to disk."""

    action_group = "connect"
    WIDTH = 92
    DEFAULT_CSS = """
    ConnectScreen VerticalScroll { max-height: 65vh; }
    ConnectScreen Horizontal { height: auto; margin-top: 1; }
    ConnectScreen .label { width: 10; text-align: right; margin-right: 1; color: $text-muted; }
    ConnectScreen Field { width: 1fr; }
    ConnectScreen #state { margin-top: 1; }
    ConnectScreen #kept { color: $text-muted; }
    ConnectScreen .hint { margin-left: 11; color: $text-muted; }
    """

    def __init__(self, connection: "Connection", failure: Failure | None) -> None:
        super().__init__()
        self._connection = connection
        self._start_from = connection.settings
        self._reason = SafeBlock()
        self._state = SafeLine(id="state")
        self._kept = SafeBlock(id="kept")
        self._address = Field(connection.settings.domain or "", placeholder="https://…", id="address")
        self._key_file = Field(
            _key_file_text(connection.settings), placeholder="path of the JSON key file", id="key-file"
        )
        self._trying = False
        self._explain(failure)

    def body(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield self._reason
            with Horizontal():
                yield SafeLine("Address", classes="label")
                yield self._address
            with Horizontal():
                yield SafeLine("Key file", classes="label")
                yield self._key_file
            yield SafeLine(*_about_key(self._start_from), classes="hint")
            yield self._state
            yield self._kept

    def on_mount(self) -> None:
        self.set_focus(self._key_file if self._address.value else self._address)
        self._tell_what_stays()

    def refused(self, failure: Failure | None) -> None:
        """Called when a try has failed."""
        self._trying = False
        self._state.show()
        self._explain(failure)
        self._tell_what_stays()
        self.app.refresh_keys()

    def signed_in(self) -> None:
        """Called when a try has succeeded."""
        if self._trying:
            self.close(None)

    def _tell_what_stays(self) -> None:
        """Say that a working session stays in use until another one works."""
        connection = self._connection
        if not connection.works:
            self._kept.update()
            return
        _, instance, account = connection.names
        stays = "until that works" if self._trying else "esc goes back"
        self._kept.update((f"Still signed in to {instance} as {account}; {stays}.",))

    def _explain(self, failure: Failure | None) -> None:
        if failure is None:
            self.show_title("Sign in")
            self._reason.update((("Sign in to another server, or with another key.", DIM),))
            return
        from zitadel_tui.core.advice import advice, reference

        self.show_title(self._title())
        self._reason.update(
            ((failure.summary, DANGER),),
            *((part,) for part in (advice(failure), reference(failure)) if part),
            *((((self._about_doctor(), DIM),),) if not missing(self._connection.tried) else ()),
        )

    def _about_doctor(self) -> str:
        return f"{self.app.keymap.hint('connect.doctor')} checks step by step what is wrong."

    def _title(self) -> str:
        settings = self._connection.tried
        return "Not set up yet" if missing(settings) else f"Cannot sign in{_where(settings)}"

    def _entered(self) -> Settings:
        """The settings with the values of the fields. Raises ``UsageFailure``."""
        before = self._start_from
        written = self._address.value.strip()
        if not written:
            self.set_focus(self._address)
            raise UsageFailure("The address is empty.", "Write the host name of your ZITADEL there.")
        try:
            domain = address.origin(written, "The address")
        except UsageFailure:
            self.set_focus(self._address)
            raise
        entered = before._replace(domain=domain, demo=False)
        if domain != before.domain:
            entered = entered._replace(token_url=None, org=None, context="", accent="")
        path = self._key_file.value.strip()
        of_this_server = domain == before.domain and (before.key_file or before.access_token)
        if path == _key_file_text(before) and (path or of_this_server):
            return entered
        if not path:
            self.set_focus(self._key_file)
            raise UsageFailure(
                "The key file is empty.",
                "Write the path of the JSON file with the service account's key there.",
            )
        source = KeyFileSource(Path(path).expanduser().absolute(), _ORIGIN)
        return entered._replace(key_file=source, access_token=None, lacking=None, context="", accent="")

    def _try(self, settings: Settings) -> None:
        self._trying = True
        self._state.show(f"Signing in{_where(settings)} …")
        self._connection.open(settings)
        self._tell_what_stays()
        self.app.refresh_keys()

    # Keys

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "connect.demo" and not self._connection.has_demo:
            return "The demo was not installed with this program."
        if action_id == "connect.leave" and not in_field(self) and not self._connection.works:
            return "Not signed in: try again, try the demo, or quit."
        return None

    def on_input_submitted(self) -> None:
        self.perform("again")

    def do_again(self) -> None:
        """Try again, also during a try: a user who notices a mistake need not wait for the time limit."""
        try:
            settings = self._entered()
        except UsageFailure as failure:
            self._explain(failure)
        else:
            self._try(settings)

    def do_doctor(self) -> None:
        try:
            settings = self._entered()
        except UsageFailure:
            settings = self._connection.tried
        self.app.show_doctor(settings)

    def do_demo(self) -> None:
        before = self._start_from
        self._try(Settings(demo=True, demo_size=before.demo_size, read_only=before.read_only))

    def do_leave(self) -> None:
        self.do_close()

    def do_quit(self) -> None:
        self.app.quit()


def _where(settings: Settings) -> str:
    if settings.demo:
        return " to the demo"
    return f" to {settings.domain}" if settings.domain else ""


def _key_file_text(settings: Settings) -> str:
    source = settings.key_file
    return str(source.path) if source is not None and source.path is not None else ""


def _about_key(settings: Settings) -> tuple[Part, ...]:
    if settings.key_file is not None and settings.key_file.path is None:
        return ("the key came from standard input; a path here replaces it",)
    if settings.access_token is not None:
        return ("an access token is set; a key file here replaces it",)
    return ("the JSON file that ZITADEL made for a service account",)
