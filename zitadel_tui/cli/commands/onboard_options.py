"""The options of ``onboard check`` and ``onboard apply``, and opening the file they name."""

from collections.abc import Iterator

from zitadel_tui.cli import prompts
from zitadel_tui.cli.run import Run
from zitadel_tui.core.onboard import hashes
from zitadel_tui.core.onboard.rows import Options
from zitadel_tui.core.onboard.source import NotUtf8, Source, open_source
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown

_MOST_AT_ONCE = 64


def read(run: Run) -> Options:
    """Read the options of the run. Raises ``UsageFailure``."""
    given = run.options
    return Options(
        columns=dict(map(_mapped, given.map or ())),
        encoding=given.encoding or "",
        username=given.username or "",
        roles=tuple(given.role or ()),
        grants=tuple(given.grant or ()),
        language=given.language or "",
        passkey_link=given.passkey_link,
        generate_password=given.generate_password,
        email_not_verified=given.email_not_verified,
        phone_verified=given.phone_verified,
        no_change_required=given.no_change_required,
        use=given.use or "",
        allow_published_hash=given.allow_published_hash,
        verifiers=hashes.check_verifiers(given.verifiers.split(",")) if given.verifiers else (),
        on_conflict=given.on_conflict or "skip",
        forced=given.force,
        rate=_number("--rate", given.rate, float, 1e6),
        parallel=int(_number("--parallel", given.parallel, int, _MOST_AT_ONCE)),
    )


def arguments(options: Options) -> Iterator[str]:
    """Return command-line arguments for these options."""
    for heading, field in options.columns.items():
        yield f"--map={heading}={field}"
    yield from (f"--role={role}" for role in options.roles)
    yield from (f"--grant={grant}" for grant in options.grants)
    texts = {
        "--encoding": options.encoding,
        "--username": options.username,
        "--language": options.language,
        "--use": options.use,
        "--verifiers": ",".join(options.verifiers),
        "--on-conflict": options.on_conflict if options.on_conflict != "skip" else "",
        "--rate": f"{options.rate:g}" if options.rate else "",
        "--parallel": str(options.parallel) if options.parallel else "",
    }
    yield from (f"{option}={text}" for option, text in texts.items() if text)
    switches = {
        "--passkey-link": options.passkey_link,
        "--generate-password": options.generate_password,
        "--email-not-verified": options.email_not_verified,
        "--phone-verified": options.phone_verified,
        "--no-change-required": options.no_change_required,
        "--allow-published-hash": options.allow_published_hash,
        "--force": options.forced,
    }
    yield from (option for option, is_on in switches.items() if is_on)


def open_file(run: Run, options: Options) -> tuple[Source, Options]:
    """Open the file; ask for the encoding if it is not UTF-8. Return it with the options. Raises
    ``UsageFailure``, ``Declined`` and ``KeyboardInterrupt``."""
    stdin = run.stdin("The users") if run.options.file == "-" else None
    try:
        return open_source(run.options.file, options, stdin=stdin), options
    except NotUtf8 as failure:
        if stdin is not None or not failure.samples:
            raise
        question = f"{failure.summary} Read it as cp1252?"
        prompts.confirm(run, question, otherwise=failure.hint)
        import msgspec

        options = msgspec.structs.replace(options, encoding="cp1252")
        return open_source(run.options.file, options), options


def _mapped(text: str) -> tuple[str, str]:
    heading, mark, field = text.rpartition("=")
    if not (mark and heading.strip() and field.strip()):
        raise UsageFailure(
            f"{shown(text)!r} maps no column.", "Write --map 'HEADING=FIELD', or --map 'HEADING=ignore'."
        )
    return heading.strip(), field.strip()


def _number(option: str, text: str | None, kind: type[int] | type[float], most: float) -> float:
    if text is None:
        return 0
    try:
        value = kind(text)
    except (ValueError, OverflowError):
        value = 0
    if not 0 < value <= most:
        raise UsageFailure(
            f"{option} {shown(text)} is not a number from {'1' if kind is int else 'above 0'} to {most:g}.",
            f"Such as {option} 4.",
        )
    return value
