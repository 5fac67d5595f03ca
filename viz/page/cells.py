"""Numbers as people type them into a cell: the number in a cell, or why it has none that a program can contain."""

from __future__ import annotations

import math
import re

from viz.editing import LARGEST_INTEGER
from viz.text import shortened

_LONGEST = 24
_INFINITE = {"inf", "infinity", "nan"}
#: The page prints this sign, so a number that is copied from it has it too.
_TRUE_MINUS = "\N{MINUS SIGN}"
#: Digits in groups of three, as `1,234.5` and as `1.234,5`.
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_THOUSANDS_WITH_POINTS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]+")
#: What Streamlit would read as Markdown, TeX, HTML, or the name of an icon between colons.
_MARKS = re.compile(r"[\\`*_\[\]$<>~|#{}^]|:(?=\w)")


def number_in(cell: str, *, decimal_comma: bool = False) -> int | float | None:
    """Return the finite number in a cell, as an int if it is written as one; None if there is none."""
    text = _with_hyphens(cell.strip())
    if decimal_comma:
        text = text.replace(",", ".")
    # Python accepts 1_000, but no spreadsheet writes it.
    if "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return int(text) if text.lstrip("+-").isdecimal() and abs(value) < LARGEST_INTEGER else value


def why_none(cell: str) -> str:
    """Return the end of a sentence about a cell in which `number_in` finds no number."""
    text = cell.strip()
    if not text:
        return "the cell is empty."
    shown = f"“{on_one_line(text)}”"
    text = _with_hyphens(text)
    if text.lstrip("+-").lower() in _INFINITE:
        return f"{shown} is not a finite number."
    advice = _advice(text)
    if advice:
        return f"{shown} is not a number; write {advice}."
    return f"{shown} is {'too large for a float' if _is_huge(text) else 'not a number'}."


def _advice(text: str) -> str:
    """Return how to write a number with commas, as the end of a sentence; empty if the text is none."""
    pointed = text.replace(",", ".")
    decimal = pointed if pointed != text and number_in(pointed) is not None else ""
    if _THOUSANDS.fullmatch(text):
        commas = "comma" if text.count(",") == 1 else "commas"
        whole = f"{text.replace(',', '')} without the {commas}"
        return f"{whole}, or {decimal} if it is a decimal" if decimal else whole
    if _THOUSANDS_WITH_POINTS.fullmatch(text):
        decimal = text.replace(".", "").replace(",", ".")
    return f"{decimal} with a point" if decimal else ""


def _with_hyphens(text: str) -> str:
    return text.replace(_TRUE_MINUS, "-")


def on_one_line(text: str) -> str:
    """Return a string on one line, cut if it is long."""
    return shortened(" ".join(text.split()), _LONGEST)


def as_text(sentence: str) -> str:
    """Escape a sentence that quotes what a person typed, for a Streamlit element that renders Markdown."""
    return _MARKS.sub(lambda mark: "\\" + mark[0], sentence)


def _is_huge(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False
