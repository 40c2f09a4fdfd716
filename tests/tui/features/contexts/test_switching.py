"""Switching to another context or organization in the app, and confirming in a protected one."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.served import ServedDemo
from tests.tui.app_pages import Page, signed_in, started
from tests.tui.pages import members_shown, on_network, table
from zitadel_tui import contexts
from zitadel_tui.contexts import PROTECTED, READ_ONLY, Context
from zitadel_tui.settings import load
from zitadel_tui.tui.dialogs.confirm import TypedName


class Two(NamedTuple):
    """Two servers, a context for each; staging is the current one."""

    staging: ServedDemo
    production: ServedDemo


def context(name: str, served: ServedDemo, **more: str) -> Context:
    return Context(name, served.origin, str(served.directory / "client-key-file.json"), **more)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("two")
        staging, production = (
            stack.enter_context(ServedDemo(folder / name, size=size, lag=(0.0, 0.0)))
            for name, size in (("staging", 5), ("production", 9))
        )
        yield Two(staging, production)


def known(two: Two, **production: str) -> None:
    path = contexts.file()
    contexts.put(path, context("staging", two.staging), use=True)
    contexts.put(path, context("production", two.production, accent="red", **production))


@asynccontextmanager
async def in_staging(two: Two) -> AsyncIterator[Page]:
    settings = load({}, {}, Path.cwd())
    async with started(settings, two.staging.demo, local=None) as page:
        await members_shown(page)
        await page.until(lambda: page.app.account is not None)
        yield page


async def switch(page: Page, name: str) -> None:
    await page.press("O")
    await page.sees("Switch to another context")
    await page.type(name)
    await page.press("enter")
    await page.until(lambda: page.app.settings.context == name)
    await page.until(lambda: page.app.account is not None)
    await members_shown(page)


async def token_of(page: Page) -> str:
    return (await on_network(page, lambda session: session.access_token())).reveal()


async def test_an_administrator_switches_to_production_and_back(two: Two) -> None:
    known(two, protection=PROTECTED)
    async with in_staging(two) as page:
        assert page.lines[0].split()[0] == "staging"
        assert "PROTECTED" not in page.lines[0]
        rows = table(page).row_count
        await switch(page, "production")
        await page.until(lambda: "PROTECTED" in page.lines[0])
        assert page.lines[0].split()[0] == "production"
        assert two.production.origin.removeprefix("https://") in page.lines[0]
        assert table(page).row_count != rows
        assert await token_of(page) in two.production.demo.store.tokens
        assert await token_of(page) not in two.staging.demo.store.tokens
        await switch(page, "staging")
        assert "PROTECTED" not in page.lines[0]
        assert table(page).row_count == rows


async def test_nothing_is_removed_from_a_protected_organization_by_a_slip(two: Two) -> None:
    known(two, protection=PROTECTED)
    async with in_staging(two) as page:
        await switch(page, "production")
        before = dict(two.production.demo.store.members)
        await page.press("x")
        await page.sees("Remove")
        await page.press("y")
        await page.until(lambda: isinstance(page.app.screen, TypedName))
        assert "The context production is protected." in page.text
        await page.press("y", "enter")
        assert "Nothing was done" in page.text
        await page.press("escape")
        await page.quiet()
        assert not page.app.screen.is_modal
        assert dict(two.production.demo.store.members) == before


async def test_the_typed_name_confirms_it(two: Two) -> None:
    known(two, protection=PROTECTED)
    async with in_staging(two) as page:
        await switch(page, "production")
        row = table(page).cursor_id
        assert row is not None
        await page.press("x")
        await page.press("y")
        await page.until(lambda: isinstance(page.app.screen, TypedName))
        await page.type("Acme Corp")
        await page.press("enter")
        organization = two.production.demo.store.default_org
        await page.until(lambda: two.production.demo.store.members[organization].get(row) is None)


async def test_a_read_only_context_refuses_before_anything_is_asked(two: Two) -> None:
    known(two, protection=READ_ONLY)
    async with in_staging(two) as page:
        await switch(page, "production")
        await page.until(lambda: "READ-ONLY" in page.lines[0])
        await page.press("x")
        await page.told("the context production makes this organization read-only")
        assert not page.app.screen.is_modal


async def test_a_context_that_does_not_answer_leaves_the_session_as_it_is(two: Two) -> None:
    known(two)
    contexts.put(contexts.file(), Context("gone", "http://127.0.0.1:1", "nowhere.json"))
    async with in_staging(two) as page:
        await page.press("O")
        await page.type("gone")
        await page.press("enter")
        await page.sees("Cannot sign in")
        await page.sees("Still signed in to")
        await page.press("escape", "escape")
        assert page.lines[0].split()[0] == "staging"


async def test_another_organization_with_the_same_sign_in_and_the_same_demo() -> None:
    async with signed_in(account="iam-bot") as page:
        await members_shown(page)
        signed = page.app.session
        await page.press("o")
        await page.sees("Act in another organization")
        await page.sees("organizations that this account may act in")
        await page.type("glob")
        await page.press("enter")
        await page.until(lambda: page.lines[0].split()[0] == "Globex")
        await members_shown(page)
        await page.sees("Hank Scorpio")
        await page.told("Acting in Globex at demo.zitadel.example.")
        assert page.app.session is not signed
        await page.press("o")
        await page.sees("organizations that this account may act in")
        assert "▸  Globex" in page.text
        await page.press("escape")


async def test_without_contexts_a_message_says_how_to_add_one() -> None:
    async with signed_in() as page:
        await page.press("O")
        await page.told("There are no contexts yet")


async def test_a_damaged_file_of_contexts_is_an_error_message() -> None:
    contexts.file().parent.mkdir(parents=True, exist_ok=True)
    contexts.file().write_text("[broken")
    async with signed_in() as page:
        await page.press("O")
        await page.told("is not valid TOML")
