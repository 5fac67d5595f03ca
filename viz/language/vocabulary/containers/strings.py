"""The methods of a string; the length of a longer one is known before it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from sys import getsizeof
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.formats import filled
from viz.language.runtime.iterating import listed
from viz.language.runtime.showing import check_characters, check_text
from viz.language.runtime.sizes import check_list, whole
from viz.language.runtime.state import State

#: The methods whose result is no longer than the string, and those that return True, False or a number, each with
#: the most arguments besides the string.
_PLAIN = {
    **dict.fromkeys(("isdigit", "isalpha", "isalnum", "isnumeric", "isdecimal", "islower", "isupper"), 0),
    **dict.fromkeys(("isspace", "istitle", "isidentifier"), 0),
    **dict.fromkeys(("strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "partition", "rpartition"), 1),
    **dict.fromkeys(("startswith", "endswith", "count", "find", "rfind", "index", "rindex"), 3),
}
#: Those that may make each letter longer: `"ß".upper()` is `"SS"`.
_CASES = ("upper", "lower", "capitalize", "title", "swapcase", "casefold")
#: Those that return a list, with the names of their arguments.
_DIVIDING = {"split": "sep maxsplit", "rsplit": "sep maxsplit", "splitlines": "keepends"}
#: Those that fill a string up to a width.
_FILLING = {"ljust": 3, "rjust": 3, "center": 3, "zfill": 2}


def _made(state: State, text: str) -> str:
    state.meter.count_bytes(getsizeof(check_text(text)))
    return text


def _cased(name: str) -> Function:
    call: Callable[[str], str] = getattr(str, name)
    return Function(f"str.{name}", call, 1, runs=lambda state, span, args, options: _made(state, call(*args)))


def _filled_up(name: str, positional: int) -> Function:
    call: Callable[..., str] = getattr(str, name)

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
        check_characters(whole(args[1]) or 0 if len(args) > 1 else 0)
        return _made(state, call(*args))

    return Function(f"str.{name}", call, positional, runs=run)


def _divided(name: str) -> Function:
    call: Callable[..., list[str]] = getattr(str, name)

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> list[str]:
        parts = call(*args, **options)
        check_list(parts)
        state.meter.count_bytes(getsizeof(parts) + sum(map(getsizeof, parts)))
        return parts

    names = _DIVIDING[name].split()
    return Function(f"str.{name}", call, len(names) + 1, frozenset(names), runs=run)


def _join(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
    separator, *entries = args
    parts = [listed(state, span, one) for one in entries]
    for one in parts:
        length = sum(len(text) for text in one if isinstance(text, str))
        check_characters(length + len(separator) * max(len(one) - 1, 0))
    return _made(state, separator.join(*parts))


def _replace(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
    text = args[0]
    if len(args) > 2 and isinstance(args[1], str) and isinstance(args[2], str):
        check_characters(len(text) + text.count(args[1]) * max(len(args[2]) - len(args[1]), 0))
    return _made(state, text.replace(*args[1:]))


def _format(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
    return _made(state, filled(args[0], args[1:], options, span))


METHODS: dict[str, Function] = {
    **{name: Function(f"str.{name}", getattr(str, name), most + 1) for name, most in _PLAIN.items()},
    **{name: _cased(name) for name in _CASES},
    **{name: _divided(name) for name in _DIVIDING},
    **{name: _filled_up(name, positional) for name, positional in _FILLING.items()},
    "join": Function("str.join", str.join, 2, runs=_join),
    "replace": Function("str.replace", str.replace, 4, runs=_replace),
    "format": Function("str.format", str.format, 1_000, every_name=True, runs=_format),
}
