"""The header: organization, instance and account; and the line of views with their age."""

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from zitadel_tui.text import cells, cut, shown
from zitadel_tui.tui.format.lines import ACCENT, DANGER, DIM, STRONG, WARNING

_LEAST = 8  # cells of a name; fewer say nothing
_BETWEEN = 3  # cells from one view to the next
_LEAST_BETWEEN = 2
_LEAST_LETTERS = 3  # of the label of a view; fewer say nothing
_BADGES = {"DEMO": ACCENT, "INSECURE": DANGER}
"""The colours of badges; others have that of a warning."""
_ACCENTS = {
    "red": "#d0403b",
    "orange": "#d9822b",
    "yellow": "#b8960c",
    "green": "#3f9142",
    "blue": "#3b7dd8",
    "purple": "#9b59b6",
}
"""The colours of contexts: each can be told from both light and dark grounds."""
_LONGEST_CONTEXT = 20  # cells


class HeaderLine(Widget):
    """The context, organization, instance and account; at the right the badges. Context and badges are never
    cut."""

    DEFAULT_CSS = """
    HeaderLine { height: 1; width: 100%; padding: 0 1; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._words: tuple[str, ...] = ()
        self._place = ("", "")

    def say(self, names: Sequence[str], words: Sequence[str], context: tuple[str, str] = ("", "")) -> None:
        """``names``: organization, instance and account, unescaped; ``words``: READ-ONLY, DEMO, INSECURE;
        ``context``: its word and the name of its colour, both may be empty."""
        self._names = tuple(shown(name) for name in names if name)
        self._words = tuple(words)
        self._place = (cut(shown(context[0]), _LONGEST_CONTEXT), context[1])
        self.refresh()

    def _place_label(self) -> Content:
        """The word of the context: a badge in its colour, or dim where it has none."""
        word, accent = self._place
        if not word:
            return Content("")
        if accent not in _ACCENTS:
            return Content.assemble((word, DIM), "  ")
        return Content.assemble((f" {word} ", f"bold reverse {_ACCENTS[accent]}"), "  ")

    def render(self) -> Content:
        words = Content(" ").join(
            Content.styled(f" {word} ", f"bold reverse {_BADGES.get(word, WARNING)}") for word in self._words
        )
        context = self._place_label()
        room = self.size.width - context.cell_length - words.cell_length - (2 if self._words else 0)
        names = fitted(self._names, room)
        left = Content("  ").join(
            Content.styled(name, "bold" if place == 0 else "$text-muted") for place, name in enumerate(names)
        )
        gap = max(0, self.size.width - context.cell_length - left.cell_length - words.cell_length)
        return Content.assemble(context, left, " " * gap, words)


def fitted(names: Sequence[str], room: int, gap: int = 2) -> list[str]:
    """The names cut to fit ``room`` cells with gaps: the longest is cut first, then the last omitted."""
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


class ViewLabel(NamedTuple):
    """A view in the line of views: ``1 F2`` ``Members`` ``1,204``."""

    view_id: str
    keys: str
    label: str
    number: str = ""
    """How much there is in it; empty while that is not known."""

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.keys, self.label, self.number) if part)

    @property
    def without_number(self) -> "ViewLabel":
        return ViewLabel(self.view_id, self.keys, self.label)

    def shortened(self, letters: int) -> "ViewLabel":
        """With so many letters of the label, and no number."""
        return ViewLabel(self.view_id, self.keys, self.label[:letters])


def arranged(labels: Sequence[ViewLabel], current: str, room: int) -> tuple[Sequence[ViewLabel], int]:
    """The labels and the cells between two of them. If ``room`` is short, the gaps shrink, then the counts
    of other views go, then the gaps again, then all counts, then letters of other views."""
    without = [label if label.view_id == current else label.without_number for label in labels]
    bare = [label.without_number for label in labels]
    ways: list[tuple[Sequence[ViewLabel], int]] = [
        (labels, _BETWEEN),
        (labels, _LEAST_BETWEEN),
        (without, _LEAST_BETWEEN),
        (without, 1),
    ]
    longest = max((len(label.label) for label in labels), default=0)
    for letters in range(longest, -1, -1):
        if letters >= _LEAST_LETTERS or not letters:
            shorter = [one if one.view_id == current else one.shortened(letters) for one in bare]
            ways.append((shorter, 1))

    def fits(way: tuple[Sequence[ViewLabel], int]) -> bool:
        shown, gap = way
        return sum(cells(label.text) for label in shown) + gap * (len(shown) - 1) <= room

    return next(filter(fits, ways), ways[-1])


class ViewLine(Widget):
    """``1 Members 1,204 2 Roles 11``, and at the right the note of the current view."""

    DEFAULT_CSS = """
    ViewLine { height: 1; width: 100%; padding: 0 1; background: $panel; }
    """

    class Chosen(Message):
        """Posted when a label was clicked."""

        def __init__(self, view_id: str) -> None:
            super().__init__()
            self.view_id = view_id

    def __init__(self) -> None:
        super().__init__()
        self._labels: tuple[ViewLabel, ...] = ()
        self._current = ""
        self._note = ""

    def say(self, labels: Sequence[ViewLabel], current: str, note: str) -> None:
        """``labels`` in order; ``current`` is the id of the current view."""
        new = (tuple(labels), current, shown(note))
        if new != (self._labels, self._current, self._note):
            self._labels, self._current, self._note = new
            self.refresh()

    def render(self) -> Content:
        labels, gap = self._arranged
        left = Content(" " * gap).join(map(self._label, labels))
        room = self.size.width - left.cell_length - 2
        note = self._note if cells(self._note) <= room else ""
        blanks = max(0, self.size.width - left.cell_length - cells(note))
        return Content.assemble(left, " " * blanks, (note, DIM))

    @property
    def _arranged(self) -> tuple[Sequence[ViewLabel], int]:
        """The note gives way before letters of a label do."""
        room = self.size.width - (cells(self._note) + 2 if self._note else 0)
        labels, gap = arranged(self._labels, self._current, room)
        if gap < _LEAST_BETWEEN:
            return arranged(self._labels, self._current, self.size.width)
        return labels, gap

    def _label(self, label: ViewLabel) -> Content:
        """A label: the current view in the accent colour, keys and counts dim."""
        style = f"{STRONG} underline {ACCENT}" if label.view_id == self._current else ""
        number = f" {label.number}" if label.number else ""
        blank = " " if label.label else ""
        return Content.assemble((label.keys, DIM), blank, (label.label, style), (number, DIM))

    def on_click(self, event: events.Click) -> None:
        start = 1
        labels, gap = self._arranged
        for label in labels:
            if start <= event.x < start + cells(label.text):
                self.post_message(self.Chosen(label.view_id))
            start += cells(label.text) + gap
