"""Discovery and the token endpoint (contract §1.3–1.5). Their field names are snake_case."""

import msgspec

from zitadel_tui.secret import Secret


class Discovery(msgspec.Struct, frozen=True):
    issuer: str
    token_endpoint: str


class TokenAnswer(msgspec.Struct, frozen=True):
    access_token: Secret
    expires_in: int = 0
    token_type: str = ""


class TokenRefusal(msgspec.Struct, frozen=True):
    error: str
    error_description: str = ""
