"""Creating a human user: the v1 import (contract §3.1)."""

import asyncio
from typing import Any

from zitadel_tui.demo import rules
from zitadel_tui.demo.api.credentials import INIT_CODE, passkey_link
from zitadel_tui.demo.api.users import USERS
from zitadel_tui.demo.endpoints import Answer, Call, created, endpoint
from zitadel_tui.demo.errors import exists, invalid, precondition
from zitadel_tui.demo.model import ACTIVE, HUMAN, INITIAL, Event, User
from zitadel_tui.demo.proto import Message
from zitadel_tui.demo.store import Store


@endpoint(
    f"POST {USERS}/human/_import", permission="user.write", request="management.v1.ImportHumanUserRequest"
)
async def import_human_user(call: Call) -> Answer:
    body, hashed = call.body, call.body.get("hashedPassword", {}).get("value", "")
    rules.check_email(body["email"]["email"])
    phone = rules.normal_phone(body["phone"]["phone"]) if "phone" in body else ""
    if call.store.reserves(body["userName"].strip(), call.org):
        raise invalid("Domain is already reserved and cannot be used", "COMMAND-SFd21")
    if body.get("password"):
        rules.check_password(body["password"])
        await asyncio.sleep(call.knobs.password_cost)
    if hashed and not call.knobs.legacy:
        rules.check_hash(hashed)
    if body.get("idps"):
        raise precondition("Identity Provider Configuration doesn't exist", "COMMAND-39nfs")
    user = human_user(call.store, call.org, body, phone=phone)
    if call.store.user_named(user.login_name):
        raise exists("User already exists", "V3-DKcYh")
    last = add_human_user(call.store, user, call.editor)
    answer: dict[str, Any] = {"userId": user.id}
    if body.get("requestPasswordlessRegistration"):
        last, link = passkey_link(call, user)
        answer["passwordlessRegistration"] = {"link": link, "lifetime": "3600s", "expiration": "3600s"}
    return answer | {"details": created(last.sequence, user.created, call.org)}


def human_user(store: Store, org: str, body: Message, *, phone: str) -> User:
    """The user that an import body makes, in the state of the table in contract §3.1."""
    profile, email, now = body["profile"], body["email"], store.now()
    hashed = body.get("hashedPassword", {}).get("value")
    secret = bool(body.get("password") or hashed)
    verified = bool(email.get("isEmailVerified"))
    usable = verified and (secret or bool(body.get("requestPasswordlessRegistration")))
    return User(
        id=store.ids.next(),
        org=org,
        user_name=body["userName"].strip(),
        login_suffix=store.login_suffix(org),
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


def add_human_user(store: Store, user: User, editor: str) -> Event:
    """Writes a new user and the events that belong to it; returns the last."""
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
