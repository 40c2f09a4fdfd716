"""The changes started in Members: edit roles of one or several, add members, remove members."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from zitadel_tui.core import members, user_lookup, words
from zitadel_tui.core.members import Roster
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.features.members.labels import organization
from zitadel_tui.tui.format.lines import BLANK, DIM, Line
from zitadel_tui.tui.format.meanings import role_parts
from zitadel_tui.tui.services.pending_changes import row_of
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.users import User

if TYPE_CHECKING:
    from zitadel_tui.core.changes import SetRoles
    from zitadel_tui.tui.features.members.edit_roles import Person

_NAMED = 12


class MemberChanges:
    """Starts changes; ``offered`` are the roles read last."""

    def __init__(self, view: View, *, started: Callable[[], None]) -> None:
        """``started`` is called when a job for several users starts."""
        self._view = view
        self._started = started
        self.offered: list[str] = []

    @property
    def _roster(self) -> Roster | None:
        return self._view.app.members.roster

    @property
    def _organization(self) -> str:
        return organization(self._view.app.account)

    def edit(self, chosen: Sequence[Member]) -> None:
        """Edit the roles of one member, or of several at once."""
        if len(chosen) > 1:
            self._edit_several(chosen, started=self._started)
            return
        from zitadel_tui.tui.features.members.edit_roles import Person

        [member] = chosen
        name, login = members.name(member), members.login(member)
        self._edit(Person(member.user_id, name, login, member.roles))

    def _edit_several(self, chosen: Sequence[Member], *, started: Callable[[], None]) -> None:
        from zitadel_tui.tui.features.members.edit_roles_of_several import EditRolesOfSeveral

        dialog = EditRolesOfSeveral(chosen, self.offered, self._organization, started)
        self._view.app.push_screen(dialog, self._offered)

    def _edit(self, person: "Person") -> None:
        from zitadel_tui.tui.features.members.edit_roles import EditRoles

        self._view.app.push_screen(EditRoles(person, self.offered, self._organization), self._offered)

    def _offered(self, offered: list[str] | None) -> None:
        self.offered = offered or self.offered

    def add(self) -> None:
        """Find one or several users, and choose their roles."""
        from zitadel_tui.tui.dialogs.choose_user import ChooseUser

        def chosen(users: tuple[User, ...] | None) -> None:
            if users is not None and len(users) == 1:
                self._edit(self._person(users[0]))
            elif users:
                self._edit_several(list(map(self._row, users)), started=lambda: None)

        self._view.app.push_screen(ChooseUser(self._roster, self._organization), chosen)

    def _person(self, user: User) -> "Person":
        from zitadel_tui.tui.features.members.edit_roles import Person

        row = self._row(user)
        new_member = None if row.roles else row
        return Person(user.id, user_lookup.name(user), user_lookup.login(user), row.roles, new_member)

    def _row(self, user: User) -> Member:
        """The user as a member; without roles when not a member yet."""
        member = self._roster.get(user.id) if self._roster else None
        return member or row_of(user)

    def remove(self, chosen: Sequence[Member]) -> Awaitable[None]:
        """Remove members, after a question that names them."""
        from zitadel_tui.tui.dialogs.base import ask
        from zitadel_tui.tui.dialogs.confirm import Confirm, confirmed_where_protected, named

        one = named(members.name(chosen[0]))
        who = one if len(chosen) == 1 else words.plural(len(chosen), "member")
        question = f"Remove {who} from {named(self._organization)}?"
        asked = ask(self._view.app, Confirm(question, _who_and_what(chosen), verb="Remove"))

        async def go_on() -> None:
            if not (await asked and await confirmed_where_protected(self._view.app)):
                return
            changes = [_removal(member) for member in chosen]
            if len(changes) == 1:
                await self._remove(changes[0])
            else:
                from zitadel_tui.tui.dialogs.job_result import JobResultDialog

                job = self._view.app.jobs.start(changes, lambda roles: ())
                self._started()
                self._view.app.push_screen(JobResultDialog(job))

        return go_on()

    async def _remove(self, change: "SetRoles") -> None:
        from zitadel_tui.core.changes import RolesChanged, remove_membership
        from zitadel_tui.tui.dialogs.base import ask_when_free
        from zitadel_tui.tui.dialogs.confirm import Confirm, apply_guarded
        from zitadel_tui.tui.dialogs.conflict import states

        app = self._view.app
        try:
            if await apply_guarded(app, change) is None:
                app.show_message("Nothing was written.")
        except RolesChanged as conflict:
            if not conflict.now:
                app.show_message(
                    f"{change.called} is no longer a member: another administrator removed them."
                )
                return
            question = f"The roles of {change.called} changed meanwhile. Remove anyway?"
            if await ask_when_free(app, Confirm(question, states(conflict), verb="Remove")):
                await self._remove(remove_membership(change.user_id, change.who, conflict.now))
        except Failure as failure:
            app.show_failure(failure)


def _removal(member: Member) -> "SetRoles":
    from zitadel_tui.core.changes import remove_membership

    return remove_membership(member.user_id, members.name(member), member.roles)


def _who_and_what(chosen: Sequence[Member]) -> list[Line]:
    lines: list[Line] = [
        (f"{shown(members.name(member))}  ", (shown(members.login(member)), DIM))
        if place % 2 == 0
        else ("    ", *role_parts(member.roles))
        for member in chosen[:_NAMED]
        for place in range(2)
    ]
    if len(chosen) > _NAMED:
        lines.append(((f"and {words.plural(len(chosen) - _NAMED, 'more', 'more')}", DIM),))
    return [*lines, BLANK, (("The account stays; it only loses these roles.", DIM),)]
