"""A page of another site cannot open a connection, and the server looks up no address to find out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import streamlit as st

from tests.page.asgi import connect
from viz.page.server import SameOrigin

OPTIONS = {
    "server.enableCORS": True,
    "server.corsAllowedOrigins": ["https://course.example"],
    "browser.serverAddress": "lesson.example",
}


async def _app(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize(
    ("origin", "comes_in"),
    [
        ("http://127.0.0.1:8501", True),
        ("", True),  # no browser, so no page
        ("https://course.example", True),
        ("https://lesson.example", True),
        ("https://elsewhere.example", False),
        ("http://127.0.0.1:8502", False),
        ("https://course.example.elsewhere.example", False),
        ("https://127.0.0.1:8501@elsewhere.example", False),
    ],
)
def test_an_origin_is_the_pages_own_or_a_named_one(
    origin: str, comes_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def attempt() -> bool:
        return (await connect(SameOrigin(_app), host="127.0.0.1:8501", origin=origin)).accepted

    monkeypatch.setattr(st, "get_option", OPTIONS.__getitem__)
    assert asyncio.run(attempt()) == comes_in
    monkeypatch.setattr(st, "get_option", (OPTIONS | {"server.enableCORS": False}).__getitem__)
    assert asyncio.run(attempt())
