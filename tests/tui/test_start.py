"""What has been loaded when the first frame is out, and what has not been asked for yet."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.app_pages import demo, started
from zitadel_tui.settings import Settings

_PROBE = """
import asyncio, sys, threading
from zitadel_tui.settings import Settings
from zitadel_tui.tui.app import ZitadelApp

class Probe(ZitadelApp):
    def on_ready(self):
        threads = [thread.name for thread in threading.enumerate()]
        self.seen = [*sys.modules, "THREADS", *threads]
        self.exit()

app = Probe(Settings(domain="https://zitadel.example"))
asyncio.run(app.run_async(headless=True, size=(80, 24)))
print(*app.seen, sep="\\n")
"""


def test_before_the_first_frame_nothing_of_the_network_is_loaded_or_running() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    modules, _, threads = done.stdout.partition("THREADS")
    loaded = set(modules.split())
    assert {"textual", "zitadel_tui.tui.features.members.view", "zitadel_tui.tui.widgets.footer"} <= loaded
    late = {"httpx", "jwt", "cryptography", "starlette", "phonenumbers", "hypercorn", "click", "csv", "segno"}
    late |= {
        "msgspec",
        "zitadel_tui.zitadel.calls",
        "zitadel_tui.core.members",
        "zitadel_tui.core.user_lookup",
        "textual.widgets._input",
        "textual.widgets._select",
        "textual.widgets._tree",
    }
    assert not loaded & late
    assert not any(module.startswith("zitadel_tui.demo") for module in loaded)
    assert "zitadel_tui.tui.features.connect.view" not in loaded
    assert threads.split() == ["MainThread"]


async def test_the_collector_of_garbage_never_looks_again_at_what_the_first_frame_has_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A look at all of it takes longer than a frame."""
    enabled_when_frozen: list[bool] = []
    monkeypatch.setattr(gc, "freeze", lambda: enabled_when_frozen.append(gc.isenabled()))
    gc.disable()
    try:
        async with started(Settings(), demo(), local=None) as page:
            await page.until(gc.isenabled)
            assert enabled_when_frozen == [False]
    finally:
        gc.enable()
