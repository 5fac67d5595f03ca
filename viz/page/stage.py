"""The stage on the page, and what it is sent of a program first."""

from __future__ import annotations

import re
from dataclasses import dataclass

import streamlit as st
from streamlit.components.v2 import component

from viz.limits import ITERATIONS
from viz.page import state
from viz.page.server import stage_address
from viz.page.shows import Show, show_of

KEY, _SENT = "stage", "sent"
#: Iterations of a new program that the charts show at first.
FIRST = 100

_ITERATION = re.compile("[0-9]{1,9}")

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
    _STAGE(key=KEY, data=_opening(playing), on_lost_change=lambda: None)


def drawn_before() -> bool:
    """Whether an earlier run of this session drew the stage."""
    return _SENT in st.session_state


def _opening(playing: Show) -> bytes:
    """What is seen of the program at the stage's cursor; in every run the same, which Streamlit sends once."""
    sent: _Sent | None = st.session_state.get(_SENT)
    if sent is None or sent.name != playing.name:
        begins = state.begins()
        chunk = playing.opening(0 if begins else _cursor(), FIRST)
        sent = st.session_state[_SENT] = _Sent(playing.name, _begun(chunk) if begins else chunk)
    return sent.chunk


def _begun(chunk: bytes) -> bytes:
    """The chunk, saying that the stage is to begin at its start."""
    return b'{"begins":true,' + chunk[1:]


def _cursor() -> int:
    """The iteration that the stage is at; 0 where it does not say, or nothing that can be read.

    The stage keeps it in the address, which the browser sends along with every change.
    """
    iteration = st.query_params.get("at", "").partition(".")[0]
    return min(int(iteration), ITERATIONS) if _ITERATION.fullmatch(iteration) else 0
