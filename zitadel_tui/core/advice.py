"""What to do about a failure. Adds what the layers below do not know: which roles include a missing
permission."""

from zitadel_tui.core import rights
from zitadel_tui.failure import Failure
from zitadel_tui.zitadel import errors

_ROLES_NAMED = 4


def advice(failure: Failure) -> str:
    """One or two sentences; empty where there is nothing to say."""
    hint = failure.hint
    if isinstance(failure, errors.NotPermitted) and failure.permission:
        holders = rights.roles_with(failure.permission)
        named = ", ".join(holders[:_ROLES_NAMED]) + (" …" if len(holders) > _ROLES_NAMED else "")
        hint = (
            f"It needs the permission {failure.permission} ({rights.sentence(failure.permission)}), "
            f"which these roles include: {named}."
        )
    return hint


def reference(failure: Failure) -> str:
    """Error id and request id to quote to the server's operator; empty where there are none."""
    return failure.reference if isinstance(failure, errors.ZitadelError) else ""
