"""The field of a filter bar."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from zitadel_tui.tui.widgets.field import Field


class FilterInput(Field, inherit_bindings=True):
    """The input of a filter; keys that move in a list return to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab,pagedown", "leave", "To the list", show=False),
    ]

    class Left(Message):
        """Posted when the field was left for the list."""

    def action_leave(self) -> None:
        self.post_message(self.Left())

    async def action_submit(self) -> None:
        self.action_leave()
