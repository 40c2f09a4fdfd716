"""Service accounts, their keys and personal access tokens (contract §1.1)."""

from base64 import b64decode, b64encode
from typing import Any

from zitadel_tui.demo import auth
from zitadel_tui.demo.api.users import USERS, user_in_org
from zitadel_tui.demo.endpoints import Answer, Call, changed, created, endpoint, listing, page, read
from zitadel_tui.demo.errors import exists, invalid, not_found, precondition
from zitadel_tui.demo.model import ACTIVE, MACHINE, Event, MachineKey, Token, User, stamp
from zitadel_tui.demo.proto import Message, enum_name
from zitadel_tui.demo.store import Store

PAT_SCOPES = ["openid", "profile", "urn:zitadel:iam:user:metadata", "urn:zitadel:iam:user:resourceowner"]


@endpoint(f"POST {USERS}/machine", permission="user.write", request="management.v1.AddMachineUserRequest")
def add_machine_user(call: Call) -> Answer:
    body = call.body
    if call.store.user_named(body["userName"].strip() + call.store.login_suffix(call.org)):
        raise exists("User already exists", "V3-DKcYh")
    user, event = add_machine(call.store, call.org, body, call.editor)
    return {"userId": user.id, "details": changed(event.sequence, event.at, call.org)}


def add_machine(store: Store, org: str, body: Message, editor: str) -> tuple[User, Event]:
    """Writes a new service account."""
    now = store.now()
    user = User(
        id=body.get("userId") or store.ids.next(),
        org=org,
        user_name=body["userName"].strip(),
        login_suffix=store.login_suffix(org),
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


def add_key(store: Store, user: str, editor: str, *, expires: float, public_pem: bytes) -> MachineKey:
    """Writes a key of a service account."""
    event = store.push(user, "user.machine.key.added", editor, read=False)
    key = MachineKey(store.ids.next(), user, public_pem, expires, event.at, event.sequence)
    store.keys[key.id] = key
    return key


def _account(call: Call) -> User:
    user = call.store.users.get(call.body["userId"])
    if user is None or user.org != call.org or user.type != MACHINE:
        raise precondition("User could not be found", "COMMAND-bnipwm1")
    return user


def _expiry(call: Call) -> float:
    """Epoch seconds of the body's expirationDate; far in the future when absent."""
    expires: float = call.body.get("expirationDate", auth.NEVER)
    if expires < call.store.now():
        raise invalid("Errors.AuthNKey.ExpireBeforeNow", "DOMAIN-dv3t5")
    return expires


@endpoint(
    f"POST {USERS}/{{userId}}/keys", permission="user.write", request="management.v1.AddMachineKeyRequest"
)
def add_machine_key(call: Call) -> Answer:
    user = _account(call)
    given = b64decode(call.body.get("publicKey", ""))
    if given and not auth.is_public_key(given):
        raise invalid("Errors.User.Machine.Key.Invalid", "COMMAND-5F3h1")
    expires = _expiry(call)
    private, public = ("", given) if given else auth.pem(auth.private_key(f"{user.user_name}'s"))
    key = add_key(call.store, user.id, call.editor, expires=expires, public_pem=public)
    file = b64encode(auth.key_file(key, private)).decode() if private else ""
    return {"keyId": key.id, "keyDetails": file, "details": created(key.sequence, key.created, user.org)}


@endpoint(
    f"POST {USERS}/{{userId}}/keys/_search",
    permission="user.read",
    request="management.v1.ListMachineKeysRequest",
)
def list_machine_keys(call: Call) -> Answer:
    user = user_in_org(call, call.body["userId"])
    items = [
        {
            "id": key.id,
            "details": read(key.sequence, key.created, key.created, user.org),
            "type": enum_name("authn.v1.KeyType", 1),
            "expirationDate": _date(key.expires),
        }
        for key in call.store.keys.values()
        if key.user == user.id
    ]
    return listing(call, len(items), page(call, items))


@endpoint(
    f"DELETE {USERS}/{{userId}}/keys/{{keyId}}",
    permission="user.write",
    request="management.v1.RemoveMachineKeyRequest",
)
def remove_machine_key(call: Call) -> Answer:
    user_in_org(call, call.body["userId"], "COMMAND-4m77G")
    key = call.store.keys.get(call.body["keyId"])
    if key is None or key.user != call.body["userId"]:
        raise not_found("Machine key not found", "COMMAND-4m77G")
    del call.store.keys[key.id]
    event = call.store.push(key.user, "user.machine.key.removed", call.editor, read=False)
    return {"details": changed(event.sequence, event.at, call.org)}


@endpoint(
    f"POST {USERS}/{{userId}}/pats",
    permission="user.write",
    request="management.v1.AddPersonalAccessTokenRequest",
)
def add_pat(call: Call) -> Answer:
    user = _account(call)
    text, token = new_pat(call.store, user.id, call.editor, expires=_expiry(call))
    details = created(token.sequence, token.created, user.org)
    return {"tokenId": token.pat, "token": text, "details": details}


def new_pat(store: Store, user: str, editor: str, *, expires: float) -> tuple[str, Token]:
    """Writes a personal access token: (its text, what is kept)."""
    event = store.push(user, "user.pat.added", editor, read=False)
    id = store.ids.next()
    token = Token(user, expires, True, pat=id, created=event.at, sequence=event.sequence)
    store.pats[id] = token
    return auth.new_token(store, token), token


@endpoint(
    f"POST {USERS}/{{userId}}/pats/_search",
    permission="user.read",
    request="management.v1.ListPersonalAccessTokensRequest",
)
def list_pats(call: Call) -> Answer:
    user = user_in_org(call, call.body["userId"])
    found = [token for token in call.store.pats.values() if token.user == user.id]
    shown = page(call, found)
    return listing(call, len(found), [_pat(token, user.org) for token in shown])


def _pat(token: Token, owner: str) -> dict[str, Any]:
    return {
        "id": token.pat,
        "details": read(token.sequence, token.created, token.created, owner),
        "expirationDate": _date(token.expires),
        "scopes": PAT_SCOPES,
    }


@endpoint(
    f"DELETE {USERS}/{{userId}}/pats/{{tokenId}}",
    permission="user.write",
    request="management.v1.RemovePersonalAccessTokenRequest",
)
def remove_pat(call: Call) -> Answer:
    user_in_org(call, call.body["userId"], "COMMAND-4m77G")
    store, id = call.store, call.body["tokenId"]
    token = store.pats.get(id)
    if token is None or token.user != call.body["userId"]:
        raise not_found("Personal Access Token not found", "COMMAND-4m77G")
    del store.pats[id]
    store.tokens = {text: token for text, token in store.tokens.items() if token.pat != id}
    event = store.push(token.user, "user.pat.removed", call.editor, read=False)
    return {"details": changed(event.sequence, event.at, call.org)}


def _date(time: float) -> str:
    """RFC 3339 without a fraction that is zero."""
    return "9999-12-31T23:59:59Z" if time >= auth.NEVER else stamp(time).replace(".000000Z", "Z")
