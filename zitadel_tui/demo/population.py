"""What a demo begins with."""

from zitadel_tui.demo.api.users_write import person, write_machine, write_person
from zitadel_tui.demo.model import Project
from zitadel_tui.demo.store import Store
from zitadel_tui.demo.tables import History, Table


def fresh(store: Store) -> None:
    """A new instance as the recordings found it: one organization, one person, one service account."""
    begin(store, "REAL", "real.127.0.0.1", instance="real")
    robot, _ = write_machine(
        store, store.default_org, {"userName": "real-sa", "name": "Real service account"}, "SYSTEM"
    )
    body = {
        "userName": "zitadel-admin@real.test",
        "profile": {"firstName": "ZITADEL", "lastName": "Admin", "preferredLanguage": "en"},
        "email": {"email": "zitadel-admin@real.test", "isEmailVerified": True},
        "password": "Password1!",
    }
    human = person(store, store.default_org, body, phone="")
    write_person(store, human, "SYSTEM")
    for aggregate, role in ((store.default_org, "ORG_OWNER"), (store.instance_id, "IAM_OWNER")):
        for user in (robot, human):
            store.put_member(aggregate, user.id, (role,), "SYSTEM")


def begin(store: Store, org: str, domain: str, *, instance: str) -> None:
    """The first organization and the instance's own project."""
    store.instance_name = instance
    first = store.add_org(org, "SYSTEM", domain)
    store.default_org = first.id
    store.project_id = store.ids.next()
    store.projects[store.project_id] = Project(store.project_id, first.id, "ZITADEL", store.now())
    store.histories[store.project_id] = History()
    store.members[store.project_id] = Table(store.projections)


def populate(store: Store, size: int | None) -> None:
    begin(store, "Acme Corp", "acme.zitadel.example", instance="demo")
    robot, _ = write_machine(
        store, store.default_org, {"userName": "onboarding-bot", "name": "Onboarding"}, "SYSTEM"
    )
    store.put_member(store.default_org, robot.id, ("ORG_OWNER",), "SYSTEM")
    store.put_member(store.instance_id, robot.id, ("IAM_OWNER_VIEWER",), "SYSTEM")
