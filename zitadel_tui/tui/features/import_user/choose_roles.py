"""The roles to assign to a user who does not exist yet."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zitadel_tui.core import roles
from zitadel_tui.text import shown
from zitadel_tui.tui.dialogs.role_picker import RolePicker
from zitadel_tui.tui.dialogs.role_selection import OfOne

if TYPE_CHECKING:
    from zitadel_tui.core.session import Session


class ChooseRoles(RolePicker):
    """Ends with the roles that are chosen, most powerful first; writes nothing."""

    place = "choose_roles"

    def __init__(self, chosen: Iterable[str], offered: Iterable[str], who: str) -> None:
        self._choice = OfOne(())
        for role in chosen:
            self._choice.toggle(role)
        super().__init__(f"Roles for {shown(who) or 'a new user'}", self._choice, offered)

    def on_mount(self) -> None:
        async def read(session: "Session") -> list[str]:
            return await roles.offered(session.client)

        self.app.network.submit(self, read, then=self.known, failed=self.refuse, group="read")

    def do_save(self) -> None:
        self.close(list(self._choice.wanted))
