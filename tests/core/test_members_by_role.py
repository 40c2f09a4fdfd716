"""``role:`` in a filter: part of a key finds every role it occurs in, a whole key only that role."""

import pytest

from zitadel_tui.core.members import FIELDS, Roster
from zitadel_tui.core.search import parse
from zitadel_tui.zitadel.wire.members import Member


@pytest.mark.parametrize(
    ("filter_text", "found"),
    [
        ("role:own", ["1", "2", "3"]),
        ("role:owner", ["1", "3"]),
        ("role:ORG_OWNER", ["1", "3"]),
        ("role:org_owner role:viewer", ["3"]),
        ("role:ORG_OWNER_VIEWER", ["2", "3"]),
        ("role:custom", ["4"]),
        ("role:nothing", []),
    ],
)
def test_whose_role_it_is(filter_text: str, found: list[str]) -> None:
    held = (("ORG_OWNER",), ("ORG_OWNER_VIEWER",), ("ORG_OWNER", "ORG_OWNER_VIEWER"), ("ORG_CUSTOM",))
    roster = Roster(Member(user_id=str(number), roles=roles) for number, roles in enumerate(held, 1))
    assert sorted(roster.arrange(parse(filter_text, FIELDS), by="roles").ids) == found
