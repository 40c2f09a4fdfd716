"""Confirming what removes something, or a run: a yes, and in a protected context the organization's name."""

from zitadel_tui.cli import prompts
from zitadel_tui.cli.run import Run
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import quoted, shown


def forced_by(run: Run) -> str:
    """The option that overrides the guards: ``--force``, or ``--confirm``, whose name is checked by
    :func:`confirm` before anything is sent; empty when there is none."""
    given = vars(run.options)
    if given.get("force"):
        return "--force"
    return "--confirm" if given.get("confirm") is not None else ""


async def confirm(
    run: Run,
    session: Session,
    question: str,
    *,
    otherwise: str = "Add --yes to confirm it.",
    asks: bool = True,
) -> None:
    """Return only after a confirmation: ``--confirm NAME``, or the name typed where the context is protected;
    elsewhere ``--yes``, or a yes on the terminal if it ``asks``.

    Raises ``Declined``, ``UsageFailure``, ``KeyboardInterrupt``.
    """
    protection = await session.known_protection()
    given = run.options.confirm
    if given is not None:
        name = await session.name_to_type()
        if given.strip() != name:
            raise UsageFailure(
                f"--confirm names {shown(given)!r}, but this is the organization {shown(name)!r}; "
                "nothing was sent.",
                "Check context and organization: `zitadel-tui whoami` shows them.",
            )
    elif protection.is_protected:
        name = await session.name_to_type()
        prompts.type_name(
            run,
            f"{question} The context {shown(protection.context)} is protected.",
            name,
            otherwise=f"Add --confirm {quoted(name)}.",
        )
    elif asks and not run.options.yes:
        prompts.confirm(run, question, otherwise=otherwise)
