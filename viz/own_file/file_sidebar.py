"""The side bar of the page on one's own file: which file it is, fields for its numbers, and its text to read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from viz.editing import Settings
from viz.own_file import on_page
from viz.own_file.source_file import Saved
from viz.page import sidebar, state

#: Seconds between two looks at the file.
_PAUSE = 0.7
_HEIGHT = 420
_ABOUT = (
    "Your own file, which Python itself runs on this machine. Edit it in your own editor: when you save it, the "
    "page runs it again and stays at the same step."
)
_CHANGED = "What runs has the numbers of these fields. The file keeps its own."
_AGAIN, _AGAIN_HELP = "Run again", "Run the file as it is once more, up to the step on the page."
_RESET, _RESET_HELP = "Use the file's numbers", "Run the file with the numbers that are written in it."


def draw(saved: Saved, attempt: int) -> None:
    """Draw the side bar of a page that shows the file as it was saved, and this attempt to run it."""
    sidebar.draw(partial(_head, saved, attempt), _groups)


def _head(saved: Saved, attempt: int, settings: Settings) -> None:
    with st.container():
        st.subheader(on_page.file().name, anchor=False)
        st.caption(_ABOUT)
        st.button(_AGAIN, on_click=on_page.run_again, help=_AGAIN_HELP)
        _watch(saved, attempt)
        sidebar.messages()
    with st.container():
        if state.source() != saved.text:
            st.info(_CHANGED)
            st.button(_RESET, on_click=state.put, args=(saved.text,), help=_RESET_HELP)
    with st.container():
        if settings.leaves or settings.learning_rate is not None:
            sidebar.draw_model(settings)


@st.fragment(run_every=_PAUSE)
def _watch(shown: Saved, attempt: int) -> None:
    """Say what is wrong with the file, and run the page again once it has to show another run.

    That is when the file has another text that can run, and when it is run again on another page.
    """
    saved = on_page.file().saved()
    if saved.text != shown.text or on_page.attempt() != attempt:
        st.rerun()
    if saved.problem:
        st.error(f"{saved.problem} The page still shows the last text that Python could read.")


def _groups(settings: Settings) -> dict[str, Callable[[], None]]:
    return {**sidebar.choices(settings), "Program": _text}


def _text() -> None:
    st.caption("To read only: edit the file in your own editor.")
    st.code(state.source(), language="python", line_numbers=True, height=_HEIGHT)
