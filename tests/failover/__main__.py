"""`make failover`: kills the server of a session behind HAProxy, and measures when the page continues elsewhere.

python -m tests.failover [times]
"""

from __future__ import annotations

import shutil
import sys
import time

from playwright.sync_api import Browser, Page

from tests.browser.harness import Server, free_port, launch, start
from tests.browser.reading import read
from tests.browser.settings import type_number
from tests.browser.stage import READY, at, hold, open_stage, press
from tests.browser.test_numbers import STEP
from tests.deploy.proxy import proxy

TIMES = 20
#: Seconds within which the page has to be back at the same moment.
GOAL = 10.0
_WAIT = 60_000  # ms; longer than the goal, so that a late page is measured too

#: Sets `window.back` once the page's script has next run to its end, over an open connection.
_WATCH = """() => {
    window.back = false;
    const app = document.querySelector("[data-test-script-state]");
    let running = false;
    new MutationObserver(() => {
        const { testScriptState, testConnectionState } = app.dataset;
        window.back ||= running && testScriptState === "notRunning" && testConnectionState === "CONNECTED";
        running = testScriptState === "running";
    }).observe(app, { attributes: true });
}"""


def main(times: int) -> int:
    """Kill a server `times` times, and print a line for each; return 1 if a page missed the goal."""
    if shutil.which("haproxy") is None:
        print("This needs HAProxy: on Debian and Ubuntu the package haproxy.", file=sys.stderr)
        return 1
    servers = {name: start(free_port()) for name in ("a", "b")}
    took: list[float] = []
    try:
        with proxy(_place(servers["a"]), _place(servers["b"])) as url, launch() as browser:
            for number in range(times):
                for server in servers.values():
                    _warm(browser, server)
                killed, seconds = _survive(browser, url, servers, number)
                took.append(seconds)
                print(f"{number + 1:3}: killed {killed}, the page stands after {seconds:.1f} s", flush=True)
                servers[killed] = start(int(servers[killed].url.rpartition(":")[2]))
    finally:
        for server in servers.values():
            server.stop()
    took.sort()
    print(f"median {took[len(took) // 2]:.1f} s, longest {took[-1]:.1f} s of {times}; goal {GOAL:.0f} s")
    return int(took[-1] > GOAL)


def _place(server: Server) -> str:
    return server.url.removeprefix("http://")


def _warm(browser: Browser, server: Server) -> None:
    """Open the page at a server once, so that it has imported torch."""
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/plotly.js", lambda route: route.abort())
        open_stage(page, server.url)


def _survive(browser: Browser, url: str, servers: dict[str, Server], number: int) -> tuple[str, float]:
    """Step through a program that only one server knows, kill that one, and wait for the other.

    Returns which was killed, and the seconds until the page was back at the same cursor. Raises AssertionError if
    anything on it, or any number of the run, has changed.
    """
    with browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce") as context:
        page = context.new_page()
        page.route("**/plotly.js", lambda route: route.abort())
        open_stage(page, url)
        type_number(page, "W", f"0.{number + 1:03}1")
        page.evaluate("() => document.activeElement.blur()")
        hold(page, "Shift+ArrowRight", 3 + number)
        at(page, 2 + number, STEP)
        press(page, "ArrowLeft")
        page.wait_for_timeout(500)
        before, numbers, holder, tape = read(page), _numbers(page), _holder(page), _tape(page)
        page.evaluate(_WATCH)
        began = time.monotonic()
        servers[holder].kill()
        page.wait_for_function("() => window.back", timeout=_WAIT)
        seconds = time.monotonic() - began
        page.wait_for_function("(tape) => document.querySelector('.viz-stage').dataset.tape !== tape", arg=tape)
        assert _holder(page) != holder
        assert read(page) == before
        assert _numbers(page) == numbers
        page.reload()
        page.locator(READY).wait_for()
        at(page, *before.moment)
        assert read(page) == before
        assert press(page, "ArrowRight") > before.moment
    return holder, seconds


def _holder(page: Page) -> str:
    """The server of the page's session, according to the proxy's cookie."""
    (cookie,) = [one for one in page.context.cookies() if one.get("name") == "server"]
    return str(cookie.get("value"))


def _tape(page: Page) -> str | None:
    """The page's name for its tape, which differs for each server and session."""
    return page.locator(READY).get_attribute("data-tape")


def _numbers(page: Page) -> str:
    """Every number of the run, to the last bit, from the server of the page's session."""
    answer = page.context.request.get(f"{page.url.partition('?')[0]}viz/take/{_tape(page)}/numbers?to=1000")
    assert answer.ok, answer.status
    return answer.text()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TIMES))
