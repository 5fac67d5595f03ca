"""The names that each pass of a loop binds before it reads them."""

from __future__ import annotations

import ast

import pytest

from viz.editing.rebinding import rebound_in

BODIES = {
    "a = 1\nb = a": {"a", "b"},
    "b = a\na = 1": {"b"},
    "a += 1": set(),
    "a = a + 1": set(),
    "a, b = 1, 2": {"a", "b"},
    "a[0] = 1\na = 2": set(),
    "a: int = 1": {"a"},
    "a: int\na = 1": set(),
    "print(a)\na = 1": set(),
    "if x:\n    a = 1\nelse:\n    a = 2": {"a"},
    "if x:\n    a = 1": set(),
    "if a:\n    a = 1\nelse:\n    a = 2": set(),
    "if x:\n    b = 1\nelse:\n    b = a\na = 1": {"b"},
    "for a in x:\n    b = a": {"a", "b"},
    "for a in a:\n    pass": set(),
    "for a in x:\n    pass\nelse:\n    b = 1": set(),
    "while x:\n    a = 1": {"a"},
    "while a:\n    a = 1": set(),
    "with x:\n    a = 1": {"a"},
    "with x as a:\n    pass": set(),
    "try:\n    a = 1\nexcept x:\n    pass": set(),
    "def f():\n    return a\na = 1": set(),
    "f = lambda: a\na = 1": {"f"},
    "b = [a for a in x]\na = 1": {"b"},
    "global a\na = 1": set(),
    "(a := 1)": set(),
    "del a\na = 1": set(),
    "import a": set(),
    "max = 1\nb = max": {"b"},
}


@pytest.mark.parametrize(("body", "names"), BODIES.items(), ids=BODIES)
def test_the_names_that_a_body_binds_first(body: str, names: set[str]) -> None:
    assert rebound_in(ast.parse(body).body) == names
