"""Reads the sentence of one step inside a statement: its form, and the role of each of its slots.

A sentence comes as a template that alternates between text and names of slots. Its forms are matched on the text
with a mark in place of each slot, so that no number and no title of a box can be mistaken for another part of the
sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

#: Stands for a slot.
_SLOT = "\0"
_GRADIENTS = rf"(?:{_SLOT}(?:(?: \+ |, | and | = ){_SLOT})*|\d+ gradients)"
_HOOKED = r"(?P<hooked>what a hook made of )?"
_CAME = rf"{_HOOKED}(?P<came>{_GRADIENTS}|the gradient that backward started with)"
_WHO = r"(?P<kind>.+?) (?:of|in|inside) (?P<title>.+)"
_FORMS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "built": r"(?P<kind>.+?) (?:is|(?P<before>was)) built (?:inside|for) (?P<title>.+?)"
        r"(?(before) before this line)"
        rf"(?:: (?:its value is (?P<value>{_SLOT})|(?P<unseen>only PyTorch's own code sees its value)))?",
        "passed": rf"{_WHO} (?:received {_HOOKED}(?P<came>{_GRADIENTS})|(?P<none>received no gradient)"
        rf"|(?P<began>is where backward started))(?: and sent (?P<sent>{_SLOT} to .+))?",
        "is now": rf"(?P<grad>.+) is (?P<now>{_SLOT}) now(?:: {_HOOKED}(?P<came>{_GRADIENTS}) arrived)?",
        "returned": rf"torch\.autograd\.grad returns {_CAME} for (?P<title>.+), and leaves (?P<grad>.+) alone",
        "shared": rf"{_WHO} added {_CAME} to (?P<grad>.+), which shares its memory with another",
    }.items()
}
_NEXT = rf", {_SLOT} to | and {_SLOT} to | and gradients to \d+ more\Z|\Z"
_SENT = re.compile(rf"{_SLOT} to (.+?)(?={_NEXT})", re.DOTALL)
_SUM = re.compile(rf"{_SLOT}(?: \+ {_SLOT})* = {_SLOT}")


@dataclass(frozen=True, slots=True)
class StepSentence:
    """A sentence of a known form, with the texts of its slots; parts that it lacks are empty.

    `came` has the gradients that arrived according to the sentence, and `total` their sum if it has one after a
    `=`; `counted` is their number if it only counts them. `sent` pairs each gradient that was sent with the title
    of its destination, and `more` is the number of others that the sentence counts.
    """

    form: str
    parts: Mapping[str, str]
    value: str = ""
    came: tuple[str, ...] = ()
    total: str = ""
    counted: int | None = None
    sent: tuple[tuple[str, str], ...] = ()
    more: int = 0


def read_step(template: Sequence[str], texts: Mapping[str, str]) -> StepSentence | None:
    """Read a sentence as the stage shows it with these texts; None if it has no known form."""
    found = _matched(_marked(template))
    if found is None:
        return None
    form, match = found
    filled = [texts.get(slot, "") for slot in template[1::2]]

    def of(part: str) -> tuple[str, ...]:
        """The texts of the slots in a part of the sentence."""
        begin, end = match.span(part) if part in match.re.groupindex else (-1, -1)
        first = match.string.count(_SLOT, 0, max(begin, 0))
        return tuple(filled[first : first + match.string.count(_SLOT, begin, end)]) if begin >= 0 else ()

    parts = {name: text or "" for name, text in match.groupdict().items()}
    came, sent = parts.get("came", ""), parts.get("sent", "")
    several = " = " in came
    more, counted = re.search(r"gradients to (\d+) more\Z", sent), re.fullmatch(r"(\d+) gradients", came)
    return StepSentence(
        form,
        parts,
        value="".join(of("value") or of("now")),
        came=of("came")[: -1 if several else None],
        total=of("came")[-1] if several else "",
        counted=int(counted[1]) if counted else None,
        sent=tuple(zip(of("sent"), _SENT.findall(sent), strict=True)),
        more=int(more[1]) if more else 0,
    )


def read_sum(template: Sequence[str], texts: Mapping[str, str]) -> tuple[list[str], str] | None:
    """The terms and the total of a sum as the stage shows it with these texts; None if it is not a sum."""
    if _SUM.fullmatch(_marked(template)) is None:
        return None
    *terms, total = [texts.get(slot, "") for slot in template[1::2]]
    return terms, total


def filled(template: Sequence[str], texts: Mapping[str, str]) -> str:
    """A sentence as the stage shows it."""
    return "".join([texts.get(piece, "") if at % 2 else piece for at, piece in enumerate(template)])


def _marked(template: Sequence[str]) -> str:
    return "".join([_SLOT if at % 2 else piece for at, piece in enumerate(template)])


@lru_cache(maxsize=4096)
def _matched(text: str) -> tuple[str, re.Match[str]] | None:
    for name, pattern in _FORMS.items():
        match = pattern.fullmatch(text)
        if match is not None:
            return name, match
    return None
