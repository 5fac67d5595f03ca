"""A moment comes back from its link; a query that no page writes is refused in a sentence."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.linking.test_packing import EXAMPLES
from tests.programs import LINE
from viz.frames.frame import SETUP
from viz.frames.tape import Cursor
from viz.limits import EXECUTED, ITERATIONS, NODES
from viz.linking import LEVELS, BadLink, Moment, cursor_in, pack, query_of, read
from viz.linking.packing import LONGEST

OWN = "import torch\n"
CURSORS = st.builds(
    Cursor, st.integers(SETUP, ITERATIONS), st.integers(0, EXECUTED), st.none() | st.integers(0, NODES)
)
MOMENTS = st.builds(
    Moment,
    st.sampled_from([LINE, OWN]),
    st.none() | CURSORS,
    st.none() | st.integers(0, NODES),
    st.sampled_from(LEVELS),
    st.booleans(),
)


@given(MOMENTS)
def test_a_moment_comes_back_from_its_link(moment: Moment) -> None:
    assert read(dict(parse_qsl(query_of(moment))), default=OWN) == moment


def test_the_moment_is_written_in_readable_form() -> None:
    query = query_of(Moment(LINE, Cursor(4, 2, 7), 5, "concept"))
    assert query == f"p={pack(LINE)}&at=4.2.7&node=5&level=concept"


def test_the_longest_link_has_less_than_8_kilobytes() -> None:
    largest = query_of(Moment("", Cursor(ITERATIONS, EXECUTED, NODES), NODES, "concept", presenting=True))
    assert len(largest) - len(pack("")) + LONGEST + len("https://a-name-of-some-length.example.org/a-path?") < 8192


def test_an_address_without_a_program_means_the_pages_own_program() -> None:
    assert read({}, default=OWN) == Moment(OWN)
    assert read({"at": "3.1", "embed": "true"}, default=OWN) == Moment(OWN, Cursor(3, 1))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("at", ""),
        ("at", "3"),
        ("at", "3.1.2.4"),
        ("at", "-2.0"),
        ("at", f"{ITERATIONS + 1}.0"),
        ("at", f"0.{EXECUTED + 1}"),
        ("at", f"0.0.{NODES + 1}"),
        ("at", "1e3.0"),
        ("at", "١.٢"),
        ("at", " 1.2"),
        ("at", "1.2\n"),
        ("node", ""),
        ("node", "-1"),
        ("node", "5.0"),
        ("node", f"{NODES + 1}"),
        ("node", "99999999999999999999"),
        ("level", ""),
        ("level", "Concept"),
        ("level", "__class__"),
        ("present", "0"),
        ("p", "1.AAAA"),
    ],
)
def test_queries_that_no_page_writes_are_refused_in_a_sentence(name: str, text: str) -> None:
    with pytest.raises(BadLink, match=r"^This link is damaged\.$"):
        read({"p": pack(LINE), "at": "3.1", name: text}, default=OWN)


@given(
    st.dictionaries(
        st.sampled_from(["p", "at", "node", "level", "present", "embed"]),
        st.text() | st.from_regex(r"-?[0-9]{1,5}\.[0-9]{0,5}") | st.sampled_from([pack(LINE), *LEVELS, "1"]),
    )
)
@settings(max_examples=EXAMPLES)
def test_any_query_is_a_moment_or_refused(parameters: dict[str, str]) -> None:
    with suppress(BadLink):
        moment = read(parameters, default=OWN)
        assert read(dict(parse_qsl(query_of(moment))), default="") == moment
        assert moment.cursor == (cursor_in(parameters["at"]) if "at" in parameters else None)
