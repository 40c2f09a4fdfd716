"""A dialog: as small as its question; it answers for its own keys."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from zitadel_tui import actions
from zitadel_tui.actions import Action
from zitadel_tui.text import shown, shown_lines
from zitadel_tui.tui.keys import bind, bindings, in_field, press
from zitadel_tui.tui.widgets.footer import KeyFooter
from zitadel_tui.tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from zitadel_tui.tui.ports import Shell

T = TypeVar("T")


def ask(app: "Shell", dialog: "Dialog[T]") -> "asyncio.Future[T | None]":
    """Put ``dialog`` up at once, so that the very next key is meant for it; its answer can be awaited."""
    answer: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()

    def answered(result: T | None) -> None:
        if not answer.done():
            answer.set_result(result)

    app.push_screen(dialog, answered)
    return answer


class Dialog(ModalScreen[T], Generic[T]):
    """Its actions are those of ``place``, done by ``do_NAME``; :meth:`body` is what it shows.

    Nothing behind it hears a key, save ctrl+q.
    """

    place: ClassVar[str] = "dialog"
    AUTO_FOCUS = ""
    title_text: str = ""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > #frame {
        width: 90%; max-width: 100; height: auto; max-height: 90%; padding: 0 1; background: $panel;
    }
    Dialog.-narrow > #frame { width: 100%; max-height: 100%; }
    Dialog #title { text-style: bold; height: auto; margin-bottom: 1; }
    Dialog VerticalScroll { height: auto; max-height: 70vh; scrollbar-size-vertical: 1; }
    Dialog KeyFooter { dock: none; margin-top: 1; padding: 0; }
    """

    if TYPE_CHECKING:
        app: Shell

    def __init_subclass__(cls, **settings: Any) -> None:
        cls.BINDINGS = bindings(actions.of(cls.place))
        super().__init_subclass__(**settings)

    def compose(self) -> ComposeResult:
        bind(self, self.actions_here())
        with Vertical(id="frame"):
            if self.title_text:
                yield Static(Content(shown(self.title_text)), id="title")
            yield from self.body()
            yield KeyFooter()
        yield TooSmall()

    def body(self) -> ComposeResult:
        yield from ()

    def actions_here(self) -> tuple[Action, ...]:
        return self.app.keymap.of(self.place)

    def reason_against(self, action_id: str) -> str | None:
        return None

    def doer(self, action: Action) -> Callable[[], Any]:
        method: Callable[[], Any] = getattr(self, f"do_{action.name}")
        return method

    def action_press(self, key: str) -> None:
        press(self.app, self, key)

    def do_close(self) -> Awaitable[None] | None:
        if in_field(self):
            self.set_focus(None)
        else:
            self.dismiss(None)
        return None


class TextDialog(Dialog[None]):
    """A text to read, scroll and copy: a curl command, or what could not be copied."""

    DEFAULT_CSS = """
    TextDialog #text { height: auto; }
    """

    def __init__(self, title: str, text: str, *, called: str, explanation: str = "") -> None:
        """``called`` is what the copied text is, in words: ``the curl command``."""
        self.title_text = title
        self.text = text
        self.called = called
        self.explanation = explanation
        super().__init__()

    def body(self) -> ComposeResult:
        if self.explanation:
            yield Static(Content(shown_lines(self.explanation)), id="explanation")
        with VerticalScroll():
            yield Static(Content(shown_lines(self.text)), id="text")

    def on_mount(self) -> None:
        self.set_focus(self.query_one(VerticalScroll))

    async def do_copy(self) -> None:
        await self.app.copy(self.called, self.text)
