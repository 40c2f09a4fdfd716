"""The result sheet: the result of each row, safe to open in a spreadsheet, private, never incomplete."""

import csv
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from zitadel_tui.core import rules
from zitadel_tui.core.export import defused
from zitadel_tui.core.onboard import sheet
from zitadel_tui.core.onboard.records import HandOverLine, RowResult
from zitadel_tui.failure import Failure, UsageFailure

ADA = RowResult(
    number=1,
    line=2,
    user_name="ada.müller",
    verdict="create",
    state="done",
    user_id="101",
    created=True,
    roles=("ORG_OWNER", "ORG_USER_MANAGER"),
    grants=("Payroll:viewer,editor", "Wiki:reader"),
    sentences=("Created.", "Assigned."),
    waits="password",
)
BOB = RowResult(
    number=2,
    line=3,
    user_name='=HYPERLINK("https://evil.example")',
    verdict="create",
    state="failed",
    sentences=("The server refused it.",),
    reference="V3-DKcYh",
)
HAND_OVER = {
    1: HandOverLine(1, "ada.müller", password="geheim-Wörtchen"),
    2: HandOverLine(2, "bob", password="of nobody"),
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_spreadsheet_reads_umlauts_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    sheet.write(path, [ADA, BOB])
    assert path.read_bytes().startswith(b"\xef\xbb\xbfline,userName,")
    ada, bob = rows_of(path)
    assert ada == {
        "line": "2",
        "userName": "ada.müller",
        "userId": "101",
        "verdict": "create",
        "state": "done",
        "created": "yes",
        "roles": "ORG_OWNER ORG_USER_MANAGER",
        "grants": "Payroll:viewer,editor; Wiki:reader",
        "result": "Created. Assigned.",
        "errorId": "",
        "waits": "password",
        "until": "",
    }
    assert bob["userName"] == f"'{BOB.user_name}"
    assert (bob["created"], bob["errorId"]) == ("no", "V3-DKcYh")


def test_as_json_it_has_what_a_row_of_json_has(tmp_path: Path) -> None:
    path = tmp_path / "sheet.JSON"
    sheet.write(path, [ADA, BOB])
    assert json.loads(path.read_bytes()) == [sheet.row_data(ADA), sheet.row_data(BOB)]
    assert sheet.row_data(BOB)["userName"] == BOB.user_name
    empty = tmp_path / "empty.json"
    sheet.write(empty, [])
    assert json.loads(empty.read_bytes()) == []


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.json"])
def test_passwords_are_in_it_only_when_asked_for_and_only_of_those_who_were_created(
    tmp_path: Path, name: str
) -> None:
    without, with_them = tmp_path / name, tmp_path / f"secret-{name}"
    sheet.write(without, [ADA, BOB])
    sheet.write(with_them, [ADA, BOB], HAND_OVER)
    assert "geheim" not in without.read_text(encoding="utf-8-sig")
    rows = json.loads(with_them.read_bytes()) if name.endswith("json") else rows_of(with_them)
    assert [row["password"] for row in rows] == ["geheim-Wörtchen", ""]


def test_a_generated_password_is_in_it_as_it_is() -> None:
    passwords = [rules.generated_password(None).reveal() for _ in range(300)]
    assert [defused(password) for password in passwords] == passwords


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.json"])
def test_rows_are_written_as_they_come(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    sizes = set()

    def results() -> Iterator[RowResult]:
        for _ in range(3000):
            sizes.add(path.stat().st_size)
            yield ADA

    sheet.write(path, results())
    assert len(sizes) > 5


def test_only_its_owner_may_read_it_and_nothing_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    sheet.write(path, [ADA])
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UsageFailure, match="exists already"):
        sheet.write(path, [BOB])
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(UsageFailure):
        sheet.write(link, [ADA])
    with pytest.raises(UsageFailure, match="cannot be written"):
        sheet.write(tmp_path / "missing" / "sheet.csv", [ADA])
    assert path.read_bytes() == before
    assert not (tmp_path / "elsewhere.csv").exists()


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.json"])
@pytest.mark.parametrize("error", [Failure("The journal is damaged.", ""), OSError(28, "No space left")])
def test_what_cannot_be_written_whole_is_not_left_behind(tmp_path: Path, name: str, error: Exception) -> None:
    def results() -> Iterator[RowResult]:
        yield ADA
        raise error

    with pytest.raises(Failure, match=r"damaged|No space left"):
        sheet.write(tmp_path / name, results())
    assert list(tmp_path.iterdir()) == []
