"""What the page plays: for each program its tape, what is written of it for the stage, and its charts.

Equal sources share one show, whichever session asks.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

import viz
from viz import catalog
from viz.drawing.charts import PATH, charts, series
from viz.language import Program, parse, surface
from viz.recording.tape import Tape
from viz.writing.stage_json import StageWriter

#: Shows that are kept; the tape behind each is at most 64 MiB, and far less for what a lesson does.
KEPT = 128
#: Seconds that an answer may spend on recording; the stage asks again for what is still missing. The first has
#: longer, as what it records decides what the charts show.
BUDGET = 0.15
FIRST_BUDGET = 0.6


@dataclass(frozen=True, slots=True)
class Show:
    """A tape with what the stage is sent of it."""

    name: str
    tape: Tape[Program]
    writer: StageWriter

    def chunk(self, start: int, stop: int) -> tuple[bytes, int]:
        """Record up to `stop` iterations, as the budget allows; those from `start` on, and where they end."""
        if start:
            self.tape.record(stop, seconds=BUDGET)
        else:
            self.tape.record(max(stop, PATH), seconds=FIRST_BUDGET)
        return self.writer.chunk(start, stop)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def show_of(source: str) -> Show:
    """The show of a program. Raises `viz.language.Refused` where the language does not allow it."""
    tape = viz.tape_of(source)
    name = hashlib.sha256(source.encode()).hexdigest()[:16]
    return Show(name, tape, StageWriter(tape, name, series(tape), lambda: charts(tape, _losses)))


@lru_cache(maxsize=KEPT)
def _losses(
    source: str, first: str, second: str, xs: tuple[float, ...], ys: tuple[float, ...]
) -> list[list[float | None]]:
    """A loss surface; moving the learning rate asks for the same one again."""
    return surface(parse(source), first, second, xs, ys)


def warm_up() -> None:
    """Record and write the program that the page opens on: imports torch and plotly, and runs Graphviz once."""
    show_of(catalog.DEFAULT_PROGRAM.read_text()).chunk(0, 1)
