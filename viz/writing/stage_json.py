"""Tape -> the JSON that the stage plays: texts for slots, words for marks, and the series of the charts.

The stage shows a moment by merging the state after the set-up with the frames of one iteration up to the cursor.
So each iteration is complete without the others and can be sent on its own. A written iteration is cached, so all
stages that play one tape share the work.

A chunk, as JSON:

    begins      true if the stage is to go to the start and not to stay where it was; in the first chunk only
    tape        the tape's name; chunks with another name replace the tape
    from, to    the iterations in the chunk, `to` exclusive
    total       how many iterations the loop asks for; null if the set-up ended before the loop
    complete    true if nothing can be recorded beyond `to`
    head        only if `from` is 0: code, folds, runs, loop, calls (whether the program has functions), prints
                (whether it may print), ledger, parameters, shapes (of these), setup (a part), figures, dtypes (see
                series), words (see stage_words)
    pictures    the pictures that this chunk is the first to use: number -> picture, see picture_json
    marks       the changes of marks that this chunk is the first to use: number -> {to: {mark: words}, order: see
                node_order, said and sums: the steps in that order, see node_steps}
    iterations  a list of parts; null for a part that an opening sent already, 0 for one that was let go
    skipped     true if the iterations from `from` to `to` are left out, and can be requested later
    alone       iterations beyond `to`: number -> part
    series      {from, of}: the data of the charts, one entry per iteration; it may reach further than `to`
    path        how many entries the series will have, if the rest comes later; otherwise how many it has
    after       a part: what follows the loop; only in the chunk with the end of the run

A part is {p: picture, f: frames, problem: why its graph could not be drawn, on: 1 if its picture still shows the
state after the part before}. A frame is {l: line, s: sentence, t: texts that changed, m: number of the change of
marks, e: 1 if the statement raised an error, b: its traceback (see tracebacks) if that has calls, w: the warning
if the first inf or NaN appeared here, a: the address in nested loops, such as ["epoch 3", "batch 2"], from this
frame on, c: the calls that it is in, [number, name] each, from this frame on, o: what the statement printed, i:
the pictures of tensors that changed, see `Album`}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from threading import RLock
from typing import Any

from viz import budget
from viz.frames.frame import SETUP, Frame
from viz.frames.tape import LetGo, Taped
from viz.writing.code import code_lines, folds, loop_lines, may_call, may_print, running_lines
from viz.writing.json_text import json_array, json_object, json_of
from viz.writing.ledger import LEDGER, ledger_rows, parameter_shapes, value_cells
from viz.writing.outer_lines import OuterLines
from viz.writing.part_drawing import available, first_iteration, part_drawing
from viz.writing.part_writer import Part, PartWriter
from viz.writing.series import dtypes, points
from viz.writing.stage_words import STAGE_WORDS

#: Characters after which a chunk gets no further iteration; the stage then asks again. A hundred iterations of a
#: small program take a tenth of this, and those of a program that prints a lot take twice as much.
ROOM = 2**20


@dataclass(frozen=True, slots=True)
class _Written:
    """A part of a chunk as JSON, with the numbers of the pictures and of the marks that it uses.

    One that was let go still brings those that it used: the iterations after it use them, too.
    """

    text: str
    pictures: frozenset[int] = frozenset()
    marks: frozenset[int] = frozenset()

    @property
    def let_go(self) -> bool:
        return self.text == _LET_GO


#: The text of an iteration that was let go.
_LET_GO = "0"


class StageWriter:
    """Writes one tape for the stage, each part once. Thread-safe."""

    def __init__(
        self,
        tape: Taped,
        name: str,
        series: Sequence[str] = (),
        figures: Callable[[Taped], list[dict[str, Any]]] = lambda tape: [],
    ) -> None:
        """`name` identifies the tape to the stage; `series` are the variables that the charts need.

        `figures` makes the charts of a tape; it is called once, when the head is first written.
        """
        self._tape = tape
        self._name = name
        self._series = tuple(series)
        self._figures = figures
        self._parts = PartWriter()
        self._head: _Written | None = None
        self._rows: dict[str, int] = {}  # the rows of the ledger in the head
        self._iterations: dict[int, _Written] = {}
        # The first iteration that uses each picture and each mark, as far as those before `_looked` show.
        self._used: dict[str, dict[int, int]] = {"pictures": {}, "marks": {}}
        self._looked = 0
        self._outer_lines = OuterLines()
        self._points: dict[int, str] = {}
        self._drawn = 0  # the iterations before it have points
        self._total: int | None = None
        self._characters = 0
        self._lock = RLock()  # writing may record, and `follow` writes what was recorded

    @property
    def size(self) -> int:
        """About how many bytes the written parts take."""
        return self._characters + self._parts.characters

    def chunk(
        self,
        start: int,
        stop: int,
        drawn: int | None = None,
        alone: range = range(0),
        name: str | None = None,
    ) -> tuple[bytes, int]:
        """The iterations from `start` to `stop`, as far as they are recorded and have ROOM, and where they end.

        They are UTF-8 JSON. The stage already has the iterations before `start`, the series of `drawn` iterations
        (None: of those before `start`), and the iterations in `alone`, which an opening sent. `name` replaces the
        tape's name in the chunk.
        """
        with self._lock:
            tape, whole = self._tape, self._tape.complete
            there = available(tape)  # after `complete` was read: an incomplete tape may still grow
            stop = min(stop, there)
            start = min(start, stop)
            head = self._written_head(tape)
            had = [self._iteration(tape, number) for number in alone if start <= number < there]
            brought = [] if start else [head]
            texts: list[str] = []
            for number, one in self._with_room(tape, range(start, stop)):
                brought.append(one)
                texts.append("null" if number in alone else one.text)
            stop = start + len(texts)
            complete = whole and stop == there
            fields = {"from": json_of(start), "to": json_of(stop), "complete": json_of(complete)}
            if start == 0:
                fields["head"] = head.text
            fields["iterations"] = json_array(texts)
            fields["series"] = self._written_series(tape, start if drawn is None else drawn, stop)
            if complete and tape.after:
                after = self._write_after(tape, stop)
                brought.append(after)
                fields["after"] = after.text
            return self._message(tape, fields, brought, [*had, head] if start else had, name, start), stop

    def path(self, have: int, drawn: int, more: int = 0) -> bytes:
        """The series from iteration `drawn` on, as far as they are written, for a stage with `have` iterations.

        Later the series may have `more` entries in all.
        """
        with self._lock:
            there = max(self._points_until(), drawn)
            more = more if self._total is None else min(more, self._total)
            fields = {"from": json_of(have), "to": json_of(have), "complete": "false", "iterations": "[]"}
            fields["series"] = self._written_series(self._tape, drawn, there)
            fields["path"] = json_of(max(there, more))
            return self._message(self._tape, fields, [], [], None)

    def skipped(self, start: int, stop: int, drawn: int) -> bytes:
        """A chunk without the iterations from `start` to `stop`, which are recorded: only with their series."""
        with self._lock:
            fields = {"from": json_of(start), "to": json_of(stop), "complete": "false", "iterations": "[]"}
            fields["series"] = self._written_series(self._tape, drawn, max(drawn, stop))
            fields["skipped"] = "true"
            return self._message(self._tape, fields, [], [], None)

    def extend(self, tape: Taped) -> None:
        """Write the series from this tape: the same run, with only the last frame of most iterations."""
        with self._lock:
            self._written_series(tape, 0, tape.recorded)

    def follow(self, let_go: Sequence[int]) -> None:
        """Write the series of what the tape has recorded, read it, and drop the texts of what it has let go."""
        with self._lock:
            self._written_series(self._tape, self._points_until(), self._tape.recorded)
            self._outer_lines.read(self._tape, self._tape.recorded)
            for number in let_go:
                if number in self._iterations:
                    one = self._iterations[number]
                    self._iterations[number] = replace(one, text=_LET_GO)
                    self._characters -= len(one.text)

    def opening(self, tape: Taped, near: range, name: str | None = None, path: int = 0) -> bytes:
        """The first chunk, for a stage whose cursor is in the first iteration of `near`.

        It has the head, iteration 0, the iterations of `near` that are recorded, and all series. `tape` is this
        writer's own, or the same run with only the last frame of each other iteration; it may be shorter than the
        `path` that the charts are to show. `name` as in `chunk`.
        """
        with self._lock:
            head, first = self._written_head(tape), self._iteration(tape, 0)
            there = takewhile(lambda number: number in self._iterations or number < tape.recorded, near)
            found = self._with_room(tape, (number for number in there if number))
            alone = {number: one for number, one in found if not one.let_go}
            fields = {"from": "0", "to": "1", "complete": "false", "head": head.text}
            fields["iterations"] = json_array([first.text])
            fields["series"] = self._written_series(tape, 0, max(tape.recorded, self._points_until()))
            fields["alone"] = json_object({str(number): one.text for number, one in alone.items()})
            fields["path"] = json_of(min(path, path if tape.total is None else tape.total))
            return self._message(tape, fields, [head, first, *alone.values()], [], name)

    def can_open(self, at: int, until: int) -> bool:
        """Whether an opening can be written without recording: it needs iteration `at`, and what `knows` says."""
        with self._lock:
            here = at in self._iterations or at < self._tape.recorded
            return here and self._knows(until)

    def knows(self, until: int) -> bool:
        """Whether the head and the series of `until` iterations (or of all, if there are fewer) are written."""
        with self._lock:
            return self._knows(until)

    def _knows(self, until: int) -> bool:
        last = until if self._total is None else min(until, self._total)
        return self._head is not None and self._points_until() >= last

    def _points_until(self) -> int:
        """The first iteration whose points are not written."""
        while self._drawn in self._points:
            self._drawn += 1
        return self._drawn

    def _message(
        self,
        tape: Taped,
        fields: dict[str, str],
        brought: Sequence[_Written],
        had: Sequence[_Written],
        name: str | None,
        start: int = 0,
    ) -> bytes:
        """A chunk of these fields, as JSON, with the pictures and marks of `brought`.

        Those that `had` or an iteration before `start` uses are left out.
        """
        self._total = self._total if tape.total is None else tape.total
        for number in range(self._looked, start):
            there = number in self._iterations or tape.keeps(number)
            self._look(number, self._iteration(tape, number) if there else _Written(_LET_GO))
        pictures, marks = (
            {one for one in _used(brought, kind) - _used(had, kind) if first.get(one, start) >= start}
            for kind, first in self._used.items()
        )
        fields = {
            "tape": json_of(self._name if name is None else name),
            "total": json_of(self._total),
            "pictures": self._parts.pictures(pictures),
            "marks": self._parts.marks(marks),
        } | fields
        return json_object(fields).encode()

    def _look(self, number: int, one: _Written) -> None:
        """Note what the iteration with this number uses, which is the first one not looked at."""
        for kind, first in self._used.items():
            for used in _used([one], kind):
                first.setdefault(used, number)
        self._looked = number + 1

    def _written_head(self, tape: Taped) -> _Written:
        if self._head is None:
            head = self._write_head(tape)
            if self._head is None:  # another thread may have written it during a pause
                self._head = head
                self._characters += len(head.text)
        return self._head

    def _write_head(self, tape: Taped) -> _Written:
        first = first_iteration(tape)
        frames = [*tape.setup[-1:], *first[-1:]]
        self._rows = ledger_rows(frames)
        part = self._parts.write(part_drawing(tape, SETUP), self._rows, self._pause)
        head = {
            "code": code_lines(tape.source),
            "folds": folds(tape.source),
            "runs": running_lines(tape.source),
            "loop": loop_lines(tape.source),
            "calls": may_call(tape.source),
            "prints": may_print(tape.source),
            "ledger": [{"key": c.key, "head": c.head, "meaning": c.meaning, "sign": c.sign} for c in LEDGER],
            "parameters": list(self._rows),
            "shapes": list(parameter_shapes(frames, self._rows)),
            "setup": part.to_json(),
            "figures": self._figures(tape),
            "dtypes": dtypes(self._series, first),
            "words": STAGE_WORDS,
        }
        return _written(head, part)

    def _iteration(self, tape: Taped, number: int) -> _Written:
        known = self._iterations.get(number)
        if known is None or known.let_go:
            try:
                written = self._write_iteration(tape, number)
            except LetGo:
                written = _Written(_LET_GO)
            now = self._iterations.get(number)  # another thread may have written it during a pause
            if now is None or (now.let_go and not written.let_go):
                self._iterations[number] = written
                self._characters += len(written.text)
        return self._iterations[number]

    def _write_iteration(self, tape: Taped, number: int) -> _Written:
        # First, as the end of the iteration before is there when this one is.
        drawn, outer = part_drawing(tape, number), self._outer_lines.before(tape, number)
        before = _frame_before(tape, number)
        begin = value_cells(before, self._rows) if before else {}
        part = self._parts.write(drawn, self._rows, self._pause, begin, outer)
        return _written(part.to_json(), part)

    def _with_room(self, tape: Taped, numbers: Iterable[int]) -> Iterator[tuple[int, _Written]]:
        """These iterations, up to the one that exceeds ROOM."""
        room = ROOM
        for number in numbers:
            one = self._iteration(tape, number)
            yield number, one
            room -= len(one.text)
            if room < 0:
                return

    def _pause(self) -> None:
        """Let other threads work; the lock is released, because they may need the same tape."""
        self._lock.release()
        try:
            budget.pause()
        finally:
            self._lock.acquire()

    def _write_after(self, tape: Taped, stop: int) -> _Written:
        part = self._parts.write(part_drawing(tape, stop), self._rows, self._pause)
        return _written(part.to_json(), part)

    def _written_series(self, tape: Taped, start: int, stop: int) -> str:
        for number in range(start, stop):
            if number not in self._points:
                self._points[number] = points(self._series, _frame_before(tape, number), tape.remains(number))
                self._characters += len(self._points[number])
        return f'{{"from":{start},"of":{json_array([self._points[number] for number in range(start, stop)])}}}'


def _frame_before(tape: Taped, number: int) -> Frame | None:
    if number:
        return tape.remains(number - 1)[-1]
    return tape.setup[-1] if tape.setup else None


def _written(content: dict[str, Any], part: Part) -> _Written:
    pictures = frozenset() if part.picture is None else frozenset([part.picture])
    return _Written(json_of(content), pictures, part.marks)


def _used(parts: Sequence[_Written], kind: str) -> set[int]:
    return {number for part in parts for number in (part.pictures if kind == "pictures" else part.marks)}
