"""Members of organizations and of the instance, and the roles they may have (contract §3.2–3.4, §4.1)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from operator import attrgetter
from typing import Any

from msgspec import json

from zitadel_tui.demo.api.users import USERS
from zitadel_tui.demo.endpoints import Answer, Call, changed, created, endpoint, listing, page, read
from zitadel_tui.demo.errors import Refusal, exists, invalid, not_found, precondition
from zitadel_tui.demo.model import HUMAN, Member, User, stamp
from zitadel_tui.demo.proto import Message, chosen
from zitadel_tui.demo.rules import roles_named
from zitadel_tui.demo.search import Test, text_test
from zitadel_tui.demo.store import Store

SELF_MANAGEMENT = "SELF_MANAGEMENT_GLOBAL"
CONTENTION = 'ERROR: duplicate key value violates unique constraint "events2_pkey" (SQLSTATE 23505)'
ORG, IAM = "/management/v1/orgs/me/members", "/admin/v1/members"
_QUERIES = {
    "firstNameQuery": ("firstName", "first"),
    "lastNameQuery": ("lastName", "last"),
    "emailQuery": ("email", "email"),
}
# MemberFieldColumnName; only the instance's search has it
_SORT: dict[int, Callable[[tuple[Member, User]], str | float]] = {
    1: lambda row: row[0].user,
    2: lambda row: row[0].created,
    3: lambda row: row[0].changed,
    4: lambda row: row[1].org,
}


@endpoint("POST /management/v1/orgs/members/roles/_search", permission="org.member.read")
def list_org_member_roles(call: Call) -> Answer:
    own = [SELF_MANAGEMENT] if call.org == call.store.default_org else []
    return {"result": roles_named("ORG_") + own}


@endpoint("POST /admin/v1/members/roles/_search", permission="iam.member.read")
def list_iam_member_roles(call: Call) -> Answer:
    return listing(call, len(roles_named("IAM_")), roles_named("IAM_"), key="roles")


@endpoint(f"POST {ORG}/_search", permission="org.member.read", request="management.v1.ListOrgMembersRequest")
def list_org_members(call: Call) -> Answer:
    return member_list(call, call.org, owner=call.org)


@endpoint(f"POST {IAM}/_search", permission="iam.member.read", request="admin.v1.ListIAMMembersRequest")
def list_iam_members(call: Call) -> Answer:
    return member_list(call, call.store.instance_id, owner=call.store.instance_id)


@endpoint(f"POST {ORG}", permission="org.member.write", request="management.v1.AddOrgMemberRequest")
async def add_org_member(call: Call) -> Answer:
    async with _adding(call, call.org):
        wanted = call.body.get("roles", [])
        if not wanted:
            raise invalid("Errors.Invalid.Argument", "ORG-4Mlfs")
        if set(wanted) != {SELF_MANAGEMENT} and not set(wanted) <= set(roles_named("ORG_")):
            raise invalid("Errors.Org.MemberInvalid", "Org-4N8es")
        return add_member(call, call.org, call.org, exists("Errors.Org.Member.AlreadyExists", "ORG-poWwe"))


@endpoint(f"POST {IAM}", permission="iam.member.write", request="admin.v1.AddIAMMemberRequest")
async def add_iam_member(call: Call) -> Answer:
    instance = call.store.instance_id
    async with _adding(call, instance):
        if not set(call.body.get("roles", [])) <= set(roles_named("IAM_")):
            raise invalid("Member is invalid", "INSTANCE-4m0fS")
        taken = exists("Errors.Instance.Member.AlreadyExists", "INSTA-pFDwe")
        return add_member(call, instance, instance, taken)


def add_member(call: Call, aggregate: str, owner: str, taken: Refusal) -> Answer:
    """Makes the user of the body a member of an aggregate with the roles of the body."""
    store, user = call.store, call.body["userId"]
    if store.users.get(user) is None:
        raise precondition("User could not be found", "ORG-GoXOn")
    if store.members[aggregate].get(user):
        raise taken
    member = store.put_member(aggregate, user, tuple(call.body.get("roles", [])), call.editor)
    return {"details": created(member.sequence, member.created, owner)}


@endpoint(
    f"PUT {ORG}/{{userId}}", permission="org.member.write", request="management.v1.UpdateOrgMemberRequest"
)
async def update_org_member(call: Call) -> Answer:
    if not call.body.get("roles"):
        raise invalid("Errors.Org.MemberInvalid", "Org-LiaZi")
    invalid_role = invalid("Errors.Org.MemberInvalid", "INST-m9fG8")
    return await _update(call, call.org, "ORG_", invalid_role, not_found("Errors.NotFound", "Org-D8JxR"))


@endpoint(f"PUT {IAM}/{{userId}}", permission="iam.member.write", request="admin.v1.UpdateIAMMemberRequest")
async def update_iam_member(call: Call) -> Answer:
    invalid_role = invalid("Member is invalid", "INSTANCE-3m9fs")
    missing = not_found("Errors.NotFound", "INSTANCE-D8JxR")
    return await _update(call, call.store.instance_id, "IAM_", invalid_role, missing)


async def _update(call: Call, aggregate: str, prefix: str, invalid_role: Refusal, missing: Refusal) -> Answer:
    await asyncio.sleep(call.knobs.member_write)
    wanted = tuple(call.body.get("roles", []))
    if not set(wanted) <= set(roles_named(prefix)):
        raise invalid_role
    member = call.store.members[aggregate].get(call.body["userId"])
    if member is None:
        raise missing
    if member.roles != wanted:
        member = call.store.put_member(aggregate, member.user, wanted, call.editor)
    return {"details": changed(member.sequence, member.changed, aggregate)}


@endpoint(
    f"DELETE {ORG}/{{userId}}", permission="org.member.delete", request="management.v1.RemoveOrgMemberRequest"
)
async def remove_org_member(call: Call) -> Answer:
    return await _remove(call, call.org)


@endpoint(
    f"DELETE {IAM}/{{userId}}", permission="iam.member.delete", request="admin.v1.RemoveIAMMemberRequest"
)
async def remove_iam_member(call: Call) -> Answer:
    return await _remove(call, call.store.instance_id)


async def _remove(call: Call, aggregate: str) -> Answer:
    await asyncio.sleep(call.knobs.member_write)
    event = call.store.remove_member(aggregate, call.body["userId"], call.editor)
    if event is None:
        return {"details": {"resourceOwner": aggregate}}
    return {"details": changed(event.sequence, event.at, aggregate)}


@asynccontextmanager
async def _adding(call: Call, aggregate: str) -> AsyncIterator[None]:
    """All members of an organization are added to one aggregate: of more than 4 at once some are refused and
    not written (contract §8.3), here one in thirty, so that a short run meets it. Changes and removals are
    not (recorded: eight changes of one member at once)."""
    in_flight = call.knobs.in_flight
    in_flight[aggregate] = in_flight.get(aggregate, 0) + 1
    try:
        await asyncio.sleep(call.knobs.member_write)
        if in_flight[aggregate] > 4 and call.store.rng.random() < 1 / 30:
            raise Refusal(2, CONTENTION)
        yield
    finally:
        in_flight[aggregate] -= 1


def member_list(call: Call, aggregate: str, *, owner: str) -> bytes:
    """A page of members as JSON bytes: a hundred thousand of them must not take long."""
    ids = call.store.members[aggregate].ids()
    query = call.body.get("query", {})
    if key := _SORT.get(call.body.get("sortingColumn", 0)):
        ordered = sorted(_rows(call, aggregate, ids), key=key, reverse=not query.get("asc"))
        ids = [member.user for member, _ in ordered]
    if tests := [_test(query) for query in call.body.get("queries", [])]:
        found = [row for row in _rows(call, aggregate, ids) if all(test(row[1]) for test in tests)]
        total, rows = len(found), page(call, found)
    else:
        total, rows = len(ids), list(_rows(call, aggregate, page(call, ids)))
    return json.encode(pruned_list(call, total, [_item(member, user, owner) for member, user in rows]))


def pruned_list(call: Call, total: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    """A list answer whose items are already without default values."""
    details = {"totalResult": str(total), "viewTimestamp": stamp(call.store.view_time)}
    return (
        {"details": details, "result": items}
        if items
        else {"details": {"viewTimestamp": details["viewTimestamp"]}}
    )


def _rows(call: Call, aggregate: str, ids: Iterable[str]) -> Iterator[tuple[Member, User]]:
    members, users = call.store.members[aggregate], call.store.users
    for id in ids:
        member, user = members.shown(id), users.shown(id)
        if member and user:
            yield member, user


def _test(query: Message) -> Test:
    kind, value = chosen(query)
    if kind == "userIdQuery":
        wanted = value.get("userId", "")
        return lambda user: user.id == wanted
    name, attribute = _QUERIES[kind]
    test, get = text_test(value.get(name, ""), value.get("method", 0)), attrgetter(attribute)
    return lambda user: user.type == HUMAN and test(get(user))


def _item(member: Member, user: User, owner: str) -> dict[str, Any]:
    item = {
        "userId": user.id,
        "details": read(member.sequence, member.created, member.changed, owner),
        **({"roles": member.roles} if member.roles else {}),
        "preferredLoginName": user.login_name,
    }
    if user.type == HUMAN:
        item |= {"email": user.email, "firstName": user.first, "lastName": user.last}
    item["displayName"] = user.shown_name
    if user.avatar:
        item["avatarUrl"] = user.avatar
    item["userType"] = "TYPE_HUMAN" if user.type == HUMAN else "TYPE_MACHINE"
    item["userResourceOwner"] = user.org
    return item


@endpoint(
    f"POST {USERS}/{{userId}}/memberships/_search",
    permission="user.membership.read",
    request="management.v1.ListUserMembershipsRequest",
)
def list_user_memberships(call: Call) -> Answer:
    here = {call.org, call.store.instance_id}
    found = memberships(call.store, call.body["userId"])
    return membership_list(call, [item for item in found if item["details"]["resourceOwner"] in here])


def memberships(store: Store, user: str) -> list[dict[str, Any]]:
    """Memberships of a user at all levels and in all organizations (contract §1.6)."""
    return [_membership(store, *row) for row in store.memberships(user, shown=True)]


def membership_list(call: Call, found: list[dict[str, Any]]) -> dict[str, Any]:
    """The memberships in `found` that match the request."""
    tests = call.body.get("queries", [])
    found = [item for item in found if all(_membership_matches(item, test) for test in tests)]
    return listing(call, len(found), page(call, found))


def _membership(store: Store, aggregate: str, member: Member) -> dict[str, Any]:
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
