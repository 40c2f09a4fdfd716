"""The server that the suite runs against, called directly, and the program run against it."""

import io
import itertools
import json
import os
import secrets
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dotenv import dotenv_values

from zitadel_tui.__main__ import PARTS
from zitadel_tui.cli.main import main

T = TypeVar("T")
ROOT = Path(__file__).parents[2]

MEMBERS = "/management/v1/orgs/me/members"
MEMBER_ROLES = "/management/v1/orgs/members/roles/_search"
USERS = "/management/v1/users"
GRANTS = f"{USERS}/grants"
PROJECTS = "/management/v1/projects"
IMPORT = "/management/v1/users/human/_import"
SEED_PAGE = {"query": {"offset": "0", "limit": 100, "asc": True}, "queries": []}
EVERYONE: dict[str, Any] = {}
PUBLISHED_HASH = "$2a$12$8p.NrnjLvA/lMC.5kS.LLeja7vc8W.oQt.3d.vwWsAfiJs8juUMiy"
PUBLISHED_PASSWORD = "RootPassword1!"
OWN_HASH = "$2a$12$" + "eIkSNkyjvRy5gYVqfGmzjO" + "V0sHMbRUWW5v1.bBTqKnJhxNqX2hHW2"
"""Of no password that anybody knows: the server looks at form and cost only (contract §7)."""


def eventually(fact: Callable[[], T], *, seconds: float = 15.0) -> T:
    """The first true answer of ``fact``: searches lag behind writes."""
    end = time.monotonic() + seconds
    while not (answer := fact()):
        assert time.monotonic() < end, f"never came true; the last answer was {answer!r}"
        threading.Event().wait(0.03)
    return answer


class Server:
    """A client without the program, with a token of its own."""

    def __init__(self, env_file: Path) -> None:
        values = dotenv_values(env_file, interpolate=False)
        domain = str(values["ZITADEL_DOMAIN"]).rstrip("/")
        self.env_file = env_file
        self.origin = domain if "://" in domain else f"https://{domain}"
        key_path = env_file.parent / str(values["CLIENT_PRIVATE_KEY_FILE_PATH"])
        self.key: dict[str, str] = json.loads(key_path.read_text(encoding="utf-8"))
        self.client = httpx.Client(base_url=self.origin, timeout=30, verify=_trusted(values))
        self.token = self._sign_in(str(values.get("ZITADEL_TOKEN_URL") or f"{self.origin}/oauth/v2/token"))
        if organization := values.get("ZITADEL_ORG_ID"):
            self.client.headers["x-zitadel-orgid"] = organization

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def _sign_in(self, token_url: str) -> str:
        now, user = int(time.time()), self.key["userId"]
        claims = {"iss": user, "sub": user, "aud": self.origin, "iat": now - 5, "exp": now + 3600}
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "scope": "openid profile email urn:zitadel:iam:org:project:id:zitadel:aud",
            "assertion": jwt.encode(claims, self.key["key"], "RS256", headers={"kid": self.key["keyId"]}),
        }
        answer = self.client.post(token_url, data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def ask(self, http: str, body: Any = None, *, token: str | None = None) -> httpx.Response:
        """``http`` is ``METHOD /path``; with the suite's own token unless one is given."""
        method, path = http.split(" ")
        headers = {"Authorization": f"Bearer {token or self.token}", "Accept": "application/json"}
        return self.client.request(method, path, json=body, headers=headers)

    def get(self, http: str, body: Any = None, *, token: str | None = None) -> Any:
        """The JSON of an answer that must be 200."""
        answer = self.ask(http, body, token=token)
        assert answer.status_code == 200, f"{http}: {answer.status_code} {answer.text}"
        return answer.json()

    def members(self) -> dict[str, dict[str, Any]]:
        """Every member by user id."""
        found = self.get(f"POST {MEMBERS}/_search", EVERYONE).get("result", [])
        return {member["userId"]: member for member in found}

    def roles_of(self, user_id: str) -> list[str]:
        """In the order they were stored; empty for a user who is not a member."""
        query = {"queries": [{"userIdQuery": {"userId": user_id}}]}
        found = self.get(f"POST {MEMBERS}/_search", query).get("result", [])
        return list(found[0]["roles"]) if found else []

    def user(self, user_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"GET /management/v1/users/{user_id}")["user"]
        return found

    def users_named(self, start: str) -> list[dict[str, Any]]:
        """Whose user names begin so."""
        query = {"userName": start, "method": "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE"}
        body = {"queries": [{"userNameQuery": query}]}
        found: list[dict[str, Any]] = self.get("POST /management/v1/users/_search", body).get("result", [])
        return found

    def make_member(self, user_id: str, *roles: str) -> None:
        """As another administrator would, past the clashes of several at once."""
        body = {"userId": user_id, "roles": roles}
        eventually(lambda: self.ask(f"POST {MEMBERS}", body).status_code == 200)
        eventually(lambda: self.roles_of(user_id))

    def make_project(self, name: str, *roles: str) -> str:
        """Its id; every search sees it and its roles afterwards."""
        id: str = self.get(f"POST {PROJECTS}", {"name": name})["id"]
        for role in roles:
            self.get(f"POST {PROJECTS}/{id}/roles", {"roleKey": role, "displayName": role.title()})
        eventually(
            lambda: len(self.get(f"POST {PROJECTS}/{id}/roles/_search").get("result", [])) == len(roles)
        )
        query = {"queries": [{"nameQuery": {"name": name}}]}
        eventually(lambda: self.get(f"POST {PROJECTS}/_search", query).get("result"))
        return id

    def remove_project(self, project_id: str) -> None:
        """With all grants of it."""
        assert self.ask(f"DELETE {PROJECTS}/{project_id}").status_code in (200, 404)

    def grants_of(self, user_id: str) -> dict[str, list[str]]:
        """Roles by project id."""
        query = {"queries": [{"userIdQuery": {"userId": user_id}}]}
        found = self.get(f"POST {GRANTS}/_search", query).get("result", [])
        return {grant["projectId"]: grant.get("roleKeys", []) for grant in found}

    def grant(self, user_id: str, project_id: str, *roles: str) -> str:
        """As another administrator would; the id of the grant, which every search sees afterwards."""
        body = {"projectId": project_id, "roleKeys": roles}
        id: str = self.get(f"POST {USERS}/{user_id}/grants", body)["userGrantId"]
        eventually(lambda: project_id in self.grants_of(user_id))
        return id

    def remove(self, user_id: str) -> None:
        """The user, and every membership with them."""
        eventually(lambda: self.ask(f"DELETE /management/v1/users/{user_id}").status_code in (200, 404))


def _trusted(values: dict[str, str | None]) -> ssl.SSLContext | bool:
    if (values.get("ZITADEL_INSECURE") or "").lower() in ("1", "true", "yes", "on"):
        return False
    context = ssl.create_default_context()
    if extra := values.get("ZITADEL_CA_FILE"):
        context.load_verify_locations(extra)
    return context


def forged_key(key: dict[str, str]) -> dict[str, str]:
    """A key file like this one, with a private key that the server does not know."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return {**key, "key": pem.decode()}


class People:
    """Creates users with unique names, and removes all users with these names."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.start = f"zt-live-{secrets.token_hex(5)}"
        self._number = itertools.count(1)

    def name(self) -> str:
        """A user name that is free everywhere."""
        return f"{self.start}-{next(self._number)}"

    def body(self, name: str | None = None, **more: Any) -> dict[str, Any]:
        """Of an import that sends no mail and costs the server little; ``more`` replaces whole fields, None
        leaves one out."""
        name = name or self.name()
        body: dict[str, Any] = {
            "userName": name,
            "profile": {"firstName": "Zelda", "lastName": name, "nickName": f"nick {name}"},
            "email": {"email": f"{name}@live.example.test", "isEmailVerified": True},
            "hashedPassword": {"value": OWN_HASH},
            **more,
        }
        return {field: value for field, value in body.items() if value is not None}

    def make(self, *roles: str, **more: Any) -> "Person":
        """Create a user without the program; a member when roles are given. Every search finds the user
        afterwards."""
        body = self.body(**more)
        made = Person(self.server.get(f"POST {IMPORT}", body)["userId"], body["userName"])
        eventually(lambda: self.server.users_named(made.name))
        if roles:
            self.server.make_member(made.id, *roles)
        return made

    def remove(self) -> None:
        """Remove all of them, including those that a search does not show yet."""
        quiet = 0
        while quiet < 3:
            found = self.server.users_named(self.start)
            for user in found:
                self.server.remove(user["id"])
            quiet = 0 if found else quiet + 1
            threading.Event().wait(0.05)


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    """The user name, which is the last name, too."""


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What ``--json`` printed, after a command that went well."""
        assert self.status == 0, self.err
        return json.loads(self.out)


class Tool:
    """Runs commands against the server."""

    def __init__(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self._server, self._monkeypatch = server, monkeypatch

    def __call__(
        self, *arguments: str, stdin: str = "", env_file: Path | None = None, context: str = ""
    ) -> Result:
        """In this process, over real sockets; with the settings of the env file, or of a context."""
        streams = [io.TextIOWrapper(io.BytesIO(text), "utf-8") for text in (stdin.encode(), b"", b"")]
        with self._monkeypatch.context() as patch:
            for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
                patch.setattr(sys, name, stream)
            settings = (
                ("--context", context) if context else ("--env-file", str(env_file or self._server.env_file))
            )
            status = main([*arguments, *settings], PARTS)
        for stream in streams:
            stream.flush()
        out, err = (stream.buffer.getvalue().decode() for stream in streams[1:])
        return Result(status, out, err)

    def shell(self, command: str, *, token: str) -> "subprocess.CompletedProcess[str]":
        """Run a command that was shown, in a shell with the token."""
        environment = {"PATH": os.environ["PATH"], "ZITADEL_PAT": token}
        return subprocess.run(
            ["sh", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """As a process that goes on; its streams are pipes."""
        return subprocess.Popen(
            [sys.executable, "-m", "zitadel_tui", *arguments, "--env-file", str(self._server.env_file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def process(self, *arguments: str) -> Result:
        """As a process of its own, in the folder of the env file, as the seed's user would be."""
        done = subprocess.run(
            [sys.executable, "-m", "zitadel_tui", *arguments, "--env-file", str(self._server.env_file)],
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())
