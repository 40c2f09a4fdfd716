"""The commands of each group, with their arguments and options."""

from argparse import _ArgumentGroup

from zitadel_tui.cli.arguments import Group, Parser

_AS_LISTED = "as `roles list` shows them"


def members(top: Group) -> None:
    group = top.group("members", "the members of the organization and their administrator roles")
    list_ = group.leaf("list", "members.list", "list all members", "{} members list --role ORG_OWNER")
    list_.add_argument(
        "--filter", metavar="TEXT", help="only members that match every word; role:WORD and kind:WORD too"
    )
    list_.add_argument(
        "--role",
        metavar="ROLE",
        action="append",
        help="only members with this role; if repeated, with any of them",
    )
    add = group.leaf(
        "add",
        "members.add",
        "make a user a member, or add roles to a member; removes nothing",
        "{} members add ada@example.com ORG_USER_MANAGER",
        "USER ROLE...",
    )
    _user(add)
    add.add_argument("roles", metavar="ROLE", nargs="+", help=_AS_LISTED)
    _dry_run(add)
    set_ = group.leaf(
        "set",
        "members.set",
        "set the roles of a user to exactly these; asks before it removes one",
        "{} members set ada@example.com ORG_USER_MANAGER ORG_OWNER_VIEWER",
        "USER ROLE...",
    )
    _user(set_)
    set_.add_argument("roles", metavar="ROLE", nargs="+", help=_AS_LISTED)
    _removing(set_)
    remove = group.leaf(
        "remove",
        "members.remove",
        "remove roles from a member, or without roles the whole membership",
        "{} members remove ada@example.com ORG_OWNER",
        "USER [ROLE...]",
    )
    _user(remove)
    remove.add_argument("roles", metavar="ROLE", nargs="*", help="only these; the others stay")
    _removing(remove)


def _user(parser: Parser) -> None:
    parser.add_argument("user", metavar="USER", help="an id, a login name or an email")


def _dry_run(parser: Parser) -> None:
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be changed; send nothing that writes"
    )


def _removing(parser: Parser) -> None:
    _dry_run(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--force", action="store_true", help="also for the last ORG_OWNER, or for this account itself"
    )


def roles(top: Group) -> None:
    group = top.group("roles", "the administrator roles and what they permit")
    group.leaf("list", "roles.list", "list the roles that this organization offers", "{} roles list")
    show = group.leaf(
        "show",
        "roles.show",
        "show what a role permits and who holds it",
        "{} roles show ORG_USER_MANAGER",
        "ROLE",
    )
    show.add_argument("role", metavar="ROLE")


def users(top: Group) -> None:
    group = top.group("users", "users and service accounts")
    find = group.leaf(
        "find",
        "users.find",
        "find users by name, login name, email, phone or id",
        "{} users find ada",
        "TEXT",
    )
    find.add_argument("text", metavar="TEXT", nargs="+", help="part of it is enough; an id must be whole")
    _import(group)
    link = group.leaf(
        "link",
        "users.link",
        "create a link to register a passkey",
        "{} users link ada@example.com --qr",
        "USER",
    )
    _user(link)
    link.add_argument("--qr", action="store_true", help="also draw it as a QR code")
    _dry_run(link)
    resend = group.leaf(
        "resend",
        "users.resend",
        "send the initialization mail again",
        "{} users resend ada@example.com",
        "USER",
    )
    _user(resend)
    _dry_run(resend)


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
    ("--ask-password", None, "set a password; asks for it"),
    ("--password-file", "FILE", "set the password in FILE"),
    ("--generate-password", None, "set a generated password and print it"),
    ("--no-change-required", None, "do not require a new password at the first sign-in"),
    ("--hash-file", "FILE", "set a password by its hash in FILE"),
    ("--passkey-link", None, "print a link to register a passkey"),
)


def _import(group: Group) -> None:
    parser = group.leaf(
        "import",
        "users.import",
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
    parser.add_argument("--use", choices=("password", "hash"), help="which to send if the body has both")
    parser.add_argument(
        "--allow-published-hash",
        action="store_true",
        help="send even the hash that ZITADEL's documentation prints",
    )
    _dry_run(parser)
    who = parser.add_argument_group("the user, instead of --from")
    options(who, _WHO)
    who.add_argument("--gender", choices=("female", "male", "diverse", "unspecified"))
    who.add_argument("--email-not-verified", action="store_true", help="send a mail to verify it")
    who.add_argument("--phone-verified", action="store_true", help="send no SMS to verify it")
    options(parser.add_argument_group("how the user signs in, instead of by a mail with a code"), _SIGN_IN)


def options(group: _ArgumentGroup, table: tuple[tuple[str, str | None, str], ...]) -> None:
    for name, metavar, summary in table:
        if metavar is None:
            group.add_argument(name, action="store_true", help=summary)
        else:
            group.add_argument(name, metavar=metavar, help=summary)


def demo(top: Group) -> None:
    group = top.group("demo", "an embedded ZITADEL to try things with")
    serve = group.leaf(
        "serve", "demo.serve", "serve it on 127.0.0.1", "{} demo serve --port 8080 demo", "DIR"
    )
    serve.add_argument("--port", metavar="N", default="0", help="default: a free one")
    serve.add_argument("directory", metavar="DIR", help="gets a key file and a .env")
