"""Reads a key that is piped in. A module of its own, so that reading it imports no network code."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zitadel_tui.settings import Settings


def piped_key(settings: "Settings") -> Callable[[], bytes] | None:
    """Read the key from standard input now, for a session that is opened later (the app takes the terminal in
    between); None where the key is not piped in. Raises ``UsageFailure`` for an empty pipe."""
    if settings.key_file is None or settings.key_file.path is not None:
        return None
    from zitadel_tui.zitadel import keyfile

    data = keyfile.read(settings.key_file)
    return lambda: data
