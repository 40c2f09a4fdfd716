"""Widgets and content that take text as data, never as markup. All text from outside is shown through them.

Every text of a part passes :func:`zitadel_tui.text.shown` here, so pass outside text unescaped.
"""

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.widget import Widget

from zitadel_tui.text import shown
from zitadel_tui.tui.format.lines import Part


def content(*parts: Part) -> Content:
    """One line of parts as a ``Content`` for Textual: labels, titles, prompts."""
    return Content.assemble(
        *((shown(part[0]), part[1]) if isinstance(part, tuple) else shown(part) for part in parts)
    )


def block(lines: Iterable[Sequence[Part]]) -> Content:
    """Lines, each a sequence of parts; a line break inside a text becomes a blank."""
    return Content("\n").join([content(*line) for line in lines])


class SafeBlock(Widget):
    """Lines of parts; a line that is too long is wrapped."""

    DEFAULT_CSS = """
    SafeBlock { height: auto; }
    """
    ALLOW_SELECT = False

    def __init__(
        self,
        *lines: Sequence[Part],
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, markup=False)
        self._content = block(lines)

    @property
    def plain(self) -> str:
        """What is shown, without its styles."""
        return self._content.plain

    def update(self, *lines: Sequence[Part]) -> None:
        """Show these lines instead; nothing is repainted when they are the same."""
        new = block(lines)
        if not new.is_same(self._content):
            layout = self.styles.auto_dimensions and not self._keeps_its_height(new)
            self._content = new
            self.clear_cached_dimensions()
            self.refresh(layout=layout)

    def _keeps_its_height(self, new: Content) -> bool:
        """Whether nothing has to move for other content: laying out costs as much as painting the screen."""
        width = self.content_size.width
        if not width or self.styles.is_auto_width:
            return False
        return new.get_height(self.styles.get_rules(), width) == self.content_size.height

    def render(self) -> Content:
        return self._content


class SafeLine(SafeBlock):
    """One line of parts, never wrapped: text that is too long ends in ``…``."""

    DEFAULT_CSS = """
    SafeLine { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(
        self, *parts: Part, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(parts, name=name, id=id, classes=classes)

    def show(self, *parts: Part) -> None:
        """Show this instead; nothing is repainted when it is the same."""
        self.update(parts)
