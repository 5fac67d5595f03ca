"""Starts the app and a browser: what the browser tests, the screenshots and the benchmarks share."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.find_browser import MISSING, find_browser

ROOT = Path(__file__).parent.parent.parent

#: The folder for pictures, logs and other output of a run; git ignores it.
BUILD = ROOT / "build"

_HOST = "127.0.0.1"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root in a container needs this, and the browser opens our page only
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A Streamlit server of ours that answers, and its process."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """End the server as an operator does."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server as a failure does, without a clean shutdown."""
        self.process.kill()
        self.process.wait()


def start(port: int, script: Path = ROOT / "app.py", environment: Mapping[str, str] | None = None) -> Server:
    """Run a Streamlit script on a loopback port, with additional environment variables.

    Raises RuntimeError with the server's last output if it does not answer within a minute.
    """
    return start_command([sys.executable, "-m", "streamlit", "run", str(script)], port, environment)


def start_command(
    command: Sequence[str], port: int, environment: Mapping[str, str] | None = None, folder: Path = ROOT
) -> Server:
    """Run a command that takes Streamlit's options, in a folder, as `start` runs a script."""
    url = f"http://{_HOST}:{port}"
    BUILD.mkdir(exist_ok=True)
    log = BUILD / f"server-{Path(command[-1]).stem}-{port}.log"
    options = ["--server.headless=true", f"--server.address={_HOST}", f"--server.port={port}"]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=folder,
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(url, process, log)
    try:
        _await_health(url, process, log)
    except BaseException:
        server.kill()
        raise
    return server


@contextmanager
def serve(script: Path = ROOT / "app.py", port: int | None = None) -> Iterator[str]:
    """Run a Streamlit script on a free loopback port while the block lasts; yield its URL once it answers.

    Raises RuntimeError with the server's last output if it does not answer within a minute.
    """
    server = start(port or free_port(), script)
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def launch() -> Iterator[Browser]:
    """Run a headless Chromium while the block lasts. Raises RuntimeError if none can be found."""
    program = find_browser()
    if program is None:
        raise RuntimeError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def free_port() -> int:
    """A loopback port that no process listens on."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _await_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.02)
    words = log.read_text(encoding="utf-8")[-2000:]
    raise RuntimeError(f"The app did not start within {_START_SECONDS:.0f} s. It said:\n{words}")
