"""The dialogs of the Onboard view: choosing a file, confirming many mails, and the runs on this machine."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from zitadel_tui.core.onboard import hashes
from zitadel_tui.core.onboard.rows import Options
from zitadel_tui.failure import Failure, UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import Dialog
from zitadel_tui.tui.dialogs.confirm import Typed
from zitadel_tui.tui.features.onboard import labels
from zitadel_tui.tui.format.lines import BLANK, DANGER, DIM, WARNING, Line
from zitadel_tui.tui.services.onboarding import ListedRun
from zitadel_tui.tui.widgets.choice import Check
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine
from zitadel_tui.tui.widgets.table import RecordTable, Row, Tone

_MOST_ROWS = 12


class Chosen(NamedTuple):
    """A file, and how to read it."""

    path: str
    options: Options


class FileDialog(Dialog[Chosen]):
    """Asks for a file, and for defaults of its empty cells."""

    action_group = "onboard_file"
    title_text = "A file of users"
    DEFAULT_CSS = """
    FileDialog Horizontal { height: 1; }
    FileDialog SafeLine { width: 15; color: $text-muted; }
    FileDialog Field { width: 1fr; }
    FileDialog Check { margin-right: 2; }
    FileDialog #state { margin-top: 1; }
    """

    def __init__(self, path: str, options: Options, problem: Failure | None) -> None:
        """The previous values, and what was wrong with them."""
        super().__init__()
        self._problem = problem
        mapped = ", ".join(f"{heading}={field}" for heading, field in options.columns.items())
        self._path = Field(path, placeholder="people.csv", id="path")
        self._fields = {
            "roles": Field(" ".join(options.roles), placeholder="for rows that name none", id="roles"),
            "grants": Field("; ".join(options.grants), placeholder="Project:role,role; …", id="grants"),
            "username": Field(options.username, placeholder="{first}.{last} where empty", id="username"),
            "columns": Field(mapped, placeholder="Dept=ignore, Mail 2=email", id="columns"),
            "encoding": Field(options.encoding, placeholder="detected; cp1252", id="encoding"),
            "verifiers": Field(", ".join(options.verifiers), placeholder="argon2, pbkdf2", id="verifiers"),
        }
        self._link = Check("passkey link", options.passkey_link, id="link")
        self._password = Check("generated password", options.generate_password, id="password")
        self._state = SafeBlock(id="state")
        self._options = options

    def body(self) -> ComposeResult:
        yield Horizontal(SafeLine("File"), self._path)
        yield Horizontal(SafeLine("New users get"), self._link, self._password)
        for name, label in (
            ("roles", "Roles"),
            ("grants", "Project roles"),
            ("username", "User names"),
            ("columns", "Columns"),
            ("encoding", "Encoding"),
            ("verifiers", "Verifiers"),
        ):
            yield Horizontal(SafeLine(label), self._fields[name])
        yield self._state

    def on_mount(self) -> None:
        self.set_focus(self._path)
        self._path.cursor_position = len(self._path.value)
        if self._problem is not None:
            self._say(self._problem)
        else:
            self._state.update((("Checking writes nothing. Cells of the file come first.", DIM),))

    def _say(self, failure: Failure) -> None:
        lines: list[Line] = [((failure.summary, DANGER),)]
        if failure.hint:
            lines.append(((failure.hint, DIM),))
        self._state.update(*lines)

    def on_input_submitted(self) -> None:
        self.perform("check")

    def do_complete(self) -> None:
        """Complete the path as far as the names in the folder agree."""
        typed = os.path.expanduser(self._path.value)
        found = sorted(glob.glob(glob.escape(typed) + "*"))
        if not found:
            self._state.update((("No file begins so.", WARNING),))
            return
        common = os.path.commonprefix(found)  # noqa: RUF071 — characters are meant
        if len(found) == 1 and os.path.isdir(common):
            common += os.sep
        self._path.value = common
        self._path.cursor_position = len(common)
        if len(found) > 1:
            names = ", ".join(shown(Path(one).name) for one in found[:8])
            self._state.update(((names + (" …" if len(found) > 8 else ""), DIM),))

    def do_check(self) -> None:
        try:
            self.close(Chosen(self._path_given(), self._chosen()))
        except UsageFailure as failure:
            self._say(failure)

    def _path_given(self) -> str:
        path = os.path.expanduser(self._path.value.strip())
        if not path:
            raise UsageFailure("No file is named.", "Type its path.")
        return path

    def _chosen(self) -> Options:
        values = {name: field.value.strip() for name, field in self._fields.items()}
        columns = {}
        for part in filter(None, (part.strip() for part in values["columns"].split(","))):
            heading, mark, field = part.rpartition("=")
            if not mark:
                raise UsageFailure(f"{shown(part)!r} maps no column.", "Write HEADING=FIELD.")
            columns[heading.strip()] = field.strip()
        return Options(
            columns=columns,
            encoding=values["encoding"],
            username=values["username"],
            roles=tuple(values["roles"].replace(",", " ").split()),
            grants=tuple(part.strip() for part in values["grants"].split(";") if part.strip()),
            passkey_link=self._link.value,
            generate_password=self._password.value,
            verifiers=hashes.check_verifiers(values["verifiers"].replace(",", " ").split()),
        )


class TypedNumber(Typed):
    """Confirms many mails or messages by their number."""

    title_text = "Apply this plan?"
    DEFAULT_CSS = """
    TypedNumber VerticalScroll { height: auto; max-height: 40vh; }
    """

    def __init__(self, lines: Sequence[Line], number: int, what: str) -> None:
        """``what`` names the messages: ``mails`` or ``SMS``."""
        otherwise = "That is not the number. Nothing was sent."
        super().__init__(str(number), placeholder="the number", otherwise=otherwise)
        self._lines = lines
        self._request: Line = (f"To apply it, type the number of {what}: ", (str(number), "bold"), ".")

    def question(self) -> ComposeResult:
        with VerticalScroll():
            yield SafeBlock(*self._lines)
        yield SafeBlock(BLANK, self._request)


class RunsDialog(Dialog[tuple[str, ListedRun]]):
    """The runs on this machine; returns what to do (``look``, ``resume``, ``forget``) with which."""

    action_group = "runs"
    title_text = "Runs on this machine"
    WIDTH = 96

    def __init__(self, runs: Sequence[ListedRun]) -> None:
        super().__init__()
        self._runs = runs
        self._table = RecordTable(labels.RUN_COLUMNS, styles=self._tone)

    def body(self) -> ComposeResult:
        yield self._table
        if not self._runs:
            yield SafeBlock((("There are none.", DIM),))

    def on_mount(self) -> None:
        self._table.styles.height = 1 + min(max(1, len(self._runs)), _MOST_ROWS)
        self._table.set_rows([one.files.id for one in self._runs], self._row)
        self.set_focus(self._table)

    def _row(self, index: int) -> Row:
        return labels.run_row(self._runs[index])

    def _tone(self, index: int) -> Tone:
        return labels.run_tone(self._runs[index])

    @property
    def _one(self) -> ListedRun | None:
        return next((one for one in self._runs if one.files.id == self._table.cursor_id), None)

    def on_record_table_activated(self, event: RecordTable.Activated) -> None:
        event.stop()
        self.perform("look")

    def reason_against(self, action_id: str) -> str | None:
        if action_id == "runs.close":
            return None
        if self._one is None:
            return "No run is under the cursor."
        if action_id == "runs.resume" and self._one.is_ended:
            return "The run has ended."
        return None

    def _answer_with(self, what: str) -> None:
        if self._one is not None:
            self.close((what, self._one))

    def do_look(self) -> None:
        self._answer_with("look")

    def do_resume(self) -> None:
        self._answer_with("resume")

    def do_forget(self) -> None:
        self._answer_with("forget")
