"""Projects and what users are granted of them: each organization has its own."""

from tests.demo.conftest import MEMBERS, USERS, Asker, Make

PROJECTS = "/management/v1/projects"


async def _project(a: Asker, name: str) -> str:
    """Creates one with the role `clerk`; its id."""
    id: str = (await a.get(f"POST {PROJECTS}", {"name": name}))["id"]
    await a.get(f"POST {PROJECTS}/{id}/roles", {"roleKey": "clerk", "displayName": "Clerk"})
    return id


async def test_a_project_name_is_taken_in_its_own_organization_alone(asker: Make) -> None:
    a = asker()
    globex = Asker(a.demo, "globex-bot")
    ids = [await _project(a, "Payroll"), await _project(globex, "Payroll")]
    assert ids[0] != ids[1]
    answer = await a.ask(f"POST {PROJECTS}", {"name": "Payroll"})
    assert (answer.status_code, answer.json()["details"][0]["id"]) == (409, "V3-DKcYh")
    search = {
        "queries": [{"nameQuery": {"name": "payroll", "method": "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE"}}]
    }
    assert [one["id"] for one in (await a.get(f"POST {PROJECTS}/_search", search))["result"]] == ids[:1]


async def test_grants_are_listed_by_organization_and_query(asker: Make) -> None:
    a = asker()
    globex = Asker(a.demo, "globex-bot")
    for one, name in ((a, "ann"), (globex, "bob")):
        user, project = await one.person(name), await _project(one, "Payroll")
        await one.get(f"POST {USERS}/{user}/grants", {"projectId": project, "roleKeys": ["clerk"]})
    other = await _project(a, "Travel")
    await a.get(f"POST {USERS}/{user}/grants", {"projectId": other, "roleKeys": ["clerk"]})

    async def names(one: Asker, *queries: object) -> list[str]:
        found = await one.get(f"POST {USERS}/grants/_search", {"queries": list(queries)})
        return [grant["userName"] for grant in found.get("result", [])]

    assert await names(a) == ["ann", "bob"]
    assert await names(globex) == ["bob"]
    assert await names(a, {"userNameQuery": {"userName": "AN", "method": 3}}) == ["ann"]
    assert await names(a, {"roleKeyQuery": {"roleKey": "clerk"}}) == ["ann", "bob"]
    assert await names(a, {"projectIdQuery": {"projectId": other}}) == ["bob"]
    assert await names(
        a, {"inUserIdsQuery": {"inUserIds": [user]}}, {"projectNameQuery": {"projectName": "Travel"}}
    ) == ["bob"]
    assert await names(a, {"userTypeQuery": {"type": "TYPE_MACHINE"}}) == []


async def test_a_member_of_a_project_may_see_that_project_and_no_other_organization(asker: Make) -> None:
    a = asker()
    mine, _ = await _project(a, "Payroll"), await _project(a, "Travel")
    nobody = Asker(a.demo, "nobody-bot")
    id = (await nobody.get("GET /auth/v1/users/me"))["user"]["id"]
    await a.get(f"POST {PROJECTS}/{mine}/members", {"userId": id, "roles": ["PROJECT_OWNER"]})
    assert [one["id"] for one in (await nobody.get(f"POST {PROJECTS}/_search", {}))["result"]] == [mine]
    elsewhere = (await Asker(a.demo, "globex-bot").get("GET /management/v1/orgs/me"))["org"]["id"]
    answer = await nobody.ask(f"POST {PROJECTS}/_search", {}, **{"x-zitadel-orgid": elsewhere})
    assert (answer.status_code, answer.json()["details"][0]["id"]) == (404, "AUTHZ-cdgFk")
    assert (await nobody.ask(f"POST {MEMBERS}/_search", {})).status_code == 403
