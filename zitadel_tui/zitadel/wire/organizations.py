"""Organizations and the instance (contract §1.6)."""

from zitadel_tui.zitadel.wire.base import Details, Message


class Organization(Message, frozen=True):
    """``details.sequence`` moves with every write to a member: a cheap test for changes."""

    id: str
    details: Details = Details()
    state: str = ""
    name: str = ""
    primary_domain: str = ""


class OrganizationAnswer(Message, frozen=True):
    org: Organization


class Instance(Message, frozen=True):
    global_org_id: str = ""
    iam_project_id: str = ""
    default_org_id: str = ""
