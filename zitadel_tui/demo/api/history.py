"""The histories of users and organizations (contract §4.2)."""

from typing import Any

from zitadel_tui.demo.api.users import USERS
from zitadel_tui.demo.endpoints import Answer, Call, endpoint
from zitadel_tui.demo.model import Event, stamp

EVENT_TEXTS = {
    "org.added": "Organization added",
    "org.changed": "Organization changed",
    "org.deactivated": "Organization deactivated",
    "org.domain.added": "Domain added",
    "org.domain.verified": "Domain verified",
    "org.domain.primary.set": "Organization Domain set",
    "org.member.added": "Organization member added",
    "org.member.changed": "Organization member changed",
    "org.member.removed": "Organization member removed",
    "org.member.cascade.removed": "Organization member cascade removed",
    "user.human.added": "Person added",
    "user.human.initialization.code.added": "Initialization code generated",
    "user.human.initialization.code.sent": "Initialization code sent",
    "user.human.initialization.check.succeeded": "Initialization check succeeded",
    "user.human.email.changed": "Email address changed",
    "user.human.email.verified": "Email address verified",
    "user.human.phone.code.added": "Phone number code generated",
    "user.human.phone.verified": "Phone number verified",
    "user.human.profile.changed": "User profile changed",
    "user.human.password.changed": "Password changed",
    "user.human.password.code.added": "Password code generated",
    "user.human.passwordless.initialization.code.added": "Passkey initialization code added",
    "user.human.passwordless.initialization.code.requested": "Passkey initialization code requested",
    "user.machine.added": "Technical user added",
    "user.machine.key.added": "Key added",
    "user.machine.key.removed": "Key removed",
    "user.pat.added": "Personal Access Token added",
    "user.pat.removed": "Personal Access Token removed",
    "user.deactivated": "User deactivated",
    "user.reactivated": "User reactivated",
    "user.locked": "User locked",
    "user.unlocked": "User unlocked",
    "user.removed": "User removed",
}


@endpoint(
    f"POST {USERS}/{{userId}}/changes/_search",
    permission="user.read",
    request="management.v1.ListUserChangesRequest",
)
def list_user_changes(call: Call) -> Answer:
    return change_list(call, call.body["userId"], "user.")


@endpoint(
    "POST /management/v1/orgs/me/changes/_search",
    permission="org.read",
    request="management.v1.ListOrgChangesRequest",
)
def list_org_changes(call: Call) -> Answer:
    return change_list(call, call.org, "org.")


def change_list(call: Call, aggregate: str, prefix: str) -> dict[str, Any]:
    """The history of an aggregate, newest first; `sequence` always means "greater than"."""
    query = call.body.get("query", {})
    history = call.store.history(aggregate)
    after, limit = query.get("sequence", 0), query.get("limit", 0) or len(history)
    items: list[dict[str, Any]] = []
    for event in history.oldest_first() if query.get("asc") else history.newest_first():
        if len(items) == limit:
            break
        if event.sequence > after and event.type.startswith(prefix):
            items.append(_change(call, event, aggregate))
    return {"result": items}


def _change(call: Call, event: Event, aggregate: str) -> dict[str, Any]:
    editor = call.store.users.get(event.editor)
    owner = call.store.users.get(aggregate)
    return {
        "changeDate": stamp(event.at),
        "eventType": {
            "key": f"EventTypes.{event.type}",
            "localizedMessage": EVENT_TEXTS.get(event.type, f"EventTypes.{event.type}"),
        },
        "sequence": str(event.sequence),
        "editorId": event.editor if event.editor != "SYSTEM" else "",
        "editorDisplayName": editor.shown_name if editor else "",
        "resourceOwnerId": owner.org if owner else aggregate if aggregate in call.store.orgs else call.org,
        "editorPreferredLoginName": editor.login_name if editor else "",
    }
