"""Sentences that the app uses in several places."""

from zitadel_tui.contexts import Protection
from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings


def badges(settings: Settings, protection: Protection) -> list[str]:
    """The badges at the right end of the header: how this session differs from an ordinary one."""
    applies = {
        "READ-ONLY": bool(protection.against_changes),
        "PROTECTED": protection.is_protected,
        "DEMO": settings.demo,
        "INSECURE": settings.insecure,
    }
    return [word for word, is_so in applies.items() if is_so]


def missing_permission(permission: str) -> str:
    """Which permission this account needs, and which roles include it."""
    from zitadel_tui.core import rights

    roles = rights.roles_with(permission)
    included = f", which these roles include: {', '.join(roles[:4])}{' …' if len(roles) > 4 else ''}"
    return f"This account needs the permission {permission} for it{included if roles else ''}."


def failure_sentences(failure: Failure) -> list[str]:
    """Sentence, advice and reference of a failure, without empty ones."""
    from zitadel_tui.core.advice import advice, reference

    return [part for part in (failure.summary, advice(failure), reference(failure)) if part]
