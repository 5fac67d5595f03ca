"""The one table that every benchmark writes to: rows of samples, printed with median and 95th percentile."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A measurement: its name, its samples in `unit`, and its goal."""

    what: str
    samples: tuple[float, ...]
    unit: str
    goal: str = ""

    @property
    def median(self) -> float:
        """The median of the samples. Raises statistics.StatisticsError if there are none."""
        return statistics.median(self.samples)

    @property
    def p95(self) -> float | None:
        """The 95th percentile; None for fewer than 20 samples, which are too few to determine it."""
        if len(self.samples) < 20:
            return None
        return statistics.quantiles(self.samples, n=20, method="inclusive")[-1]


def row(what: str, samples: Iterable[float], unit: str, goal: str = "") -> Row:
    """A row with these samples."""
    return Row(what, tuple(samples), unit, goal)


def ratio(what: str, above: Row, below: Row, goal: str = "") -> Row:
    """A row with the ratio of the median of `above` to that of `below`."""
    return Row(what, (above.median / below.median,), "×", goal)


def render(rows: Sequence[Row]) -> str:
    """The table as text, one line per row."""
    cells = [("", "n", "median", "p95", "", "goal")]
    for one in rows:
        p95 = "" if one.p95 is None else _short(one.p95)
        cells.append((one.what, str(len(one.samples)), _short(one.median), p95, one.unit, one.goal))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(line, widths) for line in cells)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    what, n, median, p95, unit, goal = cells
    numbers = (n.rjust(widths[1]), median.rjust(widths[2]), p95.rjust(widths[3]))
    return "  ".join((what.ljust(widths[0]), *numbers, unit.ljust(widths[4]), goal)).rstrip()


def _short(number: float) -> str:
    """A number with three significant digits and without an exponent."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"
