"""Runs commands in this process, against a demo in this process, with streams that are looked at."""

import io
import json
import os
import select
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.demo_clients import member_roles
from zitadel_tui.__main__ import PARTS
from zitadel_tui.cli import prompts
from zitadel_tui.cli.main import main
from zitadel_tui.cli.run import Parts
from zitadel_tui.demo.server import ACCOUNT, Demo

MEMBER = "grace"
CHANGE = "PUT /management/v1/orgs/me/members/"
REMOVE = "DELETE /management/v1/orgs/me/members/"


class Stream(io.TextIOWrapper):
    """Text in memory; a terminal where it is said to be one."""

    def __init__(self, content: bytes = b"", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8", errors="surrogatepass", newline="")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def text(self) -> str:
        self.flush()
        content: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return content.decode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class UserAtTerminal:
    """At a pseudo-terminal, having typed ahead; sees what is asked there."""

    def __init__(self, typed: bytes) -> None:
        self._master, self._slave = os.openpty()
        self.terminal = os.ttyname(self._slave)
        self.modes = termios.tcgetattr(self._slave)
        os.write(self._master, typed)

    @property
    def echoed_and_asked(self) -> str:
        """All that stood on the terminal since last looked at."""
        seen = b""
        while select.select([self._master], [], [], 0)[0]:
            seen += os.read(self._master, 65536)
        return seen.decode()

    @property
    def terminal_is_as_before(self) -> bool:
        return bool(termios.tcgetattr(self._slave) == self.modes)

    def leave(self) -> None:
        os.close(self._slave)
        os.close(self._master)


TypeAtTerminal = Callable[[bytes], UserAtTerminal]


@pytest.fixture
def type_at_terminal() -> Iterator[TypeAtTerminal]:
    """Makes users who type that at a terminal."""
    users: list[UserAtTerminal] = []

    def make(typed: bytes) -> UserAtTerminal:
        users.append(UserAtTerminal(typed))
        return users[-1]

    yield make
    for one in users:
        one.leave()


class RequestLog:
    """The demo's application, noting what it is asked."""

    def __init__(self, demo: Demo) -> None:
        self.requests: list[str] = []
        self._app = demo.app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests.append(f"{scope['method']} {scope['path']}")
        await self._app(scope, receive, send)


class Local:
    """A demo as another of its accounts sees it."""

    def __init__(self, demo: Demo, account: str = ACCOUNT) -> None:
        self.demo = demo
        self.origin = demo.origin
        self.account = account
        log = RequestLog(demo)
        self.app: Any = log
        self.requests = log.requests

    def key_file(self) -> bytes:
        return self.demo.key_file(self.account)


class Cli:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.parts: Parts = PARTS._replace(demo=self._local)
        self.local = Local(Demo(lag=(0.0, 0.0)))

    def _local(self, size: int | None) -> Local:
        return self.local

    @property
    def demo(self) -> Demo:
        return self.local.demo

    @property
    def requests(self) -> list[str]:
        return self.local.requests

    def use(self, account: str) -> None:
        self.local = Local(self.demo, account)

    def __call__(
        self,
        *arguments: str,
        stdin: bytes = b"",
        width: int | None = None,
        demo: bool = True,
        at_terminal: "UserAtTerminal | None" = None,
    ) -> Result:
        """``width`` makes stdout a terminal of so many columns; a user at the terminal answers, and
        without ``stdin`` that is the terminal, too."""
        out, err = Stream(terminal=width is not None), Stream()
        with self.monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(sys, "stdin", Stream(stdin, terminal=at_terminal is not None and not stdin))
            patch.setattr(prompts, "TERMINAL", at_terminal.terminal if at_terminal else "/nowhere")
            if width is not None:
                patch.setenv("COLUMNS", str(width))
            status = main([*(["--demo"] if demo else []), *arguments], self.parts)
        return Result(status, out.text, err.text)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(monkeypatch)


@pytest.fixture
def person(tmp_path: Path) -> Callable[..., str]:
    """Writes the body of an import; gives its path."""

    def write(name: str = "new.person", **more: Any) -> str:
        body = {
            "userName": name,
            "profile": {"firstName": "New", "lastName": "Person"},
            "email": {"email": f"{name}@acme.example", "isEmailVerified": True},
            "password": "Sup3r-Secret!",
            **more,
        }
        path = tmp_path / "person.json"
        path.write_text(json.dumps(body), encoding="utf-8")
        return str(path)

    return write


class Grace:
    """A member with two roles, and the store behind the commands."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        body = ("--first-name", "Grace", "--last-name", "Hopper", "--email", "grace@acme.example")
        created = cli("users", "import", *body, "--generate-password", "--json").data
        self.user: str = created["userId"]
        self.org: str = created["details"]["resourceOwner"]
        self.give("ORG_OWNER_VIEWER", "ORG_USER_MANAGER")

    def give(self, *roles: str) -> None:
        self.cli.demo.store.put_member(self.org, self.user, roles, self.user)

    @property
    def roles(self) -> tuple[str, ...]:
        return member_roles(self.cli.demo, self.user)

    @property
    def wrote(self) -> bool:
        return any(request.startswith((CHANGE, REMOVE)) for request in self.cli.requests)


@pytest.fixture
def grace(cli: Cli) -> Grace:
    return Grace(cli)
