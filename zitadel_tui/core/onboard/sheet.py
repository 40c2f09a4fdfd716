"""The result sheet of a run: a row for each row of the file, as CSV for a spreadsheet or as JSON."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from zitadel_tui.core.export import defused
from zitadel_tui.core.onboard.records import HandOverLine, RowResult
from zitadel_tui.core.onboard.run_files import new_file

COLUMNS: tuple[tuple[str, Callable[[RowResult], str]], ...] = (
    ("line", lambda one: str(one.line)),
    ("userName", lambda one: one.user_name),
    ("userId", lambda one: one.user_id),
    ("verdict", lambda one: one.verdict),
    ("state", lambda one: one.state),
    ("created", lambda one: "yes" if one.created else "no"),
    ("roles", lambda one: " ".join(one.roles)),
    ("grants", lambda one: "; ".join(one.grants)),
    ("result", lambda one: " ".join(one.sentences)),
    ("errorId", lambda one: one.reference),
    ("waits", lambda one: one.waits),
    ("until", lambda one: one.until),
)


def row_data(result: RowResult) -> dict[str, object]:
    """A result as plain data for JSON."""
    return {
        "line": result.line,
        "userName": result.user_name,
        "userId": result.user_id,
        "verdict": result.verdict,
        "state": result.state,
        "created": result.created,
        "roles": list(result.roles),
        "grants": list(result.grants),
        "sentences": list(result.sentences),
        "errorId": result.reference,
        "waits": result.waits,
        "until": result.until,
    }


def write(
    path: Path, results: Iterable[RowResult], hand_over: Mapping[int, HandOverLine] | None = None
) -> None:
    """Write a new file, mode 0600: JSON where its name ends so, else CSV. With ``hand_over`` it has the
    passwords and links, too. Raises ``UsageFailure``, and never replaces a file."""
    with new_file(path) as file:
        if path.suffix.lower() == ".json":
            _write_json(file, results, hand_over)
        else:
            _write_csv(file, results, hand_over)


def _write_json(
    file: BinaryIO, results: Iterable[RowResult], hand_over: Mapping[int, HandOverLine] | None
) -> None:
    mark = "["
    for result in results:
        data = row_data(result)
        if hand_over is not None:
            data |= dict(zip(("password", "link"), _secrets(result, hand_over), strict=True))
        file.write(f"{mark}{json.dumps(data)}".encode())
        mark = ",\n"
    file.write(b"]\n" if mark != "[" else b"[]\n")


def _write_csv(
    file: BinaryIO, results: Iterable[RowResult], hand_over: Mapping[int, HandOverLine] | None
) -> None:
    """With a byte order mark, by which spreadsheets know UTF-8."""
    text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    secrets = () if hand_over is None else ("password", "link")
    writer.writerow([*(name for name, _ in COLUMNS), *secrets])
    for result in results:
        cells = [value(result) for _, value in COLUMNS]
        if hand_over is not None:
            cells += _secrets(result, hand_over)
        writer.writerow(map(defused, cells))
    text.flush()
    text.detach()


def _secrets(result: RowResult, hand_over: Mapping[int, HandOverLine]) -> tuple[str, str]:
    line = hand_over.get(result.number)
    return ("", "") if line is None or not result.created else (line.password, line.link)
