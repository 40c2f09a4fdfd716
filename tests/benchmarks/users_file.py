"""Files of new users, and the command on them."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Taken(NamedTuple):
    """Seconds by the clock, seconds of the processor, and resident memory in MB at its highest."""

    clock: float
    processor: float
    memory: int


def write_users(path: Path, rows: int, *, role: str = "ORG_USER_MANAGER") -> None:
    """A CSV of users who do not exist, each with a role and a passkey link; no mails go out."""
    with path.open("w") as file:
        file.write("userName;firstName;lastName;email;phone;phoneVerified;passkeyLink;roles\n")
        for number in range(rows):
            name = f"user{number:06}"
            file.write(f"{name};Given{number};Family;{name}@acme.example;+41710000000;yes;yes;{role}\n")


def onboard(folder: Path, *arguments: str) -> Taken:
    """Run ``zitadel-tui onboard`` with the settings of a served demo; its runs are kept in ``folder``."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(folder / "state")}
    command = [sys.executable, "-m", "zitadel_tui", "onboard", *arguments]
    begun = time.perf_counter()
    null = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=null, stderr=null) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    return Taken(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def peak() -> int:
    """Resident memory of this process at its highest, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
