"""The views are made before the first frame: the network and what it needs load later, on its thread."""

import subprocess
import sys
from pathlib import Path

import zitadel_tui

LATE = ("httpx", "jwt", "cryptography", "starlette", "phonenumbers", "zitadel_tui.zitadel.http")


def test_the_views_load_nothing_of_the_network() -> None:
    program = (
        "import sys, zitadel_tui.tui.app\n"
        "import zitadel_tui.tui.features.members.view, zitadel_tui.tui.features.roles.view\n"
        "import zitadel_tui.tui.features.import_user.view, zitadel_tui.tui.features.projects.view\n"
        f"print(*(name for name in {LATE!r} if name in sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(zitadel_tui.__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert run.stdout.split() == []
