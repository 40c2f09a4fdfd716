"""What the import form is made of: its fields by name, rows of two halves, lines that come and go."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from zitadel_tui.tui.format.lines import Part
from zitadel_tui.tui.widgets.field import Field
from zitadel_tui.tui.widgets.safe import SafeBlock, SafeLine

FIELDS = {
    "profile.firstName": "first-name",
    "profile.lastName": "last-name",
    "email.email": "email",
    "userName": "user-name",
    "profile.displayName": "display-name",
    "profile.nickName": "nick-name",
    "phone.phone": "phone",
    "profile.preferredLanguage": "language",
    "profile.gender": "gender",
    "password": "password",
    "hashedPassword.value": "hash",
    "roles": "roles",
}
"""From the JSON path of a field, as refusals name it, to its widget, in the order of the form."""
TEXTS = tuple(FIELDS.values())[:7]
MOVES: list[BindingType] = [
    Binding("down", "app.focus_next", "Next field", show=False),
    Binding("up", "app.focus_previous", "Field before", show=False),
]


class Text(Field):
    """Up and down leave it: there is only one line."""

    BINDINGS: ClassVar[list[BindingType]] = MOVES


def row(
    label: str, cell: Widget, beside: Widget | None = None, *, gap: bool = False, classes: str = ""
) -> Horizontal:
    """A label and what belongs to it in the left half, something else in the right one."""
    names = f"{classes} -gap" if gap else classes
    left = [SafeLine(label, classes="label"), cell]
    if beside is None:
        return Horizontal(*left, classes=names or None)
    return Horizontal(Horizontal(*left), beside, classes=names or None)


def second(label: str, cell: Widget) -> Horizontal:
    return Horizontal(SafeLine(label, classes="second"), cell)


def tell(block: SafeBlock, *parts: Part) -> None:
    said = any(part if isinstance(part, str) else part[0] for part in parts)
    block.set_class(said, "-said")
    block.update(parts)
