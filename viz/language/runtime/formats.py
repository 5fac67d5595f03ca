"""Formats: how f-strings, `"…".format(…)` and `"…" % values` write a value; none reaches into it.

Every template is read here, piece by piece, with a width that is known. Python's own `format` and `%` get one
piece and one value, which may be shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.problems import NotHere
from viz.language.runtime.showing import check_text, shown

#: How a value may be written: fill, side, sign, width, thousands, digits, kind. No width has three digits.
_SPEC = re.compile(r"(?:[^{}]?[<=>^])?[-+ ]?#?0?(?:[1-9][0-9]?)?[,_]?(?:\.[0-9]{1,2})?[bcdeEfFgGosxX%]?")
_CONVERSIONS = {None: None, "s": str, "r": repr, "a": ascii}

#: A field of `%`: its key, its flags, the width and the digits (`*` takes them from the values), and its kind.
_FIELD = re.compile(
    r"%(?P<key>\([^()]*\))?(?P<flags>[-+ #0]*)(?P<width>\*|[0-9]*)(?P<digits>\.(?:\*|[0-9]*))?[hlL]?(?P<kind>.?)",
    re.DOTALL,
)
_KINDS = frozenset("diouxXeEfFgGcrsa")
_WIDEST = 99


def check_spec(spec: str) -> str:
    """The format itself; raises NotHere if it is not in the small grammar."""
    if not _SPEC.fullmatch(spec):
        raise NotHere("this format is not supported; write one such as `.3f`, `>8` or `.1%`")
    return spec


def formatted(thing: Any, conversion: str | None, spec: str, span: Span) -> str:
    """A value in a checked format, as `{thing!conversion:spec}` shows it; Refused if it has no text."""
    convert = _CONVERSIONS[conversion]
    return shown(thing, span, lambda one: format(one if convert is None else convert(one), spec))


def filled(template: str, args: Sequence[Any], options: Mapping[str, Any], span: Span) -> str:
    """`template.format(*args, **options)`; raises NotHere for a field that reaches into its value."""
    return _Fields(args, options, span).fill(template)


class _Fields:
    """The arguments of `format`, and which of them comes next."""

    def __init__(self, args: Sequence[Any], options: Mapping[str, Any], span: Span) -> None:
        self._args = args
        self._options = options
        self._span = span
        self._next = 0
        self._numbered: bool | None = None  # whether the fields have numbers; None before the first one

    def fill(self, template: str, depth: int = 2) -> str:
        """The template with its fields filled, and those in their formats."""
        if not depth:
            raise ValueError("Max string recursion exceeded")
        whole = ""
        for before, name, spec, conversion in Formatter().parse(template):
            whole += before
            if name is not None:
                thing = self._value(name)
                if conversion not in _CONVERSIONS:
                    raise ValueError(f"Unknown conversion specifier {conversion}")
                written = check_spec(self.fill(spec or "", depth - 1)) if spec else ""
                whole += formatted(thing, conversion, written, self._span)
            check_text(whole)
        return whole

    def _value(self, name: str) -> Any:
        if "." in name or "[" in name:
            raise NotHere(f"`{{{name}}}` reaches into its value, which a format does not do here; write `{{}}`")
        if not name or name.isdecimal():
            return self._argument(name)
        return self._options[name]

    def _argument(self, number: str) -> Any:
        if self._numbered is not None and self._numbered is not bool(number):
            kinds = ("manual field specification", "automatic field numbering")
            raise ValueError("cannot switch from {} to {}".format(*(kinds if self._numbered else kinds[::-1])))
        self._numbered = bool(number)
        place = int(number) if number else self._next
        self._next += 1
        if place >= len(self._args):
            raise IndexError(f"Replacement index {place} out of range for positional args tuple")
        return self._args[place]


def interpolated(template: str, values: Any, span: Span) -> str:
    """`template % values`."""
    left, whole, end = _Values(values), "", 0
    for field in _FIELD.finditer(template):
        whole += template[end : field.start()] + _interpolated(field, left, span)
        end = field.end()
        check_text(whole)
    left.check_used()
    return check_text(whole + template[end:])


def _interpolated(field: re.Match[str], left: _Values, span: Span) -> str:
    kind = field["kind"]
    if field[0] == "%%":
        return "%"
    if not kind:
        raise ValueError("incomplete format")
    owner = left if field["key"] is None else left.keyed(field["key"][1:-1])
    width = owner.size(field["width"])
    digits = "" if field["digits"] is None else f".{owner.size(field['digits'][1:]).lstrip('-')}"
    thing = owner.next()
    if kind not in _KINDS:
        raise ValueError(f"unsupported format character '{kind}' (0x{ord(kind):x}) at index {field.end() - 1}")
    return shown(thing, span, lambda one: f"%{field['flags']}{width}{digits}{kind}" % (one,))


@dataclass
class _Values:
    """The values for the fields of `%`: a tuple of them, a dict, or a single one."""

    values: Any
    used: int = 0

    def next(self) -> Any:
        """The value of the next field."""
        given = self.values if isinstance(self.values, tuple) else (self.values,)
        if self.used >= len(given):
            raise TypeError("not enough arguments for format string")
        self.used += 1
        return given[self.used - 1]

    def keyed(self, key: str) -> _Values:
        """The value of a field with a key."""
        if not isinstance(self.values, dict):
            raise TypeError("format requires a mapping")
        return _Values((self.values[key],))

    def size(self, written: str) -> str:
        """A width, or a number of digits: as it is written, or for `*` the next value."""
        if written == "*":
            value = self.next()
            if not isinstance(value, int):
                raise TypeError("* wants int")
            written = str(int(value))
        if written and abs(int(written)) > _WIDEST:
            raise NotHere(f"a width here is at most {_WIDEST}, as in `%8.3f`")
        return written

    def check_used(self) -> None:
        """Raise TypeError, in Python's words, if a value has no field."""
        one = not isinstance(self.values, tuple)
        mapping = one and not isinstance(self.values, str) and hasattr(type(self.values), "__getitem__")
        if not mapping and self.used < (1 if one else len(self.values)):
            raise TypeError("not all arguments converted during string formatting")
