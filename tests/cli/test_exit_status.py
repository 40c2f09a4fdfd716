"""The exit statuses are those of the README's table."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from zitadel_tui.cli import failures
from zitadel_tui.demo.faults import Fault
from zitadel_tui.signals import SIGNALLED

ADD = "POST /management/v1/orgs/me/members"
SEARCH = "POST /management/v1/orgs/me/members/_search"
WRITE = ("members", "add", "nobody-bot", "ORG_OWNER")
README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.usefixtures("impatient")


def refused(cli: Cli) -> tuple[str, ...]:
    cli.use("viewer-bot")
    return WRITE


def not_confirmed(cli: Cli) -> tuple[str, ...]:
    def decline(*_: Any, **__: Any) -> None:
        raise failures.Declined("Not confirmed; nothing was sent.")

    cli.monkeypatch.setattr("zitadel_tui.cli.prompts.confirm", decline)
    return ("members", "remove", "viewer-bot")


def misused(cli: Cli) -> tuple[str, ...]:
    return ("members", "lst")


def read_only(cli: Cli) -> tuple[str, ...]:
    return (*WRITE, "--read-only")


def unreachable(cli: Cli) -> tuple[str, ...]:
    cli.demo.faults.add(Fault("html", 200), SEARCH, times=0)
    return ("members", "list")


def unknown(cli: Cli) -> tuple[str, ...]:
    cli.demo.faults.add(Fault("withheld"), ADD)
    cli.demo.faults.add(Fault("status", 403, "No permission"), SEARCH, times=0)
    return WRITE


def contended(cli: Cli) -> tuple[str, ...]:
    """Others wrote at the same moment, again and again: nothing was written."""
    message = 'ERROR: duplicate key value violates unique constraint "events2_pkey" (SQLSTATE 23505) ()'
    cli.demo.faults.add(Fault(status=500, message=message), ADD, times=0)
    return WRITE


def broken(cli: Cli) -> tuple[str, ...]:
    def defect(size: int | None) -> Any:
        raise RuntimeError

    cli.parts = cli.parts._replace(demo=defect)
    return WRITE


@pytest.mark.parametrize(
    ("arrange", "status"),
    [
        (lambda cli: WRITE, 0),
        (refused, 1),
        (not_confirmed, 1),
        (contended, 1),
        (misused, 2),
        (read_only, 2),
        (unreachable, 3),
        (unknown, 4),
        (broken, 70),
    ],
)
def test_each_way_to_end_has_its_status(cli: Cli, arrange: Callable[[Cli], Any], status: int) -> None:
    arguments = arrange(cli)
    assert cli(*arguments).status == status


def test_the_readme_lists_exactly_these() -> None:
    table = README.read_text("utf-8").partition("| exit status | means |")[2].partition("\n\n")[0]
    first = " ".join(re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE))
    listed = {int(number) for number in re.findall(r"\d+", first)}
    signals = {SIGNALLED + number for number in (1, 2, 3, 15)}
    own = {failures.DONE, failures.REFUSED, failures.USAGE, failures.UNREACHABLE}
    assert listed == own | {failures.PARTLY, failures.INTERNAL} | signals
