"""The stage on the page, and the first chunk of a program's run that it is sent."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from viz.page import address, state, visitors, waiting, worker_pool
from viz.page.endpoints import address_of
from viz.page.server import stage_address
from viz.worker.jobs import Job, run_id

KEY, _SENT = "stage", "sent"
#: Iterations that the charts of a new program show at first.
FIRST = 100

# Streamlit sends this code with every message, so it is one import; the browser loads the module once.
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
    """The program that a session was sent last, which attempt to run it, and its first chunk."""

    source: str
    attempt: int
    chunk: bytes


@dataclass(frozen=True, slots=True)
class Links:
    """What a page does about links to its programs.

    `said` returns what the stage is told: the program as a `link` has it, or why it has none (`unlinked`), and the
    text that the browser keeps instead (`kept`). `went` is called when the browser went back or forward to another
    program, which the address has; `kept` when it sends a program that is too long for the address.
    """

    said: Callable[[str], dict[str, str | None]]
    went: Callable[[], None]
    kept: Callable[[], None]


def _said(source: str) -> dict[str, str | None]:
    link, unlinked = address.packed(source)
    return {"link": link, "unlinked": unlinked, **({"kept": source} if unlinked else {})}


#: The links of the page of the checked language.
LINKS = Links(_said, address.follow, lambda: address.take_kept(st.session_state[KEY].get("kept")))


def ask() -> None:
    """Draw an empty stage that asks the browser for a program that is too long for the address.

    It asks in every script run, as the answer to the previous one may be lost: with the server that it was for, or
    because another run interrupted the one that received it.
    """
    asked = json.dumps({"asks": address.awaited(), "sent": secrets.token_hex(4)}).encode()
    said = _draw(asked, LINKS)
    if address.take_sent(said.get("kept")):
        # A page that reconnects to another server may send the program unasked; its fields then stay as they are.
        st.rerun()
    waiting.for_the_browser(lambda: address.take_kept(None))


def _nothing() -> None:
    """Do nothing."""


def draw_stage(links: Links = LINKS, attempt: int = 0, again: Callable[[], None] = _nothing) -> None:
    """Draw the stage. It fetches the rest of the run from `server.routes`, without another script run.

    `attempt` counts how often the program was run `again`, which the stage may ask for.
    """
    chunk = _opening(state.source(), visitors.current(), links, attempt)
    if chunk is not None:
        _draw(chunk, links, again)


def _draw(data: bytes, links: Links, again: Callable[[], None] = _nothing) -> Mapping[str, Any]:
    return _STAGE(
        key=KEY,
        data=data,
        on_lost_change=_nothing,
        on_went_change=links.went,
        on_kept_change=links.kept,
        on_again_change=again,
    )


def drawn_before() -> bool:
    """Return whether an earlier script run of this session drew the stage."""
    return _SENT in st.session_state


def _opening(source: str, visitor: visitors.Visitor, links: Links, attempt: int = 0) -> bytes | None:
    """Return the first chunk of the program; it is the same in every script run, and Streamlit sends it once.

    If the session has used up its share of work, the page says so, tries again when there is more, and keeps
    showing the previous program: None if there is none.
    """
    sent: _Sent | None = st.session_state.get(_SENT)
    if sent is None or (sent.source, sent.attempt) != (source, attempt):
        try:
            opened = _opened(source, visitor, links, attempt)
            sent = st.session_state[_SENT] = _Sent(source, attempt, opened)
            visitor.puts_on_stage(source, attempt)
        except visitors.Busy as busy:
            waiting.explain_wait(visitor, busy)
    return sent.chunk if sent else None


def _opened(source: str, visitor: visitors.Visitor, links: Links, attempt: int) -> bytes:
    """Return the first chunk of a program's run, with what the page adds to it.

    That is what `links` says; whether the run `begins` at its start; and, when the page opens, the `notice` of the
    side bar, which a phone opens without. `sent` makes each message different: otherwise Streamlit refers to an
    earlier one if it believes that the browser still has it, which is wrong when someone goes back faster than the
    server answers.
    """
    begins = state.begins()
    name, at = run_id(source, attempt), 0 if begins else address.iteration()
    parameters = {"at": str(at), "until": str(FIRST), "address": address_of(name, visitor)}
    with visitor.work() as work:
        result = worker_pool.pool().run(Job("opening", name, parameters, source, visitor.recent_seconds))
        work.seconds += result.seconds
    said = links.said(source) | {"begins": begins, "sent": secrets.token_hex(4)}
    if not drawn_before() and (notice := state.said()):
        said["notice"] = notice
    return json.dumps(said, separators=(",", ":")).encode()[:-1] + b"," + result.body[1:]
