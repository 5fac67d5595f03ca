"""Fixtures of the browser tests: the running app, one browser for them all, a fresh page for each."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.browser.harness import BUILD, launch, serve

_FAILED = pytest.StashKey[bool]()
_FAILURES = BUILD / "failures"
_LOOPBACK = {"127.0.0.1", "localhost", None}  # None: blob: and data: have no host


@pytest.fixture(scope="package")
def server() -> Iterator[str]:
    """The URL of the running app."""
    with serve() as url:
        yield url


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for every test in this folder; without one they fail, they are not skipped."""
    with launch() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in a context of its own, 1280 x 720.

    The test fails on an uncaught error in the page's JavaScript, and on a request to another host: the page
    must work without the internet.
    """
    with browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce") as context:
        opened = context.new_page()
        errors: list[str] = []
        requested: list[str] = []
        opened.on("pageerror", lambda error: errors.append(str(error)))
        context.on("request", lambda asked: requested.append(_foreign(asked)))
        yield opened
        if request.node.stash.get(_FAILED, False):
            _FAILURES.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^\w-]+", "-", request.node.name)
            opened.screenshot(path=_FAILURES / f"{name}.png")
    assert errors == [], "uncaught errors in the page"
    assert [url for url in requested if url] == [], "requests to other hosts"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on the test whether it failed, so that its page can be kept as a picture."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


def _foreign(request: Request) -> str:
    """The address of a request that leaves this machine, and nothing for one that does not."""
    return "" if urlsplit(request.url).hostname in _LOOPBACK else request.url
