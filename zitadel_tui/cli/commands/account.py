"""``token`` and ``whoami``: the account that is signed in."""

from zitadel_tui.cli.columns import user_data
from zitadel_tui.cli.failures import DONE
from zitadel_tui.cli.run import Run
from zitadel_tui.core import rights, token_cache, user_lookup, words
from zitadel_tui.core.account import Account, identify
from zitadel_tui.core.session import Session
from zitadel_tui.failure import UsageFailure
from zitadel_tui.text import shown
from zitadel_tui.zitadel.wire.base import to_data
from zitadel_tui.zitadel.wire.members import Membership


def token(run: Run) -> int:
    async def ask(session: Session) -> str:
        return (await session.access_token()).reveal()

    value = run.read(ask)
    if run.output.form == "table":
        run.output.plain(value)
    else:
        run.output.card([("access_token", value)], {"access_token": value})
    return DONE


def logout(run: Run) -> int:
    """Delete cached access tokens; no request is sent."""
    if not run.options.all and run.settings.domain is None:
        raise UsageFailure("No address is set.", "Give --domain, a context, or --all.")

    def warn(said: str) -> None:
        run.output.say("warning", said)

    removed = token_cache.forget(None if run.options.all else run.settings, warn)
    where = "" if run.options.all else f" for {shown(str(run.settings.domain))}"
    told = f"Deleted {words.plural(removed, 'cached access token')}{where}."
    if not removed:
        told = f"There is no cached access token{where}."
    run.output.result([told], [("deleted", str(removed))], {"deleted": removed})
    if removed:
        run.output.say(
            "note",
            "On the server, a token stays valid until it expires (up to 12 hours), even if its key is "
            "removed. To end it at once, deactivate the account.",
        )
    return DONE


def whoami(run: Run) -> int:
    async def ask(session: Session) -> tuple[Account, str]:
        return await identify(session.client), session.instance

    account, instance = run.read(ask)
    run.output.card(_fields(account, instance), _data(account, instance))
    return DONE


def _fields(account: Account, instance: str) -> list[tuple[str, str]]:
    user = account.user
    fields = [
        ("account", user_lookup.name(user)),
        ("login", user_lookup.login(user)),
        ("id", user.id),
        ("kind", "service account" if user.machine is not None else "human"),
        ("state", words.state_word(user.state)),
        ("organization", _organization(account)),
        ("instance", instance),
    ]
    held = [
        ("role", f"{role} {_where(membership, account)}: {rights.summary(role)}")
        for membership in account.memberships
        for role in rights.sort_roles(membership.roles)
    ]
    fields += held or [("role", "none")]
    allowed = rights.capabilities(account.permissions)
    fields += [("may here", name) for name, yes, _ in allowed if yes] or [("may here", "nothing")]
    fields += [("may not", f"{name} ({permission})") for name, yes, permission in allowed if not yes]
    return fields


def _organization(account: Account) -> str:
    name = account.organization_name
    return name if name == account.org_id else f"{name} ({account.org_id})"


def _where(membership: Membership, account: Account) -> str:
    if membership.iam:
        return "on the instance"
    if membership.org_id:
        here = membership.org_id == account.org_id
        return "here" if here else f"in organization {membership.display_name or membership.org_id}"
    if membership.project_grant_id:
        return f"in the grant {membership.project_grant_id} of project {membership.project_id}"
    return f"in project {membership.display_name or membership.project_id}"


def _data(account: Account, instance: str) -> dict[str, object]:
    return {
        "user": user_data(account.user),
        "orgId": account.org_id,
        "org": to_data(account.organization),
        "instance": instance,
        "memberships": to_data(account.memberships),
        "permissions": list(account.permissions),
    }
