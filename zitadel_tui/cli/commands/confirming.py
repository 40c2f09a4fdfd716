"""Asks for confirmation before a removal or a run: a yes, or in a protected context the organization's
name."""

from zitadel_tui.cli import prompts
from zitadel_tui.cli.run import Run
from zitadel_tui.core.session import Session
from zitadel_tui.text import quoted, shown


def forced_by(run: Run) -> str:
    """The option that overrides the guards: ``--force``, or ``--confirm``, whose name
    :meth:`~zitadel_tui.cli.run.Run.write` has checked; empty when there is none."""
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
    if run.options.confirm is not None:  # its name was checked before anything was read
        return
    if protection.is_protected:
        name = await session.name_to_type()
        prompts.type_name(
            run,
            f"{question} The context {shown(protection.context)} is protected.",
            name,
            otherwise=f"Add --confirm {quoted(name)}.",
        )
    elif asks and not run.options.yes:
        prompts.confirm(run, question, otherwise=otherwise)
