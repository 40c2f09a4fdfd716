"""Outside text in our widgets: seen as it is, harmless, and never markup."""

import unicodedata

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from tests import hostile
from zitadel_tui.text import shown
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine, block, content

ALL = (*hostile.MARKUP, *hostile.CONTROLS, *hostile.INVISIBLE, *hostile.NAMES)


class Texts(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.line = SafeLine()
        self.block = SafeBlock()

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.block

    def painted(self) -> list[str]:
        return [strip.text for strip in self.screen._compositor.render_strips()]


@pytest.mark.parametrize("text", ALL)
def test_content_is_the_text_and_only_our_style(text: str) -> None:
    made = content("<", (text, "bold"), ">")
    assert made.plain == f"<{shown(text)}>"
    assert {span.style for span in made.spans} <= {"bold"}
    assert block([[text], ["b"]]).plain.count("\n") == 1


async def test_hostile_text_is_painted_as_it_reads_and_nothing_else() -> None:
    app = Texts()
    async with app.run_test(size=(60, 20), notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        for text in ALL:
            app.line.show((text, "$text-error"), "|")
            app.block.update((text,), (("end", "$text-muted"),))
            painted = [strip for widget in (app.line, app.block) for strip in lines_of(widget)]
            assert not any(unicodedata.category(c) in ("Cc", "Cs") for strip in painted for c in strip.text)
            styles = [style for strip in painted for _, style, _ in strip if style]
            assert not any(style.link or "@click" in style.meta for style in styles)
        app.line.show("User [/] x", "|")
        await pilot.pause()
        assert app.painted()[0].startswith("User [/] x|")


def lines_of(widget: SafeBlock) -> list[Strip]:
    return widget.render_lines(Region(0, 0, widget.size.width, max(1, widget.size.height)))


async def test_a_line_is_cut_and_a_block_wraps() -> None:
    app = Texts()
    async with app.run_test(size=(20, 6)) as pilot:
        app.line.show("[red]" + "x" * 40)
        app.block.update(("one two three four five six",), ("end",))
        await pilot.pause()
        assert [line.rstrip() for line in app.painted()] == [
            "[red]xxxxxxxxxxxxxx…",
            "one two three four",
            "five six",
            "end",
            "",
            "",
        ]
        assert app.block.plain == "one two three four five six\nend"
