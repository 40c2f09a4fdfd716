"""The demo shares nothing with the client, and loads little."""

import ast
import subprocess
import sys
from pathlib import Path

import zitadel_tui.demo

ROOT = Path(zitadel_tui.demo.__file__).parent


def _imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, file
            names.add(node.module or "")
    return names


def test_it_imports_nothing_of_the_client() -> None:
    files = list(ROOT.rglob("*.py"))
    assert len(files) > 20
    own = {name for file in files for name in _imported(file) if name.split(".")[0] == "zitadel_tui"}
    assert {name for name in own if not name.startswith("zitadel_tui.demo")} == set()


def test_the_heavy_parts_are_loaded_when_they_are_needed() -> None:
    code = "import sys; sys.path.insert(0, ''); import zitadel_tui.demo.server as s; s.Demo(); "
    code += "print(*sys.modules)"
    root = ROOT.parent.parent
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "zitadel_tui.demo.server" in loaded
    assert loaded.isdisjoint({"hypercorn", "phonenumbers", "httpx", "jwt", "cryptography", "textual"})
