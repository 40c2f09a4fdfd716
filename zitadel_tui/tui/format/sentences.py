"""What the shell says in several places."""

from zitadel_tui.failure import Failure
from zitadel_tui.settings import Settings


def about(settings: Settings) -> list[str]:
    """What one must not forget."""
    so = {"READ-ONLY": settings.read_only, "DEMO": settings.demo, "INSECURE": settings.insecure}
    return [word for word, is_so in so.items() if is_so]


def lacking(permission: str) -> str:
    """Which permission it takes, and who has it."""
    from zitadel_tui.core import rights

    roles = rights.roles_with(permission)
    carried = f", which these roles carry: {', '.join(roles[:4])}{' …' if len(roles) > 4 else ''}"
    return f"This account may not: it lacks the permission {permission} here{carried if roles else ''}."


def of_failure(failure: Failure) -> list[str]:
    """Sentence, advice and reference of a failure, as far as there are any."""
    from zitadel_tui.core.advice import advice, reference

    return [part for part in (failure.summary, advice(failure), reference(failure)) if part]
