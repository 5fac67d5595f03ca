"""The stage on the page: sends it the tape of the program, and more of it when it asks."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from viz.page import state
from viz.page.server import stage_address
from viz.page.shows import Show, show_of

KEY = "stage"
#: Iterations that are sent of a new program before the stage asks for any; a cursor further on asks for its own.
FIRST = 100

# One line, as it is sent with every message: the module behind the address is loaded once and kept.
_STAGE = component(
    "autograd_stage",
    js=(
        f'const {{ show }} = await import(new URL("{stage_address()}/streamlit.js", document.baseURI).href);\n'
        "export default show;\n"
    ),
    isolate_styles=False,
)


@st.fragment
def show() -> None:
    """Draw the stage. A request for more runs this fragment only."""
    playing = show_of(state.source())
    _STAGE(key=KEY, data=_next_chunk(playing), on_want_change=lambda: None)


def _next_chunk(playing: Show) -> bytes:
    """What the stage asked for; of another program than before as much as it had of that one; else nothing new."""
    sent: dict[str, Any] = st.session_state.setdefault("sent", {"tape": None, "request": None, "to": 0})
    want = _request()
    if sent["tape"] != playing.name:
        start, stop = 0, max(FIRST, sent["to"])
    elif want and want["tape"] == playing.name and want["request"] != sent["request"]:
        start, stop = want["have"], want["upto"]
    else:
        start, stop = sent["to"], sent["to"]
    chunk, end = playing.chunk(start, stop)
    sent |= {"tape": playing.name, "request": want["request"] if want else None, "to": end}
    return chunk


def _request() -> dict[str, Any] | None:
    """The stage's last request, if it is one: what comes from a browser is checked like anything typed."""
    want = (st.session_state.get(KEY) or {}).get("want")
    if not isinstance(want, dict) or not isinstance(want.get("tape"), str):
        return None
    numbers = [want.get(name) for name in ("have", "upto", "request")]
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        return None
    return want
