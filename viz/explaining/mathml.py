"""LaTeX -> MathML: what differs in its decimal numbers only is converted once.

Converting a formula takes a millisecond, and most that is shown is a formula that was shown before, with the
numbers of another iteration.
"""

from __future__ import annotations

import re
from functools import lru_cache

from latex2mathml.converter import convert

#: A decimal number that stands for itself: not an index, an exponent, or the end of a name or of another number.
_DECIMAL = re.compile(r"(?<![\w.^\\])\d+\.\d+(?![\w.])")
#: What stands for the numbers while the rest is converted: a decimal number too, so that it is read as one.
_PLACE = re.compile(r"7\.(\d{6})7")

#: A word as latex2mathml makes it: an element for each letter, and one for the digits between them.
_LETTER = '<mi mathvariant="normal">([^<]*)</mi>'
_WORD = re.compile(f"{_LETTER}(?:{_LETTER}|<mn>([^<]*)</mn>)+")
#: A minus after an opening bracket, which MathML takes for a difference and sets apart.
_SIGN = re.compile('(form="prefix">[^<]*</mo>)<mo>(&#x02212;)</mo>')

#: Formulas that are kept, each without its numbers.
_KEPT = 2_000


def mathml(latex: str) -> str:
    """A formula on a line of its own, as a MathML element. Raises what latex2mathml raises for bad LaTeX."""
    numbers = _DECIMAL.findall(latex)
    texts, places = _pattern(_DECIMAL.sub(_Places(), latex))
    if sorted(places) != list(range(len(numbers))):  # one of the numbers stood for something else
        return converted(latex)
    return texts[0] + "".join(
        [numbers[place] + text for place, text in zip(places, texts[1:], strict=True)],
    )


class _Places:
    """Puts a place, counted from 0, where a number was."""

    def __init__(self) -> None:
        self._next = -1

    def __call__(self, _: re.Match[str]) -> str:
        self._next += 1
        return f"7.{self._next:06d}7"


@lru_cache(maxsize=_KEPT)
def _pattern(latex: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The MathML of a formula with places, cut at them: the texts between, and which place is at each cut."""
    parts = _PLACE.split(converted(latex))
    return tuple(parts[::2]), tuple(map(int, parts[1::2]))


def converted(latex: str) -> str:
    """As `mathml`, converted on the spot."""
    made = _WORD.sub(_whole_word, convert(latex, display="block"))
    return _SIGN.sub(r'\1<mo form="prefix">\2</mo>', made)


def _whole_word(letters: re.Match[str]) -> str:
    """One element for a name, so that it is set, read out and copied as one."""
    return f"<mi>{re.sub('<[^>]*>', '', letters[0])}</mi>"
