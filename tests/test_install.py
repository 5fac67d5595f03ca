"""`make` takes PyTorch's CPU build from its index if that answers, and installs without the index otherwise."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.tools import script

install = script("install")


@contextmanager
def index(status: int = 200, wait: Callable[[], object] = lambda: None) -> Iterator[str]:
    """Serve a package index on this machine that answers with `status` after `wait`; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wait()
            self.send_response(status if self.path == "/cpu/torch/" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/cpu"
    finally:
        server.shutdown()
        server.server_close()


def test_pip_gets_an_index_that_answers_in_addition_to_the_package_index() -> None:
    with index() as address:
        found = install.torch_index({"TORCH_INDEX": address}, "linux")
    assert found == address
    words = install.command(["requirements.txt"], found)
    assert words[words.index("--extra-index-url") + 1] == address
    assert words[-2:] == ["--requirement", "requirements.txt"]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_index_without_torch_is_left_out(status: int, capsys: pytest.CaptureFixture[str]) -> None:
    with index(status) as address:
        assert install.torch_index({"TORCH_INDEX": address}, "linux") is None
    assert f"{address} does not answer" in capsys.readouterr().err


def test_pip_runs_without_an_index_that_does_not_answer() -> None:
    with index() as address:
        pass
    assert install.torch_index({"TORCH_INDEX": address}, "linux") is None
    assert "--extra-index-url" not in install.command(["requirements.txt"], None)


def test_an_index_that_hangs_is_abandoned_when_its_time_is_up() -> None:
    over = threading.Event()
    with index(wait=over.wait) as address:
        began = time.monotonic()
        assert not install.answers(address, seconds=0.2)
        waited = time.monotonic() - began
        over.set()
    assert waited < install.PROBE_SECONDS


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_no_other_index_is_asked_if_the_package_index_has_the_cpu_build(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "answers", lambda index: pytest.fail(f"asked {index}"))
    assert install.torch_index({}, platform) is None


def test_pytorchs_own_index_of_cpu_builds_is_asked_on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "answers", lambda index: True)
    assert install.torch_index({}, "linux") == "https://download.pytorch.org/whl/cpu"
    assert install.torch_index({"TORCH_INDEX": ""}, "linux") is None
