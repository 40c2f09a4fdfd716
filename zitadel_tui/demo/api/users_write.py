"""Making people and changing their state (contract §3.1, §4.3)."""

import asyncio
import secrets
from typing import Any

from zitadel_tui.demo import rules
from zitadel_tui.demo.api.users_read import USERS, user_in_org
from zitadel_tui.demo.endpoints import Answer, Call, changed, created, endpoint
from zitadel_tui.demo.errors import exists, not_found, precondition
from zitadel_tui.demo.model import ACTIVE, HUMAN, INACTIVE, INITIAL, LOCKED, MACHINE, Event, User
from zitadel_tui.demo.proto import Message
from zitadel_tui.demo.store import Store

INIT_CODE = "user.human.initialization.code.added"
LINK_CODE = "user.human.passwordless.initialization.code.added"
LINK_MAIL = "user.human.passwordless.initialization.code.requested"


@endpoint(
    f"POST {USERS}/human/_import", permission="user.write", request="management.v1.ImportHumanUserRequest"
)
async def import_human_user(call: Call) -> Answer:
    body, hashed = call.body, call.body.get("hashedPassword", {}).get("value", "")
    _check_person(body)
    phone = rules.normal_phone(body["phone"]["phone"]) if "phone" in body else ""
    if body.get("password"):
        rules.check_password(body["password"])
        await asyncio.sleep(call.knobs.password_cost)
    if hashed and not call.knobs.legacy:
        rules.check_hash(hashed)
    if body.get("idps"):
        raise precondition("Identity Provider Configuration doesn't exist", "COMMAND-39nfs")
    user = person(call.store, call.org, body, phone=phone)
    if call.store.user_named(user.user_name):
        raise exists("User already exists", "V3-DKcYh")
    last = write_person(call.store, user, call.editor)
    answer: dict[str, Any] = {"userId": user.id}
    if body.get("requestPasswordlessRegistration"):
        last, link = _passkey_link(call, user)
        answer["passwordlessRegistration"] = {"link": link, "lifetime": "3600s", "expiration": "3600s"}
    return answer | {"details": created(last.sequence, user.created, call.org)}


def _check_person(body: Message) -> None:
    rules.check_email(body["email"]["email"])


def person(store: Store, org: str, body: Message, *, phone: str) -> User:
    """The person that an import body makes, in the state of the table in contract §3.1."""
    profile, email, now = body["profile"], body["email"], store.now()
    hashed = body.get("hashedPassword", {}).get("value")
    secret = bool(body.get("password") or hashed)
    verified = bool(email.get("isEmailVerified"))
    usable = verified and (secret or bool(body.get("requestPasswordlessRegistration")))
    return User(
        id=store.ids.next(),
        org=org,
        user_name=body["userName"].strip(),
        type=HUMAN,
        state=ACTIVE if usable else INITIAL,
        created=now,
        changed=now,
        sequence=1 + usable + bool(phone and body["phone"].get("isPhoneVerified")),
        first=profile["firstName"],
        last=profile["lastName"],
        nick=profile.get("nickName", ""),
        display=profile.get("displayName") or f"{profile['firstName']} {profile['lastName']}",
        language=rules.language(profile.get("preferredLanguage", "")),
        gender=profile.get("gender", 0),
        email=email["email"],
        email_verified=usable,
        phone=phone,
        phone_verified=bool(phone and body["phone"].get("isPhoneVerified")),
        password_changed=now if secret else 0.0,
        password_change_required=bool(body.get("password") and body.get("passwordChangeRequired"))
        and not hashed,
    )


def write_person(store: Store, user: User, editor: str) -> Event:
    """Writes a new person and the events that belong to it; returns the last."""
    last = store.push(user.id, "user.human.added", editor)
    if user.state == ACTIVE:
        last = store.push(user.id, "user.human.email.verified", editor)
    if user.phone_verified:
        last = store.push(user.id, "user.human.phone.verified", editor)
    elif user.phone:
        last = store.push(user.id, "user.human.phone.code.added", editor, read=False)
    if user.state == INITIAL:
        last = store.push(user.id, INIT_CODE, editor, read=False)
    store.add_user(user)
    return last


def _passkey_link(call: Call, user: User) -> tuple[Event, str]:
    event = call.store.push(user.id, LINK_CODE, call.editor, read=False)
    query = f"userID={user.id}&orgID={user.org}&codeID={call.store.ids.next()}&code={secrets.token_hex(6)}"
    return event, f"{call.origin}/ui/login/login/passwordless/init?{query}"


@endpoint(f"POST {USERS}/machine", permission="user.write", request="management.v1.AddMachineUserRequest")
def add_machine_user(call: Call) -> Answer:
    body = call.body
    if call.store.user_named(body["userName"].strip()):
        raise exists("User already exists", "V3-DKcYh")
    user, event = write_machine(call.store, call.org, body, call.editor)
    return {"userId": user.id, "details": changed(event.sequence, event.at, call.org)}


def write_machine(store: Store, org: str, body: Message, editor: str) -> tuple[User, Event]:
    """Writes a new service account."""
    now = store.now()
    user = User(
        id=body.get("userId") or store.ids.next(),
        org=org,
        user_name=body["userName"].strip(),
        type=MACHINE,
        state=ACTIVE,
        created=now,
        changed=now,
        name=body["name"],
        description=body.get("description", ""),
        token_type=body.get("accessTokenType", 0),
    )
    event = store.push(user.id, "user.machine.added", editor)
    store.add_user(user)
    return user, event


def _transition(
    action: str, allowed: tuple[int, ...], state: int, event: str, text: str, id: str, missing: str
) -> None:
    """Registers `POST …/users/{id}/_action`, which moves a person from an allowed state."""
    name = {"deactivate": "Deactivate", "reactivate": "Reactivate", "lock": "Lock", "unlock": "Unlock"}[
        action
    ]

    @endpoint(
        f"POST {USERS}/{{id}}/_{action}", permission="user.write", request=f"management.v1.{name}UserRequest"
    )
    def change_state(call: Call) -> Answer:
        user = user_in_org(call, call.body["id"], missing)
        if action == "deactivate" and user.state == INITIAL:
            text = "User with state initial can only be deleted not deactivated"
            raise not_found(text, "COMMAND-ke0fw")
        if user.state not in allowed:
            raise precondition(refused, id)
        written = call.store.change_user(user, event, call.editor, state=state)
        return {"details": changed(written.sequence, written.at, user.org)}

    refused = text


_transition(
    "deactivate", (ACTIVE, LOCKED), INACTIVE, "user.deactivated",
    "User already inactive", "COMMAND-5M0sf", "COMMAND-3M9ds",
)  # fmt: skip
_transition(
    "reactivate", (INACTIVE,), ACTIVE, "user.reactivated",
    "User is not inactive", "COMMAND-6M0sf", "COMMAND-4M0sd",
)  # fmt: skip
_transition(
    "lock", (ACTIVE, INITIAL), LOCKED, "user.locked",
    "User is not active or initial", "COMMAND-3NN8v", "COMMAND-5M9fs",
)  # fmt: skip
_transition(
    "unlock", (LOCKED,), ACTIVE, "user.unlocked",
    "User is not locked", "COMMAND-4M0ds", "COMMAND-M0dse",
)  # fmt: skip


@endpoint(f"DELETE {USERS}/{{id}}", permission="user.delete", request="management.v1.RemoveUserRequest")
def remove_user(call: Call) -> Answer:
    user = user_in_org(call, call.body["id"], "COMMAND-m9od")
    event = call.store.remove_user(user, call.editor)
    return {"details": changed(event.sequence, event.at, user.org)}


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
def passwordless_link(call: Call) -> Answer:
    event, link = _passkey_link(call, user_in_org(call, call.body["userId"], "COMMAND-Gfg3g"))
    return {"details": created(event.sequence, event.at, call.org), "link": link, "expiration": "3600s"}


@endpoint(
    f"POST {USERS}/{{userId}}/passwordless/_send_link",
    permission="user.write",
    request="management.v1.SendPasswordlessRegistrationRequest",
)
def send_passwordless_link(call: Call) -> Answer:
    user = user_in_org(call, call.body["userId"], "COMMAND-Gfg3g")
    event = call.store.push(user.id, LINK_MAIL, call.editor, read=False)
    return {"details": created(event.sequence, event.at, call.org)}
