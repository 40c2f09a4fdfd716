"""Files that options name; ``-`` is stdin, for one of them."""

import sys
from typing import BinaryIO

from zitadel_tui.cli.run import Run
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown


def read(run: Run, source: str, what: str, largest: int) -> tuple[bytes, str]:
    """At most ``largest`` bytes and one more, and how to call the place. Raises ``UsageFailure``."""
    if source == "-":
        return _stdin(run, what).read(largest + 1), f"{what} from stdin"
    label = f"The file {shown(source)}"
    try:
        with open(source, "rb") as file:
            return file.read(largest + 1), label
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UsageFailure(f"{label} cannot be read: {reason}.", "- reads stdin.") from error


def _stdin(run: Run, what: str) -> BinaryIO:
    key = run.settings.key_file
    if key is not None and key.path is None:
        raise UsageFailure(
            f"The key and {what[:1].lower()}{what[1:]} cannot both come from stdin.",
            "Put one of them into a file.",
        )
    if run.files_from_stdin > 1:
        raise UsageFailure("Only one file can come from stdin.", "Put the others into files.")
    if sys.stdin is None:
        raise UsageFailure("There is no stdin to read from.", "Name a file.")
    return sys.stdin.buffer
