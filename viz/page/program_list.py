"""The list of programs to start from, at the top of the side bar."""

from __future__ import annotations

import streamlit as st

from viz.page import fields, state
from viz.presets import preset_of, presets

_KEY = "start"
_LABEL = "Start from"
_HELP = "Replaces the current program. Undo, below the program's text, brings that back."


def draw_program_list() -> None:
    """Draw the list; it shows the program on stage if that is one of them."""
    on_stage = preset_of(state.source())
    titles = [preset.title for preset in presets()]
    fields.set_shown(_KEY, on_stage.title if on_stage else None)
    st.selectbox(
        _LABEL, titles, index=None, key=_KEY, placeholder="your own program", on_change=_start, help=_HELP
    )
    if on_stage:
        st.caption(on_stage.about)


def _start() -> None:
    chosen = next((preset for preset in presets() if preset.title == st.session_state[_KEY]), None)
    if chosen is not None and not fields.is_late(_KEY):
        state.start(chosen.source)
