"""Members that are kept share what many of them have; nobody who reads them can tell."""

import msgspec

from zitadel_tui.zitadel.wire.base import decode
from zitadel_tui.zitadel.wire.members import Member, Sharing

ADA = {
    "userId": "1",
    "details": {
        "sequence": "7",
        "creationDate": "2026-03-08T17:27:45.059485Z",
        "changeDate": "2026-03-08T17:27:45.059485Z",
        "resourceOwner": "270512323993606694",
    },
    "roles": ["ORG_OWNER", "ORG_USER_MANAGER"],
    "preferredLoginName": "ada@acme.example",
    "email": "ada@acme.example",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "displayName": "Ada Lovelace",
    "userType": "TYPE_HUMAN",
    "userResourceOwner": "270512323993606694",
}
EVE = ADA | {"userId": "2", "email": "eve@acme.example", "firstName": "Eve"}
MACHINE = {"userId": "3", "roles": [], "displayName": "", "userType": "TYPE_MACHINE"}


def members() -> tuple[Member, ...]:
    return decode(msgspec.json.encode([ADA, EVE, MACHINE]), tuple[Member, ...])


def test_members_are_equal_to_what_they_were() -> None:
    shared = members()
    Sharing().share(shared)
    assert shared == members()


def test_what_is_equal_is_held_once_also_between_pages() -> None:
    sharing, pages = Sharing(), (members(), members())
    for page in pages:
        sharing.share(page)
    ada, eve = pages[0][0], pages[1][1]
    assert ada.roles is eve.roles
    assert ada.last_name is eve.last_name
    assert ada.user_type is eve.user_type
    assert ada.user_resource_owner is eve.user_resource_owner is eve.details.resource_owner
    assert ada.email is ada.preferred_login_name
    assert ada.details.change_date is ada.details.creation_date
