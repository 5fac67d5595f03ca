"""The editor: typed text waits for Apply, and is never lost."""

from typing import Protocol
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest

from viz.catalog import DEFAULT_PROGRAM

DEFAULT = DEFAULT_PROGRAM.read_text(encoding="utf-8")
OTHER = DEFAULT.replace("y_hat = W * x + b", "y_hat = W * x + 2 * b")
REFUSED = DEFAULT.replace("y_hat = W * x + b", "y_hat = W * x + eval(b)")
SCRIPT = """
import streamlit as st
from viz.editing import set_learning_rate
from viz.page import binding, editor, state
binding.begin()
st.button("from the side bar", key="change", on_click=state.change, args=(set_learning_rate, 0.5))
editor.draw_editor()
binding.end(state.source())
"""


@pytest.fixture
def app() -> AppTest:
    return run(AppTest.from_string(SCRIPT, default_timeout=60))


class Runnable(Protocol):
    """A page, or a widget that has just been changed."""

    def run(self) -> AppTest: ...


def run(changed: Runnable) -> AppTest:
    app = changed.run()
    assert not app.exception
    return app


def typed(app: AppTest, text: str) -> None:
    run(app.text_area("editor.text").set_value(text))


def click(app: AppTest, button: str) -> None:
    run(app.button(f"editor.{button}" if button != "change" else button).click())


def text(app: AppTest) -> str:
    return str(app.text_area("editor.text").value)


def source(app: AppTest) -> str:
    return str(app.session_state["source"])


def test_text_from_windows_is_normalized_when_it_is_applied(app: AppTest) -> None:
    typed(app, "\ufeff" + OTHER.replace("\n", "\r\n"))
    click(app, "apply")
    assert text(app) == source(app) == OTHER
    assert not app.caption


def test_the_editor_shows_the_program_and_follows_it(app: AppTest) -> None:
    assert text(app) == DEFAULT
    click(app, "change")
    assert text(app) == source(app) == DEFAULT.replace("lr=0.1", "lr=0.5")


def test_typed_text_waits_for_apply(app: AppTest) -> None:
    typed(app, OTHER)
    assert source(app) == DEFAULT
    assert [caption.value for caption in app.caption] == ["Not applied yet."]
    click(app, "apply")
    assert source(app) == OTHER
    assert not app.caption


def test_undo_restores_the_previous_program_once_for_each_change(app: AppTest) -> None:
    assert app.button("editor.undo").disabled
    typed(app, OTHER)
    click(app, "apply")
    click(app, "change")
    click(app, "undo")
    assert source(app) == text(app) == OTHER
    click(app, "undo")
    assert source(app) == text(app) == DEFAULT
    assert app.button("editor.undo").disabled


def test_a_click_that_still_sends_the_old_text_does_not_restore_it(app: AppTest) -> None:
    """The browser may send a second Undo before it has the response to the first."""
    for changed in (OTHER, OTHER.replace("2 * b", "3 * b")):
        typed(app, changed)
        click(app, "apply")
    late, seen = text(app), str(app.text_input("seen").value)
    click(app, "undo")
    app.text_input("seen").set_value(seen)
    app.text_area("editor.text").set_value(late)
    click(app, "undo")
    assert source(app) == text(app) == DEFAULT
    typed(app, OTHER)
    assert text(app) == OTHER != source(app)


def test_a_refused_text_stays_in_the_box_with_its_sentence_and_the_program_stays_on_stage(app: AppTest) -> None:
    typed(app, REFUSED)
    click(app, "apply")
    assert text(app) == REFUSED
    assert source(app) == DEFAULT
    line, column = next(
        (n, text.index("eval") + 1) for n, text in enumerate(REFUSED.splitlines(), 1) if "eval" in text
    )
    said = app.error[0].value
    assert said.startswith(f"[Line {line}](#line-{line}), column {column}: ")
    assert "eval" in said
    typed(app, OTHER)
    assert not app.error
    click(app, "apply")
    assert source(app) == OTHER


def test_text_that_is_not_python_is_refused_in_pythons_words(app: AppTest) -> None:
    typed(app, "x = (")
    assert app.error[0].value.startswith("[Line 1](#line-1), column 5: ")
    assert "never closed" in app.error[0].value


def test_typed_text_survives_a_change_from_the_side_bar_and_the_page_says_so(app: AppTest) -> None:
    typed(app, OTHER)
    click(app, "change")
    assert text(app) == OTHER
    assert source(app) == DEFAULT.replace("lr=0.1", "lr=0.5")
    assert "Your text is kept" in app.info[0].value
    click(app, "apply")
    assert source(app) == OTHER
    click(app, "undo")
    assert source(app) == DEFAULT.replace("lr=0.1", "lr=0.5")


def test_discard_shows_the_program_again(app: AppTest) -> None:
    assert app.button("editor.discard").disabled
    typed(app, REFUSED)
    click(app, "discard")
    assert text(app) == source(app) == DEFAULT
    assert not app.error
    click(app, "change")
    assert text(app) == source(app)


def test_the_default_program_comes_back_and_that_can_be_undone(app: AppTest) -> None:
    typed(app, OTHER)
    click(app, "apply")
    click(app, "default")
    assert source(app) == text(app) == DEFAULT
    click(app, "undo")
    assert source(app) == OTHER


def test_windows_line_endings_are_normalized(app: AppTest) -> None:
    typed(app, OTHER.replace("\n", "\r\n"))
    click(app, "apply")
    assert source(app) == OTHER


def test_an_empty_box_is_an_empty_program(app: AppTest) -> None:
    typed(app, "")
    assert source(app) == DEFAULT
    click(app, "discard")
    assert text(app) == DEFAULT


def test_text_typed_before_the_box_is_drawn_after_apply_waits_like_any_other(app: AppTest) -> None:
    """Further typing stops the run that follows Apply before it draws the box."""
    typed(app, OTHER)
    with patch("viz.page.editor._follow", return_value=""):
        click(app, "apply")
    typed(app, f"{OTHER}# more\n")
    assert [caption.value for caption in app.caption] == ["Not applied yet."]
    assert not app.info
