"""Fixtures of the browser tests: the running app, one browser for all tests, a fresh page or a shared one."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, Request, expect

from tests.browser.course import course, frame_in, open_course
from tests.browser.harness import BUILD, launch, serve
from tests.browser.stage import open_stage, to_start

expect.set_options(timeout=20_000)  # ms; a busy machine is slow

_FAILED = pytest.StashKey[bool]()
_FAILURES = BUILD / "failures"
#: What the browser and Streamlit log if the test itself ends a server, or requests something that does not exist.
_PROVOKED = (
    "Cannot send rerun backMessage when disconnected from server",
    "Client Error in reaching server endpoint - No response received when attempting to reach /_stcore/",
    "Failed to load resource",
    "Permissions policy violation",
    "Streamlit server is not responding.",
    "WebSocket connection to",
)
_LOOPBACK = {"127.0.0.1", "localhost", None}  # None: blob: and data: have no host


@dataclass
class _Watched:
    """A page, and what must not happen on it: uncaught or logged errors, and requests to other hosts."""

    page: Page
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def settle(self, test: pytest.Item) -> None:
        """Keep a picture of the page of a failed test, and fail the test for what happened on it."""
        if test.stash.get(_FAILED, False):
            _FAILURES.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^\w-]+", "-", test.name)
            self.page.screenshot(path=_FAILURES / f"{name}.png")
        errors, foreign = self.errors.copy(), self.foreign.copy()
        self.errors.clear()
        self.foreign.clear()
        assert errors == [], "errors in the page, uncaught or in its console"
        assert foreign == [], "requests to other hosts"


@pytest.fixture(scope="package")
def server() -> Iterator[str]:
    """The URL of the running app."""
    with serve() as url:
        yield url


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests in this folder; if there is none, they fail rather than being skipped."""
    with launch() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in a context of its own, 1280 x 720.

    The test fails on an uncaught error in the page's JavaScript, and on a request to another host: the page
    must work without the internet.
    """
    with _watch(browser) as watched:
        yield watched.page
        watched.settle(request.node)


@pytest.fixture
def without_charts(page: Page) -> None:
    """Withhold plotly.js from `page`, which works without it, for tests that do not look at the charts.

    Drawing charts without a graphics card takes most of a test's time.
    """
    page.route("**/plotly.js", lambda route: route.abort())


@pytest.fixture(scope="package")
def _default(server: str, browser: Browser) -> Iterator[_Watched]:
    with _watch(browser) as watched:
        open_stage(watched.page, server)
        yield watched


@pytest.fixture
def stage(_default: _Watched, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page with the program that it opens with, for tests that only move the cursor.

    It is opened once and watched like `page`; each test finds the cursor at the start, nothing playing, and
    nothing focused.
    """
    to_start(_default.page)
    yield _default.page
    _default.settle(request.node)


@pytest.fixture(scope="package")
def _embedded(server: str, browser: Browser) -> Iterator[_Watched]:
    with course(f"{server}/?embed=true") as url, _watch(browser) as watched:
        watched.page.route("**/plotly.js", lambda route: route.abort())
        open_course(watched.page, url)
        yield watched


@pytest.fixture
def frame(_embedded: _Watched, request: pytest.FixtureRequest) -> Iterator[Frame]:
    """The app in a frame on a page of another site, without its charts: opened once and watched, as `stage` is."""
    to_start(frame_in(_embedded.page))
    yield frame_in(_embedded.page)
    _embedded.settle(request.node)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on the test whether it failed, so that its page can be kept as a picture."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@contextmanager
def _watch(browser: Browser) -> Iterator[_Watched]:
    with browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce") as context:
        watched = _Watched(context.new_page())
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        watched.page.on("console", lambda said: _note_error(said, watched.errors))
        context.on("request", lambda asked: _note_foreign(asked, watched.foreign))
        yield watched


def _note_error(said: ConsoleMessage, errors: list[str]) -> None:
    """Note an error in the console, except those that tests cause: ended servers, withheld files and rights."""
    if said.type == "error" and not said.text.startswith(_PROVOKED):
        errors.append(said.text)


def _note_foreign(request: Request, foreign: list[str]) -> None:
    if urlsplit(request.url).hostname not in _LOOPBACK:
        foreign.append(request.url)
