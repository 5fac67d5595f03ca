"""The sentence under the transport says what the statement did, with PyTorch's numbers."""

from __future__ import annotations

import pytest

import viz
from tests.programs import BACKWARD_TWICE, DIVERGES, LINE
from viz.frames.frame import Frame
from viz.writing.nonfinite import first_nonfinite
from viz.writing.sentences import sentence


def _frame(source: str, line_start: str, iteration: int = 0) -> Frame:
    """The frame after the statement that begins with `line_start`, of an iteration or of the set-up."""
    tape = viz.run(source, iterations=iteration + 1)
    lines = source.splitlines()
    frames = [*tape.setup, *tape.iteration(iteration)]
    return next(frame for frame in frames if lines[frame.line - 1].strip().startswith(line_start))


def test_backward_says_what_it_added_to_which_grad_and_what_that_was_before() -> None:
    assert sentence(_frame(LINE, "loss.backward")) == (
        "loss.backward() added −4.500 to W.grad and −2.500 to b.grad; both were None."
    )


def test_without_zero_grad_the_second_backward_adds_to_the_existing_grad() -> None:
    accumulating = LINE.replace("    optimizer.zero_grad()\n", "")
    assert "to W.grad, which was −4.500" in sentence(_frame(accumulating, "loss.backward", iteration=1))


def test_step_says_the_values_before_and_after_and_the_learning_rate() -> None:
    assert sentence(_frame(LINE, "optimizer.step")) == (
        "SGD moved W from 0.5000 to 0.9500 and b from 0 to 0.2500 with lr 0.1."
    )


def test_zero_grad_says_when_there_was_nothing_to_clear() -> None:
    assert sentence(_frame(LINE, "optimizer.zero_grad")) == (
        "zero_grad() had nothing to clear: W.grad and b.grad were None already."
    )


def test_zero_grad_says_what_it_cleared() -> None:
    assert sentence(_frame(LINE, "optimizer.zero_grad", iteration=1)) == (
        "zero_grad() set W.grad from −4.500 to None and b.grad from −2.500 to None."
    )


def test_zero_is_distinguished_from_none() -> None:
    kept = LINE.replace("zero_grad()", "zero_grad(set_to_none=False)")
    assert "from −4.500 to 0" in sentence(_frame(kept, "optimizer.zero_grad", iteration=1))


def test_of_many_parameters_those_that_moved_are_told_from_those_that_did_not() -> None:
    lines = [f"{name} = torch.tensor([1.0], requires_grad=True)" for name in "abcd"]
    source = "\n".join(["import torch", *lines, "o = torch.optim.SGD([a, b, c, d], lr=0.5)"])
    tape = viz.run(f"{source}\n(a * 0 + b * 0 + c * 0 + d).sum().backward()\no.step()\n")
    assert sentence(tape[-1]) == (
        "SGD moved d from 1.000 to 0.5000 with lr 0.5, and left a, b and 1 more as they were."
    )


def test_a_step_that_moves_nothing_or_less_than_its_digits_says_so() -> None:
    step = "o = torch.optim.SGD([w], lr={})\n(w * {}).backward()\no.step()\n"
    head = "import torch\nw = torch.tensor(2.0, requires_grad=True)\n"
    assert sentence(viz.run(head + step.format(0.1, 0))[-1]) == "SGD with lr 0.1 left w at 2.000."
    # The float32 below 2 is 2 - 2^-23 = 2 - 1.19e-7, which prints as 2.000 too.
    tiny = viz.run(head + step.format(1e-7, 1))[-1]
    assert sentence(tiny) == "SGD moved w from 2.000 by −1.19e−7 with lr 1e-07."


def test_a_zero_whose_sign_changes_did_not_move() -> None:
    program = (
        "w = torch.tensor(-0.0, requires_grad=True)\n(w * -0.0).backward()\ntorch.optim.SGD([w], lr=0.1).step()\n"
    )
    assert sentence(viz.run(f"import torch\n{program}")[-1]) == "SGD with lr 0.1 left w at 0."


@pytest.mark.parametrize(
    ("printed", "said"),
    [("", "an empty line"), ("  ", "only blank space"), ("\\n", "only blank space")],
)
def test_what_is_printed_without_a_letter_is_named(printed: str, said: str) -> None:
    assert sentence(viz.run(f"print('{printed}')\n")[-1]) == f"It printed {said}."


def test_a_step_without_gradients_says_that_nothing_changed() -> None:
    early = LINE.replace("    loss.backward()\n", "")
    assert sentence(_frame(early, "optimizer.step")) == "SGD changed nothing: every .grad is None."


def test_a_forward_line_says_the_value_the_node_and_what_it_saved() -> None:
    assert sentence(_frame(LINE, "loss = ")) == (
        "loss is 2.125. PyTorch built MseLossBackward0 for it and saved y_hat and y for backward."
    )


def test_a_leaf_and_data_are_distinguished() -> None:
    assert sentence(_frame(LINE, "W = ")) == "W is a leaf, 0.5000, that requires a gradient; W.grad is None."
    assert sentence(_frame(LINE, "x = ")) == "x is [1.000, 2.000], shape [2]; it requires no gradient."


def test_set_up_lines_say_what_can_be_used() -> None:
    assert sentence(_frame(LINE, "import torch")) == "torch can be used from here on."
    assert sentence(_frame(LINE, "criterion")).startswith("criterion is MSELoss(")
    assert "nothing has changed yet" in sentence(_frame(LINE, "optimizer ="))


def test_an_error_has_torchs_own_message_and_its_line() -> None:
    frame = viz.run(BACKWARD_TWICE)[-1]
    assert sentence(frame).startswith("Line 6: Trying to backward through the graph a second time")


def test_the_first_inf_is_named_with_node_line_and_iteration() -> None:
    tape = viz.run(DIVERGES)
    warnings = [
        (frame.iteration, warning)
        for number in range(tape.recorded)
        for before, frame in zip((None, *tape.iteration(number)), tape.iteration(number), strict=False)
        if (warning := first_nonfinite(frame, before))
    ]
    # |w| doubles: w * w passes float32's 3.4e38 when w is 2^64, in iteration 64.
    iteration, warning = warnings[0]
    assert iteration == 64
    assert warning.startswith("w * w (MulBackward0) became inf in line 9 of iteration 64.")


def test_a_finite_run_has_no_warning() -> None:
    assert not any(first_nonfinite(frame, None) for frame in viz.run(LINE))
