"""Where tokens are kept until they end, so that not every use needs a sign-in."""

from dataclasses import dataclass
from typing import Protocol

from zitadel_tui.secret import Secret

_CLOCK_TOLERANCE = 60.0  # seconds that a clock may be set back without being called wrong


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What a token was issued for; one for anything else is another token."""

    origin: str
    account: str
    key_id: str
    scopes: str


@dataclass(frozen=True, slots=True)
class StoredToken:
    """``obtained`` and ``expires`` are seconds since 1970 by this machine's clock."""

    token: Secret
    obtained: float
    expires: float

    def is_valid(self, now: float) -> bool:
        """Not when the clock was set back to before it was obtained: then nothing tells its age."""
        return self.obtained - _CLOCK_TOLERANCE <= now < self.expires


class TokenStore(Protocol):
    """Keeps one token for each key. Called on the loop of the sign-in, so each call must be quick; none
    raises: a store that cannot be read or written holds nothing."""

    def load(self, key: TokenKey) -> StoredToken | None: ...

    def save(self, key: TokenKey, token: StoredToken) -> None: ...

    def forget(self, key: TokenKey) -> None: ...


class MemoryTokens:
    """Keeps tokens as long as the process runs."""

    def __init__(self) -> None:
        self._tokens: dict[TokenKey, StoredToken] = {}

    def load(self, key: TokenKey) -> StoredToken | None:
        return self._tokens.get(key)

    def save(self, key: TokenKey, token: StoredToken) -> None:
        self._tokens[key] = token

    def forget(self, key: TokenKey) -> None:
        self._tokens.pop(key, None)
