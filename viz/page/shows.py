"""What the page plays: for each program its tape, what is written of it for the stage, and its charts.

Equal sources share one show, whichever session asks.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakValueDictionary

import streamlit as st

import viz
from viz import catalog
from viz.drawing.charts import PATH, charts, series
from viz.language import Program, outline, parse, surface
from viz.recording.tape import Tape
from viz.writing.stage_json import StageWriter

#: Shows that are kept; the tape behind each is at most 64 MiB, and far less for what a lesson does.
KEPT = 128
#: Seconds that an answer may spend on recording; the stage asks again for what is still missing. The first has
#: longer, as what it records decides what the charts show.
BUDGET = 0.05
FIRST_BUDGET = 0.6
#: Letters of a show's name, a check sum of its source: nobody who does not know the source can guess it.
_NAME = 32


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Show:
    """A tape with what the stage is sent of it."""

    name: str
    tape: Tape[Program]
    writer: StageWriter

    def opening(self, at: int, until: int) -> bytes:
        """For whoever is at iteration `at`: that one, and the series of the first `until`.

        The other frames are left for the stage to ask for: recording them takes longer than anyone should wait.
        """
        at, until = max(0, at), max(until, at + 1, PATH)
        tape: Tape[Program] | None = self.tape
        if not (self.tape.complete or self.tape.recorded >= until):
            tape = outline(self.tape.program, at, until, series(self.tape), FIRST_BUDGET)
        if tape is None or tape.recorded <= at:
            return self.chunk(0, until)
        return self.writer.opening(tape, at)

    def chunk(self, start: int, stop: int, drawn: int | None = None, alone: int | None = None) -> bytes:
        """Record up to `stop` iterations, as the budget allows; those from `start` on.

        `drawn` and `alone` say what of them was sent: as in `StageWriter.chunk`.
        """
        if start:
            self.tape.record(stop, seconds=BUDGET)
        else:
            self.tape.record(max(stop, PATH), seconds=FIRST_BUDGET)
        return self.writer.chunk(start, stop, drawn, alone)[0]


_by_name: WeakValueDictionary[str, Show] = WeakValueDictionary()


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def show_of(source: str) -> Show:
    """The show of a program. Raises `viz.language.Refused` where the language does not allow it."""
    tape = viz.tape_of(source)
    name = hashlib.sha256(source.encode()).hexdigest()[:_NAME]
    return _by_name.setdefault(
        name, Show(name, tape, StageWriter(tape, name, series(tape), lambda run: charts(run, _losses)))
    )


def show_named(name: str) -> Show | None:
    """The show with this name, None where it is not kept (any more)."""
    return _by_name.get(name)


@lru_cache(maxsize=KEPT)
def _losses(
    source: str, first: str, second: str, xs: tuple[float, ...], ys: tuple[float, ...]
) -> list[list[float | None]]:
    """A loss surface; moving the learning rate asks for the same one again."""
    return surface(parse(source), first, second, xs, ys)


def warm_up() -> None:
    """Record and write the program that the page opens on: imports torch and plotly, and runs Graphviz once."""
    show_of(catalog.DEFAULT_PROGRAM.read_text()).opening(0, 1)
