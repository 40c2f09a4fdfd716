"""Who may import whom (the rooms of the design), and what is really loaded when."""

import ast
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "zitadel_tui"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

SHARED = {
    *(
        "text",
        "secret",
        "paths",
        "settings",
        "actions",
        "keymap",
        "failure",
        "address",
        "envfile",
        "sources",
        "contexts",
        "signals",
    ),
    "",
}
"""Root modules that everyone but the demo may use; the empty one is the package itself."""

MAY_USE = {
    "__main__": {"cli", "tui", "core", "demo"},
    "cli": {"core", "zitadel"},
    "tui": {"core", "zitadel"},
    "core": {"zitadel"},
    "zitadel": set[str](),
    "demo": set[str](),
}
LAYERS_OF_TUI = (
    ("format", "driver", "messages", "themes"),
    ("services",),
    ("ports",),
    ("keys",),
    ("widgets",),
    ("dialogs",),
    ("feature",),
    ("features",),
    ("app_actions",),
    ("app",),
)
"""Inside ``tui`` a layer uses those before it, and itself; features never use one another."""
FRONT_ENDS_MAY_USE = dict.fromkeys(("cli", "tui"), ("errors", "wire"))
"""Of the API: what it says, never what it sends."""
PLACES = {
    **dict.fromkeys(("textual", "rich"), "tui"),
    **dict.fromkeys(("httpx", "httpcore"), "zitadel/http.py"),
    **dict.fromkeys(("starlette", "hypercorn"), "demo"),
    **dict.fromkeys(("argparse", "shtab"), "cli"),
    "dotenv": "envfile.py",
}
"""The room, or the file, that alone imports a library."""
NOWHERE = {"click", "typer", "pydantic", "requests", "aiohttp", "uvicorn"}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Every module that is imported anywhere in the file, in functions and for types too."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            yield node.module
            if node.module.startswith("zitadel_tui"):
                yield from (f"{node.module}.{name.name}" for name in node.names if _is_module(node, name))


def _is_module(node: ast.ImportFrom, name: ast.alias) -> bool:
    assert node.module is not None
    place = ROOT.joinpath(*node.module.split("."), name.name)
    return place.is_dir() or place.with_suffix(".py").is_file()


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imports_of_ours(path: Path) -> set[str]:
    """The modules of ours that a file names; of ``from package import module`` not the package."""
    found = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules = {f"{node.module}.{name.name}" for name in node.names if _is_module(node, name)}
            found |= modules | ({str(node.module)} if len(modules) < len(node.names) else set())
    return (found & _NAMES) - {_module(path)}


_NAMES = {_module(path) for path in MODULES}


def room(path: Path) -> str:
    """``cli``, ``core`` …, or the name of a root module."""
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem.replace("__init__", "")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def imports_by_module() -> dict[str, set[str]]:
    """What each of our modules imports of them; read when a test needs it: every worker loads this file."""
    return {_module(path): _imports_of_ours(path) for path in MODULES}


def test_there_is_something_to_look_at() -> None:
    assert {room(path) for path in MODULES} >= MAY_USE.keys()
    assert "zitadel_tui.tui.app" in set(imports(PACKAGE / "__main__.py"))  # inside a function
    assert not _in_place("textual", PACKAGE / "core" / "roles.py")
    assert not _in_place("httpx", PACKAGE / "zitadel" / "auth.py")


def test_each_room_uses_only_what_lies_below_it() -> None:
    wrong = []
    for path in MODULES:
        here = room(path)
        allowed = {here} | MAY_USE.get(here, set()) | ({""} if here == "demo" else SHARED)
        for module in imports(path):
            first, _, rest = module.partition(".")
            if first == "zitadel_tui" and rest.partition(".")[0] not in allowed:
                wrong.append(f"{named(path)} imports {module}")
    assert wrong == []


def _layer(module: str) -> int:
    """Of a module below ``zitadel_tui.tui``."""
    name = module.split(".")[2]
    return next(place for place, layer in enumerate(LAYERS_OF_TUI) if name in layer)


def _below(module: str, package: str) -> bool:
    return module.startswith(f"{package}.")


def test_inside_the_app_each_layer_uses_only_those_below_it() -> None:
    wrong = [
        f"{here} imports {module}"
        for here, used in imports_by_module().items()
        if _below(here, "zitadel_tui.tui")
        for module in used
        if _below(module, "zitadel_tui.tui") and _layer(module) > _layer(here)
    ]
    assert wrong == []


def test_features_never_import_one_another() -> None:
    features = "zitadel_tui.tui.features"
    wrong = [
        f"{here} imports {module}"
        for here, used in imports_by_module().items()
        if _below(here, features)
        for module in used
        if _below(module, features) and module.split(".")[3] != here.split(".")[3]
    ]
    assert wrong == []


def test_only_the_entry_point_imports_the_app() -> None:
    users = {here for here, used in imports_by_module().items() if "zitadel_tui.tui.app" in used}
    assert users == {"zitadel_tui.__main__"}


def test_no_imports_go_in_a_circle() -> None:
    assert circles(imports_by_module()) == []


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert circles(graph) == [["a", "b", "c"], ["d", "e"]]


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import one another, directly or by way of others (Tarjan)."""
    found: list[list[str]] = []
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for used in sorted(graph[module]):
            if used not in order:
                visit(used)
            if used in stack:
                lowest[module] = min(lowest[module], lowest[used])
        if lowest[module] == order[module]:
            place = stack.index(module)
            group, stack[place:] = stack[place:], []
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in order:
            visit(module)
    return sorted(found)


def test_front_ends_see_only_errors_and_messages_of_the_api() -> None:
    api = "zitadel_tui.zitadel."
    wrong = [
        f"{named(path)} imports {module}"
        for path in MODULES
        for module in imports(path)
        if room(path) in FRONT_ENDS_MAY_USE and module.startswith(api)
        if module.removeprefix(api).partition(".")[0] not in FRONT_ENDS_MAY_USE[room(path)]
    ]
    assert wrong == []


def test_private_names_of_textual_have_one_place() -> None:
    """Neither imported, nor read or written on something of Textual's, nor overridden by accident."""
    compat = PACKAGE / "tui" / "driver" / "textual_compat.py"
    wrong = [
        f"{named(path)} line {line}: {name}"
        for path in MODULES
        if room(path) == "tui" and path != compat
        for line, name in _private_names(ast.parse(path.read_text("utf-8")))
    ]
    assert wrong == []
    assert [*_private_names(ast.parse("from textual._parser import Parser"))]
    assert [*_private_names(ast.parse("app._notifications"))]


_OF_NAMED_TUPLES = "_replace"  # public, with an underscore so that no field has its name


def _private_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    ours = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_self(node)}
    ours |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("textual", "rich")):
            parts = [*str(node.module).split("."), *(alias.name for alias in node.names)]
            yield from ((node.lineno, part) for part in parts if part.startswith("_"))
        elif isinstance(node, ast.Attribute) and _is_private(node.attr) and node.attr not in ours:
            if ast.unparse(node) != "os._exit" and node.attr != _OF_NAMED_TUPLES:
                yield node.lineno, node.attr
        elif isinstance(node, ast.ClassDef) and node.bases:
            yield from (
                (one.lineno, one.attr) for one in ast.walk(node) if _is_self(one, _names_of_textual())
            )


def _is_self(node: ast.AST, names: frozenset[str] | None = None) -> TypeGuard[ast.Attribute]:
    """``self.NAME``, with one of ``names``."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return False
    return node.value.id == "self" and (names is None or node.attr in names)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@cache
def _names_of_textual() -> frozenset[str]:
    """The private attributes and methods of the classes that ours are made of."""
    from textual import app, binding, dom, driver, message_pump, screen, scroll_view, widget
    from textual.widgets import _input

    modules = (app, binding, dom, driver, message_pump, screen, scroll_view, widget, _input)
    names: set[str] = set()
    for module in modules:
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _is_self(node) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(node.name)
    return frozenset(filter(_is_private, names))


def test_libraries_have_one_place_each() -> None:
    wrong = [
        f"{named(path)} imports {module}"
        for path in MODULES
        for module in imports(path)
        if not _in_place(module.partition(".")[0], path)
    ]
    assert wrong == []


def _in_place(library: str, path: Path) -> bool:
    here, inside = room(path), str(path.relative_to(PACKAGE))
    return library not in NOWHERE and PLACES.get(library, here) in (here, inside)


def test_tests_wait_on_facts() -> None:
    wrong = [
        f"{named(path)} line {node.lineno}"
        for path in TESTS
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and _sleeps(node)
    ]
    assert wrong == []


def _sleeps(call: ast.Call) -> bool:
    """``sleep(0)`` only lets others run."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    gives_way = [ast.dump(argument) for argument in call.args] == [ast.dump(ast.Constant(0))]
    return name == "sleep" and not gives_way


def loaded(program: str) -> set[str]:
    """Top-level modules after ``program`` in a process of its own."""
    ending = "\nimport sys, json\nsys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program + ending],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    modules: list[str] = json.loads(done.stderr.splitlines()[-1])
    return {module.partition(".")[0] for module in modules} | set(modules)


def command(*arguments: str) -> str:
    return f"from zitadel_tui.__main__ import main\nassert main({list(arguments)!r}) == 0"


@pytest.mark.parametrize("arguments", [["--help"], ["members", "add", "--help"], ["--version"]], ids=" ".join)
def test_help_loads_next_to_nothing(arguments: list[str]) -> None:
    modules = loaded(command(*arguments))
    assert "zitadel_tui.cli.parser" in modules
    heavy = {
        "msgspec",
        "httpx",
        "textual",
        "rich",
        "dotenv",
        "jwt",
        "cryptography",
        "starlette",
        "asyncio",
        "shtab",
    }
    assert not modules & heavy


class _Zitadel(http.server.BaseHTTPRequestHandler):
    """Gives a token, and one member."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        token = {"access_token": "token", "token_type": "Bearer", "expires_in": 100}
        members = {"details": {"totalResult": "1"}, "result": [{"userId": "1", "roles": ["ORG_OWNER"]}]}
        content = json.dumps(token if self.path == "/oauth/v2/token" else members).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Zitadel)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_members_list_loads_only_what_it_uses(address: str, tmp_path: Path) -> None:
    from zitadel_tui.demo.server import Demo

    key = tmp_path / "key.json"
    key.touch(0o600)
    key.write_bytes(Demo().key_file())
    url = f"{address}/oauth/v2/token"
    modules = loaded(
        command("members", "list", "--domain", address, "--token-url", url, "--key-file", str(key))
    )
    assert {"httpx", "msgspec", "jwt"} <= modules
    assert not modules & {
        "textual",
        "rich",
        "starlette",
        "hypercorn",
        "phonenumbers",
        "click",
        "dotenv",
        "shtab",
        "h2",  # httpx speaks HTTP/2 where it is installed
        "cryptography.x509.base",  # PyJWT reads certificates
    }
    others = {"zitadel_tui.core.changes", "zitadel_tui.core.journal", "zitadel_tui.cli.commands.changes"}
    others |= {"zitadel_tui.core.user_lookup", "zitadel_tui.zitadel.handover", "difflib"}
    assert not modules & others
    assert "zitadel_tui.demo" not in modules


def test_the_app_paints_before_the_network_is_loaded() -> None:
    modules = loaded("import zitadel_tui.tui.app")
    assert "textual" in modules
    late = {"httpx", "httpcore", "jwt", "cryptography", "starlette", "phonenumbers", "hypercorn", "click"}
    assert not modules & late
