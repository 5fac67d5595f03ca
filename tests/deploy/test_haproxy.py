"""The proxy keeps a visitor at one server, hides operators' pages, and logs nothing about visitors."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from tests.deploy.proxy import CONFIGURATION, LOG, proxy

needs_haproxy = pytest.mark.skipif(
    shutil.which("haproxy") is None,
    reason="HAProxy (Debian package haproxy) is not installed here: its own check of deploy/haproxy.cfg, and what "
    "it does with it, was not tried",
)

PROGRAM = "1.ePm6F3hMG83ro3l9NK"
NAME = "7eac8c39e281a857e3f562a92ada5a40"
LARGEST = 2 * 2**20
#: The cookie with which Streamlit protects uploads.
XSRF = "_streamlit_xsrf=2|5f0c|77aa|1764000000"


@dataclass
class Backend:
    """A server that answers every request with its own name, and notes which paths and headers reached it."""

    name: str
    server: ThreadingHTTPServer
    asked: list[tuple[str, str | None]]
    full: bool = False

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def backend(name: str) -> Iterator[Backend]:
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/_stcore/health":
                asked.append((self.path, self.headers.get("X-Forwarded-For")))
            self.send_response(503 if made.full and self.path != "/_stcore/health" else 200)
            self.send_header("Content-Length", "1")
            self.send_header("Set-Cookie", f"{XSRF}; Path=/; SameSite=Lax")
            self.end_headers()
            self.wfile.write(name.encode())

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Log nothing, to keep the output of the tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        made = Backend(name, server, asked)
        yield made
        server.shutdown()


@dataclass
class Site:
    """The proxy in front of two servers."""

    url: str
    servers: dict[str, Backend]

    @property
    def asked(self) -> list[tuple[str, str | None]]:
        return [one for server in self.servers.values() for one in server.asked]

    def ask(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, str]:
        """The response to a path, which is sent as it is."""
        parts = urlsplit(self.url)
        place = (parts.hostname or "", parts.port)
        connection = (
            HTTPConnection(*place, timeout=10)
            if parts.scheme == "http"
            else HTTPSConnection(*place, timeout=10, context=ssl._create_unverified_context())
        )
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()


@contextmanager
def site(certificate: Path | None = None) -> Iterator[Site]:
    with ExitStack() as stack:
        a, b = (stack.enter_context(backend(name)) for name in "ab")
        yield Site(stack.enter_context(proxy(a.place, b.place, certificate)), {"a": a, "b": b})


@pytest.fixture(scope="module")
def plain() -> Iterator[Site]:
    with site() as running:
        yield running


def cookies_of(answer: HTTPResponse) -> dict[str, set[str]]:
    """The cookies that an answer sets, each with its attributes."""
    lines = [re.split("; *", line) for line in answer.headers.get_all("Set-Cookie", [])]
    return {cookie: {name[0].upper() + name[1:] for name in attributes} for cookie, *attributes in lines}


def logged(*patterns: str) -> str:
    """The whole log, once it contains these: a line is written after its response is sent."""
    deadline = time.monotonic() + 5
    while not all(re.search(pattern, said := LOG.read_text(encoding="utf-8")) for pattern in patterns):
        assert time.monotonic() < deadline, said
        time.sleep(0.02)
    return said


@needs_haproxy
def test_haproxy_takes_the_file_without_a_warning() -> None:
    checked = subprocess.run(["haproxy", "-c", "-f", CONFIGURATION], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr


@needs_haproxy
def test_a_visitor_stays_at_one_server_until_that_server_dies() -> None:
    with site() as running:
        answer, first = running.ask("/")
        cookie = f"server={first}"
        assert cookies_of(answer).keys() == {cookie, XSRF}
        assert {running.ask("/", headers={"Cookie": cookie})[1] for _ in range(6)} == {first}
        running.servers[first].server.shutdown()
        running.servers[first].server.server_close()
        answer, second = running.ask("/", headers={"Cookie": cookie})
        assert {first, second} == {"a", "b"}
        assert f"server={second}" in cookies_of(answer)


@needs_haproxy
def test_if_one_server_is_full_the_other_one_takes_the_visitor() -> None:
    with site() as running:
        running.servers["a"].full = True
        for _ in range(4):
            answer, name = running.ask("/", headers={"Cookie": "server=a"})
            assert (answer.status, name) == (200, "b")
            assert "server=b" in cookies_of(answer)
        question, _ = running.ask(f"/viz/tape/{NAME}", headers={"Cookie": "server=a"})
        assert question.status == 503, "nobody else knows that recording"
        running.servers["b"].full = True
        assert running.ask("/")[0].status == 503


@needs_haproxy
@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics/",
        "//_stcore//metrics",
        "/_stcore/%6detrics",
        "/_stcore/METRICS",
        "/_stcore/metrics?x=1",
        "/viz/../_stcore/metrics",
    ],
)
def test_operators_pages_are_not_shown_to_visitors(plain: Site, path: str) -> None:
    assert plain.ask(path)[0].status == 404
    assert path not in [asked for asked, _ in plain.asked]


@needs_haproxy
def test_a_request_that_is_too_large_is_refused_before_it_is_sent(plain: Site) -> None:
    for size, status in {str(LARGEST): 200, str(LARGEST + 1): 413}.items():
        # The body is never sent: the server answers the request that is let through without waiting for it.
        assert plain.ask("/upload", "PUT", {"Content-Length": size})[0].status == status
    assert plain.ask("/upload", "PUT", {"Transfer-Encoding": "chunked"})[0].status == 413
    assert plain.ask("/", "TRACE")[0].status == 405


@needs_haproxy
def test_neither_the_log_nor_the_servers_learn_who_asked_for_what(plain: Site) -> None:
    assert plain.ask(f"/?p={PROGRAM}&at=3.1", headers={"X-Forwarded-For": "192.0.2.7"})[0].status == 200
    assert plain.ask(f"/viz/tape/{NAME}?from=0&to=9")[0].status == 200
    assert {(f"/?p={PROGRAM}&at=3.1", None), (f"/viz/tape/{NAME}?from=0&to=9", None)} <= {*plain.asked}
    said = logged(r" GET / 200 \d+ bytes \d+ ms [ab] ", r" GET /viz/tape/name 200 ")
    for secret in (PROGRAM, NAME, "at=3", "192.0.2.7"):
        assert secret not in said
    requests = [line for line in said.splitlines() if " ms " in line]
    assert not any("127.0.0.1" in line or "?" in line for line in requests)


@needs_haproxy
@pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl, which makes a certificate, is not installed here"
)
def test_over_tls_the_cookies_hold_in_a_frame_of_another_site(tmp_path: Path) -> None:
    key, certificate, both = (tmp_path / name for name in ("key.pem", "certificate.pem", "both.pem"))
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    make += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    both.write_text(certificate.read_text() + key.read_text())
    with site(both) as running:
        answer, name = running.ask("/")
        framed = {"Path=/", "Secure", "SameSite=None", "Partitioned"}
        # The page's own script reads the second cookie.
        assert cookies_of(answer) == {f"server={name}": framed | {"HttpOnly"}, XSRF: framed}
        assert answer.getheader("Strict-Transport-Security") == "max-age=31536000"


# These tests run without HAProxy, too.

LINES = [line.strip() for line in CONFIGURATION.read_text(encoding="utf-8").splitlines()]


def test_the_health_of_both_servers_is_checked_and_the_cookie_names_the_server() -> None:
    assert "http-check send meth GET uri /_stcore/health" in LINES
    servers = [line.split() for line in LINES if line.startswith("server ")]
    assert [(words[1], words[3:]) for words in servers] == [("a", ["cookie", "a"]), ("b", ["cookie", "b"])]
    cookies = [line for line in LINES if line.startswith("cookie ")]
    assert len(cookies) == 2
    assert all(line.startswith("cookie server insert indirect nocache httponly") for line in cookies)


def test_no_log_format_has_a_query_or_an_address() -> None:
    formats = [line for line in LINES if "log-format" in line and not line.startswith("#")]
    assert [line.split()[0] for line in formats] == ["log-format", "error-log-format"]
    known = {"%t", "%HM", "%[var(txn.what)]", "%ST", "%B", "%Ta", "%s", "%tsc"}
    assert set(re.findall(r"%\S+", " ".join(formats).replace('"', ""))) <= known


def test_a_session_may_be_silent_longer_than_a_request() -> None:
    timeouts = dict(line.split()[1:3] for line in LINES if line.startswith("timeout "))
    assert timeouts["tunnel"].endswith("h")
    assert {"connect", "check", "client", "server", "http-request", "queue"} < timeouts.keys()
