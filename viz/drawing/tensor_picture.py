"""Tensors as pictures: a level for each cell, one character each, and how the cells lie.

A level is the size of a number in relation to the largest size in its tensor, in STEPS steps, with its sign. The
stage scales it once more, to the largest size that the tensor has in the run. Zero, NaN and the infinities have
characters of their own: no other number looks like a zero, however small it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf, isfinite, isnan, prod

from viz.frames.plain import Value

#: Elements of the smallest and of the largest tensor that is drawn.
FEWEST, MOST = 2, 4096
#: Rows and columns of cells that have room; more are drawn as blocks.
ROWS, COLUMNS = 20, 32
#: Levels of each sign.
STEPS = 40
#: Zero, NaN, inf, -inf, then the levels of positive and those of negative numbers, the smallest first. JSON and
#: HTML leave each of these characters as it is.
ALPHABET = "".join(chr(code) for code in range(35, 126) if chr(code) not in "&<>\\'`/")
_ZERO, _NAN, _INF, _MINUS_INF = tuple(ALPHABET[:4])
_PLUS, _MINUS = ALPHABET[4 : 4 + STEPS], ALPHABET[4 + STEPS : 4 + 2 * STEPS]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the elements of a shape become cells.

    `rows` and `columns` count elements, `tile` is the size of a tile of a tensor with three or four dimensions
    (the tiles of the last two lie beside each other), and `block` is the size of a block in elements: (1, 1) if
    each element has a cell. `layoutOf` in viz/stage/views/tensors/cells.js is the same; a test compares the two.
    """

    shape: tuple[int, ...]
    rows: int
    columns: int
    tile: tuple[int, int] | None
    block: tuple[int, int]

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return ceil(self.rows / self.block[0]), ceil(self.columns / self.block[1])


@dataclass(frozen=True, slots=True)
class Picture:
    """The least and the largest finite number of a tensor (None without one), its levels, and their layout.

    `whole` is True for a tensor of integers.
    """

    least: float | None
    largest: float | None
    levels: str
    layout: Layout
    whole: bool = False

    def text(self, number: Callable[[float], str]) -> str:
        """The picture as the stage receives it: shape (with an `i` for integers), least, largest and levels.

        `number` writes the least and the largest number in the digits that the page shows.
        """
        shape = ",".join(map(str, self.layout.shape))
        ends = ["" if one is None else number(one) for one in (self.least, self.largest)]
        return "/".join(["i" * self.whole + shape, *ends, self.levels])


def layout_of(shape: Sequence[int]) -> Layout | None:
    """Return how a tensor of this shape is drawn; None if it is not: a scalar, a large or an empty tensor."""
    if not 1 <= len(shape) <= 4 or not FEWEST <= prod(shape) <= MOST:
        return None
    deep, wide, high, across = (1,) * (4 - len(shape)) + tuple(shape)
    rows, columns = deep * high, wide * across
    tile = (high, across) if deep * wide > 1 else None
    block = ceil(rows / ROWS), ceil(columns / COLUMNS)
    return Layout(tuple(shape), rows, columns, tile, block)


def picture_of(value: Value | str | None) -> Picture | None:
    """Return the picture of a tensor; None if it has none."""
    layout = layout_of(_shape(value)) if isinstance(value, list) else None
    if layout is None or value is None or isinstance(value, str):
        return None
    numbers = _flat(value)
    finite = [one for one in numbers if isfinite(one)]
    least, largest = min(finite, default=None), max(finite, default=None)
    scale = max(abs(least or 0.0), abs(largest or 0.0))
    levels = [_level(numbers[at], scale) for at in _shown(numbers, layout)]
    whole = type(numbers[0]) is int
    return Picture(least, largest, "".join(levels), layout, whole)


def cells_of(value: Value | str | None) -> list[tuple[tuple[int, ...], float]]:
    """Return the element that each cell of a tensor's picture shows: its place in the tensor, and its number.

    The list is empty for what has no picture.
    """
    layout = layout_of(_shape(value)) if isinstance(value, list) else None
    if layout is None or value is None or isinstance(value, str):
        return []
    numbers = _flat(value)
    return [(_place(at, layout.shape), numbers[at]) for at in _shown(numbers, layout)]


def _place(at: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The indices of the element that is number `at` in row-major order."""
    places: list[int] = []
    for size in reversed(shape):
        at, place = divmod(at, size)
        places.insert(0, place)
    return tuple(places)


def _shown(numbers: Sequence[float], layout: Layout) -> Sequence[int]:
    """The number, in row-major order, of the element that each cell shows."""
    places = range(len(numbers)) if layout.tile is None else _matrix(layout)
    return places if layout.block == (1, 1) else _blocks(numbers, places, layout)


def _level(number: float, scale: float) -> str:
    if number == 0:
        return _ZERO
    if not isfinite(number):
        return _NAN if isnan(number) else _INF if number > 0 else _MINUS_INF
    step = max(1, round(abs(number) / scale * STEPS))
    return (_PLUS if number > 0 else _MINUS)[step - 1]


def _matrix(layout: Layout) -> list[int]:
    """The elements of three or four dimensions in the rows of the matrix that their tiles make."""
    _, wide, high, across = (1,) * (4 - len(layout.shape)) + layout.shape
    return [
        start + column
        for deep in range(layout.rows // high)
        for row in range(high)
        for tile in range(wide)
        for start in [((deep * wide + tile) * high + row) * across]
        for column in range(across)
    ]


def _blocks(numbers: Sequence[float], places: Sequence[int], layout: Layout) -> list[int]:
    """The element of largest size of each block; one that is not finite comes first."""
    high, across = layout.block
    lines = [places[at : at + layout.columns] for at in range(0, len(places), layout.columns)]
    return [
        max(
            [one for line in lines[top : top + high] for one in line[left : left + across]],
            key=lambda one: _size(numbers[one]),
        )
        for top in range(0, layout.rows, high)
        for left in range(0, layout.columns, across)
    ]


def _size(number: float) -> float:
    return abs(number) if isfinite(number) else inf


def _flat(value: Value) -> list[float]:
    if not isinstance(value, list):
        return [value] if isinstance(value, int | float) else []
    if value and not isinstance(value[0], list):
        return [one for one in value if isinstance(one, int | float)]
    return [one for part in value for one in _flat(part)]


def _shape(value: Value) -> list[int]:
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    return shape


class Album:
    """The pictures that a part of a run shows, by number; equal ones are one. `number` is that of their text."""

    def __init__(self, number: Callable[[float], str]) -> None:
        self._number = number
        self._numbers: dict[Picture, int] = {}
        #: By the id of a value, which is kept so that no other gets its id.
        self._known: dict[int, tuple[Value, Picture | None]] = {}
        self._shown: dict[str, Picture | None] = {}

    def take(self, contents: Mapping[str, Value | str | None]) -> list[str]:
        """Return what the slots show now, if another picture than before.

        An entry has a new picture, the number of one that the part has shown already, or a hyphen for no picture
        any more; then the slots.
        """
        changed: dict[Picture | None, list[str]] = {}
        for slot, value in contents.items():
            picture = self._picture(value) if isinstance(value, list) else None
            if picture != self._shown.get(slot):
                self._shown[slot] = picture
                changed.setdefault(picture, []).append(slot)
        return [" ".join([self._entry(picture), *slots]) for picture, slots in changed.items()]

    def _entry(self, picture: Picture | None) -> str:
        if picture is None:
            return "-"
        if picture in self._numbers:
            return str(self._numbers[picture])
        self._numbers[picture] = len(self._numbers)
        return picture.text(self._number)

    def _picture(self, value: list[Value]) -> Picture | None:
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = value, picture_of(value)
        return known[1]
