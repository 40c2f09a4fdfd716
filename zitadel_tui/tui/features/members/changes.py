"""What the keys of Members change: one person's roles, those of several, somebody new, a membership's end."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from zitadel_tui.core import members, people, rights, words
from zitadel_tui.core.members import Roster
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.feature import View
from zitadel_tui.tui.format.lines import BLANK, DIM, WARNING, Line
from zitadel_tui.tui.services.pending_changes import row_of
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.users import User

if TYPE_CHECKING:
    from zitadel_tui.core.changes import SetRoles
    from zitadel_tui.tui.features.members.edit_roles import Person

CHANGES = (
    *("members.roles", "members.remove", "members.add", "members.select", "members.select_down"),
    *("members.select_up", "members.range", "members.all", "members.none", "members.invert"),
)
"""The actions that are about members only, not about the instance's administrators."""
_NAMED = 12


class MemberChanges:
    """``offered`` are the roles there are, as they were read last."""

    def __init__(self, view: View, *, started: Callable[[], None]) -> None:
        """``started`` is called when something begins for several."""
        self._view = view
        self._started = started
        self.offered: list[str] = []

    @property
    def _roster(self) -> Roster | None:
        return self._view.app.members.roster

    @property
    def organization(self) -> str:
        account = self._view.app.account
        return account.organization_name if account else "this organization"

    def edit(self, chosen: Sequence[Member]) -> None:
        """The roles of one, or of several at once."""
        if len(chosen) > 1:
            from zitadel_tui.tui.features.members.edit_roles_of_several import EditRolesOfSeveral

            self._view.app.push_screen(
                EditRolesOfSeveral(
                    chosen, self._view.app.pending, self.offered, self.organization, self._started
                ),
                self._offered,
            )
            return
        from zitadel_tui.tui.features.members.edit_roles import Person

        [member] = chosen
        name, login = members.name(member), members.login(member)
        self._edit(Person(member.user_id, name, login, member.roles))

    def _edit(self, person: "Person") -> None:
        from zitadel_tui.tui.features.members.edit_roles import EditRoles

        self._view.app.push_screen(EditRoles(person, self.offered, self.organization), self._offered)

    def _offered(self, offered: list[str] | None) -> None:
        self.offered = offered or self.offered

    def add(self) -> None:
        """Somebody who is to be found first."""
        from zitadel_tui.tui.dialogs.choose_user import ChooseUser

        def chosen(user: User | None) -> None:
            if user is not None:
                self._edit(self._person(user))

        self._view.app.push_screen(ChooseUser(self._roster, self.organization), chosen)

    def _person(self, user: User) -> "Person":
        from zitadel_tui.tui.features.members.edit_roles import Person

        member = self._roster.get(user.id) if self._roster else None
        roles = member.roles if member else ()
        newcomer = None if member else row_of(user)
        return Person(user.id, people.name(user), people.login(user), roles, newcomer)

    def remove(self, chosen: Sequence[Member]) -> Awaitable[None]:
        """After naming who and what."""
        from zitadel_tui.tui.dialogs.base import ask
        from zitadel_tui.tui.dialogs.confirm import Confirm, named

        one = named(members.name(chosen[0]))
        who = one if len(chosen) == 1 else words.plural(len(chosen), "member")
        asked = ask(
            self._view.app,
            Confirm(f"Remove {who} from {named(self.organization)}?", _who_and_what(chosen)),
        )

        async def go_on() -> None:
            if not await asked:
                return
            changes = [_removal(member) for member in chosen]
            if len(changes) == 1:
                await self._remove(changes[0])
            else:
                from zitadel_tui.tui.dialogs.job_result import JobResultDialog

                bulk = self._view.app.jobs.start(changes, lambda roles: ())
                self._started()
                self._view.app.push_screen(JobResultDialog(bulk))

        return go_on()

    async def _remove(self, change: "SetRoles") -> None:
        from zitadel_tui.core.changes import RolesChanged, remove_membership
        from zitadel_tui.tui.dialogs.base import ask_when_free
        from zitadel_tui.tui.dialogs.confirm import Confirm, apply_guarded

        app = self._view.app
        try:
            if await apply_guarded(app, change) is None:
                app.show_message("Nothing was written.")
        except RolesChanged as conflict:
            if not conflict.now:
                app.show_message(f"{change.called} is no member any more: somebody else did that meanwhile.")
                return
            question = f"The roles of {change.called} were changed meanwhile. Remove all the same?"
            lines: list[Line] = [
                (("as you saw it   ", DIM), "  ".join(rights.sort_roles(conflict.seen))),
                (("as it is now    ", DIM), "  ".join(rights.sort_roles(conflict.now))),
                (("as you want it  ", DIM), ("no member any more", WARNING)),
            ]
            if await ask_when_free(app, Confirm(question, lines)):
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
        else ("    ", "  ".join(rights.sort_roles(member.roles)))
        for member in chosen[:_NAMED]
        for place in range(2)
    ]
    if len(chosen) > _NAMED:
        lines.append(((f"and {words.plural(len(chosen) - _NAMED, 'more', 'more')}", DIM),))
    return [*lines, BLANK, (("The account itself stays; only its power here ends.", DIM),)]
