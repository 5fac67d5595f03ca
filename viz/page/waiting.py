"""What a page says that has to wait: for its share of recording, or for what the browser has."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from viz.page import visitors

#: Seconds in which a browser answers; on a server that has just started it takes some to check what it sends.
PATIENCE = 10.0


def explain_wait(visitor: visitors.Visitor, busy: visitors.Busy) -> None:
    """Say why the new program is not on stage yet, and run the page again once it can be.

    How long it takes the stage says, which counts.
    """
    begun: list[bool] = []

    @st.fragment(run_every=busy.wait)
    def wait() -> None:
        if begun and not visitor.wait:
            st.rerun()
        begun.append(True)
        st.warning(f"{busy.reason} Your change is kept, and comes on stage by itself.")

    with st.sidebar:
        wait()


def for_the_browser(give_up: Callable[[], None]) -> None:
    """Say nothing at first: a browser answers at once. Where it does not, say so, and offer to go on without."""
    begun: list[bool] = []

    @st.fragment(run_every=PATIENCE)
    def wait() -> None:
        if begun:
            st.warning(
                "This address has no room for its program, and this tab has not said yet whether it kept it."
            )
            st.button("Open the page's own program", on_click=give_up)
        begun.append(True)

    wait()
