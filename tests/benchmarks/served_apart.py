"""The demo in a process of its own, so that what is measured has its processor for itself."""

import compileall
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


def compile_package() -> None:
    """As it is once installed; processes that are started from here keep what they compile, too."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(ROOT / "zitadel_tui", quiet=1)


SERVE = """
import sys
from pathlib import Path
from zitadel_tui.demo.serve import serve
size, latency, folder = sys.argv[1:]
serve(
    Path(folder), port=0, size=int(size) if size else None, latency=float(latency),
    announce=lambda text: print(text, flush=True),
)
"""


@contextmanager
def served_demo(size: int | None = None, *, latency: float = 0.0) -> Iterator[Path]:
    """The folder with its key file and `.env`, once it answers; each answer after `latency` seconds."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["" if size is None else str(size), str(latency), folder]
        with subprocess.Popen(
            [sys.executable, "-c", SERVE, *options], stdout=subprocess.PIPE, cwd=ROOT
        ) as process:
            try:
                assert process.stdout is not None
                if not process.stdout.readline():
                    raise RuntimeError("the demo did not begin")
                yield Path(folder)
            finally:
                process.terminate()
