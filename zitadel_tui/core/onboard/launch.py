"""Opens files, and begins and resumes runs, for both front ends."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import BinaryIO

from zitadel_tui.core.onboard import engine, run_files
from zitadel_tui.core.onboard.engine import Run
from zitadel_tui.core.onboard.limiter import RunLimiter
from zitadel_tui.core.onboard.plan import Plan, read_organization
from zitadel_tui.core.onboard.records import Header
from zitadel_tui.core.onboard.run_files import RunFiles
from zitadel_tui.core.onboard.source import Source, open_source
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel.errors import NotPermitted


def directory(*, demo: bool) -> Path:
    """The directory of all runs; that of the demo's is deleted when the process ends."""
    return _temporary() if demo else run_files.directory()


@cache
def _temporary() -> Path:
    place = tempfile.mkdtemp(prefix="zitadel-tui-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place) / "runs"


async def begin(session: Session, plan: Plan, source: Source) -> Run:
    """Begin a run of a plan. Raises ``NotPermitted`` when the account lacks what the plan needs,
    ``UsageFailure`` when nothing is to be sent, ``Locked`` and ``JournalFailure``."""
    if plan.lacking:
        raise NotPermitted(f"{plan.lacking} Nothing was sent.")
    if not plan.to_send:
        raise UsageFailure("There is no row to send.", "`onboard check` tells why, row by row.")
    root = directory(demo=session.settings.demo)
    limiter = limiter_of(session, plan.header)
    return await engine.begin(session, plan.header, plan.rows, source, plan.organization, limiter, root=root)


async def resume(
    session: Session,
    files: RunFiles,
    source: Source,
    *,
    on_progress: Callable[[str], None] = lambda doing: None,
) -> Run:
    """Resume a run; ``source`` is the result of :func:`open_again`. Raises like
    :func:`~zitadel_tui.core.onboard.engine.resume`."""
    header = files.header()
    engine.check_place(header, session.client.transport.origin, (await session.identify()).organization)
    organization = await read_organization(session, source, header.options, on_progress=on_progress)
    if lacking := organization.lacking():
        raise NotPermitted(f"{lacking} Nothing was sent.")
    return await engine.resume(session, files, source, organization, limiter_of(session, header))


def open_again(header: Header, path: str = "", *, stdin: BinaryIO | None = None) -> Source:
    """Open the file of a run, or the one at ``path``. Raises ``UsageFailure``, also when it is not the file
    that was planned."""
    named = path or header.file.path
    if not named:
        raise UsageFailure(
            "The run read standard input, which is gone.",
            "Name a file with the same content with --file FILE.",
        )
    if not path and not Path(named).exists():
        raise UsageFailure(
            f"The file of the run, {shown(named)}, is gone.", "If it was moved, name it with --file FILE."
        )
    source = open_source(named, header.options, stdin=stdin)
    if source.identity.digest != header.file.digest:
        source.close()
        raise UsageFailure(
            f"{source.name} is not the file of this run, or it was changed since.",
            "Name the file with --file, or check the changed one and start another run.",
        )
    return source


def write_rows(source: Source, numbers: Collection[int], path: Path) -> None:
    """Write these rows of a file to a new one, mode 0600: they may hold passwords. Raises
    ``UsageFailure``."""
    with run_files.new_file(path) as out:
        source.extract(numbers, out)


def limiter_of(session: Session, header: Header) -> RunLimiter:
    """Create the limiter of a run from its options."""
    options = header.options
    return RunLimiter(parallel=options.parallel, rate=options.rate, origin=session.client.transport.origin)
