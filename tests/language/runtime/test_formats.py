"""`%` and `format` write what Python writes and raise what Python raises; none reaches into a value."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch

import viz
from viz.frames.plain import Span
from viz.language.runtime.formats import filled, interpolated
from viz.language.runtime.problems import NotHere

WHERE = Span("", 1, 0, 1, 0)
#: Values for the fields of random templates.
VALUES: tuple[Any, ...] = (3, -2.5, True, "ab", None, [1, 2], (1,), torch.tensor(2.5), torch.float32, 10**12)


def outcome(make: Callable[[], str]) -> str:
    """The string that is made, or the error as Python prints it."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001  # any error of Python is what is compared
        return f"{type(error).__name__}: {error}"


def _percent(chance: random.Random) -> tuple[str, Any]:
    """A template for `%`, and values that may or may not fit."""
    pieces = []
    for _ in range(chance.randint(0, 3)):
        flags = "".join(chance.sample("-+ #0", chance.randint(0, 2)))
        width = chance.choice(("", "", "7", "*"))
        digits = chance.choice(("", "", ".2", ".", ".*"))
        pieces.append(f"a%{flags}{width}{digits}{chance.choice('diouxXeEfFgGcrsa%sdf')}")
    values = tuple(chance.choices(VALUES, k=chance.randint(0, 4)))
    return "".join(pieces), values[0] if len(values) == 1 and chance.random() < 0.7 else values


def _braces(chance: random.Random) -> str:
    """A template for `format`, right or wrong."""
    pieces = []
    for _ in range(chance.randint(0, 3)):
        name = chance.choice(("", "", "", "0", "1", "key", "missing", "12"))
        conversion = chance.choice(("", "", "!r", "!s", "!a", "!x"))
        spec = chance.choice(("", "", ":8", ":>8", ":.2f", ":d", ":{}", ":.{}f", ":{key}", ":,", ":%"))
        pieces.append(f"a{chance.choice(('{{', '}}', '', '', '{'))}{{{name}{conversion}{spec}}}")
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(4))
def test_random_templates_of_percent_are_as_in_python(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        template, values = _percent(chance)
        expected = outcome(lambda template=template, values=values: template % values)  # type: ignore[misc]
        made = outcome(lambda t=template, v=values: interpolated(t, v, WHERE))  # type: ignore[misc]
        if "NotHere" not in made:  # a width that is too large
            assert made == expected, (template, values)


@pytest.mark.parametrize("seed", range(4))
def test_random_templates_of_format_are_as_in_python(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        template, values = _braces(chance), chance.choices(VALUES, k=chance.randint(0, 4))
        expected = outcome(lambda t=template, v=values: t.format(*v, key=6))  # type: ignore[misc]
        made = outcome(lambda t=template, v=values: filled(t, v, {"key": 6}, WHERE))  # type: ignore[misc]
        if "NotHere" not in made:  # a format that Python has, or refuses in other words
            assert made == expected, (template, values)


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("%", ()), ("%d%", (1,)), ("%n", (1,)), ("%y", (1,)), ("%(a)s", 1), ("%(a)s", {}), ("%s %s", "ab"),
        ("", 1),
        ("%d", "a"), ("%s", ()), ("%d", ([1],)), ("%%", ()), ("", {}), ("", [1]), ("%(a)s%%", {"a": 1}), ("%", {}),
        ("%c", "ab"), ("%c%c", (65, "b")), ("%5%|", ()), ("%ld", 3), ("%.0f", 2.5), ("%s", {"a": 1}), ("%d", 1e30),
    ],
)  # fmt: skip
def test_percent_at_its_edges_is_as_in_python(template: str, values: Any) -> None:
    assert outcome(lambda: interpolated(template, values, WHERE)) == outcome(lambda: template % values)


@pytest.mark.parametrize(
    "template",
    ["{", "}", "{0}{}", "{}{0}", "{:{:{}}}", "{missing}", "{9}", "{!}", "{!z}", "{0!r:>9}", "{{{}}}", "{ }"],
)
def test_format_at_its_edges_is_as_in_python(template: str) -> None:
    assert outcome(lambda: filled(template, (7,), {}, WHERE)) == outcome(lambda: template.format(7))


@pytest.mark.parametrize(
    "template", ["{0.real}", "{0.__class__}", "{[0]}", "{a.b}", "{:{0.real}}", "{:999}", "{:.999f}", "{:n}"]
)
def test_a_field_that_reaches_into_its_value_or_is_huge_is_refused(template: str) -> None:
    with pytest.raises(NotHere):
        filled(template, (7,), {"a": 1}, WHERE)


@pytest.mark.parametrize(
    ("template", "values"), [("%999d", 1), ("%.999f", 1.5), ("%*d", (10**9, 1)), ("%.*f", (10**9, 1))]
)
def test_a_huge_width_of_percent_is_refused(template: str, values: Any) -> None:
    with pytest.raises(NotHere):
        interpolated(template, values, WHERE)


def test_half_a_character_is_no_string() -> None:
    for line in ("y = f'{0xd800:c}'", "y = '%c' % 0xd800", "y = '{:c}'.format(0xd800)", "y = '\\ud800'"):
        try:
            problem = viz.run(line).error
        except viz.Refused as refused:
            problem = refused.problem
        assert problem is not None
        assert (
            problem.message == "Half of a character (a surrogate) is not a string here; write the whole character."
        )
