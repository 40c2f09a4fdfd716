"""The two head lines: where one is and with what power; the views, and how fresh they are."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from zitadel_tui.text import cells, cut, shown

_LEAST = 8  # cells below which a name says nothing any more


class HeaderLine(Widget):
    """Organization, instance, account; at the right what one must not forget. Those words are never cut."""

    DEFAULT_CSS = """
    HeaderLine { height: 1; width: 100%; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._words: tuple[str, ...] = ()

    def say(self, names: Sequence[str], words: Sequence[str]) -> None:
        """``names``: organization, instance, account, as they came; ``words``: READ-ONLY, DEMO, INSECURE."""
        self._names = tuple(shown(name) for name in names if name)
        self._words = tuple(words)
        self.refresh()

    def render(self) -> Content:
        words = Content("  ").join(Content.styled(word, "bold reverse $text-warning") for word in self._words)
        room = self.size.width - words.cell_length - (2 if self._words else 0)
        names = fitted(self._names, room)
        left = Content("  ").join(
            Content.styled(name, "bold" if place == 0 else "$text-muted") for place, name in enumerate(names)
        )
        gap = max(0, self.size.width - left.cell_length - words.cell_length)
        return Content.assemble(left, " " * gap, words)


def fitted(names: Sequence[str], room: int, gap: int = 2) -> list[str]:
    """Names that fit into ``room`` cells with gaps: the longest is cut first, then the last left out."""
    names = list(names)
    while names:
        over = sum(map(cells, names)) + gap * (len(names) - 1) - room
        if over <= 0:
            return names
        widths = [cells(name) for name in names]
        longest = max(range(len(names)), key=lambda place: (widths[place], place))
        others = [width for place, width in enumerate(widths) if place != longest]
        width = max(_LEAST, max(others, default=0) - 1, widths[longest] - over)
        if width < widths[longest]:
            names[longest] = cut(names[longest], width)
        elif len(names) == 1:
            return [cut(names[0], room)]
        else:
            names.pop()
    return names


class ViewLine(Widget):
    """``1 Members 1,204   2 Roles 11``, and at the right the note of the view one is in."""

    DEFAULT_CSS = """
    ViewLine { height: 1; width: 100%; padding: 0 1; }
    """

    class Chosen(Message):
        """A label was clicked."""

        def __init__(self, view_id: str) -> None:
            super().__init__()
            self.view_id = view_id

    def __init__(self) -> None:
        super().__init__()
        self._labels: tuple[tuple[str, str], ...] = ()
        self._current = ""
        self._note = ""

    def say(self, labels: Sequence[tuple[str, str]], current: str, note: str) -> None:
        """``labels``: view id and what stands for it, in order."""
        self._labels, self._current, self._note = tuple(labels), current, shown(note)
        self.refresh()

    def render(self) -> Content:
        left = Content("   ").join(
            Content.styled(
                label, "bold underline $text-accent" if view_id == self._current else "$text-muted"
            )
            for view_id, label in self._labels
        )
        room = self.size.width - left.cell_length - 2
        note = cut(self._note, max(0, room))
        gap = max(0, self.size.width - left.cell_length - cells(note))
        return Content.assemble(left, " " * gap, (note, "$text-muted"))

    def on_click(self, event: events.Click) -> None:
        start = 1
        for view_id, label in self._labels:
            if start <= event.x < start + cells(label):
                self.post_message(self.Chosen(view_id))
            start += cells(label) + 3
