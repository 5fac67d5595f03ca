"""The effects of an optimizer's step: values, gradients and state before and after it, as in torch."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import pytest
import torch

import viz
from viz.catalog import OPTIMIZERS
from viz.frames.events import Stepped
from viz.frames.plain import Value
from viz.writing.sentences import sentence

SOURCE = """\
import torch
from torch import optim
W = torch.tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True)
b = torch.tensor(0.25, requires_grad=True)
unused = torch.tensor([1.0], requires_grad=True)
optimizer = optim.{name}([W, b, unused]{arguments})
for iteration in range(4):
    optimizer.zero_grad()
    loss = (W * W).sum() + b * 3
    loss.backward()
    optimizer.step()
"""

#: The arguments that give an optimizer all the state it can have.
STATEFUL = {
    "SGD": ", momentum=0.9",
    "Adam": ", amsgrad=True",
    "AdamW": ", amsgrad=True",
    "RMSprop": ", centered=True",
}


def state_of(optimizer: torch.optim.Optimizer, parameter: torch.Tensor) -> Mapping[str, Value]:
    """The optimizer's state of a parameter, in plain numbers."""
    return {
        name: one.tolist() if isinstance(one, torch.Tensor) else one
        for name, one in optimizer.state.get(parameter, {}).items()
        if one is not None
    }


@pytest.mark.parametrize("name", [entry.name for entry in OPTIMIZERS])
def test_state_and_values_around_each_step_are_torchs(name: str) -> None:
    arguments = STATEFUL.get(name, "")
    tape = viz.run(SOURCE.format(name=name, arguments=arguments))
    w = torch.tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True)
    b = torch.tensor(0.25, requires_grad=True)
    unused = torch.tensor([1.0], requires_grad=True)
    make = getattr(torch.optim, name)
    optimizer = eval(f"make([W, b, unused]{arguments})", {"make": make, "W": w, "b": b, "unused": unused})
    parameters = {"W": w, "b": b, "unused": unused}
    for number in range(4):
        optimizer.zero_grad()
        torch.autograd.backward((w * w).sum() + b * 3)
        befores = {key: (one.tolist(), copy.deepcopy(state_of(optimizer, one))) for key, one in parameters.items()}
        clones = {key: one.detach().clone() for key, one in parameters.items()}
        optimizer.step()
        event = tape.iteration(number)[-1].event
        assert isinstance(event, Stepped) and event.optimizer == name
        assert [update.name for update in event.updates] == ["W", "b", "unused"]
        for update in event.updates:
            parameter = parameters[update.name]
            assert (update.before, dict(update.state_before)) == befores[update.name]
            assert update.grad == (None if parameter.grad is None else parameter.grad.tolist())
            assert (update.after, dict(update.state_after)) == (parameter.tolist(), state_of(optimizer, parameter))
            assert update.change == (parameter.detach() - clones[update.name]).tolist()


def test_the_state_is_empty_before_the_first_step_and_kept_after_it() -> None:
    tape = viz.run(SOURCE.format(name="Adam", arguments=""))
    events = [tape.iteration(number)[-1].event for number in range(2)]
    first, second = (event.updates[0] for event in events if isinstance(event, Stepped))
    assert first.state_before == {}
    assert set(first.state_after) == {"step", "exp_avg", "exp_avg_sq"}
    assert second.state_before == first.state_after
    assert first.state_after["step"] == 1.0 and second.state_after["step"] == 2.0


def test_the_options_are_torchs() -> None:
    event = viz.run(SOURCE.format(name="Adam", arguments=", lr=0.5"), 1)[-1].event
    assert isinstance(event, Stepped)
    assert event.options["lr"] == 0.5
    assert event.options["betas"] == [0.9, 0.999]
    assert event.options["weight_decay"] == 0
    assert event.options["fused"] is None
    assert "params" not in event.options


def test_a_parameter_without_a_gradient_does_not_move() -> None:
    event = viz.run(SOURCE.format(name="SGD", arguments=""), 1)[-1].event
    assert isinstance(event, Stepped)
    unused = event.updates[2]
    assert (unused.grad, unused.before, unused.after, unused.change) == (None, [1.0], [1.0], [0.0])


def test_a_parameter_without_a_name_is_named_by_its_path() -> None:
    source = SOURCE.format(name="SGD", arguments="").replace("for iter", "b = 0.5\nfor iter").replace("b * 3", "b")
    event = viz.run(source, 1)[-1].event
    assert isinstance(event, Stepped)
    path = "optimizer.param_groups[0]['params'][1]"
    assert [update.name for update in event.updates] == ["W", path, "unused"]


LISTED = """\
import torch
ws = [torch.tensor(2.0, requires_grad=True), torch.tensor(1.0, requires_grad=True)]
optimizer = torch.optim.SGD(ws, lr=0.5)
for iteration in range(2):
    optimizer.zero_grad()
    loss = ws[0] * ws[1]
    loss.backward()
    optimizer.step()
"""


def test_zero_grad_backward_and_step_agree_on_a_parameter_in_a_list() -> None:
    *_, zeroed, _, backward, stepped = viz.run(LISTED, 2)
    assert sentence(zeroed) == "zero_grad() set ws[0].grad from 1.000 to None and ws[1].grad from 2.000 to None."
    # The first step went to 2 - 0.5 * 1 and 1 - 0.5 * 2; from there the second one.
    assert sentence(backward) == "loss.backward() added 0 to ws[0].grad and 1.500 to ws[1].grad; both were None."
    # Parameters whose numbers changed are named first.
    assert sentence(stepped) == "SGD moved ws[1] from 0 to −0.7500 with lr 0.5, and left ws[0] as it was."


def test_parameters_that_are_views_of_the_same_memory_keep_their_own_names() -> None:
    source = LISTED.replace(
        "ws = [", "base = torch.tensor([2.0, 1.0])\nws = [base[k].requires_grad_() for k in (0, 1)]\nvs = ["
    )
    event = viz.run(source, 1)[-1].event
    assert isinstance(event, Stepped)
    assert [(one.name, one.before, one.after) for one in event.updates] == [
        ("ws[0]", 2.0, 1.5),
        ("ws[1]", 1.0, 0.0),
    ]


def test_names_that_hold_the_parameters_are_found_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(*_: object) -> dict[int, str]:
        raise AssertionError("every parameter has a name")

    monkeypatch.setattr("viz.recording.bindings.paths_to", searched)
    assert viz.run(SOURCE.format(name="SGD", arguments=""), 2).error is None
    error = viz.run(LISTED, 2).error
    assert error is not None and error.message == "every parameter has a name"


def test_the_leaf_in_the_graph_has_the_new_value() -> None:
    before, after = viz.run(SOURCE.format(name="SGD", arguments=""), 1)[-2:]
    leaf = next(number for number, node in enumerate(before.graph.nodes) if node.variable == "b")
    assert before.graph.nodes[leaf].value == 0.25
    assert after.graph.nodes[leaf].value == after.variables["b"].value != 0.25


def test_an_optimizer_and_a_loss_describe_themselves_in_a_line() -> None:
    source = (
        "import torch\nfrom torch import nn, optim\nW = torch.tensor([1.0], requires_grad=True)\n"
        "o = optim.SGD([W], lr=0.5)\nc = nn.HuberLoss(delta=2.0)\ns = [1, 2]\np = [W, W]\nf = torch.exp\n"
        "d = torch.float64"
    )
    variables = viz.run(source)[-1].variables
    assert variables["o"].kind == "optimizer"
    assert variables["o"].text.startswith("SGD(lr=0.5, momentum=0")
    assert "foreach" not in variables["o"].text
    assert (variables["c"].kind, variables["c"].text) == ("loss", "HuberLoss(reduction='mean', delta=2.0)")
    assert (variables["s"].kind, variables["s"].value) == ("list", [1, 2])
    assert (variables["p"].kind, variables["p"].value, variables["p"].text) == ("list", None, "[W, W]")
    assert (variables["f"].kind, variables["f"].text) == ("function", "torch.exp")
    assert (variables["torch"].kind, variables["nn"].text) == ("module", "torch.nn")
    assert (variables["d"].kind, variables["d"].text) == ("text", "torch.float64")
