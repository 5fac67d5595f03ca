"""Converts LaTeX to MathML; formulas that differ only in their decimal numbers are converted once.

A conversion takes a millisecond, and most formulas were shown before with the numbers of another iteration.
"""

from __future__ import annotations

import re
from functools import lru_cache

from latex2mathml.converter import convert

#: A decimal number on its own: not an index, an exponent, or the end of a name or of another number.
_DECIMAL = re.compile(r"(?<![\w.^\\])\d+\.\d+(?![\w.])")
#: The placeholder for a number during conversion: a decimal number too, so that it is parsed as one.
_PLACE = re.compile(r"7\.(\d{6})7")

#: A word in latex2mathml's output: an element for each letter, and one for each run of digits.
_LETTER = '<mi mathvariant="normal">([^<]*)</mi>'
_WORD = re.compile(f"{_LETTER}(?:{_LETTER}|<mn>([^<]*)</mn>)+")
#: A minus after an opening bracket, which MathML spaces like a difference.
_SIGN = re.compile('(form="prefix">[^<]*</mo>)<mo>(&#x02212;)</mo>')

#: Formulas in the cache, each without its numbers.
_KEPT = 2_000


def mathml(latex: str) -> str:
    """A formula on a line of its own, as a MathML element. Raises what latex2mathml raises for bad LaTeX."""
    numbers = _DECIMAL.findall(latex)
    texts, places = _pattern(_DECIMAL.sub(_Places(), latex))
    if sorted(places) != list(range(len(numbers))):  # a placeholder was not parsed as one number
        return converted(latex)
    return texts[0] + "".join(
        [numbers[place] + text for place, text in zip(places, texts[1:], strict=True)],
    )


class _Places:
    """Replaces each number by a placeholder; they are counted from 0."""

    def __init__(self) -> None:
        self._next = -1

    def __call__(self, _: re.Match[str]) -> str:
        self._next += 1
        return f"7.{self._next:06d}7"


@lru_cache(maxsize=_KEPT)
def _pattern(latex: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The MathML of a formula, split at its placeholders: the strings between them, and their numbers."""
    parts = _PLACE.split(converted(latex))
    return tuple(parts[::2]), tuple(map(int, parts[1::2]))


def converted(latex: str) -> str:
    """The same as `mathml`, without the cache."""
    made = _WORD.sub(_whole_word, convert(latex, display="block"))
    return _SIGN.sub(r'\1<mo form="prefix">\2</mo>', made)


def _whole_word(letters: re.Match[str]) -> str:
    """One element for a name, so that it is typeset, read out and copied as one word."""
    return f"<mi>{re.sub('<[^>]*>', '', letters[0])}</mi>"
