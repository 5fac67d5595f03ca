"""The stage on the page, and what it is sent of a program first."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

import streamlit as st
from streamlit.components.v2 import component

from viz.page import address, state, visitors, waiting, worker_pool
from viz.page.endpoints import address_of
from viz.page.server import stage_address
from viz.worker.jobs import Job, run_id

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
    """What a session was sent of which program."""

    source: str
    chunk: bytes


def ask() -> None:
    """Draw an empty stage that asks the browser for the program that the address has no room for.

    It asks in each run anew, as the answer to the one before may be lost: with the server that it was for, or
    because another run interrupted whoever heard it.
    """
    _draw(json.dumps({"asks": address.awaited(), "sent": secrets.token_hex(4)}).encode())
    waiting.for_the_browser(lambda: address.take_kept(None))


def draw_stage() -> None:
    """Draw the stage. What it needs beyond the opening it fetches from `server.routes` itself, without a run."""
    chunk = _opening(state.source(), visitors.current())
    if chunk is not None:
        _draw(chunk)


def _draw(data: bytes) -> None:
    # `went` says that the browser's history led to another program, which its address holds; `kept` brings one
    # that the address had no room for.
    _STAGE(
        key=KEY,
        data=data,
        on_lost_change=lambda: None,
        on_went_change=address.follow,
        on_kept_change=lambda: address.take_kept(st.session_state[KEY].get("kept")),
    )


def drawn_before() -> bool:
    """Whether an earlier run of this session drew the stage."""
    return _SENT in st.session_state


def _opening(source: str, visitor: visitors.Visitor) -> bytes | None:
    """What is seen of the program at the stage's cursor; in every run the same, which Streamlit sends once.

    Where the session has had its share of recording the page says so, goes on when there is more, and shows what
    it showed before: None where that is nothing.
    """
    sent: _Sent | None = st.session_state.get(_SENT)
    if sent is None or sent.source != source:
        try:
            sent = st.session_state[_SENT] = _Sent(source, _opened(source, visitor))
            visitor.puts_on_stage(source)
        except visitors.Busy as busy:
            waiting.explain_wait(visitor, busy)
    return sent.chunk if sent else None


def _opened(source: str, visitor: visitors.Visitor) -> bytes:
    """The first chunk of a program's show, with its address, with the program as a link holds it, and with whether
    to begin at its start; where no link can hold it, with why, and with the text to be `kept` in the browser.

    It is other bytes each time, `sent`: Streamlit refers to a message of before where it believes the browser to
    have it still, and is wrong where someone goes back faster than it answers.
    """
    begins = state.begins()
    name, at = run_id(source), 0 if begins else address.iteration()
    parameters = {"at": str(at), "until": str(FIRST), "address": address_of(name, visitor)}
    with visitor.work() as work:
        result = worker_pool.pool().run(Job("opening", name, parameters, source, visitor.recent_seconds))
        work.seconds += result.seconds
    link, unlinked = address.packed(source)
    sent = secrets.token_hex(4)
    said = {"link": link, "unlinked": unlinked, "begins": begins, "sent": sent}
    if unlinked:
        said["kept"] = source
    return json.dumps(said, separators=(",", ":")).encode()[:-1] + b"," + result.body[1:]
