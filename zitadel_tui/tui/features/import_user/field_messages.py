"""What is said below the fields of a form: problems found here, and what the server refused."""

from collections.abc import Iterable, Mapping, Sequence

from zitadel_tui.core.rules import Problem
from zitadel_tui.tui.format.lines import DANGER, DIM, WARNING, Part
from zitadel_tui.tui.widgets.safe import SafeBlock


class FieldMessages:
    """One block for each field. A field that is being filled in for the first time is not scolded: what is
    wrong so far is dim, and that it is empty is said only when the whole was to be sent."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """``fields``: from the JSON path of a field to its name."""
        self._names = fields
        self._blocks = {name: SafeBlock(classes="told") for name in fields.values()}
        self._refused: dict[str, tuple[str, object]] = {}
        self._left: set[str] = set()

    def below(self, *names: str) -> Iterable[SafeBlock]:
        return [self._blocks[name] for name in names]

    def forget(self) -> None:
        """The form begins anew."""
        self._refused.clear()
        self._left.clear()

    def left(self, name: str) -> None:
        """The focus has left this field."""
        self._left.add(name)

    def changed(self, name: str, value: object) -> None:
        """What the server refused may be another value now."""
        if name in self._refused and self._refused[name][1] != value:
            del self._refused[name]

    def refuse(self, name: str, value: object, sentence: str) -> None:
        """The server refused this value of a field."""
        self._refused[name] = (sentence, value)

    def show(
        self, problems: Sequence[Problem], *, empty: frozenset[str], focused: str | None, insist: bool
    ) -> None:
        """``empty`` are the names of fields without a value; ``insist`` once the form was to be sent."""
        by_name: dict[str, Problem] = {}
        for problem in problems:
            by_name.setdefault(self._names.get(problem.field, ""), problem)
        for name, block in self._blocks.items():
            said = self._part(name, by_name.get(name), name in empty, name == focused, insist)
            block.set_class(bool(said), "-said")
            block.update((said,) if said else ())

    def _part(
        self, name: str, problem: Problem | None, empty: bool, focused: bool, insist: bool
    ) -> Part | None:
        if name in self._refused:
            return (self._refused[name][0], DANGER)
        if problem is None or (empty and not insist):
            return None
        if focused and not insist and name not in self._left:
            return (problem.sentence, DIM)
        return (problem.sentence, DANGER if problem.grave else WARNING)
