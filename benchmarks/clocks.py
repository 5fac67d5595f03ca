"""Clocks that run inside the page: they measure the time from a key or a click to the painted result."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import CDPSession, Page

# A message that is posted in the first animation frame arrives once that frame is painted. (A second animation
# frame comes only with the screen's next refresh, up to 16.7 ms later, although nothing is left to paint.)
_FRAME_CLOCK = """() => {
    window.benchFrames = [];
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => benchFrames.push(performance.now() - data);
    document.addEventListener("keydown", (event) => {
        if (event.key === "Shift") return;
        requestAnimationFrame(() => port2.postMessage(event.timeStamp));
    }, { capture: true });
}"""

# A change that is drawn in several pieces is complete when nothing changes any more: the last paint counts.
_SETTLE_CLOCK = """([event, quiet, tape]) => {
    window.benchSettled = new Promise((resolve) => {
        let began = null, painted = null, timer = null;
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => { painted = performance.now(); };
        const arrived = () => tape === null || document.querySelector(".viz-stage")?.dataset.tape !== tape;
        const finish = () => { observer.disconnect(); resolve(painted - began); };
        const observer = new MutationObserver(() => {
            if (began === null) return;
            clearTimeout(timer);
            if (arrived()) timer = setTimeout(finish, quiet);
            requestAnimationFrame(() => port2.postMessage(null));
        });
        const begin = ({ timeStamp }) => { began = timeStamp; };
        document.addEventListener(event, begin, { capture: true, once: true });
        const main = document.querySelector('[data-testid="stMain"]');
        observer.observe(main, { childList: true, characterData: true, subtree: true });
    });
}"""

_STILL = """(quiet) => new Promise((resolve) => {
    let timer = null;
    const finish = () => { observer.disconnect(); resolve(); };
    const wait = () => { clearTimeout(timer); timer = setTimeout(finish, quiet); };
    const observer = new MutationObserver(wait);
    observer.observe(document.body, { childList: true, characterData: true, attributes: true, subtree: true });
    wait();
})"""

_QUIET = 400  # ms
_KEY_REPEAT = 33  # ms; a held key repeats about thirty times a second


def await_stillness(page: Page, quiet: int = 1500) -> None:
    """Wait until nothing on the page has changed for `quiet` ms, so that everything has loaded."""
    page.evaluate(_STILL, quiet)


class FrameClock:
    """Measures the milliseconds from each key press to the end of the frame that it painted."""

    def __init__(self, page: Page) -> None:
        """Start the clock in a loaded page."""
        self._page = page
        page.evaluate(_FRAME_CLOCK)

    def press(self, key: str) -> float:
        """Press a key; return the time until its frame was painted. Presses come as fast as a held key repeats."""
        count: int = self._page.evaluate("benchFrames.length")
        self._page.keyboard.press(key)
        self._page.wait_for_function("count => benchFrames.length > count", arg=count)
        self._page.wait_for_timeout(_KEY_REPEAT)
        return float(self._page.evaluate("benchFrames.at(-1)"))


class SettleClock:
    """Measures the milliseconds from one event to the paint of the last change that it caused in the main part."""

    def __init__(self, page: Page, event: str, tape: str | None = None) -> None:
        """Start at the next `click` or `keydown`; given a tape's name, run until the stage shows another tape."""
        self._page = page
        page.evaluate(_SETTLE_CLOCK, [event, _QUIET, tape])

    def read(self) -> float:
        """Wait until the page is still, and return the time. Raises playwright's TimeoutError if it never is."""
        self._page.wait_for_function("() => benchSettled.then(() => true)")
        return float(self._page.evaluate("benchSettled"))


class ByteMeter:
    """Counts the bytes that the server sends: the messages of the WebSocket and the fetched tapes."""

    def __init__(self, page: Page) -> None:
        """Start counting; call this before the page is opened."""
        self.received = 0
        self._tapes: set[str] = set()
        session: CDPSession = page.context.new_cdp_session(page)
        session.on("Network.webSocketFrameReceived", self._count)
        session.on("Network.requestWillBeSent", self._note)
        session.on("Network.loadingFinished", self._count_fetched)
        session.send("Network.enable")

    def _count(self, message: dict[str, dict[str, object]]) -> None:
        payload = str(message["response"]["payloadData"])
        binary = message["response"]["opcode"] == 2
        # A binary payload is reported in base64: four characters for three bytes, padded with `=`.
        self.received += len(payload) * 3 // 4 - payload[-2:].count("=") if binary else len(payload.encode())

    def _note(self, message: dict[str, Any]) -> None:
        if "/viz/tape/" in message["request"]["url"]:
            self._tapes.add(message["requestId"])

    def _count_fetched(self, message: dict[str, Any]) -> None:
        if message["requestId"] in self._tapes:
            self.received += int(message["encodedDataLength"])
