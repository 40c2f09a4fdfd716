"""Every action of the app, once: footer, help, palette, README and ``keys`` all come from here.

An id is ``WHERE.NAME``. The actions of ``app`` work everywhere in the main screen, those of a view or
dialog only there; the app, view or dialog has the method ``do_NAME``."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

APP = "app"


class Action(NamedTuple):
    """``keys`` are named as in Textual; the first one is shown. ``help`` is one sentence."""

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
    """Removes something."""
    repeatable: bool = False
    """May begin again, for another row, before it has ended."""
    permission: str = ""
    """What the account needs for it in the organization."""
    or_permission: str = ""
    """What is enough, too, be it in one project."""

    @property
    def where(self) -> str:
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        return self.id.partition(".")[2]

    def key_in_field(self) -> str | None:
        """The first key that a field does not take as text; None when there is none."""
        return next((key for key in self.keys if len(key) > 1), None)


PLACES = {
    "app": "Everywhere",
    "members": "Members",
    "roles": "Roles",
    "import": "Import",
    "projects": "Projects",
    "onboard": "Onboard",
    "history": "History",
    "onboard_file": "Choosing a file of users",
    "runs": "Runs of files",
    "imported": "Import results",
    "choose_roles": "Roles for a new user",
    "qr": "A QR code",
    "assign": "Roles of a user",
    "choose": "Choosing a user",
    "confirm": "A question",
    "typed": "Confirming by a name",
    "conflict": "Roles that changed meanwhile",
    "job": "Results of a change to several users",
    "dialog": "A dialog",
    "messages": "Messages",
    "quit": "Quitting",
    "palette": "The palette",
    "place": "Choosing a context or an organization",
    "doctor": "The doctor",
    "undo": "Undo",
    "connect": "Connect",
}
"""Where an action can be, in words."""
VIEWS = ("members", "roles", "import", "projects", "onboard", "history")
"""The places that are views: there the actions of ``app`` work, too."""

ACTIONS: tuple[Action, ...] = (
    Action("members.person", ("enter",), "show", "Show the details of the user under the cursor.", footer=2),
    Action(
        "members.roles",
        ("e",),
        "roles",
        "Edit the roles of the member under the cursor, or of all selected members.",
        footer=3,
        writes=True,
        danger=True,
        permission="org.member.write",
        or_permission="user.grant.write",
    ),
    Action(
        "members.add",
        ("a",),
        "add",
        "Find one user, or several, and add them as members.",
        footer=4,
        writes=True,
        permission="org.member.write",
    ),
    Action(
        "members.select", ("space",), "select", "Select this member, to change several at once.", footer=5
    ),
    Action(
        "members.remove",
        ("x",),
        "remove",
        "Remove the member under the cursor, or all selected members; asks first.",
        footer=5,
        writes=True,
        danger=True,
        repeatable=True,
        permission="org.member.delete",
    ),
    Action("members.filter", ("/",), "filter", "Filter as you type: every word has to match.", footer=3),
    Action("members.sort", ("s",), "sort", "Sort by the next column.", footer=7),
    Action("members.reverse", ("S",), "reverse", "Reverse the sort order."),
    Action("members.by_name", ("N",), "sort by name", "Sort by name; again: in reverse."),
    Action("members.by_login", ("L",), "sort by login", "Sort by login name; again: in reverse."),
    Action("members.by_email", ("E",), "sort by email", "Sort by email; again: in reverse."),
    Action("members.by_roles", ("R",), "sort by roles", "Sort by roles; again: in reverse."),
    Action("members.by_since", ("D",), "sort by date", "Sort by date added; again: in reverse."),
    Action("members.by_kind", (), "sort by kind", "Sort by kind: humans and service accounts."),
    Action(
        "members.select_down",
        ("shift+down", "J"),
        "select down",
        "Select this member and the next, and move down.",
    ),
    Action(
        "members.select_up",
        ("shift+up", "K"),
        "select up",
        "Select this member and the previous one, and move up.",
    ),
    Action("members.range", ("v",), "select range", "Select from the last selected member to the cursor."),
    Action("members.all", ("A", "ctrl+a"), "select all", "Select all members shown."),
    Action("members.none", ("U",), "select none", "Clear the selection."),
    Action(
        "members.history",
        ("h",),
        "history",
        "Show all changes of the user: made with this program, or recorded by the server.",
    ),
    Action("members.results", ("t",), "results", "Show the results of the last change to several users."),
    Action("members.invert", ("I",), "invert", "Invert the selection among the members shown."),
    Action(
        "members.administrators",
        ("i",),
        "instance admins",
        "Show the instance administrators: they have all rights here without being members.",
        footer=8,
    ),
    Action("roles.holders", ("enter",), "holders", "Show the members that hold this role.", footer=2),
    Action("roles.compare", ("m",), "compare", "Choose this role, then compare another with it.", footer=3),
    Action(
        "projects.open",
        ("enter",),
        "open",
        "Show the users of the project under the cursor; then the details of a user.",
        footer=2,
    ),
    Action("projects.filter", ("/",), "filter", "Filter as you type: every word has to match.", footer=3),
    Action("projects.sort", ("s",), "sort", "Sort by the next column.", footer=7),
    Action("projects.reverse", ("S",), "reverse", "Reverse the sort order."),
    Action("onboard.file", ("f",), "file", "Choose a file of users and check it.", footer=2),
    Action(
        "onboard.apply",
        ("a",),
        "apply",
        "Apply the plan: create users, assign roles; asks first.",
        footer=3,
        writes=True,
    ),
    Action("onboard.open", ("enter",), "details", "Show the row under the cursor in full.", footer=4),
    Action("onboard.runs", ("u",), "runs", "List the runs on this machine, to show or resume one.", footer=5),
    Action("onboard.filter", ("/",), "filter", "Filter as you type: every word has to match.", footer=6),
    Action("onboard.sort", ("s",), "sort", "Sort by the next column.", footer=9),
    Action("onboard.reverse", ("S",), "reverse", "Reverse the sort order."),
    Action("onboard.secret", ("l",), "link", "Show the passkey link or password of the user.", footer=7),
    Action("onboard.draw", ("d",), "QR", "Draw the passkey link of the user as a QR code."),
    Action("onboard.user", ("m",), "member", "Go to the user in the list of members."),
    Action(
        "onboard.failed",
        ("F",),
        "failed rows",
        "Write the rows that failed or are not sent to a new file, to correct them.",
    ),
    Action(
        "onboard.hand_over",
        ("H",),
        "hand-over",
        "Write the results with passwords and links to a new private file.",
    ),
    Action("onboard.template", ("t",), "template", "Write a CSV file to fill in.", footer=8),
    Action("history.open", ("enter",), "details", "Show the change under the cursor in full.", footer=2),
    Action("history.filter", ("/",), "filter", "Filter as you type: every word has to match.", footer=3),
    Action(
        "history.server",
        ("h",),
        "server",
        "Show all changes of the user: made with this program, or recorded by the server.",
        footer=5,
    ),
    Action(
        "history.check",
        ("t",),
        "check",
        "Check whether the change was made, if its outcome is not known.",
    ),
    Action(
        "history.undo",
        ("u",),
        "undo",
        "Undo the change, or a whole run; shows what it will do and asks first.",
        footer=4,
        writes=True,
        danger=True,
    ),
    Action("history.rows", ("l",), "rows", "Show every change of the onboarding run."),
    Action("history.user", ("m",), "member", "Go to the user in the list of members."),
    Action(
        "history.everywhere",
        ("a",),
        "everywhere",
        "List the changes to all servers; again: only to this organization.",
    ),
    Action("history.sort", ("s",), "sort", "Sort by the next column.", footer=9),
    Action("history.reverse", ("S",), "reverse", "Reverse the sort order."),
    Action(
        "onboard_file.check",
        ("enter", "ctrl+s"),
        "check",
        "Check the file; nothing is written.",
        footer=2,
        typing=2,
    ),
    Action("onboard_file.complete", ("ctrl+t",), "complete", "Complete the name of the file.", typing=3),
    Action("onboard_file.close", ("escape",), "cancel", "Cancel.", footer=3, typing=4),
    Action("runs.look", ("enter",), "show", "Show the result of each row.", footer=2),
    Action("runs.resume", ("m",), "resume", "Resume the run.", footer=3, writes=True),
    Action(
        "runs.forget",
        ("x",),
        "forget",
        "Delete the run with its passwords and links; asks first.",
        footer=4,
        danger=True,
    ),
    Action("runs.close", ("escape",), "close", "Close it.", footer=5),
    Action(
        "import.send",
        ("ctrl+s",),
        "import",
        "Import the user, from any field; enter does so too.",
        footer=2,
        typing=2,
        writes=True,
        permission="user.write",
    ),
    Action("import.edit", ("enter",), "back to the form", "Return to the field you were in.", footer=3),
    Action("import.roles", ("ctrl+r",), "roles", "Choose the roles to assign.", footer=8, typing=4),
    Action(
        "import.generate",
        ("ctrl+g",),
        "generate password",
        "Generate a password that meets the policy, and show it.",
        typing=5,
    ),
    Action("import.show", ("ctrl+t",), "show or hide", "Show or hide the password or hash.", typing=9),
    Action(
        "import.results",
        ("ctrl+o",),
        "results",
        "Show the results: links, passwords, roles, and outcomes not known yet.",
        footer=5,
        typing=8,
    ),
    Action(
        "import.check", ("f7",), "check", "Check whether the user was created when an import got no answer."
    ),
    Action("import.clear", ("ctrl+n",), "clear", "Clear the form.", footer=7, typing=9),
    Action("imported.another", ("enter",), "another", "Import another user with the same choices.", footer=2),
    Action("imported.close", ("escape",), "close", "Close; the results stay.", footer=4),
    Action("imported.copy", ("y",), "copy", "Copy the passkey link, or else the id.", footer=5),
    Action("imported.show", ("s",), "show", "Show or hide the passkey link or password.", footer=3),
    Action("imported.draw", ("d",), "QR", "Draw the passkey link as a QR code.", footer=6),
    Action(
        "imported.renew",
        ("n",),
        "renew",
        "Create a new passkey link.",
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
    Action(
        "choose_roles.toggle",
        ("space",),
        "toggle",
        "Select or clear the role under the cursor; show or hide the roles of a project.",
        footer=2,
    ),
    Action(
        "choose_roles.save",
        ("ctrl+s",),
        "done",
        "Keep the selected roles; they are assigned after the import.",
        footer=2,
        typing=2,
    ),
    Action("choose_roles.filter", ("/",), "filter", "Filter roles and projects as you type.", footer=3),
    Action(
        "choose_roles.close",
        ("escape",),
        "cancel",
        "Leave the filter, or cancel; the roles stay as they were.",
        footer=4,
        typing=3,
    ),
    Action(
        "assign.toggle",
        ("space",),
        "toggle",
        "Add or remove the role under the cursor; show or hide the roles of a project.",
        footer=2,
    ),
    Action("assign.save", ("ctrl+s",), "save", "Save; removing a role asks first.", footer=2, typing=2),
    Action("assign.filter", ("/",), "filter", "Filter roles and projects as you type.", footer=3),
    Action(
        "assign.request",
        ("c",),
        "curl",
        "Show the change as a curl command and as a zitadel-tui command.",
        footer=4,
    ),
    Action("assign.again", ("r",), "read again", "Read the roles again; your choices stay.", footer=5),
    Action(
        "assign.close",
        ("escape",),
        "cancel",
        "Leave the filter, or cancel; nothing is written.",
        footer=3,
        typing=3,
    ),
    Action("choose.take", ("enter",), "choose", "Choose the user under the cursor.", footer=2, typing=2),
    Action(
        "choose.select",
        ("ctrl+t",),
        "select",
        "Select the user under the cursor, to add several at once.",
        footer=3,
        typing=3,
    ),
    Action("choose.close", ("escape",), "cancel", "Cancel; no user is chosen.", footer=3, typing=3),
    Action("confirm.yes", ("y",), "confirm", "Do it.", footer=3, danger=True),
    Action("confirm.no", ("escape", "enter", "n"), "Cancel", "Cancel; nothing changes.", footer=2),
    Action("typed.force", ("enter",), "confirm", "Confirm, once the name matches.", footer=2, typing=3),
    Action("typed.close", ("escape",), "cancel", "Cancel; nothing is written.", footer=3, typing=2),
    Action(
        "conflict.merge",
        ("m",),
        "merge",
        "Keep the other administrator's change and add yours to it.",
        footer=3,
    ),
    Action(
        "conflict.edit",
        ("e",),
        "keep editing",
        "Continue editing from the roles on the server now.",
        footer=2,
    ),
    Action("conflict.close", ("escape",), "cancel", "Cancel; nothing is written.", footer=2),
    Action("job.pause", ("p", "f6"), "pause", "Pause; requests in flight finish. Again: continue."),
    Action("job.cancel", ("C", "f8"), "cancel", "Cancel; requests in flight finish, no more are sent."),
    Action("job.again", ("t",), "retry failed", "Retry what failed or was not sent.", footer=3),
    Action("job.copy", ("y",), "copy", "Copy the results.", footer=4),
    Action("job.dismiss", ("d",), "dismiss", "Close and forget the results.", footer=5),
    Action(
        "job.close",
        ("escape",),
        "close",
        "Close; the changes continue and the results are kept.",
        footer=2,
    ),
    Action("qr.close", ("escape", "enter", "d"), "close", "Close it.", footer=2),
    Action("dialog.close", ("escape",), "close", "Close it.", footer=2),
    Action("dialog.copy", ("y",), "copy", "Copy what it shows.", footer=3),
    Action("messages.copy", ("y",), "copy", "Copy the messages.", footer=3),
    Action("messages.close", ("escape", "enter"), "close", "Close it.", footer=2),
    Action("quit.wait", ("w", "enter"), "wait", "Quit when everything is written.", footer=2),
    Action("quit.stop", ("s",), "stop", "Finish what was sent, send nothing more, and quit.", footer=3),
    Action("quit.close", ("escape",), "stay", "Stay in the app.", footer=2),
    Action("palette.run", ("enter",), "run", "Run the selected action.", footer=2, typing=2),
    Action("palette.close", ("escape",), "close", "Close the palette.", footer=3, typing=3),
    Action("undo.yes", ("y",), "undo", "Undo it.", footer=3, danger=True),
    Action(
        "undo.overwrite",
        ("o",),
        "overwrite",
        "Also restore roles that somebody changed later; again: leave them.",
        footer=4,
    ),
    Action(
        "undo.delete",
        ("d",),
        "delete users",
        "Delete users that were created, instead of deactivating them; again: deactivate.",
        footer=5,
    ),
    Action("undo.close", ("escape", "enter", "n"), "Cancel", "Cancel; nothing is sent.", footer=2),
    Action("doctor.again", ("r",), "check again", "Repeat all checks.", footer=3),
    Action("doctor.copy", ("y",), "copy", "Copy the results.", footer=4),
    Action("doctor.close", ("escape",), "close", "Close it.", footer=2),
    Action("place.take", ("enter",), "switch", "Switch to the one under the cursor.", footer=2, typing=2),
    Action("place.close", ("escape",), "cancel", "Cancel; everything stays.", footer=3, typing=3),
    Action(
        "connect.again", ("enter",), "try again", "Sign in with the values in the fields.", footer=2, typing=2
    ),
    Action(
        "connect.demo",
        ("t", "ctrl+t"),
        "demo",
        "Try the demo; it needs no server.",
        footer=3,
        typing=3,
    ),
    Action(
        "connect.leave", ("escape",), "leave field", "Leave the field, then this screen.", footer=6, typing=6
    ),
    Action("connect.doctor", ("f9",), "doctor", "Check step by step what is wrong.", footer=5, typing=5),
    Action("connect.quit", ("q", "ctrl+q"), "quit", "Quit.", footer=4, typing=4),
    Action("app.copy", ("y",), "copy", "Copy what is selected.", footer=6),
    Action("app.request", ("c",), "curl", "Show the request behind the view as a curl command.", footer=9),
    Action(
        "app.write", ("w",), "CSV", "Write the list, as filtered, to a new CSV file in the current folder."
    ),
    Action("app.reload", ("r",), "refresh", "Refresh; cursor and filter stay.", footer=7),
    Action("app.members", ("1", "f2"), "members", "Members of the organization.", typing=7),
    Action("app.roles", ("2", "f3"), "roles", "Roles and what they permit.", typing=8),
    Action("app.import", ("3", "f4"), "import", "Import a user.", typing=9),
    Action("app.projects", ("4", "f5"), "projects", "Projects, their roles and who has them.", typing=9),
    Action("app.onboard", ("5", "f12"), "onboard", "Many users and their roles from one file.", typing=9),
    Action("app.history", ("6", "f9"), "history", "Changes made with this program.", typing=9),
    Action(
        "app.back",
        ("escape",),
        "back",
        "Leave the field, then close the panel, then clear the filter.",
        typing=2,
    ),
    Action("app.palette", ("ctrl+p",), "palette", "Find any action by typing."),
    Action(
        "app.pause",
        ("p", "f6"),
        "pause",
        "Pause the changes to several users; again: continue.",
    ),
    Action(
        "app.cancel",
        ("C", "f8"),
        "cancel changes",
        "Cancel the changes to several users: requests in flight finish, no more are sent.",
    ),
    Action(
        "app.organization",
        ("o",),
        "organization",
        "Act in another organization of this server.",
    ),
    Action("app.context", ("O",), "context", "Switch to another context: another server, or another key."),
    Action("app.doctor", (), "doctor", "Check settings, connection, sign-in and rights step by step."),
    Action("app.connect", (), "connect", "Sign in to another server, or with another key."),
    Action("app.theme", (), "light or dark theme", "Change to the next theme; two have high contrast."),
    Action("app.messages", ("ctrl+l",), "messages", "Show all messages, newest first."),
    Action("app.help", ("?", "f1"), "help", "Show the keys that work here.", footer=1, typing=1),
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
