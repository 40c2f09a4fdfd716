"""The app's sign-in: the network thread, the session on it, and who we turned out to be."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zitadel_tui.core.runtime import Runtime
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings
from zitadel_tui.tui.services import network

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.core.session import LocalServer, Session
    from zitadel_tui.tui.app import ZitadelApp

LocalFactory = Callable[[], "LocalServer"]
"""Makes the demo's server; called on the network thread."""

_SECONDS_TO_CLOSE = 0.05
_SECONDS_TO_WRITE = 2.0
_HELPERS = ("network", "asyncio_")  # the network thread, and those of its loop's executor


class Connection:
    """Begins with :meth:`start`; :meth:`open` may be called again with other settings."""

    def __init__(
        self,
        app: "ZitadelApp",
        settings: Settings,
        *,
        local: LocalFactory | None,
        stdin: Callable[[], bytes] | None,
    ) -> None:
        self.app = app
        self.settings = settings
        self.session: Session | None = None
        self.account: Account | None = None
        self.failed = False
        self._local = local
        self._stdin = stdin
        self._runtime: Runtime | None = None

    @property
    def has_demo(self) -> bool:
        return self._local is not None

    @property
    def runtime(self) -> Runtime:
        if self._runtime is None:
            raise RuntimeError("the network thread has not been started")
        return self._runtime

    @property
    def names(self) -> tuple[str, str, str]:
        """Organization, instance and account, as they came; what is not known yet is empty or said."""
        asked = "the demo" if self.settings.demo else self.settings.domain or ""
        instance = self.session.instance if self.session else asked
        if self.account is not None:
            return self.account.organization_name, instance, self.account.name
        state = "account not known" if self.failed else "signing in"
        return "", instance, "not signed in" if self.session is None else state

    def start(self) -> None:
        """Start the network thread; what costs to import is imported there."""
        self._runtime = Runtime()
        self._runtime.start()

    def open(self, settings: Settings) -> None:
        """Sign in with these settings; the app hears of it, or shows the Connect screen again."""
        self.settings = settings
        self.session, self.account, self.failed = None, None, False
        network.drop_all(self.runtime)
        local, stdin = self._local, self._stdin

        def make() -> "Session":
            from zitadel_tui.core.session import open_session

            more: dict[str, Any] = {} if stdin is None else {"stdin": stdin}
            return open_session(settings, local=local, **more)

        network.follow(
            self.app,
            self.runtime,
            self.runtime.open(make),
            then=self._opened,
            failed=self._refused,
            group="open",
        )

    def _opened(self, session: "Session") -> None:
        self.session = session
        self.app.session_opened()
        self.identify()

    def identify(self) -> None:
        """Ask who we are, until that is known; the views do not wait for it."""
        if self.session is not None and self.account is None:
            network.submit(
                self.app, self.runtime, _who, then=self._identified, failed=self._refused, group="account"
            )

    def _identified(self, account: "Account | Failure") -> None:
        if isinstance(account, Failure):
            self.failed = True
            self.app.tell_failure(account)
            self.app.refresh_lines()
            return
        self.account, self.failed = account, False
        self.app.account_known()
        for note in self.session.notes if self.session else ():
            self.app.tell(note)

    def _refused(self, failure: Failure) -> None:
        self.session, self.failed = None, True
        self.app.show_connect(failure)
        self.app.refresh_lines()

    def stop(self) -> None:
        """Nobody waits for reads; a write under way has a moment to end."""
        if self._runtime is not None:
            wait = _SECONDS_TO_WRITE if network.writing(self.app) else _SECONDS_TO_CLOSE
            self._runtime.stop(wait=wait)

    @property
    def lingers(self) -> bool:
        """Whether something still holds up the end of the process: a name lookup cannot be cancelled."""
        return any(thread.name.startswith(_HELPERS) for thread in threading.enumerate())


async def _who(session: "Session") -> "Account | Failure":
    """The account; a failure as a value where we are signed in all the same, so Connect would not help."""
    from zitadel_tui.core.account import identify
    from zitadel_tui.zitadel.errors import NotZitadel, SignInRefused

    await session.client.tokens.token()
    try:
        return await identify(session.client)
    except (SignInRefused, NotZitadel):
        raise
    except Failure as failure:
        if session.settings.access_token is not None:  # which proves nothing until it is used
            raise
        return failure
