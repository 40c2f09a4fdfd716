"""Stores of tokens, so that not every use needs a sign-in."""

from typing import NamedTuple, Protocol

from zitadel_tui.secret import Secret

_CLOCK_TOLERANCE = 60.0  # seconds that a clock may be set back and still count as right


class TokenKey(NamedTuple):
    """What a token was issued for."""

    origin: str
    account: str
    key_id: str
    scopes: str


class StoredToken(NamedTuple):
    """``obtained`` and ``expires`` are seconds since 1970 by this machine's clock."""

    token: Secret
    obtained: float
    expires: float

    def is_valid(self, now: float) -> bool:
        """Whether the token is valid. False when the clock was set back to before it was obtained, because
        its age is then unknown."""
        return self.obtained - _CLOCK_TOLERANCE <= now < self.expires


class SignIn(NamedTuple):
    """What signing in has brought, for another process to go on with."""

    token: StoredToken
    audience: str
    """What the server calls itself."""
    clock_difference: float
    """Seconds that had to be added to this machine's time."""
    notes: tuple[str, ...]


class TokenStore(Protocol):
    """Keeps one token for each key. Called on the loop of the sign-in, so each call must be quick. Never
    raises: a store that cannot be read or written is empty."""

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
