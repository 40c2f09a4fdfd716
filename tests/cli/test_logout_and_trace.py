"""``logout``, and ``--trace`` of any command."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.served import ServedDemo
from zitadel_tui.core import token_cache, trace


def test_a_trace_is_written_by_any_command(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "trace.jsonl"
    assert cli("members", "list", "--trace", str(path)).status == 0
    assert '"call": "members"' in path.read_text()
    monkeypatch.setattr(trace, "_open", {})  # another process
    requests = len(cli.requests)
    refused = cli("members", "list", "--trace", str(path))
    assert refused.status == 2
    assert "exists" in refused.err
    assert len(cli.requests) == requests


def test_logout_deletes_the_cached_token_and_says_that_it_stays_valid_on_the_server(
    cli: Cli, tmp_path: Path
) -> None:
    with ServedDemo(tmp_path, size=3, lag=(0.0, 0.0)) as served:
        here = ("--env-file", str(tmp_path / ".env"))
        assert cli("whoami", *here, demo=False).status == 0
        assert len(list(token_cache.directory().iterdir())) == 1
        elsewhere = cli("logout", "--domain", "https://other.example", "--key-file", "no.json", demo=False)
        assert "There is no cached access token for https://other.example" in elsewhere.out
        done = cli("logout", *here, demo=False)
        assert (done.status, done.out) == (0, f"Deleted 1 cached access token for {served.origin}.\n")
        assert "even if its key is removed" in done.err
        assert cli("whoami", *here, "--no-cache", demo=False).status == 0
        assert list(token_cache.directory().iterdir()) == []
        cli("whoami", *here, demo=False)
        assert "Deleted 1 cached access token." in cli("logout", "--all", demo=False).out
