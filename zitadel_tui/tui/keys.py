"""From a key to its action; the only place that checks whether an action is possible."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from textual import events
from textual.actions import SkipAction
from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from zitadel_tui.actions import Action
from zitadel_tui.keymap import ALWAYS
from zitadel_tui.tui.driver.textual_compat import add_bindings
from zitadel_tui.tui.driver.workers import start_worker

if TYPE_CHECKING:
    from zitadel_tui.tui.ports import Shell


HELP, MESSAGES = "app.help", "app.messages"
EVERYWHERE = (HELP, MESSAGES)
"""Actions of the app that dialogs have, too; they are always possible."""
_SPELLED = {",": "comma"}  # Textual separates keys by commas


@runtime_checkable
class ActionOwner(Protocol):
    """The app (for the main screen) or a dialog, which has actions."""

    def actions_here(self) -> tuple[Action, ...]: ...

    def reason_against(self, action_id: str) -> str | None: ...

    def handler(self, action: Action) -> Callable[[], Any]:
        """The method of an action; raises ``AttributeError`` when there is none."""


class AcceptsTyping:
    """A text field, or a widget of a form that takes single keys."""


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """One binding for each key, whichever actions it has; quitting also works inside a dialog."""
    keys = dict.fromkeys(key for action in actions for key in action.keys)
    return [
        Binding(_SPELLED.get(key, key), f"press({key!r})", show=False, priority=key == ALWAYS) for key in keys
    ]


def bind(node: DOMNode, actions: Iterable[Action]) -> None:
    """Bind the user's keys of these actions on ``node``, in addition to those of its class."""
    add_bindings(node, bindings(actions))


def press(app: "Shell", owner: ActionOwner, key: str) -> None:
    """Perform the action of ``key`` here; a key without an action is not handled."""
    for action in owner.actions_here():
        if key in action.keys:
            perform(app, owner, action)
            return
    raise SkipAction


def reason_against(owner: ActionOwner, action: Action) -> str | None:
    """Why an action is not possible now; global actions always are."""
    return None if action.id in EVERYWHERE else owner.reason_against(action.id)


def perform(app: "Shell", owner: ActionOwner, action: Action) -> None:
    """Perform an action, or say why not; a slow action does not delay the next key.

    The action is claimed at once, not when its coroutine starts: until it has ended it does not start
    again, unless it is declared repeatable.
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
    start_worker(app, partial(_claimed, app, claim, done), group=action.id, description=action.id)


async def _claimed(app: "Shell", claim: tuple[object, str], done: Awaitable[Any]) -> None:
    try:
        await done
    finally:
        app.running.discard(claim)


def action_owner(screen: Screen[Any]) -> ActionOwner:
    """The owner of the actions on this screen."""
    if isinstance(screen, ActionOwner):
        return screen
    assert isinstance(screen.app, ActionOwner)
    return screen.app


def in_field(screen: Screen[Any]) -> bool:
    """Whether typed text now goes into a field or another widget of a form."""
    return isinstance(screen.focused, AcceptsTyping)


def is_text(app: App[Any], event: events.Event) -> bool:
    """Whether a key event is typed into a field."""
    return isinstance(event, events.Key) and event.is_printable and in_field(app.screen)
