"""OpenID over HTTP: discovery, keys, token, userinfo; and the health calls (contract §1.3–1.5, §4.5)."""

import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zitadel_tui.demo import auth
from zitadel_tui.demo.errors import OAuthRefusal, Refusal
from zitadel_tui.demo.front import Front, answer

Respond = Callable[[Request], Awaitable[Response]]
_KEYS_CACHED = {"cache-control": "max-age=300, must-revalidate"}


class Oidc:
    """Routes that speak OAuth instead of gRPC."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.store = front.store

    def routes(self) -> list[Route]:
        uncached = partial(self.front.uncached, ago=3600)
        return [
            Route("/.well-known/openid-configuration", self._oauth(self._discovery, uncached)),
            Route("/oauth/v2/keys", self._oauth(self._jwks, lambda: _KEYS_CACHED)),
            Route("/oauth/v2/token", self._oauth(self._token, uncached), methods=["GET", "POST"]),
            Route("/oidc/v1/userinfo", self._oauth(self._userinfo, uncached), methods=["GET", "POST"]),
            Route("/debug/healthz", self._debug("ok", "text/plain; charset=utf-8")),
            Route("/debug/ready", self._debug('"ok"', "application/json")),
            Route("/debug/validate", self._debug('"ok"', "application/json")),
        ]

    def _oauth(
        self, ask: Callable[[Request], Awaitable[dict[str, Any]]], caching: Callable[[], dict[str, str]]
    ) -> Respond:
        async def respond(request: Request) -> Response:
            headers = self.front.plain() | caching()
            if complaint := self.front.unknown_host(request, page=True):
                headers |= {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
                return Response(f"{complaint}\n", 404, headers)
            agent = f"zitadel.useragent={secrets.token_urlsafe(24)}; Path=/; Domain={request.url.hostname}"
            headers["set-cookie"] = f"{agent}; Max-Age=31536000; HttpOnly; SameSite=Lax"
            try:
                return answer(await ask(request), 200, headers)
            except OAuthRefusal as refusal:
                return answer(refusal.body, refusal.status, headers)

        return respond

    def _debug(self, content: str, media_type: str) -> Respond:
        async def respond(request: Request) -> Response:
            headers = self.front.plain() | {"content-type": media_type}
            del headers["x-request-id"]
            return Response(content, 200, headers)

        return respond

    async def _discovery(self, request: Request) -> dict[str, Any]:
        return auth.discovery(self.front.issuer(request))

    async def _jwks(self, request: Request) -> dict[str, Any]:
        return auth.jwks(self.store)

    async def _token(self, request: Request) -> dict[str, Any]:
        form = dict(request.query_params)
        if "urlencoded" in request.headers.get("content-type", ""):
            text = (await request.body()).decode("utf-8", "replace")
            form |= dict(parse_qsl(text, keep_blank_values=True))
        legacy = self.front.knobs.legacy
        return auth.token_answer(self.store, self.front.issuer(request), form, legacy=legacy)

    async def _userinfo(self, request: Request) -> dict[str, Any]:
        try:
            user, token = auth.bearer(self.store, request.headers.get("authorization"))
        except Refusal:
            raise OAuthRefusal(401, "access_denied", "access token invalid") from None
        return auth.userinfo(self.store, user, token.scopes)
