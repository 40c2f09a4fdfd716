"""What a POSIX shell makes of a line that is pasted into it."""

import os
import subprocess


def shell_words(line: str) -> list[str]:
    """The words of one command, expanded by ``sh``."""
    program = f"for word in {line}; do printf '%s\\0' \"$word\"; done"
    done = subprocess.run(["sh", "-c", program], capture_output=True, timeout=60, check=True)
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]]
