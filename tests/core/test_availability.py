"""Who has a user name or an email already, as far as this account may read; and when a new user shows."""

import pytest

from tests.demo_clients import apply_guarded, client_of, id_of, session_of
from tests.hostile import ALL
from zitadel_tui.core.availability import Availability, check_availability, wait_for_user
from zitadel_tui.core.changes import ImportUser
from zitadel_tui.core.concurrency import Timing
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.server import Demo
from zitadel_tui.zitadel import errors
from zitadel_tui.zitadel.wire.users import Email, ImportHuman, Profile

GUEST = "mindy@globex.example"


@pytest.fixture
def demo() -> Demo:
    return Demo(lag=(0, 0))


def person(user_name: str, email: str = "twin@acme.example") -> ImportUser:
    profile = Profile(first_name="Twin", last_name="One")
    return ImportUser(ImportHuman(user_name=user_name, profile=profile, email=Email(email=email)))


async def test_a_user_name_is_found_ignoring_case_and_an_email_with_all_who_have_it(demo: Demo) -> None:
    client = client_of(demo)
    first = await apply_guarded(client, person("twin"))
    second = await apply_guarded(client, person("twin-2"))
    found = await check_availability(client, user_name=" TWIN ", email="Twin@acme.example")
    assert found.by_user_name is not None
    assert found.by_user_name.id == first.user_id
    assert {user.id for user in found.by_email or ()} == {first.user_id, second.user_id}
    assert await check_availability(client, user_name="twin-3", email="nobody@acme.example") == Availability()


async def test_a_user_name_of_another_organization_is_seen_where_it_is_a_login_name(demo: Demo) -> None:
    found = await check_availability(client_of(demo), user_name=GUEST, email="")
    assert found.by_user_name is not None
    assert found.by_user_name.id == id_of(demo, GUEST)


async def test_where_nobody_may_be_looked_for_that_is_reported(demo: Demo) -> None:
    found = await check_availability(
        client_of(demo, "nobody-bot"), user_name="root@acme.example", email="a@b.test"
    )
    assert (found.by_user_name, found.by_email, found.checked) == (None, None, False)


@pytest.mark.parametrize("text", ALL)
async def test_any_text_can_be_looked_for(demo: Demo, text: str) -> None:
    assert isinstance(await check_availability(client_of(demo), user_name=text, email=text), Availability)


async def test_a_user_arrives_although_reads_lag() -> None:
    client = client_of(Demo(lag=(0.03, 0.05)))
    applied = await apply_guarded(client, person("late"))
    found = await wait_for_user(session_of(client, timing=Timing()), applied.user_id)
    assert found is not None
    assert found.user_name == "late"
    assert await wait_for_user(session_of(client), "1") is None


async def test_a_broken_server_is_no_absence(demo: Demo) -> None:
    demo.faults.add(Fault("html", status=200, message="Welcome"), times=0)
    with pytest.raises(errors.NotZitadel):
        await check_availability(client_of(demo), user_name="ada", email="")
