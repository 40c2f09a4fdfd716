"""What each noun can do, with the options of its commands."""

from zitadel_tui.cli.arguments import Group


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
    add.add_argument("user", metavar="USER", help="an id, a login name or an email")
    add.add_argument("roles", metavar="ROLE", nargs="+", help="as `roles list` shows them")


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
    import_ = group.leaf(
        "import",
        "users.import",
        "create one human from the JSON body of ZITADEL's import call",
        "{} users import --from ada.json --role ORG_USER_MANAGER",
        "--from FILE",
    )
    import_.add_argument(
        "--from", dest="source", metavar="FILE", required=True, help="the body; - reads it from stdin"
    )
    import_.add_argument("--role", metavar="ROLE", action="append", help="assigned in the same run")
    import_.add_argument(
        "--use", choices=("password", "hash"), help="which to send of a body that gives both"
    )
    import_.add_argument(
        "--allow-published-hash", action="store_true", help="even the hash of ZITADEL's documentation"
    )


def demo(nouns: Group) -> None:
    group = nouns.group("demo", "a small ZITADEL on this machine, to try things with")
    serve = group.leaf("serve", "demo.serve", "run it on 127.0.0.1", "{} demo serve --port 8080 demo", "DIR")
    serve.add_argument("--port", metavar="N", default="0", help="default: a free one")
    serve.add_argument("directory", metavar="DIR", help="gets a key file and a .env")
