"""A backward from several tensors: every root is known, and what they give together is torch's."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

import viz
from tests.writing.replay import replay
from viz.explaining.chain import explain_chain
from viz.explaining.nodes import explain_node
from viz.export.csv_table import csv_of
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.writing.sentences import sentence


@pytest.fixture
def frame() -> Frame:
    """The frame of a backward from `a`, and from `b`, which is made of `a`."""
    w = torch.tensor(2.0, requires_grad=True)
    with viz.record() as recording:
        a = w * 3
        b = a * a
        torch.autograd.backward([a, b], [torch.tensor(2.0), torch.tensor(0.5)])
    assert recording.problem is None
    assert w.grad == 24.0  # 2 * 3, and 0.5 * 2 a * 3 with a = 6
    return recording.frames[-1]


def node(frame: Frame, variable: str) -> int:
    return next(one.id for one in frame.graph.nodes if one.variable == variable)


def test_the_event_and_the_graph_have_every_root(frame: Frame) -> None:
    assert isinstance(frame.event, Backward)
    roots = node(frame, "a"), node(frame, "b")
    assert (frame.event.root, *frame.event.others) == roots == frame.graph.roots
    assert [(one.name, one.after) for one in frame.event.accumulations] == [("w", 24.0)]
    assert frame.graph.nodes[roots[0]].received == (8.0,)  # 2, and 0.5 * 2 a
    assert sentence(frame) == "backward() added 24.00 to w.grad, which was None."


def test_what_arrives_at_a_root_is_not_called_the_sum_of_what_its_users_sent(frame: Frame) -> None:
    said = json.dumps([one.to_json() for one in explain_node(frame, node(frame, "a"))])
    assert "The backward pass started here, too" in said
    assert "Autograd added" not in said


def test_no_chain_from_one_root_is_said_to_give_the_whole_gradient(frame: Frame) -> None:
    (section,) = explain_chain(frame, node(frame, "w"))
    said = json.dumps(section.to_json())
    assert "Backward started at 2 tensors" in said and "24.00" in said


def test_a_backward_from_one_root_follows_as_always() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    with viz.record() as recording:
        a: Any = w * 3
        torch.autograd.backward([a, a * a], retain_graph=True)
        a.backward()
    last = recording.frames[-1]
    assert isinstance(last.event, Backward) and last.event.others == () == last.graph.roots
    assert len(explain_chain(last, node(last, "w"))) > 1


def test_the_gradient_of_several_outputs_has_every_root() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    with viz.record() as recording:
        a, b = w * 3, w * w
        (found,) = torch.autograd.grad([a, b], w)
    event = recording.frames[-1].event
    assert isinstance(event, Backward) and event.derivatives is not None
    assert len(event.others) == 1
    assert event.derivatives[0].value == found.item() == 7.0
    assert "returned the gradient of the results: 7.000 for w" in sentence(recording.frames[-1])


def test_a_root_that_needs_no_gradient_is_no_root() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    with viz.record() as recording, pytest.raises(RuntimeError, match="does not require grad"):
        torch.autograd.backward([torch.ones(()), torch.ones(())])
    assert recording.problem is None
    with viz.record() as recording:
        torch.autograd.backward([w * 2])
    assert isinstance(recording.frames[-1].event, Backward)


def test_a_hook_at_a_root_is_not_said_to_have_changed_what_the_nodes_sent() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    with viz.record() as recording:
        a: Any = w * 3
        a.register_hook(lambda grad: None)
        torch.autograd.backward([a, a * a])
    last = recording.frames[-1]
    assert last.graph.nodes[node(last, "a")].received == (13.0,)
    said = json.dumps([one.to_json() for one in explain_node(last, node(last, "a"))])
    assert "With what came from other Nodes, after the hooks of the program: 13.00." in said
    assert "A hook of the program changed" not in said


def test_two_outputs_of_a_node_are_two_roots() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with viz.record() as recording:
        a, b = w.unbind()
        torch.autograd.backward([a, b], [torch.tensor(3.0), torch.tensor(5.0)])
    last = recording.frames[-1]
    assert last.graph.nodes[node(last, "a")].received == (3.0, 5.0)
    assert sentence(last) == "backward() added [3.000, 5.000] to w.grad, which was None."
    said = json.dumps([one.to_json() for one in explain_chain(last, node(last, "w"))])
    assert "Backward started at 2 tensors" in said and "differs" not in said


def test_of_a_node_with_several_outputs_nothing_is_said_about_where_its_root_is() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with viz.record() as recording:
        a, b = w.unbind()
        torch.autograd.backward([a, b * 2])  # only the gradient of `b` came from another Node
    last = recording.frames[-1]
    said = json.dumps([one.to_json() for one in explain_node(last, node(last, "a"))])
    assert "started at this Node, too. With what came from other Nodes: 2.000." in said
    assert "started here, with the gradient 1.000." in said


def test_a_leaf_that_is_a_root_received_what_backward_started_with_and_more() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    with viz.record() as recording:
        y = w * 3
        torch.autograd.backward([w, y])
        torch.autograd.grad([w * 5, w], w)
    run = replay(recording.tape)
    added, returned = (run.chunk["marks"][str(run.part(0)["f"][at]["m"])] for at in (-2, -1))
    assert w.grad == 4.0
    assert "".join(added["said"]["autograd"][-1][::2]) == (
        "w.grad is  now: the gradient that backward started with +  arrived"
    )
    assert not any(added.get("sums", ()))
    assert "".join(returned["said"]["autograd"][-1][::2]) == (
        "torch.autograd.grad returns the gradient that backward started with +  for w, and leaves w.grad alone"
    )


@pytest.mark.parametrize("ends", [([], []), ([], None), (None, [])])
def test_no_root_or_no_input_raises_as_without_a_recording(ends: tuple[Any, Any]) -> None:
    w = torch.tensor(2.0, requires_grad=True)
    outputs, inputs = (w * 2 if one is None else one for one in ends)
    with pytest.raises(RuntimeError) as plain:
        torch.autograd.grad(outputs, inputs)
    with viz.record() as recording, pytest.raises(RuntimeError) as recorded:
        torch.autograd.grad(outputs, inputs)
    assert str(recorded.value) == str(plain.value)
    assert recording.problem is None


def test_a_gradient_edge_as_an_input_is_not_recorded_and_named() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    with viz.record() as recording:
        y = w * 3
        (found,) = torch.autograd.grad(y, [torch.autograd.graph.get_gradient_edge(w)])
        z = y + 1
    assert found == 3.0
    assert recording.problem is None
    assert [bool(one.warned) for one in recording.frames] == [False, False, True, False]
    assert recording.frames[-1].variables["z"].value == z.item() == 7.0


def test_a_gradient_edge_as_a_root_is_not_recorded_and_named() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    with viz.record() as recording:
        y = w * 3
        torch.autograd.backward(torch.autograd.graph.get_gradient_edge(y), torch.tensor(1.0))
    assert w.grad == 3.0
    assert recording.problem is None
    last = recording.frames[-1]
    assert sentence(last).startswith("The recorder warns: this backward is not recorded")
    assert last.variables["w"].grad == 3.0


def test_the_table_has_no_loss_where_there_are_several(frame: Frame) -> None:
    from viz.blocks.block_tape import BlockTape

    assert "loss" not in csv_of(BlockTape("", [frame])).splitlines()[0]
