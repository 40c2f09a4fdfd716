"""Policies, settings and languages (contract §4.5)."""

from typing import Any

from zitadel_tui.demo.endpoints import AUTHENTICATED, Answer, Call, endpoint, read
from zitadel_tui.demo.rules import LANGUAGES

_LIFETIMES = {
    "passwordCheckLifetime": "864000s",
    "externalLoginCheckLifetime": "864000s",
    "mfaInitSkipLifetime": "2592000s",
    "secondFactorCheckLifetime": "64800s",
    "multiFactorCheckLifetime": "43200s",
}


def _policy(call: Call, sequence: int, **fields: Any) -> dict[str, Any]:
    created_at = call.store.orgs[call.store.default_org].created
    details = read(sequence, created_at, created_at, call.store.instance_id)
    return {"details": details, **fields, "isDefault": True}


def _complexity(call: Call) -> dict[str, Any]:
    rules = {"hasUppercase": True, "hasLowercase": True, "hasNumber": True, "hasSymbol": True}
    return _policy(call, 13, minLength="8", **rules)


@endpoint("GET /management/v1/policies/password/complexity", permission="policy.read")
def get_complexity(call: Call) -> Answer:
    return {"policy": _complexity(call), "isDefault": True}


@endpoint("GET /auth/v1/policies/passwords/complexity", permission=AUTHENTICATED)
def get_my_complexity(call: Call) -> Answer:
    return {"policy": _complexity(call)}


@endpoint("GET /management/v1/policies/domain", permission=AUTHENTICATED)
def get_domain_policy(call: Call) -> Answer:
    if call.store.orgs[call.org].login_must_be_domain:
        return {"policy": _policy(call, 15) | {"userLoginMustBeDomain": True, "isDefault": False}}
    return {"policy": _policy(call, 15)}


@endpoint("GET /management/v1/policies/login", permission="policy.read")
def get_login_policy(call: Call) -> Answer:
    policy = _policy(
        call,
        19,
        allowUsernamePassword=True,
        allowRegister=True,
        allowExternalIdp=True,
        passwordlessType="PASSWORDLESS_TYPE_ALLOWED",
        secondFactors=["SECOND_FACTOR_TYPE_OTP", "SECOND_FACTOR_TYPE_U2F"],
        multiFactors=["MULTI_FACTOR_TYPE_U2F_WITH_VERIFICATION"],
        allowDomainDiscovery=True,
        **_LIFETIMES,
    )
    return {"policy": policy, "isDefault": True}


@endpoint("GET /management/v1/languages", permission=AUTHENTICATED)
def get_supported_languages(call: Call) -> Answer:
    return {"languages": LANGUAGES}


@endpoint("GET /admin/v1/languages/allowed", permission=AUTHENTICATED)
def get_allowed_languages(call: Call) -> Answer:
    return {"languages": LANGUAGES}


@endpoint("GET /v2/settings", permission="policy.read")
def get_general_settings(call: Call) -> Answer:
    return {
        "defaultOrgId": call.store.default_org,
        "defaultLanguage": "en",
        "supportedLanguages": LANGUAGES,
        "allowedLanguages": LANGUAGES,
    }


@endpoint("GET /v2/settings/password/complexity", permission="policy.read")
def get_complexity_settings(call: Call) -> Answer:
    policy = _complexity(call)
    settings = {
        key.replace("has", "requires"): value for key, value in policy.items() if key.startswith("has")
    }
    owner = {"minLength": policy["minLength"], "resourceOwnerType": "RESOURCE_OWNER_TYPE_INSTANCE"}
    return {"details": policy["details"], "settings": settings | owner}
