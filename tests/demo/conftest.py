"""A demo and clients of its API."""

from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from zitadel_tui.demo.server import Demo

MEMBERS = "/management/v1/orgs/me/members"
USERS = "/management/v1/users"


@cache
def signing_key(pem: str) -> Any:
    """The private key of a key file, loaded once and unchecked: checking takes far longer than signing."""
    return load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)


class ApiClient:
    """Sends requests to a demo as one of its service accounts."""

    def __init__(self, demo: Demo, account: str = "onboarding-bot") -> None:
        self.demo = demo
        self.headers = {"Authorization": f"Bearer {demo.access_token(account)}"}
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=demo.app), base_url=demo.origin)

    async def ask(self, http: str, body: Any = None, **headers: str) -> httpx.Response:
        """`http` is `METHOD /path`."""
        method, path = http.split(" ")
        return await self.client.request(method, path, json=body, headers=self.headers | headers)

    async def get(self, http: str, body: Any = None, **headers: str) -> Any:
        """The JSON of an answer that must be 200."""
        answer = await self.ask(http, body, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def members(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get(f"POST {MEMBERS}/_search", {"query": query})).get(
            "result", []
        )
        return found

    async def person(self, name: str, **more: Any) -> str:
        """Imports a user and returns the id."""
        body = {
            "userName": name,
            "profile": {"firstName": "New", "lastName": "Person"},
            "email": {"email": f"{name}@example.test", "isEmailVerified": True},
        }
        id: str = (await self.get(f"POST {USERS}/human/_import", body | more))["userId"]
        return id


@pytest.fixture
def api() -> Callable[..., ApiClient]:
    """Creates an ApiClient for a new demo without lag; keywords are those of Demo."""

    def make(account: str = "onboarding-bot", **knobs: Any) -> ApiClient:
        return ApiClient(Demo(**{"lag": (0, 0), **knobs}), account)

    return make


Make = Callable[..., ApiClient]
