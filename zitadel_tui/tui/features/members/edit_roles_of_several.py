"""Roles added to, or taken from, several members at once; the others they keep."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from zitadel_tui.core import members, roles, words
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import TextDialog, ask
from zitadel_tui.tui.dialogs.confirm import Confirm
from zitadel_tui.tui.dialogs.job_result import JobResultDialog
from zitadel_tui.tui.dialogs.role_picker import RolePicker
from zitadel_tui.tui.dialogs.role_selection import OfSeveral
from zitadel_tui.tui.format.lines import DIM, WARNING, Line
from zitadel_tui.tui.services.pending_changes import PendingChanges
from zitadel_tui.zitadel.wire.members import Member

if TYPE_CHECKING:
    from zitadel_tui.core.changes import SetRoles
    from zitadel_tui.core.session import Session

_NAMED = 8


class EditRolesOfSeveral(RolePicker):
    """``space`` goes from leave to add to take; what they have besides is not touched."""

    def __init__(
        self,
        chosen: Sequence[Member],
        changing: PendingChanges,
        offered: list[str],
        organization: str,
        started: Callable[[], None],
    ) -> None:
        """``started`` is called when the writing begins."""
        self._people = {member.user_id: member for member in chosen}
        self.choice = OfSeveral({member.user_id: member.roles for member in chosen})
        super().__init__(f"Roles of {len(chosen)} members of {shown(organization)}", self.choice, offered)
        self._changing = changing
        self._started = started

    def on_mount(self) -> None:
        self.do_again()

    def do_again(self) -> None:
        """Read which roles there are."""

        async def read(session: "Session") -> list[str]:
            return await roles.offered(session.client)

        self.app.network.submit(self, read, then=self.known, failed=self.refuse, group="read")

    @property
    def changes(self) -> "list[SetRoles]":
        """One for each, made for the roles that were seen."""
        from zitadel_tui.core.changes import SetRoles

        return [
            SetRoles(user_id, member.roles, self.choice.wanted(user_id), who=members.name(member))
            for user_id, member in self._people.items()
        ]

    def reason_against(self, action_id: str) -> str | None:
        if action_id in ("assign.save", "assign.request") and not self.choice.changed:
            toggle = self.app.keymap.hint("assign.toggle")
            return f"Nothing is different yet: {toggle} adds a role to all, or removes it from all."
        return super().reason_against(action_id)

    async def do_save(self) -> None:
        if self.choice.taken and not await ask(self.app, self._confirm()):
            return
        bulk = self.app.jobs.start(self.changes, self.choice.on_top_of)
        app = self.app
        self._started()
        self.close(self.offered)
        app.push_screen(JobResultDialog(bulk))

    def _confirm(self) -> Confirm:
        taken = [member for member in self._people.values() if set(member.roles) & set(self.choice.taken)]
        lines: list[Line] = [self.choice.lines()[1], _names("from", taken)]
        if leaving := [self._people[user_id] for user_id in self.choice.leaving]:
            lines.append((*_names("no members any more:", leaving), ("", WARNING)))
        roles_taken = ", ".join(map(shown, self.choice.taken))
        return Confirm(f"Take {roles_taken} from {words.plural(len(taken), 'member')}?", lines)

    def do_request(self) -> None:
        assert self.app.session is not None
        curl = self.app.session.curl
        different = [change for change in self.changes if set(change.seen) != set(change.wanted)]
        told = [f"# {change.describe()}\n{curl(call)}" for change in different for call in change.calls()]
        self.app.push_screen(
            TextDialog("The requests of this change", "\n\n".join(told), called="the curl commands")
        )

    async def do_close(self) -> None:
        if self.choice.changed and not await ask(
            self.app, Confirm("Leave without saving?", [self.choice.lines()[1]])
        ):
            return
        self.close(self.offered)


def _names(label: str, some: Sequence[Member]) -> Line:
    named = ", ".join(shown(members.name(member)) for member in some[:_NAMED])
    more = f" and {words.count(len(some) - _NAMED)} more" if len(some) > _NAMED else ""
    return ((f"{label}  ", DIM), f"{named}{more}")
