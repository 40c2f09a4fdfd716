"""What every answer has: headers, the issuer, and the error for a wrong host (contract §2.7, §1.2)."""

import secrets
import string
from email.utils import formatdate
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from zitadel_tui.demo.endpoints import Knobs
from zitadel_tui.demo.store import Store

_MIRRORED = {
    "grpcgateway-cache-control": "no-store",
    "grpcgateway-pragma": "no-cache",
}
_ID_LETTERS = string.ascii_lowercase + string.digits
NO_QUOTA = {"set-cookie": "zitadel.quota.exhausted=; Path=/; Max-Age=0; SameSite=Lax"}


class Front:
    """The instance as it is addressed: `origin` is scheme, host and port; the host is its only domain."""

    def __init__(self, store: Store, knobs: Knobs, origin: str) -> None:
        self.store = store
        self.knobs = knobs
        self.origin = origin

    @staticmethod
    def issuer(request: Request) -> str:
        return f"{request.url.scheme}://{request.url.netloc}"

    def unknown_host(self, request: Request, *, page: bool = False) -> str | None:
        """The error for a Host that is not a domain of the instance; None when it is one."""
        own = self.origin.partition("://")[2].partition(":")[0]
        host = request.url.hostname or ""
        if host == own:
            return None
        origin = f"&{{{host}  {request.url.scheme}}} (ExternalDomain is {own})"
        text = f"unable to set instance using origin {origin}: ID=QUERY-1kIjX Message=Instance not found. "
        text += "Make sure you got the domain right. "
        text += "Check out https://zitadel.com/docs/apis/introduction#domains"
        if self.knobs.legacy and not page:
            text += (
                f" Parent=(unable to get instance by domain: instanceDomain {host}, publicHostname {host}: "
            )
            text += "ID=QUERY-1kIjX Message=Errors.Instance.NotFound)"
        return text

    def plain(self) -> dict[str, str]:
        """The headers of answers that the gateway gives itself."""
        return {
            "content-type": "application/json",
            "date": formatdate(self.store.now(), usegmt=True),
            "x-request-id": "".join(secrets.choice(_ID_LETTERS) for _ in range(20)),
            "x-robots-tag": "none",
        }

    def uncached(self, *, ago: float = 0.0) -> dict[str, str]:
        expires = formatdate(self.store.now() - ago, usegmt=True)
        return {"cache-control": "no-store", "pragma": "no-cache", "expires": expires}

    def served(self, *, v2: bool = False, uncached: bool = True) -> dict[str, str]:
        """The headers of an answer of a service behind the gateway; a refusal of v2 is not `uncached`."""
        headers = self.plain() | {"grpcgateway-content-type": "application/grpc"}
        if uncached:
            headers |= _MIRRORED
        return headers | ({"grpcgateway-date": headers["date"]} if v2 else self.uncached())


def answer(value: Any, status: int, headers: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(value), status, headers)
