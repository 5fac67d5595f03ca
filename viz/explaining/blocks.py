"""The blocks of an explanation as plain data: sentences, formulas and tables, in sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from viz.explaining.mathml import mathml

#: A value that `json.dumps` accepts.
JSON: TypeAlias = "str | list[JSON] | dict[str, JSON]"
#: Said in place of an explanation with numbers.
SUMMED_UP = "Of a tensor here, only a summary was recorded, so the numbers are not explained one by one."


@dataclass(frozen=True, slots=True)
class Text:
    """One or two sentences, with code between backticks."""

    text: str

    def to_json(self) -> dict[str, JSON]:
        """`{"text": …}`."""
        return {"text": self.text}


@dataclass(frozen=True, slots=True)
class Math:
    """A formula in LaTeX, on a line of its own."""

    latex: str

    def to_json(self) -> dict[str, JSON]:
        """`{"math": …}`, the formula as a MathML element, which browsers draw themselves."""
        return {"math": mathml(self.latex)}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of strings, with code between backticks; each row is as long as `head`."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_json(self) -> dict[str, JSON]:
        """`{"table": {"head": […], "rows": [[…], …]}}`."""
        return {"table": {"head": list(self.head), "rows": [list(row) for row in self.rows]}}


Block: TypeAlias = Text | Math | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an explanation, under its heading."""

    heading: str
    blocks: tuple[Block, ...]

    def to_json(self) -> dict[str, JSON]:
        """`{"heading": …, "blocks": […]}`."""
        return {"heading": self.heading, "blocks": [block.to_json() for block in self.blocks]}
