"""The list of programs to start from, at the top of the side bar."""

from __future__ import annotations

import streamlit as st

from viz.page import binding, state
from viz.presets import preset_of, presets

_KEY = "start"
_LABEL = "Start from"
_HELP = "Replaces the current program. Undo, below the program's text, brings that back."


def draw_program_list() -> None:
    """Draw the list; it shows the program on stage if that is one of them."""
    on_stage = preset_of(state.source())
    titles = [preset.title for preset in presets()]

    def widget(at_first: str | None) -> str | None:
        return st.selectbox(
            _LABEL,
            titles,
            index=None if at_first is None else titles.index(at_first),
            key=_KEY,
            placeholder="your own program",
            on_change=_chosen,
            help=_HELP,
        )

    binding.draw(_KEY, on_stage.title if on_stage else None, _start, widget)
    if on_stage:
        st.caption(on_stage.about)


def _chosen() -> None:
    if binding.is_typed(_KEY):
        _start(st.session_state[_KEY])
        binding.taken(_KEY)


def _start(title: str | None) -> None:
    chosen = next((preset for preset in presets() if preset.title == title), None)
    if chosen is not None:
        state.start(chosen.source)
