"""Lines of text that may be longer than the screen."""

from textual import events
from textual.app import App, ComposeResult
from textual.message import Message

from zitadel_tui.tui.widgets.panel import Panel


class NeverResized(Panel):
    """As when the screen also scrolls while the panel is being displayed."""

    def post_message(self, message: Message) -> bool:
        return isinstance(message, events.Resize) or super().post_message(message)


class PanelApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.panel = NeverResized()
        self.panel.display = False

    def compose(self) -> ComposeResult:
        yield self.panel


async def test_what_is_shown_before_there_is_room_appears_even_if_no_resize_is_told() -> None:
    app = PanelApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.panel.show("ada", lambda width: [(f"{width} cells for Ada",)])
        app.panel.display = True
        await pilot.pause()
        await pilot.pause()
        assert app.panel.plain == "35 cells for Ada"
