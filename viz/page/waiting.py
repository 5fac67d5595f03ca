"""What a page says whose session had its share of recording, until it goes on by itself."""

from __future__ import annotations

import streamlit as st

from viz.page import visitors


def show(visitor: visitors.Visitor, busy: visitors.Busy) -> None:
    """Say why the new program is not on stage yet, and run the page again once it can be."""
    said = [str(busy)]

    @st.fragment(run_every=busy.wait)
    def wait() -> None:
        left = visitor.wait
        if left or said:
            st.warning(f"Your change is kept, and waits. {said.pop() if said else visitor.sentence(left)}")
        else:
            st.rerun()

    with st.sidebar:
        wait()
