"""Recording happens in a worker process: the page goes on when it ends, and it ends with the server."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Server, free_port, start
from tests.browser.reading import read
from tests.browser.settings import another_program, type_number
from tests.browser.stage import at, hold, open_stage, press
from tests.browser.test_link import explained, select

pytestmark = [
    pytest.mark.usefixtures("without_charts"),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="only Linux tells what a process started"),
]


@pytest.fixture
def alone() -> Iterator[Server]:
    """A server of this test's own."""
    server = start(free_port())
    yield server
    server.kill()


def _recorder(server: Server) -> int:
    """The process that records for a server."""
    (found,) = [
        int(child)
        for path in Path(f"/proc/{server.process.pid}/task").glob("*/children")
        for child in path.read_text().split()
    ]
    return found


def _is_there(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_page_goes_on_when_its_worker_process_ends(alone: Server, page: Page) -> None:
    open_stage(page, alone.url)
    hold(page, "Shift+ArrowRight", 3)
    before, first = read(page), _recorder(alone)
    os.kill(first, signal.SIGKILL)
    assert read(page) == before
    press(page, "ArrowRight")
    at(page, 3, 0)
    select(page, "W * x")
    expect(explained(page)).to_contain_text("MulBackward0")
    with another_program(page):
        type_number(page, "W", "0.25")
    at(page, 3, 0)
    assert read(page) != before
    assert _recorder(alone) != first


def test_the_worker_process_ends_with_a_server_that_is_killed(alone: Server) -> None:
    recorder = _recorder(alone)
    assert _is_there(recorder)
    alone.kill()
    for _ in range(200):
        if not _is_there(recorder):
            return
        time.sleep(0.05)
    raise AssertionError("it is still there")
