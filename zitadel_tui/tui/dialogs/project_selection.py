"""The project roles chosen in a checklist, for one user or for several at once."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from zitadel_tui.core import words
from zitadel_tui.core.projects import Project, ProjectRoles
from zitadel_tui.text import cells, shown
from zitadel_tui.tui.dialogs.role_selection import OfOne, OfSeveral, Selection
from zitadel_tui.tui.format.lines import STRONG, WARNING, Part
from zitadel_tui.zitadel.wire.projects import UserGrant


class ProjectSelection(ABC):
    """A selection for each project whose current roles are known."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        """Of projects, by id, as far as they were met."""

    @abstractmethod
    def of(self, project_id: str) -> Selection | None:
        """The selection of a project; None while its current roles are unknown."""

    @property
    @abstractmethod
    def touched(self) -> Mapping[str, Selection]:
        """The selections by project id, of projects that were opened or have roles."""

    @abstractmethod
    def now(self, room: int) -> list[Part]:
        """The current roles in at most ``room`` cells; empty when there are none."""

    @property
    def changed(self) -> bool:
        return any(selection.changed for selection in self.touched.values())

    def name(self, project_id: str) -> str:
        return self.names.get(project_id) or project_id

    def then(self) -> list[Part]:
        """The difference: ``Billing + viewer − clerk``."""
        parts: list[Part] = []
        for project_id, selection in self.touched.items():
            if selection.changed:
                parts += ["  "] if parts else []
                parts += [self.name(project_id), *difference_parts(selection.added, selection.removed)]
        return parts


def difference_parts(added: Iterable[str], removed: Iterable[str]) -> list[Part]:
    return [
        *((f"  + {role}", f"{STRONG} $text-accent") for role in sorted(added)),
        *((f"  − {role}", f"{STRONG} {WARNING}") for role in sorted(removed)),
    ]


class ProjectsOfOne(ProjectSelection):
    """The project roles of one user, whose grants are read together."""

    def __init__(self, grants: Sequence[UserGrant] | None = None) -> None:
        """``grants`` are None while they are being read."""
        super().__init__()
        self._choices: dict[str, OfOne] = {}
        self.known = False
        if grants is not None:
            self.read(grants)

    @classmethod
    def of_nobody(cls, chosen: Iterable[ProjectRoles]) -> "ProjectsOfOne":
        """A selection for a user who does not exist yet, with earlier choices."""
        self = cls(())
        for one in chosen:
            self.names[one.project.id] = one.project.name
            choice = self.of(one.project.id)
            assert choice is not None
            for role in one.roles:
                choice.toggle(role)
        return self

    def read(self, grants: Sequence[UserGrant]) -> bool:
        """Set the current grants and keep the chosen difference. Returns whether something has changed
        since the previous read."""
        now = {grant.project_id: grant.roles for grant in grants}
        self.names |= {grant.project_id: grant.project_name for grant in grants}
        moved = self.known and any(
            frozenset(choice.seen) != frozenset(now.get(id, ())) for id, choice in self._choices.items()
        )
        for id in {**self._choices, **now}:
            self._choices.setdefault(id, OfOne(now.get(id, ()))).rebase(now.get(id, ()))
        self.known = True
        return moved

    def of(self, project_id: str) -> OfOne | None:
        return self._choices.setdefault(project_id, OfOne(())) if self.known else None

    @property
    def touched(self) -> dict[str, OfOne]:
        return self._choices

    def chosen(self, known: Mapping[str, Project]) -> tuple[ProjectRoles, ...]:
        """The chosen roles for a user who does not exist yet."""
        return tuple(
            ProjectRoles(known.get(id) or Project(id, self.name(id)), choice.wanted)
            for id, choice in self._choices.items()
            if choice.wanted
        )

    def now(self, room: int) -> list[Part]:
        """The roles in each project; projects that do not fit are counted."""
        each = [
            f"  {shown(self.name(id))}: {' '.join(map(shown, sorted(choice.seen)))}"
            for id, choice in self._choices.items()
            if choice.seen
        ]
        told = each
        for kept in reversed(range(len(each))):
            if sum(map(cells, told)) <= room:
                break
            others = words.plural(len(each) - kept, "project")
            told = [*each[:kept], f"  and roles in {others}" if kept else f"  roles in {others}"]
        return [*told]


class ProjectsOfSeveral(ProjectSelection):
    """The project roles of several users; the current roles in a project are read when it is opened."""

    def __init__(self, user_ids: Iterable[str]) -> None:
        super().__init__()
        self._user_ids = tuple(user_ids)
        self._choices: dict[str, OfSeveral] = {}

    def read(self, project_id: str, grants: Sequence[UserGrant]) -> None:
        held = {grant.user_id: grant.roles for grant in grants}
        self._choices.setdefault(project_id, OfSeveral({id: held.get(id, ()) for id in self._user_ids}))

    def of(self, project_id: str) -> OfSeveral | None:
        return self._choices.get(project_id)

    @property
    def touched(self) -> dict[str, OfSeveral]:
        return self._choices

    def now(self, room: int) -> list[Part]:
        return []

    def leaving(self) -> list[str]:
        """Sentences: how many users would have no roles left, by project."""
        return [
            f"{words.plural(len(choice.leaving), 'user')} without roles in {self.name(id)}"
            for id, choice in self._choices.items()
            if choice.leaving
        ]
