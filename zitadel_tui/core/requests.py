"""The requests behind what a front end shows, as values; ``Session.curl`` turns one into a command."""

from typing import Any, TypeAlias

from zitadel_tui.core.members import FIRST_PAGE
from zitadel_tui.zitadel import calls
from zitadel_tui.zitadel.calls import Call
from zitadel_tui.zitadel.wire.users import ImportHuman

Request: TypeAlias = Call[Any]


def member_list() -> Request:
    """The first page of the organization's members."""
    return calls.search_members(limit=FIRST_PAGE)


def instance_member_list() -> Request:
    return calls.search_instance_members()


def role_list() -> Request:
    """The administrator roles that the organization offers."""
    return calls.member_roles()


def project_list() -> Request:
    """The organization's own projects."""
    return calls.search_projects()


def project_users(project_id: str) -> Request:
    """Who has roles in a project."""
    return calls.search_user_grants(project_id=project_id)


def user(user_id: str) -> Request:
    return calls.user(user_id)


def user_import(body: ImportHuman) -> Request:
    return calls.import_human(body)
