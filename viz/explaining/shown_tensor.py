"""The elements of the tensor that a slot of the drawing or of the ledger shows at a moment."""

from __future__ import annotations

from viz.drawing.tensor_picture import cells_of
from viz.frames.frame import SETUP, Frame
from viz.frames.tape import Taped
from viz.slots import node_of
from viz.writing.drawing_state import Contents, DrawingState
from viz.writing.ledger import ledger_cells, ledger_rows, value_cells
from viz.writing.numbers import number
from viz.writing.part_drawing import PartDrawing, first_iteration


def shown_cells(tape: Taped, drawn: PartDrawing, statement: int, slot: str) -> list[list[str]]:
    """Return what each cell of a picture shows: the element's place, such as `[3, 1]`, and its number, as texts.

    `drawn` is the part of the run, `statement` one of its statements. The list is empty if the slot shows no
    tensor then. Raises IndexError if the part has no such statement.
    """
    frames = drawn.frames
    if not 0 <= statement < len(frames):
        raise IndexError(f"the part has no statement {statement}")
    if node_of(slot) is None:
        contents = _ledger(tape, frames[0], [*frames[: statement + 1]])
    else:
        contents = _boxes(drawn, statement)
    cells = cells_of(contents.get(slot))
    return [[f"[{', '.join(map(str, place))}]", number(value)] for place, value in cells]


def _boxes(drawn: PartDrawing, statement: int) -> Contents:
    contents: Contents = {}
    boxes = DrawingState(PartDrawing(drawn.built, drawn.built) if drawn.when == "after" else drawn)
    for frame in drawn.until(statement):
        boxes.advance(frame)
        contents |= boxes.changed
    return contents


def _ledger(tape: Taped, first: Frame, frames: list[Frame]) -> Contents:
    rows = ledger_rows([*tape.setup[-1:], *first_iteration(tape)[-1:]])
    before = _frame_before(tape, first)
    cells = value_cells(before, rows) if before else {}
    for frame in frames:
        cells |= ledger_cells(frame, rows)
    return {slot: value for slot, (_, value) in cells.items()}


def _frame_before(tape: Taped, first: Frame) -> Frame | None:
    """The last frame before an iteration that begins with `first`; None in other parts."""
    if first.phase != "loop" or first.iteration == SETUP:
        return None
    if first.iteration:
        return tape.remains(first.iteration - 1)[-1]
    return tape.setup[-1] if tape.setup else None
