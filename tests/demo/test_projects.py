"""Projects and what users are granted of them: each organization has its own."""

from typing import Any

from tests.demo.conftest import MEMBERS, USERS, ApiClient, Make

PROJECTS = "/management/v1/projects"


async def _project(a: ApiClient, name: str) -> str:
    """Creates one with the role `clerk`; its id."""
    id: str = (await a.get(f"POST {PROJECTS}", {"name": name}))["id"]
    await a.get(f"POST {PROJECTS}/{id}/roles", {"roleKey": "clerk", "displayName": "Clerk"})
    return id


async def _grants(a: ApiClient, user_name: str) -> list[dict[str, Any]]:
    query = {"userNameQuery": {"userName": user_name}}
    found: list[dict[str, Any]] = (await a.get(f"POST {USERS}/grants/_search", {"queries": [query]})).get(
        "result", []
    )
    return found


async def test_a_project_name_is_taken_in_its_own_organization_alone(api: Make) -> None:
    a = api()
    globex = ApiClient(a.demo, "globex-bot")
    ids = [await _project(a, "Payroll"), await _project(globex, "Payroll")]
    assert ids[0] != ids[1]
    answer = await a.ask(f"POST {PROJECTS}", {"name": "Payroll"})
    assert (answer.status_code, answer.json()["details"][0]["id"]) == (409, "V3-DKcYh")
    search = {
        "queries": [{"nameQuery": {"name": "payroll", "method": "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE"}}]
    }
    assert [one["id"] for one in (await a.get(f"POST {PROJECTS}/_search", search))["result"]] == ids[:1]


async def test_grants_are_listed_by_organization_and_query(api: Make) -> None:
    a = api()
    globex = ApiClient(a.demo, "globex-bot")
    for one, name in ((a, "ann"), (globex, "bob")):
        user, project = await one.person(name), await _project(one, "Payroll")
        await one.get(f"POST {USERS}/{user}/grants", {"projectId": project, "roleKeys": ["clerk"]})
    other = await _project(a, "Travel")
    await a.get(f"POST {USERS}/{user}/grants", {"projectId": other, "roleKeys": ["clerk"]})

    async def names(one: ApiClient, *queries: object) -> list[str]:
        found = await one.get(f"POST {USERS}/grants/_search", {"queries": list(queries)})
        return [grant["userName"] for grant in found.get("result", []) if grant["projectId"] in ours]

    ours = {other, *(grant["projectId"] for grant in await _grants(a, "ann") + await _grants(globex, "bob"))}
    assert await names(a) == ["ann", "bob"]
    assert await names(globex) == ["bob"]
    assert await names(a, {"userNameQuery": {"userName": "AN", "method": 3}}) == ["ann"]
    assert await names(a, {"roleKeyQuery": {"roleKey": "clerk"}}) == ["ann", "bob"]
    assert await names(a, {"projectIdQuery": {"projectId": other}}) == ["bob"]
    assert await names(
        a, {"inUserIdsQuery": {"inUserIds": [user]}}, {"projectNameQuery": {"projectName": "Travel"}}
    ) == ["bob"]
    assert await names(a, {"userTypeQuery": {"type": "TYPE_MACHINE"}}) == []


async def test_a_member_of_a_project_may_see_that_project_and_no_other_organization(api: Make) -> None:
    a = api()
    mine, _ = await _project(a, "Payroll"), await _project(a, "Travel")
    nobody = ApiClient(a.demo, "nobody-bot")
    id = (await nobody.get("GET /auth/v1/users/me"))["user"]["id"]
    await a.get(f"POST {PROJECTS}/{mine}/members", {"userId": id, "roles": ["PROJECT_OWNER"]})
    assert [one["id"] for one in (await nobody.get(f"POST {PROJECTS}/_search", {}))["result"]] == [mine]
    elsewhere = (await ApiClient(a.demo, "globex-bot").get("GET /management/v1/orgs/me"))["org"]["id"]
    answer = await nobody.ask(f"POST {PROJECTS}/_search", {}, **{"x-zitadel-orgid": elsewhere})
    assert (answer.status_code, answer.json()["details"][0]["id"]) == (404, "AUTHZ-cdgFk")
    assert (await nobody.ask(f"POST {MEMBERS}/_search", {})).status_code == 403


async def test_a_grant_removed_and_given_again_is_another_one_before_searches_show_it(api: Make) -> None:
    a = api(lag=(60, 60))
    user, project = await a.person("ann"), await _project(a, "Payroll")
    body = {"projectId": project, "roleKeys": ["clerk"]}
    first = (await a.get(f"POST {USERS}/{user}/grants", body))["userGrantId"]
    assert (await a.ask(f"POST {USERS}/{user}/grants", body)).status_code == 409
    await a.get(f"DELETE {USERS}/{user}/grants/{first}")
    assert (await a.get(f"POST {USERS}/{user}/grants", body))["userGrantId"] != first
    assert await _grants(a, "ann") == []


async def test_a_granted_project_offers_the_granted_roles_only(api: Make) -> None:
    a = api()
    globex = ApiClient(a.demo, "globex-bot")
    user = await a.person("ann")
    project = await _project(globex, "Travel")
    await globex.get(f"POST {PROJECTS}/{project}/roles", {"roleKey": "boss", "displayName": "Boss"})
    here = (await a.get("GET /management/v1/orgs/me"))["org"]["id"]
    body = {"projectId": project, "roleKeys": ["clerk"]}
    answer = await a.ask(f"POST {USERS}/{user}/grants", body)
    assert (answer.status_code, answer.json()["details"][0]["id"]) == (400, "COMMAND-4m9ff")
    await globex.get(f"POST {PROJECTS}/{project}/grants", {"grantedOrgId": here, "roleKeys": ["clerk"]})
    boss = await a.ask(f"POST {USERS}/{user}/grants", {"projectId": project, "roleKeys": ["boss"]})
    assert boss.json()["details"][0]["id"] == "COMMAND-mm9F4"
    roles = (await a.get(f"POST {PROJECTS}/{project}/roles/_search", {}))["result"]
    assert [role["key"] for role in roles] == ["clerk"]
    id = (await a.get(f"POST {USERS}/{user}/grants", body))["userGrantId"]
    (grant,) = await _grants(a, "ann")
    assert (grant["id"], grant["projectName"], bool(grant["projectGrantId"])) == (id, "Travel", True)


async def test_removing_a_role_of_a_project_leaves_grants_without_it(api: Make) -> None:
    a = api()
    user, project = await a.person("ann"), await _project(a, "Payroll")
    await a.get(f"POST {USERS}/{user}/grants", {"projectId": project, "roleKeys": ["clerk"]})
    await a.get(f"DELETE {PROJECTS}/{project}/roles/clerk")
    (grant,) = await _grants(a, "ann")
    assert "roleKeys" not in grant
    assert (await a.ask(f"DELETE {PROJECTS}/{project}/roles/clerk")).status_code == 404


async def test_the_company_has_projects_and_grants_in_every_state(api: Make) -> None:
    a = api()
    projects = (await a.get(f"POST {PROJECTS}/_search", {}))["result"]
    assert {project["state"] for project in projects} == {"PROJECT_STATE_ACTIVE", "PROJECT_STATE_INACTIVE"}
    assert (await a.get("POST /management/v1/granted_projects/_search", {}))["result"]
    grants = (await a.get(f"POST {USERS}/grants/_search", {}))["result"]
    assert {grant["state"] for grant in grants} == {"USER_GRANT_STATE_ACTIVE", "USER_GRANT_STATE_INACTIVE"}
    assert any("roleKeys" not in grant for grant in grants)
    assert any("projectGrantId" in grant for grant in grants)
    assert {grant["userType"] for grant in grants} == {"TYPE_HUMAN", "TYPE_MACHINE"}
    assert any(grant["grantedOrgId"] != grant["orgId"] for grant in grants)
