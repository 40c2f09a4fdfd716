"""The server's text, list and logical filters (contract §3.4, §4.2)."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from zitadel_tui.demo.errors import invalid
from zitadel_tui.demo.model import HUMAN, User
from zitadel_tui.demo.proto import Message, chosen

Test = Callable[[User], bool]
_MATCHES: tuple[Callable[[str, str], bool], ...] = (
    str.__eq__,
    str.startswith,
    str.__contains__,
    str.endswith,
)
# query kind -> (field of the query, attribute); only human users have these columns
_HUMAN_TEXT = {
    "firstNameQuery": ("firstName", "first"),
    "lastNameQuery": ("lastName", "last"),
    "nickNameQuery": ("nickName", "nick"),
    "displayNameQuery": ("displayName", "display"),
    "emailQuery": ("emailAddress", "email"),
    "phoneQuery": ("number", "phone"),
}
_TEXT = {"userNameQuery": ("userName", "user_name"), "loginNameQuery": ("loginName", "login_name")}
_SORT = {
    1: "user_name",
    2: "first",
    3: "last",
    4: "nick",
    5: "display",
    6: "email",
    7: "state",
    8: "type",
    9: "created",
}
_COLUMNS_OF_HUMANS = range(2, 7)


def text_test(wanted: str, method: int) -> Callable[[str], bool]:
    """A TextQueryMethod as a test: even numbers mind the case, odd ones do not."""
    match, fold = _MATCHES[method // 2], method % 2 == 1
    needle = wanted.lower() if fold else wanted
    return lambda value: match(value.lower() if fold else value, needle)


def user_test(query: Message, depth: int = 0) -> Test:
    """A `zitadel.user.v1.SearchQuery` as a test. Raises Refusal USER-zsQ97 beyond 20 levels."""
    if depth > 20:
        raise invalid("Errors.Query.TooManyNestingLevels", "USER-zsQ97")
    kind, value = chosen(query)
    if kind in _HUMAN_TEXT or kind in _TEXT:
        return _text_query(kind, value)
    if kind == "orQuery":
        tests = [user_test(inner, depth + 1) for inner in value.get("queries", [])]
        return lambda user: any(test(user) for test in tests)
    if kind == "andQuery":
        tests = [user_test(inner, depth + 1) for inner in value.get("queries", [])]
        return lambda user: all(test(user) for test in tests)
    if kind == "notQuery":
        inner = user_test(value.get("query", {}), depth + 1)
        return lambda user: not inner(user)
    return _plain_query(kind, value)


def _text_query(kind: str, value: Message) -> Test:
    name, attribute = _HUMAN_TEXT.get(kind) or _TEXT[kind]
    test, get = text_test(value.get(name, ""), value.get("method", 0)), attrgetter(attribute)
    if kind in _TEXT:
        return lambda user: test(get(user))
    return lambda user: user.type == HUMAN and test(get(user))


def _plain_query(kind: str, value: Message) -> Test:
    if kind == "stateQuery":
        state = value.get("state", 0)
        return lambda user: user.state == state
    if kind == "typeQuery":
        type = value.get("type", 0)
        return lambda user: user.type == type
    if kind == "inUserIdsQuery":
        ids = frozenset(value.get("userIds", []))
        return lambda user: user.id in ids
    if kind == "inUserEmailsQuery":
        emails = frozenset(value.get("userEmails", []))
        return lambda user: user.type == HUMAN and user.email in emails
    if kind == "organizationIdQuery":
        org = value.get("organizationId", "")
        return lambda user: user.org == org
    return lambda user: False  # by metadata, which no user has


def sort_key(column: int) -> Callable[[User], Any]:
    """UserFieldName as a key: text ignores case, unknown sorts by id. What machines do not have comes last,
    descending first, as a database sorts what is absent."""
    if column not in _SORT:
        return attrgetter("id")
    get = attrgetter(_SORT[column])
    if column in _COLUMNS_OF_HUMANS:
        return lambda user: (user.type != HUMAN, get(user).lower())
    return (lambda user: get(user).lower()) if column == 1 else get
