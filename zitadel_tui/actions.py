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
    repeatable: bool = False
    """May begin again, for another row, before it has ended."""
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
    "import": "Import",
    "imported": "Import results",
    "choose_roles": "Roles for a new user",
    "qr": "A QR code",
    "assign": "Roles of a person",
    "choose": "Choosing somebody",
    "confirm": "A question",
    "typed": "A name to type",
    "three_states": "Roles that changed meanwhile",
    "bulk": "Results for several",
    "dialog": "A dialog",
    "messages": "Messages",
    "quit": "Quitting",
    "palette": "The palette",
    "connect": "Connect",
}
"""Where an action can be, in words."""

ACTIONS: tuple[Action, ...] = (
    Action("members.person", ("enter",), "person", "Show the person under the cursor.", footer=2),
    Action(
        "members.roles",
        ("e",),
        "roles",
        "Give and take roles: of the person under the cursor, or of all selected.",
        footer=3,
        writes=True,
        danger=True,
        permission="org.member.write",
    ),
    Action(
        "members.add",
        ("a",),
        "add",
        "Find somebody and make them a member.",
        footer=4,
        writes=True,
        permission="org.member.write",
    ),
    Action("members.select", ("space",), "select", "Select this one, to change several at once.", footer=5),
    Action(
        "members.remove",
        ("x",),
        "remove",
        "End the membership, after naming person and roles; of all selected.",
        footer=5,
        writes=True,
        danger=True,
        repeatable=True,
        permission="org.member.delete",
    ),
    Action("members.filter", ("/",), "filter", "Filter as you type: every word has to match.", footer=3),
    Action("members.sort", ("s",), "sort", "Sort by the next column.", footer=7),
    Action("members.reverse", ("S",), "reverse", "Sort the other way around."),
    Action("members.by_name", ("N",), "sort by name", "Sort by name; again: the other way around."),
    Action("members.by_login", ("L",), "sort by login", "Sort by login name; again: the other way around."),
    Action("members.by_email", ("E",), "sort by email", "Sort by email; again: the other way around."),
    Action("members.by_roles", ("R",), "sort by roles", "Sort by roles; again: the other way around."),
    Action("members.by_since", ("D",), "sort by date", "Sort by date added; again: the other way around."),
    Action("members.by_kind", (), "sort by kind", "Sort humans and service accounts apart."),
    Action(
        "members.select_down",
        ("shift+down", "J"),
        "select down",
        "Select this one and the next, and go there.",
    ),
    Action(
        "members.select_up",
        ("shift+up", "K"),
        "select up",
        "Select this one and the one before, and go there.",
    ),
    Action("members.range", ("v",), "select range", "Select all from the one selected last to the cursor."),
    Action("members.all", ("A", "ctrl+a"), "select all", "Select all that are shown."),
    Action("members.none", ("U",), "select none", "Clear the selection."),
    Action("members.results", ("o",), "results", "Show the results of the last change for several."),
    Action("members.invert", ("I",), "invert", "Of those shown, select the others."),
    Action(
        "members.administrators",
        ("i",),
        "instance admins",
        "Show who has power here through the instance, without being a member.",
        footer=8,
    ),
    Action("roles.holders", ("enter",), "holders", "Show the members that hold this role.", footer=2),
    Action("roles.compare", ("m",), "compare", "Choose this role, then compare another with it.", footer=3),
    Action(
        "import.send",
        ("ctrl+s",),
        "import",
        "Import the user of the form, from any field; enter does so too.",
        footer=2,
        typing=2,
        writes=True,
        permission="user.write",
    ),
    Action("import.edit", ("enter",), "back to the form", "Go to the field you were in.", footer=3),
    Action("import.roles", ("ctrl+r",), "roles", "Choose the roles to assign.", footer=8, typing=4),
    Action(
        "import.generate",
        ("ctrl+g",),
        "generate password",
        "Generate a password that keeps the policy, and show it.",
        typing=5,
    ),
    Action("import.show", ("ctrl+t",), "show or hide", "Show or hide the password or hash.", typing=9),
    Action(
        "import.results",
        ("ctrl+o",),
        "results",
        "Show what was imported: links, passwords, roles, and outcomes that are not known yet.",
        footer=5,
        typing=8,
    ),
    Action("import.check", ("f5",), "check", "Check whether a user was created whose import got no answer."),
    Action("import.clear", ("ctrl+n",), "clear", "Clear the form.", footer=7, typing=9),
    Action(
        "imported.another", ("enter",), "another one", "Import another user with the same choices.", footer=2
    ),
    Action("imported.close", ("escape",), "close", "Close the list; the results stay in it.", footer=4),
    Action("imported.copy", ("y",), "copy", "Copy the passkey link, or else the id.", footer=5),
    Action("imported.show", ("s",), "show or hide", "Show or hide the passkey link or password.", footer=3),
    Action("imported.draw", ("d",), "QR code", "Draw the passkey link as a QR code.", footer=6),
    Action(
        "imported.renew",
        ("n",),
        "new link",
        "Make a new passkey link.",
        footer=8,
        writes=True,
        permission="user.credential.write",
    ),
    Action(
        "imported.assign",
        ("a",),
        "assign roles",
        "Assign the roles that are not assigned yet.",
        footer=2,
        writes=True,
        permission="org.member.write",
    ),
    Action(
        "imported.resend",
        ("m",),
        "mail again",
        "Send the mail with the code again.",
        footer=7,
        writes=True,
        permission="user.write",
    ),
    Action("imported.check", ("r",), "check", "Check whether the user was created.", footer=2),
    Action("imported.dismiss", ("x",), "dismiss", "Remove this result from the list.", footer=7),
    Action("choose_roles.toggle", ("space",), "toggle", "Choose the role, or not.", footer=2),
    Action(
        "choose_roles.save",
        ("ctrl+s",),
        "done",
        "Keep what is chosen; it is assigned after the import.",
        footer=2,
    ),
    Action("choose_roles.close", ("escape",), "cancel", "Leave the roles as they were.", footer=4),
    Action("assign.toggle", ("space",), "toggle", "Give or take the role under the cursor.", footer=2),
    Action(
        "assign.save", ("ctrl+s",), "save", "Write it; what takes something away is asked about.", footer=2
    ),
    Action("assign.request", ("c",), "curl", "Show the change as a curl command and as our own.", footer=4),
    Action(
        "assign.again", ("r",), "read again", "Read again what is there now; what you chose stays.", footer=5
    ),
    Action("assign.close", ("escape",), "cancel", "Leave everything as it is.", footer=3),
    Action("choose.take", ("enter",), "choose", "Go on with the one under the cursor.", footer=2, typing=2),
    Action("choose.close", ("escape",), "cancel", "Choose nobody.", footer=3, typing=3),
    Action("confirm.yes", ("y",), "yes", "Do it.", footer=3, danger=True),
    Action("confirm.no", ("enter", "escape", "n"), "no", "Leave everything as it is.", footer=2),
    Action("typed.force", ("enter",), "do it", "Do it, when the name is right.", footer=2, typing=3),
    Action("typed.close", ("escape",), "leave as it is", "Do nothing.", footer=3, typing=2),
    Action(
        "three_states.merge", ("m",), "with yours", "Keep theirs, and write your difference on top.", footer=3
    ),
    Action("three_states.edit", ("e",), "keep editing", "Go on from what is there now.", footer=2),
    Action("three_states.close", ("escape",), "cancel", "Leave it as it is now.", footer=2),
    Action("bulk.again", ("t",), "try failed again", "Try again what failed.", footer=3),
    Action("bulk.copy", ("y",), "copy", "Copy the results.", footer=4),
    Action("bulk.dismiss", ("d",), "dismiss", "Close it for good: its results are not kept.", footer=5),
    Action(
        "bulk.close",
        ("escape",),
        "close",
        "Close it; what is being written goes on, and the results are kept.",
        footer=2,
    ),
    Action("qr.close", ("escape", "enter", "d"), "close", "Close it.", footer=2),
    Action("dialog.close", ("escape",), "close", "Close it.", footer=2),
    Action("dialog.copy", ("y",), "copy", "Copy what it shows.", footer=3),
    Action("messages.copy", ("y",), "copy", "Copy the messages.", footer=3),
    Action("messages.close", ("escape", "enter"), "close", "Close it.", footer=2),
    Action("quit.wait", ("w", "enter"), "wait", "Quit when all has been written.", footer=2),
    Action("quit.stop", ("s",), "stop", "Let what was sent end, send nothing more, and quit.", footer=3),
    Action("quit.close", ("escape",), "stay", "Stay in the app.", footer=2),
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
    Action("app.import", ("3", "f4"), "import", "Import a user.", typing=9),
    Action("app.back", ("escape",), "back", "Leave the field, then what is open, then the filter.", typing=2),
    Action("app.palette", ("ctrl+p",), "palette", "Every action, found by typing."),
    Action("app.connect", (), "connect", "Sign in to another server, or with another key."),
    Action("app.theme", (), "light or dark", "Change between dark and light colours."),
    Action("app.messages", ("ctrl+l",), "messages", "Show everything that was said, newest first."),
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
