"""Which terminal driver the app runs on: our fast one where it fits, else Textual's choice."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver


def driver_class() -> "type[Driver] | None":
    """The driver for ``App(driver_class=…)``; None lets Textual choose.

    None on Windows, when ``TEXTUAL_DRIVER`` names one, and when Textual no longer has the private
    names that the fast driver is built on.
    """
    if os.environ.get("TEXTUAL_DRIVER"):
        return None
    try:
        from zitadel_tui.tui.driver.fast_driver import FastDriver, missing_names
    except ImportError:
        return None
    return None if missing_names() else FastDriver
