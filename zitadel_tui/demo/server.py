"""The demo as one object: an ASGI application, its data, its faults."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp

from zitadel_tui.demo import auth
from zitadel_tui.demo.api.service_accounts import add_key, new_pat
from zitadel_tui.demo.endpoints import Knobs
from zitadel_tui.demo.faults import Faults, Faulty
from zitadel_tui.demo.front import Front
from zitadel_tui.demo.gateway import Gateway
from zitadel_tui.demo.model import MACHINE
from zitadel_tui.demo.sample_data import AGE, NewInstance, populate, set_up
from zitadel_tui.demo.store import Store

ACCOUNT = "onboarding-bot"


class Demo:
    """A ZITADEL in memory. Times in seconds. `size` members of Acme Corp are made when they are asked for;
    `lag` lies between a write and the searches that show it; `fresh` is a new instance instead of Acme Corp;
    `legacy` answers as v4.13.1; `password_cost` is what hashing a password takes."""

    def __init__(
        self,
        *,
        size: int | None = None,
        seed: int = 1,
        clock: Callable[[], float] = time.time,
        lag: tuple[float, float] = (0.010, 0.050),
        latency: float = 0.0,
        legacy: bool = False,
        origin: str = "https://demo.zitadel.example",
        fresh: NewInstance | None = None,
        password_cost: float = 0.0,
    ) -> None:
        self.knobs = Knobs(legacy=legacy, latency=latency, password_cost=password_cost)
        age = 0.0 if fresh else AGE
        self.store = Store(clock=clock, lag=lag, seed=seed, shuffled=not fresh, age=age)
        if fresh:
            set_up(self.store, fresh)
        else:
            populate(self.store, clock(), size)
        self.store.open()
        self.faults = Faults()
        self._front = Front(self.store, self.knobs, origin)
        self.app: ASGIApp = Faulty(Gateway(self._front).app, self.faults, lambda: self.knobs.latency)
        self._key_files: dict[str, bytes] = {}
        self._pats: dict[str, str] = {}

    @property
    def origin(self) -> str:
        """Scheme, host and port of the demo; the host is the instance's only domain."""
        return self._front.origin

    @origin.setter
    def origin(self, value: str) -> None:
        self._front.origin = value

    def key_file(self, account: str = ACCOUNT) -> bytes:
        """The JSON key file of a service account. Raises KeyError for an unknown name."""
        if account not in self._key_files:
            private, public = auth.pem(auth.private_key(account))
            user = self._machine(account)
            key = add_key(self.store, user, user, expires=auth.NEVER, public_pem=public)
            self._key_files[account] = auth.key_file(key, private)
        return self._key_files[account]

    def access_token(self, account: str = ACCOUNT) -> str:
        """A valid bearer token without signing in: a personal access token of the account."""
        if account not in self._pats:
            user = self._machine(account)
            self._pats[account], _ = new_pat(self.store, user, user, expires=auth.NEVER)
        return self._pats[account]

    def _machine(self, account: str) -> str:
        added = self.store.login_suffix(self.store.default_org)
        user = self.store.user_named(account) or self.store.user_named(account + added)
        if user is None or user.type != MACHINE:
            raise KeyError(account)
        return user.id
