"""All errors that can occur between this program and a ZITADEL.

::

    ZitadelError
    ├── SignInRefused        the key, the token or the account is rejected
    │   └── KeyRejected      a key, and the server does not say why
    ├── NotPermitted         403: the permission is missing
    ├── NoMembership         404: no role in that organization, and none on the instance
    ├── NotFound             what was asked for is not there
    ├── AlreadyThere         409
    ├── InvalidInput         400: a field or a value is rejected
    ├── RateLimited          429
    ├── Unavailable          no connection, or the server cannot answer now
    │   └── Contention       nothing was written because others wrote at the same moment
    ├── TimedOut             a read that took too long
    ├── OutcomeUnknown       a write whose answer was lost
    ├── NotZitadel           the answer is not one of a ZITADEL
    └── ReadOnly             not sent: --read-only, or a read-only context

Each has a sentence, a next step, and where the server gave them its error id and request id. They are
matched by ids and codes, never by texts (contract §2.3). No URL query, token or body is ever in them.
"""

from typing import NamedTuple

from zitadel_tui.failure import Failure


class Source(NamedTuple):
    """Where an error came from: HTTP status, the server's error id (``ORG-poWwe``), its request id."""

    status: int = 0
    error_id: str = ""
    request_id: str = ""


class ZitadelError(Failure):
    """Base of the tree."""

    next_step = ""

    def __init__(self, summary: str, hint: str = "", *, source: "Source | None" = None) -> None:
        super().__init__(summary, hint or self.next_step)
        self.source = source or Source()

    @property
    def reference(self) -> str:
        """The error id and request id for the server's operator, as far as known."""
        request = f"request {self.source.request_id}" if self.source.request_id else ""
        return ", ".join(part for part in (self.source.error_id, request) if part)


class SignInRefused(ZitadelError):
    next_step = "Check the key file and the address; `zitadel-tui settings` shows where each comes from."


class KeyRejected(SignInRefused):
    """The token endpoint rejected a key, and did not say why."""


class NotPermitted(ZitadelError):
    """``permission`` is the one the endpoint asks for; empty where it is not known."""

    next_step = "Use an account with a role that permits it, or ask an administrator for one."

    def __init__(
        self, summary: str, hint: str = "", *, permission: str = "", source: Source | None = None
    ) -> None:
        super().__init__(summary, hint, source=source)
        self.permission = permission


class NoMembership(ZitadelError):
    next_step = "Choose another organization with --org, or ask an administrator there for a role."


NO_ACCESS = (NotPermitted, NoMembership)
"""How the server refuses a read that this account may not make."""


class NotFound(ZitadelError):
    next_step = "Check the id. If it belongs to another organization, choose that with --org ID."


class AlreadyThere(ZitadelError):
    next_step = "Nothing was changed. Look at what exists, or choose another name."


class InvalidInput(ZitadelError):
    """``field`` is the JSON path of the rejected field, such as ``profile.firstName``; empty if unknown."""

    next_step = "Nothing was changed. Correct the value and try again."

    def __init__(
        self, summary: str, hint: str = "", *, field: str = "", source: Source | None = None
    ) -> None:
        super().__init__(summary, hint, source=source)
        self.field = field


class RateLimited(ZitadelError):
    """``retry_after`` is in seconds; None where the server did not say."""

    next_step = "Wait a moment and try again."

    def __init__(
        self,
        summary: str,
        hint: str = "",
        *,
        retry_after: float | None = None,
        source: Source | None = None,
    ) -> None:
        super().__init__(summary, hint, source=source)
        self.retry_after = retry_after


class Unavailable(ZitadelError):
    next_step = "Check that the server runs and the address is right, then try again."


class Contention(Unavailable):
    next_step = "Nothing was written; try again."


class TimedOut(ZitadelError):
    next_step = "Try again, or allow more time with --timeout SECONDS."


class OutcomeUnknown(ZitadelError):
    next_step = "Check whether it happened before you repeat it."


class NotZitadel(ZitadelError):
    next_step = "Check the address, and whether a proxy or a login page answers in front of the server."


class ReadOnly(ZitadelError):
    next_step = (
        "To change something, start without --read-only and ZITADEL_READ_ONLY; the protection of a context "
        "is in contexts.toml."
    )
