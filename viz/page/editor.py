"""The editor of the program's text: typed text waits for Apply, and stays if the program changes meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from viz import limits
from viz.frames.plain import Problem
from viz.page import binding, state

#: The session's keys for the text in the box, and for the program that was there when typing began.
_TEXT, _BASE = "editor.text", "editor.base"
_HEIGHT = 420

# Streamlit's text area has no code font, wraps lines, and says that Ctrl+Enter applies, which is not true here.
_STYLE = """<style>
.st-key-editor-text textarea {
    font-family: "Source Code Pro", ui-monospace, monospace;
    font-size: 0.8125rem;
    line-height: 1.5;
    white-space: pre;
    overflow-x: auto;
    tab-size: 4;
}
.st-key-editor-text [data-testid="InputInstructions"] {
    display: none;
}
.st-key-editor-refusal :is(p, li) {
    font-size: 0.875rem;
    line-height: 1.4;
    margin-left: 0;
}
.st-key-editor-refusal ul {
    padding-left: 1.125rem;
}
</style>"""


def draw_editor() -> None:
    """Draw the editor with its buttons, and messages about the text below them.

    Nothing above the buttons moves, so that a click which ends the typing still hits its button.
    """
    text = _box(_follow())
    waiting = text != state.source()
    with st.container(horizontal=True, gap="small"):
        st.button("Apply", key="editor.apply", type="primary", on_click=_apply, help=_APPLY)
        st.button("Undo", key="editor.undo", disabled=not state.can_undo(), on_click=state.undo, help=_UNDO)
        st.button("Discard", key="editor.discard", disabled=not waiting, on_click=_show_program, help=_DISCARD)
        st.button("Default", key="editor.default", on_click=_default, help=_DEFAULT)
    if waiting:
        _say_what_waits(text)


def keep() -> None:
    """Draw only the box while the program is unknown, so that the browser keeps what is typed in it."""
    _box("")
    st.session_state.pop(_BASE, None)


def _box(at_first: str) -> str:
    st.html(_STYLE)
    return st.text_area("Text of the program", at_first, height=_HEIGHT, key=_TEXT, persist_state="session")


_APPLY = "Run this text as the program."
_UNDO = "Undo the last change to the program."
_DISCARD = "Discard this text and show the current program."
_STAYS = "The page still shows the previous program; your text stays here."
_DEFAULT = "Go back to the page's own program."


def _follow() -> str:
    """Show the program in the box until someone types there; return the initial text.

    A new session may have an old box: after a reconnect, the browser sends what was typed there before.
    """
    text = st.session_state.get(_TEXT)
    if text is None:
        st.session_state[_BASE] = state.source()
        return state.source()
    base = st.session_state.setdefault(_BASE, state.source())
    if text in {base, state.source()} or binding.is_late(_TEXT):
        _show_program()
    return ""


def _say_what_waits(text: str) -> None:
    problems = state.check(text)
    if problems:
        with st.container(key="editor.refusal"):
            st.error(refusal(problems))
    elif st.session_state[_BASE] != state.source():
        st.info("The program has changed since you typed this. Your text is kept; Apply runs it.")
    else:
        st.caption("Not applied yet.")


def refusal(problems: Sequence[Problem]) -> str:
    """Return all problems of a text in the order of its lines, those with the same message as one.

    The stage makes a link `#line-7` select line 7 in the editor (viz/stage/page/line-links.js).
    """
    places: dict[str, list[Problem]] = {}
    for one in sorted(problems, key=lambda one: (one.line, one.column)):
        places.setdefault(one.message, []).append(one)
    said = [f"{_where(found)}{message}" for message, found in places.items()]
    if len(said) == 1:
        return f"{said[0]}\n\n{_STAYS}"
    more = " There may be more." if len(problems) >= limits.REFUSALS else ""
    return f"These lines cannot run here.{more} {_STAYS}\n\n" + "\n".join(f"- {one}" for one in said)


def _where(problems: Sequence[Problem]) -> str:
    """Return the lines of problems with the same message, each a link, as the beginning of a sentence."""
    lines = list(dict.fromkeys(one.line for one in problems))
    if not lines[0]:
        return ""
    if len(lines) == 1:
        return f"[Line {lines[0]}](#line-{lines[0]}), column {problems[0].column + 1}: "
    links = [f"[{line}](#line-{line})" for line in lines]
    return f"Lines {', '.join(links[:-1])} and {links[-1]}: "


def _apply() -> None:
    """Put the text on stage; if it is refused, the reason stays below the box."""
    if not state.apply(str(st.session_state[_TEXT] or "")):
        _show_program()


def _show_program() -> None:
    # Set now, not when the box is drawn: if the person types on, the run that would draw it is stopped.
    st.session_state[_BASE] = state.source()
    binding.set_shown(_TEXT, state.source())


def _default() -> None:
    state.apply(state.default_source())
