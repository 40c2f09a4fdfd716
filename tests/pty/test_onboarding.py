"""Somebody is brought on board, given a role, corrected and removed: at 80×24, by keys alone, over a line."""

from functools import partial

import pytest

from tests.demo_clients import member_roles
from tests.pty.terminal import Terminal
from tests.pty.test_app import left_behind, served
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo

DOWN, CTRL_O, CTRL_R, CTRL_S = "\x1b[B", "\x0f", "\x12", "\x13"
IMPORT = "POST /management/v1/users/human/_import"
ADD = "POST /management/v1/orgs/me/members"


def roles(demo: Demo) -> tuple[str, ...]:
    user = demo.store.user_named("grace")
    return member_roles(demo, user.id) if user else ()


def under_cursor(terminal: Terminal) -> str:
    """The role under the cursor of the checklist; empty while its line is being painted."""
    line = next((line for line in terminal.lines if "▌ [" in line), "")
    return next((word for word in line.partition("]")[2].split()), "")


def moved(terminal: Terminal, role: str) -> bool:
    return under_cursor(terminal) not in ("", role)


def to_role(terminal: Terminal, role: str) -> None:
    """Move to a role in the checklist, by looking."""
    terminal.until(lambda: under_cursor(terminal) != "", "a cursor in the checklist")
    for _ in range(20):
        if (here := under_cursor(terminal)) == role:
            return
        terminal.type(DOWN)
        terminal.until(partial(moved, terminal, here), "the cursor moved")
    raise AssertionError(f"no {role} in\n{terminal.text}")


@pytest.mark.parametrize("latency", [0.0, 0.2])
def test_import_assign_correct_remove(latency: float) -> None:
    with served() as demo:
        demo.knobs.latency = latency
        arguments = ("--domain", demo.origin, "--key-file", "-")
        with Terminal(*arguments, stdin=demo.key_file()) as terminal:
            terminal.sees("Acme Corp", "1 Members", "ORG_OWNER", "a add")
            import_grace(terminal, demo)
            correct(terminal, demo)
            remove(terminal, demo)
            terminal.type("q")
            assert terminal.wait_for_end() == 0
            assert terminal.attributes() == terminal.attributes_before
            left_behind(terminal.everything)


def import_grace(terminal: Terminal, demo: Demo) -> None:
    """The answer to the import is lost on the way, and the first try to give the role is refused."""
    terminal.type("3")
    terminal.sees("First name", "Sign-in", "ctrl+s import")
    terminal.type("Grace\tHopper\tgrace@acme.example")
    terminal.sees("User name grace", "Initial: a mail with a code goes to grace@acme.example")
    terminal.type(CTRL_R)
    terminal.sees("Roles for Grace Hopper", "ORG_USER_MANAGER")
    to_role(terminal, "ORG_USER_MANAGER")
    terminal.type(" ")
    terminal.sees("+ ORG_USER_MANAGER")
    terminal.type(CTRL_S)
    terminal.sees("Roles ORG_USER_MANAGER", "assigned right after: ORG_USER_MANAGER")
    demo.faults.add(Fault("withheld"), IMPORT)
    demo.faults.add(Fault(status=403, message="No", id="AUTHZ-HKJwe"), ADD)
    terminal.type(CTRL_S)
    terminal.sees("Grace Hopper: created · ORG_USER_MANAGER not assigned", "ctrl+o result")
    terminal.type(CTRL_O)
    terminal.sees("The answer was lost, but", "ORG_USER_MANAGER not assigned", "a assign roles")
    assert roles(demo) == ()
    terminal.type("a")
    terminal.sees("ORG_USER_MANAGER assigned")
    assert roles(demo) == ("ORG_USER_MANAGER",)
    terminal.type("\r")
    terminal.sees("First name, last name, email and enter are enough.")


def correct(terminal: Terminal, demo: Demo) -> None:
    """While the list of roles is open, another administrator gives another role: it is not lost."""
    terminal.type("\x1bOQ/grace hopper")  # F2
    terminal.sees("Grace Hopper", "ORG_USER_MANAGER", "shown of")
    terminal.type("\r")
    terminal.sees("enter show")
    terminal.type("e")
    terminal.sees("Roles of Grace Hopper", "now     ORG_USER_MANAGER", "ORG_PROJECT_CREATOR")
    store = demo.store
    user = store.user_named("grace")
    assert user is not None
    store.put_member(store.default_org, user.id, ("ORG_USER_MANAGER", "ORG_PROJECT_CREATOR"), user.id)
    to_role(terminal, "ORG_OWNER_VIEWER")
    terminal.type(" ")
    terminal.sees("+ ORG_OWNER_VIEWER")
    terminal.type(CTRL_S)
    terminal.sees("before ", "yours ", "ORG_PROJECT_CREATOR", "m merge")
    assert set(roles(demo)) == {"ORG_USER_MANAGER", "ORG_PROJECT_CREATOR"}
    terminal.type("m")
    wanted = {"ORG_USER_MANAGER", "ORG_PROJECT_CREATOR", "ORG_OWNER_VIEWER"}
    terminal.until(lambda: set(roles(demo)) == wanted, "the roles of both")
    terminal.sees("x remove", "ORG_USER_MANAGER +2")
    terminal.until(lambda: "pending" not in terminal.text, "a read has shown it")


def remove(terminal: Terminal, demo: Demo) -> None:
    """Asked about, by name; the answer is lost, and looked up."""
    terminal.type("x")
    terminal.sees("Remove Grace Hopper from Acme Corp?", "ORG_OWNER_VIEWER", "y Remove")
    terminal.type("\r")
    terminal.until(lambda: "y Remove" not in terminal.text, "enter is no")
    assert roles(demo)
    terminal.type("x")
    terminal.sees("y Remove")
    demo.faults.add(Fault("withheld"), "DELETE /management/v1/orgs/me/members/*")
    terminal.type("y")
    terminal.until(lambda: not roles(demo), "the membership ended")
    terminal.sees("0 shown of")
    assert demo.store.user_named("grace") is not None
