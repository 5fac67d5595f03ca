"""`viz.trace` returns the graph behind tensors as plain data, and changes nothing."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import weakref
from collections import OrderedDict, deque, namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from torch import nn

import viz
from tests.recording.next_functions import differences, freed
from viz.frames.graph import Edge, TracedGraph, TracedNode

ROOT = Path(__file__).parent.parent.parent
LONG = 100_000


def leaf(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers, requires_grad=True)


def compared(*tensors: torch.Tensor) -> TracedGraph:
    """Return the traced graph behind the tensors, after comparing it with torch's."""
    graph = viz.trace(tensors)
    assert differences(graph, tensors) == []
    return graph


def names_of(graph: TracedGraph) -> list[str]:
    return [node.name for node in graph.nodes]


def test_the_nodes_are_numbered_breadth_first_and_have_an_edge_for_each_entry() -> None:
    W, b = leaf(0.5), leaf(0.25)
    loss = (W * torch.tensor([1.0, 2.0]) + b).sum()
    assert viz.trace(loss) == TracedGraph(
        (
            TracedNode(0, "operation", "SumBackward0", None, (), "float32"),
            TracedNode(1, "operation", "AddBackward0"),
            TracedNode(2, "operation", "MulBackward0"),
            TracedNode(3, "leaf", "AccumulateGrad", None, (1,), "float32"),
            TracedNode(4, "leaf", "AccumulateGrad", None, (1,), "float32"),
        ),
        (Edge(0, 1, 0), Edge(1, 2, 0), Edge(1, 3, 1), Edge(2, 4, 0)),
    )


def test_an_empty_entry_has_no_edge_and_the_others_keep_their_slots() -> None:
    graph = compared(torch.tensor([1.0, 2.0]) * leaf(0.5))
    assert graph.edges == (Edge(0, 1, 1),)


def test_parallel_edges_stay_parallel() -> None:
    W = leaf(0.5)
    assert compared(W * W).edges == (Edge(0, 1, 0), Edge(0, 1, 1))


def test_nodes_that_several_paths_lead_to_occur_once() -> None:
    x = leaf(1.0, 2.0)
    h = x.exp()
    for _ in range(40):  # 2 ** 40 paths
        h = h * h + h
    graph = compared(h)
    assert len(graph.nodes) == 2 + 2 * 40
    assert names_of(graph).count("ExpBackward0") == names_of(graph).count("AccumulateGrad") == 1


def test_the_nodes_of_several_outputs_come_first_in_their_order() -> None:
    x = leaf(1.0, 2.0)
    a, b = x.exp(), x.sin()
    graph = compared(b, x, a * b, a, b)
    assert names_of(graph) == ["SinBackward0", "AccumulateGrad", "MulBackward0", "ExpBackward0"]
    assert [node.shape for node in graph.nodes] == [(2,)] * 4


def test_outputs_of_one_node_lead_to_it_by_their_numbers() -> None:
    first, second, third = (leaf(1.0, 2.0, 3.0) * 2).unbind()
    graph = compared(third * first, second)
    assert Edge(0, 1, 0, 2) in graph.edges and Edge(0, 1, 1, 0) in graph.edges
    assert graph.nodes[1] == TracedNode(1, "operation", "UnbindBackward0")  # it has no single result


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_are_those_of_torch(seed: int) -> None:
    chance = Random(seed)
    tensors = [leaf(1.0, 2.0), leaf(0.5, -1.0), torch.tensor([1.0, 3.0])]
    for _ in range(200):
        a, b = chance.choice(tensors), chance.choice(tensors[-9:])
        match chance.randrange(5):
            case 0:
                tensors.append(a * b)
            case 1:
                tensors.append(torch.where(a > b, b.sin(), 0.5))
            case 2:
                tensors += torch.stack([a, b, a]).unbind()
            case 3:
                tensors.append(torch.stack([b, a]).max(dim=0).values)
            case _:
                tensors.append(a.detach())
    compared(*chance.sample(tensors, 12), *tensors[:3])


@dataclass
class Output:
    logits: torch.Tensor
    loss: torch.Tensor | None = None
    later: torch.Tensor = field(init=False)


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    "nest",
    [
        lambda a, b: [a, b],
        lambda a, b: (a, [b]),
        lambda a, b: {"a": a, 2: (b, b)},
        lambda a, b: OrderedDict(a=a, b={"c": [b]}),
        lambda a, b: deque([a, [[[b]]]]),
        lambda a, b: Pair(left=a, right=[b]),
        Output,
        lambda a, b: [Output(a), {"b": b}],
        lambda a, b: {"a": a, "b": b}.values(),
        lambda a, b: [None, 1, 2.5, 1j, True, "text", b"bytes", range(3), torch.float32, a, b],
        lambda a, b: (a, b, torch.tensor([1.0]), torch.Size([2])),
        lambda a, b: [a, {a, b}],
    ],
)
def test_tensors_are_found_in_any_nesting(nest: Callable[..., object]) -> None:
    x = leaf(1.0, 2.0)
    a, b = x.exp(), x.sin()
    assert viz.trace(nest(a, b)) == viz.trace([a, b])


def test_tensors_in_a_named_tuple_of_torch_are_found() -> None:
    found = leaf(1.0, 3.0, 2.0).max(dim=0)
    assert viz.trace(found) == viz.trace(found.values)


def test_a_list_that_contains_itself_is_searched_once() -> None:
    a = leaf(1.0).exp()
    things: list[object] = [a]
    things += [things, {"again": things}]
    assert viz.trace(things) == viz.trace(a)


def test_lists_may_be_nested_deeper_than_python_recurses() -> None:
    a = leaf(1.0).exp()
    things: object = a
    for _ in range(LONG):
        things = [things]
    assert viz.trace(things) == viz.trace(a)


class Holder:
    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor


@pytest.mark.parametrize("wrap", [Holder, lambda one: [Holder(one)], lambda _: nn.Linear(1, 1), lambda _: Output])
def test_an_object_that_cannot_be_searched_is_refused(wrap: Callable[[torch.Tensor], object]) -> None:
    with pytest.raises(TypeError, match=r"cannot look for tensors in an object of type (Holder|Linear|type);"):
        viz.trace(wrap(leaf(1.0)))


def test_a_generator_is_refused_and_not_consumed() -> None:
    made: Iterator[torch.Tensor] = (one for one in [leaf(1.0)])
    with pytest.raises(TypeError, match="type generator"):
        viz.trace(made)
    assert len(list(made)) == 1


def test_an_output_that_needs_no_gradient_adds_nothing() -> None:
    x = leaf(1.0, 2.0)
    with torch.no_grad():
        without = x * 2
    assert viz.trace([without, x.detach(), x.argmax(), torch.ones(2), None]) == TracedGraph()
    assert viz.trace([x.detach(), x.exp()]) == viz.trace(x.exp())


@pytest.mark.parametrize("around", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_it_works_in_every_gradient_mode(around: Callable[[], Any]) -> None:
    x = leaf(1.0, 2.0)
    y = x.exp()
    expected = viz.trace([x, y])
    with around():
        assert viz.trace([x, y]) == expected
    assert expected.nodes[0] == TracedNode(0, "leaf", "AccumulateGrad", None, (2,), "float32")


def test_a_leaf_has_its_shape_and_dtype() -> None:
    W = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    graph = compared((W.float() + leaf(1.0)).sum())
    leaves = [(node.shape, node.dtype) for node in graph.nodes if node.kind == "leaf"]
    assert sorted(leaves) == [((1,), "float32"), ((2, 3), "float64")]


def test_names_are_given_to_the_nodes_of_their_tensors() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1))
    model[2].requires_grad_(False)
    hidden = model[1](model[0](torch.ones(4, 3)))
    parts = (model[2](hidden) * 2).unbind()
    names = dict(model.named_parameters()) | {"hidden": hidden, "again": hidden, "part": parts[0]}
    graph = viz.trace(parts, names=names | {"elsewhere": leaf(1.0).exp(), "data": torch.ones(1)})
    named = {node.variable: (node.name, node.shape) for node in graph.nodes if node.variable}
    assert named == {
        "0.weight": ("AccumulateGrad", (2, 3)),
        "0.bias": ("AccumulateGrad", (2,)),
        "hidden": ("ReluBackward0", (4, 2)),
    }


def test_the_graph_is_the_same_after_backward() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1))
    loss = model(torch.ones(4, 3)).pow(2).mean()
    before = compared(loss)
    loss.backward(retain_graph=True)
    assert compared(loss) == before
    loss.backward()  # frees the saved tensors
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()
    assert compared(loss) == before


def test_a_gradient_with_a_graph_can_be_traced_too() -> None:
    x = leaf(1.0, 2.0)
    (gradient,) = torch.autograd.grad(x.pow(3).sum(), x, create_graph=True)
    assert "PowBackward0" in names_of(compared(gradient))


def test_a_write_into_a_view_gives_the_base_its_new_node() -> None:
    x = leaf(1.0, 2.0, 3.0)
    base = x * 2
    part = base[:2]
    part.mul_(3)
    graph = compared(base, part)
    assert names_of(graph)[:2] == ["CopySlices", "AsStridedBackward0"]
    assert graph.nodes[0].shape == (3,) and graph.nodes[1].shape == (2,)


def test_a_tensor_changed_in_place_is_behind_its_new_node() -> None:
    x = leaf(1.0, 2.0)
    y = x.exp()
    y.add_(1)
    assert names_of(compared(y)) == ["AddBackward0", "ExpBackward0", "AccumulateGrad"]


def test_a_tensor_whose_node_torch_does_not_reveal_raises_torchs_own_error() -> None:
    base = leaf(1.0, 2.0) * 2
    first, _ = base.unbind()
    base.mul_(3)
    enabled = gc.isenabled()
    with pytest.raises(RuntimeError, match="its base or another view of its base has been modified inplace"):
        viz.trace({"first": first})
    assert gc.isenabled() == enabled


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        ctx.save_for_backward(x)
        count = x.detach().round()
        ctx.mark_non_differentiable(count)
        return x * 2, count

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradients[0] * 2, None


def test_a_custom_function_is_a_node() -> None:
    x = leaf(1.0, 2.0)
    doubled, rounded = Twice.apply(x.exp(), torch.ones(2))  # type: ignore[no-untyped-call]
    before = compared(doubled, rounded)
    assert names_of(before) == ["TwiceBackward", "ExpBackward0", "AccumulateGrad"]
    doubled.sum().backward()
    assert compared(doubled, rounded) == before


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_a_nested_tensor_has_no_shape(layout: torch.layout) -> None:
    parts = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=layout, requires_grad=True)
    graph = viz.trace(parts * 2)
    assert [(node.kind, node.shape, node.dtype) for node in graph.nodes] == [
        ("operation", None, "float32"),
        ("leaf", None, "float32"),
    ]


def chain(x: torch.Tensor, operations: int = LONG) -> torch.Tensor:
    for _ in range(operations // 2):
        x = x * 0.999 + 0.001
    return x


def test_a_chain_of_100_000_operations_needs_no_recursion() -> None:
    end = leaf(1.0)
    for _ in range(LONG // 2):
        end = end * 0.999 + 0.001
    graph = compared(end)
    held = [end.grad_fn]
    del end
    freed(held)
    assert len(graph.nodes) == LONG + 1
    assert graph.edges[-1] == Edge(LONG - 1, LONG, 0)
    assert pickle.loads(pickle.dumps(graph)) == graph


def test_the_graph_holds_no_tensor_and_no_node_of_torch() -> None:
    x = leaf(1.0, 2.0)
    h = x.exp()
    loss = (h * x).sum()
    graph = viz.trace({"loss": loss}, names={"x": x, "h": h})
    held: list[Any] = [graph]
    for thing in held:  # the list grows in the loop
        assert type(thing).__module__.partition(".")[0] in ("builtins", "viz")
        if not isinstance(thing, type):
            held.extend(gc.get_referents(thing))
    assert len(held) > len(graph.nodes)
    references = [weakref.ref(one) for one in (x, h, loss)]
    del x, h, loss, held, thing
    assert [one() for one in references] == [None] * 3
    assert pickle.loads(pickle.dumps(graph)) == graph


def test_nothing_is_changed() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    calls: list[str] = []
    x.register_hook(lambda _: calls.append("leaf"))  # type: ignore[no-untyped-call]
    h = x.exp()
    h.retain_grad()
    h.register_hook(lambda _: calls.append("tensor"))  # type: ignore[no-untyped-call]
    y.register_post_accumulate_grad_hook(lambda _: calls.append("accumulated"))  # type: ignore[no-untyped-call]
    loss = (h * y).sum()
    assert loss.grad_fn is not None
    loss.grad_fn.register_hook(lambda *_: calls.append("node"))

    def state() -> list[Any]:
        tensors = [x, y, h, loss]
        seen: list[Any] = [
            (one._version, one.tolist(), one.requires_grad, one.is_leaf, one.retains_grad, one.grad_fn, one._base)
            for one in tensors
        ]
        return [*seen, x.grad, y.grad, h.grad, torch.get_rng_state()]

    before = state()
    graph = viz.trace([loss, x, h], names={"x": x, "h": h})
    after = state()
    assert after[:-1] == before[:-1] and torch.equal(after[-1], before[-1])
    assert calls == []
    loss.backward()  # type: ignore[no-untyped-call]
    assert sorted(calls) == ["accumulated", "leaf", "node", "tensor"]
    assert x.grad is not None and y.grad is not None
    assert torch.equal(x.grad, (y * h).detach()) and torch.equal(y.grad, h.detach())
    kept = x.grad.clone(), x.grad._version
    assert viz.trace([loss, x, h], names={"x": x, "h": h}) == graph
    assert torch.equal(x.grad, kept[0]) and x.grad._version == kept[1]
    assert len(calls) == 4


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_as_it_was(enabled: bool) -> None:
    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        viz.trace(leaf(1.0).exp())
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()


def test_tracing_imports_nothing_of_the_page() -> None:
    script = (
        "import sys, viz; assert 'torch' not in sys.modules; import torch\n"
        "assert len(viz.trace(torch.ones(1, requires_grad=True).exp()).nodes) == 2\n"
        "print([name for name in ('streamlit', 'plotly', 'pandas', 'graphviz') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True) == "[]\n"
