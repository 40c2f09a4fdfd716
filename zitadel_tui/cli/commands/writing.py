"""Writes of commands: Ctrl-C in the middle of one waits for its end, which is then told."""

from dataclasses import dataclass

from zitadel_tui.cli.run import Stopped
from zitadel_tui.core.changes import Applied, Change, apply
from zitadel_tui.core.runtime import Interrupted
from zitadel_tui.core.session import Session


@dataclass(frozen=True, slots=True)
class Written:
    applied: Applied
    interrupted: bool = False
    """It was done, and then nothing more was to be done."""


async def write(session: Session, change: Change) -> Written:
    """Raises the refusal; ``Stopped`` around it when the user interrupted meanwhile."""
    try:
        return Written(await apply(session, change))
    except Interrupted as interrupted:
        if isinstance(interrupted.outcome, Applied):
            return Written(interrupted.outcome, interrupted=True)
        raise Stopped(interrupted.error) from interrupted
