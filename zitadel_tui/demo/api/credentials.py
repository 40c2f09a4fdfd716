"""Credentials: passwords, passkey links, mails with codes (contract §4.3)."""

import asyncio
import secrets

from zitadel_tui.demo import rules
from zitadel_tui.demo.api.users import USERS, user_in_org
from zitadel_tui.demo.endpoints import Answer, Call, changed, created, endpoint
from zitadel_tui.demo.errors import precondition
from zitadel_tui.demo.model import HUMAN, INITIAL, Event, User

INIT_CODE = "user.human.initialization.code.added"
LINK_CODE = "user.human.passwordless.initialization.code.added"
LINK_MAIL = "user.human.passwordless.initialization.code.requested"


def passkey_link(call: Call, user: User) -> tuple[Event, str]:
    """Makes a link with a code and an id of its own: (event, link)."""
    event = call.store.push(user.id, LINK_CODE, call.editor, read=False)
    query = f"userID={user.id}&orgID={user.org}&codeID={call.store.ids.next()}&code={secrets.token_hex(6)}"
    return event, f"{call.origin}/ui/login/login/passwordless/init?{query}"


@endpoint(
    f"POST {USERS}/{{userId}}/_resend_initialization",
    permission="user.write",
    request="management.v1.ResendHumanInitializationRequest",
)
def resend_initialization(call: Call) -> Answer:
    user = user_in_org(call, call.body["userId"], "COMMAND-2M9df")
    if user.state != INITIAL:
        raise precondition("User is already initialized", "COMMAND-2M9sd")
    email = call.body.get("email", "")
    if email and email != user.email:
        rules.check_email(email)
        call.store.change_user(user, "user.human.email.changed", call.editor, email=email)
    event = call.store.push(user.id, INIT_CODE, call.editor, read=False)
    return {"details": changed(event.sequence, event.at, user.org)}


@endpoint(
    f"POST {USERS}/{{userId}}/password",
    permission="user.write",
    request="management.v1.SetHumanPasswordRequest",
)
async def set_password(call: Call) -> Answer:
    user = call.store.users.get(call.body["userId"])
    if user is None or user.org != call.org or user.type != HUMAN:
        raise precondition("Password not found", "COMMAND-G8dh3")
    if user.state == INITIAL:
        raise precondition("User is not yet initialized", "COMMAND-M9dse")
    rules.check_password(call.body["password"])
    await asyncio.sleep(call.knobs.password_cost)
    event = call.store.change_user(
        user,
        "user.human.password.changed",
        call.editor,
        password_changed=call.store.now(),
        password_change_required=not call.body.get("noChangeRequired"),
    )
    return {"details": changed(event.sequence, event.at, user.org)}


@endpoint(
    f"POST {USERS}/{{userId}}/password/_reset",
    permission="user.write",
    request="management.v1.SendHumanResetPasswordNotificationRequest",
)
def reset_password(call: Call) -> Answer:
    user = call.store.users.get(call.body["userId"])
    if user is None or user.org != call.org:
        raise precondition("User could not be found", "COMMAND-Hj9ds")
    if user.state == INITIAL:
        raise precondition("User is not yet initialized", "COMMAND-2M9sd")
    event = call.store.push(user.id, "user.human.password.code.added", call.editor, read=False)
    return {"details": changed(event.sequence, event.at, user.org)}


@endpoint(
    f"POST {USERS}/{{userId}}/passwordless/_link",
    permission="user.credential.write",
    request="management.v1.AddPasswordlessRegistrationRequest",
)
def add_passkey_link(call: Call) -> Answer:
    event, link = passkey_link(call, user_in_org(call, call.body["userId"], "COMMAND-Gfg3g"))
    return {"details": created(event.sequence, event.at, call.org), "link": link, "expiration": "3600s"}


@endpoint(
    f"POST {USERS}/{{userId}}/passwordless/_send_link",
    permission="user.write",
    request="management.v1.SendPasswordlessRegistrationRequest",
)
def send_passkey_link(call: Call) -> Answer:
    user = user_in_org(call, call.body["userId"], "COMMAND-Gfg3g")
    event = call.store.push(user.id, LINK_MAIL, call.editor, read=False)
    return {"details": created(event.sequence, event.at, call.org)}
