"""The page: the side bar with the views of the source, and the stage that plays its tape."""

from __future__ import annotations

import streamlit as st

from viz.page import sidebar, stage

st.set_page_config(
    page_title="PyTorch autograd, step by step",
    page_icon=":material/account_tree:",
    layout="wide",
    initial_sidebar_state="expanded",
)
sidebar.show()
stage.show()
