"""Programs made by damaging real ones: a few tokens taken out, doubled, swapped or replaced."""

from __future__ import annotations

import io
import keyword
import random
import tokenize
from collections.abc import Sequence

#: Operators that stand for each other where Python reads a line.
_ALIKE: tuple[frozenset[str], ...] = (
    frozenset({"+", "-", "*", "/", "//", "%", "**", "@", "==", "<", ">=", "and", "or"}),
    frozenset({"+=", "-=", "*=", "/=", "**=", "="}),
)
#: How many of the programs lose what Python needs to read them.
_WILD = 0.15
_Token = tuple[int, str]


def damaged(source: str, chance: random.Random, value: str) -> str:
    """`source` with some of its tokens changed: mostly for others of the same kind; `value` for a number."""
    tokens = [(one.type, one.string) for one in tokenize.generate_tokens(io.StringIO(source).readline)]
    wild = chance.random() < _WILD
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(tokens))
        if wild:
            _break(tokens, at, chance)
        else:
            tokens[at] = chance.choice(_alike(tokens, tokens[at]) or [tokens[at]])
            if tokens[at][0] == tokenize.NUMBER and chance.random() < 0.3:
                tokens[at] = (tokenize.NAME, value)
    try:
        return tokenize.untokenize(tokens)
    except (ValueError, IndexError):  # tokens that no text has in this order
        return " ".join(text for _, text in tokens)


def _break(tokens: list[_Token], at: int, chance: random.Random) -> None:
    match chance.randrange(3):
        case 0:
            del tokens[at]
        case 1:
            tokens.insert(at, chance.choice(tokens))
        case _:
            tokens[at] = chance.choice(tokens)


def _alike(tokens: Sequence[_Token], token: _Token) -> list[_Token]:
    """The tokens of the program that may stand where this one does."""
    kind, text = token
    if kind == tokenize.OP:
        return [(kind, one) for group in _ALIKE if text in group for one in sorted(group)]
    if kind == tokenize.NAME and keyword.iskeyword(text):
        return []
    if kind in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING):
        return [one for one in tokens if one[0] == kind and not keyword.iskeyword(one[1])]
    return []
