"""What an explanation is made of: sentences, formulas and tables in sections; plain data, and JSON for a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from latex2mathml.converter import convert

#: A word as latex2mathml makes it: an element for each letter, and one for the digits between them.
_LETTER = '<mi mathvariant="normal">([^<]*)</mi>'
_WORD = re.compile(f"{_LETTER}(?:{_LETTER}|<mn>([^<]*)</mn>)+")
#: A minus after an opening bracket, which MathML takes for a difference and sets apart.
_SIGN = re.compile('(form="prefix">[^<]*</mo>)<mo>(&#x02212;)</mo>')

#: What `json.dumps` takes.
JSON: TypeAlias = "str | list[JSON] | dict[str, JSON]"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or two, plain text."""

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
        made = _WORD.sub(_whole_word, convert(self.latex, display="block"))
        return {"math": _SIGN.sub(r'\1<mo form="prefix">\2</mo>', made)}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of plain texts; each row is as long as `head`."""

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


def _whole_word(letters: re.Match[str]) -> str:
    """One element for a name, so that it is set, read out and copied as one."""
    return f"<mi>{re.sub('<[^>]*>', '', letters[0])}</mi>"
