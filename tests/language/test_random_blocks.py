"""Random programs of blocks, functions and lists run line by line in the evaluator as in plain Python."""

from __future__ import annotations

import hypothesis.strategies as st
import torch
from hypothesis import assume, given, settings

import viz
from tests.language.traced import heads, told, traced

HEAD = """\
import torch
x = torch.tensor([0.5, -1.5, 2.0])
W = torch.tensor([1.0, 0.25, -0.5], requires_grad=True)
n = 2
m = 5
l = [3, 1]
def f(a, k=2):
    if k < 1:
        return a
    t = a * k
    return t
"""

NUMBERS = [
    "n",
    "m",
    "len(l)",
    "l[0]",
    "l[-1]",
    "f(n)",
    "f(m, 0)",
    "max(n, m)",
    "min(l)",
    "abs(n - m)",
    "round(m / 4)",
]
TENSORS = [
    "x",
    "W",
    "x[0]",
    "W[1:]",
    "f(x)",
    "f(W, k=n)",
    "x[x > 0].sum()",
    "W[-1] * x",
    "sum(x)",
    "torch.stack([x, W])[0]",
]
CONDITIONS = [
    "n < m",
    "n % 2 == 0",
    "0 < n <= 4",
    "x.sum().item() > n",
    "n in l",
    "not m or n > 3",
    "l and n",
    "W[0].item() > 0 and m is not None",
    "(W > 0).sum() > 1",
]
LISTS = [
    "l",
    "[n, m]",
    "range(3)",
    "[k * 2 for k in l if k < 9]",
    "sorted(l)",
    "l[::-1]",
    "[f(k) for k in (1, 2)]",
]


@st.composite
def simple(draw: st.DrawFn) -> str:
    """A statement without a block."""
    number, other = draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(NUMBERS))
    tensor = draw(st.sampled_from(TENSORS))
    condition = draw(st.sampled_from(CONDITIONS))
    return draw(
        st.sampled_from(
            [
                f"n = {number} {draw(st.sampled_from(['+', '-', '*', '//', '%']))} {other}",
                f"m {draw(st.sampled_from(['+=', '-=', '//=', '%=']))} {number}",
                f"n, m = m, {number}",
                f"l.append({number})",
                f"l[0] = {number}",
                "l = l[-4:]",
                f"n = {number} if {condition} else {other}",
                f"y = {tensor} * {number}",
                f"z = ({tensor}).sum() + W.sum()",
                f"x[n % 3] = {number}",
                f"x = x.clone() + {number}",
                f"p = {condition}",
                f"s = len(f'{{{number}:>{draw(st.integers(1, 9))}}}|{{x.sum().item():.2f}}')",
                f"print({number})",
                "(W * x.sum()).sum().backward()",
                "with torch.no_grad():\n    W *= 0.5",
                "pass",
                "d = {'a': n, 2: m}",
            ]
        )
    )


@st.composite
def blocks(draw: st.DrawFn, depth: int, loop: bool) -> list[str]:
    """A few statements; `loop` says whether they are in a loop."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["simple", "simple", "if", "for", "while", "jump"]))
        if depth == 0 or kind == "simple":
            lines.append(draw(simple()))
        elif kind == "jump":
            lines.append(draw(st.sampled_from(["break", "continue"])) if loop else "pass")
        elif kind == "if":
            lines.append(f"if {draw(st.sampled_from(CONDITIONS))}:")
            lines += indented(draw(blocks(depth - 1, loop)))
            if draw(st.booleans()):
                lines.append(draw(st.sampled_from(["else:", f"elif {draw(st.sampled_from(CONDITIONS))}:"])))
                lines += indented(draw(blocks(depth - 1, loop)))
        elif kind == "for":
            target, over = draw(
                st.sampled_from(
                    [
                        *(("i", one) for one in LISTS),
                        # `zip` is consumed at once here, so items that its list gets during the loop are not seen.
                        ("i, (j, q)", "enumerate(zip(l[:], x))"),
                        ("row", "x"),
                        ("row", "W"),
                    ]
                )
            )
            lines.append(f"for {target} in {over}:")
            lines += indented(draw(blocks(depth - 1, True)))
        else:
            count, condition = f"count{depth}", draw(st.sampled_from(CONDITIONS))
            lines.append(f"{count} = 0\nwhile {count} < {draw(st.integers(0, 3))} and {condition}:")
            lines += [f"    {count} += 1", *indented(draw(blocks(depth - 1, True)))]
    return [line for one in lines for line in one.split("\n")]


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


@given(st.data())
@settings(max_examples=60)
def test_every_line_runs_as_in_python(data: st.DataObject) -> None:
    body = data.draw(blocks(2, True))
    in_function = data.draw(blocks(1, False))
    source = HEAD + "def g(n, x, l, m=1):\n" + "\n".join(indented(in_function)) + "\n    return n\n"
    source += "for step in range(2):\n" + "\n".join(indented(["n = g(n, x * 1, [1, 2])", *body])) + "\nend = n\n"
    tape = viz.run(source)
    # Values that grow past a limit end the run here. In Python a loop over a list that it lengthens never ends.
    assume(tape.error is None or tape.error.kind != "Limit")
    expected, error = traced(source)
    frames = [frame for frame in tape if frame.error is None]
    without = heads(tape.program)
    lines = [one for one in expected if one[0] not in without]
    if error is None:
        assert tape.error is None, tape.error
    else:
        assert tape.error is not None and tape.error.kind == type(error).__name__, (tape.error, error)
    assert [frame.line for frame in frames] == [line for line, _ in lines]
    for frame, (line, snapshot) in zip(frames, lines, strict=True):
        assert told(frame) == snapshot, f"line {line}"


def test_a_row_of_a_tensor_that_was_changed_in_place_is_traced_too() -> None:
    """torch refuses to say whether such a row is a leaf; that must not end the reference in `no_grad`."""
    over, error = traced(f"{HEAD}for row in W:\n    with torch.no_grad():\n        W *= 0.5\n    n = 3\n")
    assert error is None
    assert [line for line, _ in over].count(15) == 3
    assert torch.is_grad_enabled()
