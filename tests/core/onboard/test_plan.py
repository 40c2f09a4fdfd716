"""Plans: a verdict for every row, without writing anything."""

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.core.onboard.running import Bench, events, finished
from zitadel_tui.core import projects
from zitadel_tui.core.account import Account
from zitadel_tui.core.onboard import existing, launch, plan_file
from zitadel_tui.core.onboard.organization import Organization
from zitadel_tui.core.onboard.plan import Plan, make_plan
from zitadel_tui.core.onboard.plan_file import SavedPlan
from zitadel_tui.core.onboard.records import CREATE, ROLES, Header, PlannedRow
from zitadel_tui.core.onboard.rows import Options
from zitadel_tui.core.onboard.run_files import Damaged
from zitadel_tui.core.onboard.source import Source, open_source
from zitadel_tui.core.policies import Policies
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.model import Project
from zitadel_tui.failure import UsageFailure
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.users import User

FORBIDDEN = Fault(status=403, id="AUTH-5mWD2")
HEADING = "userName,firstName,lastName,email,phone,roles,grants,password,hashedPassword\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, lag=(0, 0))


def opened(folder: Path, text: str, options: Options) -> Source:
    path = folder / "people.csv"
    path.write_text(text)
    return open_source(str(path), options)


async def planned(
    bench: Bench,
    text: str,
    *,
    account: str = "onboarding-bot",
    saved: SavedPlan | None = None,
    **options: Any,
) -> Plan:
    chosen = Options(**options)
    with opened(bench.root.parent, text, chosen) as source:
        return await make_plan(bench.session(account), source, chosen, saved=saved)


def row(name: str, *, email: str = "", cells: str = ",,,,") -> str:
    return f"{name},Given,Family,{email or name + '@new.test'},{cells}\n"


def verdicts(plan: Plan) -> dict[int, str]:
    return {one.line: one.verdict for one in plan.rows}


def only(plan: Plan) -> PlannedRow:
    [one] = plan.rows
    return one


async def test_every_row_has_a_verdict_and_nothing_is_written(bench: Bench) -> None:
    bench.session()  # its token is an event, too
    before = events(bench)
    ada = bench.demo.store.user_named("ada.lovelace")
    assert ada is not None
    assert ada.email
    text = HEADING + "".join(
        (
            row("new.one"),
            row("ADA.Lovelace ", email=ada.email.upper()),
            row("ada.lovelace2"),
            row("onboarding-bot"),
            row("bad", email="no address"),
            row("twice"),
            row("twice"),
            row("differs"),
            row("Differs", email="other@new.test"),
        )
    )
    plan = await planned(bench, text)
    assert verdicts(plan) == {
        2: "create",
        3: "exists",
        4: "create",
        5: "conflict",
        6: "invalid",
        7: "create",
        8: "duplicate",
        9: "duplicate",
        10: "duplicate",
    }
    by_line = {one.line: one for one in plan.rows}
    assert by_line[2].steps == (CREATE,)
    assert by_line[3].user_id == ada.id
    assert by_line[3].steps == ()
    assert "service account" in by_line[5].problems[0]
    assert by_line[6].problems == ("email: The email needs a form such as ada@acme.example.",)
    assert by_line[8].problems == ("The same as line 7.",)
    assert "line 10" in by_line[9].problems[0]
    assert "line 9" in by_line[10].problems[0]
    assert plan.counts == {"create": 3, "exists": 1, "conflict": 1, "invalid": 1, "duplicate": 3}
    assert (plan.to_send, plan.not_sent) == (3, 5)
    assert events(bench) == before


async def test_a_duplicate_of_a_made_user_name_says_so(bench: Bench) -> None:
    text = HEADING + row("", email="ada@new.test") + row("ada", email="ada@other.test")
    made, given = (await planned(bench, text, username="{local}")).rows
    assert (made.verdict, given.verdict) == ("duplicate", "duplicate")
    assert made.problems[0].endswith("line 3. The template made this user name.")
    assert given.problems[0].endswith("line 2.")


async def test_a_row_with_a_note_is_checked_like_any_other(bench: Bench) -> None:
    heading = HEADING.replace("password,", "passwordChangeRequired,")
    noted = only(await planned(bench, heading + row("ada.new", cells=",,,yes,")))
    assert (noted.verdict, noted.steps) == ("create", (CREATE,))
    assert noted.notes == ("passwordChangeRequired: Without a password this has no effect.",)
    wrong = only(await planned(bench, heading + row("ada.new", email="no address", cells=",,,yes,")))
    assert (wrong.verdict, wrong.problems[0][:6]) == ("invalid", "email:")


@pytest.mark.parametrize("asks", [True, False])
async def test_existing_users_are_found_by_name_or_by_reading_all(
    bench: Bench, asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(existing, "_PAGE_SECONDS", 100.0 if asks else 0.0)
    monkeypatch.setattr(existing, "PAGE", 7)
    store = bench.demo.store
    users = [user for user in store.users.values() if user.org == store.default_org]
    names = [user.user_name for user in users if re.fullmatch(r"[a-z.-]+", user.user_name)]
    plan = await planned(bench, HEADING + "".join(map(row, [*names, "nobody-yet"])))
    assert len(names) > 8
    assert plan.counts["create"] == 1
    assert plan.counts["conflict"] == len(names)


async def test_roles_and_project_roles_are_resolved_and_wrong_ones_are_problems_of_the_row(
    bench: Bench,
) -> None:
    project = next(
        one
        for one in bench.demo.store.projects.values()
        if one.roles and one.org == bench.demo.store.default_org
    )
    key = next(iter(project.roles))
    text = HEADING + "".join(
        (
            row("one", cells=f",org_user_manager,{project.name}:{key},,"),
            row("two", cells=",IAM_OWNER,,,"),
            row("three", cells=f",,{project.name}:nonsense,,"),
            row("four", cells=",,Nowhere:viewer,,"),
            row("five", cells=",SELF_MANAGEMENT_GLOBAL ORG_OWNER,,,"),
        )
    )
    plan = await planned(bench, text)
    assert list(verdicts(plan).values()) == ["create", "invalid", "invalid", "invalid", "invalid"]
    assert plan.rows[0].steps == (CREATE, ROLES, f"grant {project.id}")
    assert "is a role of the instance" in plan.rows[1].problems[0]
    assert f"has no role '{'nonsense'}'" in plan.rows[2].problems[0]
    assert "There is no project 'Nowhere'" in plan.rows[3].problems[0]
    assert "cannot be combined" in plan.rows[4].problems[0]


async def test_existing_users_differences_are_noted(bench: Bench) -> None:
    ada = bench.demo.store.user_named("ada.lovelace")
    assert ada is not None
    text = HEADING + row(
        "ada.lovelace", email=ada.email, cells="+41791234567,ORG_OWNER_VIEWER,,Secr3t-Pass!,"
    )
    one = only(await planned(bench, text, passkey_link=True))
    assert one.verdict == "exists"
    assert one.steps == (ROLES,)
    notes = " ".join(one.notes)
    assert "The first name differs: Ada on the server, Given in the file." in notes
    assert "The phone differs" in notes
    assert "not applied: password, passkey link." in notes


async def test_roles_of_a_conflict_are_assigned_only_on_purpose(bench: Bench) -> None:
    def text(role: str) -> str:
        return HEADING + row("ada.lovelace", email="other@new.test", cells=f",{role},,,")

    assert only(await planned(bench, text("ORG_OWNER_VIEWER"))).steps == ()
    asked = only(await planned(bench, text("ORG_OWNER_VIEWER"), on_conflict="roles"))
    assert (asked.verdict, asked.steps, asked.problems) == ("conflict", (ROLES,), ())
    powerful = only(await planned(bench, text("ORG_OWNER"), on_conflict="roles"))
    assert powerful.steps == ()
    assert "--force" in powerful.problems[0]
    assert only(await planned(bench, text("ORG_OWNER"), on_conflict="roles", forced=True)).steps == (ROLES,)
    machine = HEADING + row("onboarding-bot", cells=",ORG_OWNER_VIEWER,,,")
    assert only(await planned(bench, machine, on_conflict="roles", forced=True)).steps == ()


async def test_what_the_server_will_do_is_counted(bench: Bench) -> None:
    text = HEADING + "".join(
        (
            row("initial"),
            row("password", cells="+41791234567,,,Secr3t-Pass!,"),
            row("hash", cells=",ORG_OWNER,,,$2a$12$" + "a" * 53),
        )
    )
    plan = await planned(bench, text)
    assert set(verdicts(plan).values()) == {"create"}
    assert (plan.mails, plan.sms, plan.initial, plan.passwords) == (1, 1, 1, 1)
    said = " ".join(plan.warnings)
    assert "1 mail" in said
    assert "ORG_OWNER, assigned to 1 user, grants nearly everything" in said
    linked = await planned(bench, text, passkey_link=True)
    assert (linked.mails, linked.initial) == (0, 0)
    assert linked.seconds > 0


async def test_hashes_are_judged_by_what_the_server_was_given(bench: Bench) -> None:
    argon2 = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA"
    text = HEADING + row("one", cells=f',,,,"{argon2}"')
    refused = only(await planned(bench, text))
    assert refused.verdict == "invalid"
    assert "--verifiers argon2" in refused.problems[0]
    assert only(await planned(bench, text, verifiers=("argon2",))).verdict == "create"


async def test_rights_that_are_missing_are_named_and_nothing_is_begun(bench: Bench) -> None:
    text = HEADING + row("one", cells=",ORG_OWNER_VIEWER,,,")
    plan = await planned(bench, text, account="viewer-bot")
    assert plan.lacking == (
        "This account may not import users (user.write) or assign administrator roles (org.member.write). "
        "ORG_OWNER has these permissions."
    )
    with opened(bench.root.parent, text, Options()) as source, pytest.raises(errors.NotPermitted):
        await launch.begin(bench.session("viewer-bot"), plan, source)


def owned_project(bench: Bench) -> Project:
    store = bench.demo.store
    return next(one for one in store.projects.values() if one.roles and one.org == store.default_org)


async def test_an_inactive_grant_of_an_existing_user_is_reported_and_not_reactivated(bench: Bench) -> None:
    store, project = bench.demo.store, owned_project(bench)
    key, ada = next(iter(project.roles)), store.user_named("ada.lovelace")
    hedy = store.user_named("hedy.teitelbaum")
    assert ada is not None
    assert hedy is not None
    for user, is_active in ((ada, False), (hedy, True)):
        if (user.id, project.id, store.default_org) not in store.granted:
            store.add_grant(store.default_org, user.id, project, (key,), ada.id)
        grant = store.grants.get(store.granted[user.id, project.id, store.default_org])
        assert grant is not None
        store.change_grant(grant, "user.grant.deactivated", ada.id, active=is_active)
    cells = f",,{project.name}:{key},,"
    text = HEADING + "".join(
        (
            row("ada.lovelace", email=ada.email, cells=cells),
            row("hedy.teitelbaum", email=hedy.email, cells=cells),
            row("new.one", cells=cells),
        )
    )
    plan = await planned(bench, text)
    note = (
        f"The grant of project {project.name} is inactive and is not reactivated: its roles have no effect."
    )
    assert [note in " ".join(one.notes) for one in plan.rows] == [True, False, False]
    assert [one.steps[-1] for one in plan.rows] == [f"grant {project.id}"] * 3
    assert "Inactive grants of 1 user are not reactivated: their roles have no effect." in plan.warnings
    of_another = HEADING + row("ada.lovelace", email="other@new.test", cells=cells)
    assert note in only(await planned(bench, of_another, on_conflict="roles")).notes[-1]
    skipped = await planned(bench, of_another)
    assert (only(skipped).steps, skipped.inactive_grants) == ((), 0)


async def test_grants_that_may_not_be_listed_are_reported_as_not_checked(bench: Bench) -> None:
    project, ada = owned_project(bench), bench.demo.store.user_named("ada.lovelace")
    assert ada is not None
    bench.demo.faults.add(FORBIDDEN, "POST /management/v1/users/grants/_search")
    cells = f",,{project.name}:{next(iter(project.roles))},,"
    plan = await planned(bench, HEADING + row("ada.lovelace", email=ada.email, cells=cells))
    assert only(plan).verdict == "exists"
    assert "This account may not list inactive grants, so they were not checked." in plan.warnings


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("POST /management/v1/projects/_search", "list projects (project.read)"),
        ("POST /management/v1/projects/*/roles/_search", "list the roles of project {} (project.role.read)"),
        ("POST /management/v1/users/_search", "list users (user.read)"),
    ],
)
async def test_what_the_account_may_not_list_is_named_and_the_rest_is_planned(
    bench: Bench, path: str, told: str
) -> None:
    """In one line, with a role that may do it; nothing is sent."""
    project = owned_project(bench)
    bench.demo.faults.add(FORBIDDEN, path, times=0)
    text = (
        HEADING + row("one", cells=f",,{project.name}:{next(iter(project.roles))},,") + row("bad", email="x")
    )
    plan = await planned(bench, text)
    assert plan.lacking == (
        f"This account may not {told.format(project.name)}. ORG_OWNER has this permission."
    )
    assert verdicts(plan) == {2: "create", 3: "invalid"}
    with opened(bench.root.parent, text, Options()) as source, pytest.raises(errors.NotPermitted):
        await launch.begin(bench.session(), plan, source)


def test_an_account_that_may_grant_in_one_project_lacks_only_the_others() -> None:
    here, there = projects.Project("1", "Here"), projects.Project("2", "There")
    account = Account(User("9"), None, (), permissions=("user.grant.write:1",), org_id="4711")
    organization = Organization(
        account, Policies(), Options(), [], [here, there], project_roles={"1": [], "2": []}
    )
    assert organization.lacking(granted=[here]) == ""
    assert "assign roles of project There (user.grant.write)" in organization.lacking(granted=[here, there])


async def test_every_permission_that_is_missing_is_named_in_one_sentence(bench: Bench) -> None:
    """That of projects only where the file names some."""
    project = owned_project(bench)
    key = next(iter(project.roles))
    plan = await planned(bench, HEADING + row("one", cells=f",,{project.name}:{key},,"), account="viewer-bot")
    assert plan.lacking == (
        f"This account may not import users (user.write) or assign roles of project {project.name} "
        "(user.grant.write). ORG_OWNER has these permissions."
    )
    bench.demo.faults.add(FORBIDDEN, "POST /management/v1/projects/_search", times=0)
    assert "project" not in (await planned(bench, HEADING + row("one"), account="viewer-bot")).lacking


async def test_a_run_does_not_go_on_where_its_projects_may_not_be_listed(bench: Bench) -> None:
    project = owned_project(bench)
    text = HEADING + row("one", cells=f",,{project.name}:{next(iter(project.roles))},,")
    with opened(bench.root.parent, text, Options()) as source:
        begun = await launch.begin(bench.session(), await planned(bench, text), source)
        begun.stop()
        await finished(begun)
        bench.demo.faults.add(FORBIDDEN, "POST /management/v1/projects/_search", times=0)
        before = events(bench)
        with pytest.raises(errors.NotPermitted, match="list projects"):
            await launch.resume(bench.session(), begun.files, source)
        assert events(bench) == before


async def test_what_was_deleted_since_the_plan_fails_in_its_row_when_a_run_goes_on(bench: Bench) -> None:
    project = owned_project(bench)
    grant = f",ORG_USER_MANAGER,{project.name}:{next(iter(project.roles))},,"
    text = HEADING + row("one", cells=grant) + row("two")
    with opened(bench.root.parent, text, Options()) as source:
        begun = await launch.begin(bench.session(), await planned(bench, text), source)
        begun.stop()
        await finished(begun)
        del bench.demo.store.projects[project.id]
        results = await finished(await launch.resume(bench.session(), begun.files, source))
    assert {name: result.state for name, result in results.items()} == {"one": "failed", "two": "done"}
    assert results["one"].roles == ("ORG_USER_MANAGER",)
    assert "was removed or renamed since the plan" in results["one"].sentences[-1]


async def test_user_names_in_the_domain_of_another_organization_are_invalid(bench: Bench) -> None:
    """Where the account sees that organization; the server decides where it does not."""
    store = bench.demo.store
    other = next(org for org in store.orgs.values() if org.id != store.default_org)
    own = store.orgs[store.default_org].domain
    names = (f"ann@{other.domain}", f"bob@{own}", "eve@elsewhere.test", f"@{other.domain}")
    text = HEADING + "".join(row(name, email="x@new.test") for name in names)
    plan = await planned(bench, text)
    assert list(verdicts(plan).values()) == ["invalid", "create", "create", "create"]
    assert plan.rows[0].problems == (
        f"userName: The server reserves user names that end in @{other.domain} for organization "
        f"{other.name}.",
    )
    bench.demo.faults.add(FORBIDDEN, "GET /management/v1/policies/domain")
    assert (await planned(bench, text)).counts == {"create": 4}
    store.set_domain_policy(store.default_org, login_must_be_domain=True)
    assert (await planned(bench, text)).counts == {"create": 4}


async def test_an_account_of_one_organization_does_not_search_for_domains(bench: Bench) -> None:
    store = bench.demo.store
    bot = store.user_named("onboarding-bot")
    assert bot is not None
    store.remove_member(store.instance_id, bot.id, bot.id)
    asked = bench.demo.faults.add(FORBIDDEN, "POST /v2/organizations/_search", times=0)
    other = next(org for org in store.orgs.values() if org.id != store.default_org)
    text = HEADING + row(f"ann@{other.domain}", email="x@new.test")
    plan = await planned(bench, text)
    assert (only(plan).verdict, asked.hits) == ("create", 0)
    with opened(bench.root.parent, text, Options()) as source:
        results = await finished(await launch.begin(bench.session(), plan, source))
    [result] = results.values()
    assert (result.state, result.reference[:13]) == ("failed", "COMMAND-SFd21")


async def test_an_added_domain_is_reported_and_does_not_change_who_exists(bench: Bench) -> None:
    store = bench.demo.store
    store.set_domain_policy(store.default_org, login_must_be_domain=True)
    domain = store.orgs[store.default_org].domain
    ada = next(user for user in store.users.values() if user.user_name == "ada.lovelace")
    text = HEADING + "".join(
        (
            row("Ada.Lovelace", email=ada.email),
            row(f"ada.lovelace@{domain}", email=ada.email),
            row("eve@elsewhere.test", email="x@new.test"),
            row("plain"),
        )
    )
    plan = await planned(bench, text)
    assert list(verdicts(plan).values()) == ["exists", "create", "create", "create"]
    assert plan.rows[1].notes == (
        f"User ada.lovelace exists and signs in as ada.lovelace@{domain}: this row creates another user.",
    )
    alone = await planned(bench, HEADING + row(f"ada.lovelace@{domain}", email=ada.email))
    assert only(alone).notes == plan.rows[1].notes
    assert [one.notes for one in plan.rows[2:]] == [(), ()]
    [warning] = [one for one in plan.warnings if "adds its domain" in one]
    assert warning.endswith(
        f"2 user names with an @ will have login names such as ada.lovelace@{domain}@{domain}."
    )


async def test_a_plan_is_applied_and_planned_again_it_has_nothing_to_do(bench: Bench) -> None:
    text = HEADING + "".join(row(f"new{number}", cells=",ORG_USER_MANAGER,,,") for number in range(12))
    options = Options()
    with opened(bench.root.parent, text, options) as source:
        session = bench.session()
        plan = await make_plan(session, source, options)
        results = await finished(await launch.begin(session, plan, source))
        assert {result.state for result in results.values()} == {"done"}
        again = await make_plan(session, source, options)
        assert again.counts == {"exists": 12}
        before = events(bench)
        results = await finished(await launch.begin(session, again, source))
        assert {result.state for result in results.values()} == {"unchanged"}
        assert events(bench) == before


async def test_a_saved_plan_holds_what_it_promised(bench: Bench, tmp_path: Path) -> None:
    text = HEADING + row("stays") + row("exists.by.then") + row("taken.by.then")
    plan = await planned(bench, text)
    path = tmp_path / "plan"
    plan_file.save(plan.header, plan.rows, path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageFailure, match="exists already"):
        plan_file.save(plan.header, plan.rows, path)
    saved = plan_file.load(path)
    assert saved == (plan.header, plan.rows)
    others = HEADING + row("exists.by.then") + row("taken.by.then", email="other@new.test")
    with opened(tmp_path, others, Options()) as source:
        session = bench.session()
        await finished(await launch.begin(session, await make_plan(session, source, Options()), source))
    held = await planned(bench, text, saved=saved)
    assert [(one.verdict, bool(one.steps)) for one in held.rows] == [
        ("create", True),
        ("exists", False),
        ("conflict", False),
    ]


@pytest.mark.parametrize("options", [{"passkey_link": True}, {"roles": ("ORG_OWNER",)}])
async def test_a_plan_of_other_options_is_refused(bench: Bench, options: dict[str, Any]) -> None:
    text = HEADING + row("one")
    plan = await planned(bench, text)
    saved = SavedPlan(plan.header, plan.rows)
    with pytest.raises(UsageFailure, match="other options"):
        await planned(bench, text, saved=saved, **options)
    with pytest.raises(UsageFailure, match="another file"):
        await planned(bench, text + row("two"), saved=saved)


async def test_what_a_saved_plan_holds_back_is_not_counted(bench: Bench) -> None:
    """Neither the mails and SMS that are confirmed by their number, nor the rights and roles it needs."""
    text = HEADING + row("one", cells="+41791234567,ORG_OWNER,,Secr3t-Pass!,") + row("two")
    plan = await planned(bench, text)
    assert (plan.mails, plan.sms, plan.passwords) == (1, 1, 1)
    first = msgspec.structs.replace(plan.rows[0], verdict="exists", user_id="1", steps=())
    second = msgspec.structs.replace(plan.rows[1], verdict="exists", user_id="2", steps=())
    held = await planned(bench, text, saved=SavedPlan(plan.header, [first, plan.rows[1]]))
    assert (held.to_send, held.mails, held.sms, held.passwords) == (1, 1, 0, 0)
    assert (held.counts, held.powerful) == ({"conflict": 1, "create": 1}, {})
    none = await planned(bench, text, account="viewer-bot", saved=SavedPlan(plan.header, [first, second]))
    assert (none.mails, none.initial, none.to_send, none.lacking) == (0, 0, 0, "")


@pytest.mark.parametrize("content", [b"", b"{}\n[]\n", b"\xff\n", b'{"version": 99}\n', b"[" * 9999])
def test_a_file_that_is_not_a_plan_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan"
    path.write_bytes(content)
    with pytest.raises(Damaged):
        plan_file.load(path)


async def test_a_thousand_rows_do_not_hold_the_loop(bench: Bench) -> None:
    """Planning gives way: whatever else runs on the loop has its turn."""
    turns, done = 0, asyncio.Event()

    async def other() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    begun = time.process_time()
    plan = await planned(bench, HEADING + "".join(row(f"new{number}") for number in range(1000)))
    done.set()
    await beside
    assert plan.counts["create"] == 1000
    assert turns > (time.process_time() - begun) / 0.05


async def test_rows_on_one_line_of_json_are_told_apart_by_their_number(bench: Bench) -> None:
    users = [
        {"userName": name, "email": {"email": f"{name}@x.test"}} for name in ("one", "one", "two", "two")
    ]
    for user in users:
        user["profile"] = {"firstName": "A", "lastName": "B"}
    users[3]["profile"] = {"firstName": "C", "lastName": "D"}
    plan = await planned(bench, json.dumps(users))
    assert [row.verdict for row in plan.rows] == ["create", *["duplicate"] * 3]
    assert plan.rows[1].problems == ("The same as row 1.",)
    assert "differ: row 4." in plan.rows[2].problems[0]


def test_a_saved_plan_does_not_follow_a_user_name_to_somebody_else() -> None:
    before = PlannedRow(1, 2, "digest", "exists", user_name="one", user_id="1", steps=(ROLES,))
    now = msgspec.structs.replace(before, user_id="2")
    held = SavedPlan(Header(), [before]).held(now)
    assert (held.verdict, held.steps) == ("conflict", ())
    assert "Changed since the plan was saved: it was to be exists." in held.problems
    assert SavedPlan(Header(), [before]).held(before) is before
    taken = msgspec.structs.replace(now, verdict="conflict", steps=(), problems=("Taken.",))
    created = msgspec.structs.replace(before, verdict="create", user_id="")
    assert SavedPlan(Header(), [created]).held(taken).problems == (
        "Taken.",
        "Changed since the plan was saved: it was to be create.",
    )
