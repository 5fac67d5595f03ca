"""Runs HAProxy with the configuration that we ship, `deploy/haproxy.cfg`."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.harness import BUILD, ROOT, free_port

CONFIGURATION = ROOT / "deploy" / "haproxy.cfg"
#: HAProxy's log since its last start.
LOG = BUILD / "haproxy.log"

_START_SECONDS = 10.0


@contextmanager
def proxy(a: str, b: str, certificate: Path | None = None) -> Iterator[str]:
    """Run HAProxy in front of two servers, each `host:port`, while the block lasts; yield its URL.

    With a certificate (a PEM file that also holds the key) the URL is an https one. Raises RuntimeError if it does
    not start.
    """
    port, secure = free_port(), free_port()
    place = {"LISTEN": f"127.0.0.1:{port}", "SERVER_A": a, "SERVER_B": b}
    if certificate is not None:
        place |= {"CERTIFICATE": str(certificate), "LISTEN_TLS": f"127.0.0.1:{secure}"}
    BUILD.mkdir(exist_ok=True)
    with LOG.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            ["haproxy", "-db", "-f", str(CONFIGURATION)], env=os.environ | place, stdout=log, stderr=log
        )
    try:
        _await_answer(port, process)
        yield f"http://127.0.0.1:{port}" if certificate is None else f"https://127.0.0.1:{secure}"
    finally:
        process.terminate()
        process.wait()


def _await_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"HAProxy did not start. It said:\n{LOG.read_text(encoding='utf-8')[-2000:]}")
