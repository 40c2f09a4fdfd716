"""Sends the recorded requests to a demo, in order, and tells how its answers differ."""

import json
import re
import time
from base64 import b64decode
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.contract.recordings import Exchange, in_order, recorded_legacy
from tests.contract.scope import reason
from zitadel_tui.demo.server import Demo

ORIGIN = "http://127.0.0.1:8089"
_ID = re.compile(r"\b\d{18}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_FREE_HEADERS = {"date", "expires", "x-request-id", "set-cookie", "content-length", "grpcgateway-date"}
Differences = dict[tuple[str, int], list[str]]


class Replay:
    """One run against one demo. Recorded ids are learnt to stand for the demo's, one for one."""

    def __init__(self, *, legacy: bool) -> None:
        self.legacy = legacy
        self.demo = Demo(empty=True, legacy=legacy, lag=(0, 0), origin=ORIGIN)
        self.ids: dict[str, str] = {"111111111111111111": "111111111111111111"}
        self.keys: dict[str, dict[str, str]] = {"real-sa": json.loads(self.demo.key_file("real-sa"))}
        self.tokens: dict[str, str] = {"pat": self.demo.access_token("real-sa")}
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    async def run(self) -> Differences:
        transport = httpx.ASGITransport(app=self.demo.app)
        found: Differences = {}
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            counts: dict[str, int] = {}
            for exchange in in_order():
                index = counts.setdefault(exchange.topic, 0)
                counts[exchange.topic] += 1
                if reason(exchange.topic, exchange.name) is None:
                    found[exchange.topic, index] = await self.exchange(client, exchange)
        return found

    async def exchange(self, client: httpx.AsyncClient, exchange: Exchange) -> list[str]:
        answer = await client.send(self.request(client, exchange))
        if self.legacy:
            exchange = recorded_legacy(exchange.topic).get(exchange.name, exchange)
        self.learn(exchange, answer)
        return self.compare(exchange, answer)

    # --- requests ---

    def request(self, client: httpx.AsyncClient, exchange: Exchange) -> httpx.Request:
        headers = {key: self.known(value) for key, value in exchange.request_headers.items()}
        if "unknown host" in exchange.name:
            headers["Host"] = "no-such-instance.example"
        if "Authorization" in headers:
            headers["Authorization"] = self.authorization(exchange, headers["Authorization"])
        content: str | None = exchange.request.get("raw")
        if "body" in exchange.request:
            content = self.known(json.dumps(exchange.request["body"]))
        if "form" in exchange.request:
            form = exchange.request["form"]
            if "assertion" in form:
                form = {**form, "assertion": self.assertion(exchange)}
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            content = urlencode(form)
        return client.build_request(
            exchange.method, self.known(exchange.path), headers=headers, content=content
        )

    def known(self, text: str) -> str:
        """Recorded ids replaced by the demo's."""
        return _ID.sub(lambda match: self.ids.get(match[0], match[0]), text)

    def authorization(self, exchange: Exchange, recorded: str) -> str:
        account, colon, _ = exchange.name.partition(":")
        if exchange.name == "token without the api audience":
            account = "without audience"
        elif "deactivated account, issued before" in exchange.name:
            account = "org-owner"
        elif not (colon and account in self.tokens):
            account = "real-sa"
        return (
            recorded.replace("<access_token>", self.tokens[account])
            .replace("<personal access token>", self.tokens["pat"])
            .replace("<personal access token 2>", self.tokens.get("pat 2", ""))
        )

    def account(self, exchange: Exchange) -> str:
        if exchange.topic == "token":
            return "real-sa"
        asked = {
            "token asked by a deactivated account": "org-owner",
            "token asked by a deleted account": "nobody",
        }
        return asked.get(exchange.name) or exchange.name.removeprefix("token of ")

    def assertion(self, exchange: Exchange) -> str:
        """The assertion that the exchange's name speaks of."""
        key = self.keys[self.account(exchange)]
        now, what = int(time.time()), exchange.name.partition(": ")[2]
        claims: dict[str, Any] = {"iss": key["userId"], "sub": key["userId"], "aud": ORIGIN}
        claims |= {"iat": now, "exp": now + 3600}
        changes: dict[str, dict[str, Any]] = {
            "aud is a list": {"aud": [ORIGIN, "https://other.example"]},
            "iat 59 minutes old": {"iat": now - 59 * 60},
            "exp ten years": {"exp": now + 10 * 365 * 86400},
            "expired": {"iat": now - 600, "exp": now - 60},
            "issued in 10 s": {"iat": now + 10},
            "issued 2 h ago": {"iat": now - 7200},
            "no iat": {"iat": None},
            "no exp": {"exp": None},
            "wrong audience": {"aud": "https://other.example"},
            "audience with slash": {"aud": f"{ORIGIN}/"},
            "audience of the api project": {"aud": "zitadel"},
            "other user": {"iss": "111111111111111111", "sub": "111111111111111111"},
            "sub differs": {"sub": "111111111111111111"},
        }
        claims = {
            name: value for name, value in (claims | changes.get(what, {})).items() if value is not None
        }
        headers = {"kid": "1" if what == "unknown key id" else key["keyId"]}
        if what == "not a jwt":
            return "nonsense"
        if what == "hs256":
            return jwt.encode(claims, "a secret that is long enough for all", "HS256", headers=headers)
        signer = self.other_key if what == "other key" else key["key"]
        return jwt.encode(claims, signer, "RS512" if what == "RS512" else "RS256", headers=headers)

    # --- answers ---

    def learn(self, exchange: Exchange, answer: httpx.Response) -> None:
        """Keeps the tokens and key files of an answer for later requests."""
        if answer.status_code != 200 or not answer.headers["content-type"].startswith("application/json"):
            return
        body = answer.json()
        if exchange.topic == "token" and exchange.name == "accepted":
            self.tokens["real-sa"] = body["access_token"]
        if exchange.name == "accepted: without the api audience":
            self.tokens["without audience"] = body["access_token"]
        if exchange.name.startswith("token of "):
            self.tokens[exchange.name.removeprefix("token of ")] = body["access_token"]
        if exchange.name.startswith("create key of "):
            self.keys[exchange.name.removeprefix("create key of ")] = json.loads(
                b64decode(body["keyDetails"])
            )
        if exchange.name == "create personal access token":
            self.tokens["pat 2"] = body["token"]

    def compare(self, exchange: Exchange, answer: httpx.Response) -> list[str]:
        if answer.status_code != exchange.status:
            return [f"status {answer.status_code} instead of {exchange.status}: {answer.text[:200]}"]
        is_json = exchange.headers["content-type"].startswith("application/json")
        body = answer.json() if is_json else answer.text
        return [*self.headers(exchange, answer), *self.differences("", exchange.body, body)]

    def headers(self, exchange: Exchange, answer: httpx.Response) -> list[str]:
        found = []
        for name in sorted({*exchange.headers, *answer.headers} - {"content-length"}):
            one, other = exchange.headers.get(name), answer.headers.get(name)
            if (one is None) != (other is None) or (name not in _FREE_HEADERS and one != other):
                found.append(f"header {name}: {other!r} instead of {one!r}")
        return found

    def differences(self, path: str, recorded: Any, answered: Any) -> list[str]:
        if type(recorded) is not type(answered):
            return [f"{path}: {answered!r} instead of {recorded!r}"]
        if isinstance(recorded, dict):
            found = [f"{path}.{key}: missing" for key in recorded if key not in answered]
            found += [f"{path}.{key}: too much" for key in answered if key not in recorded]
            for key in recorded.keys() & answered.keys():
                found += self.differences(f"{path}.{key}", recorded[key], answered[key])
            return found
        if isinstance(recorded, list):
            found = []
            if len(recorded) != len(answered) and not self.legacy and path != ".keys":
                found = [f"{path}: {len(answered)} items instead of {len(recorded)}"]
            for index, (one, other) in enumerate(zip(recorded, answered, strict=False)):
                found += self.differences(f"{path}[{index}]", one, other)
            return found
        if isinstance(recorded, str):
            return self.text(path, recorded, answered)
        return [] if recorded == answered else [f"{path}: {answered!r} instead of {recorded!r}"]

    def text(self, path: str, recorded: str, answered: str) -> list[str]:
        """Ids stand for each other one for one; times, sequences and secrets are only of their kind."""
        key = path.rpartition(".")[2]
        free = key in ("sequence", "n", "e") or (key == "totalResult" and self.legacy)
        if free or (recorded.startswith("<") and answered):
            return []
        if _TIME.fullmatch(recorded) and _TIME.fullmatch(answered):
            return []
        here, there = _ID.findall(recorded), _ID.findall(answered)
        for one, other in zip(here, there, strict=False):
            self.ids.setdefault(one, other)
        expected = re.escape(self.known(recorded)).replace("<code>", "[^&]+")
        if len(here) == len(there) and re.fullmatch(expected, answered):
            return []
        return [f"{path}: {answered!r} instead of {self.known(recorded)!r}"]


async def replay(*, legacy: bool) -> Differences:
    """By topic and index: how the demo differs; an empty list is none."""
    return await Replay(legacy=legacy).run()
