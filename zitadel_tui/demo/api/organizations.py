"""Organizations and the instance (contract §1.6, §4.1)."""

from typing import Any

from zitadel_tui.demo.endpoints import AUTHENTICATED, Answer, Call, created, endpoint, listing, page, read
from zitadel_tui.demo.errors import exists
from zitadel_tui.demo.model import Org, stamp
from zitadel_tui.demo.proto import Message, chosen
from zitadel_tui.demo.rights import permissions
from zitadel_tui.demo.search import text_test


@endpoint("GET /management/v1/orgs/me", permission="org.read")
def get_my_org(call: Call) -> Answer:
    org, history = call.store.orgs[call.org], call.store.history(call.org)
    last = history.last()
    details = read(len(history), org.created, last.at if last else org.changed, org.id)
    return {"org": _org(org, "ORG_STATE_") | {"details": details}}


@endpoint("GET /management/v1/iam", permission=AUTHENTICATED)
def get_iam(call: Call) -> Answer:
    store = call.store
    return {
        "globalOrgId": store.default_org,
        "iamProjectId": store.project_id,
        "defaultOrgId": store.default_org,
    }


@endpoint("POST /management/v1/orgs", permission="org.create", request="management.v1.AddOrgRequest")
def add_org(call: Call) -> Answer:
    store, name = call.store, call.body["name"].strip()
    if any(org.name == name for org in store.orgs.values()):
        raise exists("Organisation's name or id already taken", "V3-DKcYh")
    domain = f"{name.lower().replace(' ', '-')}.{store.orgs[store.default_org].domain.partition('.')[2]}"
    org = store.add_org(name, call.editor, domain)
    member = store.put_member(org.id, call.editor, ("ORG_OWNER",), call.editor)
    return {"id": org.id, "details": created(member.sequence, org.created, org.id)}


@endpoint("POST /admin/v1/orgs/_search", permission="iam.read", request="admin.v1.ListOrgsRequest")
def list_orgs(call: Call) -> Answer:
    found = _found(call)
    items = [_org(org, "ORG_STATE_") for org in found]
    return listing(call, len(items), page(call, items))


@endpoint(
    "POST /v2/organizations/_search", permission=AUTHENTICATED, request="org.v2.ListOrganizationsRequest"
)
def list_organizations(call: Call) -> Answer:
    """Filtered by `org.read` after paging; the total counts those that may not be seen, too."""
    found = _found(call)
    shown = page(call, found)
    visible = [o for o in shown if "org.read" in permissions(call.store, call.caller.id, o.id)]
    return {
        "details": {"totalResult": str(len(found) or ""), "timestamp": stamp(call.store.view_time)},
        "result": [_org(org, "ORGANIZATION_STATE_") for org in visible],
    }


def _org(org: Org, prefix: str) -> dict[str, Any]:
    return {
        "id": org.id,
        "details": read(org.sequence, org.created, org.changed, org.id),
        "state": prefix + ("ACTIVE" if org.active else "INACTIVE"),
        "name": org.name,
        "primaryDomain": org.domain,
    }


def _found(call: Call) -> list[Org]:
    queries = call.body.get("queries", [])
    found = [org for org in call.store.orgs.values() if all(_matches(call, org, q) for q in queries)]
    if call.body.get("sortingColumn", 0) == 1:
        descending = not call.body.get("query", {}).get("asc")
        return sorted(found, key=lambda org: org.name.lower(), reverse=descending)
    return sorted(found, key=lambda org: org.id)


def _matches(call: Call, org: Org, query: Message) -> bool:
    kind, value = chosen(query)
    if kind == "nameQuery":
        return text_test(value.get("name", ""), value.get("method", 0))(org.name)
    if kind == "domainQuery":
        return text_test(value.get("domain", ""), value.get("method", 0))(org.domain)
    if kind == "stateQuery":
        return bool(value.get("state", 0) == (1 if org.active else 2))
    if kind == "idQuery":
        return bool(value.get("id", "") == org.id)
    return kind != "defaultQuery" or org.id == call.store.default_org
