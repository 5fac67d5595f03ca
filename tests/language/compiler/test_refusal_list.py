"""A refused program is told everything that is refused in it at once, and nothing twice."""

from __future__ import annotations

import pickle

import pytest

import viz
from viz import limits


def lines_of(source: str) -> list[int]:
    """The lines that a program is refused for, in the order in which it is told."""
    with pytest.raises(viz.Refused) as caught:
        viz.parse(source)
    assert caught.value.problem == caught.value.problems[0]
    return [one.line for one in caught.value.problems]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import torch.odd\nx = 1\neval('x')\nimport torch.odder\ny = x", [1, 3, 4]),
        ("for i in range(3):\n    exec(i)\n    x = i\n    exec(x)\nopen('a')", [2, 4, 5]),
        ("x = 1\nif x:\n    exec(x)\nelif eval('x'):\n    exec(x)\nelse:\n    global x", [3, 4, 5, 7]),
        ("def f(a):\n    exec(a)\n    return eval('a')\nf(1)\nexec(f)", [2, 3, 5]),
        ("while open('a'):\n    eval('1')\n    break", [1, 2]),
        ("while True:\n    for i in [1]:\n        exec(i)\n        continue\n    exec(i)", [3, 5]),
        (
            "import torch\nwith torch.no_grad():\n    eval('1')\n    with torch.no_grad():\n        exec('1')",
            [3, 5],
        ),
    ],
)
def test_every_refused_statement_is_told(source: str, lines: list[int]) -> None:
    assert lines_of(source) == lines


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def f(*a, b: int = eval('1')) -> int:\n    exec(b)\n    return eval('1')", [1, 2, 3]),
        ("def f(__a):\n    exec(x)\n    return __a", [1]),
        ("async def f(a):\n    exec(a)\n    return 1", [1, 2]),
        ("for i in range(1.5):\n    break\n    eval('1')", [1, 3]),
        ("for i in eval('1'):\n    exec(i)\n    continue", [1, 2]),
        ("async with open('a') as f:\n    exec(f)\n    f.read()", [1, 2]),
        ("match 1:\n    case 1:\n        eval('1')\n    case x:\n        exec(x)", [1, 3, 5]),
        (
            "class A(metaclass=len):\n    a = eval('1')\n    def f(self):\n        exec(self.a)\n        return 1",
            [1, 2, 4],
        ),
        ("import torch\nwith torch.no_grad:\n    import torch.odd", [2, 3]),
        (f"{''.join(f'{chr(32) * d}while True:{chr(10)}' for d in range(30))}{' ' * 30}exec(x)\ndel y", [22, 32]),
    ],
)
def test_the_block_of_a_refused_statement_is_read_too(source: str, lines: list[int]) -> None:
    assert lines_of(source) == lines


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import torch.odd as o\npath = o.path.join('a', 'b')\nprint(path.stem, o.name)", [1]),
        ("from torch.odd import path as p, sep\np.join(sep, 'b')", [1]),
        ("x = eval('1')\ny = x.foo\nz = [y.bar for i in range(2)]\nw = z[0].baz + x.foo", [1]),
        ("import torch.odd as o, torch\nx = torch.zeros(3)\ntorch.load('a')", [1, 3]),
        ("from torch.odd import B\nclass A(B):\n    def f(self):\n        return self.anything()\nA().f()", [1]),
        ("from torch.odd import deco\n@deco\ndef f(): pass\nf().foo", [1]),
        ("from torch.odd import rows\nfor a, b in rows:\n    a.foo(b.bar)\n    exec(a)", [1, 4]),
        ("x = eval('1')\nx = 2\nx.foo", [1, 3]),
        ("x = eval('1')\nx += 2\nx.foo", [1]),
    ],
)
def test_what_follows_from_a_refusal_is_not_told(source: str, lines: list[int]) -> None:
    assert lines_of(source) == lines


def test_a_name_without_a_value_is_told_once_and_a_misspelt_one_on_each_line() -> None:
    assert lines_of("print(missing)\ny = missing + 1\nmissing.foo\nz = other") == [1, 4]
    assert lines_of("velocity = 1\nprint(velocty)\nprint(velocty)") == [2, 3]


def test_the_first_refusal_is_that_of_the_program_without_the_later_ones() -> None:
    lines = ["import torch", "eval('1')", "def f(a: int):", "    exec(a)", "torch.load('a')", "x = ..."]
    with pytest.raises(viz.Refused) as first:
        viz.parse("\n".join(lines[:2]))
    with pytest.raises(viz.Refused) as every:
        viz.parse("\n".join(lines))
    assert every.value.problem == first.value.problem
    assert str(every.value).startswith(str(first.value))
    assert str(every.value).count("\n") == len(every.value.problems) - 1


def test_there_is_a_most_of_refusals() -> None:
    assert lines_of("eval('1')\n" * 3 * limits.REFUSALS) == list(range(1, limits.REFUSALS + 1))
    inside = "def f():\n" + "    if 1:\n        eval('1')\n" * limits.REFUSALS + "eval('1')"
    assert lines_of(inside) == list(range(3, 2 * limits.REFUSALS + 2, 2))


def test_a_limit_of_the_whole_program_is_told_with_the_rest() -> None:
    long = "a = 1\n" * (limits.STATEMENTS + 1)
    assert lines_of(f"if 1:\n    eval('1')\n{long}") == [limits.STATEMENTS + 2]
    assert lines_of(f"eval('1')\nfor i in range(2):\n    a = 1\n{long}") == [1, limits.STATEMENTS + 4]


def test_all_refusals_can_be_pickled() -> None:
    with pytest.raises(viz.Refused) as caught:
        viz.parse("eval('1')\nimport torch.odd")
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
    assert str(again) == str(caught.value)
