"""``--trace``: writes each attempt of a request to a new file, as a line of JSON, to attach to a bug report.

Tokens, assertions, keys, passwords, hashes, codes and links are replaced: they are found by the names of
their fields, and then wherever the same value occurs again.
"""

import contextlib
import json
import os
import re
import time
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from zitadel_tui import paths
from zitadel_tui.core.journal import timestamp
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import MASK
from zitadel_tui.settings import Settings
from zitadel_tui.text import shown
from zitadel_tui.zitadel import endpoints, refusal
from zitadel_tui.zitadel.traffic import Answer, Attempt, Event, Observer, Request

_LONGEST_TEXT = 2000  # characters of a body that is not JSON
_LEAST_SECRET = 6
"""Characters. A shorter value is not searched for, because it may occur with another meaning."""
_SECRET_NAMES = frozenset(
    {
        *(
            "key",
            "keydetails",
            "keycontent",
            "value",
            "otp",
            "pat",
            "assertion",
            "link",
            "url",
            "urltemplate",
        ),
        *("code", "secret", "password", "hash", "encoded", "token"),
    }
)
_SECRET_ENDS = ("token", "secret", "password", "assertion", "hash", "link", "code", "passwd")
_ROLE_KEYS = frozenset({endpoints.PROJECT_ROLES.name})
"""Endpoints whose ``key`` is the key of a role."""
_EVENT_KEY = "EventTypes."
_FIELD = re.compile(r"""("(\w+)"\s*:\s*")((?:[^"\\]|\\.)*)""")
"""A field whose value is a text, in JSON that is damaged."""
_HEADERS = ("content-type", "date", "retry-after", "x-request-id", "server", "via")


class Trace:
    """An observer of transports that writes each attempt to the file."""

    def __init__(self, path: Path, *, bodies: bool) -> None:
        """Raises ``UsageFailure`` when ``path`` exists or cannot be created."""
        self._bodies = bodies
        self._lock = Lock()  # sessions may be on several loops
        self._is_broken = False
        try:
            paths.create_private(path, b"")
            self._descriptor = os.open(
                path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            )  # until the process ends
        except FileExistsError:
            raise UsageFailure(
                f"The file {shown(str(path))} already exists, and a trace needs a new one.",
                "Give another name to --trace, or delete the file.",
            ) from None
        except OSError as error:
            raise UsageFailure(
                f"The trace {shown(str(path))} cannot be written: {error.strerror}.", "Check the path."
            ) from None

    def __call__(self, event: Event) -> None:
        if not isinstance(event, Attempt):
            return
        line = json.dumps(self._line(event), ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            if not self._is_broken:
                try:
                    os.write(self._descriptor, line)
                except OSError:  # a full disk must not stop what is traced
                    self._is_broken = True

    def _line(self, attempt: Attempt) -> dict[str, Any]:
        request, answer, error = attempt.request, attempt.answer, attempt.error
        secrets = _secrets(request)
        parts = urlsplit(request.url or request.endpoint.path)
        line: dict[str, Any] = {
            "time": timestamp(time.time() - attempt.seconds),
            "number": attempt.number,
            "call": request.endpoint.name,
            "method": request.endpoint.method,
            "path": parts.path + (f"?{parts.query}" if parts.query else ""),
            "milliseconds": round(attempt.seconds * 1000, 1),
        }
        if parts.netloc:
            line["host"] = parts.netloc.rpartition("@")[2]
        if organization := request.headers.get("x-zitadel-orgid"):
            line["organization"] = organization
        if answer is not None:
            line |= _of_answer(answer)
        if error is not None:
            line["error"] = type(error).__name__
            line["reason"] = error.summary
            notes = getattr(error, "__notes__", [])
            if notes:
                line["cause"] = "; ".join(notes)
        if self._bodies:
            line["request"] = _body(
                request.content, request.headers.get("Content-Type", ""), request, secrets
            )
            if answer is not None:
                kind = answer.headers.get("content-type", "")
                line["answer"] = _body(answer.content, kind, request, secrets)
        return {name: _hidden(value, secrets) for name, value in line.items()}


def _of_answer(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {"status": answer.status}
    envelope = refusal.envelope(answer)
    if answer.status != 200 and envelope is not None and envelope.id:
        found["errorId"] = envelope.id
    found["headers"] = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
    if answer.clock_difference is not None:
        found["clockDifference"] = round(answer.clock_difference, 1)
    return found


def _secrets(request: Request) -> list[str]:
    """Collect the secrets that must not be written: the token, and those in the request."""
    found = [request.headers.get("Authorization", "").removeprefix("Bearer ")]
    content = request.content or b""
    if "form" in request.headers.get("Content-Type", ""):
        pairs = parse_qsl(content.decode("utf-8", "replace"))
        found += [value for name, value in pairs if _is_secret(name)]
    else:
        with contextlib.suppress(ValueError):
            _collect(json.loads(content or b"null"), request, found)
    return [secret for secret in found if len(secret) >= _LEAST_SECRET]


def _collect(data: Any, request: Request, found: list[str]) -> None:
    if isinstance(data, list):
        for one in data:
            _collect(one, request, found)
    elif isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, str) and _is_secret(name, value, request):
                found.append(value)
            else:
                _collect(value, request, found)


def _is_secret(name: str, value: str = "", request: Request | None = None) -> bool:
    name = name.lower()
    if name == "key" and (
        value.startswith(_EVENT_KEY) or (request is not None and request.endpoint.name in _ROLE_KEYS)
    ):
        return False
    return name in _SECRET_NAMES or name.replace("_", "").endswith(_SECRET_ENDS)


def _masked(data: Any, request: Request, secrets: list[str]) -> Any:
    if isinstance(data, dict):
        return {
            name: MASK
            if isinstance(value, str) and value and _is_secret(name, value, request)
            else _masked(value, request, secrets)
            for name, value in data.items()
        }
    if isinstance(data, list):
        return [_masked(one, request, secrets) for one in data]
    return _hidden(data, secrets)


def _hidden(data: Any, secrets: list[str]) -> Any:
    """Replace the secrets in ``data``: a text, or the texts of an object."""
    if isinstance(data, dict):
        return {name: _hidden(value, secrets) for name, value in data.items()}
    if isinstance(data, str):
        for secret in secrets:
            data = data.replace(secret, MASK)
    return data


def _body(content: bytes | None, kind: str, request: Request, secrets: list[str]) -> Any:
    if not content:
        return None
    text = content.decode("utf-8", "replace")
    if "form" in kind:
        return {name: MASK if _is_secret(name) else value for name, value in parse_qsl(text)}
    try:
        return _masked(json.loads(text), request, secrets)
    except (ValueError, RecursionError):
        return _hidden(_FIELD.sub(partial(_masked_field, request), text), secrets)[:_LONGEST_TEXT]


def _masked_field(request: Request, found: re.Match[str]) -> str:
    start, name, value = found.groups()
    return f"{start}{MASK}" if _is_secret(name, value, request) else found[0]


_open: dict[Path, Trace] = {}


def observer(settings: Settings) -> Observer | None:
    """Return the observer that writes the trace of the settings, the same for all sessions of the process;
    None without ``--trace``. Raises ``UsageFailure`` when the file cannot be created."""
    if settings.trace is None:
        return None
    if settings.trace not in _open:
        _open[settings.trace] = Trace(settings.trace, bodies=settings.trace_bodies)
    return _open[settings.trace]
