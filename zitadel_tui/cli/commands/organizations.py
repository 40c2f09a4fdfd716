"""``organizations list``: where the account may act."""

from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core import organizations
from zitadel_tui.core.organizations import Place
from zitadel_tui.core.session import Session


def list_(run: Run) -> int:
    async def ask(session: Session) -> list[Place]:
        return await organizations.places(session.client)

    found = run.read(ask)
    run.output.rows(_PLACES, found, _data)
    if not found:
        run.output.say("note", "This account has no role in any organization.")
    return DONE


_PLACES = (
    Column[Place]("id", lambda place: place.id, "ID", rigid=True),
    Column[Place]("name", lambda place: place.name, "NAME"),
    Column[Place]("primaryDomain", lambda place: place.primary_domain, "DOMAIN"),
    Column[Place]("state", lambda place: "active" if place.is_active else "inactive", "STATE", rigid=True),
    Column[Place]("own", lambda place: "yes" if place.is_own else "no"),
    Column[Place](
        "roles",
        lambda place: " ".join(place.roles),
        "YOUR ROLES",
        lambda place: " ".join((*place.roles, *place.instance_roles)),
    ),
    Column[Place]("instanceRoles", lambda place: " ".join(place.instance_roles)),
)


def _data(place: Place) -> dict[str, object]:
    return {
        "id": place.id,
        "name": place.name,
        "primaryDomain": place.primary_domain,
        "state": "active" if place.is_active else "inactive",
        "own": place.is_own,
        "roles": list(place.roles),
        "instanceRoles": list(place.instance_roles),
    }
