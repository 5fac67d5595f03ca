"""The stage on the page, and what it is sent of a program first."""

from __future__ import annotations

import json
from dataclasses import dataclass

import streamlit as st
from streamlit.components.v2 import component

from viz.page import address, state
from viz.page.server import stage_address
from viz.page.shows import Show, show_of

KEY, _SENT = "stage", "sent"
#: Iterations of a new program that the charts show at first.
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


@dataclass(slots=True)
class _Sent:
    """What a session was sent of which show."""

    name: str
    chunk: bytes


def show() -> None:
    """Draw the stage. What it needs beyond the opening it fetches from `server.routes` itself, without a run."""
    playing = show_of(state.source())
    # `went` says that the browser's history led to another program: its address holds it.
    _STAGE(key=KEY, data=_opening(playing), on_lost_change=lambda: None, on_went_change=address.follow)


def drawn_before() -> bool:
    """Whether an earlier run of this session drew the stage."""
    return _SENT in st.session_state


def _opening(playing: Show) -> bytes:
    """What is seen of the program at the stage's cursor; in every run the same, which Streamlit sends once."""
    sent: _Sent | None = st.session_state.get(_SENT)
    if sent is None or sent.name != playing.name:
        begins = state.begins()
        chunk = playing.opening(0 if begins else address.iteration(), FIRST)
        sent = st.session_state[_SENT] = _Sent(playing.name, _addressed(chunk, playing.tape.source, begins))
    return sent.chunk


def _addressed(chunk: bytes, source: str, begins: bool) -> bytes:
    """The chunk with the program as an address holds it, or why none can, and whether to begin at its start."""
    link, unlinked = address.packed(source)
    said = json.dumps({"link": link, "unlinked": unlinked, "begins": begins}, separators=(",", ":"))
    return said.encode()[:-1] + b"," + chunk[1:]
