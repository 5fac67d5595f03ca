"""Messages of a page that waits: for its share of the server's work, or for the browser."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from viz.page import visitors

#: Seconds in which a browser answers; a server that has just started needs some of them to parse the answer.
PATIENCE = 10.0


def explain_wait(visitor: visitors.Visitor, busy: visitors.Busy) -> None:
    """Say why the new program is not on stage yet, and run the script again once it can be.

    The warning names no seconds, as its text stays the same while they pass.
    """
    begun: list[bool] = []

    @st.fragment(run_every=busy.wait)
    def wait() -> None:
        if begun and not visitor.wait:
            st.rerun()
        begun.append(True)
        st.warning(f"{busy.reason} Your change is kept and will appear by itself.")

    with st.sidebar:
        wait()


def for_the_browser(give_up: Callable[[], None]) -> None:
    """If the browser does not answer for a while, say so, and offer to continue without its program."""
    begun: list[bool] = []

    @st.fragment(run_every=PATIENCE)
    def wait() -> None:
        if begun:
            st.warning(
                "The program is too long for this address; the page is waiting for this browser to send its copy."
            )
            st.button("Open the page's own program", on_click=give_up)
        begun.append(True)

    wait()
