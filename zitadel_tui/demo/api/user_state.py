"""Locking, deactivating and deleting users (contract §4.3)."""

from zitadel_tui.demo.api.users import USERS, user_in_org
from zitadel_tui.demo.endpoints import Answer, Call, changed, endpoint
from zitadel_tui.demo.errors import not_found, precondition
from zitadel_tui.demo.model import ACTIVE, INACTIVE, INITIAL, LOCKED


def _transition(
    action: str, allowed: tuple[int, ...], state: int, event: str, text: str, id: str, missing: str
) -> None:
    """Registers `POST …/users/{id}/_action`, which changes the state of a user from an allowed state."""
    name = {"deactivate": "Deactivate", "reactivate": "Reactivate", "lock": "Lock", "unlock": "Unlock"}[
        action
    ]

    @endpoint(
        f"POST {USERS}/{{id}}/_{action}", permission="user.write", request=f"management.v1.{name}UserRequest"
    )
    def change_state(call: Call) -> Answer:
        user = user_in_org(call, call.body["id"], missing)
        if action == "deactivate" and user.state == INITIAL:
            text = "User with state initial can only be deleted not deactivated"
            raise not_found(text, "COMMAND-ke0fw")
        if user.state not in allowed:
            raise precondition(refused, id)
        written = call.store.change_user(user, event, call.editor, state=state)
        return {"details": changed(written.sequence, written.at, user.org)}

    refused = text


_transition(
    "deactivate", (ACTIVE, LOCKED), INACTIVE, "user.deactivated",
    "User already inactive", "COMMAND-5M0sf", "COMMAND-3M9ds",
)  # fmt: skip
_transition(
    "reactivate", (INACTIVE,), ACTIVE, "user.reactivated",
    "User is not inactive", "COMMAND-6M0sf", "COMMAND-4M0sd",
)  # fmt: skip
_transition(
    "lock", (ACTIVE, INITIAL), LOCKED, "user.locked",
    "User is not active or initial", "COMMAND-3NN8v", "COMMAND-5M9fs",
)  # fmt: skip
_transition(
    "unlock", (LOCKED,), ACTIVE, "user.unlocked",
    "User is not locked", "COMMAND-4M0ds", "COMMAND-M0dse",
)  # fmt: skip


@endpoint(f"DELETE {USERS}/{{id}}", permission="user.delete", request="management.v1.RemoveUserRequest")
def remove_user(call: Call) -> Answer:
    user = user_in_org(call, call.body["id"], "COMMAND-m9od")
    event = call.store.remove_user(user, call.editor)
    return {"details": changed(event.sequence, event.at, user.org)}
