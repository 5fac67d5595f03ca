"""Values nested too deep, or too many times, end in a sentence; Python's own C code would crash or never end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import viz
from viz import limits
from viz.frames.plain import Problem

_ITERATORS, _LISTS = (
    "`zip`, `enumerate` and the like are nested at most 100 deep",
    "Lists are nested at most 100 deep",
)
_ENTRIES = "with its inner lists 5,000"


def _nested(call: str, times: int) -> str:
    """`call(call(…(x)…))`."""
    return f"{call}(" * times + "x" + ")" * times


def _repeated(statement: str, then: str) -> str:
    return f"x = [1]\nfor i in range(8):\n    for j in range(900):\n        x = {statement}\n{then}\n"


#: Programs that once ended the process or did not end at all, and how they end now.
PROGRAMS = {
    "zip, iterated over": (_repeated(_nested("zip", 90), "for y in x: pass"), _ITERATORS),
    "enumerate, freed": (_repeated(_nested("enumerate", 90), "x = 1"), _ITERATORS),
    "both, in turns": (_repeated(_nested("zip(enumerate", 45) + ")" * 45, "x = list(x)"), _ITERATORS),
    "one of several in a zip": (_repeated("zip([1], enumerate(x))", "x = 1"), _ITERATORS),
    "a view of a dict in the dict": ("d = {}\nd[0] = d.values()\nprint(d)", _LISTS),
    "the items of a dict in the dict": ("d = {}\nd[0] = d.items()\nprint(f'{d}')", _LISTS),
    "a view in a list in the dict": ("d = {}\nd[0] = [d.values()]\ny = str(d)", _LISTS),
    "a view twice in the next": (
        "x = {}\nfor i in range(100): x = {0: x.values(), 1: x.values()}\nprint(x)",
        _ENTRIES,
    ),
    "items twice in the next": (
        (
            "x = y = {}\nfor i in range(100):\n"
            "    x = {0: x.items(), 1: x.items()}\n    y = {0: y.items(), 1: y.items()}\nprint([x] == [y])"
        ),
        _ENTRIES,
    ),
}
#: Runs each of the programs that it reads, and writes how they end.
_RUN = """\
import json, sys, viz
from viz import limits
limits.ELEMENTS, limits.ENTRIES = 1_000, 5_000  # long lists only take longer
print(json.dumps({name: str(viz.run(source).error) for name, source in json.load(sys.stdin).items()}))
"""


def test_what_would_crash_python_ends_in_a_sentence() -> None:
    """Run them in a separate process, which a crash would end."""
    ran = subprocess.run(
        [sys.executable, "-c", _RUN],
        cwd=Path(__file__).parents[3],
        input=json.dumps({name: source for name, (source, _) in PROGRAMS.items()}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-500:]
    ended = json.loads(ran.stdout)
    assert [name for name, (_, said) in PROGRAMS.items() if said not in ended[name]] == []


@pytest.mark.parametrize("call", ["zip", "enumerate"])
def test_iterators_can_be_nested_up_to_the_limit(call: str) -> None:
    half = _nested(call, limits.NESTING // 2)
    source = f"x = [1]\nx = {half}\nx = {half}\nfor y in x: pass\n"
    assert viz.run(source).error is None
    problem = viz.run(source.replace("for y", f"x = {call}(x)\nfor y")).error
    assert problem == Problem(f"{_ITERATORS}.", 4, 4, "Limit")


def test_iterators_in_lists_can_be_nested_without_a_limit() -> None:
    source = "x = [1]\nfor i in range(20):\n    for j in range(90):\n        x = zip([x], enumerate([2]))\nx = 1\n"
    assert viz.run(source).error is None


def test_an_iterator_that_occurs_in_others_many_times_is_visited_once() -> None:
    """There are 2**60 paths to the innermost one."""
    source = "x = zip([1])\nfor i in range(60):\n    x = zip(x, x)\n"
    assert viz.run(source).error is None


def test_views_of_dicts_are_shown_and_compared_as_in_python() -> None:
    source = "d = {'a': 1, 'b': [2]}\nprint(d.keys(), [d.values()], f'{d.items()}', [d.items()] == [d.items()])\n"
    printed = "dict_keys(['a', 'b']) [dict_values([1, [2]])] dict_items([('a', 1), ('b', [2])]) True\n"
    assert viz.run(source)[-1].printed == printed
