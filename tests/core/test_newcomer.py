"""Who resembles somebody who is about to come, as far as it can be seen; and whether they have arrived."""

import pytest

from tests.core.inside import carried_out, client_of, id_of
from tests.hostile import ALL
from zitadel_tui.core.changes import ImportPerson, base
from zitadel_tui.core.newcomer import Namesakes, arrived, namesakes
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

GUEST = "mindy@globex.example"


@pytest.fixture
def demo() -> Demo:
    return Demo(lag=(0, 0))


def person(user_name: str, email: str = "twin@acme.example") -> ImportPerson:
    profile = Profile(first_name="Twin", last_name="One")
    return ImportPerson(ImportHuman(user_name=user_name, profile=profile, email=Email(email=email)))


async def test_a_user_name_is_found_ignoring_case_and_an_email_with_all_who_have_it(demo: Demo) -> None:
    client = client_of(demo)
    first = await carried_out(client, person("twin"))
    second = await carried_out(client, person("twin-2"))
    found = await namesakes(client, user_name=" TWIN ", email="Twin@acme.example")
    assert found.by_user_name is not None
    assert found.by_user_name.id == first.user_id
    assert {user.id for user in found.by_email or ()} == {first.user_id, second.user_id}
    assert await namesakes(client, user_name="twin-3", email="nobody@acme.example") == Namesakes()


async def test_a_user_name_of_another_organization_is_seen_where_it_is_a_login_name(demo: Demo) -> None:
    found = await namesakes(client_of(demo), user_name=GUEST, email="")
    assert found.by_user_name is not None
    assert found.by_user_name.id == id_of(demo, GUEST)


async def test_where_nobody_may_be_looked_for_that_is_said(demo: Demo) -> None:
    found = await namesakes(client_of(demo, "nobody-bot"), user_name="root@acme.example", email="a@b.test")
    assert (found.by_user_name, found.by_email, found.looked) == (None, None, False)


@pytest.mark.parametrize("text", ALL)
async def test_any_text_can_be_looked_for(demo: Demo, text: str) -> None:
    assert isinstance(await namesakes(client_of(demo), user_name=text, email=text), Namesakes)


async def test_somebody_arrives_although_reads_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(Demo(lag=(0.03, 0.05)))
    applied = await carried_out(client, person("late"))
    found = await arrived(client, applied.user_id)
    assert found is not None
    assert found.user_name == "late"
    monkeypatch.setattr(base, "_LOOKS", (0.0, 0.0))
    assert await arrived(client, "1") is None


async def test_a_broken_server_is_no_absence(demo: Demo) -> None:
    demo.faults.add(Fault("html", status=200, message="Welcome"), times=0)
    with pytest.raises(errors.NotZitadel):
        await namesakes(client_of(demo), user_name="ada", email="")
