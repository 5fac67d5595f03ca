"""The page opens with the program of its address; if that cannot be read, it opens as usual and says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest

from tests.programs import LINE
from viz.catalog import DEFAULT_PROGRAM
from viz.linking import left_out, pack
from viz.page import address, stage, state

PAGE = Path(address.__file__).with_name("page.py")
DEFAULT = DEFAULT_PROGRAM.read_text(encoding="utf-8")
NOT_ALLOWED = LINE + "open('secret')\n"


def opened(**parameters: str) -> AppTest:
    """Open the page at an address with this query."""
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, text in parameters.items():
        page.query_params[name] = text
    return run(page)


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def source(page: AppTest) -> str:
    return str(page.session_state["source"])


def test_the_program_of_the_address_is_on_stage_and_there_is_nothing_to_undo() -> None:
    page = opened(p=pack(LINE), at="3.1", node="2", level="concept")
    assert source(page) == LINE
    assert [one.value for one in page.warning] == []
    assert page.number_input("leaf.W").value == 0.5
    assert "undo" not in page.session_state


def test_line_endings_of_another_system_do_not_matter() -> None:
    assert source(opened(p=pack(LINE.replace("\n", "\r\n")))) == LINE


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"p": "1.AAAA", "at": "3.1"}, "This link is damaged."),
        ({"p": pack(LINE), "at": "3"}, "This link is damaged."),
        ({"p": pack(LINE), "level": "<b>"}, "This link is damaged."),
        ({"p": "7.AAAA"}, "This link was made by another version of this page."),
        ({"p": pack("x = (")}, "The program of this link cannot be run. Line 1, column"),
        (
            {"p": pack(NOT_ALLOWED)},
            f"The program of this link cannot be run. Line {NOT_ALLOWED.count(chr(10))}, column 1: ",
        ),
        ({"p": pack("")}, "The program of this link cannot be run. Line 1, column 1: There is no statement"),
    ],
)
def test_an_address_that_cannot_be_read_opens_the_pages_own_program_and_says_so(
    parameters: dict[str, str], said: str
) -> None:
    page = opened(**parameters)
    assert source(page) == DEFAULT
    (warning,) = page.warning
    assert warning.value.startswith(said)
    assert warning.value.endswith(" The page opens with its own program instead.")


def test_only_the_first_run_of_a_session_looks_at_the_address() -> None:
    page = opened()
    page.number_input("leaf.W").set_value(0.75)
    run(page)
    changed = source(page)
    assert changed != DEFAULT
    page.query_params["p"] = pack(LINE)  # the browser's query until it has the new program
    assert source(run(page)) == changed


@pytest.mark.parametrize(("packed", "there"), [(pack(LINE), LINE), ("1.AAAA", DEFAULT), (pack("x = ("), DEFAULT)])
def test_going_back_puts_the_program_of_the_address_on_stage_if_it_can(packed: str, there: str) -> None:
    session: dict[str, object] = {}
    with patch("streamlit.session_state", session), patch("streamlit.query_params", {"p": packed}):
        address.follow()
        assert state.source() == there
        said = state.notice()
    assert (said is None) == (there == LINE)
    assert said is None or said.endswith(" The program stays as it is.")


def test_a_program_that_is_too_long_has_a_sentence_instead_of_a_link() -> None:
    program = "".join(map(chr, range(0x4E00, 0x4E00 + 19_000)))
    packed, why = address.packed(f"# {program}")
    assert packed == left_out(f"# {program}")
    assert "too long for a link" in why
    assert address.packed(LINE) == (pack(LINE), "")


#: What the page says if the browser does not have the program.
NOT_HERE = "The program of this address was too long for a link, and this tab does not have it."


def answer(page: AppTest, said: object) -> AppTest:
    """Let the browser answer the request for the program, as the stage does."""

    def take() -> None:
        address.take_kept(said)

    with patch.object(address, "arrive", lambda: None if "arrived" in page.session_state else take()):
        return run(page)


def test_a_program_that_is_too_long_for_the_address_comes_from_the_browser() -> None:
    page = opened(p=left_out(LINE), at="3.1")
    assert [one.label for one in page.sidebar.expander] == ["Data", "Loss", "Optimizer", "Program"]
    assert not page.sidebar.number_input  # nothing is shown about an unknown program
    assert source(answer(page, {"text": LINE})) == LINE
    assert [one.value for one in page.warning] == []
    assert "undo" not in page.session_state
    assert source(run(page)) == LINE


@pytest.mark.parametrize(
    "said",
    [None, {}, {"text": None}, {"text": 3}, {"text": LINE + "#"}, [LINE], "<script>", {"text": ["a"]}],
)
def test_if_the_browser_does_not_have_it_the_page_opens_with_its_own_program(said: object) -> None:
    page = answer(opened(p=left_out(LINE), at="3.1"), said)
    assert source(page) == DEFAULT
    assert [one.value for one in page.warning] == [f"{NOT_HERE} The page opens with its own program instead."]


def test_a_program_kept_by_the_browser_is_checked_like_typed_text() -> None:
    page = answer(opened(p=left_out(NOT_ALLOWED)), {"text": NOT_ALLOWED})
    assert source(page) == DEFAULT
    (warning,) = page.warning
    assert warning.value.startswith("The program of this link cannot be run. Line")


def test_the_browser_is_asked_in_each_run_until_it_answers() -> None:
    asked: list[dict[str, str]] = []
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.query_params["p"] = left_out(LINE)

    def draw(data: bytes, links: object, again: object = None) -> dict[str, object]:
        asked.append(json.loads(data))
        return {}

    with patch.object(stage, "_draw", draw):
        for _ in range(2):
            run(page)
    assert [one["asks"] for one in asked] == [left_out(LINE)] * 2
    assert asked[0] != asked[1]


def test_if_the_browser_never_answers_the_page_can_be_opened_without_it() -> None:
    page = opened(p=left_out(LINE))
    with patch("streamlit.fragment", _at_once_twice):
        run(page)
    assert page.warning[0].value.endswith("; the page is waiting for this browser to send its copy.")
    (button,) = page.button
    button.click()
    assert source(run(page)) == DEFAULT
    assert "does not have it" in page.warning[0].value


def _at_once_twice(run_every: float) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Replaces a fragment that runs again after a while: it runs twice at once."""

    def decorated(part: Callable[[], None]) -> Callable[[], None]:
        def twice() -> None:
            part()
            part()

        return twice

    return decorated


@pytest.mark.parametrize(("text", "there"), [(LINE, LINE), (None, DEFAULT)])
def test_going_back_to_a_long_program_takes_it_from_the_browser(text: str | None, there: str) -> None:
    session: dict[str, object] = {"arrived": True}
    query = {"p": left_out(LINE)}
    with patch("streamlit.session_state", session), patch("streamlit.query_params", query):
        address.take_kept({"text": text})
        assert state.source() == there
        assert state.notice() == (None if there == LINE else f"{NOT_HERE} The program stays as it is.")
