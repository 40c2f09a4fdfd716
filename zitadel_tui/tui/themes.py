"""Two themes of colours that a terminal with 256 colours has exactly; flat, so that 16 are enough."""

import os

from textual.theme import Theme

DARK = Theme(
    name="zitadel-dark",
    primary="#5fafff",
    secondary="#87afaf",
    accent="#5fafff",
    warning="#ffaf5f",
    error="#ff5f5f",
    success="#87d787",
    foreground="#dadada",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    dark=True,
    variables={"text-muted": "#9e9e9e"},
)
LIGHT = Theme(
    name="zitadel-light",
    primary="#005faf",
    secondary="#5f8787",
    accent="#005faf",
    warning="#af5f00",
    error="#af0000",
    success="#008700",
    foreground="#1c1c1c",
    background="#ffffff",
    surface="#eeeeee",
    panel="#e4e4e4",
    dark=False,
    variables={"text-muted": "#626262"},
)


def first() -> str:
    """The theme to begin with: dark, unless the terminal says that its background is light (COLORFGBG)."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in ("7", "15") else DARK.name
