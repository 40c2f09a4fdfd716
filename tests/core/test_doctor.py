"""The doctor: each fault is the first finding that is not ok, and no finding contains a secret."""

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from tests.served import ServedDemo
from tests.sockets import closed_origin
from tests.zitadel.test_tls import certificates, serving
from zitadel_tui.core.doctor import Finding, examine, exit_status, server_checks
from zitadel_tui.demo.faults import Fault
from zitadel_tui.demo.model import INACTIVE
from zitadel_tui.demo.server import ACCOUNT, Demo
from zitadel_tui.failure import UsageFailure
from zitadel_tui.secret import Secret
from zitadel_tui.settings import KeyFileSource, Settings
from zitadel_tui.zitadel import endpoints

DISCOVERY = "/.well-known/openid-configuration"
App = Callable[[Any, Any, Any], Any]


class Local:
    """A demo in this process as one of its accounts sees it."""

    def __init__(
        self, demo: Demo, account: str = ACCOUNT, *, origin: str = "", app: App | None = None
    ) -> None:
        self._demo, self._account = demo, account
        self.origin = origin or demo.origin
        self.app: Any = app or demo.app

    def key_file(self) -> bytes:
        return self._demo.key_file(self._account)


async def found_at(local: Local) -> list[Finding]:
    return [one async for one in examine(lambda: Settings(demo=True), local=lambda: local)]


async def found_with(settings: Settings) -> list[Finding]:
    return [one async for one in examine(lambda: settings)]


def of(findings: list[Finding], check: str) -> Finding:
    return next(one for one in findings if one.check == check)


def first(findings: list[Finding]) -> Finding:
    """The first that is not well."""
    return next(one for one in findings if one.state in ("fail", "warn"))


def demo(**knobs: Any) -> Demo:
    return Demo(size=5, lag=(0, 0), **knobs)


def answering(
    body: bytes, kind: str, status: int = 200, *, path: str = "", instead_of: App | None = None
) -> App:
    """An application that answers so; with ``path`` only there, and like ``instead_of`` elsewhere."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if path and scope["path"] != path:
            assert instead_of is not None
            await instead_of(scope, receive, send)
            return
        headers = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


# All is well


async def test_without_problems_each_check_is_ok_and_describes_what_it_saw() -> None:
    found = await found_at(Local(demo()))
    assert {one.state for one in found} == {"ok"}
    assert exit_status(found, strict=True) == 0
    assert "newer than v4.13.1" in of(found, "zitadel").seen
    assert "12.0 h" in of(found, "token").seen
    assert ACCOUNT in of(found, "audience").seen
    assert "Acme Corp" in of(found, "organization").seen


async def test_the_version_of_an_older_server_is_recognized_by_its_refusals() -> None:
    assert "v4.11.0 to v4.13.1" in of(await found_at(Local(demo(legacy=True))), "zitadel").seen


# The clock


@pytest.mark.parametrize("off", [-7200.0, -120.0, 120.0, 7200.0])
async def test_a_wrong_clock_is_the_first_advice_and_signing_in_still_works(off: float) -> None:
    found = await found_at(Local(demo(clock=lambda: time.time() + off)))
    assert first(found).check == "clock"
    assert "Set this machine's clock" in first(found).advice
    assert ("behind" if off > 0 else "ahead of") in first(found).seen
    assert "±" in first(found).seen
    corrected = "signed in with the server's time" in of(found, "token").seen
    assert corrected is (off != 120.0), "a clock that is a little behind does no harm"
    assert (exit_status(found), exit_status(found, strict=True)) == (0, 1)


@pytest.mark.parametrize("off", [-2.0, 2.0])
async def test_a_difference_of_two_seconds_is_no_warning(off: float) -> None:
    found = await found_at(Local(demo(clock=lambda: time.time() + off)))
    assert of(found, "clock").state == "ok"
    assert of(found, "token").state == "ok"


async def test_a_clock_too_far_off_fails_before_the_sign_in() -> None:
    found = await found_at(Local(demo(clock=lambda: time.time() + 30 * 3600)))
    assert (first(found).check, first(found).state) == ("clock", "fail")
    assert "--max-clock-difference" in first(found).advice
    assert exit_status(found) == 3


async def test_the_clock_is_never_known_better_than_to_half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    immediately = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr(server_checks, "time", immediately)
    assert "(± 0.5 s)" in of(await found_at(Local(demo())), "clock").seen


# The server


async def test_another_issuer_is_named_with_the_address_to_use() -> None:
    here = demo()
    body = {"issuer": "https://login.example", "token_endpoint": f"{here.origin}/oauth/v2/token"}
    app = answering(json.dumps(body).encode(), "application/json", path=DISCOVERY, instead_of=here.app)
    found = await found_at(Local(here, app=app))
    assert (first(found).check, first(found).state) == ("issuer", "fail")
    assert "--domain https://login.example" in first(found).advice


@pytest.mark.parametrize(
    ("app", "seen", "advice"),
    [
        (answering(b"<html>Sign in</html>", "text/html"), "a web page", "login page"),
        (answering(b"{}", "application/json"), "not a ZITADEL server", "--domain"),
        (answering(b"nothing", "text/plain", 404), "not a ZITADEL server", "--domain"),
    ],
)
async def test_a_server_that_is_not_zitadel_fails_with_what_it_answered(
    app: App, seen: str, advice: str
) -> None:
    found = await found_at(Local(demo(), app=app))
    assert (first(found).check, first(found).state) == ("zitadel", "fail")
    assert seen in first(found).seen
    assert advice in first(found).advice
    assert {one.state for one in found if one.check in ("token", "organization", "api")} == {"skipped"}
    assert exit_status(found) == 3


async def test_a_host_that_is_no_domain_of_the_instance_fails_with_advice() -> None:
    found = await found_at(Local(demo(), origin="https://other.example"))
    assert "no instance of that name" in first(found).seen
    assert "to the letter" in first(found).advice


async def test_a_server_error_fails_the_first_check_of_the_server() -> None:
    here = demo()
    here.faults.add(Fault("html", status=502), "GET /.well-known/*", times=0)
    found = await found_with_timeout(Local(here))
    assert first(found).check == "zitadel"


async def found_with_timeout(local: Local) -> list[Finding]:
    settings = Settings(demo=True, timeout=0.3)
    return [one async for one in examine(lambda: settings, local=lambda: local)]


# Rights


async def test_a_missing_permission_is_named_with_roles_that_have_it() -> None:
    found = await found_at(Local(demo(), "viewer-bot"))
    missing = first(found)
    assert (missing.check, missing.state) == ("rights.write-members", "warn")
    assert "org.member.write is missing" in missing.seen
    assert "ORG_OWNER" in missing.advice
    assert exit_status(found) == 0
    assert exit_status(found, strict=True) == 1


async def test_an_account_without_any_role_fails() -> None:
    found = await found_at(Local(demo(), "nobody-bot"))
    assert (first(found).check, first(found).state) == ("organization", "fail")
    assert "(" not in first(found).seen, "an id that stands for an unreadable name is told once"
    assert exit_status(found) == 1


@pytest.mark.parametrize(
    ("org", "status", "said"),
    [("Globexx", 2, "organization 'Globexx'"), ("9" * 18, 1, "no organization with that id")],
)
async def test_an_organization_that_does_not_exist_is_the_first_advice(
    org: str, status: int, said: str
) -> None:
    local = Local(demo())
    found = [one async for one in examine(lambda: Settings(demo=True, org=org), local=lambda: local)]
    assert (first(found).check, first(found).state, exit_status(found)) == ("organization", "fail", status)
    assert said in first(found).seen
    assert "organizations list" in first(found).advice or "--org" in first(found).advice


async def test_a_deactivated_account_is_named_and_no_other_cause() -> None:
    here = demo()
    user = here.store.user_named(ACCOUNT)
    assert user is not None
    here.store.users.put(user.id, msgspec.structs.replace(user, state=INACTIVE))
    found = await found_at(Local(here))
    assert (first(found).check, first(found).state) == ("token", "fail")
    assert "deactivated or locked" in first(found).seen
    assert "alike" not in first(found).seen


@pytest.mark.parametrize(
    "end", ["2020-01-01T00:00:00", "2020-01-01", "9999-12-31T23:59:59-23:59", "never", ""]
)
async def test_any_date_at_which_a_key_ends_is_understood(end: str) -> None:
    here = demo()
    user = here.store.user_named(ACCOUNT)
    assert user is not None
    page = {
        "result": [{"id": "1", "expirationDate": end}, {"id": "2", "expirationDate": "9999-01-01T00:00:00Z"}]
    }
    keys = f"/management/v1/users/{user.id}/keys/_search"
    app = answering(json.dumps(page).encode(), "application/json", path=keys, instead_of=here.app)
    found = of(await found_at(Local(here, app=app)), "keys")
    assert found.state == ("warn" if end.startswith("2020") else "ok")


async def test_calls_that_a_proxy_blocks_are_named() -> None:
    here = demo()
    here.faults.add(Fault("html", status=404), "POST /v2/*", times=0)
    found = await found_at(Local(here))
    assert of(found, "api").state == "warn"
    assert "/v2" in of(found, "api").advice


async def test_the_api_checks_request_at_most_one_record() -> None:
    bodies: list[bytes] = []
    here = demo()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def noted() -> Any:
            message = await receive()
            bodies.append(message.get("body", b""))
            return message

        is_search = scope["path"] in (endpoints.ORGANIZATIONS.path, endpoints.USERS_V2.path)
        await here.app(scope, noted if is_search else receive, send)

    assert of(await found_at(Local(here, app=app)), "api").state == "ok"
    assert [json.loads(body)["query"]["limit"] for body in bodies if body] == [1, 1]


# Settings and key file


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDemo]:
    with ServedDemo(tmp_path_factory.mktemp("served"), size=3, lag=(0.0, 0.0)) as served:
        yield served


def settings_of(served: ServedDemo, path: Path, **more: Any) -> Settings:
    return Settings(domain=served.origin, key_file=KeyFileSource(path, "option --key-file"), **more)


def key_with(served: ServedDemo, folder: Path, **changes: Any) -> Path:
    content = {**json.loads(served.demo.key_file(ACCOUNT)), **changes}
    path = folder / "key.json"
    path.write_text(json.dumps(content))
    path.chmod(0o600)
    return path


async def test_without_problems_each_check_over_a_socket_is_ok(served: ServedDemo, tmp_path: Path) -> None:
    found = await found_with(settings_of(served, key_with(served, tmp_path)))
    assert {one.state for one in found} == {"ok"}
    assert "2048 bits" in of(found, "key-file").seen
    assert "No proxy is used" in of(found, "proxy").seen
    secret = json.loads(served.demo.key_file(ACCOUNT))["key"]
    told = " ".join(f"{one.seen} {one.advice}" for one in found)
    assert not any(line in told for line in secret.splitlines() if len(line) > 20)


async def test_an_expired_key_is_the_first_advice(served: ServedDemo, tmp_path: Path) -> None:
    path = key_with(served, tmp_path, expirationDate="2020-01-01T00:00:00Z")
    found = await found_with(settings_of(served, path))
    assert (first(found).check, first(found).state) == ("key-file", "fail")
    assert "expired on 2020-01-01" in first(found).seen
    assert "renewed" in first(found).advice
    assert exit_status(found) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": "application"}, "key of an application"),
        ({"userId": ""}, "lacks the field userId"),
        ({"key": "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"}, ""),
    ],
)
async def test_a_key_file_of_another_kind_fails(
    served: ServedDemo, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    found = await found_with(settings_of(served, key_with(served, tmp_path, **changes)))
    assert (first(found).check, exit_status(found)) == ("key-file", 2)
    assert said in first(found).seen


async def test_a_key_that_others_may_read_is_a_warning(served: ServedDemo, tmp_path: Path) -> None:
    path = key_with(served, tmp_path)
    path.chmod(0o644)
    found = await found_with(settings_of(served, path))
    assert (first(found).check, first(found).state) == ("key-file", "warn")
    assert "chmod 600" in first(found).advice


async def test_a_key_that_the_server_does_not_know_fails_with_the_remaining_causes(
    served: ServedDemo, tmp_path: Path
) -> None:
    found = await found_with(settings_of(served, key_with(served, tmp_path, keyId="1")))
    assert (first(found).check, first(found).state) == ("token", "fail")
    assert "the same answer for every cause" in first(found).seen
    assert "so the time is not the cause" in first(found).seen
    assert "deleted" in first(found).advice
    assert exit_status(found) == 3


async def test_a_token_for_another_project_is_explained(served: ServedDemo, tmp_path: Path) -> None:
    found = await found_with(settings_of(served, key_with(served, tmp_path), project_id="123"))
    assert first(found).check == "audience"
    assert "PROJECT_ID" in first(found).advice


async def test_settings_that_cannot_be_used_are_a_finding_and_skip_the_rest() -> None:
    def load() -> Settings:
        raise UsageFailure("--domain is not an address.", "Give a host.")

    found = [one async for one in examine(load)]
    assert (found[0].state, found[0].advice) == ("fail", "Give a host.")
    assert {one.state for one in found[1:]} == {"skipped"}
    assert exit_status(found) == 2


async def test_missing_settings_fail() -> None:
    found = await found_with(Settings())
    assert found[0].state == "fail"
    assert exit_status(found) == 2


async def test_a_warning_of_the_settings_is_a_warning_of_the_doctor(
    served: ServedDemo, tmp_path: Path
) -> None:
    settings = settings_of(served, key_with(served, tmp_path))._replace(
        warnings=(".env line 3 is not valid.",)
    )
    assert of(await found_with(settings), "settings").state == "warn"


# The connection


async def test_where_nothing_listens_the_connection_fails() -> None:
    found = await found_with(Settings(domain=closed_origin(), access_token=Secret("x")))
    assert (first(found).check, exit_status(found)) == ("connection", 3)


async def test_a_host_name_that_does_not_resolve_fails() -> None:
    found = await found_with(Settings(domain="https://nowhere.invalid", access_token=Secret("x")))
    assert (first(found).check, exit_status(found)) == ("dns", 3)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://user:hunter2@127.0.0.1:1", "http://[bad"])
async def test_a_proxy_that_does_not_work_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    found = await found_with(Settings(domain="https://zitadel.example", access_token=Secret("x")))
    assert first(found).state == "fail"
    assert "HTTPS_PROXY" in first(found).advice
    assert "hunter2" not in str(found)


@pytest.fixture
async def tls_domain(tmp_path: Path) -> AsyncIterator[str]:
    async with serving(certificates(), tmp_path) as server:
        yield f"https://127.0.0.1:{server.port}"


async def test_an_unknown_authority_is_the_first_advice_and_gets_no_credential(
    tls_domain: str, tmp_path: Path
) -> None:
    found = await found_with(Settings(domain=tls_domain, access_token=Secret("never-sent")))
    assert (first(found).check, first(found).state) == ("tls", "fail")
    for part in ("Authority of the test", "--ca-file", "SHA-256", "openssl s_client"):
        assert part in first(found).advice
    assert "Certificate for 127.0.0.1" in first(found).seen
    assert of(found, "token").state == "skipped"
    assert exit_status(found) == 3

    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(certificates().authority)
    trusted = await found_with(Settings(domain=tls_domain, access_token=Secret("x"), ca_file=ca_file))
    assert of(trusted, "tls").state == "warn", "the certificate of the test ends tomorrow"
    assert first(trusted).check == "tls"
    assert "renew" in first(trusted).advice


async def test_a_certificate_for_another_name_fails_with_its_names(tls_domain: str, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(certificates().authority)
    named = tls_domain.replace("127.0.0.1", "localhost")
    found = await found_with(Settings(domain=named, access_token=Secret("x"), ca_file=ca_file))
    assert first(found).check == "tls"
    assert "127.0.0.1" in first(found).advice


@pytest.mark.parametrize(
    ("begins", "ends", "advice"),
    [(-3, -1, "renew it on the server"), (1, 3, "not valid yet: check this machine's clock")],
)
async def test_a_certificate_of_another_time_is_reported(
    tmp_path: Path, begins: int, ends: int, advice: str
) -> None:
    ca_file, given = tmp_path / "ca.pem", certificates(begins=begins, ends=ends)
    ca_file.write_bytes(given.authority)
    async with serving(given, tmp_path) as server:
        domain = f"https://127.0.0.1:{server.port}"
        found = await found_with(Settings(domain=domain, access_token=Secret("x"), ca_file=ca_file))
    assert (first(found).check, first(found).state) == ("tls", "fail")
    assert advice in first(found).advice


async def test_insecure_is_a_warning(tls_domain: str) -> None:
    found = await found_with(Settings(domain=tls_domain, access_token=Secret("x"), insecure=True))
    assert of(found, "tls").state == "warn"
    assert "--ca-file" in of(found, "tls").advice


async def test_https_to_a_plain_http_port_fails_with_advice(served: ServedDemo) -> None:
    found = await found_with(
        Settings(domain=served.origin.replace("http:", "https:"), access_token=Secret("x"))
    )
    assert first(found).check == "tls"
    assert "http://" in first(found).advice
