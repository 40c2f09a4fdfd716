"""How long a token serves, by which clock, and where it is kept."""

import pytest

from tests.canned import ORIGIN, Canned, ReceivedRequest, Reply
from tests.zitadel.signing import Watched, key_of_the_demo, renewed
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel import calls, errors
from zitadel_tui.zitadel.auth import KeyFileSignIn
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.tokens import MemoryTokens, StoredToken, TokenKey, TokenStore


class Issued:
    """A server that gives tokens ``t1``, ``t2`` … of some life, and a sign-in to it with clocks to set."""

    def __init__(
        self, life: object, store: TokenStore | None = None, *, wall: float = 1e9, origin: str = ORIGIN
    ) -> None:
        self.wall, self.monotonic = wall, 0.0
        self.exchanges = 0
        self.life = life
        self.canned = Canned(self.answer)
        transport = self.canned.transport()
        transport.origin = origin
        self.tokens = KeyFileSignIn(
            transport,
            key_of_the_demo,
            token_url=f"{origin}/oauth/v2/token",
            store=store,
            clock=lambda: self.wall,
            monotonic=lambda: self.monotonic,
        )

    def answer(self, asked: ReceivedRequest) -> Reply:
        if asked.path != "/oauth/v2/token":
            return Reply({"user": {"id": "1"}})
        self.exchanges += 1
        return Reply({"access_token": f"t{self.exchanges}", "expires_in": self.life})

    def passed(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    async def token(self) -> str:
        token = await self.tokens.token()
        await renewed(self.tokens)
        return token.reveal()


@pytest.mark.parametrize("life", [0, 1, -5, 10**400])
async def test_a_token_of_any_life_is_used_at_least_once(life: int) -> None:
    issued = Issued(life)
    client = Client(issued.canned.transport(), issued.tokens)
    await client.send(calls.my_user())
    assert issued.exchanges == 1
    issued.passed(60)
    await client.send(calls.my_user())
    assert issued.exchanges == (2 if life < 60 else 1)


async def test_a_tokens_life_is_the_one_the_server_says() -> None:
    issued = Issued(3600)
    await issued.token()
    issued.passed(3470)
    assert (await issued.token(), issued.exchanges) == ("t1", 1)
    issued.passed(20)
    assert (await issued.token(), issued.exchanges) == ("t1", 2)
    assert await issued.token() == "t2"
    issued.life = 100
    issued.passed(3600)
    assert await issued.token() == "t3"
    issued.passed(49)
    assert (await issued.token(), issued.exchanges) == ("t3", 3)
    issued.passed(2)
    assert (await issued.token(), issued.exchanges) == ("t3", 4)


async def test_a_stored_token_costs_no_exchange_until_it_ends() -> None:
    store = MemoryTokens()
    first = Issued(3600, store)
    assert await first.token() == "t1"
    second = Issued(3600, store, wall=1e9 + 3000)
    assert (await second.token(), second.exchanges) == ("t1", 0)
    second.passed(500)
    assert (await second.token(), second.exchanges) == ("t1", 1)
    third = Issued(3600, store, wall=1e9 + 8000)
    assert third.exchanges == 0
    assert await third.token() == "t1"
    assert third.exchanges == 1


async def test_a_stored_token_that_the_server_rejects_is_forgotten() -> None:
    store = MemoryTokens()
    await Issued(3600, store).token()
    other = Issued(3600, store)
    other.exchanges = 10
    rejected = await other.tokens.token()
    assert rejected.reveal() == "t1"
    assert (await other.tokens.token(instead_of=rejected)).reveal() == "t11"
    third = Issued(3600, store)
    assert await third.token() == "t11"


async def test_a_rejected_token_is_forgotten_even_if_no_new_one_can_be_had() -> None:
    store = MemoryTokens()
    issued = Issued(3600, store)
    rejected = await issued.tokens.token()
    issued.life = "none"
    with pytest.raises(errors.NotZitadel):
        await issued.tokens.token(instead_of=rejected)
    other = Issued(3600, store)
    other.exchanges = 10
    assert await other.token() == "t11"


async def test_a_token_that_another_process_renewed_meanwhile_is_used() -> None:
    store = MemoryTokens()
    one, other = Issued(3600, store), Issued(3600, store)
    other.exchanges = 10
    old = await one.tokens.token()
    assert await other.tokens.token() == old
    new = await other.tokens.token(instead_of=old)
    assert await one.tokens.token(instead_of=old) == new
    assert (one.exchanges, other.exchanges) == (1, 11)


@pytest.mark.parametrize(
    "changed",
    [
        TokenKey("https://other.example", "1", "2", "3"),
        TokenKey("https://a.example", "9", "2", "3"),
        TokenKey("https://a.example", "1", "9", "3"),
        TokenKey("https://a.example", "1", "2", "9"),
    ],
)
def test_a_token_is_kept_for_one_server_account_key_and_scope(changed: TokenKey) -> None:
    store, stored = MemoryTokens(), StoredToken(Secret("t"), 0.0, 10.0)
    key = TokenKey("https://a.example", "1", "2", "3")
    store.save(key, stored)
    assert store.load(key) == stored
    assert store.load(changed) is None
    store.forget(changed)
    assert store.load(key) == stored
    store.forget(key)
    assert store.load(key) is None


@pytest.mark.parametrize(("project", "same"), [("zitadel", True), ("4711", False)])
async def test_a_sign_in_keeps_its_token_under_what_it_was_asked_for(project: str, same: bool) -> None:
    store = MemoryTokens()
    watched = Watched()
    first = await watched.sign_in(store=store).token()
    assert (await watched.sign_in(store=store, project_id=project).token() == first) == same


async def test_a_token_of_another_server_is_not_used() -> None:
    store = MemoryTokens()
    await Issued(3600, store).token()
    other = Issued(3600, store, origin="https://other.example")
    await other.token()
    assert other.exchanges == 1


async def test_a_clock_set_back_does_not_prolong_a_token() -> None:
    store = MemoryTokens()
    issued = Issued(3600, store)
    await issued.token()
    issued.wall -= 7200
    assert await issued.token() == "t2"
    early = Issued(3600, store, wall=1e9 - 80000)
    early.exchanges = 20
    assert await early.token() == "t21"


async def test_a_clock_that_is_corrected_a_little_costs_no_exchange() -> None:
    issued = Issued(3600)
    await issued.token()
    issued.wall -= 30
    assert (await issued.token(), issued.exchanges) == ("t1", 1)


async def test_a_token_ends_by_either_clock() -> None:
    set_back = Issued(3600)
    await set_back.token()
    set_back.passed(3590)
    set_back.wall -= 3000
    set_back.monotonic += 20
    assert await set_back.token() == "t2"
    asleep = Issued(3600)  # the monotonic clock stands still while a machine sleeps
    await asleep.token()
    asleep.wall += 3500
    assert (await asleep.token(), asleep.exchanges) == ("t1", 2)
    assert await asleep.token() == "t2"
    asleep.wall += 4000
    assert await asleep.token() == "t3"
