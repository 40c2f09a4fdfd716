"""The line above the footer: the last message with ``✓ ⚠ ✗``; errors until they are seen."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from zitadel_tui.text import cells, cut
from zitadel_tui.tui.format.progress import line as progress_line
from zitadel_tui.tui.services.message_log import Message, MessageLog, Severity
from zitadel_tui.tui.widgets.safe import content

if TYPE_CHECKING:
    from zitadel_tui.tui.services.jobs import Jobs

_SIGNS: dict[Severity, tuple[str, str]] = {
    "information": ("✓", "$text-success"),
    "warning": ("⚠", "$text-warning"),
    "error": ("✗", "$text-error"),
}


class StatusLine(Widget):
    """A new message is shown in up to three lines, and so is what a request waits for.

    After that, one line shows the progress of jobs, or else the newest unseen error. On the main screen
    the line always exists, so that nothing moves. It has the class ``-filled`` for current events; a
    dialog shows it only then.
    """

    DEFAULT_CSS = """
    StatusLine { height: auto; min-height: 1; max-height: 3; width: 100%; padding: 0 1; }
    """
    ALLOW_SELECT = False

    def __init__(self, messages: MessageLog, *, log_key: str, jobs: "Jobs | None" = None) -> None:
        """``log_key`` is the key of the log as shown on screen; ``jobs`` are those whose progress is
        shown."""
        super().__init__(markup=False)
        self._messages = messages
        self._jobs = jobs
        self._log_key = log_key

    def on_mount(self) -> None:
        self._messages.changed.subscribe(self, lambda nothing: self._changed())
        if self._jobs is not None:
            self._jobs.changed.subscribe(self, lambda nothing: self._changed())
        self._changed()

    def on_resize(self) -> None:
        self.refresh(layout=True)

    def _changed(self) -> None:
        messages = self._messages
        self.set_class(bool(messages.newest or messages.waiting), "-filled")
        self.clear_cached_dimensions()
        self.refresh(layout=True)

    def render(self) -> Content:
        messages = self._messages
        # The content's size is not known while the screen is laid out: asking for it lays it out once more.
        width = (self.outer_size.width or self.app.size.width) - self.styles.padding.width
        if messages.newest is not None:
            sign, style = _SIGNS[messages.newest.severity]
            others = [message for message in messages.unseen if message is not messages.newest]
            text = Content.assemble((f"{sign} ", style), " ".join(messages.newest.text.split("\n")))
            return _beside(text, self._more(len(others)), width)
        if messages.waiting:
            waiting = Content.assemble(("… ", "$text-warning"), messages.waiting)
            return _beside(waiting, self._more(len(messages.unseen)), width)
        progress = self._jobs.progress if self._jobs is not None else None
        if progress is not None:
            return _beside(content(*progress_line(progress, width)), self._more(len(messages.unseen)), width)
        if messages.unseen:
            newest = messages.unseen[-1]
            sign, style = _SIGNS[newest.severity]
            return _line(sign, style, _summary(newest), self._more(len(messages.unseen) - 1), width)
        return Content("")

    def _more(self, unseen: int) -> str:
        """The right end: how many more errors are unseen, and the key of the log."""
        return f"{unseen} more  {self._log_key} log" if unseen else f"{self._log_key} log"


def _summary(message: Message) -> str:
    return message.text.partition("\n")[0]


def _line(sign: str, style: str, text: str, end: str, width: int) -> Content:
    room = max(0, width - cells(sign) - cells(end) - 3)
    return _beside(Content.assemble((f"{sign} ", style), cut(text, room)), end, width)


def _beside(text: Content, end: str, width: int) -> Content:
    """``text`` and, if there is room, ``end`` at the right."""
    gap = width - text.cell_length - cells(end)
    return Content.assemble(text, " " * gap, (end, "$text-muted")) if gap >= 2 else text
