"""The base of dialogs: as small as their content, with their own keys."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
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
_BESIDE_TITLE = 6  # cells of the border that the title cannot use


def ask(app: "Shell", dialog: "Dialog[T]") -> "asyncio.Future[T | None]":
    """Show ``dialog`` at once, in response to a key; the answer can be awaited."""
    return app.prompts.ask(dialog)


def ask_when_free(
    app: "Shell", dialog: "Dialog[T]", *, over: "Dialog[Any] | None" = None
) -> "asyncio.Future[T | None]":
    """Show a dialog that appears by itself: see :meth:`Prompts.ask_when_free`."""
    return app.prompts.ask_when_free(dialog, over=over)


class Dialog(ModalScreen[T], Generic[T]):
    """Its actions are those declared for ``action_group``, implemented by ``do_NAME``; it shows its
    :meth:`body`.

    What it covers stays visible, dimmed, and receives no keys except ctrl+q. The title stands in the
    border, or above the body where the border is too short for it.
    """

    action_group: ClassVar[str] = "dialog"
    AUTO_FOCUS = ""
    title_text: str = ""
    danger: bool = False
    """Whether it asks about something that removes or loses something: its border and verb say so."""
    is_bare: bool = False
    """Whether it has all of the screen, and no edge."""
    WIDTH: ClassVar[int] = 76
    """The width in cells including borders, if the terminal is wide enough."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > #frame {
            max-width: 100%; height: auto; max-height: 100%;
            padding: 0 1; background: $background;
            border: round $text-accent; border-title-color: $text-accent; border-title-style: bold;
            &.-danger {
                border: round $text-error; border-title-color: $text-error;
            }
            &.-bare { width: 100%; height: 100%; padding: 0; border: none; }
        }
        & #title { display: none; text-style: bold; height: auto; margin-bottom: 1; }
        & #title.-above { display: block; }
        & VerticalScroll { height: auto; max-height: 70vh; scrollbar-size-vertical: 1; }
        & StatusLine { display: none; min-height: 0; padding: 0; margin-top: 1; }
        & StatusLine.-filled { display: block; }
        & KeyFooter { dock: none; margin-top: 1; padding: 0; }
    }
    """

    if TYPE_CHECKING:
        app: Shell

    _has_answer = False
    _answer: T | None = None

    def __init_subclass__(cls, **settings: Any) -> None:
        cls.BINDINGS = bindings(actions.of(cls.action_group))
        super().__init_subclass__(**settings)

    @cached_property
    def key_line(self) -> KeyFooter:
        return KeyFooter()

    def compose(self) -> ComposeResult:
        bind(self, self.actions_here())
        with Vertical(id="frame") as frame:
            if self.is_bare:
                frame.add_class("-bare")
            else:
                frame.styles.width = self.width
            frame.set_class(self.danger, "-danger")
            yield Static(Content(shown(self.title_text)), id="title")
            yield from self.body()
            yield StatusLine(self.app.messages, log_key=self.app.keymap.hint("app.messages"))
            yield self.key_line
        yield TooSmall()

    def body(self) -> ComposeResult:
        yield from ()

    @property
    def width(self) -> int:
        """The width in cells including borders, if the terminal is wide enough."""
        return self.WIDTH

    def on_resize(self) -> None:
        self._place_title()

    def show_title(self, title: str) -> None:
        """Change the title."""
        self.title_text = title
        if self.is_mounted and self.query("#frame"):  # else it is placed when there is a frame
            self._place_title()

    def _place_title(self) -> None:
        """Put the title into the border, or above the body if the border is too short."""
        title = self.title_text
        content = Content(shown(title))
        fits = content.cell_length + _BESIDE_TITLE <= min(self.width, self.app.size.width)
        self.query_one("#frame").border_title = content if fits and title else None
        above = self.query_one("#title", Static)
        above.update(content)
        above.set_class(bool(title) and not fits, "-above")

    def actions_here(self) -> tuple[Action, ...]:
        """The dialog's own actions, help, and the log of messages."""
        return (*self.app.keymap.of(self.action_group), *map(self.app.keymap.by_id, EVERYWHERE))

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
        """Perform an action of this dialog as if its key had been pressed."""
        perform(self.app, self, self.app.keymap.by_id(f"{self.action_group}.{name}"))

    def close(self, answer: T | None = None) -> None:
        """Dismiss this dialog, and no other, with its first answer; a covered dialog once it is uncovered."""
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
    WIDTH = 108

    def __init__(self, title: str, text: str, *, called: str, explanation: str = "") -> None:
        """``called`` names the copied text: ``the curl command``."""
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
