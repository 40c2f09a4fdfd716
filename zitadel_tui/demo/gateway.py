"""From an HTTP request to a handler and back: routing, order of refusal, headers, envelope (contract §2)."""

import inspect
import secrets
import string
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zitadel_tui.demo import auth
from zitadel_tui.demo.api import machines, me, members, orgs, projects, users_read, users_write
from zitadel_tui.demo.endpoints import AUTHENTICATED, ENDPOINTS, Answer, Call, Endpoint, Knobs
from zitadel_tui.demo.errors import OAuthRefusal, Refusal, not_found
from zitadel_tui.demo.model import User
from zitadel_tui.demo.proto import Message, check, decode, pruned
from zitadel_tui.demo.store import Store

AREAS = (machines, me, members, orgs, projects, users_read, users_write)
Respond = Callable[[Request], Awaitable[Response]]
_MIRRORED = {
    "grpcgateway-content-type": "application/grpc",
    "grpcgateway-cache-control": "no-store",
    "grpcgateway-pragma": "no-cache",
}
_NO_QUOTA = "zitadel.quota.exhausted=; Path=/; Max-Age=0; SameSite=Lax"
_ID_LETTERS = string.ascii_lowercase + string.digits


class Gateway:
    """Answers every call of the table, and the OIDC and health ones."""

    def __init__(self, store: Store, knobs: Knobs, origin: str) -> None:
        self.store = store
        self.knobs = knobs
        self.origin = origin
        handlers = {404: self._not_found, 405: self._not_allowed}
        self.app = Starlette(routes=self._routes(), exception_handlers=handlers)
        self.app.router.redirect_slashes = False

    def _routes(self) -> list[Route]:
        rows = [Route(e.path, self._api(e), methods=[e.method]) for e in ENDPOINTS]
        for path in ("management", "admin", "auth"):
            rows.append(Route(f"/{path}/v1/healthz", self._healthz, methods=["GET"]))
        rows += [
            Route("/.well-known/openid-configuration", self._oidc(self._discovery), methods=["GET"]),
            Route("/oauth/v2/keys", self._oidc(self._jwks), methods=["GET"]),
            Route("/oauth/v2/token", self._oidc(self._token), methods=["GET", "POST"]),
            Route("/oidc/v1/userinfo", self._oidc(self._userinfo), methods=["GET", "POST"]),
            Route("/debug/healthz", _text("ok", "text/plain; charset=utf-8"), methods=["GET"]),
            Route("/debug/ready", _text('"ok"', "application/json"), methods=["GET"]),
            Route("/debug/validate", _text('"ok"', "application/json"), methods=["GET"]),
        ]
        return rows

    def _unknown_host(self, request: Request) -> str | None:
        """The server's complaint about a Host that is no domain of the instance."""
        own = self.origin.partition("://")[2].partition(":")[0]
        host = request.url.hostname or ""
        if host == own:
            return None
        scheme = request.url.scheme
        text = f"unable to set instance using origin &{{{host}  {scheme}}} (ExternalDomain is {own}): "
        text += "ID=QUERY-1kIjX Message=Instance not found. Make sure you got the domain right. "
        text += "Check out https://zitadel.com/docs/apis/introduction#domains"
        if self.knobs.legacy:
            text += " Parent=(unable to get instance by domain)"
        return text

    def _issuer(self, request: Request) -> str:
        return f"{request.url.scheme}://{request.url.netloc}"

    # --- the API ---

    def _api(self, endpoint: Endpoint) -> Respond:
        async def respond(request: Request) -> Response:
            try:
                answer = await self._answer(endpoint, request)
            except Refusal as refusal:
                return self._refused(refusal, v2=endpoint.v2)
            content = answer if isinstance(answer, bytes) else _json(pruned(answer))
            return Response(content, 200, self._headers(endpoint.v2, "set-cookie", _NO_QUOTA))

        return respond

    async def _answer(self, endpoint: Endpoint, request: Request) -> Answer:
        """Refuses in the server's order: JSON, host, token, organization, membership, permission, fields."""
        body = decode(endpoint.request, await request.body()) if endpoint.request else {}
        if complaint := self._unknown_host(request):
            raise Refusal(5, complaint, native=True)
        caller, token = auth.bearer(self.store, request.headers.get("authorization"))
        if not token.api:
            raise Refusal(16, "Errors.Token.Invalid", "AUTH-7fs1e")
        org = self._org(request, caller)
        self._permit(endpoint.permission, caller, org)
        body |= self._query(request) | request.path_params
        check(endpoint.request, body)
        answer = endpoint.handler(Call(self.store, self.knobs, self._issuer(request), caller, org, body))
        return await answer if inspect.isawaitable(answer) else answer

    def _org(self, request: Request, caller: User) -> str:
        named = request.headers.get("x-zitadel-orgid", "")
        if named and named not in self.store.orgs:
            raise Refusal(7, "Organisation doesn't exist", "AUTH-Bs7Ds")
        return named or caller.org

    def _permit(self, permission: str, caller: User, org: str) -> None:
        if permission == AUTHENTICATED:
            return
        if not me.relevant(self.store, caller.id, org):
            raise not_found("membership not found", "AUTHZ-cdgFk")
        if permission not in me.permissions(self.store, caller.id, org):
            raise Refusal(7, "No matching permissions found", "AUTH-5mWD2")

    @staticmethod
    def _query(request: Request) -> Message:
        return dict(request.query_params) if request.method == "GET" else {}

    def _refused(self, refusal: Refusal, *, v2: bool = False) -> Response:
        headers = self._plain() if refusal.gateway else self._headers(v2)
        body, status = refusal.body(self.knobs.legacy), refusal.status(self.knobs.legacy)
        if status == 401:
            headers["www-authenticate"] = body["message"]
        return Response(_json(body), status, headers)

    async def _healthz(self, request: Request) -> Response:
        if complaint := self._unknown_host(request):
            return self._refused(
                Refusal(5, complaint, native=not self.knobs.legacy, gateway=self.knobs.legacy)
            )
        return Response(b"{}", 200, self._headers(False, "set-cookie", _NO_QUOTA))

    async def _not_found(self, request: Request, error: Exception) -> Response:
        return self._refused(Refusal(5, "Not Found", gateway=True))

    async def _not_allowed(self, request: Request, error: Exception) -> Response:
        return Response(_json({"code": 12, "message": "Method Not Allowed"}), 405, self._plain())

    # --- OIDC ---

    def _oidc(self, answer: Callable[[Request], Awaitable[dict[str, Any]]]) -> Respond:
        async def respond(request: Request) -> Response:
            headers = {**self._plain(), "cache-control": "no-store", "pragma": "no-cache"}
            headers["expires"] = formatdate(self.store.now() - 3600, usegmt=True)
            if complaint := self._unknown_host(request):
                headers |= {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
                return Response(f"{complaint}\n", 404, headers)
            domain = request.url.hostname
            agent = (
                f"zitadel.useragent={secrets.token_urlsafe(24)}; Path=/; Domain={domain}; Max-Age=31536000"
            )
            headers["set-cookie"] = f"{agent}; HttpOnly; SameSite=Lax"
            try:
                return Response(_json(await answer(request)), 200, headers)
            except OAuthRefusal as refusal:
                return Response(_json(refusal.body), refusal.status, headers)

        return respond

    async def _discovery(self, request: Request) -> dict[str, Any]:
        return auth.discovery(self._issuer(request))

    async def _jwks(self, request: Request) -> dict[str, Any]:
        return auth.jwks(self.store)

    async def _token(self, request: Request) -> dict[str, Any]:
        form = dict(request.query_params)
        if "urlencoded" in request.headers.get("content-type", ""):
            form |= _form(await request.body())
        return auth.token_answer(self.store, self._issuer(request), form, legacy=self.knobs.legacy)

    async def _userinfo(self, request: Request) -> dict[str, Any]:
        try:
            user, token = auth.bearer(self.store, request.headers.get("authorization"))
        except Refusal:
            raise OAuthRefusal(401, "access_denied", "access token invalid") from None
        return auth.userinfo(self.store, user, token.scopes)

    # --- headers ---

    def _plain(self) -> dict[str, str]:
        """What every answer carries, also those the gateway gives itself."""
        return {
            "content-type": "application/json",
            "date": formatdate(self.store.now(), usegmt=True),
            "x-request-id": "".join(secrets.choice(_ID_LETTERS) for _ in range(20)),
            "x-robots-tag": "none",
        }

    def _headers(self, v2: bool, *extra: str) -> dict[str, str]:
        headers = self._plain() | _MIRRORED
        if v2:
            headers["grpcgateway-date"] = headers["date"]
        else:
            headers |= {"cache-control": "no-store", "pragma": "no-cache", "expires": headers["date"]}
        if extra:
            headers[extra[0]] = extra[1]
        return headers


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _form(body: bytes) -> dict[str, str]:
    from urllib.parse import parse_qsl

    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _text(content: str, media_type: str) -> Respond:
    async def respond(request: Request) -> Response:
        return Response(content, 200, {"content-type": media_type, "x-robots-tag": "none"})

    return respond
