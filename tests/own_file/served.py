"""Starts `python -m viz` on a file, as a user does in a terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.talk import Headers, ask, cookie

ROOT = Path(__file__).parents[2]
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """A server that shows a file: its first address, which has the token, its process and what it printed."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """The server's address without a path."""
        found = urlsplit(self.address)
        return f"{found.scheme}://{found.netloc}"

    @property
    def port(self) -> int:
        """The server's port."""
        return urlsplit(self.address).port or 0

    @property
    def printed(self) -> str:
        """What the server and the file have printed by now."""
        return self.log.read_text(encoding="utf-8")

    def cookie(self) -> Headers:
        """The header with the cookie that a browser gets from the first address."""
        found = urlsplit(self.address)
        _, headers, _ = ask(self.url, f"{found.path}?{found.query}")
        return {"Cookie": cookie(headers, f"viz_token_{self.port}")}

    def interrupt(self) -> int:
        """Press Ctrl+C; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(_SECONDS)


@contextmanager
def served(
    file: Path | str, *arguments: str, folder: Path, without: Sequence[str] = (), **environment: str
) -> Iterator[Served]:
    """Run `python -m viz file arguments…` in a folder while the block lasts, `without` some variables."""
    outside = {name: value for name, value in os.environ.items() if name not in without}
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "viz", "--no-browser", str(file), *arguments],
            cwd=folder,
            env=outside | {"PYTHONPATH": str(ROOT)} | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Served(_address(process, log), process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"http://\S+\n", log.read_text(encoding="utf-8"))
        if found:
            return found[0].strip()
        time.sleep(0.05)
    raise RuntimeError(f"The page did not open. It said:\n{log.read_text(encoding='utf-8')}")
