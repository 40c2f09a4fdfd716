"""What each noun can do, with the options of its commands."""

from argparse import _ArgumentGroup

from zitadel_tui.cli.arguments import Group, Parser

_AS_LISTED = "as `roles list` shows them"


def members(nouns: Group) -> None:
    group = nouns.group("members", "who is a member of the organization, with which roles")
    list_ = group.leaf("list", "members.list", "all members, each once", "{} members list --role ORG_OWNER")
    list_.add_argument(
        "--filter", metavar="TEXT", help="only those in whom every word occurs; role:WORD and kind:WORD too"
    )
    list_.add_argument(
        "--role", metavar="ROLE", action="append", help="only those with this role; several: any of them"
    )
    add = group.leaf(
        "add",
        "members.add",
        "make a member, or add to the roles of one; takes nothing away",
        "{} members add ada@example.com ORG_USER_MANAGER",
        "USER ROLE...",
    )
    _user(add)
    add.add_argument("roles", metavar="ROLE", nargs="+", help=_AS_LISTED)
    _dry_run(add)
    set_ = group.leaf(
        "set",
        "members.set",
        "make the roles of somebody exactly these; asks before one is lost",
        "{} members set ada@example.com ORG_USER_MANAGER ORG_OWNER_VIEWER",
        "USER ROLE...",
    )
    _user(set_)
    set_.add_argument("roles", metavar="ROLE", nargs="+", help=_AS_LISTED)
    _taking(set_)
    remove = group.leaf(
        "remove",
        "members.remove",
        "take these roles from somebody; without any, end the membership",
        "{} members remove ada@example.com ORG_OWNER",
        "USER [ROLE...]",
    )
    _user(remove)
    remove.add_argument("roles", metavar="ROLE", nargs="*", help="only these; the others stay")
    _taking(remove)


def _user(parser: Parser) -> None:
    parser.add_argument("user", metavar="USER", help="an id, a login name or an email")


def _dry_run(parser: Parser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be done; write nothing")


def _taking(parser: Parser) -> None:
    _dry_run(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--force", action="store_true", help="even from the last ORG_OWNER, or from this account itself"
    )


def roles(nouns: Group) -> None:
    group = nouns.group("roles", "the administrator roles, and what they permit")
    group.leaf("list", "roles.list", "the roles that this organization offers", "{} roles list")
    show = group.leaf(
        "show",
        "roles.show",
        "what a role permits, and who holds it",
        "{} roles show ORG_USER_MANAGER",
        "ROLE",
    )
    show.add_argument("role", metavar="ROLE")


def users(nouns: Group) -> None:
    group = nouns.group("users", "people and service accounts")
    find = group.leaf(
        "find", "users.find", "by name, login name, email, phone or id", "{} users find ada", "TEXT"
    )
    find.add_argument("text", metavar="TEXT", nargs="+", help="part of it is enough; an id must be whole")
    _import(group)
    link = group.leaf(
        "link",
        "users.link",
        "make a new link with which somebody signs up for a passkey",
        "{} users link ada@example.com --qr",
        "USER",
    )
    _user(link)
    link.add_argument("--qr", action="store_true", help="draw it as a QR code, too")
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
    ("--user-name", "NAME", "default: what stands before the @ of the email"),
    ("--nick-name", "NAME", ""),
    ("--display-name", "NAME", "default: first and last name"),
    ("--phone", "NUMBER", "as in +41 71 000 00 00"),
    ("--language", "TAG", "as in en"),
)
_SIGN_IN = (
    ("--ask-password", None, "set a password; it is asked for"),
    ("--password-file", "FILE", "set the password that FILE holds"),
    ("--generate-password", None, "set a password that is made up, and print it"),
    ("--no-change-required", None, "the password need not be changed at the first sign-in"),
    ("--hash-file", "FILE", "set the password of which FILE holds the hash"),
    ("--passkey-link", None, "print a link to sign up for a passkey with"),
)


def _import(group: Group) -> None:
    parser = group.leaf(
        "import",
        "users.import",
        "create one human, from options or the JSON body of ZITADEL's import call",
        "{} users import --first-name Ada --last-name Lovelace --email ada@example.com",
        "[--from FILE]",
    )
    parser.add_argument("--from", dest="source", metavar="FILE", help="the whole body; - reads it from stdin")
    parser.add_argument("--role", metavar="ROLE", action="append", help="assigned in the same run")
    parser.add_argument("--use", choices=("password", "hash"), help="which to send of a body with both")
    parser.add_argument(
        "--allow-published-hash", action="store_true", help="even the hash of ZITADEL's documentation"
    )
    _dry_run(parser)
    who = parser.add_argument_group("the person, instead of --from")
    options(who, _WHO)
    who.add_argument("--gender", choices=("female", "male", "diverse", "unspecified"))
    who.add_argument("--email-not-verified", action="store_true", help="a mail to verify it is sent")
    who.add_argument("--phone-verified", action="store_true", help="no SMS to verify it is sent")
    options(parser.add_argument_group("how they sign in, instead of by a mail with a code"), _SIGN_IN)


def options(group: _ArgumentGroup, table: tuple[tuple[str, str | None, str], ...]) -> None:
    for name, metavar, summary in table:
        if metavar is None:
            group.add_argument(name, action="store_true", help=summary)
        else:
            group.add_argument(name, metavar=metavar, help=summary)


def demo(nouns: Group) -> None:
    group = nouns.group("demo", "a small ZITADEL on this machine, to try things with")
    serve = group.leaf("serve", "demo.serve", "run it on 127.0.0.1", "{} demo serve --port 8080 demo", "DIR")
    serve.add_argument("--port", metavar="N", default="0", help="default: a free one")
    serve.add_argument("directory", metavar="DIR", help="gets a key file and a .env")
