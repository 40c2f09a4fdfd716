"""``doctor``: a line for each check, and a status that scripts can use."""

import csv
import json
import re

import pytest

from tests.cli.conftest import Cli


def test_each_check_has_a_line_and_the_advice_is_below_it(cli: Cli) -> None:
    cli.use("viewer-bot")
    told = cli("doctor")
    assert told.status == 0
    assert any(line.startswith("ok    token") for line in told.lines)
    refused = next(place for place, line in enumerate(told.lines) if line.startswith("warn  rights"))
    assert "→ Needs org.member.write" in told.lines[refused + 1]
    assert cli("doctor", "--strict").status == 1


def test_what_could_not_be_checked_is_one_line_with_the_reason(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZITADEL_ACCESS_TOKEN", "secret-token")
    monkeypatch.setenv("ZITADEL_DOMAIN", "https://nowhere.invalid")
    told = cli("doctor", demo=False)
    assert told.status == 3
    (skipped,) = (line for line in told.lines if line.startswith("–"))
    assert "“DNS” failed" in skipped
    assert "TLS, ZITADEL, issuer" in skipped
    assert skipped.count("rights") == 1
    assert "secret-token" not in told.out + told.err


def test_json_and_csv_have_the_same_fields_and_names_of_checks(cli: Cli) -> None:
    found = [json.loads(line) for line in cli("doctor", "--json").lines]
    table = list(csv.DictReader(cli("doctor", "--csv").lines))
    assert list(found[0]) == list(table[0]) == ["check", "state", "seen", "advice"]
    names = [one["check"] for one in found]
    assert names == [row["check"] for row in table]
    assert len(set(names)) == len(names)
    assert {"settings", "zitadel", "rights.list-members", "rights.delete-users", "api"} <= set(names)
    assert all(re.fullmatch(r"[a-z.-]+", name) for name in names)


def test_skipped_checks_have_the_same_names_as_checks_that_were_made(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {json.loads(line)["check"] for line in cli("doctor", "--json").lines}
    monkeypatch.setenv("ZITADEL_DOMAIN", "not an address")
    skipped = {json.loads(line)["check"] for line in cli("doctor", "--json", demo=False).lines}
    assert skipped - made == {"key-file", "proxy", "dns", "connection", "tls"}  # the demo has none of these
    assert made <= skipped


def test_broken_settings_are_a_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZITADEL_DOMAIN", "not an address")
    told = cli("doctor", "--json", demo=False)
    assert told.status == 2
    lines = told.out.splitlines()
    assert '"state":"fail"' in lines[0]
    assert len(lines) > 10
