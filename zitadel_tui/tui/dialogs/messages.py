"""The log of all messages, newest first."""

from textual.app import ComposeResult

from zitadel_tui.actions import Action
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.format.lines import DANGER, DIM, WARNING, Line, hanging
from zitadel_tui.tui.keys import MESSAGES
from zitadel_tui.tui.services.message_log import Message, MessageLog
from zitadel_tui.tui.widgets.panel import Panel
from zitadel_tui.tui.widgets.safe import block

_STYLES = {"information": ("✓", ""), "warning": ("⚠", WARNING), "error": ("✗", DANGER)}
_UNWRAPPED = 10_000  # cells


class MessagesDialog(Dialog[None]):
    """Opening it marks all messages as seen."""

    action_group = "messages"
    title_text = "Messages"
    WIDTH = 92
    DEFAULT_CSS = """
    MessagesDialog > #frame { height: 90%; }
    MessagesDialog.-narrow > #frame { height: 100%; }
    MessagesDialog Panel { height: 1fr; max-height: 100%; padding: 0; }
    """

    def __init__(self, messages: MessageLog) -> None:
        super().__init__()
        self._messages = messages
        self._panel = Panel()

    def actions_here(self) -> tuple[Action, ...]:
        return tuple(action for action in super().actions_here() if action.id != MESSAGES)

    def body(self) -> ComposeResult:
        yield self._panel

    def on_mount(self) -> None:
        self._messages.mark_seen()
        self._messages.changed.subscribe(self, lambda nothing: self._show())
        self.set_focus(self._panel)
        self._show()

    def _show(self) -> None:
        self._panel.show("messages", self._lines)

    def _lines(self, width: int) -> list[Line]:
        if not self._messages.all:
            return [(("No messages yet.", DIM),)]
        return [line for message in reversed(self._messages.all) for line in _lines(message, width)]

    async def do_copy(self) -> None:
        await self.app.copy("the messages", block(self._lines(_UNWRAPPED)).plain)


def _lines(message: Message, width: int) -> list[Line]:
    """Time, sign and text, with a hanging indent."""
    sign, style = _STYLES[message.severity]
    first, *others = message.text.split("\n")
    begin = f"{message.at:%H:%M:%S} {sign} "
    lines = hanging(begin, first, width, style, DIM)
    for other in others:
        lines += hanging(" " * len(begin), other, width, DIM)
    return lines
