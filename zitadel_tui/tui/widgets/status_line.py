"""The line above the footer: the last message with ``✓ ⚠ ✗``, errors until they were seen."""

from textual.content import Content
from textual.widget import Widget

from zitadel_tui.text import cells, cut
from zitadel_tui.tui.services.message_log import Message, MessageLog, Severity

_SIGNS: dict[Severity, tuple[str, str]] = {
    "information": ("✓", "$text-success"),
    "warning": ("⚠", "$text-warning"),
    "error": ("✗", "$text-error"),
}


class StatusLine(Widget):
    """A message that has just been said is shown whole, in up to three lines, and so is what is waited for;
    after that one line tells the newest error that was not seen.

    On the main screen it always has its line, so that nothing moves. It is of class ``-filled`` for what is
    going on now: a dialog shows it only then.
    """

    DEFAULT_CSS = """
    StatusLine { height: auto; min-height: 1; max-height: 3; width: 100%; padding: 0 1; }
    """
    ALLOW_SELECT = False

    def __init__(self, messages: MessageLog, *, log_key: str) -> None:
        """``log_key`` opens the log, as it is written on screen."""
        super().__init__(markup=False)
        self._messages = messages
        self._log_key = log_key

    def on_mount(self) -> None:
        self._messages.changed.subscribe(self, lambda nothing: self._changed())
        self._changed()

    def on_resize(self) -> None:
        self.refresh(layout=True)

    def _changed(self) -> None:
        messages = self._messages
        self.set_class(bool(messages.newest or messages.waiting), "-filled")
        self.clear_cached_dimensions()
        self.refresh(layout=True)

    def render(self) -> Content:
        messages, width = self._messages, self.content_size.width or self.app.size.width - 2
        if messages.newest is not None:
            sign, style = _SIGNS[messages.newest.severity]
            others = [message for message in messages.unseen if message is not messages.newest]
            text = Content.assemble((f"{sign} ", style), " ".join(messages.newest.text.split("\n")))
            return _beside(text, self._more(len(others)), width)
        if messages.waiting:
            waiting = Content.assemble(("… ", "$text-warning"), messages.waiting)
            return _beside(waiting, self._more(len(messages.unseen)), width)
        if messages.unseen:
            newest = messages.unseen[-1]
            sign, style = _SIGNS[newest.severity]
            return _line(sign, style, _summary(newest), self._more(len(messages.unseen) - 1), width)
        return Content("")

    def _more(self, unseen: int) -> str:
        """At the right end: how many errors besides were not seen, and the key to the log."""
        return f"{unseen} more  {self._log_key} log" if unseen else f"{self._log_key} log"


def _summary(message: Message) -> str:
    return message.text.partition("\n")[0]


def _line(sign: str, style: str, text: str, end: str, width: int) -> Content:
    room = max(0, width - cells(sign) - cells(end) - 3)
    return _beside(Content.assemble((f"{sign} ", style), cut(text, room)), end, width)


def _beside(text: Content, end: str, width: int) -> Content:
    """``text`` and, where there is room for it, ``end`` at the right."""
    gap = width - text.cell_length - cells(end)
    return Content.assemble(text, " " * gap, (end, "$text-muted")) if gap >= 2 else text
