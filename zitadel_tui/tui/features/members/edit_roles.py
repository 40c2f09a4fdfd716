"""The roles of one person: chosen, explained, and written without losing one."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zitadel_tui.core import roles
from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import TextDialog, ask, ask_when_free
from zitadel_tui.tui.dialogs.confirm import Confirm, apply_guarded, named
from zitadel_tui.tui.dialogs.conflict import ConflictDialog, merged
from zitadel_tui.tui.dialogs.role_picker import RolePicker
from zitadel_tui.tui.dialogs.role_selection import OfOne, difference
from zitadel_tui.tui.format.lines import DIM, WARNING, Line
from zitadel_tui.zitadel.errors import OutcomeUnknown
from zitadel_tui.zitadel.wire.members import Member

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Change, RolesChanged
    from zitadel_tui.core.session import Session


@dataclass(frozen=True, slots=True)
class Person:
    """Whose roles are edited; ``newcomer`` is the row of somebody who is no member yet."""

    user_id: str
    name: str
    login: str = ""
    roles: tuple[str, ...] = ()
    newcomer: Member | None = None


class EditRoles(RolePicker):
    """Stays until the server has said how the writing ended, or until it is left before that."""

    def __init__(self, person: Person, offered: list[str], organization: str) -> None:
        self.person = person
        self.choice = OfOne(person.roles)
        login = f"  {named(person.login)}" if person.login and person.login != person.name else ""
        super().__init__(
            f"Roles of {named(person.name)}{login} in {named(organization)}", self.choice, offered
        )
        self.saving = False

    def on_mount(self) -> None:
        self.do_again()

    # Reading

    def do_again(self) -> None:
        """Read which roles there are, and which this person has."""
        user_id = self.person.user_id

        async def read(session: "Session") -> tuple[list[str], Member | None]:
            from zitadel_tui.core.changes import membership

            offered, member = await asyncio.gather(
                roles.offered(session.client), membership(session.client, user_id)
            )
            return offered, member

        self.app.network.submit(self, read, then=self._read, failed=self.refuse, group="read")

    def _read(self, read: tuple[list[str], Member | None]) -> None:
        offered, member = read
        now = member.roles if member else ()
        if not self.saving and frozenset(now) != frozenset(self.choice.seen):
            self._rebase(self.choice, now)
        self.known(offered)

    def _rebase(self, choice: OfOne, now: tuple[str, ...]) -> None:
        before = choice.seen
        choice.rebase(now)
        added = [role for role in now if role not in before]
        taken = [role for role in before if role not in now]
        kept: list[str] = [] if now else ["no member any more"]
        self.say((("Not as it was in the list:", WARNING), "  ", *difference("", kept, added, taken)[1:]))

    # Saving

    @property
    def change(self) -> "Change":
        """What the difference comes to."""
        from zitadel_tui.core.changes import AddRoles, SetRoles

        person, choice = self.person, self.choice
        if not choice.seen:
            return AddRoles(person.user_id, choice.wanted, who=person.name)
        return SetRoles(person.user_id, choice.seen, choice.wanted, who=person.name)

    def reason_against(self, action_id: str) -> str | None:
        if self.saving and action_id != "assign.close":
            return "Being written; wait for the answer."
        if action_id in ("assign.save", "assign.request") and not self.choice.changed:
            toggle = self.app.keymap.hint("assign.toggle")
            return f"Nothing is different yet: {toggle} adds and removes a role."
        return super().reason_against(action_id)

    async def do_save(self) -> None:
        if self.choice.taken and not await ask(self.app, self._confirm()):
            return
        await self._save()

    def _confirm(self) -> Confirm:
        choice, name = self.choice, named(self.person.name)
        lines: list[Line] = [self.choice.lines()[0], difference("then", *self._parts())]
        if not choice.wanted:
            lines.append(((f"{name} will be no member of the organization any more.", WARNING),))
        return Confirm(f"Take {', '.join(map(shown, choice.taken))} from {name}?", lines)

    def _parts(self) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
        choice = self.choice
        return [role for role in choice.seen if role not in choice.taken], choice.added, choice.taken

    async def _save(self) -> None:
        from zitadel_tui.core.changes import RolesChanged

        change, newcomer = self.change, None if self.choice.seen else self.person.newcomer
        self._is_saving(True)
        try:
            applied = await apply_guarded(self.app, change, newcomer=newcomer, over=self)
        except RolesChanged as conflict:
            self._is_saving(False)
            await self._decide(conflict)
        except Failure as failure:
            self._is_saving(False)
            self._failed(failure)
        else:
            self._is_saving(False)
            if applied is None:
                self._tell((("Nothing was written.", WARNING),))
                return
            self.choice.rebase(applied.after)
            self.finish()

    def _is_saving(self, saving: bool) -> None:
        self.saving = saving
        if self.is_open:
            leave = self.app.keymap.hint("assign.close")
            self.say(*([((f"Saving … {leave} closes this, saving goes on.", DIM),)] if saving else []))
            self.app.refresh_keys()

    def _failed(self, failure: Failure) -> None:
        if not self.is_open:
            self.app.show_failure(failure)
            return
        self.refuse(failure)
        if isinstance(failure, OutcomeUnknown):
            self.app.show_failure(failure)

    def _tell(self, line: Line) -> None:
        if self.is_open:
            self.say(line)

    async def _decide(self, conflict: "RolesChanged") -> None:
        """Nothing was written: a colleague was faster. Asked about, never overwritten."""
        if not self.is_open:
            self.app.show_failure(conflict)
            return
        decided = await ask_when_free(self.app, ConflictDialog(self.person.name, conflict), over=self)
        if decided is None:
            self.finish()
            return
        self.choice = self.selection = merged(conflict)
        self.show()
        if decided == "merge":
            if self.choice.changed:
                await self._save()
            else:
                self._tell((("It is already as you want it.", DIM),))

    # The rest

    def do_request(self) -> None:
        change = self.change
        assert self.app.session is not None
        requests = "\n\n".join(self.app.session.curl(call) for call in change.calls())
        self.app.push_screen(
            TextDialog(
                change.describe(),
                f"{requests}\n\n# {change.as_command()}",
                called="the curl command",
                explanation="The roles are read again right before. The last line is our own command for it.",
            )
        )

    async def do_close(self) -> None:
        if self.choice.changed and not self.saving:
            left = difference("", [], self.choice.added, self.choice.taken)[1:]
            if not await ask(self.app, Confirm("Leave without saving?", [left])):
                return
        self.finish()
