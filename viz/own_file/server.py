"""The server of the page on one's own file: on the loopback only, and for the user's own browser."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tomllib
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from viz.operating import events
from viz.own_file import on_page
from viz.own_file.gate import TOKEN, Gate
from viz.own_file.script_worker import ScriptWorker
from viz.own_file.source_file import SourceFile
from viz.page import server, worker_pool
from viz.page.command import installed_app
from viz.worker.worker_process import ROOT, Command

#: The only address of the server, and its port if that is free.
HOST, PORT = "127.0.0.1", 8501
_SCRIPT = Path(__file__).parent / "page.py"
#: Streamlit's options that no file or environment variable of the user may change.
_OPTIONS = {
    "server.address": HOST,
    "server.headless": True,  # Streamlit would open an address without the token
    "server.baseUrlPath": "",
    "server.enableStaticServing": False,
    "logger.hideWelcomeMessage": True,
}


def serve(file: SourceFile, command: Command, *, opens_browser: bool = True) -> None:
    """Serve the page on a file until an interrupt; print its address, and open a browser if that is wanted.

    `command` starts a process that runs the file.
    """
    port, token = _free_port(), secrets.token_urlsafe(32)
    address = f"http://{HOST}:{port}/?{TOKEN}={token}"
    on_page.put(file)

    @asynccontextmanager
    async def lifespan(app: st.App) -> AsyncIterator[None]:
        worker = ScriptWorker(command)
        async with server.running(lambda: worker_pool.begin_with([worker])):
            sys.stdout.write(f"{file.name} is open at {address}\nCtrl+C ends it.\n")
            sys.stdout.flush()
            if opens_browser and _has_screen():
                Thread(target=webbrowser.open, args=(address,), daemon=True, name="browser").start()
            yield

    app = st.App(
        _SCRIPT,
        routes=server.routes(),
        middleware=[Middleware(Gate, token=token, port=port), *server.middleware()],
        lifespan=lifespan,
        on_script_error=events.failed,
        exception_handlers={Exception: server.failed},
    )
    with suppress(KeyboardInterrupt):
        app.run(config=_file_options() | _OPTIONS | {"server.port": port})


def _has_screen() -> bool:
    """Return whether a browser can open a window; without one, a browser for terminals would open in this one."""
    return sys.platform in {"win32", "darwin"} or any(
        os.environ.get(one) for one in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def _free_port() -> int:
    """Return PORT if it is free, otherwise another port that is."""
    for port in (PORT, 0):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            free: int = probe.getsockname()[1]
            return free
    raise SystemExit("This machine has no free port.")


def _file_options() -> dict[str, Any]:
    """Return the options of the project's `.streamlit/config.toml`, by their dotted names."""
    file = Path(".streamlit", "config.toml")
    path = ROOT / file if (ROOT / file).is_file() else installed_app().parent / file
    return dict(_dotted(tomllib.loads(path.read_text(encoding="utf-8"))))


def _dotted(options: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
