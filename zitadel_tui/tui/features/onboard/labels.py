"""The texts of the Onboard view: rows, their details, and the lines above them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from zitadel_tui.core import words
from zitadel_tui.core.onboard.plan import Plan
from zitadel_tui.core.onboard.records import CREATE, ROLES, PlannedRow, State, Verdict
from zitadel_tui.core.onboard.sheet import COLUMNS as SHEET
from zitadel_tui.text import shown
from zitadel_tui.tui.format.lines import BLANK, DANGER, DIM, STRONG, WARNING, Line, fields, hanging, key_line
from zitadel_tui.tui.services.onboarding import Entry, ListedRun
from zitadel_tui.tui.widgets.table import Column, Row, Tone

COLUMNS = (
    Column("line", "LINE", 6, min_width=6, align="right", dim=True),
    Column("user", "USER", 22, min_width=12, grow=1, middle=True),
    Column("state", "STATE", 12, min_width=11),
    Column("why", "RESULT OR REASON", 40, min_width=16, grow=3),
)
RUN_COLUMNS = (
    Column("run", "RUN", 20, min_width=20),
    Column("state", "STATE", 10, min_width=10),
    Column("file", "FILE", 16, min_width=8, grow=1, middle=True),
    Column("rows", "ROWS", 24, min_width=10, grow=2),
)
_SIGNS = {
    "create": "+ create",
    "exists": "= exists",
    "conflict": "✗ conflict",
    "invalid": "✗ invalid",
    "duplicate": "✗ duplicate",
    "done": "✓ done",
    "unchanged": "= unchanged",
    "failed": "✗ failed",
    "unknown": "? unknown",
    "pending": "… pending",
    "skipped": "- skipped",
}
_TONES: dict[str, Tone] = {
    "conflict": "danger",
    "invalid": "danger",
    "duplicate": "warning",
    "failed": "danger",
    "unknown": "warning",
    "unchanged": "dim",
    "exists": "dim",
}
_VERDICTS: tuple[Verdict, ...] = ("create", "exists", "conflict", "invalid", "duplicate")
_STATES: tuple[State, ...] = ("done", "unchanged", "failed", "unknown", "pending", "skipped")


def row(entry: Entry) -> Row:
    """The cells of a row."""
    sign = _SIGNS.get(entry.state, entry.state)
    return str(entry.planned.line), entry.planned.user_name, sign, _in_short(entry)


def _in_short(entry: Entry) -> str:
    """What was done, or why not; before the run, the notes of the row, or its steps besides creating the
    user."""
    result = entry.result
    if result is not None and result.state == "done":
        waits = (f"{result.waits} waits",) if result.waits in ("link", "password") else (result.waits,)
        done = ("created" if result.created else "", *result.roles, *result.grants, *waits)
        return " · ".join(filter(None, done))
    if entry.sentences:
        return " ".join(entry.sentences)
    return _steps(entry.planned, besides=CREATE) if result is None else ""


def _steps(planned: PlannedRow, *, besides: str = "") -> str:
    """The steps of a row, in words."""
    names = {CREATE: "create the user", ROLES: "assign roles"}
    steps = (names.get(step, "assign project roles") for step in planned.steps if step != besides)
    return ", ".join(dict.fromkeys(steps))


def tone(entry: Entry) -> Tone:
    return _TONES.get(entry.state, "")


def details(entry: Entry, width: int) -> list[Line]:
    """A row in full."""
    planned, result = entry.planned, entry.result
    lines: list[Line] = [((planned.user_name or "(no user name)", STRONG),), BLANK]
    pairs = [
        ("line", str(planned.line)),
        ("verdict", planned.verdict),
        ("to do", "" if result else _steps(planned)),
        ("state", result.state if result else ""),
        ("user id", entry.user_id),
        ("roles", " ".join(result.roles) if result else ""),
        ("project roles", "; ".join(result.grants) if result else ""),
        ("waits", _waits(entry)),
        ("error id", result.reference if result else ""),
    ]
    lines += fields(pairs, width)
    sentences = [*(result.sentences if result else planned.problems), *planned.notes]
    if sentences:
        lines.append(BLANK)
    for sentence in sentences:
        lines += hanging("", sentence, width, DANGER if tone(entry) == "danger" else "")
    return lines


def _waits(entry: Entry) -> str:
    result = entry.result
    if result is None or not result.waits:
        return ""
    return f"{result.waits} until {result.until[:16].replace('T', ' ')} UTC" if result.until else result.waits


def summary(plan: Plan, width: int, most: int) -> list[Line]:
    """The counts of the whole file, and the warnings before applying it: whole sentences in ``most`` lines,
    and the number of others."""
    head = f"{words.plural(len(plan.rows), 'row')}: {_counted(plan) or 'none'}"
    lines: list[Line] = [*hanging("", head, width)]
    if plan.lacking:
        lines += hanging("✗ ", f"{plan.lacking} Nothing can be sent.", width, DANGER, DANGER)
    told = [hanging("! ", sentence, width, WARNING, WARNING) for sentence in plan.warnings]
    told += [hanging("", sentence, width, DIM) for sentence in _time(plan)]
    for place, one in enumerate(told):
        if len(lines) + len(one) > most - (place < len(told) - 1):
            left = words.plural(len(told) - place, "more line", "more lines")
            return [*lines, ((f"! {left}, shown before the plan is applied", WARNING),)]
        lines += one
    return lines


def question(plan: Plan, name: str, place: str, width: int) -> list[Line]:
    """The question before a plan is applied; ``name`` is that of the file."""
    rows = words.plural(plan.to_send, "row")
    lines: list[Line] = [
        (f"{rows} of {name} for ", (place, STRONG), f" ({shown(plan.header.organization)})."),
        *hanging("", f"All rows: {_counted(plan)}.", width),
    ]
    for sentence in plan.warnings:
        lines += hanging("! ", sentence, width, WARNING, WARNING)
    return [*lines, *(((sentence, DIM),) for sentence in _time(plan))]


def _counted(plan: Plan) -> str:
    return ", ".join(f"{words.count(plan.counts[one])} {one}" for one in _VERDICTS if plan.counts[one])


def _time(plan: Plan) -> list[str]:
    minutes = round(plan.seconds / 60)
    return [f"About {words.plural(minutes, 'minute')} on a default server."] if plan.seconds >= 60 else []


def counted(entries: Iterable[Entry]) -> Counter[State]:
    """Numbers of rows by state."""
    return Counter(entry.result.state if entry.result else _left(entry) for entry in entries)


def run_summary(counts: Counter[State], name: str, run_id: str, waiting: str = "") -> list[Line]:
    """The counts of a run by result, and what it waits for."""
    told = [f"{words.count(counts[one])} {one}" for one in _STATES if counts[one]]
    lines: list[Line] = [
        ((shown(name), STRONG), f": {', '.join(told) or 'no rows'}", (f"  run {run_id}", DIM))
    ]
    return [*lines, (("! ", WARNING), (waiting, WARNING))] if waiting else lines


def _left(entry: Entry) -> State:
    """The state of a row without a result."""
    if entry.planned.steps:
        return "pending"
    return "unchanged" if entry.planned.verdict == "exists" else "skipped"


def run_row(listed: ListedRun) -> Row:
    told = ", ".join(
        f"{words.count(listed.counts[state])} {state}" for state in _STATES if listed.counts.get(state)
    )
    return listed.files.id, "ended" if listed.is_ended else "unfinished", listed.name, told


def run_tone(listed: ListedRun) -> Tone:
    return "" if listed.is_ended else "warning"


CSV = [name for name, _ in SHEET]


def csv_rows(entries: Iterable[Entry]) -> Iterator[Sequence[str]]:
    """The rows of a result sheet; for rows without a result, the plan."""
    for entry in entries:
        planned, result = entry.planned, entry.result
        if result is not None:
            yield [value(result) for _, value in SHEET]
        else:
            told = " ".join(entry.sentences)
            yield [str(planned.line), planned.user_name, planned.user_id, planned.verdict, _left(entry),
                   "no", "", "", told, "", "", ""]  # fmt: skip


def empty(*, file: str, template: str, runs: str) -> list[Line]:
    """The text of an empty view, with its keys."""
    return [
        (("Many users and their roles from one file", STRONG),),
        BLANK,
        key_line(file, "chooses a CSV, JSON or JSON lines file and checks it"),
        key_line(template, "writes a CSV file to fill in"),
        key_line(runs, "lists the runs on this machine"),
        BLANK,
        (("Checking writes nothing. Headings such as E-Mail, Vorname, last name are understood.", DIM),),
    ]
