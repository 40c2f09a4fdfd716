"""The connection: the account that is signed in, and signing in to another server or with another key."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from textual.message_pump import MessagePump

from zitadel_tui.contexts import Protection
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings, protection
from zitadel_tui.tui.services.network import Network, Request

if TYPE_CHECKING:
    from zitadel_tui.core.account import Account
    from zitadel_tui.core.ahead import Ahead
    from zitadel_tui.core.session import LocalServer, Session
    from zitadel_tui.core.waiting import Waiting

LocalFactory = Callable[[], "LocalServer"]
"""Makes the demo's server; called on the network thread."""

_SECONDS_TO_CLOSE = 0.05
_MOST_SECONDS_TO_FINISH = 60.0  # a request has 30 by default, and settling takes more
_HELPERS = ("network", "asyncio_")  # the network thread, and those of its loop's executor


class ConnectionListener(Protocol):
    """Is called on the interface's loop with the progress of signing in."""

    def session_opened(self) -> None:
        """A session was opened; the account may be known later."""

    def account_known(self) -> None:
        """``Connection.account`` is known."""

    def sign_in_failed(self, failure: Failure) -> None:
        """Signing in failed; a previous session that works stays."""

    def waiting_for(self, waiting: "Waiting | None") -> None:
        """A request has no answer after a second, or is retried; None when all are answered."""

    def account_unknown(self, failure: Failure) -> None:
        """Signed in, but the account could not be read."""


class Connection:
    """Begins with :meth:`start`; :meth:`open` may be called again with other settings.

    A working session is replaced only by another working one, whose account is known.
    """

    def __init__(
        self,
        node: MessagePump,
        network: Network,
        settings: Settings,
        *,
        listener: ConnectionListener,
        local: LocalFactory | None,
        stdin: Callable[[], bytes] | None,
        ahead: "Ahead | None" = None,
    ) -> None:
        """``node`` delivers the answers; it is the app. ``ahead`` has begun to sign in with ``settings``."""
        self.settings = settings
        """Of the session; while there is none that works, those that were tried last."""
        self.tried = settings
        """Those that were tried last."""
        self.account: Account | None = None
        self._anonymous = False
        """Whether we are signed in, but the account could not be read."""
        self._attempt = 0
        self._is_trying = False
        self._candidate: Session | None = None
        self._identifying: Request[Any] | None = None
        self._node = node
        self._network = network
        self._listener = listener
        self._local = local
        self._stdin = stdin
        self._ahead = ahead

    @property
    def session(self) -> "Session | None":
        return self._network.session

    @property
    def works(self) -> bool:
        """Whether a session is signed in."""
        return self.session is not None and (self.account is not None or self._anonymous)

    @property
    def protection(self) -> Protection:
        """That of the session; until there is one, the strictest that the settings state."""
        return self.session.protection if self.session else protection(self.settings)

    @property
    def has_demo(self) -> bool:
        return self._local is not None

    @property
    def names(self) -> tuple[str, str, str]:
        """Organization, instance and account, unescaped; unknown ones are empty or a phrase."""
        asked = "the demo" if self.settings.demo else self.settings.domain or ""
        instance = self.session.instance if self.session else asked
        if self.account is not None:
            return self.account.organization_name, instance, self.account.name
        state = "account not known" if self._anonymous else "signing in"
        return "", instance, state if self.session or self._is_trying else "not signed in"

    def start(self) -> None:
        """Start the network thread; it also does the slow imports."""
        self._network.runtime.start()

    def sources_for(
        self, settings: Settings
    ) -> "tuple[Callable[[], LocalServer] | None, Callable[[], bytes] | None]":
        """What makes the demo's server, which is that of the session if there is one, and what gives a key
        that was piped in."""
        demo = self.session.demo if self.session is not None and settings.demo else None
        return (self._local if demo is None else lambda: demo), self._stdin

    def act_in(self, org_id: str) -> None:
        """Open a session in another organization of this server with the same sign-in; empty is the
        account's own. The listener is called as for :meth:`open`."""
        self.open(self.settings._replace(org=org_id or None), beside=self.session)

    def open(self, settings: Settings, *, beside: "Session | None" = None) -> None:
        """Sign in with these settings; the listener is called with the result. A new try replaces the
        current one. ``beside`` is a session of the same account at the same server, whose token is used."""
        self.tried = settings
        self._retire_candidate()
        if not self.works:
            self._network.use(None)
            self.settings = settings
        local, stdin, node, listener = self._local, self._stdin, self._node, self._listener
        ahead, self._ahead = self._ahead, None
        self._attempt += 1
        attempt, self._is_trying = self._attempt, True

        def waits(waiting: "Waiting | None") -> None:
            node.call_later(listener.waiting_for, waiting)

        async def make() -> "Session":
            from zitadel_tui.core.session import open_session

            handover = None if ahead is None else await ahead.handover(waits)
            more: dict[str, Any] = {} if stdin is None else {"stdin": stdin}
            demo = None if beside is None else beside.demo
            make_local = local if demo is None else lambda: demo
            session = open_session(settings, local=make_local, handover=handover, **more)
            if beside is not None:
                session.go_on_with(beside)
            session.on_waiting(waits)
            return session

        def opened(session: "Session") -> None:
            if attempt == self._attempt:
                self._opened(session)
            else:
                self._network.runtime.retire(session)

        def failed(failure: Failure) -> None:
            if attempt == self._attempt:
                self._refused(failure)

        self._network.open(make, then=opened, failed=failed)

    def _opened(self, session: "Session") -> None:
        if self.works:
            self._candidate = session
        else:  # no session to lose: views can read before the account is known
            self._begin(session)
        self._identify(session)

    def _begin(self, session: "Session") -> None:
        self.settings, self.account, self._anonymous = self.tried, None, False
        self._candidate = None
        self._network.use(session)
        self._listener.session_opened()

    def identify(self) -> None:
        """Read the account again, if it is unknown."""
        if self.session is not None and self.account is None:
            self._identify(self.session)

    def _identify(self, session: "Session") -> None:
        self._identifying = self._network.submit(
            self._node,
            _who,
            then=partial(self._identified, session),
            failed=self._refused,
            group="candidate" if session is self._candidate else "account",
            session=session,
        )

    def _identified(self, session: "Session", account: "Account | Failure") -> None:
        if isinstance(account, Failure) and session is self._candidate:
            self._refused(account)
            return
        if session is self._candidate:
            self._begin(session)
        self._is_trying = False
        if isinstance(account, Failure):
            self._anonymous = True
            self._listener.account_unknown(account)
            return
        self.account, self._anonymous = account, False
        self._listener.account_known()

    def _refused(self, failure: Failure) -> None:
        self._is_trying = False
        self._retire_candidate()
        if not self.works:
            self._network.use(None)
        self._listener.sign_in_failed(failure)

    def _retire_candidate(self) -> None:
        if self._candidate is not None:
            if self._identifying is not None:
                self._identifying.cancel()
            self._network.runtime.retire(self._candidate)
            self._candidate = None

    def stop(self) -> None:
        """Cancel all reads."""
        self._network.runtime.stop(wait=_SECONDS_TO_CLOSE)

    def finish(self) -> None:
        """Cancel reads, and wait until writes have ended and are recorded."""
        self._network.runtime.stop(wait=_MOST_SECONDS_TO_FINISH)

    @property
    def lingers(self) -> bool:
        """Whether a thread still delays the end of the process: a name lookup cannot be cancelled."""
        return any(thread.name.startswith(_HELPERS) for thread in threading.enumerate())


async def _who(session: "Session") -> "Account | Failure":
    """The account, or the failure to read it although signed in, which Connect would not solve."""
    from zitadel_tui.core.account import identify
    from zitadel_tui.zitadel.errors import NotZitadel, SignInRefused

    await session.client.tokens.token()
    try:
        account = await identify(session.client)
        await session.identified_as(account.user)
        return account
    except (SignInRefused, NotZitadel):
        raise
    except Failure as failure:
        if session.settings.access_token is not None:  # which is not proven until used
            raise
        return failure
