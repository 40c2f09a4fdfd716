"""Where the user's files are, and files that only their owner may read."""

import os
from pathlib import Path

_APPLICATION = "zitadel-tui"


def state_directory() -> Path:
    """For what the tool records; it may be missing."""
    import platformdirs

    return platformdirs.user_state_path(_APPLICATION, appauthor=False)


def configuration_directory() -> Path:
    """For what the user sets; it may be missing."""
    import platformdirs

    return platformdirs.user_config_path(_APPLICATION, appauthor=False)


def create_private(path: Path, data: bytes) -> None:
    """Write a new file with mode 0600; it never replaces one that is there.

    Raises ``FileExistsError`` when something of that name exists, else the ``OSError`` of the system.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
