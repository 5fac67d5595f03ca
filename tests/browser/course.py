"""A course page with the app in a frame; its origin and its site are not those of the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import Frame, Page

from tests.browser.stage import READY

#: Pixels that a course page leaves for a frame.
WIDTH, HEIGHT = 800, 600

_PAGE = """<!doctype html>
<meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>A course</title>
<style>body {{ margin: 0 }} iframe {{ border: 0; display: block; height: {height}px; width: {width}px }}</style>
<p>The text of the course.</p>
<iframe src="{address}" title="A training loop, step by step"></iframe>
<p style="height: 2000px">More of its text.</p>"""

_FIRST_GRAPH = 60_000  # ms; as in tests.browser.stage


@contextmanager
def course(address: str) -> Iterator[str]:
    """Serve a page with a frame of that address while the block lasts; yield the page's URL."""
    body = _PAGE.format(address=escape(address), height=HEIGHT, width=WIDTH).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            """Log nothing, to keep the output of the tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            # To a browser `localhost` and `127.0.0.1` are two sites, so the app's cookies are third-party cookies
            # here.
            yield f"http://localhost:{server.server_address[1]}/"
        finally:
            server.shutdown()


def open_course(page: Page, url: str) -> Frame:
    """Open the page of a course and wait until the stage in it has its first graph; return the frame."""
    page.goto(url)
    frame = frame_in(page)
    frame.locator(READY).wait_for(timeout=_FIRST_GRAPH)
    return frame


def frame_in(page: Page) -> Frame:
    """The frame of a course page."""
    return next(frame for frame in page.frames if frame.parent_frame is page.main_frame)
