"""Cached access tokens: used only if the file is safe, and stored nowhere else on disk."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.served import ServedDemo
from zitadel_tui import paths
from zitadel_tui.core import token_cache
from zitadel_tui.core.session import Session, open_session
from zitadel_tui.core.token_cache import TokenCache
from zitadel_tui.demo.server import ACCOUNT
from zitadel_tui.secret import Secret
from zitadel_tui.settings import KeyFileSource, Settings
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.tokens import StoredToken, TokenKey
from zitadel_tui.zitadel.traffic import Attempt, Event

ROOT = Path(__file__).parents[2]
KEY = TokenKey("https://a.example", "1", "k1", "openid")
NOW = time.time()
TOKEN = StoredToken(Secret("a-token"), NOW, NOW + 3600)


class Cache(TokenCache):
    def __init__(self, directory: Path) -> None:
        self.said: list[str] = []
        super().__init__(directory, self.said.append)

    @property
    def file(self) -> Path:
        (path,) = self.directory.iterdir()
        return path


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache" / "tokens")


def test_a_token_is_found_by_its_whole_key_only(cache: Cache) -> None:
    assert cache.load(KEY) is None
    cache.save(KEY, TOKEN)
    assert cache.load(KEY) == TOKEN
    for other in (
        KEY._replace(origin="https://b.example"),
        KEY._replace(account="2"),
        KEY._replace(key_id="k2"),
        KEY._replace(scopes="openid x"),
    ):
        assert cache.load(other) is None
    assert cache.file.stat().st_mode & 0o777 == 0o600
    assert cache.directory.stat().st_mode & 0o777 == 0o700
    cache.forget(KEY)
    assert cache.load(KEY) is None
    assert cache.said == []


def test_a_file_that_others_may_read_is_not_used_with_a_warning(cache: Cache) -> None:
    cache.save(KEY, TOKEN)
    cache.file.chmod(0o644)
    assert cache.load(KEY) is None
    (said,) = cache.said
    assert str(cache.file) in said
    assert "others may read it" in said
    cache.save(KEY, TOKEN)
    assert cache.load(KEY) == TOKEN, "a new one takes its place"


def test_a_directory_that_others_may_write_to_is_not_used(cache: Cache) -> None:
    cache.save(KEY, TOKEN)
    cache.directory.chmod(0o777)
    assert cache.load(KEY) is None
    cache.save(KEY, TOKEN._replace(token=Secret("another")))
    assert "another" not in cache.file.read_text()
    assert cache.said


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"token": 5}', b"\xff\xfe", b"null", b'{"x":' * 3000]
)
def test_a_damaged_file_is_not_used(cache: Cache, content: bytes) -> None:
    cache.save(KEY, TOKEN)
    cache.file.write_bytes(content)
    assert cache.load(KEY) is None
    assert "damaged" in cache.said[0]


def test_a_link_in_place_of_a_file_is_not_followed(cache: Cache, tmp_path: Path) -> None:
    cache.save(KEY, TOKEN)
    elsewhere = tmp_path / "elsewhere.json"
    cache.file.rename(elsewhere)
    (cache.directory / cache._path(KEY).name).symlink_to(elsewhere)
    assert cache.load(KEY) is None
    assert cache.said


def test_a_file_copied_to_another_name_is_not_used(cache: Cache) -> None:
    cache.save(KEY, TOKEN)
    cache.file.rename(cache._path(KEY._replace(account="2")))
    assert cache.load(KEY._replace(account="2")) is None


def test_a_cache_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "tokens")
    cache.save(KEY, TOKEN)
    assert "could not be cached" in cache.said[0]


def test_concurrent_writes_leave_one_complete_file(cache: Cache) -> None:
    tokens = [TOKEN._replace(token=Secret(f"token-{number}" * 200)) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda token: Cache(cache.directory).save(KEY, token), tokens))
    assert cache.load(KEY) in tokens
    assert len(list(cache.directory.iterdir())) == 1


_SAVING = """
import sys, time
from pathlib import Path
from zitadel_tui.core.token_cache import TokenCache
from zitadel_tui.secret import Secret
from zitadel_tui.zitadel.tokens import StoredToken, TokenKey
key, now = TokenKey("https://a.example", "1", "k1", "openid"), time.time()
cache = TokenCache(Path(sys.argv[1]), lambda said: sys.exit(said))
for number in range(200):
    cache.save(key, StoredToken(Secret(f"{sys.argv[2]}-{number}" * 50), now, now + 3600))
    cache.load(key)
    if number % 10 == 0:
        cache.forget(key)
"""


def test_two_processes_share_the_cache(cache: Cache) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _SAVING, str(cache.directory), name], env={"PYTHONPATH": str(ROOT)}
        )
        for name in ("aaaa", "bbbb")
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert cache.load(KEY) is not None
    assert len(list(cache.directory.iterdir())) == 1


def test_tokens_are_deleted_for_one_account_or_for_all(cache: Cache) -> None:
    other = KEY._replace(origin="https://b.example")
    for key in (KEY, KEY._replace(key_id="k2"), KEY._replace(account="2"), other):
        cache.save(key, TOKEN)
    assert cache.forget_all(KEY.origin, "1") == 2
    assert cache.load(other) == TOKEN
    assert cache.forget_all() == 2


def foreign(cache: Cache, how: str, tmp_path: Path) -> Path:
    """A file that is not of the cache, but is found where it looks."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    mine = elsewhere / "thesis.json"
    mine.write_text("mine")
    (elsewhere / cache._path(KEY).name).write_text("mine")
    if how == "directory":
        cache.directory.rename(tmp_path / "was-there")
        cache.directory.symlink_to(elsewhere)
    else:
        mine = mine.rename(cache.directory / "thesis.json")
    return mine


@pytest.mark.parametrize("how", ["directory", "name"])
def test_deleting_all_tokens_deletes_no_other_file(cache: Cache, how: str, tmp_path: Path) -> None:
    cache.save(KEY, TOKEN)
    mine = foreign(cache, how, tmp_path)
    assert cache.forget_all() == (1 if how == "name" else 0)
    cache.forget(KEY)
    assert mine.read_text() == "mine"
    assert bool(cache.said) == (how != "name")


def test_tokens_in_a_directory_that_others_may_write_to_are_deleted(cache: Cache) -> None:
    cache.save(KEY, TOKEN)
    cache.directory.chmod(0o777)
    assert cache.forget_all() == 1


def test_an_unfinished_file_is_deleted_with_the_tokens(cache: Cache) -> None:
    """A process that was killed while it wrote left it, with a token in it."""
    cache.save(KEY, TOKEN)
    file = cache.file
    unfinished = file.with_name(f".{file.name}.4711")
    unfinished.write_bytes(file.read_bytes())
    assert cache.forget_all() == 2
    assert list(cache.directory.iterdir()) == []
    assert cache.said == []


def test_a_damaged_token_is_deleted_with_the_others(cache: Cache) -> None:
    cache.save(KEY, TOKEN)
    cache.file.write_bytes(b"{")
    assert cache.forget_all() == 1


# Signing in


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    with ServedDemo(tmp_path_factory.mktemp("served"), size=3, lag=(0.0, 0.0)) as served:
        yield served


class Asked:
    """What a session asks, by the name of the endpoint."""

    def __init__(self, served: ServedDemo, **more: Any) -> None:
        source = KeyFileSource(served.directory / "client-key-file.json", "the test")
        settings = Settings(
            domain=served.origin, token_url=f"{served.origin}/oauth/v2/token", key_file=source
        )
        self.session: Session = open_session(settings._replace(**more))
        self.names: list[str] = []
        self.session.client.transport.observers.append(self._note)

    def _note(self, event: Event) -> None:
        if isinstance(event, Attempt):
            self.names.append(event.request.endpoint.name)

    async def members(self) -> list[str]:
        try:
            await self.session.client.send(calls.search_members())
        finally:
            await self.session.close()
        return self.names


def kept() -> list[Path]:
    directory = token_cache.directory()
    return list(directory.iterdir()) if directory.exists() else []


async def test_the_second_command_sends_one_request(served: ServedDemo) -> None:
    assert await Asked(served).members() == ["token", "members"]
    assert await Asked(served).members() == ["members"]


async def test_a_token_that_the_server_rejects_is_replaced_in_the_cache(served: ServedDemo) -> None:
    await Asked(served).members()
    served.demo.store.tokens.clear()
    assert await Asked(served).members() == ["members", "token", "members"]
    assert await Asked(served).members() == ["members"]


@pytest.mark.parametrize("changes", [{"obtained": NOW + 86400}, {"expires": NOW - 1}])
async def test_a_token_with_impossible_times_is_not_used(
    served: ServedDemo, changes: dict[str, float]
) -> None:
    await Asked(served).members()
    (path,) = kept()
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    path.chmod(0o600)
    assert await Asked(served).members() == ["token", "members"]


@pytest.mark.parametrize("more", [{"no_cache": True}, {"insecure": True}])
async def test_nothing_is_cached_or_used_with_no_cache_or_insecure(
    served: ServedDemo, more: dict[str, bool]
) -> None:
    assert await Asked(served, **more).members() == ["token", "members"]
    assert kept() == []
    await Asked(served).members()
    assert await Asked(served, **more).members() == ["token", "members"]


async def test_nothing_is_cached_for_a_personal_access_token_or_a_piped_key(served: ServedDemo) -> None:
    pat = Secret(served.demo.access_token(ACCOUNT))
    assert await Asked(served, key_file=None, access_token=pat).members() == ["members"]
    piped = Settings(domain=served.origin, key_file=KeyFileSource(None, "the test"))
    session = open_session(piped, stdin=lambda: served.demo.key_file(ACCOUNT))
    await session.client.send(calls.my_user())
    await session.close()
    assert kept() == []


async def test_only_the_token_of_the_account_that_signs_out_is_forgotten(served: ServedDemo) -> None:
    asked = Asked(served)
    await asked.members()
    (own,) = kept()
    other = KEY._replace(origin=served.origin, account="4711")
    cache = Cache(token_cache.directory())
    cache.save(other, TOKEN)
    assert token_cache.forget(asked.session.settings, cache.said.append) == 1
    assert not own.exists()
    assert cache.load(other) == TOKEN


async def test_the_token_is_in_no_other_file(served: ServedDemo, tmp_path: Path) -> None:
    await Asked(served).members()
    (path,) = kept()
    token = json.loads(path.read_text())["token"]
    home = Path(os.environ["HOME"])
    found = [file for file in home.rglob("*") if file.is_file() and token.encode() in file.read_bytes()]
    assert found == [path]
    assert paths.cache_directory() in path.parents
