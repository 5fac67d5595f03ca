"""NumPy arrays: the same numbers as in plain Python, shared memory is shown, and only arrays of numbers exist."""

from __future__ import annotations

import pytest

import viz
from tests.language.test_same_as_python import same_as_python
from viz.frames.plain import Problem
from viz.writing.sentences import sentence

pytestmark = pytest.mark.usefixtures("small_limits")

HEAD = """\
import numpy as np
import torch
a = np.array([1.0, 2.0, 4.0])
m = np.array([[1.0, -2.0], [3.0, 0.5]])
k = np.array([1, 2, 3])
x = torch.tensor([1.0, 2.0, 4.0])
"""

LINES = [
    "b = a + 1\nc = 2 * a - b / 3\nd = a ** 2\ne = -a\nf = a // 2\ng = a % 3",
    "b = a > 1.5\nc = a[b]\nd = a == 2\ne = m <= 1",
    "b = m @ m\nc = a @ a\nd = m.T\ne = np.dot(m, m)\nf = m.dot(m)",
    "b = a.sum()\nc = m.mean(axis=0)\nd = np.max(m)\ne = a.std()",
    "f = m.sum(axis=1, keepdims=True)\ng = k.argmax()",
    "b = np.zeros((2, 3))\nc = np.ones(4, dtype=np.float32)\nd = np.full((2,), 7)\ne = np.eye(3)",
    "b = np.arange(5)\nc = np.arange(0, 1, 0.25)\nd = np.linspace(0, 1, 5)\ne = np.linspace(0.0, 2.0)",
    "b = np.exp(a)\nc = np.sqrt(a)\nd = np.log(a)",
    "e = np.where(a > 1, a, 0)\nf = np.maximum(a, 2)\ng = np.pi * a",
    "b = a[0]\nc = a[1:]\nd = m[:, 0]\ne = m[1, 0]\nf = a[k - 1]\ng = a[-1] + 1\nh = a[[0, 2]]",
    "a[0] = 9\na[1:] = 5\nm[0] = a[:2]\nm[:, 1] = 0",
    "a += 1\na *= a\nk -= 2",
    "b = k.astype(np.float32)\nc = m.reshape(4)\nd = m.reshape(4, 1)\ne = m.flatten()\nf = a.copy()\nf[0] = 0",
    "t = torch.as_tensor(a)\nu = torch.tensor(a)\nv = torch.from_numpy(a)\na[0] = 9\nt[1] = -1\nv *= 2",
    "w = x.numpy()\nw[0] = 7\nx[1] = 8\ny = x.detach().numpy() + 1",
    "t = torch.as_tensor(a, dtype=torch.float32)\na[0] = 9\nb = np.array(k, dtype=np.float64)",
    "b = np.zeros(3, float)\nc = np.array([1, 2], dtype=float)\nd = a.astype(int)\ne = np.ones(2, bool)",
    "t = torch.zeros(2, dtype=float)\nu = torch.tensor([1, 0], dtype=bool)\nv = torch.ones(2, dtype=int)",
    "t = torch.tensor([1.0, 2.0]) * a[1]\nu = a[1] * x\nv = k[0] - x\ns = a[0] < 2",
    "n = a.shape[0]\nd = m.ndim + m.size\ni = a[0].item()\nl = m.tolist()",
    "W = torch.ones(3, requires_grad=True)\nloss = (W * torch.from_numpy(a)).sum()\nloss.backward()",
]


#: Parts of arrays and tensors that are no larger than the original, or only slightly.
PARTS = """\
X[np.arange(80)]
X[[i for i in range(80)]]
X[np.arange(160) % 100]
X[np.arange(80), 0]
X[np.arange(80), None]
X[..., [0] * 9]
M[np.arange(20)]
M[:, np.arange(20)]
M[::2, np.arange(40) % 30]
M[5, np.arange(300) % 30]
M[np.arange(3)[:, None], np.arange(300) % 30]
M[[0, 1], [2, 3]]
M[np.array([[0, 1], [2, 3]])]
M[np.arange(30) > 3]
M[np.arange(30) > 3, 1]
M[M > 0.5]
M[[True] * 30]
M[np.arange(30) % 2 == 0, np.arange(15)]
T[torch.arange(80)]
T[np.arange(80)]
T[k]
T[k[0]]
x[k > 1]
T[k[0] : k[2]]
B[torch.arange(300) % 30, 0]
[1.0, 2.0, 3.0][np.argmax(k)]
""".splitlines()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_refused_only_for_its_own_size(part: str) -> None:
    lines = "X = np.linspace(0, 1, 100).reshape(100, 1)\nM = np.linspace(0, 1, 900).reshape(30, 30)\n"
    lines += "T = torch.as_tensor(X)\nB = torch.as_tensor(M)\n"
    same_as_python(f"{HEAD}{lines}b = {part}\n")


#: Functions of NumPy that take lists of numbers, as NumPy does.
OF_LISTS = """\
np.mean([1.0, 2.0, 4.0])
np.mean([1, 2, 4])
np.mean([[1, 2], [3, 4]], axis=0)
np.mean((True, False))
np.mean(range(4))
np.mean([a[0], 2.5])
np.sum([1, 2, 4])
np.sum(m, axis=1, keepdims=True)
np.std([1.0, 2.5])
np.var([1.0, 2.5], ddof=1)
np.max([1, 5, 2])
np.argmax([1, 5, 2])
np.cumsum([1, 2, 3])
np.exp([1.0, 2.0])
np.abs((-1, 2))
np.maximum([1, 2, 3], 2)
np.where([True, False], 1.0, [2.0, 3.0])
np.dot([1.0, 2.0], [3.0, 4.0])
np.matmul([[1.0, 2.0]], m)
np.concatenate([[1, 2], [3]])
np.stack([[1, 2], k[:2]])
np.hstack([[1, 2], [3]])
np.zeros_like([1.0, 2.0])
np.array(range(4))
a + [1, 2, 3]
[1, 2, 3] * a
a == [1.0, 0.0, 4.0]
m @ [1.0, 2.0]
""".splitlines()


@pytest.mark.parametrize("expression", OF_LISTS)
def test_functions_of_arrays_take_lists_where_numpy_does(expression: str) -> None:
    same_as_python(f"{HEAD}b = {expression}\n")


def test_a_list_is_stored_in_a_part_of_an_array() -> None:
    same_as_python(f"{HEAD}a[1:] = [5, 6]\nm[0] = (7, 8)\na += [1, 2, 3]\n")


@pytest.mark.parametrize("lines", LINES)
def test_arrays_are_as_in_python(lines: str) -> None:
    assert same_as_python(HEAD + lines) >= 7


def test_numbers_that_are_not_finite_cause_no_warnings() -> None:
    tape = viz.run(HEAD + "b = np.log(a * 0)\nc = a / 0\nd = np.sqrt(-a)\n")
    assert [repr(tape[-1].variables[name].value) for name in "bcd"] == [
        "[-inf, -inf, -inf]",
        "[inf, inf, inf]",
        "[nan, nan, nan]",
    ]


def test_the_rows_of_an_array_can_be_iterated_over() -> None:
    tape = viz.run(HEAD + "total = 0\nfor row in m:\n    total = total + row.sum()\nn = len(m)\n")
    assert tape.error is None, tape.error
    assert tape[-1].variables["total"].value == 2.5
    assert tape[-1].variables["n"].value == 2


def test_a_change_appears_in_everything_that_shares_the_memory_and_in_nothing_else() -> None:
    source = HEAD + "t = torch.as_tensor(a)\nu = torch.tensor(a)\nv = t * 1\na[0] = 9.0\n"
    before, after = viz.run(source)[-2:]
    changed = {name for name in after.variables if before.variables[name].value != after.variables[name].value}
    assert changed == {"a", "t"}
    assert after.variables["t"].value == after.variables["a"].value == [9.0, 2.0, 4.0]


def test_a_change_through_the_tensor_appears_in_the_array() -> None:
    before, after = viz.run(HEAD + "t = torch.from_numpy(a)\nt[2] = 0.0\n")[-2:]
    assert before.variables["a"].value == [1.0, 2.0, 4.0]
    assert after.variables["a"].value == [1.0, 2.0, 0.0]


def test_every_iteration_of_a_loop_has_its_own_numbers() -> None:
    source = HEAD + "t = torch.as_tensor(a)\nfor i in range(3):\n    a[0] = i\n    y = t * 2\n"
    tape = viz.run(source)
    assert [tape.iteration(number)[-1].variables["y"].value for number in range(3)] == [
        [2.0 * number, 4.0, 8.0] for number in range(3)
    ]
    assert [tape.iteration(number)[0].variables["t"].value for number in range(3)] == [
        [float(number), 2.0, 4.0] for number in range(3)
    ]


def test_dtypes_are_shown_and_float64_stays_float64() -> None:
    tape = viz.run(
        HEAD + "t = torch.as_tensor(a)\nf = torch.as_tensor(a.astype(np.float32))\ni = torch.tensor(k)\n"
    )
    held = tape[-1].variables
    assert {name: held[name].dtype for name in "amktfi"} == {
        "a": "float64", "m": "float64", "k": "int64", "t": "float64", "f": "float32", "i": "int64",
    }  # fmt: skip
    assert held["a"].kind == "array"
    assert sentence(tape[2]) == "a is a NumPy array, [1.00, 2.00 …], shape [3], float64."
    assert (
        sentence(tape[6])
        == "t is [1.00, 2.00 …], shape [3], float64; it requires no gradient; it shares its memory with a."
    )
    assert sentence(tape[7]) == "f is [1.00, 2.00 …], shape [3]; it requires no gradient."


def problem_of(source: str) -> Problem:
    """Return why a program stops, before or while it runs."""
    try:
        problem = viz.run(source).error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None
    return problem


@pytest.mark.parametrize(
    "line",
    [
        "np.zeros(1001)",
        "np.ones((40, 40))",
        "np.zeros((10**9, 0))",
        "np.arange(10**9)",
        "np.arange(0, 1, 1e-300)",
        "np.linspace(0, 1, 10**8)",
        "np.eye(40)",
        "np.full((10**6,), 1.0)",
        "np.array([a] * 400)",
        "np.zeros((100, 1)) + np.zeros(100)",
        "np.zeros((100, 1)) == np.zeros(100)",
        "np.zeros((100, 1)) @ np.zeros((1, 100))",
        "np.maximum(np.zeros((100, 1)), np.zeros(100))",
        "np.where(np.zeros((100, 1)) > 0, np.zeros(100), 0)",
        "np.zeros((1, 1, 1000))[np.zeros((30, 1), dtype=np.int64), [0] * 30]",
        "np.zeros((100, 1))[np.zeros(1001, dtype=np.int64)]",
        "np.zeros((1, 100))[[0] * 11]",
        "np.zeros((1, 100))[[0] * 21, ::2]",
        "np.zeros(1000)[None][[0, 0]]",
        "np.zeros((100, 10))[[True] * 100, [0] * 100][[0] * 1001]",
        "np.mean([[1.0]] * 1001)",
        "np.zeros((100, 1)) + [0.0] * 100",
        "np.stack([[0.0] * 1000] * 2)",
        "torch.zeros(1, 100)[np.zeros(11, dtype=np.int64)]",
        "torch.normal(torch.zeros(100, 1), torch.ones(100))",
        "np.linspace(np.zeros(100), 1, 100)",
    ],
)
def test_an_array_has_at_most_1000_elements(line: str) -> None:
    problem = problem_of(f"{HEAD}b = {line}\n")
    assert (problem.kind, problem.line) == ("Limit", 7), problem


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("np.array(['a'])", "holds numbers"),
        ("np.array([None])", "holds numbers"),
        ("np.array([x])", "An array holds no tensors here"),
        ("np.array([[1], [2, 3]])", "inhomogeneous"),
        ("np.array([1], dtype='complex64')", "A dtype here is one of"),
        ("np.array([1], dtype=torch.float64)", "A dtype here is one of"),
        ("np.array([1], dtype=a)", "A dtype here is one of"),
        ("a + x", "not mixed"),
        ("x @ a", "not mixed"),
        ("a + {'b': 1}", "np.array(…)"),
        ("np.mean(['a'])", "holds numbers"),
        ("np.mean([x])", "An array holds no tensors here"),
        ("np.mean({'a': 1})", "takes arrays and numbers"),
        ("np.concatenate(a)", "takes a list of arrays"),
        ("a[1.5]", "An index of an array"),
        ("x[a]", "tensors used as indices must be"),
        ("a == 'text'", "arrays and numbers"),
        ("np.exp(x)", "use torch's function"),
        ("a['field']", "An index of an array"),
        ("torch.ones(2, requires_grad=True).numpy()", "requires grad"),
        ("torch.from_numpy([1.0])", "expected np.ndarray"),
        ("a.reshape('x')", "cannot be interpreted"),
    ],
)
def test_anything_but_an_array_of_numbers_is_refused_in_a_sentence(line: str, part: str) -> None:
    assert part in problem_of(f"{HEAD}b = {line}\n").message


@pytest.mark.parametrize(
    "line",
    [
        "np.load('file.npy')",
        "np.save('file.npy', a)",
        "np.fromfile('x')",
        "np.memmap('x')",
        "np.genfromtxt('x')",
        "np.loadtxt('x')",
        "np.ctypeslib",
        "np.lib",
        "np.random.set_state(a)",
        "np.frombuffer(a)",
        "np.vectorize(a)",
        "np.object_",
        "np.dtype('O')",
        "np.rec",
        "np.seterr(all='raise')",
        "np.errstate()",
        "np.set_string_function(a)",
        "np.fromfunction(a)",
        "np.f2py",
        "np.testing",
        "np.apply_along_axis(a)",
        "np.void",
        "np.str_",
        "np.complex128",
        "a.ctypes",
        "a.data",
        "a.tofile('x')",
        "a.dump('x')",
        "a.view(np.int64)",
        "a.setflags(write=False)",
        "a.base",
        "a.resize(3)",
        "a.tobytes()",
        "a.getfield(k)",
        "a.__array_interface__",
        "a.flags",
        "a.strides",
        "a.byteswap()",
        "a.__class__",
        "a.dtype.type",
        "a.newbyteorder()",
        "x.numpy(force=True)",
        "np.array(a, copy=False)",
        "np.array(a, subok=True)",
        "np.zeros(3, like=a)",
        "np.sum(a, out=a)",
        "np.exp(a, out=a)",
        "a.sum(initial=3)",
    ],
)
def test_everything_else_of_numpy_is_refused_by_name(line: str) -> None:
    problem = problem_of(f"{HEAD}b = {line}\n")
    assert (problem.kind, problem.line) == ("Refused", 7), problem


@pytest.mark.parametrize(
    "line", ["np.float64(3)", "np.dtype", "np.float64.fromhex('1')", "k.dtype.newbyteorder()"]
)
def test_a_dtype_is_a_name_that_cannot_be_called(line: str) -> None:
    with pytest.raises(viz.Refused):
        viz.run(f"{HEAD}b = {line}\n")


def test_pythons_own_functions_and_f_strings_take_arrays() -> None:
    lines = """\
n = len(a) + int(k[0]) + round(float(a[1]), 1)
total = sum(a)
top = max(a)
size = abs(-a)
items = list(a)
text = f"{a[0]:.2f} {k}"
print(a, k[1])
"""
    frame = viz.run(HEAD + lines)[-1]
    assert frame.error is None, frame.error
    values = {name: frame.variables[name].value for name in ("n", "total", "top", "size", "items")}
    assert values == {"n": 6.0, "total": 7.0, "top": 4.0, "size": [1.0, 2.0, 4.0], "items": [1.0, 2.0, 4.0]}
    assert frame.variables["text"].text == "1.00 [1 2 3]"
    assert frame.printed == "[1. 2. 4.] 2\n"


def test_a_frame_holds_only_plain_numbers() -> None:
    frame = viz.run(HEAD + "items = list(a)\none = a[0]\nboth = [a, 1, k[0]]\n")[-1]
    items = frame.variables["items"].value
    assert isinstance(items, list)
    assert {type(one) for one in items} == {float}
    assert type(frame.variables["one"].value) is float
    assert (frame.variables["one"].dtype, frame.variables["both"].text) == (
        "float64",
        "[an array of shape [3], 1, 1]",
    )


@pytest.mark.parametrize("call", ["torch.tensor", "torch.as_tensor"])
def test_several_arrays_are_first_made_into_one(call: str) -> None:
    assert "Make one array of several first" in problem_of(f"{HEAD}b = {call}([[1.0, 2.0], [a, a]])\n").message
    assert viz.run(f"{HEAD}b = {call}(np.array([a, a]))\n")[-1].variables["b"].shape == (2, 3)


def test_sentences_say_which_names_share_memory() -> None:
    lines = "t = torch.from_numpy(a)\nv = t[1:]\nu = torch.tensor(a)\nw = x.numpy()\na[0] = 9.0\n"
    tape = viz.run(HEAD + lines)
    assert [frame.variables[name].text for frame, name in zip(tape[6:10], "tvuw", strict=True)] == [
        "shares its memory with a",
        "shares its memory with a",
        "",
        "shares its memory with x",
    ]
    assert sentence(tape[9]).endswith("float32; it shares its memory with x.")
    assert sentence(tape[10]) == (
        "The line changed a[0] from 1.000 to 9.000 and t[0] from 1.000 to 9.000 in place."
    )
    assert tape[10].variables["v"].value == [2.0, 4.0]
