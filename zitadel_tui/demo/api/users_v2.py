"""People as the v2 API lists them: across organizations, each to those who may read it (contract §5.4)."""

from typing import Any

from msgspec import json

from zitadel_tui.demo.api.users_read import sorted_users, user_object
from zitadel_tui.demo.endpoints import AUTHENTICATED, Answer, Call, endpoint, page
from zitadel_tui.demo.errors import not_found
from zitadel_tui.demo.model import INITIAL, User, stamp
from zitadel_tui.demo.proto import Message, chosen, pruned
from zitadel_tui.demo.rights import check_permission, permissions
from zitadel_tui.demo.search import user_test

_INITIAL_V2 = 5
_PROFILE = {"firstName": "givenName", "lastName": "familyName"}


@endpoint("POST /v2/users", permission=AUTHENTICATED, request="user.v2.ListUsersRequest")
def list_users(call: Call) -> Answer:
    tests = [user_test(_as_v1(query)) for query in call.body.get("queries", [])]
    readable = {org for org in call.store.orgs if "user.read" in permissions(call.store, call.caller.id, org)}
    found = [
        user
        for user in call.store.users.values()
        if (user.org in readable or user.id == call.caller.id) and all(test(user) for test in tests)
    ]
    shown = sorted_users(found, call.body)[page(call.body.get("query", {}), len(found))]
    details = {"totalResult": str(len(found)) if shown else "", "timestamp": stamp(call.store.view_time)}
    answer: dict[str, Any] = {"details": pruned(details)}
    if shown:
        answer["result"] = [_user_object(user) for user in shown]
    return json.encode(answer)


@endpoint("GET /v2/users/{userId}", permission=AUTHENTICATED, request="user.v2.GetUserByIDRequest")
def get_user_by_id(call: Call) -> Answer:
    user = call.store.users.get(call.body["userId"])
    if user is None:
        raise not_found("User could not be found", "QUERY-Dfbg2")
    if user.id != call.caller.id:
        check_permission(call.store, call.caller.id, user.org, "user.read", id="AUTH-AWfge")
    shown = _user_object(user)
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


def _user_object(user: User) -> dict[str, Any]:
    """`zitadel.user.v2.User`: other names, and optional fields that are there although empty."""
    shown: dict[str, Any] = pruned(user_object(user))
    shown["userId"], shown["username"] = shown.pop("id"), shown.pop("userName")
    if "human" in shown:
        human = shown["human"]
        profile = {_PROFILE.get(key, key): value for key, value in human["profile"].items()}
        human["profile"] = {"nickName": "", "gender": "GENDER_UNSPECIFIED"} | profile
        if user.password_change_required:
            human["passwordChangeRequired"] = True
        for name, verified in (("email", "isEmailVerified"), ("phone", "isPhoneVerified")):
            if human[name].pop(verified, False):
                human[name]["isVerified"] = True
    return shown
