"""NumPy's functions give what they give in plain Python, and what would be too large is never made."""

from __future__ import annotations

import numpy as np
import pytest

import viz
from tests.language.compared import same_as_python

pytestmark = pytest.mark.usefixtures("small_limits")

HEAD = """\
import numpy as np
import torch

np.random.seed(0)
a = np.array([4.0, 1.0, 2.0])
m = np.array([[1.0, -2.0, 0.5], [3.0, 0.5, -1.0]])
k = np.array([3, 1, 3, 0])
"""

#: Expressions by what they do.
EXPRESSIONS = {
    "entry by entry": """\
np.power(a, 2)
np.power(k, [2, 0, 1, 5])
np.multiply([1.5, 2.5], [2, 4])
np.subtract(m, a)
np.divide(a, 3)
np.add(m, [[1], [2]])
np.mod(k, 2)
np.logical_and(a > 1, a < 4)
np.logical_not(k)
np.greater(a, 1.5)
np.not_equal(k, 3)
np.isnan(a / a)
np.log1p(a)
np.arctan2(a, 2.0)
np.negative(k)
np.reciprocal(a)
""",
    "limits and rounding": """\
np.clip(a, 1.5, 3)
np.clip(m, None, 0.5)
np.clip([1, 5, 9], 2, [3, 4, 5])
np.clip(a, a_min=2, a_max=None)
a.clip(2, 3)
m.clip(max=0)
np.round(a / 3, 2)
(a / 3).round(decimals=1)
np.rint(m)
""",
    "reductions": """\
np.any(k > 2)
(k > 0).all()
np.all(m > -3, axis=0)
np.median(m, axis=1)
np.median([3, 1, 2])
np.count_nonzero(k)
np.cumprod([1, 2, 3])
np.allclose(a, a + 1e-12)
np.isclose(a, [4.0, 1.1, 2.0], atol=0.2)
np.array_equal(k, [3, 1, 3, 0])
""",
    "shapes": """\
np.transpose(m)
np.transpose(m, (1, 0))
m.transpose()
m.transpose(1, 0)
m.transpose((1, 0))
np.reshape(m, (3, 2))
m.reshape((3, -1))
m.reshape(-1, 1)
np.squeeze(m[:, :1])
m[:1].squeeze(0)
np.expand_dims(a, 0)
np.expand_dims(a, axis=(0, 2))
a[:, np.newaxis]
a[np.newaxis, :, None]
np.ravel(m)
m.ravel()
np.copy(m)
np.flip(a)
np.flip(m, axis=1)
np.roll(a, 1)
np.roll(m, 1, axis=0)
""",
    "orders and counts": """\
np.sort(a)
np.sort(m, axis=0)
np.argsort(a)
k.argsort()
np.unique(k)
np.unique(k, return_counts=True)
np.unique(k, return_index=True, return_inverse=True)
np.bincount(k)
np.bincount([0, 1, 1], minlength=5)
np.nonzero(k)
k.nonzero()
""",
    "joins and copies": """\
np.meshgrid(a, k)
np.meshgrid(a, [1.0, 2.0], indexing='ij')
np.outer(a, [1, 2])
np.tile(a, 2)
np.tile([1, 2], (2, 2))
np.repeat(a, 2)
np.repeat([1, 2], [3, 1])
np.repeat(m, 2, axis=0)
a.repeat(2)
np.column_stack([a, a + 1])
np.c_[a, a * 2]
np.c_[m, [7, 8]]
np.c_[a]
""",
}


@pytest.mark.parametrize("subject", EXPRESSIONS)
def test_a_function_gives_what_numpy_gives(subject: str) -> None:
    lines = EXPRESSIONS[subject].splitlines()
    shown = "".join(f"y{number} = {line}\nprint(y{number})\n" for number, line in enumerate(lines))
    same_as_python(HEAD + shown)


def test_out_takes_the_result_and_the_change_is_seen_by_the_tensor_that_shares_its_memory() -> None:
    program = "t = torch.from_numpy(a)\nnp.add(a, 1, out=a)\nnp.power(a, 2, out=a)\nb = np.multiply(m, 2, out=m)\n"
    same_as_python(HEAD + program)
    frame = viz.run(HEAD + program)[-2]
    assert [(one.name, one.after) for one in frame.changes] == [("a", [25.0, 4.0, 9.0]), ("t", [25.0, 4.0, 9.0])]


RANDOM = """\
index = np.arange(10)
np.random.shuffle(index)
names = ["a", "b", "c"]
np.random.shuffle(names)
np.random.shuffle(m)
b = np.random.choice(5)
c = np.random.choice([0.5, 1.5, 2.5], size=4)
d = np.random.choice(10, (2, 3), replace=False)
e = np.random.choice(3, 5, p=[0.1, 0.2, 0.7])
f = np.random.random()
g = np.random.random((2, 2))
h = np.random.rand(2)
"""


GENERATORS = """\
old = np.random.RandomState(123)
index = np.arange(10)
old.shuffle(index)
b = old.rand(2, 2)
c = old.randn(3)
d = old.normal(loc=1.0, size=2)
e = old.randint(0, 9, size=(2, 2))
f = old.permutation(5)
g = old.choice(5, 3)
old.seed(1)
h = old.uniform(-1, 1, 2)
new = np.random.default_rng(seed=0)
i = new.random(3)
j = new.normal(size=(2, 2))
k = new.integers(0, 10, 4)
l = new.standard_normal(2)
new.shuffle(index)
o = new.permutation(index)
p = np.random.rand(2)
"""


def test_a_generator_of_a_programs_own_draws_what_it_draws_in_python() -> None:
    same_as_python(HEAD + GENERATORS)


def test_a_generator_begins_the_same_in_each_run() -> None:
    lines = "g = np.random.default_rng()\nb = g.random(3)\nr = np.random.RandomState()\nc = r.rand(3)\n"
    first, second = (viz.run(HEAD + lines)[-1].variables for _ in range(2))
    assert first["b"].value == second["b"].value == np.random.default_rng(0).random(3).tolist()
    assert first["c"].value == second["c"].value == np.random.RandomState(0).rand(3).tolist()


def test_no_loss_surface_is_made_of_what_each_point_would_draw_anew() -> None:
    program = (
        "w = torch.tensor(1.0, requires_grad=True)\nb = torch.tensor(0.0, requires_grad=True)\n"
        "g = np.random.RandomState(0)\nfor step in range(3):\n"
        "    loss = (w * torch.as_tensor(g.rand(3)) + b).sum()\n    loss.backward()\n"
    )
    with pytest.raises(ValueError, match="a generator of random numbers"):
        viz.surface(viz.parse(HEAD + program), "w", "b", [0.0, 1.0], [0.0, 1.0])


def test_what_is_drawn_and_shuffled_is_the_same_as_with_numpys_own_generator() -> None:
    same_as_python(HEAD + RANDOM)


def test_the_parameters_of_an_optimizer_are_not_shuffled() -> None:
    lines = "w = torch.ones(1, requires_grad=True)\no = torch.optim.SGD([w], lr=0.1)\n"
    error = viz.run(f"{HEAD}{lines}np.random.shuffle(o.param_groups)\n").error
    assert error is not None
    assert "belongs to an optimizer" in error.message


def test_an_out_of_another_shape_raises_numpys_own_error() -> None:
    same_as_python(HEAD + "np.add(m, 1, out=a)\n")


@pytest.mark.parametrize(
    "line",
    [
        "np.meshgrid(np.ones(400), np.ones(400))",
        "np.outer(np.ones(400), np.ones(400))",
        "np.tile(a, 10**9)",
        "np.tile(a, (10**5, 10**5))",
        "np.repeat(a, 10**9)",
        "a.repeat(10**9)",
        "np.bincount([10**9])",
        "np.bincount([1], minlength=10**9)",
        "np.add(np.ones((400, 1)), np.ones(400))",
        "np.clip(np.ones((400, 1)), np.ones(400), 2)",
        "np.isclose(np.ones((400, 1)), np.ones(400))",
        "np.c_[np.ones(90_000), np.ones(90_000)]",
        "np.random.choice(10**9)",
        "np.random.choice(3, 10**9)",
        "np.random.random(10**9)",
    ],
)
def test_what_would_be_too_large_is_refused_before_it_is_made(line: str) -> None:
    error = viz.run(f"{HEAD}y = {line}\n").error
    assert error is not None
    assert error.kind == "Limit"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("np.c_['r', a]", "a list of arrays"),
        ("np.c_[torch.ones(3), a]", "a list of arrays"),
        ("np.unique(['a', 'b'])", "numbers"),
        ("np.add(torch.ones(3), 1)", "NumPy takes no tensors here"),
        ("np.add(a, 1, out=[0.0])", "`out` of `np.add` is an array"),
        ("np.tile(a, 1.5)", "takes integers"),
        ("np.add.reduce(a)", "`.reduce`"),
        ("np.sort(a, kind='stable')", "takes no `kind`"),
        ("np.c_.nothing", "`.nothing`"),
        ("np.random.shuffle(torch.ones(3))", "an array or a list"),
        ("np.random.choice(['a', 'b'])", "numbers"),
        ("np.random.default_rng('a')", "takes an integer"),
        ("np.random.RandomState(0).bit_generator", "`.bit_generator`"),
        ("np.random.default_rng(0).bit_generator", "`.bit_generator`"),
        ("np.random.RandomState(0).set_state(1)", "`.set_state`"),
        ("print(np.random.RandomState(0))", "generator of random numbers"),
    ],
)
def test_what_numpy_takes_and_the_language_does_not_is_refused(line: str, said: str) -> None:
    with_line = f"{HEAD}y = {line}\n"
    try:
        error = viz.run(with_line).error
    except viz.Refused as refused:
        error = refused.problem
    assert error is not None
    assert error.kind == "Refused"
    assert said in error.message
