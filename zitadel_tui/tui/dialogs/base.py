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
from zitadel_tui.tui.keys import EVERYWHERE, bind, bindings, in_field, perform, press
from zitadel_tui.tui.widgets.footer import KeyFooter
from zitadel_tui.tui.widgets.status_line import StatusLine
from zitadel_tui.tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from zitadel_tui.tui.ports import Shell

T = TypeVar("T")


def ask(app: "Shell", dialog: "Dialog[T]") -> "asyncio.Future[T | None]":
    """For a key: show ``dialog`` at once; its answer can be awaited."""
    return app.prompts.ask(dialog)


def ask_when_free(
    app: "Shell", dialog: "Dialog[T]", *, over: "Dialog[Any] | None" = None
) -> "asyncio.Future[T | None]":
    """For what appears by itself: see :meth:`Prompts.ask_when_free`."""
    return app.prompts.ask_when_free(dialog, over=over)


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
    Dialog StatusLine { display: none; min-height: 0; padding: 0; margin-top: 1; }
    Dialog StatusLine.-filled { display: block; }
    Dialog KeyFooter { dock: none; margin-top: 1; padding: 0; }
    """

    if TYPE_CHECKING:
        app: Shell

    _has_answer = False
    _answer: T | None = None

    def __init_subclass__(cls, **settings: Any) -> None:
        cls.BINDINGS = bindings(actions.of(cls.place))
        super().__init_subclass__(**settings)

    def compose(self) -> ComposeResult:
        bind(self, self.actions_here())
        with Vertical(id="frame"):
            if self.title_text:
                yield Static(Content(shown(self.title_text)), id="title")
            yield from self.body()
            yield StatusLine(self.app.messages, log_key=self.app.keymap.hint("app.messages"))
            yield KeyFooter()
        yield TooSmall()

    def body(self) -> ComposeResult:
        yield from ()

    def actions_here(self) -> tuple[Action, ...]:
        """Its own, help, and the log of messages."""
        return (*self.app.keymap.of(self.place), *map(self.app.keymap.by_id, EVERYWHERE))

    def reason_against(self, action_id: str) -> str | None:
        return None

    def handler(self, action: Action) -> Callable[[], Any]:
        if action.id in EVERYWHERE:
            return self.app.handler(action)
        method: Callable[[], Any] = getattr(self, f"do_{action.name}")
        return method

    def action_press(self, key: str) -> None:
        press(self.app, self, key)

    def perform(self, name: str) -> None:
        """Do an action of this dialog as if its key had been pressed."""
        perform(self.app, self, self.app.keymap.by_id(f"{self.place}.{name}"))

    def close(self, answer: T | None = None) -> None:
        """Dismiss this dialog, and no other, with its first answer; one that is covered, once it is not."""
        if not self._has_answer:
            self._has_answer, self._answer = True, answer
            self._dismiss_if_uncovered()

    @property
    def is_open(self) -> bool:
        """Whether it has no answer yet."""
        return not self._has_answer

    def _dismiss_if_uncovered(self) -> None:
        if self._has_answer and self.app.screen is self:
            self.dismiss(self._answer)

    def on_screen_resume(self) -> None:
        self._dismiss_if_uncovered()

    def do_close(self) -> Awaitable[None] | None:
        if in_field(self):
            self.set_focus(None)
        else:
            self.close(None)
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
