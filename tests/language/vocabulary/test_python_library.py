"""Python's own library: random numbers and a clock of the run's own, and what a program may not do with them."""

from __future__ import annotations

import math
import random

import pytest

import viz
from viz.frames.frame import Frame
from viz.language.runtime.draws import Draws

HEAD = "import math, random, time\nimport torch\n"


def ended(lines: str) -> Frame:
    """The last frame of a program that runs to its end."""
    tape = viz.run(HEAD + lines)
    assert tape.error is None, tape.error
    return tape[-1]


def refusal(lines: str) -> str:
    """Why a program stops."""
    try:
        problem = viz.run(HEAD + lines).error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None
    return problem.message


def test_a_run_draws_from_a_generator_of_its_own() -> None:
    random.seed(5)
    expected = random.Random(0).random()
    state = random.getstate()
    assert ended("y = random.random()").variables["y"].value == expected
    assert ended("y = random.random()").variables["y"].value == expected
    assert random.getstate() == state


def test_two_parts_of_a_recording_draw_what_one_draws() -> None:
    source = f"{HEAD}for i in range(4):\n    y = random.random()\n"
    tape = viz.run(source, iterations=1)
    viz.run(f"{HEAD}random.seed(7)\ny = random.random()")
    tape.record(4)
    drawn = [
        [frame.variables["y"].value for frame in one if frame.phase == "loop"] for one in (tape, viz.run(source))
    ]
    assert drawn[0] == drawn[1]
    assert len(set(map(str, drawn[0]))) == 4


def test_what_was_drawn_can_be_drawn_again() -> None:
    draws = Draws()
    draws.python.seed(1)
    mark = draws.mark()
    first = [draws.python.gauss(0, 1) for _ in range(3)]
    draws.go_back(mark)
    assert [draws.python.gauss(0, 1) for _ in range(3)] == first
    draws.go_back((None, None, None))
    assert draws.python.random() == random.Random(0).random()


def test_the_clock_of_a_run_shows_a_millisecond_more_each_time_and_waits_for_nothing() -> None:
    frame = ended(
        "a = time.time()\nfor i in range(5): pass\nb = time.perf_counter()\ntime.sleep(10**6)\nc = time.time()\n"
        "rate = 100 / (c - b)"
    )
    values = [frame.variables[name].value for name in "abc"]
    assert values == [0.0, 0.001, 10**6 + 0.002]
    assert frame.seconds < 1


@pytest.mark.parametrize("name", [name for name in dir(math) if name[0] != "_" and name not in ("sumprod", "fma")])
def test_all_of_math_is_here(name: str) -> None:
    assert viz.run(f"import math\nf = math.{name}").error is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("random.choice()", "`random.choice` missing 1 required positional argument: 'seq'."),
        ("random.choice([])", "Cannot choose from an empty sequence"),
        ("random.sample([1], 2)", "Sample larger than population or is negative"),
        ("random.sample(torch.ones(3), 2)", "Population must be a sequence.  For dicts or sets, use sorted(d)."),
        ("random.choices([1], k=2, n=3)", "`random.choices` takes no `n` in this language"),
        ("random.uniform(1)", "Random.uniform() missing 1 required positional argument: 'b'"),
        ("time.sleep(-1)", "sleep length must be non-negative"),
        ("math.sqrt(-1)", "math domain error"),
        ("math.prod(['a'])", "`math.prod` takes a number"),
        ("math.fsum(3)", "cannot be iterated over"),
        ("math.factorial(torch.ones(3))", "`math.factorial` takes a number"),
    ],
)
def test_a_wrong_call_ends_the_program_with_a_sentence(lines: str, said: str) -> None:
    assert said in refusal(lines)
