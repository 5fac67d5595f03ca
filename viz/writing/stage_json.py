"""Tape -> the JSON that the stage plays: texts for slots, words for marks, and the series of the charts.

The stage shows a moment by merging what the set-up left, then the frames of one iteration up to the cursor, so
each iteration is complete without the others and can be sent on its own. What is written of an iteration is
kept, so that all who watch one tape share the work.

A chunk, as JSON:

    tape        the tape's name; chunks of another name replace what was there
    from, to    the iterations that it brings, `to` exclusive
    total       how many iterations the loop asks for, null where that is not known
    complete    true where nothing can be recorded beyond `to`
    head        only where `from` is 0: code, folds, runs, loop, ledger, parameters, setup, figures, problem
    pictures    the pictures that are first used in it: index -> {LR: svg, TB: svg}
    iterations  a list of {p: picture, f: frames, y: series}, and `after` the frames behind the loop

    marks       the changes of marks that are first used in it: number -> {mark: words}

and a frame: {l: line, s: sentence, t: texts that changed, m: number of the marks that changed, e: 1 after an
error, w: the warning where the first inf or NaN appeared}.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from viz.drawing.engine import LayoutError
from viz.drawing.picture import Picture, draw
from viz.frames import Frame, Graph, Taped, Value
from viz.writing.beside import LEDGER, code_text, ledger_texts, parameters, value_texts
from viz.writing.code import code_lines, folds, loop_lines, running_lines
from viz.writing.marks import Texts, graph_marks, graph_texts
from viz.writing.numbers import count, flat
from viz.writing.sentences import sentence
from viz.writing.trouble import finite, first_nonfinite

#: Series are sent for tensors of up to this many elements; larger ones are not drawn as lines.
LONGEST_SERIES = 1000


class StageWriter:
    """Writes one tape for the stage. Thread-safe; what was written once is kept."""

    def __init__(
        self,
        tape: Taped,
        name: str,
        series: Sequence[str] = (),
        figures: Callable[[], list[dict[str, Any]]] = list,
    ) -> None:
        """`name` identifies the tape to the stage, `series` are the variables that the charts need.

        `figures` makes the charts; it is called once, when the head is first asked for.
        """
        self._tape = tape
        self._name = name
        self._series = tuple(series)
        self._figures = figures
        self._head: dict[str, Any] | None = None
        self._iterations: list[str] = []
        self._pictures: list[Picture] = []
        self._first_use: list[int] = []
        self._index: dict[str, int] = {}
        self._marks: dict[tuple[tuple[str, str], ...], int] = {}
        self._marks_first_use: list[int] = []
        self._problem: str | None = None
        self._lock = Lock()

    def chunk(self, start: int, stop: int) -> tuple[bytes, int]:
        """The iterations from `start` to `stop`, or to the last recorded one, as UTF-8 JSON; and where it ends."""
        with self._lock:
            stop = min(stop, self._available())
            start = min(start, stop)
            while len(self._iterations) < stop:
                self._iterations.append(self._write_iteration(len(self._iterations)))
            parts: dict[str, Any] = {"tape": self._name, "from": start, "to": stop, "total": self._tape.total}
            parts["complete"] = self._tape.complete and stop == self._available()
            if start == 0:
                self._head = self._head or self._write_head()
                parts["head"] = self._head
            if parts["complete"] and self._tape.after:
                whole = self._tape.iteration(stop - 1)[-1].graph
                parts["after"] = {"f": self._write_frames(self._tape.after, whole, max(0, stop - 1))}
            fresh = _between(self._first_use, start, stop)
            parts["pictures"] = {str(index): self._pictures[index].svg for index in fresh}
            # What is JSON already is put in as it is.
            keys = list(self._marks)
            marks = ",".join(
                f'"{index}":{_dumps(dict(keys[index]))}' for index in _between(self._marks_first_use, start, stop)
            )
            rest = f',"marks":{{{marks}}},"iterations":[{",".join(self._iterations[start:stop])}]}}'
            text = _dumps(parts)[:-1] + rest
        return text.encode(), stop

    def _available(self) -> int:
        """Iterations with at least one frame: the complete ones, and the one that an error ended."""
        last = self._tape[-1] if len(self._tape) else None
        broken = last is not None and last.error is not None and last.phase == "loop"
        return self._tape.recorded + (1 if broken else 0)

    def _write_head(self) -> dict[str, Any]:
        setup = self._tape.setup
        first = self._tape.iteration(0) if self._available() else ()
        whole = first[-1].graph if first else Graph()
        rows = parameters((first or setup)[-1]) if first or setup else []
        return {
            "code": code_lines(self._tape.source),
            "folds": folds(self._tape.source),
            "runs": running_lines(self._tape.source),
            "loop": loop_lines(self._tape.source),
            "ledger": [{"key": c.key, "head": c.head, "meaning": c.meaning, "sign": c.sign} for c in LEDGER],
            "parameters": rows,
            "setup": {"p": self._picture(whole, 0), "f": self._write_frames(setup, whole, 0)},
            "problem": self._problem,
            "figures": self._figures(),
        }

    def _write_iteration(self, number: int) -> str:
        frames = self._tape.iteration(number)
        whole = frames[-1].graph
        before = self._frame_before(number)
        written = {
            "p": self._picture(whole, number),
            "f": self._write_frames(frames, whole, number, value_texts(before) if before else {}),
            "y": self._write_series(before, frames[-1]),
        }
        return _dumps(written)

    def _frame_before(self, number: int) -> Frame | None:
        if number:
            return self._tape.iteration(number - 1)[-1]
        return self._tape.setup[-1] if self._tape.setup else None

    def _picture(self, whole: Graph, iteration: int) -> int | None:
        """The index of the picture of `whole`; None where it cannot be drawn, and then `_problem` says why."""
        if not whole.nodes:
            return None
        try:
            picture = draw(whole)
        except LayoutError as error:
            self._problem = str(error)
            return None
        key = picture.svg["LR"]
        if key not in self._index:
            self._index[key] = len(self._pictures)
            self._pictures.append(picture)
            self._first_use.append(iteration)
        return self._index[key]

    def _write_frames(
        self, frames: Sequence[Frame], whole: Graph, iteration: int, begin: Texts | None = None
    ) -> list[dict[str, Any]]:
        """The frames of one iteration, each with what changed since the one before it; `begin` stands at first."""
        written: list[dict[str, Any]] = []
        texts: Texts = {}
        marks: Texts = {}
        sticky: Texts = dict(begin or {})
        code_marks: Texts = {}
        for position, frame in enumerate(frames):
            beside, meaning = code_text(frame)
            sticky |= ledger_texts(frame) | {f"c{frame.line}": beside}
            code_marks[f"c{frame.line}"] = meaning
            now_texts = sticky | graph_texts(frame, whole)
            now_marks = code_marks | graph_marks(frame, whole)
            one: dict[str, Any] = {"l": frame.line, "s": sentence(frame)}
            one["t"] = _changes(texts, now_texts)
            one["m"] = self._mark_index(_changes(marks, now_marks), iteration)
            if frame.error is not None:
                one["e"] = 1
            warning = first_nonfinite(frame, frames[position - 1] if position else None)
            if warning:
                one["w"] = warning
            written.append(one)
            texts, marks = now_texts, now_marks
        return written

    def _mark_index(self, changes: Texts, iteration: int) -> int:
        """The number of a change of marks: iterations that do the same change the same marks, sent once."""
        key = tuple(changes.items())
        if key not in self._marks:
            self._marks[key] = len(self._marks)
            self._marks_first_use.append(iteration)
        return self._marks[key]

    def _write_series(self, before: Frame | None, last: Frame) -> dict[str, Any]:
        """Each series as the iteration computed it: parameters as it began, everything else as it ended.

        `name` is the value (of a parameter: the one that forward used), `name.grad` its `.grad` after
        backward, `name+` the parameter's value after the iteration.
        """
        series: dict[str, Any] = {}
        for name in self._series:
            variable = last.variables.get(name)
            if variable is None or variable.value is None or count(variable.value) > LONGEST_SERIES:
                continue
            if variable.requires_grad and variable.is_leaf:
                old = before.variables.get(name) if before else None
                series[name] = _plain(old.value if old else variable.value, variable.dtype)
                series[f"{name}+"] = _plain(variable.value, variable.dtype)
                series[f"{name}.grad"] = _plain(variable.grad, variable.dtype)
            else:
                series[name] = _plain(variable.value, variable.dtype)
        return series


def _between(first_uses: list[int], start: int, stop: int) -> list[int]:
    """What is used for the first time in these iterations; what the set-up uses belongs to the first of them.

    A chunk that brings the end brings what stands behind the loop too.
    """
    return [index for index, used in enumerate(first_uses) if start <= used < max(stop, 1)]


def _changes(old: Texts, new: Texts) -> Texts:
    """What to set to come from `old` to `new`; what is gone is set to nothing."""
    changed = {key: text for key, text in new.items() if old.get(key, "") != text}
    changed |= {key: "" for key in old if key not in new}
    return changed


def _plain(value: Value | None, dtype: str) -> Any:
    """A value for JSON: a number for one element, else a flat list; what is not finite becomes null.

    float32 is written with nine digits, which is enough to read the same float32 back.
    """
    if value is None:
        return None
    numbers = [_digits(one, dtype) if finite(one) else None for one in flat(value)]
    return numbers[0] if len(numbers) == 1 else numbers


def _digits(value: float, dtype: str) -> float:
    return value if dtype == "float64" else float(f"{value:.9g}")


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
