"""The commands of each group, with their arguments and options."""

from argparse import Action, _ActionsContainer

from zitadel_tui.cli.arguments import Group, Parser
from zitadel_tui.contexts import ACCENTS, PROTECTIONS

LS = ("ls",)
_USERS = "{USER | --user USER...}"
_AS_LISTED = "a role that `roles list` shows"
_OF_PROJECT = "a role that `projects roles PROJECT` shows"


def members(group: Group) -> None:
    list_ = group.leaf("list", "list all members", "{} members list --role ORG_OWNER", also=LS)
    _listed(list_)
    add = group.leaf(
        "add",
        "make a user a member, or add roles to a member; removes nothing",
        "{} members add ada@example.com ORG_USER_MANAGER",
        f"{_USERS} ROLE...",
    )
    _users(add)
    _roles(add, _AS_LISTED)
    _dry_run(add)
    set_ = group.leaf(
        "set",
        "set the roles of a user to exactly these; asks before removing one",
        "{} members set ada@example.com ORG_USER_MANAGER ORG_OWNER_VIEWER",
        f"{_USERS} ROLE...",
    )
    _users(set_)
    _roles(set_, _AS_LISTED)
    _removing(set_)
    remove = group.leaf(
        "remove",
        "remove roles from a member; without ROLE, the whole membership; asks first",
        "{} members remove ada@example.com ORG_OWNER",
        f"{_USERS} [ROLE...]",
    )
    _users(remove)
    _roles_to_remove(remove)
    _removing(remove)


def instance(group: Group) -> None:
    members_ = group.group("members", "who has roles in every organization through the instance")
    list_ = members_.leaf(
        "list",
        "list the administrators of the instance",
        "{} instance members list --role IAM_OWNER",
        also=LS,
    )
    _listed(list_)


def _listed(parser: Parser) -> None:
    """Add the options that select members."""
    parser.add_argument(
        "--filter",
        metavar="TEXT",
        help="only members that match every word; role:owner finds exactly ORG_OWNER, role:own every role "
        "with `own` in its name; kind: is human or service",
    )
    parser.add_argument(
        "--role",
        metavar="ROLE",
        action="append",
        help="only members with this role; if repeated, with any of them",
    )


def _user(parser: Parser) -> Action:
    return parser.add_argument("user", metavar="USER", help="an id, a login name or an email")


def _several_users(parser: Parser) -> None:
    parser.add_argument("users", metavar="USER", nargs="+", help="ids, login names or emails")


def _users(parser: Parser) -> None:
    parser.add_option_instead(
        "--user",
        _user(parser),
        dest="users",
        action="append",
        metavar="USER",
        help="instead of USER; repeat it for several users; every other argument is then a role",
    )


def _dry_run(parser: Parser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show what would change; write nothing")


def _roles(parser: Parser, summary: str) -> None:
    parser.add_argument("roles", metavar="ROLE", nargs="+", help=summary)


def _roles_to_remove(parser: Parser) -> None:
    parser.add_argument("roles", metavar="ROLE", nargs="*", help="a role to remove; the others stay")


def _without_question(parser: Parser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")


def _removing(parser: Parser) -> None:
    _dry_run(parser)
    _without_question(parser)
    parser.add_argument(
        "--force",
        action="store_true",
        help="allow it even if no ORG_OWNER is left, or this account loses roles",
    )
    _confirmed(parser, "; also allows what --force allows")


def _confirmed(parser: Parser, more: str = "") -> None:
    parser.add_argument(
        "--confirm",
        metavar="ORG",
        help=f"confirm with the name of the organization, which a protected context requires{more}",
    )


def roles(group: Group) -> None:
    group.leaf("list", "list the roles that this organization offers", "{} roles list", also=LS)
    show = group.leaf(
        "show",
        "show what a role permits and who holds it",
        "{} roles show ORG_USER_MANAGER",
        "ROLE",
    )
    show.add_argument("role", metavar="ROLE", help=_AS_LISTED)


def projects(group: Group) -> None:
    group.leaf(
        "list",
        "list the projects of this organization, and those granted to it",
        "{} projects list",
        also=LS,
    )
    show = group.leaf("roles", "list the roles of a project", "{} projects roles Payroll", "PROJECT")
    _project(show)


def grants(group: Group) -> None:
    list_ = group.leaf(
        "list",
        "list who has which project roles",
        "{} grants list --project Payroll --role editor",
        also=LS,
    )
    list_.add_argument("--user", metavar="USER", help="only of this user: an id, a login name or an email")
    list_.add_argument("--project", metavar="PROJECT", help="only in this project: an id or a name")
    list_.add_argument("--role", metavar="ROLE", help="only with exactly this role")
    add = group.leaf(
        "add",
        "add roles of a project to a user; removes nothing",
        "{} grants add ada@example.com Payroll viewer editor",
        "USER PROJECT ROLE...",
    )
    _user(add)
    _project(add)
    _roles(add, _OF_PROJECT)
    _dry_run(add)
    set_ = group.leaf(
        "set",
        "set the roles of a user in a project to exactly these; asks before removing one",
        "{} grants set ada@example.com Payroll viewer",
        "USER PROJECT ROLE...",
    )
    _user(set_)
    _project(set_)
    _roles(set_, _OF_PROJECT)
    _removing(set_)
    remove = group.leaf(
        "remove",
        "remove roles of a project from a user; without ROLE, all of them; asks first",
        "{} grants remove ada@example.com Payroll editor",
        "USER PROJECT [ROLE...]",
    )
    _user(remove)
    _project(remove)
    _roles_to_remove(remove)
    _removing(remove)


def _project(parser: Parser) -> None:
    parser.add_argument("project", metavar="PROJECT", help="an id or a name")


def users(group: Group) -> None:
    find = group.leaf(
        "find",
        "find users by name, login name, email, phone or id",
        "{} users find ada",
        "TEXT",
    )
    find.add_argument(
        "text",
        metavar="TEXT",
        nargs="+",
        help="part of a name, a login name, an email or a phone number, or a whole id",
    )
    show = group.leaf(
        "show",
        "show a user: state, contact, roles at every level, latest changes",
        "{} users show ada@example.com",
        "USER",
    )
    _user(show)
    _import(group)
    link = group.leaf(
        "link",
        "create a link to register a passkey",
        "{} users link ada@example.com --qr",
        "USER",
    )
    _user(link)
    link.add_argument("--qr", action="store_true", help="also draw the link as a QR code")
    _dry_run(link)
    resend = group.leaf(
        "resend",
        "send the initialization mail again",
        "{} users resend ada@example.com",
        "USER",
    )
    _user(resend)
    _dry_run(resend)
    for name, does in (
        ("deactivate", "deactivate users: they cannot sign in until they are reactivated; asks first"),
        ("delete", "delete users with all memberships, grants and sessions; asks first"),
    ):
        destructive = group.leaf(name, does, f"{{}} users {name} ada@example.com", "USER...")
        _several_users(destructive)
        _removing(destructive)
    reactivate = group.leaf(
        "reactivate",
        "reactivate users: they can sign in again",
        "{} users reactivate ada@example.com",
        "USER...",
    )
    _several_users(reactivate)
    _dry_run(reactivate)


_UNVERIFIED = (
    ("--email-not-verified", None, "the email is not verified: send a mail to verify it"),
    ("--phone-verified", None, "the phone number is verified: send no SMS"),
)
_NO_CHANGE = ("--no-change-required", None, "do not require a new password at the first sign-in")
_PUBLISHED = ("--allow-published-hash", None, "send even the hash that ZITADEL's documentation prints")
_WHO = (
    ("--first-name", "NAME", ""),
    ("--last-name", "NAME", ""),
    ("--email", "EMAIL", ""),
    ("--user-name", "NAME", "default: the part of the email before the @"),
    ("--nick-name", "NAME", ""),
    ("--display-name", "NAME", "default: first and last name"),
    ("--phone", "NUMBER", "as in +41 71 000 00 00"),
    ("--language", "TAG", "as in en"),
)
_SIGN_IN = (
    ("--ask-password", None, "ask for the password"),
    ("--password-file", "FILE", "read the password from FILE"),
    ("--generate-password", None, "generate a password and print it"),
    _NO_CHANGE,
    ("--hash-file", "FILE", "read the hash of the password from FILE"),
    ("--passkey-link", None, "create a link to register a passkey and print it"),
)


def _import(group: Group) -> None:
    parser = group.leaf(
        "import",
        "create a human user from options or from the JSON body of ZITADEL's import call",
        "{} users import --first-name Ada --last-name Lovelace --email ada@example.com",
        "[--from FILE]",
    )
    parser.add_argument(
        "--from", dest="source", metavar="FILE", help="read the whole body from FILE; - is stdin"
    )
    parser.add_argument(
        "--role", metavar="ROLE", action="append", help="assign this role to the new user; repeatable"
    )
    parser.add_argument(
        "--grant",
        metavar="PROJECT:ROLE[,ROLE]...",
        action="append",
        help="assign roles of a project to the new user; repeatable",
    )
    parser.add_argument("--use", choices=("password", "hash"), help="which to send if the body has both")
    options(parser, (_PUBLISHED,))
    _dry_run(parser)
    who = parser.add_argument_group("the user, instead of --from")
    options(who, _WHO)
    who.add_argument("--gender", choices=("female", "male", "diverse", "unspecified"))
    options(who, _UNVERIFIED)
    options(parser.add_argument_group("how the user signs in, instead of by a mail with a code"), _SIGN_IN)


def options(group: _ActionsContainer, table: tuple[tuple[str, str | None, str], ...]) -> None:
    for name, metavar, summary in table:
        if metavar is None:
            group.add_argument(name, action="store_true", help=summary)
        else:
            group.add_argument(name, metavar=metavar, help=summary)


_ROWS = (
    ("--encoding", "NAME", "such as cp1252; default: UTF-8, or UTF-16 with a byte order mark"),
    ("--username", "TEMPLATE", "how to make missing user names, such as {first}.{last} or {email}"),
    ("--language", "TAG", "as in en"),
    ("--passkey-link", None, "create a link to register a passkey for each new user"),
    ("--generate-password", None, "generate a password for each new user who has none"),
    *_UNVERIFIED,
    _NO_CHANGE,
    _PUBLISHED,
    (
        "--verifiers",
        "NAME,...",
        "password hashes that the server can verify besides bcrypt, such as argon2,pbkdf2",
    ),
)
_RUN = "its id or the beginning of it"


def onboard(group: Group) -> None:
    group.leaf("template", "print a CSV file to fill in", "{} onboard template")
    check = group.leaf(
        "check",
        "check a file of users against the server; writes nothing",
        "{} onboard check people.csv",
        "FILE",
    )
    _onboarding(check)
    check.add_argument("--save", metavar="PLAN", help="write the plan to a new file, for `onboard apply`")
    apply = group.leaf(
        "apply",
        "create the users of a file and assign their roles; asks first",
        "{} onboard apply people.csv --passkey-link",
        "FILE",
    )
    _onboarding(apply)
    apply.add_argument("--plan", metavar="PLAN", help="send only what this saved plan contains")
    _without_question(apply)
    _confirmed(apply)
    apply.add_argument("--mails", metavar="N", help="with --yes: confirm that N mails are sent")
    apply.add_argument("--sms", metavar="N", help="with --yes: confirm that N SMS are sent")
    _dry_run(apply)
    resume = group.leaf("resume", "resume a run that has not ended", "{} onboard resume", "[RUN]")
    _run(resume, f"{_RUN}; default: the newest that has not ended")
    _moved_file(resume)
    _confirmed(resume)
    _dry_run(resume)
    group.leaf("runs", "list the runs on this machine", "{} onboard runs", also=LS)
    show = group.leaf(
        "show",
        "show the result of each row of a run",
        "{} onboard show --state failed",
        "[RUN]",
    )
    _run(show, f"{_RUN}; default: the newest")
    show.add_argument(
        "--state",
        metavar="STATE",
        choices=("pending", "done", "unchanged", "failed", "unknown", "skipped"),
        action="append",
        help="only rows in this state; repeatable",
    )
    show.add_argument("--sheet", metavar="FILE", help="write the results to a new file: .csv or .json")
    show.add_argument(
        "--hand-over", metavar="FILE", help="write the results, passwords and links to a new private file"
    )
    show.add_argument(
        "--failed", metavar="FILE", help="write the rows that failed to a new file, to correct and apply"
    )
    _moved_file(show)
    links = group.leaf(
        "links",
        "create new passkey links for users of a run whose link is lost or has expired",
        "{} onboard links",
        "[RUN]",
    )
    _run(links, f"{_RUN}; default: the newest")
    _confirmed(links)
    _dry_run(links)
    forget = group.leaf(
        "forget",
        "delete a run with its journal, passwords and links; asks first",
        "{} onboard forget --yes",
        "[RUN]",
    )
    _run(forget, f"{_RUN}; default: the newest")
    _without_question(forget)


def _run(parser: Parser, summary: str) -> None:
    parser.add_argument("run", metavar="RUN", nargs="?", help=summary)


def _moved_file(parser: Parser) -> None:
    parser.add_argument("--file", metavar="FILE", help="the file of the run, if it was moved; - is stdin")


def _onboarding(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="CSV, JSON or JSON lines; - is stdin")
    parser.add_argument(
        "--map",
        metavar="HEADING=FIELD",
        action="append",
        help="the field of a column; HEADING=ignore skips the column; repeatable",
    )
    parser.add_argument(
        "--role", metavar="ROLE", action="append", help="assign this role in rows that name none; repeatable"
    )
    parser.add_argument(
        "--grant",
        metavar="PROJECT:ROLE[,ROLE]...",
        action="append",
        help="assign project roles in rows that name none; repeatable",
    )
    parser.add_argument("--use", choices=("password", "hash"), help="which to send if a row has both")
    parser.add_argument(
        "--on-conflict",
        choices=("skip", "roles"),
        help="if a user has the user name but another email: skip the row (default), or assign its roles",
    )
    parser.add_argument("--force", action="store_true", help="assign even roles that grant nearly everything")
    parser.add_argument("--rate", metavar="N", help="at most N requests a second")
    parser.add_argument("--parallel", metavar="N", help="at most N requests at once")
    options(parser.add_argument_group("defaults for empty cells, and how to read the file"), _ROWS)


def history(top: Group) -> None:
    parser = top.leaf(
        "history",
        "list the changes made with this program, or show one in full",
        "{} history --user ada --since 2d",
        "[ENTRY]",
    )
    parser.add_argument(
        "entry",
        metavar="ENTRY",
        nargs="?",
        help="the id of a change, or its beginning: show it in full",
    )
    parser.add_argument(
        "--user", metavar="USER", help="only of users with this in the id, name, user name or email"
    )
    parser.add_argument("--kind", metavar="KIND", help="only changes of this kind, such as import or roles")
    parser.add_argument(
        "--outcome",
        metavar="OUTCOME",
        choices=("done", "unchanged", "not-sent", "refused", "unknown", "no-result"),
        action="append",
        help="only this outcome: done, unchanged, not-sent, refused, unknown or no-result; repeatable",
    )
    parser.add_argument("--since", metavar="TIME", help="such as 2d, 3h or 2026-11-01 (UTC)")
    parser.add_argument("--until", metavar="TIME", help="like --since; a date includes the whole day")
    parser.add_argument("--run", metavar="RUN", help=f"only of this onboarding run: {_RUN}")
    parser.add_argument("--rows", action="store_true", help="list every change of onboarding runs, too")
    parser.add_argument("--all", action="store_true", help="changes to all servers and organizations")
    parser.add_argument("--limit", metavar="N", help="the newest N; default: 100; 0 shows all")
    parser.add_argument(
        "--server",
        action="store_true",
        help="with --user: also what the server recorded, and who did it",
    )


def demo(group: Group) -> None:
    serve = group.leaf(
        "serve",
        "serve the embedded ZITADEL on 127.0.0.1, for scripts and curl",
        "{} demo serve --port 8080 demo",
        "DIR",
    )
    serve.add_argument("--port", metavar="N", default="0", help="default: any free port")
    serve.add_argument("directory", metavar="DIR", help="the directory to write a key file and a .env to")


def undo(top: Group) -> None:
    parser = top.leaf(
        "undo",
        "undo changes of the history, or a whole run; shows what it will do and asks first",
        "{} undo --last",
        "{ENTRY... | --run RUN | --last}",
    )
    parser.add_argument(
        "entries",
        metavar="ENTRY",
        nargs="*",
        help="the id of a change, as `history` lists it, or its beginning",
    )
    parser.add_argument("--run", metavar="RUN", help=f"all changes of this run: {_RUN}")
    parser.add_argument(
        "--last", action="store_true", help="the newest change to this organization, or the newest run"
    )
    parser.add_argument(
        "--delete-users",
        action="store_true",
        help="delete the users that the changes created, instead of deactivating them",
    )
    _removing(parser)


def logout(top: Group) -> None:
    parser = top.leaf("logout", "delete the cached access token of this account", "{} logout")
    parser.add_argument("--all", action="store_true", help="delete those of every server and account")


def doctor(top: Group) -> None:
    parser = top.leaf(
        "doctor",
        "check settings, connection, sign-in and rights one by one, and say what to do",
        "{} doctor",
    )
    parser.add_argument("--strict", action="store_true", help="exit with status 1 also for a warning")


def organizations(group: Group) -> None:
    group.leaf(
        "list",
        "list the organizations that this account may act in, with its roles there",
        "{} organizations list",
        also=LS,
    )


def contexts(group: Group) -> None:
    group.leaf(
        "list",
        "list the contexts, with the one in use here and the current one",
        "{} context list",
        also=LS,
    )
    add = group.leaf(
        "add",
        "add a context from the options, or from the settings in use here",
        "{} context add production --domain login.example.com --key-file key.json --protection protected",
        "CONTEXT",
    )
    add.add_argument("name", metavar="CONTEXT", help="letters, digits and . - _")
    add.add_argument(
        "--protection",
        metavar="LEVEL",
        choices=PROTECTIONS,
        help="normal; protected: type the organization's name to remove something; or read-only",
    )
    add.add_argument(
        "--accent",
        metavar="COLOR",
        choices=ACCENTS,
        help=f"the colour of the header in the app: {', '.join(ACCENTS)}",
    )
    add.add_argument(
        "--token-env", metavar="VARIABLE", help="the environment variable that holds the access token"
    )
    add.add_argument(
        "--token-file", metavar="FILE", help="a file that holds the access token and nothing else"
    )
    add.add_argument("--use", action="store_true", help="make it the current context")
    add.add_argument(
        "--replace",
        action="store_true",
        help="change the context of this name; what is not given stays as it is",
    )
    _without_question(add)
    use = group.leaf("use", "make a context the current one", "{} context use staging", "CONTEXT")
    use.add_argument("name", metavar="CONTEXT")
    show = group.leaf(
        "show",
        "show a context; without CONTEXT, the one in use",
        "{} context show",
        "[CONTEXT]",
    )
    show.add_argument("name", metavar="CONTEXT", nargs="?")
    remove = group.leaf("remove", "remove a context", "{} context remove staging", "CONTEXT")
    remove.add_argument("name", metavar="CONTEXT")
    _without_question(remove)


GROUPS = (
    ("members", "the members of the organization and their administrator roles", members),
    ("roles", "the administrator roles and what they permit", roles),
    ("users", "users and service accounts", users),
    ("onboard", "many users and their roles from one file", onboard),
    ("projects", "projects and their roles", projects),
    ("grants", "the project roles of users", grants),
    ("organizations", "the organizations that this account may act in", organizations),
    ("context", "named servers and organizations", contexts),
    ("instance", "the instance, which contains all organizations", instance),
    ("demo", "an embedded ZITADEL to try things out", demo),
)
"""In the order of the help: name, summary, and the function that adds the commands."""
