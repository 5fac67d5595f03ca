"""Blocks and functions run line by line as in Python, with the same numbers to the last bit."""

from __future__ import annotations

import pytest

import viz
from tests.language.block_programs import HEAD, PROGRAMS
from tests.language.compared import same_as_python
from viz.frames.changes import Change
from viz.frames.events import Decided, Entered, Passed, Returned
from viz.frames.frame import Frame
from viz.writing.ledger import ledger_texts
from viz.writing.line_values import code_text
from viz.writing.sentences import sentence


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_line_runs_as_in_python(name: str) -> None:
    same_as_python(HEAD + PROGRAMS[name])


def _goes_on(name: str) -> bool:
    """Whether a program runs to its end, and has no loop over iterations of its own."""
    return not ("step in range" in PROGRAMS[name] or "raises" in name or "yet" in name)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if _goes_on(name)])
def test_every_line_runs_as_in_python_inside_the_loop_of_the_iterations_too(name: str) -> None:
    lines = PROGRAMS[name]
    body = "".join(f"    {line}\n" for line in lines.splitlines())
    train = "    (W * b).sum().backward()\n    b.grad.zero_()\n"
    same_as_python(f"{HEAD}for step in range(3):\n{body}{train}")


def frames_of(lines: str) -> list[Frame]:
    tape = viz.run(HEAD + lines)
    assert tape.error is None, tape.error
    return list(tape)[7:]


def test_the_head_of_a_block_says_what_it_decided() -> None:
    frames = frames_of("n = 2\nif n > 5:\n    n = 0\nelif n > 1:\n    n = 7\nwhile n > 6:\n    n -= 1")
    decided = [frame.event for frame in frames if isinstance(frame.event, Decided)]
    assert decided == [
        Decided("if", "n > 5", False),
        Decided("elif", "n > 1", True),
        Decided("while", "n > 6", True),
        Decided("while", "n > 6", False),
    ]
    told = [sentence(frame) for frame in frames if isinstance(frame.event, Decided)]
    assert told == [
        "n > 5 does not hold, so this block is skipped.",
        "n > 1 holds, so this block runs.",
        "n > 6 holds, so the loop goes on.",
        "n > 6 does not hold, so the loop ends.",
    ]
    assert code_text(frames[1]) == ("False", "value")


def test_the_head_of_a_for_says_which_pass_it_is() -> None:
    frames = frames_of("for i, w in enumerate([5, 6]):\n    n = w")
    assert [frame.event for frame in frames if isinstance(frame.event, Passed)] == [
        Passed(("i", "w"), "enumerate([5, 6])", 0),
        Passed(("i", "w"), "enumerate([5, 6])", 1),
        Passed(("i", "w"), "enumerate([5, 6])", 2, over=True),
    ]
    assert sentence(frames[0]) == "Pass 1 of the loop begins. i is 0. w is 5."
    assert code_text(frames[2]) == ("1, 6", "value")
    assert sentence(frames[4]) == "enumerate([5, 6]) has no more entries, so the loop ends after 2 passes."
    once = list(viz.run("import torch\nfor k in [5]:\n    x = k\n"))
    assert sentence(once[-1]) == "[5] has no more entries, so the loop ends after 1 pass."


def test_frames_and_nodes_know_their_passes() -> None:
    frames = frames_of("h = W\nfor i in [0, 1]:\n    for k in range(2):\n        h = h * b\n    c = 0\nd = 1")
    assert [frame.passes for frame in frames if frame.line == 11] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [frame.passes for frame in frames if frame.line == 12] == [(0,), (1,)]
    assert frames[-1].passes == ()
    nodes = frames[-1].graph.nodes
    assert [node.passes for node in nodes if node.kind == "operation"] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert {node.passes for node in nodes if node.kind == "leaf"} == {()}


def test_a_function_shows_its_own_names_while_it_runs_and_those_outside() -> None:
    frames = frames_of("n = 4\ndef f(a, n):\n    c = a * n\n    return c\ny = f(3, 2)")
    inside, returned, after = frames[2:]
    assert {name: inside.variables[name].value for name in ("a", "n", "c")} == {"a": 3, "n": 2, "c": 6}
    assert "W" in inside.variables
    assert returned.event == Returned("f", "c", 6)
    assert sentence(returned) == "f returns c, which is 6."
    assert after.variables["n"].value == 4 and "a" not in after.variables and "c" not in after.variables


def test_a_tensor_has_its_outer_name_although_a_function_calls_it_something_else() -> None:
    frames = frames_of("def f(p):\n    q = p * 2\n    return q\ny = f(W).sum()\ny.backward()")
    leaf = next(node for node in frames[-1].graph.nodes if node.kind == "leaf")
    assert leaf.variable == "W"
    assert frames[-1].variables["W"].grad == [2.0, 2.0, 2.0]


def test_a_leaf_that_a_function_makes_gets_the_name_that_holds_it_outside() -> None:
    made = "    p = torch.ones(n, requires_grad=True)\n    q = p.sum()\n    return p\n"
    frames = frames_of(f"def f(n):\n{made}v = f(2)")
    leaves = [[node.variable for node in frame.graph.nodes if node.kind == "leaf"] for frame in frames]
    assert leaves == [[], [], ["p"], ["p"], ["v"]]


def test_output_belongs_to_the_line_that_printed_it() -> None:
    frames = frames_of(
        "print('loss', 1.5)\ndef f():\n    print('a')\n    return 1\ny = f()\nprint(f'{b:.2f}', end='!')"
    )
    assert [frame.printed for frame in frames] == ["loss 1.5\n", "", "a\n", "", "", "0.25!"]
    assert sentence(frames[0]) == "It printed loss 1.5."
    assert code_text(frames[0]) == ("loss 1.5", "value")


def test_long_output_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.limits.PRINTED", 20)
    first, second = frames_of("print('a' * 100)\nprint('b')")
    assert first.printed == "a" * 20 + "… (cut: of what a statement prints, 20 characters stay)\n"
    assert second.printed == "b\n"
    (several,) = frames_of("said = [print('c' * 15) for i in range(9)]")
    assert several.printed == "c" * 15 + "\n" + "c" * 4 + first.printed[20:]


def test_with_says_what_it_does_to_the_graph() -> None:
    frames = frames_of("with torch.no_grad():\n    y = W * 2\nz = W * 2")
    assert frames[0].event == Entered("torch.no_grad()", False)
    assert sentence(frames[0]) == "In this block, PyTorch builds no graph: torch.no_grad()."
    assert frames[1].variables["y"].grad_fn is None
    assert frames[2].variables["z"].grad_fn == "MulBackward0"


def test_gradients_are_enabled_again_whatever_is_raised() -> None:
    import torch

    tape = viz.run(HEAD + "with torch.no_grad():\n    y = W / [1]")
    assert tape.error is not None and torch.is_grad_enabled()


def test_a_parameter_that_a_line_changes_in_place_is_an_update() -> None:
    frames = frames_of("(W * x).sum().backward()\nwith torch.no_grad():\n    W -= 0.5 * W.grad\n    b[()] = 3.0")
    assert frames[-2].changes == (Change("W", "value", [0.5, -1.0, 2.0], [0.0, -2.0, 0.5], [-0.5, -1.0, -1.5]),)
    assert sentence(frames[-2]) == "The line changed W from [0.500, −1.00 …] to [0, −2.00 …] in place."
    assert ledger_texts(frames[-2], {"W": 0})["l0.new"] == code_text(frames[-2])[0].removeprefix("W ")
    assert [change.name for change in frames[-1].changes] == ["b"]
