"""Every action of the app, once: footer, help, palette, README and ``keys`` all come from here.

An id is ``WHERE.NAME``. ``app`` is everywhere in the main screen, the name of a view or dialog is there
only; the one who owns the place has a method ``do_NAME``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

APP = "app"


@dataclass(frozen=True, slots=True)
class Action:
    """``keys`` as Textual names them, the one to show first; ``help`` is one sentence."""

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    footer: int = 0
    """Importance in the footer: 1 is the last to give way to a narrow screen, 0 is not shown there."""
    typing: int = 0
    """The same, while something is being typed into a field."""
    writes: bool = False
    danger: bool = False
    """Takes something away."""
    permission: str = ""
    """What the account needs for it in the organization."""

    @property
    def where(self) -> str:
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        return self.id.partition(".")[2]

    def key_in_field(self) -> str | None:
        """The first key that is not itself typed into a field; None when all are."""
        return next((key for key in self.keys if len(key) > 1), None)


PLACES = {
    "app": "Everywhere",
    "members": "Members",
    "roles": "Roles",
    "dialog": "A dialog",
    "palette": "The palette",
    "connect": "Connect",
}
"""Where an action can be, in words."""

ACTIONS: tuple[Action, ...] = (
    Action("members.person", ("enter",), "person", "Show the person under the cursor.", footer=2),
    Action("members.filter", ("/",), "filter", "Filter as you type: every word has to match.", footer=3),
    Action("members.sort", ("s",), "sort", "Sort by the next column.", footer=5),
    Action(
        "members.administrators",
        ("i",),
        "instance admins",
        "Show who has power here through the instance, without being a member.",
        footer=8,
    ),
    Action("roles.holders", ("enter",), "holders", "Show the members that hold this role.", footer=2),
    Action("roles.compare", ("m",), "compare", "Mark this role, then compare another with it.", footer=3),
    Action("dialog.close", ("escape",), "close", "Close it.", footer=2),
    Action("dialog.copy", ("y",), "copy", "Copy what it shows.", footer=3),
    Action("palette.run", ("enter",), "do it", "Do what is selected.", footer=2, typing=2),
    Action("palette.close", ("escape",), "close", "Close the palette.", footer=3, typing=3),
    Action("connect.again", ("enter",), "try again", "Sign in with what the fields say.", footer=2, typing=2),
    Action(
        "connect.demo", ("t", "ctrl+t"), "try the demo", "Look around without a server.", footer=3, typing=3
    ),
    Action(
        "connect.leave", ("escape",), "leave field", "Leave the field, then this screen.", footer=5, typing=5
    ),
    Action("connect.quit", ("q", "ctrl+q"), "quit", "Quit.", footer=4, typing=4),
    Action("app.copy", ("y",), "copy", "Copy what is selected.", footer=6),
    Action("app.request", ("c",), "curl", "Show the request behind the view as a curl command.", footer=9),
    Action("app.write", ("w",), "CSV", "Write the list as it is filtered into a new CSV file here."),
    Action("app.reload", ("r",), "refresh", "Read again; nothing moves.", footer=7),
    Action("app.members", ("1", "f2"), "members", "Members of the organization.", typing=7),
    Action("app.roles", ("2", "f3"), "roles", "Roles and what they permit.", typing=8),
    Action("app.back", ("escape",), "back", "Leave the field, then what is open, then the filter.", typing=2),
    Action("app.palette", ("ctrl+p",), "palette", "Every action, found by typing."),
    Action("app.connect", (), "connect", "Sign in to another server, or with another key."),
    Action("app.theme", (), "light or dark", "Change between dark and light colours."),
    Action("app.help", ("?", "f1"), "help", "The keys of where you are.", footer=1, typing=1),
    Action("app.quit", ("q", "ctrl+q"), "quit", "Quit.", footer=4, typing=6),
)


def of(*places: str) -> tuple[Action, ...]:
    """The actions of these places, in this order."""
    return tuple(action for place in places for action in ACTIONS if action.where == place)


def by_id(action_id: str) -> Action:
    """Raises ``KeyError``."""
    for action in ACTIONS:
        if action.id == action_id:
            return action
    raise KeyError(action_id)


def shown_key(key: str) -> str:
    """A key as it is written on screen: ``esc``, ``F1``, ``ctrl+p``."""
    if key == "escape":
        return "esc"
    return key.upper() if key[:1] == "f" and key[1:].isdigit() else key


def keys_markdown(actions: Iterable[Action] = ACTIONS) -> str:
    """The README's tables of keys, one for each place."""
    order = list(PLACES)
    parts = []
    placed = sorted(actions, key=lambda action: order.index(action.where))
    for place, group in groupby(placed, key=lambda action: action.where):
        lines = [f"**{PLACES[place]}**", "", "| key | does |", "|---|---|"]
        for action in group:
            keys = " ".join(f"`{shown_key(key)}`" for key in action.keys) or "palette"
            lines.append(f"| {keys} | {action.help} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
