"""What a demo begins with: a fresh instance, or a company with a past."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec

from zitadel_tui.demo.api.import_user import add_human_user, human_user
from zitadel_tui.demo.api.service_accounts import add_machine
from zitadel_tui.demo.cast import ACCOUNTS, FIRST, HOSTILE, HOSTILE_LOGIN, HUMBLE_MIX, LAST, ROLE_MIX, WORLD
from zitadel_tui.demo.crowd import Crowd
from zitadel_tui.demo.model import INACTIVE, INITIAL, LOCKED, Project, User
from zitadel_tui.demo.store import Store
from zitadel_tui.demo.tables import History, Table

HOUR, DAY = 3600.0, 86400.0
AGE = 900 * DAY
HASH = "$2a$12$" + "x" * 53
ROOT = "root@acme.example"
_FOUNDERS = {41: 640 * DAY, 42: 400 * DAY}  # the first people after the rare names: the owners


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new instance: one organization, a person and a service account that own it and the instance."""

    org: str
    domain: str
    instance: str
    account: str
    account_name: str
    person: str


def set_up(store: Store, fresh: Fresh) -> None:
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
    """Writes a person; one that is not `usable` stays initial. `more` replaces fields of the User."""
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


class Story:
    """A company's past, told in order: steps are planned with their time, then written."""

    def __init__(self, store: Store, now: float, size: int | None) -> None:
        self.store = store
        self.now = now
        self.rng = random.Random(store.rng.random())
        self.room = size
        self.hired: dict[str, float] = {}
        self.joined: set[str] = set()
        self._steps: list[tuple[float, Callable[[], object]]] = []

    def plan(self, ago: float, step: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        """A step so many seconds before now."""
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
        """Plans roles for someone, in Acme or in `org`."""
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
    story = Story(store, now, size)
    _accounts(story)
    _neighbours(story)
    people = _people(story)
    _memberships(story, people)
    if story.room:
        _crowd(store, story.room, root.id)
    story.tell()


def _crowd(store: Store, count: int, editor: str) -> None:
    org = store.default_org
    crowd = Crowd(count, org=org, editor=editor, begin=store.now() + DAY, end=store.now() + 200 * DAY)
    store.members[org].lay_under(crowd.members)
    store.users.lay_under(crowd.users)
    store.histories[org] = crowd.org_history()
    store.user_history = crowd.user_history
    store.user_by_old_name = crowd.named


def _accounts(story: Story) -> None:
    """The service accounts; the most powerful person first."""
    store = story.store
    for index, (name, shown, about, in_acme, on_instance) in enumerate(ACCOUNTS):
        ago = (690 - index) * DAY
        body = {"userName": name, "name": shown, "description": about}
        story.plan(ago, add_machine, store, store.default_org, body, story.id(ROOT))
        if in_acme:
            story.join(ago - HOUR, name, in_acme, ROOT)
        if on_instance:
            story.roles(ago - HOUR, name, on_instance, ROOT, org=store.instance_id)


def _neighbours(story: Story) -> None:
    """Globex, which sends guests and an instance administrator; an organization that is off; two others."""
    root = story.id(ROOT)

    def globex() -> None:
        org = story.store.add_org("Globex", root, "globex.zitadel.example").id
        for first, last in (
            ("Hank", "Scorpio"),
            ("Mindy", "Simmons"),
            ("Erik", "Núñez"),
            ("Ines", "[b]Guest[/b]"),
        ):
            name = f"{first.lower()}@globex.example"
            user = _human(story.store, org, first, last, name, root)
            if first == "Hank":
                story.store.put_member(org, user.id, ("ORG_OWNER",), root)
        robot, _ = add_machine(
            story.store, org, {"userName": "globex-bot", "name": "Globex automation"}, root
        )
        story.store.put_member(org, robot.id, ("ORG_OWNER",), root)

    def others() -> None:
        off = story.store.add_org("Initech GmbH", root, "initech.zitadel.example")
        event = story.store.push(off.id, "org.deactivated", root)
        story.store.orgs[off.id] = replace(off, active=False, sequence=event.sequence, changed=event.at)
        for name in ("Umbrella 株式会社", "[/foo] \x1b]0;title\x07Hostile & Co"):
            story.store.add_org(name, root, f"org{len(story.store.orgs)}.zitadel.example")

    story.plan(680 * DAY, globex)
    story.plan(670 * DAY, others)


def _people(story: Story) -> list[str]:
    """Some hundred people of Acme; returns their user names, the world's and the hostile ones first."""
    names: list[str] = []
    rare = [(first, last, f"world{i}") for i, (first, last) in enumerate(WORLD)]
    rare += [(first, last, f"hostile{i}") for i, (first, last) in enumerate(HOSTILE)]
    rare += [("Login", "Hostile", HOSTILE_LOGIN)]
    common = [(FIRST[i % 40], LAST[(i * 3 + i // 40) % 40]) for i in range(280)]
    common[24:27] = [common[23]] * 3
    for first, last, name in rare + [(f, s, f"{f}.{s}".lower()) for f, s in common]:
        user_name = name if name not in names else f"{name}{len(names)}"
        names.append(user_name)
        ago = _FOUNDERS.get(len(names), story.rng.uniform(30, 650) * DAY)
        story.hired[user_name] = ago
        editor = "onboarding-bot" if story.rng.random() < 0.8 else ROOT
        more: dict[str, Any] = {}
        if story.rng.random() < 0.2:
            more = {"phone": f"+4171000{len(names):04}", "phone_verified": story.rng.random() < 0.5}
        usable = story.rng.random() > 0.08 or len(names) in _FOUNDERS
        story.plan(ago, _hire, story, first, last, user_name, editor, usable=usable, **more)
    long = "very." * 59 + "long!"
    story.hired[long] = 649 * DAY
    story.plan(649 * DAY, _hire, story, "Very", "Long", long, "onboarding-bot", email="long@acme.example")
    for index, name in enumerate(names[10::17]):
        type, state = (("user.locked", LOCKED), ("user.deactivated", INACTIVE))[index % 2]
        story.state(story.rng.uniform(2, 28) * DAY, name, type, "onboarding-bot", state)
    return [*names, long]


def _hire(story: Story, first: str, last: str, name: str, editor: str, **more: Any) -> None:
    _human(story.store, story.store.default_org, first, last, name, story.id(editor), **more)


def _memberships(story: Story, people: list[str]) -> None:
    """Two owners beside the bot, guests, others; administrators of the instance who are not members."""
    story.join(story.hired[people[40]] - DAY, people[40], ("ORG_OWNER",), ROOT)
    story.join(390 * DAY, people[41], ("ORG_OWNER", "ORG_USER_MANAGER"), ROOT)
    for guest in ("hank", "mindy", "erik", "ines"):
        story.join(story.rng.uniform(100, 600) * DAY, f"{guest}@globex.example", ("ORG_OWNER_VIEWER",))
    chosen = people[0:32] + people[37:38] + people[60:80] + [people[-1]]
    for index, name in enumerate(chosen):
        ago = story.rng.uniform(6 * DAY, story.hired[name] - HOUR)
        attacks = name.startswith("hostile") or name == HOSTILE_LOGIN
        mix = HUMBLE_MIX if attacks else ROLE_MIX
        story.join(ago, name, mix[index % len(mix)])
    for name, role in ((people[51], "IAM_USER_MANAGER"), (people[50], "IAM_ORG_MANAGER")):
        story.roles(20 * DAY, name, (role,), ROOT, org=story.store.instance_id)
    _lately(story, people)


def _lately(story: Story, people: list[str]) -> None:
    """What happened in the last days and hours."""
    boss, other = people[40], people[41]
    story.plan(2 * HOUR, _hire, story, "New", "Colleague", "new.colleague", "onboarding-bot", usable=False)
    story.join(HOUR, "new.colleague", ("ORG_USER_SELF_MANAGER",))
    story.roles(5 * DAY, people[45], ("ORG_PROJECT_CREATOR",), boss)
    story.leave(2 * DAY, people[45], other)
    changes = ((26 * HOUR, people[60], "ORG_OWNER_VIEWER"), (3 * HOUR, people[62], "ORG_PROJECT_CREATOR"))
    for ago, name, role in changes:
        if name in story.joined:
            story.roles(ago, name, (role,), boss)
