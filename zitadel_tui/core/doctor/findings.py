"""The result of a check, its short form for a screen, and the exit status."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from zitadel_tui.core.rights import Capability

State = Literal["ok", "warn", "fail", "skipped"]
Area = Literal["settings", "connection", "other"]
"""What a failure is about: settings and key file; reaching the server and signing in; everything else."""

_STATUS: dict[Area, int] = {"settings": 2, "connection": 3, "other": 1}
_LABELS = {"key-file": "key file", "dns": "DNS", "tls": "TLS", "zitadel": "ZITADEL", "api": "API"}


class Finding(NamedTuple):
    """The result of one check. ``seen`` is what was seen, ``advice`` what to do about it: a sentence each,
    safe for a terminal, without secrets. ``advice`` is empty where nothing has to be done."""

    check: str
    """The name of the check for scripts, such as ``key-file`` or ``rights.list-members``; it stays the same
    in later versions."""
    state: State
    seen: str
    advice: str = ""
    area: Area = "other"

    @property
    def label(self) -> str:
        """The name of the check for a screen: ``key file``. All ``rights`` share one."""
        name = self.check.partition(".")[0]
        return _LABELS.get(name, name)


def rights_check(capability: Capability) -> str:
    """The name of the check whether the account has ``capability``."""
    return f"rights.{capability.key.replace('_', '-')}"


def summarize(findings: Iterable[Finding]) -> list[Finding]:
    """Shorten the findings for a screen: join the rights that the account has into one line, and the checks
    that were skipped for the same reason into one at the end."""
    found = list(findings)
    short: list[Finding] = []
    for one in found:
        last = short[-1] if short else None
        if one.state == "ok" and last is not None and (last.label, last.state) == (one.label, "ok"):
            told = one.seen[:1].lower() + one.seen[1:]
            short[-1] = last._replace(seen=f"{last.seen.removesuffix('.')}; {told}")
        elif one.state != "skipped":
            short.append(one)
    skipped = [one for one in found if one.state == "skipped"]
    for reason in dict.fromkeys(one.seen for one in skipped):
        names = ", ".join(dict.fromkeys(one.label for one in skipped if one.seen == reason))
        short.append(Finding("", "skipped", f"{reason.removesuffix('.')}: {names}."))
    return short


def exit_status(findings: Iterable[Finding], *, strict: bool = False) -> int:
    """2 for settings and key file, 3 when connecting or signing in fails, 1 for any other failure, with
    ``strict`` also for a warning; else 0. Of several the first failure counts."""
    found = list(findings)
    for one in found:
        if one.state == "fail":
            return _STATUS[one.area]
    return 1 if strict and any(one.state == "warn" for one in found) else 0
