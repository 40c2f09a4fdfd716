"""From settings to a session: a client that signs in with the first request it sends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from zitadel_tui import paths
from zitadel_tui.core import concurrency
from zitadel_tui.core.concurrency import Coordination, Timing
from zitadel_tui.core.journal import Journal
from zitadel_tui.core.waiting import Waiting, WaitingRequests
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.settings import KeyFileSource, Settings, missing
from zitadel_tui.text import shown
from zitadel_tui.zitadel import calls, keyfile
from zitadel_tui.zitadel.auth import KeyFileSignIn, PersonalAccessToken, TokenSource
from zitadel_tui.zitadel.calls import Call, curl
from zitadel_tui.zitadel.client import Client
from zitadel_tui.zitadel.http import AsgiApp, Transport


class LocalServer(Protocol):
    """A ZITADEL in this process: what the demo offers."""

    origin: str

    @property
    def app(self) -> AsgiApp: ...

    def key_file(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Ids of the account that is signed in and of the organization that its calls address."""

    account: str
    organization: str


@dataclass(slots=True, eq=False)
class Session:
    """Owned by one asyncio loop; ``notes`` grow while signing in.

    ``server`` is what tells this server from others in this process: by default its origin, for a server
    inside this process the server itself.
    """

    settings: Settings
    client: Client
    timing: Timing = field(default_factory=lambda: concurrency.TIMING)
    server: object = None
    _journal: Journal | None = field(init=False, default=None)
    _identity: Identity | None = field(init=False, default=None)
    _coordination: Coordination | None = field(init=False, default=None)

    @property
    def journal(self) -> Journal | None:
        """Where this session's changes are recorded; None for the demo, whose changes are not real."""
        if self._journal is None and not self.settings.demo:
            self._journal = Journal(paths.state_directory())
        return self._journal

    @property
    def notes(self) -> list[str]:
        return self.client.tokens.notes

    @property
    def instance(self) -> str:
        """The address as it is shown: host and port, with the scheme where it is not https."""
        return shown(self.client.transport.origin.removeprefix("https://"))

    async def identify(self) -> Identity:
        """Asked once. Raises an error of the tree."""
        if self._identity is None:
            user = (await self.client.send(calls.my_user())).user
            self._identity = Identity(user.id, self.client.org_id or user.details.resource_owner)
        return self._identity

    async def coordination(self) -> Coordination:
        """What is shared with the other sessions of this process to the same organization."""
        if self._coordination is None:
            transport = self.client.transport
            server = self.server or (transport if self.settings.demo else transport.origin)
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

    async def close(self) -> None:
        await self.client.transport.close()


def open_session(
    settings: Settings,
    *,
    local: Callable[[], LocalServer] | None = None,
    stdin: Callable[[], bytes] = keyfile.standard_input,
) -> Session:
    """A session that has sent nothing yet; call it on the loop that will own it.

    ``local`` makes the server that answers in this process when the settings ask for the demo; ``stdin``
    gives a key that is piped in. Raises ``UsageFailure`` when address or credential are missing,
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
        read_only=settings.read_only,
    )
    tokens = _tokens(settings, transport, stdin)
    return Session(settings, Client(transport, tokens, org_id=settings.org_id or ""))


def _tokens(settings: Settings, transport: Transport, stdin: Callable[[], bytes]) -> TokenSource:
    source = settings.key_file
    if source is None:
        assert settings.access_token is not None
        return PersonalAccessToken(settings.access_token)

    read = cache(lambda: keyfile.read(source, stdin))  # a pipe gives its key once, also if it is none

    def load() -> keyfile.KeyFile:
        return keyfile.parse(read(), source, now=datetime.now(UTC))

    return KeyFileSignIn(
        transport,
        load,
        project_id=settings.project_id,
        token_url=settings.token_url,
        token_url_confirmed=settings.token_url_confirmed,
        most_clock_difference=settings.max_clock_difference * 3600,
    )


def _open_local(settings: Settings, server: LocalServer) -> Session:
    transport = Transport(
        server.origin, timeout=settings.timeout, read_only=settings.read_only, app=server.app
    )
    source = KeyFileSource(None, "the demo")

    def load() -> keyfile.KeyFile:
        return keyfile.parse(server.key_file(), source, now=datetime.now(UTC))

    tokens = KeyFileSignIn(transport, load, token_url=f"{server.origin}/oauth/v2/token")
    return Session(settings, Client(transport, tokens, org_id=settings.org_id or ""), server=server)
