"""A program packed into a link comes back unchanged; any other link is refused at little cost."""

from __future__ import annotations

import base64
import os
import random
import re
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.grammar import Grammar
from tests.programs import LINE
from viz.limits import CHARACTERS
from viz.linking import BadLink, LeftOut, TooLong, left_out, pack, unpack
from viz.linking.packing import LONGEST
from viz.presets import Preset, presets

#: `make fuzz` asks for more.
EXAMPLES = int(os.environ.get("EXAMPLES", "300"))
#: LINE as the first version of the page packed it: this link has to open forever.
FIRST_LINK = "1.ePm6F3hMI2fSBa05iqetagyWpHvjlLIIMRrI-AAA1sl_Pw"


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_every_preset_comes_back(preset: Preset) -> None:
    assert unpack(pack(preset.source)) == preset.source


def test_the_link_to_a_changed_preset_is_no_longer_than_a_line() -> None:
    assert len(pack(presets()[0].source.replace("lr=0.1", "lr=0.25"))) < 80


def test_five_hundred_random_programs_come_back() -> None:
    grammar = Grammar(random.Random(5))
    for _ in range(500):
        source = grammar.program()
        assert unpack(pack(source)) == source


@given(st.text(), st.integers(1, 500))
@settings(max_examples=EXAMPLES)
def test_any_string_comes_back_or_is_too_long(text: str, times: int) -> None:
    source = text * times
    if len(source) > CHARACTERS:
        with pytest.raises(TooLong):
            pack(source)
    else:
        assert unpack(pack(source)) == source


def test_a_program_of_the_maximal_length_comes_back() -> None:
    source = (LINE * 100)[:CHARACTERS]
    assert unpack(pack(source)) == source


def test_a_program_that_cannot_be_compressed_enough_is_refused_in_a_sentence() -> None:
    chance = random.Random(0)
    numbers = [f"{chance.random():.6f}" for _ in range(2000)]
    with pytest.raises(
        TooLong,
        match=r"^This program is too long for a link: .*8,000 characters\. .*choose Download, then Program\.$",
    ):
        pack(f"x = [{', '.join(numbers)}]\n")
    half = f"x = [{', '.join(numbers[:1000])}]\n"
    assert unpack(pack(half)) == half


def test_a_link_holds_only_what_an_address_may_hold_unquoted() -> None:
    chance = random.Random(1)
    for length in range(1, 60):
        assert re.fullmatch(
            r"1\.[A-Za-z0-9_-]+", pack("".join(chr(chance.randrange(0xD800)) for _ in range(length)))
        )


def test_a_link_of_the_first_version_opens() -> None:
    assert unpack(FIRST_LINK) == LINE


def _letters(data: bytes) -> str:
    return "1." + base64.urlsafe_b64encode(data).decode().rstrip("=")


def _payload(source: str) -> bytes:
    letters = pack(source).partition(".")[2]
    return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))


PAYLOAD = _payload("W = 1\n")
DAMAGED = {
    "nothing": "",
    "no version": "abc",
    "no letters": "1.",
    "characters outside the alphabet": "1.ä€",
    "the alphabet of another base64": "1.+/+/",
    "one letter": "1.A",
    "white space": f"{_letters(PAYLOAD)}\n",
    "not compressed": _letters(b"W = 1\n"),
    "cut off": _letters(PAYLOAD[:-1]),
    "followed by something": _letters(PAYLOAD + b"x"),
    "twice": _letters(PAYLOAD * 2),
    "another check sum": _letters(PAYLOAD[:-1] + bytes([PAYLOAD[-1] ^ 1])),
    "other words": _letters(PAYLOAD[:2] + bytes([PAYLOAD[2] ^ 1]) + PAYLOAD[3:]),
    "not UTF-8": _letters(zlib.compress(b"\xff\xfe")),
    "half a surrogate": _letters(zlib.compress("\ud800".encode("utf-8", "surrogatepass"))),
    "longer than a program": _letters(zlib.compress(b"#" * (CHARACTERS + 1))),
    "longer than a link": _letters(b"A" * LONGEST),
}


@pytest.mark.parametrize("packed", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_link_is_refused_in_a_sentence(packed: str) -> None:
    with pytest.raises(BadLink, match=r"^This link is damaged\.$"):
        unpack(packed)


@pytest.mark.parametrize("version", ["0", "2", "10"])
def test_a_link_of_a_future_version_says_so(version: str) -> None:
    with pytest.raises(BadLink, match="another version"):
        unpack(f"{version}{pack(LINE)[1:]}")


@pytest.mark.parametrize("kept", [None, "another program\n", ""])
def test_the_place_of_a_program_that_was_left_out_says_why(kept: str | None) -> None:
    with pytest.raises(LeftOut, match="too long for a link") as left:
        unpack(left_out(LINE), kept)
    assert left.value.place == left_out(LINE)


@given(st.text())
def test_a_program_that_was_left_out_comes_back_if_it_was_kept(source: str) -> None:
    assert unpack(left_out(source), source) == source


def test_a_kept_program_is_ignored_if_the_link_has_the_program() -> None:
    assert unpack(pack(LINE), "another program\n") == LINE


def test_a_link_that_unpacks_to_a_huge_text_takes_no_more_memory_than_a_program() -> None:
    bomb = _letters(zlib.compress(b"\0" * 5_000_000, 9))
    assert len(bomb) <= LONGEST
    with pytest.raises(BadLink):
        unpack("1.AAAA")  # the vocabulary is read once
    tracemalloc.start()
    with pytest.raises(BadLink):
        unpack(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500_000


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_a_mutated_link_is_the_same_program_or_refused(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([preset.source for preset in presets()] + ["", "W = 1\n" * 99]))
    letters = list(pack(source + "# mine\n"))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(letters)))
        there = data.draw(st.integers(at, min(len(letters), at + 3)))
        letters[at:there] = data.draw(st.text(max_size=3) | st.text("abcXYZ019-_.=", max_size=3))
    with suppress(BadLink):
        assert unpack("".join(letters)) == source + "# mine\n"
