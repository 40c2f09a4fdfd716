"""Users: v1 shows those of one organization, v2 all that the caller may read (contract §4.2, §5.4)."""

from typing import Any

from msgspec import json

from zitadel_tui.demo.endpoints import AUTHENTICATED, Answer, Call, endpoint, listing, page, read
from zitadel_tui.demo.errors import not_found
from zitadel_tui.demo.model import HUMAN, INITIAL, User, stamp
from zitadel_tui.demo.proto import Message, chosen, enum_name, pruned
from zitadel_tui.demo.rights import check_permission, permissions
from zitadel_tui.demo.search import sort_key, user_test

USERS = "/management/v1/users"
_INITIAL_V2 = 5
_PROFILE_V2 = {"firstName": "givenName", "lastName": "familyName"}


def user_object(user: User) -> dict[str, Any]:
    """`zitadel.user.v1.User`."""
    shown: dict[str, Any] = {
        "id": user.id,
        "details": read(user.sequence, user.created, user.changed, user.org),
        "state": enum_name("user.v1.UserState", user.state),
        "userName": user.user_name,
        "loginNames": [user.login_name],
        "preferredLoginName": user.login_name,
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
    """A user of the addressed organization, or 404."""
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
    shown = page(call, sorted_users(found, call.body))
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
        named = call.store.user_named(name + call.store.login_suffix(call.org))
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


@endpoint("POST /v2/users", permission=AUTHENTICATED, request="user.v2.ListUsersRequest")
def list_users_v2(call: Call) -> Answer:
    tests = [user_test(_as_v1(query)) for query in call.body.get("queries", [])]
    readable = {org for org in call.store.orgs if "user.read" in permissions(call.store, call.caller.id, org)}
    found = [
        user
        for user in call.store.users.values()
        if (user.org in readable or user.id == call.caller.id) and all(test(user) for test in tests)
    ]
    shown = page(call, sorted_users(found, call.body))
    details = {"totalResult": str(len(found)) if shown else "", "timestamp": stamp(call.store.view_time)}
    answer: dict[str, Any] = {"details": pruned(details)}
    if shown:
        answer["result"] = [_user_object_v2(user) for user in shown]
    return json.encode(answer)


@endpoint("GET /v2/users/{userId}", permission=AUTHENTICATED, request="user.v2.GetUserByIDRequest")
def get_user_by_id_v2(call: Call) -> Answer:
    user = call.store.users.get(call.body["userId"])
    if user is None:
        raise not_found("User could not be found", "QUERY-Dfbg2")
    if user.id != call.caller.id:
        check_permission(call.store, call.caller.id, user.org, "user.read", id="AUTH-AWfge")
    shown = _user_object_v2(user)
    return json.encode({"details": shown["details"], "user": shown})


def _as_v1(query: Message) -> Message:
    """The same filter with the state numbers of v1."""
    kind, value = chosen(query)
    if kind == "stateQuery" and value.get("state") == _INITIAL_V2:
        return {kind: {"state": INITIAL}}
    if kind in ("orQuery", "andQuery"):
        return {kind: {"queries": [_as_v1(inner) for inner in value.get("queries", [])]}}
    if kind == "notQuery":
        return {kind: {"query": _as_v1(value.get("query", {}))}}
    return query


def _user_object_v2(user: User) -> dict[str, Any]:
    """`zitadel.user.v2.User`: other names, and optional fields that are there although empty."""
    shown: dict[str, Any] = pruned(user_object(user))
    shown["userId"], shown["username"] = shown.pop("id"), shown.pop("userName")
    if "human" in shown:
        human = shown["human"]
        profile = {_PROFILE_V2.get(key, key): value for key, value in human["profile"].items()}
        human["profile"] = {"nickName": "", "gender": "GENDER_UNSPECIFIED"} | profile
        if user.password_change_required:
            human["passwordChangeRequired"] = True
        for name, verified in (("email", "isEmailVerified"), ("phone", "isPhoneVerified")):
            if human[name].pop(verified, False):
                human[name]["isVerified"] = True
    return shown
