"""From a key to what is done: the one place that asks whether it is possible."""

from collections.abc import Awaitable, Callable, Iterable
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from textual import events
from textual.actions import SkipAction
from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input, TextArea

from zitadel_tui.actions import Action
from zitadel_tui.keymap import ALWAYS
from zitadel_tui.tui.driver.textual_compat import add_bindings

if TYPE_CHECKING:
    from zitadel_tui.tui.ports import Shell


HELP, MESSAGES = "app.help", "app.messages"
EVERYWHERE = (HELP, MESSAGES)
"""Actions of the app that dialogs have, too; they are always possible."""
_SPELLED = {",": "comma"}  # Textual separates keys by commas


@runtime_checkable
class ActionOwner(Protocol):
    """The app (for the main screen) or a dialog: it has actions and can do them."""

    def actions_here(self) -> tuple[Action, ...]: ...

    def reason_against(self, action_id: str) -> str | None: ...

    def handler(self, action: Action) -> Callable[[], Any]:
        """The method that does it; raises ``AttributeError`` when there is none."""


class AcceptsTyping:
    """A widget of a form that is no field to type into: single keys are meant for it all the same."""


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """One binding for each key, whichever actions it stands for; quitting works from inside a dialog, too."""
    keys = dict.fromkeys(key for action in actions for key in action.keys)
    return [
        Binding(_SPELLED.get(key, key), f"press({key!r})", show=False, priority=key == ALWAYS) for key in keys
    ]


def bind(node: DOMNode, actions: Iterable[Action]) -> None:
    """Have ``node`` hear the keys that the user gave to these actions, beside those of its class."""
    add_bindings(node, bindings(actions))


def press(app: "Shell", owner: ActionOwner, key: str) -> None:
    """Do what ``key`` stands for here; a key that stands for nothing is left to others."""
    for action in owner.actions_here():
        if key in action.keys:
            perform(app, owner, action)
            return
    raise SkipAction


def reason_against(owner: ActionOwner, action: Action) -> str | None:
    """Why it is not possible now; what is there everywhere always is."""
    return None if action.id in EVERYWHERE else owner.reason_against(action.id)


def perform(app: "Shell", owner: ActionOwner, action: Action) -> None:
    """Do it, or say why not; what takes its time does not hold up the next key.

    The action is claimed now, not when its coroutine gets to run: until it has ended it does not begin
    again, unless it is declared as repeatable.
    """
    claim = (owner, action.id)
    reason = reason_against(owner, action)
    if reason is None and claim in app.running:
        reason = f"“{action.label}” is still running: wait until it has ended."
    if reason is not None:
        app.show_message(reason, severity="warning")
        return
    done = owner.handler(action)()
    if not isawaitable(done):
        return
    if not action.repeatable:
        app.running.add(claim)
    app.run_worker(_claimed(app, claim, done), group=action.id, description=action.id)


async def _claimed(app: "Shell", claim: tuple[object, str], done: Awaitable[Any]) -> None:
    try:
        await done
    finally:
        app.running.discard(claim)


def action_owner(screen: Screen[Any]) -> ActionOwner:
    """Who answers for the keys on this screen."""
    if isinstance(screen, ActionOwner):
        return screen
    assert isinstance(screen.app, ActionOwner)
    return screen.app


def in_field(screen: Screen[Any]) -> bool:
    """Whether what is typed goes into a field, or into another part of a form, now."""
    return isinstance(screen.focused, Input | TextArea | AcceptsTyping)


def is_text(app: App[Any], event: events.Event) -> bool:
    """Whether it is typed into a field, now that it is its turn."""
    return isinstance(event, events.Key) and event.is_printable and in_field(app.screen)
