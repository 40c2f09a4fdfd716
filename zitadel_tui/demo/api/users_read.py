"""People as the v1 API shows them (contract §4.2)."""

from typing import Any

from zitadel_tui.demo.endpoints import Answer, Call, endpoint, listing, page, read
from zitadel_tui.demo.errors import not_found
from zitadel_tui.demo.model import HUMAN, User, stamp
from zitadel_tui.demo.proto import Message, chosen, enum_name
from zitadel_tui.demo.search import sort_key, user_test
from zitadel_tui.demo.store import Store
from zitadel_tui.demo.texts import EVENT_TEXTS

USERS = "/management/v1/users"


def user_object(user: User) -> dict[str, Any]:
    """`zitadel.user.v1.User`."""
    shown: dict[str, Any] = {
        "id": user.id,
        "details": read(user.sequence, user.created, user.changed, user.org),
        "state": enum_name("user.v1.UserState", user.state),
        "userName": user.user_name,
        "loginNames": [user.user_name],
        "preferredLoginName": user.user_name,
    }
    if user.type != HUMAN:
        token_type = enum_name("user.v1.AccessTokenType", user.token_type)
        shown["machine"] = {"name": user.name, "description": user.description, "accessTokenType": token_type}
        return shown
    shown["human"] = {
        "profile": {
            "firstName": user.first,
            "lastName": user.last,
            "nickName": user.nick,
            "displayName": user.display,
            "preferredLanguage": user.language,
            "gender": enum_name("user.v1.Gender", user.gender),
            "avatarUrl": user.avatar,
        },
        "email": {"email": user.email, "isEmailVerified": user.email_verified},
        "phone": {"phone": user.phone, "isPhoneVerified": user.phone_verified},
        "passwordChanged": stamp(user.password_changed) if user.password_changed else "",
    }
    return shown


def user_in_org(call: Call, id: str, missing: str = "QUERY-Dfbg2") -> User:
    """A person of the addressed organization, or 404."""
    user = call.store.users.get(id)
    if user is None:
        raise not_found("User could not be found", missing)
    if user.org != call.org:
        raise not_found("User could not be found", "MANAG-fpo4B" if missing == "QUERY-Dfbg2" else missing)
    return user


@endpoint(f"POST {USERS}/_search", permission="user.read", request="management.v1.ListUsersRequest")
def list_users(call: Call) -> Answer:
    tests = [user_test(query) for query in call.body.get("queries", [])]
    users = call.store.users.values()
    found = [user for user in users if user.org == call.org and all(test(user) for test in tests)]
    shown = sorted_users(found, call.body)[page(call.body.get("query", {}), len(found))]
    return listing(call, len(found), [user_object(user) for user in shown])


def sorted_users(found: list[User], request: Message) -> list[User]:
    """In the order a search asks for: by id without a column, descending without `asc`."""
    found.sort(key=lambda user: user.id)
    found.sort(key=sort_key(request.get("sortingColumn", 0)), reverse=not request.get("query", {}).get("asc"))
    return found


@endpoint(f"GET {USERS}/_is_unique", permission="user.read", request="management.v1.IsUserUniqueRequest")
def is_user_unique(call: Call) -> Answer:
    call.store.projections.catch_up()
    name, email = call.body.get("userName", ""), call.body.get("email", "")
    if name:
        named = call.store.user_named(name)
        shown = call.store.users.shown(named.id) if named else None
        taken = shown is not None and shown.user_name == name and email in ("", shown.email)
    else:
        taken = any(user.email == email for user in call.store.users.values())
    return {"isUnique": not taken}


@endpoint(f"GET {USERS}/{{id}}", permission="user.read", request="management.v1.GetUserByIDRequest")
def get_user_by_id(call: Call) -> Answer:
    return {"user": user_object(user_in_org(call, call.body["id"]))}


@endpoint(
    "GET /management/v1/global/users/_by_login_name",
    permission="user.global.read",
    request="management.v1.GetUserByLoginNameGlobalRequest",
)
def get_user_by_login_name(call: Call) -> Answer:
    user = call.store.user_named(call.body["loginName"])
    if user is None:
        raise not_found("User could not be found", "QUERY-Dfbg2")
    return {"user": user_object(user)}


@endpoint(
    f"POST {USERS}/{{userId}}/memberships/_search",
    permission="user.membership.read",
    request="management.v1.ListUserMembershipsRequest",
)
def list_user_memberships(call: Call) -> Answer:
    return membership_list(call, call.body["userId"])


def membership_list(call: Call, user: str) -> dict[str, Any]:
    """Memberships at all levels (contract §1.6)."""
    tests = call.body.get("queries", [])
    found = [_membership(call.store, *row) for row in call.store.memberships(user, shown=True)]
    found = [item for item in found if all(_membership_matches(item, test) for test in tests)]
    return listing(call, len(found), found[page(call.body.get("query", {}), len(found))])


def _membership(store: Store, aggregate: str, member: Any) -> dict[str, Any]:
    item: dict[str, Any] = {"userId": member.user, "roles": list(member.roles)}
    owner = aggregate
    if aggregate == store.instance_id:
        item |= {"displayName": store.instance_name, "iam": True}
    elif aggregate in store.orgs:
        item |= {"displayName": store.orgs[aggregate].name, "orgId": aggregate}
    else:
        project = store.projects[aggregate]
        owner = project.org
        item |= {"displayName": project.name, "projectId": aggregate}
    return item | {"details": read(member.sequence, member.created, member.changed, owner)}


def _membership_matches(item: dict[str, Any], query: Message) -> bool:
    kind, value = chosen(query)
    if kind == "iamQuery":
        return bool(item.get("iam")) == bool(value.get("iam"))
    name = {"orgQuery": "orgId", "projectQuery": "projectId", "projectGrantQuery": "projectGrantId"}.get(kind)
    return name is None or bool(item.get(name) == value.get(name))


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


def _change(call: Call, event: Any, aggregate: str) -> dict[str, Any]:
    editor = call.store.users.get(event.editor)
    owner = call.store.users.get(aggregate)
    return {
        "changeDate": stamp(event.at),
        "eventType": {
            "key": f"EventTypes.{event.type}",
            "localizedMessage": EVENT_TEXTS.get(event.type, f"EventTypes.{event.type}"),
        },
        "sequence": str(event.sequence),
        "editorId": event.editor,
        "editorDisplayName": editor.shown_name if editor else "",
        "resourceOwnerId": owner.org if owner else aggregate if aggregate in call.store.orgs else call.org,
        "editorPreferredLoginName": editor.user_name if editor else "",
    }
