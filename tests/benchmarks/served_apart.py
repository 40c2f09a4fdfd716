"""The demo in a process of its own, so that what is measured has its processor for itself."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


@contextmanager
def served_demo(size: int | None = None) -> Iterator[Path]:
    """The folder with its key file and `.env`, once it answers."""
    with tempfile.TemporaryDirectory() as folder:
        more = [] if size is None else ["--demo-size", str(size)]
        command = [sys.executable, "-m", "zitadel_tui", "demo", "serve", *more, folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
            try:
                assert process.stdout is not None
                if not process.stdout.readline():
                    raise RuntimeError("the demo did not begin")
                yield Path(folder)
            finally:
                process.terminate()
