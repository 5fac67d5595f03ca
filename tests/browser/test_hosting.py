"""What a server shows to strangers: the page, a polite one when it is full, and nothing of its insides."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import InvalidStatus

from tests.browser.failing_app import WORDS
from tests.browser.harness import ROOT, Server, free_port, start
from tests.browser.stage import READY, open_stage
from tests.browser.talk import Session, ask, cookie, multipart
from viz import linking
from viz.catalog import DEFAULT_PROGRAM

PLACES = 2
STREAMLIT = b"<title>Streamlit</title>"
PAGE = {"Accept": "text/html"}
#: Strings that would give away how the server is made.
INSIDES = re.compile(rf"Traceback|File \"|site-packages|\.py\b|{re.escape(str(ROOT))}|{WORDS}")
SETTINGS = {"VIZ_MAX_SESSIONS": str(PLACES), "VIZ_RETRY_SECONDS": "1", "VIZ_LOG_LEVEL": "INFO"}


@pytest.fixture(scope="module")
def hosted() -> Iterator[Server]:
    """A server of ours with two places."""
    server = start(free_port(), environment=SETTINGS)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def failing() -> Iterator[Server]:
    """A server of an app that fails."""
    server = start(free_port(), ROOT / "tests" / "browser" / "failing_app.py", SETTINGS)
    yield server
    server.stop()


@contextmanager
def all_places_taken(server: str) -> Iterator[None]:
    """Other visitors take all places while the block lasts."""
    with Session(server), Session(server):
        yield
    _await_places(server)


def _await_places(server: str) -> None:
    for _ in range(100):
        if b"viz_sessions 0\n" in ask(server, "/_stcore/metrics?families=viz_sessions")[2]:
            return
        time.sleep(0.05)
    raise AssertionError("someone stays connected")


def test_one_visitor_too_many_waits_politely_and_is_admitted_when_someone_leaves(
    hosted: Server, browser: Browser
) -> None:
    link = f"/?p={linking.pack(DEFAULT_PROGRAM.read_text(encoding='utf-8'))}&at=3.2"
    with browser.new_context(java_script_enabled=False, color_scheme="dark") as context:
        page = context.new_page()
        with all_places_taken(hosted.url):
            answer = page.goto(f"{hosted.url}{link}")
            assert answer is not None
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            expect(page.get_by_role("heading")).to_have_text("The server is full")
            expect(page.get_by_role("status")).to_contain_text("tries again by itself every 1 seconds")
            expect(page.locator("body")).to_have_css("background-color", "rgb(14, 17, 23)")
        expect(page.get_by_role("heading")).to_have_count(0)  # it asked again, and Streamlit's page came
        assert page.url == f"{hosted.url}{link}"


@pytest.mark.usefixtures("without_charts")
def test_a_visitor_who_reloads_keeps_the_place(hosted: Server, page: Page) -> None:
    _await_places(hosted.url)
    open_stage(page, hosted.url)
    with Session(hosted.url):
        assert ask(hosted.url, "/", headers=PAGE)[0] == 503
        page.reload()
        expect(page.locator(READY)).to_be_visible()


def test_a_connection_too_many_is_turned_away_and_health_and_files_are_not(hosted: Server) -> None:
    _await_places(hosted.url)
    with all_places_taken(hosted.url):
        with pytest.raises(InvalidStatus, match="403"), Session(hosted.url):
            pass
        assert ask(hosted.url, "/_stcore/health")[0] == 200
        assert ask(hosted.url, "/_stcore/host-config")[0] == 200
        assert ask(hosted.url, "/favicon.png")[0] == 200


@pytest.mark.parametrize(
    "base",
    [
        "/viz/x",
        "/viz/tape",
        "/viz/take/x",
        "/app/static",
        "/media",
        "/static",
        "/component/x",
        "/_stcore/bidi-components/x",
        "/_stcore/upload_file/x",
        "",
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "../../app.py",
        "..%2f..%2fapp.py",
        "%2e%2e/%2e%2e/app.py",
        "..%5c..%5capp.py",
        "..%252f..%252fapp.py",
        "%2fetc%2fpasswd",
        "....//....//app.py",
        "app.py%00.js",
    ],
)
def test_no_path_leads_to_a_file_of_the_server(hosted: Server, base: str, path: str) -> None:
    status, _, body = ask(hosted.url, f"{base}/{path}")
    if status == 200:
        assert STREAMLIT in body  # its page, which it returns for any address that is not a file
    else:
        assert status in {400, 404, 405}
        assert len(body) < 200
        assert not INSIDES.search(body.decode())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/viz/tape/x",
        "/viz/take/x/program",
        "/_stcore/health",
        "/_stcore/metrics",
        "/_stcore/agent/interact",
        "/_stcore/upload_file/a/b",
    ],
)
def test_a_wrong_method_is_refused_in_a_few_words(hosted: Server, method: str, path: str) -> None:
    status, _, body = ask(hosted.url, path, method)
    assert status in {403, 404, 405}
    assert len(body) < 200
    assert not INSIDES.search(body.decode())


@pytest.mark.parametrize("path", ["/?p=" + "a" * 100_000, "/viz/tape/" + "a" * 50_000, "/a" * 20_000])
def test_an_address_that_is_too_long_gets_a_response_without_a_traceback(hosted: Server, path: str) -> None:
    status, _, body = ask(hosted.url, path)
    assert status in {200, 400, 404, 414, 431}
    assert STREAMLIT in body if status == 200 else not INSIDES.search(body.decode())


def test_a_page_of_another_site_can_neither_connect_nor_read(hosted: Server) -> None:
    foreign = {"Origin": "https://elsewhere.example"}
    with pytest.raises(InvalidStatus, match="403"), Session(hosted.url, headers=foreign):
        pass
    for path in ("/", "/viz/tape/x", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics"):
        assert "access-control-allow-origin" not in ask(hosted.url, path, headers=foreign)[1]


def test_an_upload_needs_a_session_and_its_token_and_is_small(hosted: Server) -> None:
    _await_places(hosted.url)
    _, health, _ = ask(hosted.url, "/_stcore/health")
    word = cookie(health, "_streamlit_xsrf")
    token = {"Cookie": word, "X-Xsrftoken": word.partition("=")[2]}
    with Session(hosted.url) as session:
        (new,) = [message.new_session for message in session.run() if message.HasField("new_session")]
        place = f"/_stcore/upload_file/{new.initialize.session_id}/file"
        kind, small = multipart("data.csv", b"x,y\n1,2\n")
        assert ask(hosted.url, place, "PUT", kind, small)[0] == 403
        assert ask(hosted.url, "/_stcore/upload_file/nobody/file", "PUT", kind | token, small)[0] == 400
        assert ask(hosted.url, place, "PUT", kind | token, small)[0] == 204
        kind, large = multipart("data.csv", b"1" * (2**20 + 1))
        assert ask(hosted.url, place, "PUT", kind | token, large)[0] == 413


@pytest.mark.parametrize(("frame", "code"), [(b"\x00" * 2_100_000, 1009), (b"no message", 1002), ("text", None)])
def test_a_frame_that_no_page_sends_ends_its_connection(
    hosted: Server, frame: bytes | str, code: int | None
) -> None:
    _await_places(hosted.url)
    with Session(hosted.url) as session:
        session.run()
        session.send(frame)
        assert session.closed_with() == code


def test_what_a_visitor_does_is_private_and_no_other_program_drives_the_page(hosted: Server) -> None:
    _await_places(hosted.url)
    with Session(hosted.url) as session:
        (new,) = [message.new_session for message in session.run() if message.HasField("new_session")]
    assert not new.config.gather_usage_stats
    assert ask(hosted.url, "/_stcore/agent/interact", "POST")[0] in {403, 404}


def test_nothing_that_a_page_sends_can_stop_the_server(hosted: Server) -> None:
    _await_places(hosted.url)
    with Session(hosted.url) as session:
        session.run()
        session.send(BackMsg(debug_shutdown_runtime=True).SerializeToString())
        session.run()
    assert ask(hosted.url, "/_stcore/health")[0] == 200


def test_an_error_of_the_page_is_shown_without_its_message_and_traceback(failing: Server) -> None:
    with Session(failing.url) as session:
        shown = b"".join(message.delta.SerializeToString() for message in session.run())
    assert b"ValueError" in shown
    assert not INSIDES.search(shown.decode("utf-8", "replace"))


def test_the_response_to_an_error_of_a_route_has_no_message_and_traceback_of_it(failing: Server) -> None:
    status, _, body = ask(failing.url, "/viz/fail")
    assert (status, body) == (500, b"Something went wrong here.")


def test_an_error_is_logged_by_its_type_and_its_place(failing: Server) -> None:
    ask(failing.url, "/viz/fail")
    with Session(failing.url) as session:
        session.run()
    log = failing.log.read_text(encoding="utf-8")
    assert re.search(r"ERROR viz failed: RuntimeError at failing_app.py:\d+$", log, re.MULTILINE)
    assert re.search(r"ERROR viz failed: ValueError at failing_page.py:\d+$", log, re.MULTILINE)
    assert WORDS not in log


def test_metrics_count_sessions_tapes_recordings_and_refusals(hosted: Server) -> None:
    _await_places(hosted.url)
    with Session(hosted.url) as session:
        session.run()
    before = _metrics(hosted.url)
    with all_places_taken(hosted.url):
        ask(hosted.url, "/", headers=PAGE)
        now = _metrics(hosted.url)
    assert now["viz_sessions"] == PLACES
    assert now["viz_tapes"] >= 1
    assert now["viz_tape_bytes"] > 10_000
    assert now["viz_recording_seconds_count"] >= 1
    assert now["viz_recorded_iterations_total"] >= 1
    assert now['viz_refusals_total{limit="sessions"}'] == before['viz_refusals_total{limit="sessions"}'] + 1


def _metrics(server: str) -> dict[str, float]:
    """Our numbers from the OpenMetrics text."""
    status, headers, body = ask(server, "/_stcore/metrics")
    text = body.decode()
    assert (status, headers["content-type"]) == (200, "application/openmetrics-text")
    assert text.endswith("# EOF\n")
    for family, unit in re.findall(r"^# UNIT (\S+) (\S+)$", text, re.MULTILINE):
        assert family.endswith(f"_{unit}")
    lines = [line.rpartition(" ") for line in text.splitlines() if line.startswith("viz_")]
    assert {name.partition("{")[0] for name, _, _ in lines}
    return {name: float(value) for name, _, value in lines}


def test_the_log_has_a_line_for_each_event_and_no_program_and_no_address_of_a_visitor(hosted: Server) -> None:
    _await_places(hosted.url)
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8").replace("lr=0.1", "lr=0.1234")
    packed = linking.pack(source)
    ask(hosted.url, f"/?p={packed}", headers=PAGE)
    with Session(hosted.url, f"p={packed}") as session:
        session.run()
    _await_places(hosted.url)
    log = hosted.log.read_text(encoding="utf-8")
    events = r"started: at most 2 sessions, \d+ bytes of tapes|session opened: \d connected"
    events += r"|session closed: \d+ s, \d connected"
    events += r"|recorded: \d+\.\d{3} s, \d+ iterations, \d+ bytes, program [0-9a-f]{8}|refused: \w+"
    lines = [line for line in log.splitlines() if " viz " in line]
    assert [line for line in lines if not re.fullmatch(rf"\S+ \S+ INFO viz ({events})", line)] == []
    for event in ("started", "session opened", "session closed", "recorded", "refused"):
        assert any(f" viz {event}: " in line for line in lines), event
    assert packed[:40] not in log
    assert "0.1234" not in log
    assert "/_stcore" not in log
    assert "external IP" not in log  # the server does not look up its own address on the internet
    assert not re.search(r"127\.0\.0\.1:\d+ - |127\.0\.0\.1'", log)
