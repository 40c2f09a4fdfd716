"""Refusals, and their form on the wire (contract §2.1)."""

from typing import Any, Literal

HTTP_OF_CODE = {
    1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409,
    11: 400, 12: 501, 13: 500, 14: 503, 15: 500, 16: 401,
}  # fmt: skip
CODE_NAMES = {3: "InvalidArgument", 16: "Unauthenticated"}
DETAIL_TYPE = "type.googleapis.com/zitadel.v1.ErrorDetail"


Kind = Literal["detailed", "native", "bare", "gateway"]


class Refusal(Exception):
    """A refused call: gRPC code, text, and the error id. `detailed` ones carry id and text once more;
    `native` ones (validation, missing header) do not, and v4.13.1 wraps those of v1 as code 2; `bare` ones it
    does not wrap; those of the `gateway` never reach the service."""

    def __init__(self, code: int, text: str, id: str = "", *, kind: Kind = "detailed") -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.id = id
        self.kind = kind

    def body(self, *, legacy: bool, v2: bool) -> dict[str, Any]:
        """The REST envelope; an empty id leaves `()` behind the text, as the server does."""
        wrapped = self._wrapped(legacy, v2)
        if self.kind != "detailed" and not wrapped:
            return {"code": self.code, "message": self.text.replace("\xa0", " ") if legacy else self.text}
        text = f"rpc error: code = {CODE_NAMES[self.code]} desc = {self.text}" if wrapped else self.text
        detail = {"@type": DETAIL_TYPE, **({"id": self.id} if self.id else {}), "message": text}
        return {"code": 2 if wrapped else self.code, "message": f"{text} ({self.id})", "details": [detail]}

    def status(self, *, legacy: bool, v2: bool) -> int:
        return 500 if self._wrapped(legacy, v2) else HTTP_OF_CODE[self.code]

    def _wrapped(self, legacy: bool, v2: bool) -> bool:
        return self.kind == "native" and legacy and not v2


class OAuthRefusal(Exception):
    """A refusal of the token endpoint: HTTP status, `error`, `error_description` (contract §1.4)."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


def invalid(text: str, id: str) -> Refusal:
    return Refusal(3, text, id)


def precondition(text: str, id: str) -> Refusal:
    return Refusal(9, text, id)


def not_found(text: str, id: str) -> Refusal:
    return Refusal(5, text, id)


def exists(text: str, id: str) -> Refusal:
    return Refusal(6, text, id)
