"""Makes programs by damaging real ones: removes, doubles, swaps or replaces a few tokens."""

from __future__ import annotations

import io
import keyword
import random
import tokenize
from collections.abc import Sequence

#: Operators that can replace each other in a line that Python can parse.
_ALIKE: tuple[frozenset[str], ...] = (
    frozenset({"+", "-", "*", "/", "//", "%", "**", "@", "==", "<", ">=", "and", "or"}),
    frozenset({"+=", "-=", "*=", "/=", "**=", "="}),
)
#: The share of the programs whose tokens are removed, doubled or replaced regardless of their kind.
_WILD = 0.15
_Token = tuple[int, str]


def damaged(source: str, chance: random.Random, value: str) -> str:
    """Return `source` with some tokens changed, mostly to others of the same kind; `value` replaces a number."""
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
    except (ValueError, IndexError):  # no source has these tokens in this order
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
    """The tokens of the program that may replace this one."""
    kind, text = token
    if kind == tokenize.OP:
        return [(kind, one) for group in _ALIKE if text in group for one in sorted(group)]
    if kind == tokenize.NAME and keyword.iskeyword(text):
        return []
    if kind in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING):
        return [one for one in tokens if one[0] == kind and not keyword.iskeyword(one[1])]
    return []
