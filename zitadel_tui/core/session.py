"""Opens sessions from settings: a client that signs in with its first request."""

from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from zitadel_tui import paths
from zitadel_tui.contexts import Protection
from zitadel_tui.core import concurrency, token_cache
from zitadel_tui.core.concurrency import Coordination, Timing
from zitadel_tui.core.waiting import Waiting, WaitingRequests
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.settings import KeyFileSource, Settings, missing
from zitadel_tui.settings import protection as stated_protection
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, keyfile
from zitadel_tui.zitadel.auth import KeyFileSignIn, PersonalAccessToken, TokenSource
from zitadel_tui.zitadel.calls import Call, curl
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import AsgiApp, Transport
from zitadel_tui.zitadel.traffic import Limiter, Observer
from zitadel_tui.zitadel.wire.users import User

if TYPE_CHECKING:
    from zitadel_tui.core.journal import ChangeJournal
    from zitadel_tui.zitadel.handover import Handover


class LocalServer(Protocol):
    """The interface of a ZITADEL in this process (the demo)."""

    origin: str

    @property
    def app(self) -> AsgiApp: ...

    def key_file(self) -> bytes: ...


class Identity(NamedTuple):
    """Ids of the account that is signed in and of the organization that its calls address."""

    account: str
    organization: str


class Session:
    """Owned by one asyncio loop.

    ``notes`` grow while signing in. ``server`` identifies the server: its origin, or for a server inside
    this process the server itself.
    """

    def __init__(
        self, settings: Settings, client: Client, *, timing: Timing | None = None, server: object = None
    ) -> None:
        self.settings = settings
        self.client = client
        self.timing = timing or concurrency.TIMING
        self.server = server
        self.demo: LocalServer | None = None
        """The server itself, where it is the demo."""
        self.protection = stated_protection(settings)
        """Until the organization is known, as if it were the one with the strictest protection."""
        client.transport.read_only = client.transport.read_only or self.protection.against_changes
        self._journal: ChangeJournal | None = None
        self._identity: Identity | None = None
        self._coordination: Coordination | None = None

    @property
    def journal(self) -> "ChangeJournal":
        """The journal of this session's changes; the demo's is in memory."""
        if self._journal is None:
            from zitadel_tui.core import journal

            if self.settings.demo:
                self._journal = journal.in_memory(self.local_server)
            else:
                self._journal = journal.Journal(paths.state_directory())
        return self._journal

    @property
    def local_server(self) -> object:
        """What identifies the server inside this process, where it is one."""
        return self.server or self.client.transport

    @property
    def context(self) -> str:
        """The name of the context that the settings come from; empty when they come from no context."""
        return self.settings.context

    @property
    def notes(self) -> list[str]:
        return self.client.tokens.notes

    @property
    def instance(self) -> str:
        """The address as it is shown: host and port, with the scheme where it is not https."""
        return shown(self.client.transport.origin.removeprefix("https://"))

    async def identify(self) -> Identity:
        """Read the identity, once. Raises an error of the tree."""
        if self._identity is None:
            await self.identified_as((await self.client.send(calls.my_user())).user)
        assert self._identity is not None
        return self._identity

    async def identified_as(self, user: User) -> None:
        """Take the identity from an answer to who signed in; with it the protection is known."""
        if self._identity is None:
            organization = await self.client.organization() or user.details.resource_owner
            if self.settings.protection_rules:
                from zitadel_tui.core import protection

                self.protection = await protection.of_organization(self.settings, self.client, organization)
                self.client.transport.read_only = self.protection.against_changes
            self._identity = Identity(user.id, organization)

    async def known_protection(self) -> Protection:
        """The protection of the organization in use. Raises an error of the tree."""
        await self.identify()
        return self.protection

    async def name_to_type(self) -> str:
        """What confirms a change to this organization where it is protected. Raises an error of the tree."""
        from zitadel_tui.core import protection

        return await protection.name_to_type(self.client, (await self.identify()).organization)

    async def coordination(self) -> Coordination:
        """The state shared with other sessions of this process to the same organization."""
        if self._coordination is None:
            origin = self.client.transport.origin
            server = self.local_server if self.settings.demo else self.server or origin
            self._coordination = concurrency.coordination(server, (await self.identify()).organization)
        return self._coordination

    async def access_token(self) -> Secret:
        """A valid bearer token. Raises what signing in raises."""
        return await self.client.tokens.token()

    def curl(self, call: Call[Any]) -> str:
        """``call`` as a command to paste, with the organization and trust of this session."""
        flags = ["-k"] if self.settings.insecure else []
        if self.settings.ca_file is not None:
            flags = ["--cacert", str(self.settings.ca_file)]
        return curl(call, origin=self.client.transport.origin, org_id=self.client.org_id, flags=flags)

    def on_waiting(self, changed: Callable[[Waiting | None], None]) -> None:
        """Call ``changed`` on the session's loop with what is waited for, and None when no longer."""
        self.client.transport.observers.append(WaitingRequests(changed))

    def beside(self, *, limiter: Limiter, journal: "ChangeJournal") -> "Session":
        """Another session with the same sign-in and organization, with connections, limits and a journal of
        its own. Close it before this one."""
        transport = self.client.transport.beside(limiter)
        client = self.client.beside(transport)
        session = Session(self.settings, client, timing=self.timing, server=self.server)
        session.protection = self.protection
        transport.read_only = self.client.transport.read_only
        session._journal, session._identity = journal, self._identity
        session._coordination = self._coordination
        return session

    def go_on_with(self, other: "Session") -> None:
        """Use the token of ``other``, a session of the same account at the same server."""
        tokens, sign_in = self.client.tokens, other.client.tokens.sign_in
        if sign_in is not None and isinstance(tokens, KeyFileSignIn):
            tokens.resume(sign_in)

    def with_timing(self, timing: Timing) -> "Session":
        """The same session with other pauses between reads."""
        other = copy(self)
        other.timing = timing
        return other

    async def close(self) -> None:
        await self.client.transport.close()


def open_session(
    settings: Settings,
    *,
    local: Callable[[], LocalServer] | None = None,
    stdin: Callable[[], bytes] = keyfile.standard_input,
    handover: "Handover | None" = None,
) -> Session:
    """Open a session that has sent nothing yet; call it on the loop that will own it.

    ``local`` makes the server that answers in this process when the settings ask for the demo; ``stdin``
    gives a key that is piped in. With a ``handover`` the session goes on where the one of another process
    with the same settings has ended. Raises ``UsageFailure`` when address or credential are missing,
    ``Unavailable`` for an unusable CA file.
    """
    if settings.demo and local is not None:
        return _open_local(settings, local())
    lacking = missing(settings)
    if lacking is not None or settings.domain is None:
        raise UsageFailure(
            lacking or "No address is set.", "`zitadel-tui settings` shows what is set and where."
        )
    transport = Transport(
        settings.domain,
        timeout=settings.timeout,
        ca_file=settings.ca_file,
        insecure=settings.insecure,
        at_hand=None if handover is None else handover.at_hand,
    )
    transport.trace = _trace(settings)
    tokens = _tokens(settings, transport, stdin)
    if handover is not None and handover.sign_in is not None and isinstance(tokens, KeyFileSignIn):
        tokens.resume(handover.sign_in)
    return Session(settings, _client(settings, transport, tokens))


def _trace(settings: Settings) -> Observer | None:
    if settings.trace is None:
        return None
    from zitadel_tui.core import trace

    return trace.observer(settings)


def _tokens(settings: Settings, transport: Transport, stdin: Callable[[], bytes]) -> TokenSource:
    source = settings.key_file
    if source is None:
        assert settings.access_token is not None
        return PersonalAccessToken(settings.access_token)

    read = cache(lambda: keyfile.read(source, stdin))  # a pipe can be read only once

    def load() -> keyfile.KeyFile:
        return keyfile.parse(read(), source, now=datetime.now(UTC))

    def load_identity() -> keyfile.KeyIdentity:
        return keyfile.identity(read(), source, now=datetime.now(UTC))

    store: token_cache.TokenCache | None = None
    if token_cache.is_enabled_for(settings):
        store = token_cache.TokenCache(token_cache.directory(), lambda said: tokens.notes.append(said))
    tokens = KeyFileSignIn(
        transport,
        load,
        project_id=settings.project_id,
        token_url=settings.token_url,
        token_url_confirmed=settings.token_url_confirmed,
        most_clock_difference=settings.max_clock_difference * 3600,
        store=store,
        load_identity=load_identity if store else None,
    )
    return tokens


def _open_local(settings: Settings, server: LocalServer) -> Session:
    transport = Transport(server.origin, timeout=settings.timeout, app=server.app)
    transport.trace = _trace(settings)
    source = KeyFileSource(None, "the demo")

    def load() -> keyfile.KeyFile:
        return keyfile.parse(server.key_file(), source, now=datetime.now(UTC))

    tokens = KeyFileSignIn(transport, load, token_url=f"{server.origin}/oauth/v2/token")
    session = Session(settings, _client(settings, transport, tokens), server=server)
    session.demo = server
    return session


def _client(settings: Settings, transport: Transport, tokens: TokenSource) -> Client:
    """A client for the organization of the settings: one that is not an id is looked up first."""
    org = settings.org or ""
    if not org:
        return Client(transport, tokens)
    from zitadel_tui.core import organizations

    if organizations.is_id(org):
        return Client(transport, tokens, org_id=org)
    return Client(transport, tokens, find_org=lambda own: organizations.find(own, org))
