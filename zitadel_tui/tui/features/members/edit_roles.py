"""The dialog that edits the roles of one user."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zitadel_tui.failure import Failure
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.base import TextDialog, ask, ask_when_free
from zitadel_tui.tui.dialogs.confirm import Confirm, apply_guarded, confirmed_where_protected, named
from zitadel_tui.tui.dialogs.conflict import ConflictDialog, merged
from zitadel_tui.tui.dialogs.project_selection import ProjectsOfOne, difference_parts
from zitadel_tui.tui.dialogs.role_picker import RolePicker
from zitadel_tui.tui.dialogs.role_selection import OfOne, difference
from zitadel_tui.tui.format.lines import DIM, WARNING, Line
from zitadel_tui.zitadel.errors import NoMembership, NotPermitted, OutcomeUnknown
from zitadel_tui.zitadel.wire.members import Member
from zitadel_tui.zitadel.wire.projects import UserGrant

if TYPE_CHECKING:
    from zitadel_tui.core.changes import Change, RolesChanged
    from zitadel_tui.core.session import Session


@dataclass(frozen=True, slots=True)
class Person:
    """The user whose roles are edited; ``new_member`` is the row of a user who is not a member yet."""

    user_id: str
    name: str
    login: str = ""
    roles: tuple[str, ...] = ()
    new_member: Member | None = None


class EditRoles(RolePicker):
    """Stays open until the server has answered, or until the user closes it before that."""

    def __init__(self, person: Person, offered: list[str], organization: str) -> None:
        self.person = person
        self.choice = OfOne(person.roles)
        login = f"  {named(person.login)}" if person.login and person.login != person.name else ""
        self.projects = ProjectsOfOne()
        title = f"Roles of {named(person.name)}{login} in {named(organization)}"
        super().__init__(title, self.choice, self.projects, offered)
        self.saving = False

    # Reading

    def do_again(self) -> None:
        """Read the offered roles, and the user's roles here and in projects."""
        super().do_again()
        user_id = self.person.user_id
        self.say()

        async def read(session: "Session") -> Member | None:
            from zitadel_tui.core.changes import membership

            return await membership(session.client, user_id)

        async def read_grants(session: "Session") -> list[UserGrant]:
            from zitadel_tui.core import projects

            return await projects.grants(session.client, user_id=user_id)

        self.app.network.submit(self, read, then=self._read, failed=self.refuse, group="membership")
        self.app.network.submit(
            self, read_grants, then=self._grants_read, failed=self._grants_refused, group="grants"
        )

    def _grants_read(self, grants: "list[UserGrant]") -> None:
        if not self.saving and self.projects.read(grants):
            self.say((("The project roles have changed; your choices are kept.", WARNING),))
        self.show()

    def _grants_refused(self, failure: Failure) -> None:
        """Called when this account may not read project roles: then they cannot be chosen."""
        if not isinstance(failure, NotPermitted | NoMembership):
            self.refuse(failure)

    def _read(self, member: Member | None) -> None:
        now = member.roles if member else ()
        if not self.saving and frozenset(now) != frozenset(self.choice.seen):
            self._rebase(self.choice, now)
            self.show()

    def _rebase(self, choice: OfOne, now: tuple[str, ...]) -> None:
        before = choice.seen
        choice.rebase(now)
        added = [role for role in now if role not in before]
        removed = [role for role in before if role not in now]
        kept: list[str] = [] if now else ["no longer a member"]
        self.say(
            (("Changed since the list was read:", WARNING), "  ", *difference("", kept, added, removed)[1:])
        )

    # Saving

    @property
    def changes(self) -> "list[Change]":
        """The changes for the difference: one for the membership, one for each project."""
        from zitadel_tui.core.changes import AddGrantRoles, AddRoles, SetGrant, SetRoles

        person, choice = self.person, self.choice
        found: list[Change] = []
        if choice.changed and not choice.seen:
            found.append(AddRoles(person.user_id, choice.wanted, who=person.name))
        elif choice.changed:
            found.append(SetRoles(person.user_id, choice.seen, choice.wanted, who=person.name))
        for id, one in self.projects.touched.items():
            name = self.projects.name(id)
            if one.changed and not one.seen:
                found.append(AddGrantRoles(person.user_id, id, one.wanted, who=person.name, project=name))
            elif one.changed:
                found.append(
                    SetGrant(person.user_id, id, one.seen, one.wanted, who=person.name, project=name)
                )
        return found

    def reason_against(self, action_id: str) -> str | None:
        if self.saving and action_id != "assign.close":
            return "The change is being written. Wait for the answer."
        if action_id in ("assign.save", "assign.request") and not self.is_changed:
            toggle = self.app.keymap.hint("assign.toggle")
            return f"Nothing has changed yet: {toggle} adds or removes a role."
        return super().reason_against(action_id)

    async def do_save(self) -> None:
        if self.removed:
            asked = ask(self.app, self._confirm())
            if not (await asked and await confirmed_where_protected(self.app, over=self)):
                return
        await self._save()

    def _confirm(self) -> Confirm:
        choice, name = self.choice, named(self.person.name)
        lines: list[Line] = []
        if choice.changed:
            lines += [choice.lines()[0], difference("then", *self._parts())]
        if choice.removed and not choice.wanted:
            lines.append(((f"{name} will no longer be a member of the organization.", WARNING),))
        for id, one in self.projects.touched.items():
            if one.changed:
                lines.append((f"{self.projects.name(id)}:", *difference_parts(one.added, one.removed)))
            if one.removed and not one.wanted:
                told = f"{name} will have no roles in {named(self.projects.name(id))}: the grant is removed."
                lines.append(((told, WARNING),))
        return Confirm(f"Remove {', '.join(map(shown, self.removed))} from {name}?", lines, verb="Remove")

    def _parts(self) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
        choice = self.choice
        return [role for role in choice.seen if role not in choice.removed], choice.added, choice.removed

    async def _save(self) -> None:
        """Apply the changes one after the other; a failure does not undo earlier ones."""
        for change in self.changes:
            if not await self._write(change):
                return
        self.finish()

    async def _write(self, change: "Change") -> bool:
        """Apply one change and return whether it was made."""
        from zitadel_tui.core.changes import GrantChange, RolesChanged

        new_member = None if self.choice.seen else self.person.new_member
        self._is_saving(True)
        try:
            applied = await apply_guarded(self.app, change, new_member=new_member, over=self)
        except RolesChanged as conflict:
            self._is_saving(False)
            return await self._decide(conflict, change)
        except Failure as failure:
            self._is_saving(False)
            self._failed(failure)
            return False
        self._is_saving(False)
        if applied is None:
            self._tell((("Nothing was written.", WARNING),))
            return False
        choice = self.projects.touched[change.project_id] if isinstance(change, GrantChange) else self.choice
        choice.rebase(applied.after)
        if self.is_open:
            self.show()
        return True

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

    async def _decide(self, conflict: "RolesChanged", change: "Change") -> bool:
        """Ask what to do when another administrator changed the roles first and nothing was written. Returns
        whether the chosen change was made."""
        from zitadel_tui.core.changes import GrantChange

        if not self.is_open:
            self.app.show_failure(conflict)
            return False
        decided = await ask_when_free(self.app, ConflictDialog(self.person.name, conflict), over=self)
        if decided is None:
            self.finish()
            return False
        if isinstance(change, GrantChange):
            choice = self.projects.touched[change.project_id] = merged(conflict)
        else:
            choice = self.choice = self.selection = merged(conflict)
        self.show()
        if decided != "merge":
            return False
        again = next((one for one in self.changes if _same_target(one, change)), None)
        if choice.changed and again is not None:
            return await self._write(again)
        self._tell((("No change: the roles are already as you want them.", DIM),))
        return self.is_changed

    # Other actions

    def do_request(self) -> None:
        changes = self.changes
        assert self.app.session is not None
        curl = self.app.session.curl
        parts = ["\n\n".join((*map(curl, change.calls()), f"# {change.as_command()}")) for change in changes]
        self.app.push_screen(
            TextDialog(
                changes[0].describe() if len(changes) == 1 else f"The requests of {len(changes)} changes",
                "\n\n".join(parts),
                called="the curl command",
                explanation="The roles are read again first. The last line of each is the command for it.",
            )
        )

    async def do_close(self) -> None:
        if self.steps_back():
            return
        if self.is_changed and not self.saving:
            left = (
                difference("", [], self.choice.added, self.choice.removed)[1:] if self.choice.changed else ()
            )
            lines: list[Line] = [line for line in (left, tuple(self.projects.then())) if line]
            if not await ask(self.app, Confirm("Leave without saving?", lines, verb="Leave")):
                return
        self.finish()


def _same_target(one: "Change", other: "Change") -> bool:
    """Whether both are about the membership, or about the same project."""
    from zitadel_tui.core.changes import GrantChange

    if isinstance(one, GrantChange) and isinstance(other, GrantChange):
        return one.project_id == other.project_id
    return isinstance(one, GrantChange) == isinstance(other, GrantChange)
