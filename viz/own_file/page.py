"""The page on one's own file: the stage plays its run, and the side bar has fields for its numbers.

No part of this page takes a text: what runs is the file, with the numbers of the fields in place of its own.
"""

from __future__ import annotations

from contextlib import ExitStack

import streamlit as st

from viz.own_file import file_sidebar, on_page
from viz.page import server, stage, state, worker_pool

_FILE, _REFUSED = "own_file.text", "own_file.refused"
_UNLINKED = "A link would hold the program, and this one is a file of your own: it stays on this machine."
_LINKS = stage.Links(lambda source: {"link": None, "unlinked": _UNLINKED}, lambda: None, lambda: None)
_LINK_REFUSED = "This page shows one file only. It did not open the program of this link."

file = on_page.file()
st.set_page_config(
    page_title=f"{file.name} – PyTorch autograd, step by step",
    page_icon=str(server.SCRIPT.parent / "icon.svg"),
    layout="wide",
)
saved = file.saved()
if st.session_state.get(_FILE) != saved.text:
    st.session_state[_FILE] = saved.text
    state.put(saved.text)
if "p" in st.query_params and _REFUSED not in st.session_state:
    st.session_state[_REFUSED] = True
    state.notify(_LINK_REFUSED)

attempt = on_page.attempt()
file_sidebar.draw(saved, attempt)
above = st.container()  # always there: the stage would be replaced if its place changed
try:
    with ExitStack() as stack:
        if not stage.drawn_before():
            with above:
                stack.enter_context(st.spinner(f"Python runs {file.name}…"))
        stage.draw_stage(_LINKS, attempt, on_page.run_again)
except worker_pool.JobFailed:
    st.error(f"The process that ran {file.name} has ended. The terminal may say why.")
