"""Sends the recorded requests to a demo, in order, and tells how its answers differ."""

import json
import re
import time
from base64 import b64decode
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.contract.recordings import FIRST, Exchange, in_order, recorded_legacy
from tests.contract.scope import not_offered
from tests.demo.conftest import signing_key
from zitadel_tui.demo.sample_data import NewInstance
from zitadel_tui.demo.server import Demo

ORIGIN = "http://127.0.0.1:8089"
FIRST_SETUP = NewInstance(
    "REAL", "real.127.0.0.1", "real", "real-sa", "Real service account", "zitadel-admin@real.test"
)
SETUP = NewInstance(
    "ZITADEL",
    "zitadel.127.0.0.1",
    "ZITADEL",
    "zitadel-admin-sa",
    "Admin",
    "zitadel-admin@zitadel.127.0.0.1",
)
_ID = re.compile(r"\b\d{18}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SECRET = re.compile(r"<[a-z0-9_, ]+>")
_HTTP_DATE = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
_FORMS = {
    "date": _HTTP_DATE,
    "expires": _HTTP_DATE,
    "grpcgateway-date": _HTTP_DATE,
    "x-request-id": re.compile("[a-z0-9]{20}"),
}
"""Headers whose value is another every time."""
_SELF = (
    "it locks itself",
    "its next call",
    "its token after that",
    "it deactivates itself",
    "its next call when inactive",
    "it deletes its own key",
    "its next call without a key",
    "it deletes itself",
    "its next call when deleted",
)
_BOT = ("me by key", "members, without any role", "me by a token of a removed key")
_SPEAKERS = {
    "token without the api audience": "without audience",
    "token of a deactivated account, issued before": "org-owner",
    **dict.fromkeys(_SELF, "self"),
    **dict.fromkeys(_BOT, "bot"),
}
"""name of an exchange -> the account that asks, where the name does not begin with it."""
_KEYS_OF = {"add key, expiring": "bot", "its key": "self"}
_TOKENS = {"create personal access token": "pat 2", "add token, expiring": "pat"}


class Difference(NamedTuple):
    """Where an answer differs from the recorded one, and how."""

    path: str
    text: str


Differences = dict[tuple[str, int], list[Difference]]


class Ids:
    """Which recorded id stands for which of the demo's: one for one, both ways."""

    def __init__(self) -> None:
        self._here = {"111111111111111111": "111111111111111111"}
        self._there = dict(self._here)

    def learn(self, recorded: str, answered: str) -> None:
        if recorded not in self._here and answered not in self._there:
            self._here[recorded], self._there[answered] = answered, recorded

    def agree(self, recorded: str, answered: str) -> bool:
        return self._here.get(recorded) == answered and self._there.get(answered) == recorded

    def translate(self, text: str) -> str:
        """Recorded ids replaced by the demo's; unknown ones stay."""
        return _ID.sub(lambda match: self._here.get(match[0], match[0]), text)


class Replay:
    """One run against one demo."""

    def __init__(self, run: tuple[str, ...], *, legacy: bool) -> None:
        self.run_of = run
        self.legacy = legacy
        setup = FIRST_SETUP if run == FIRST else SETUP
        self.demo = Demo(fresh=setup, legacy=legacy, lag=(0, 0), origin=ORIGIN)
        self.asked = Ids()
        self.asked_legacy = Ids()
        self.account = setup.account if run == FIRST else "main"
        self.tokens: dict[str, str] = {"pat": self.demo.access_token(setup.account)}
        self.keys: dict[str, dict[str, str]] = {self.account: json.loads(self.demo.key_file(setup.account))}
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self.demo.app), base_url=ORIGIN)

    async def run(self) -> Differences:
        found: Differences = {}
        async with self.client() as client:
            for exchange in in_order(self.run_of):
                if not_offered(exchange) is None:
                    found[exchange.topic, exchange.index] = await self.exchange(client, exchange)
        return found

    async def exchange(self, client: httpx.AsyncClient, exchange: Exchange) -> list[Difference]:
        answer = await client.send(self.request(client, exchange))
        self.keep(exchange, answer)
        older = recorded_legacy(exchange.topic).get(exchange.name) if self.legacy else None
        return self.compare(older or exchange, answer, self.asked_legacy if older else self.asked)

    # --- requests ---

    def request(self, client: httpx.AsyncClient, exchange: Exchange) -> httpx.Request:
        known = self.asked.translate
        headers = {key: known(value) for key, value in exchange.request_headers.items()}
        if "unknown host" in exchange.name:
            headers["Host"] = "no-such-instance.example"
        if "Authorization" in headers:
            headers["Authorization"] = self.authorization(exchange, headers["Authorization"])
        content: str | None = exchange.request.get("raw")
        if "body" in exchange.request:
            content = known(json.dumps(exchange.request["body"]))
        if "form" in exchange.request:
            form = exchange.request["form"]
            if "assertion" in form:
                form = {**form, "assertion": self.assertion(exchange)}
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            content = urlencode(form)
        return client.build_request(exchange.method, known(exchange.path), headers=headers, content=content)

    def authorization(self, exchange: Exchange, recorded: str) -> str:
        account = exchange.name.partition(":")[0].partition(",")[0]
        if exchange.name in _SPEAKERS:
            account = _SPEAKERS[exchange.name]
        elif ":" not in exchange.name or account not in self.tokens:
            account = self.account
        return (
            recorded.replace("<access_token>", self.tokens.get(account, ""))
            .replace("<personal access token>", self.tokens["pat"])
            .replace("<personal access token 2>", self.tokens.get("pat 2", ""))
        )

    def assertion(self, exchange: Exchange) -> str:
        """The assertion that the exchange's name speaks of."""
        asked = {
            "token asked by a deactivated account": "org-owner",
            "token asked by a deleted account": "nobody",
        }
        account = asked.get(exchange.name) or exchange.name.removeprefix("token of ")
        key = self.keys[self.account if exchange.topic == "token" else account]
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
        signer = self.other_key if what == "other key" else signing_key(key["key"])
        return jwt.encode(claims, signer, "RS512" if what == "RS512" else "RS256", headers=headers)

    # --- answers ---

    def keep(self, exchange: Exchange, answer: httpx.Response) -> None:
        """Keeps the tokens and key files of an answer for later requests."""
        if answer.status_code != 200 or not answer.headers["content-type"].startswith("application/json"):
            return
        body, name = answer.json(), exchange.name
        if exchange.topic == "token" and name == "accepted":
            self.tokens[self.account] = body["access_token"]
        if name == "accepted: without the api audience":
            self.tokens["without audience"] = body["access_token"]
        if name.startswith("token of "):
            self.tokens[name.removeprefix("token of ")] = body["access_token"]
        if "keyDetails" in body:
            account = _KEYS_OF.get(name) or name.removeprefix("create ").removeprefix("key of ")
            self.keys[account] = json.loads(b64decode(body["keyDetails"]))
        if name in _TOKENS:
            self.tokens[_TOKENS[name]] = body["token"]

    def compare(self, exchange: Exchange, answer: httpx.Response, ids: Ids) -> list[Difference]:
        if answer.status_code != exchange.status:
            text = f"{answer.status_code} instead of {exchange.status}: {answer.text[:200]}"
            return [Difference("status", text)]
        is_json = exchange.headers["content-type"].startswith("application/json")
        body = answer.json() if is_json else answer.text
        return [*self.headers(exchange, answer), *differences("", exchange.body, body, ids)]

    def headers(self, exchange: Exchange, answer: httpx.Response) -> list[Difference]:
        found = []
        for name in sorted({*exchange.headers, *answer.headers} - {"content-length"}):
            one, other = exchange.headers.get(name), answer.headers.get(name)
            expected = _FORMS.get(name) or _pattern(one or "")
            if one is None or other is None or not expected.fullmatch(other):
                found.append(Difference(f"header {name}", f"{other!r} instead of {one!r}"))
        return found


def differences(path: str, recorded: Any, answered: Any, ids: Ids) -> list[Difference]:
    """Everything below `path` that is not as recorded: also what is too much, and how many there are."""
    if type(recorded) is not type(answered):
        return [Difference(path, f"{answered!r} instead of {recorded!r}")]
    if isinstance(recorded, dict):
        found = [Difference(f"{path}.{key}", "missing") for key in recorded if key not in answered]
        found += [Difference(f"{path}.{key}", "too much") for key in answered if key not in recorded]
        for key in recorded.keys() & answered.keys():
            found += differences(f"{path}.{key}", recorded[key], answered[key], ids)
        return found
    if isinstance(recorded, list):
        found = []
        if len(recorded) != len(answered):
            found = [Difference(path, f"{len(answered)} items instead of {len(recorded)}")]
        for index, (one, other) in enumerate(zip(recorded, answered, strict=False)):
            found += differences(f"{path}[{index}]", one, other, ids)
        return found
    if isinstance(recorded, str):
        return _text_differences(path, recorded, answered, ids)
    return [] if recorded == answered else [Difference(path, f"{answered!r} instead of {recorded!r}")]


def _text_differences(path: str, recorded: str, answered: str, ids: Ids) -> list[Difference]:
    """Ids stand for each other one for one, times and secrets are only of their kind."""
    name = path.rpartition(".")[2]
    if name in ("n", "e"):  # of a public key
        return []
    if name != "expirationDate" and _TIME.fullmatch(recorded) and _TIME.fullmatch(answered):
        return []
    here, there = _ID.findall(recorded), _ID.findall(answered)
    for one, other in zip(here, there, strict=False):
        ids.learn(one, other)
    agree = len(here) == len(there) and all(map(ids.agree, here, there))
    if agree and _pattern(ids.translate(recorded)).fullmatch(answered):
        return []
    return [Difference(path, f"{answered!r} instead of {ids.translate(recorded)!r}")]


def _pattern(recorded: str) -> re.Pattern[str]:
    """A recorded text to the letter, but for the secrets in it; one cookie was recorded with its value."""
    text = re.sub("zitadel.useragent=[^;]+", "zitadel.useragent=<user_agent>", recorded)
    return re.compile("[^&;]+".join(map(re.escape, _SECRET.split(text))))


async def replay(run: tuple[str, ...], *, legacy: bool) -> Differences:
    """By topic and index: how the demo differs; an empty list is none."""
    return await Replay(run, legacy=legacy).run()
