"""The initial data of a demo: a new instance, or a company with a history."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec

from zitadel_tui.demo.api.import_user import add_human_user, human_user
from zitadel_tui.demo.api.service_accounts import add_machine
from zitadel_tui.demo.generated_members import GeneratedMembers
from zitadel_tui.demo.model import INACTIVE, INITIAL, LOCKED, Project, User
from zitadel_tui.demo.sample_names import (
    ACCOUNTS,
    FIRST,
    HOSTILE,
    HOSTILE_LOGIN,
    HUMBLE_MIX,
    LAST,
    PROJECTS,
    ROLE_MIX,
    SUPPLIERS,
    WORLD,
)
from zitadel_tui.demo.store import Store
from zitadel_tui.demo.tables import History, Table

HOUR, DAY = 3600.0, 86400.0
AGE = 900 * DAY
HASH = "$2a$12$" + "x" * 53
ROOT = "root@acme.example"
_FOUNDERS = {41: 640 * DAY, 42: 400 * DAY}  # the first users after the rare names: the owners


@dataclass(frozen=True, slots=True)
class NewInstance:
    """A new instance: one organization, and a human user and a service account that own it and the
    instance."""

    org: str
    domain: str
    instance: str
    account: str
    account_name: str
    person: str


def set_up(store: Store, fresh: NewInstance) -> None:
    begin(store, fresh.org, fresh.domain, instance=fresh.instance)
    body: dict[str, Any] = {"userName": fresh.account, "name": fresh.account_name}
    robot, _ = add_machine(store, store.default_org, body, "SYSTEM")
    human = _human(
        store,
        store.default_org,
        "ZITADEL",
        "Admin",
        fresh.person,
        "SYSTEM",
        password_change_required=True,
    )
    for aggregate, role in ((store.default_org, "ORG_OWNER"), (store.instance_id, "IAM_OWNER")):
        for user in (robot, human):
            store.put_member(aggregate, user.id, (role,), "SYSTEM")
    store.history(store.instance_id).skip(79)  # defaults that a new instance gets after its owners


def begin(store: Store, org: str, domain: str, *, instance: str) -> None:
    """The first organization and the instance's own project."""
    store.instance_name = instance
    first = store.add_org(org, "SYSTEM", domain)
    store.default_org = first.id
    store.project_id = store.ids.next()
    store.projects[store.project_id] = Project(store.project_id, first.id, "ZITADEL", store.now())
    store.histories[store.project_id] = History()
    store.members[store.project_id] = Table(store.projections)


def _human(
    store: Store,
    org: str,
    first: str,
    last: str,
    user_name: str,
    editor: str,
    *,
    usable: bool = True,
    **more: Any,
) -> User:
    """Writes a human user; one that is not `usable` stays initial. `more` replaces fields of the User."""
    email = user_name if "@" in user_name else f"{user_name}@acme.example"
    body = {
        "userName": user_name,
        "profile": {"firstName": first, "lastName": last, "preferredLanguage": "en"},
        "email": {"email": email, "isEmailVerified": usable},
        "hashedPassword": {"value": HASH if usable else ""},
    }
    user = msgspec.structs.replace(human_user(store, org, body, phone=""), **more)
    add_human_user(store, user, editor)
    return user


class Timeline:
    """The history of a company: steps are planned with their time, then written in order."""

    def __init__(self, store: Store, now: float, size: int | None) -> None:
        self.store = store
        self.now = now
        self.rng = random.Random(store.rng.random())
        self.room = size
        self.hired: dict[str, float] = {}
        self.joined: set[str] = set()
        self._steps: list[tuple[float, Callable[[], object]]] = []

    def plan(self, ago: float, step: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        """Plans a step at a time in seconds before now."""
        self._steps.append((self.now - ago, partial(step, *args, **kwargs)))

    def tell(self) -> None:
        for time, step in sorted(self._steps, key=lambda planned: planned[0]):
            with self.store.at(time):
                step()

    def id(self, name: str) -> str:
        user = self.store.user_named(name)
        if user is None:
            raise KeyError(name)
        return user.id

    def join(self, ago: float, name: str, roles: tuple[str, ...], editor: str = "onboarding-bot") -> None:
        """Plans a membership in Acme, as long as there is room for one more."""
        if self.room is not None:
            if self.room <= 0:
                return
            self.room -= 1
        self.joined.add(name)
        self.roles(ago, name, roles, editor)

    def roles(self, ago: float, name: str, roles: tuple[str, ...], editor: str, *, org: str = "") -> None:
        """Plans roles for a user, in Acme or in `org`."""
        self.plan(ago, self._join, org or self.store.default_org, name, roles, editor)

    def _join(self, org: str, name: str, roles: tuple[str, ...], editor: str) -> None:
        self.store.put_member(org, self.id(name), roles, self.id(editor))

    def leave(self, ago: float, name: str, editor: str) -> None:
        self.plan(ago, self._leave, name, editor)

    def _leave(self, name: str, editor: str) -> None:
        self.store.remove_member(self.store.default_org, self.id(name), self.id(editor))

    def state(self, ago: float, name: str, type: str, editor: str, state: int) -> None:
        self.plan(ago, self._state, name, type, editor, state)

    def _state(self, name: str, type: str, editor: str, state: int) -> None:
        user = self.store.users.get(self.id(name))
        if user and user.state != INITIAL:
            self.store.change_user(user, type, self.id(editor), state=state)


def populate(store: Store, now: float, size: int | None) -> None:
    """Acme Corp and its neighbours. `size` is the number of members of Acme, some hundred thousands if need
    be; without it there are about sixty."""
    begin(store, "Acme Corp", "acme.zitadel.example", instance="demo")
    root = _human(store, store.default_org, "Root", "Admin", ROOT, "SYSTEM")
    store.put_member(store.instance_id, root.id, ("IAM_OWNER",), "SYSTEM")
    timeline = Timeline(store, now, size)
    _accounts(timeline)
    _neighbours(timeline)
    people = _people(timeline)
    _memberships(timeline, people)
    _projects(timeline, people)
    if timeline.room:
        _generated_members(store, timeline.room, root.id)
    timeline.tell()


def _generated_members(store: Store, count: int, editor: str) -> None:
    org = store.default_org
    generated = GeneratedMembers(
        count, org=org, editor=editor, begin=store.now() + DAY, end=store.now() + 200 * DAY
    )
    store.members[org].lay_under(generated.members)
    store.users.lay_under(generated.users)
    store.histories[org] = generated.org_history()
    store.user_history = generated.user_history
    store.user_by_old_name = generated.named


def _accounts(timeline: Timeline) -> None:
    """The service accounts; the most powerful user first."""
    store = timeline.store
    for index, (name, shown, about, in_acme, on_instance) in enumerate(ACCOUNTS):
        ago = (690 - index) * DAY
        body = {"userName": name, "name": shown, "description": about}
        timeline.plan(ago, add_machine, store, store.default_org, body, timeline.id(ROOT))
        if in_acme:
            timeline.join(ago - HOUR, name, in_acme, ROOT)
        if on_instance:
            timeline.roles(ago - HOUR, name, on_instance, ROOT, org=store.instance_id)


def _neighbours(timeline: Timeline) -> None:
    """Globex, which sends guests and an instance administrator; an organization that is off; two others."""
    root = timeline.id(ROOT)

    def globex() -> None:
        org = timeline.store.add_org("Globex", root, "globex.zitadel.example").id
        for first, last in (
            ("Hank", "Scorpio"),
            ("Mindy", "Simmons"),
            ("Erik", "Núñez"),
            ("Ines", "[b]Guest[/b]"),
        ):
            name = f"{first.lower()}@globex.example"
            user = _human(timeline.store, org, first, last, name, root)
            if first == "Hank":
                timeline.store.put_member(org, user.id, ("ORG_OWNER",), root)
        robot, _ = add_machine(
            timeline.store, org, {"userName": "globex-bot", "name": "Globex automation"}, root
        )
        timeline.store.put_member(org, robot.id, ("ORG_OWNER",), root)

    def others() -> None:
        off = timeline.store.add_org("Initech GmbH", root, "initech.zitadel.example")
        event = timeline.store.push(off.id, "org.deactivated", root)
        timeline.store.orgs[off.id] = replace(off, active=False, sequence=event.sequence, changed=event.at)
        for name in ("Umbrella 株式会社", "[/foo] \x1b]0;title\x07Hostile & Co"):
            timeline.store.add_org(name, root, f"org{len(timeline.store.orgs)}.zitadel.example")

    timeline.plan(680 * DAY, globex)
    timeline.plan(670 * DAY, others)


def _people(timeline: Timeline) -> list[str]:
    """Some hundred users of Acme; returns their user names, international and hostile ones first."""
    names: list[str] = []
    rare = [(first, last, f"world{i}") for i, (first, last) in enumerate(WORLD)]
    rare += [(first, last, f"hostile{i}") for i, (first, last) in enumerate(HOSTILE)]
    rare += [("Login", "Hostile", HOSTILE_LOGIN)]
    common = [(FIRST[i % 40], LAST[(i * 3 + i // 40) % 40]) for i in range(280)]
    common[24:27] = [common[23]] * 3
    for first, last, name in rare + [(f, s, f"{f}.{s}".lower()) for f, s in common]:
        user_name = name if name not in names else f"{name}{len(names)}"
        names.append(user_name)
        ago = _FOUNDERS.get(len(names), timeline.rng.uniform(30, 650) * DAY)
        timeline.hired[user_name] = ago
        editor = "onboarding-bot" if timeline.rng.random() < 0.8 else ROOT
        more: dict[str, Any] = {}
        if timeline.rng.random() < 0.2:
            more = {"phone": f"+4171000{len(names):04}", "phone_verified": timeline.rng.random() < 0.5}
        usable = timeline.rng.random() > 0.08 or len(names) in _FOUNDERS
        timeline.plan(ago, _hire, timeline, first, last, user_name, editor, usable=usable, **more)
    long = "very." * 59 + "long!"
    timeline.hired[long] = 649 * DAY
    timeline.plan(
        649 * DAY, _hire, timeline, "Very", "Long", long, "onboarding-bot", email="long@acme.example"
    )
    for index, name in enumerate(names[10::17]):
        type, state = (("user.locked", LOCKED), ("user.deactivated", INACTIVE))[index % 2]
        timeline.state(timeline.rng.uniform(2, 28) * DAY, name, type, "onboarding-bot", state)
    return [*names, long]


def _hire(timeline: Timeline, first: str, last: str, name: str, editor: str, **more: Any) -> None:
    _human(timeline.store, timeline.store.default_org, first, last, name, timeline.id(editor), **more)


def _memberships(timeline: Timeline, people: list[str]) -> None:
    """Two owners beside the bot, guests, others; administrators of the instance who are not members."""
    timeline.join(timeline.hired[people[40]] - DAY, people[40], ("ORG_OWNER",), ROOT)
    timeline.join(390 * DAY, people[41], ("ORG_OWNER", "ORG_USER_MANAGER"), ROOT)
    for guest in ("hank", "mindy", "erik", "ines"):
        timeline.join(timeline.rng.uniform(100, 600) * DAY, f"{guest}@globex.example", ("ORG_OWNER_VIEWER",))
    chosen = people[0:32] + people[37:38] + people[60:80] + [people[-1]]
    for index, name in enumerate(chosen):
        ago = timeline.rng.uniform(6 * DAY, timeline.hired[name] - HOUR)
        attacks = name.startswith("hostile") or name == HOSTILE_LOGIN
        mix = HUMBLE_MIX if attacks else ROLE_MIX
        timeline.join(ago, name, mix[index % len(mix)])
    for name, role in ((people[51], "IAM_USER_MANAGER"), (people[50], "IAM_ORG_MANAGER")):
        timeline.roles(20 * DAY, name, (role,), ROOT, org=timeline.store.instance_id)
    _lately(timeline, people)


def _lately(timeline: Timeline, people: list[str]) -> None:
    """The events of the last days and hours."""
    boss, other = people[40], people[41]
    timeline.plan(
        2 * HOUR, _hire, timeline, "New", "Colleague", "new.colleague", "onboarding-bot", usable=False
    )
    timeline.join(HOUR, "new.colleague", ("ORG_USER_SELF_MANAGER",))
    timeline.roles(5 * DAY, people[45], ("ORG_PROJECT_CREATOR",), boss)
    timeline.leave(2 * DAY, people[45], other)
    changes = ((26 * HOUR, people[60], "ORG_OWNER_VIEWER"), (3 * HOUR, people[62], "ORG_PROJECT_CREATOR"))
    for ago, name, role in changes:
        if name in timeline.joined:
            timeline.roles(ago, name, (role,), boss)


def _projects(timeline: Timeline, people: list[str]) -> None:
    """Projects of Acme and one of Globex that is granted to it, and grants in every state."""
    store, acme = timeline.store, timeline.store.default_org
    made: dict[str, Project] = {}

    def make(org: str, name: str, roles: Iterable[tuple[str, str, str]]) -> None:
        project = made[name] = store.add_project(org, name, timeline.id(ROOT))
        for key, display, group in roles:
            store.add_project_role(project, key, display, group, timeline.id(ROOT))

    def granted() -> None:
        globex = next(org for org in store.orgs.values() if org.name == "Globex").id
        name, roles = SUPPLIERS
        make(globex, name, roles)
        store.grant_project(made[name], acme, tuple(key for key, *_ in roles[:-1]), timeline.id(ROOT))

    def grant(user: str, project: str, *roles: str) -> None:
        store.add_grant(acme, timeline.id(user), made[project], roles, timeline.id("onboarding-bot"))

    def deactivate(user: str) -> None:
        grant = store.grants.get(store.granted[timeline.id(user), made["Billing"].id, acme])
        assert grant
        store.change_grant(grant, "user.grant.deactivated", timeline.id(ROOT), active=False)

    for index, (name, roles) in enumerate(PROJECTS):
        timeline.plan((660 - index) * DAY, make, acme, name, roles)
    timeline.plan(640 * DAY, granted)
    ago = 28 * DAY
    billing = (("viewer",), ("viewer", "clerk"), ("approver",), ("admin", "viewer"))
    for index, user in enumerate(people[:24] + people[42:70]):
        when = ago - index * HOUR
        timeline.plan(when, grant, user, "Billing", *billing[index % 4])
        if index % 2:
            timeline.plan(when, grant, user, "Knowledge base", "editor" if index % 3 else "reader")
        if index % 5 == 0:
            timeline.plan(when, grant, user, "CRM", "accounts.read", "contacts.read", "leads.write")
        if index % 9 == 0:
            timeline.plan(when, grant, user, "Supplier portal", "auditor")
    for user, project, chosen in (
        (people[41], "Billing", ("viewer", "clerk")),
        (people[50], "Old intranet", ("reader",)),
        (people[62], "Knowledge base", ()),
        ("onboarding-bot", "CRM", ("reports.export",)),
        ("mindy@globex.example", "Knowledge base", ("reader",)),
        (people[44], PROJECTS[-1][0], ("[@click=app.quit]role[/]",)),
        (people[45], PROJECTS[3][0], ("a:b;c,d",)),
    ):
        timeline.plan(2 * DAY, grant, user, project, *chosen)
    timeline.plan(DAY, deactivate, people[43])
    timeline.plan(600 * DAY, lambda: store.deactivate_project(made["Old intranet"], timeline.id(ROOT)))
