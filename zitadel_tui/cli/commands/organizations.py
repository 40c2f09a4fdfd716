"""``organizations list``: lists the organizations that the account may act in."""

from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.output import Column
from zitadel_tui.cli.run import Run
from zitadel_tui.core import organizations, words
from zitadel_tui.core.organizations import OrganizationAccess
from zitadel_tui.core.session import Session


def list_(run: Run) -> int:
    async def ask(session: Session) -> list[OrganizationAccess]:
        return await organizations.list_accessible(session.client)

    found = run.read(ask)
    run.output.rows(_COLUMNS, found, _data)
    if not found:
        run.output.say("note", "This account has no role in any organization.")
    return DONE


_COLUMNS = (
    Column[OrganizationAccess]("id", lambda place: place.id, "ID", rigid=True),
    Column[OrganizationAccess]("name", lambda place: place.name, "NAME"),
    Column[OrganizationAccess]("primaryDomain", lambda place: place.primary_domain, "DOMAIN"),
    Column[OrganizationAccess]("state", words.activity, "STATE", rigid=True),
    Column[OrganizationAccess]("own", lambda place: "yes" if place.is_own else "no"),
    Column[OrganizationAccess](
        "roles",
        lambda place: " ".join(place.roles),
        "YOUR ROLES",
        lambda place: " ".join((*place.roles, *place.instance_roles)),
    ),
    Column[OrganizationAccess]("instanceRoles", lambda place: " ".join(place.instance_roles)),
)


def _data(place: OrganizationAccess) -> dict[str, object]:
    return {
        "id": place.id,
        "name": place.name,
        "primaryDomain": place.primary_domain,
        "state": words.activity(place),
        "own": place.is_own,
        "roles": list(place.roles),
        "instanceRoles": list(place.instance_roles),
    }
