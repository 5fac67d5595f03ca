"""Parameters of modules go by the paths that a program writes, also while it makes or changes a module."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
import torch
from torch import nn

import viz
from viz.frames.events import Backward
from viz.pytorch.parameters import modules, named_tensors, registries
from viz.writing.sentences import sentence

NET = """\
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(1, 1)
        self.blocks = nn.Sequential(nn.Linear(1, 1), nn.Tanh())
        self.scale = nn.Parameter(torch.ones(1))
    def forward(self, x):
        return self.blocks(self.first(x)) * self.scale
net = Net()
"""


def test_a_path_is_what_a_program_writes() -> None:
    one = nn.Linear(1, 1)
    net = nn.ModuleDict(
        {"a": nn.Sequential(one, one, nn.Linear(1, 1)), "b": nn.ModuleList([nn.Bilinear(1, 1, 1)])}
    )
    net.scales = nn.ParameterList([nn.Parameter(torch.ones(1))])
    paths = dict(named_tensors("net", net))
    assert [path for path in paths if not path.endswith("bias")] == [
        "net['a'][0].weight", "net['a'][2].weight", "net['b'][0].weight", "net['scales'][0]"
    ]  # fmt: skip
    assert all(eval(path, {"net": net}) is parameter for path, parameter in paths.items())
    assert [path for path, _ in modules("net", net["a"])] == ["net", "net[0]", "net[2]"]


@pytest.mark.parametrize(
    "change",
    [
        lambda net: net[0].register_parameter("scale", nn.Parameter(torch.ones(1))),
        lambda net: net[0].register_buffer("shift", torch.ones(1)),
        lambda net: setattr(net[1][0], "weight", nn.Parameter(torch.ones(2, 2))),
        lambda net: setattr(net[1][0], "bias", None),
        lambda net: net[1].append(nn.Linear(1, 1)),
        lambda net: net[1].__setitem__(0, nn.Linear(2, 2)),
        lambda net: net.__delitem__(0),
        lambda net: net[0].load_state_dict(nn.Linear(1, 2).state_dict(), assign=True),
    ],
)
def test_what_is_registered_changes_with_the_parameters_of_a_module(change: Callable[[nn.Module], object]) -> None:
    net = nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.Linear(2, 2), nn.Tanh()))
    paths, before = _ids(named_tensors("net", net)), _registered(net)
    assert {number for _, number in paths} <= {number for _, _, number in before}
    held = [*net.modules(), *net.parameters()]  # so that no id is given again
    net(torch.ones(1)).sum().backward()
    assert _registered(net) == before
    change(net)
    assert _ids(named_tensors("net", net)) != paths
    assert _registered(net) != before
    del held


def test_what_a_module_is_given_has_a_name_at_once() -> None:
    tape = viz.run(NET)
    shown = {frame.line: [name for name in frame.variables if "." in name] for frame in tape}
    first = ["self.first.weight", "self.first.bias"]
    assert (shown[5], shown[6]) == ([], first)
    assert shown[7] == [*first, "self.blocks[0].weight", "self.blocks[0].bias"]
    assert set(shown[8]) == {"self.scale", *shown[7]}
    assert set(shown[11]) == {one.replace("self", "net") for one in shown[8]}


@pytest.mark.parametrize(
    ("line", "name", "shape"),
    [
        ("net.first = nn.Linear(1, 2)", "net.first.weight", (2, 1)),
        ("net.first = nn.Identity()", "net.first.weight", None),
        ("net.last = nn.Linear(1, 2)", "net.last.weight", (2, 1)),
        ("net.shift = nn.Parameter(torch.zeros(2))", "net.shift", (2,)),
    ],
)
def test_a_part_that_is_replaced_is_shown_as_it_is_now(
    line: str, name: str, shape: tuple[int, ...] | None
) -> None:
    before, frame = viz.run(NET + line)[-2:]
    assert (name in before.variables) is ("first" in name)
    assert (frame.variables[name].shape if name in frame.variables else None) == shape


def test_a_change_of_a_part_is_told_once_by_its_path() -> None:
    lines = "net(torch.ones(1)).sum().backward()\nnet.blocks[0].weight.grad.zero_()"
    *_, before, frame = viz.run(NET + lines)
    assert isinstance(before.event, Backward)
    assert "net.blocks[0].weight" in [one.name for one in before.event.accumulations]
    assert sentence(frame).count("net.blocks[0].weight.grad") == 1
    assert [one.name for one in frame.changes] == ["net.blocks[0].weight"]


def _ids(tensors: Iterable[tuple[str, torch.Tensor]]) -> list[tuple[str, int]]:
    return [(path, id(one)) for path, one in tensors]


def _registered(net: nn.Module) -> list[tuple[int, str, int]]:
    return [(id(held), name, id(one)) for held in registries(net) for name, one in held.items()]
