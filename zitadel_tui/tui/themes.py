"""The themes: eight named colours each, which a terminal with 256 colours has exactly.

Flat, so that 16 colours are enough; every text has a contrast of at least 4.5:1 on the grounds it stands on
(WCAG 2.2, 1.4.3), which a test holds.
"""

import os
from pathlib import Path
from typing import NamedTuple

from textual.color import Color
from textual.theme import Theme

from zitadel_tui import paths
from zitadel_tui.text import shown


class Palette(NamedTuple):
    """The colours of a theme: ``background`` and ``panel`` are backgrounds, ``border`` is for edges, the
    others are for texts."""

    background: str
    text: str
    dim: str
    accent: str
    panel: str
    border: str
    warning: str
    error: str
    success: str
    dark: bool = True


PALETTES = {
    "dark": Palette(
        background="#121212",
        text="#dadada",
        dim="#a8a8a8",
        accent="#5fafff",
        panel="#303030",
        border="#767676",
        warning="#ffaf5f",
        error="#ff8787",
        success="#87d787",
    ),
    "light": Palette(
        background="#ffffff",
        text="#1c1c1c",
        dim="#585858",
        accent="#005faf",
        panel="#e4e4e4",
        border="#767676",
        warning="#875f00",
        error="#af0000",
        success="#005f00",
        dark=False,
    ),
    "high-contrast": Palette(
        background="#000000",
        text="#ffffff",
        dim="#dadada",
        accent="#5fffff",
        panel="#262626",
        border="#ffffff",
        warning="#ffff5f",
        error="#ffafaf",
        success="#87ff87",
    ),
    "high-contrast-light": Palette(
        background="#ffffff",
        text="#000000",
        dim="#303030",
        accent="#00005f",
        panel="#eeeeee",
        border="#000000",
        warning="#5f005f",
        error="#870000",
        success="#005f00",
        dark=False,
    ),
}
DEFAULT, DEFAULT_LIGHT = "dark", "light"


def _theme(name: str, palette: Palette) -> Theme:
    """Textual derives colours of its own from few; those that the app uses are set exactly."""
    return Theme(
        name=name,
        primary=palette.accent,
        secondary=palette.accent,
        accent=palette.accent,
        warning=palette.warning,
        error=palette.error,
        success=palette.success,
        foreground=palette.text,
        background=palette.background,
        surface=palette.panel,
        panel=palette.panel,
        dark=palette.dark,
        variables={
            "text": palette.text,
            "text-muted": palette.dim,
            "text-accent": palette.accent,
            "text-warning": palette.warning,
            "text-error": palette.error,
            "text-success": palette.success,
            "border": palette.border,
            "block-cursor-foreground": palette.background,
            "block-cursor-background": palette.accent,
            "block-cursor-blurred-foreground": palette.text,
            "block-cursor-blurred-background": palette.panel,
            "scrollbar": palette.border,
            "scrollbar-hover": palette.border,
            "scrollbar-active": palette.accent,
            "scrollbar-background": palette.panel,
            "scrollbar-background-hover": palette.panel,
            "scrollbar-background-active": palette.panel,
        },
    )


THEMES = tuple(_theme(name, palette) for name, palette in PALETTES.items())


def following(name: str) -> str:
    """The name of the theme after this one, in a circle."""
    names = list(PALETTES)
    return names[(names.index(name) + 1) % len(names)] if name in names else DEFAULT


def default() -> str:
    """The theme where none was chosen: dark, unless the terminal says that its background is light
    (``COLORFGBG``)."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return DEFAULT_LIGHT if background in ("7", "15") else DEFAULT


def unknown(explicit: str | None) -> str | None:
    """The warning about a setting that names no theme; None when it is valid or not set."""
    if explicit is None or explicit in PALETTES:
        return None
    return f"There is no theme {shown(explicit)!r}: set ZITADEL_THEME to {', '.join(PALETTES)}."


def initial(explicit: str | None = None) -> str:
    """The initial theme: the ``explicit`` setting, else the one chosen last, else the default."""
    wanted = (explicit, _remembered())
    return next((name for name in wanted if name in PALETTES), default())


def _file() -> Path:
    return paths.state_directory() / "theme"


def _remembered() -> str | None:
    try:
        with paths.open_regular(_file()) as file:
            return file.read().decode().strip()
    except (OSError, ValueError):  # missing, or not ours
        return None


def remember(name: str) -> None:
    """Save this theme for the next start. Raises ``OSError`` when that cannot be recorded."""
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{name}\n", encoding="utf-8")


def contrast(one: Color, other: Color) -> float:
    """Of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    parts = [value / 255 for value in color.rgb]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
