"""From an HTTP request to a handler and back: routing, order of refusal, envelope (contract §2)."""

import inspect
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zitadel_tui.demo import auth
from zitadel_tui.demo.api import (
    credentials,
    grants,
    history,
    import_user,
    me,
    members,
    organizations,
    policies,
    projects,
    service_accounts,
    user_state,
    users,
)
from zitadel_tui.demo.endpoints import AUTHENTICATED, ENDPOINTS, Answer, Call, Endpoint
from zitadel_tui.demo.errors import Refusal
from zitadel_tui.demo.front import NO_QUOTA, Front, answer
from zitadel_tui.demo.model import User
from zitadel_tui.demo.oidc import Oidc
from zitadel_tui.demo.proto import check, decode, pruned
from zitadel_tui.demo.rights import check_permission

AREAS = (
    credentials,
    grants,
    history,
    import_user,
    me,
    members,
    organizations,
    policies,
    projects,
    service_accounts,
    user_state,
    users,
)
"""Imported for the endpoints they put into the table."""


_MESSAGE_LIMIT = 4 << 20


class Gateway:
    """Answers every call of the table, the OpenID and the health calls."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.store = front.store
        routes = [Route(e.path, self._api(e), methods=[e.method]) for e in ENDPOINTS]
        routes += [Route(f"/{area}/v1/healthz", self._healthz) for area in ("management", "admin", "auth")]
        handlers = {404: self._not_found, 405: self._not_allowed}
        self.app = Starlette(routes=routes + Oidc(front).routes(), exception_handlers=handlers)
        self.app.router.redirect_slashes = False

    def _api(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            try:
                value = await self._answer(endpoint, request)
            except Refusal as refusal:
                return self._refused(refusal, v2=endpoint.v2)
            headers = self.front.served(v2=endpoint.v2) | NO_QUOTA
            if isinstance(value, bytes):
                return Response(value, 200, headers)
            return answer(pruned(value), 200, headers)

        return respond

    async def _answer(self, endpoint: Endpoint, request: Request) -> Answer:
        """Refuses in the server's order: JSON, host, token, organization, membership, permission, fields."""
        sent = await request.body()
        body = decode(endpoint.request, sent) if endpoint.request else {}
        if complaint := self.front.unknown_host(request):
            raise Refusal(5, complaint, kind="bare")
        if len(sent) > _MESSAGE_LIMIT:
            text = f"grpc: received message larger than max ({len(sent)} vs. {_MESSAGE_LIMIT})"
            raise Refusal(8, text, kind="bare")
        caller, token = auth.bearer(self.store, request.headers.get("authorization"))
        if not token.api:
            raise auth.invalid_token()
        org = self._org(request, caller)
        limits = self._permitted(endpoint.permission, caller, org)
        if request.method == "GET":
            body |= dict(request.query_params)
        body |= request.path_params
        check(endpoint.request, body)
        issuer = self.front.issuer(request)
        value = endpoint.handler(Call(self.store, self.front.knobs, issuer, caller, org, body, limits))
        return await value if inspect.isawaitable(value) else value

    def _org(self, request: Request, caller: User) -> str:
        named = request.headers.get("x-zitadel-orgid", "")
        if named and named not in self.store.orgs:
            raise Refusal(7, "Organisation doesn't exist", "AUTH-Bs7Ds")
        return named or caller.org

    def _permitted(self, permission: str, caller: User, org: str) -> set[str]:
        if permission == AUTHENTICATED:
            return set()
        return check_permission(self.store, caller.id, org, permission)

    def _refused(self, refusal: Refusal, *, v2: bool = False) -> Response:
        headers = self.front.plain()
        if refusal.kind != "gateway":
            headers = self.front.served(v2=v2, uncached=not v2)
        legacy = self.front.knobs.legacy
        body, status = refusal.body(legacy=legacy, v2=v2), refusal.status(legacy=legacy, v2=v2)
        if status == 401:
            headers["www-authenticate"] = body["message"]
        return answer(body, status, headers)

    async def _healthz(self, request: Request) -> Response:
        if complaint := self.front.unknown_host(request):
            return self._refused(Refusal(5, complaint, kind="bare"))
        return answer({}, 200, self.front.served() | NO_QUOTA)

    async def _not_found(self, request: Request, error: Exception) -> Response:
        return self._refused(Refusal(5, "Not Found", kind="gateway"))

    async def _not_allowed(self, request: Request, error: Exception) -> Response:
        return answer({"code": 12, "message": "Method Not Allowed"}, 405, self.front.plain())
