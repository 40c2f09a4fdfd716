"""Formats numbers, times, roles and states for both front ends."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from zitadel_tui.core import rights
from zitadel_tui.text import cells, cut, shown

_SKEW: Final = timedelta(hours=1)
_WEEK: Final = timedelta(days=7)
_UNITS: Final = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))
_PREFIX: Final = "USER_STATE_"
_STATES: Final = {"UNSPECIFIED": "unknown", "SUSPEND": "suspended"}


def ago(then: datetime | str, now: datetime) -> str:
    """How long ago: ``12 s``, ``5 min``, ``3 h``, ``3 d``; from a week on the date in ``now``'s time zone.

    ``then`` may be RFC 3339 as the server writes it. Up to an hour in the future counts as clocks that
    differ, ``0 s``. No time at all, or Go's zero time, is empty; what is not a time is ``?``.
    """
    try:
        moment = _moment(then)
        if moment is None:
            return ""
        passed = now - moment
        if passed >= _WEEK or passed < -_SKEW:
            return moment.astimezone(now.tzinfo).date().isoformat()
    except (ValueError, OverflowError):
        return "?"
    for unit, length in _UNITS:
        if passed >= length:
            return f"{passed // length} {unit}"
    return f"{max(0, passed // timedelta(seconds=1))} s"


def _moment(then: datetime | str) -> datetime | None:
    if not then:
        return None
    moment = datetime.fromisoformat(then) if isinstance(then, str) else then
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment if moment.year > 1 else None


def count(number: int) -> str:
    """``1,204``."""
    return f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """``1 member``, ``1,204 members``; ``many`` where it is not ``one`` with an s."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Such as ``12 s``, ``3 min`` or ``2 h 5 min``."""
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class _Switchable(Protocol):
    @property
    def is_active(self) -> bool: ...


def activity(one: _Switchable) -> str:
    """``active`` or ``inactive``, of a project or a grant."""
    return "active" if one.is_active else "inactive"


def did_you_mean(names: Iterable[str]) -> str:
    """``Did you mean a, b or c?``; empty without names."""
    like = list(map(shown, names))
    if not like:
        return ""
    *others, last = like
    return f"Did you mean {' or '.join(filter(None, (', '.join(others), last)))}?"


def roles_cell(roles: Iterable[str], width: int) -> str:
    """Roles in at most ``width`` cells, most powerful first: as many as fit, and the number of others as
    ``+2``.

    The first role is cut rather than the number.
    """
    names = [shown(role) for role in rights.sort_roles(roles)]
    for kept in range(len(names), 0, -1):
        line = " ".join(names[:kept]) + _rest(len(names) - kept)
        if cells(line) <= width:
            return line
    if not names:
        return ""
    rest = _rest(len(names) - 1)
    return cut(names[0], width - cells(rest)) + rest if cells(rest) < width else cut(names[0], width)


def _rest(number: int) -> str:
    return f" +{number}" if number else ""


def state_word(state: str) -> str:
    """``USER_STATE_INITIAL`` as ``initial``; a state of a newer server by its own name."""
    name = state.removeprefix(_PREFIX)
    return _STATES.get(name) or shown(name.replace("_", " ").lower()) or "unknown"


def end_of(duration: str, now: datetime) -> datetime | None:
    """When a duration of the wire, such as ``3600s`` (contract §3.0), from ``now`` on ends."""
    try:
        return now + timedelta(seconds=float(duration.removesuffix("s")))
    except (ValueError, OverflowError):
        return None
