"""Who the app is signed in as, and signing in to another server or with another key."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from textual.message_pump import MessagePump

from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings
from zitadel_tui.tui.services.network import Network

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.core.session import LocalServer, Session

LocalFactory = Callable[[], "LocalServer"]
"""Makes the demo's server; called on the network thread."""

_SECONDS_TO_CLOSE = 0.05
_SECONDS_TO_WRITE = 2.0
_HELPERS = ("network", "asyncio_")  # the network thread, and those of its loop's executor


class ConnectionListener(Protocol):
    """Hears how signing in goes; called on the interface's loop."""

    def session_opened(self) -> None:
        """Another session has begun; who is signed in may be known later."""

    def account_known(self) -> None:
        """``Connection.account`` is there."""

    def sign_in_failed(self, failure: Failure) -> None: ...

    def account_unknown(self, failure: Failure) -> None:
        """Signed in, but who that is could not be read."""


class Connection:
    """Begins with :meth:`start`; :meth:`open` may be called again with other settings."""

    def __init__(
        self,
        node: MessagePump,
        network: Network,
        settings: Settings,
        *,
        listener: ConnectionListener,
        local: LocalFactory | None,
        stdin: Callable[[], bytes] | None,
    ) -> None:
        """``node`` delivers the answers: the app."""
        self.settings = settings
        self.account: Account | None = None
        self.failed = False
        self._node = node
        self._network = network
        self._listener = listener
        self._local = local
        self._stdin = stdin

    @property
    def session(self) -> "Session | None":
        return self._network.session

    @property
    def has_demo(self) -> bool:
        return self._local is not None

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
        self._network.runtime.start()

    def open(self, settings: Settings) -> None:
        """Sign in with these settings; the listener hears how it went."""
        self.settings = settings
        self.account, self.failed = None, False
        self._network.use(None)
        local, stdin = self._local, self._stdin

        def make() -> "Session":
            from zitadel_tui.core.session import open_session

            more: dict[str, Any] = {} if stdin is None else {"stdin": stdin}
            return open_session(settings, local=local, **more)

        self._network.follow(
            self._node,
            self._network.runtime.open(make),
            then=self._opened,
            failed=self._refused,
            group="open",
        )

    def _opened(self, session: "Session") -> None:
        self._network.use(session)
        self._listener.session_opened()
        self.identify()

    def identify(self) -> None:
        """Ask who we are, until that is known; the views do not wait for it."""
        if self.session is not None and self.account is None:
            self._network.submit(
                self._node, _who, then=self._identified, failed=self._refused, group="account"
            )

    def _identified(self, account: "Account | Failure") -> None:
        if isinstance(account, Failure):
            self.failed = True
            self._listener.account_unknown(account)
            return
        self.account, self.failed = account, False
        self._listener.account_known()

    def _refused(self, failure: Failure) -> None:
        self._network.use(None)
        self.failed = True
        self._listener.sign_in_failed(failure)

    def stop(self) -> None:
        """Nobody waits for reads; a write under way has a moment to end."""
        wait = _SECONDS_TO_WRITE if self._network.writing else _SECONDS_TO_CLOSE
        self._network.runtime.stop(wait=wait)

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
