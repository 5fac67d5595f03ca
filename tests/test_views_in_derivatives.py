"""Writes into views by a backward with `create_graph` have the rules of torch's own operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import viz
from tests.rule_checks import check_leaves, graph_of, in_plain_torch, off
from tests.test_second_rules import WRITES, differentiated, functions
from tests.test_view_rules import PROGRAMS
from viz.frames.graph import Graph, Saved
from viz.recording import graph as recorded_graph
from viz.recording.backward_views import MAKERS, record_view_nodes
from viz.rules import RULES, placed, rule_for
from viz.rules.rule import rule

OF_VIEWS = ("CopySlices", "AsStridedBackward0")
#: Lines whose derivatives have Nodes that the tests of first derivatives do not reach.
LINES = (
    # The value that is written gets its gradient from a view of a copy; one gradient arrives at two bases.
    "q = A.clone()\nk = A.t().clone().t()\nq[1, 0] = w[0]\nk[1, 0] = w[1]\nout = q + k",
    "q = A.clone()\nk = A.t().clone().t()\nq[:, 1] = w[:2]\nk[:, 1] = w[1:]\nout = (q + k).exp()",
    # The gradient that arrives is a constant, or nothing arrives at the base.
    "q = p.clone()\nq[1:].mul_(w[1:])\nout = q.sum()",
    "q = torch.zeros_like(E)\nq[1, ::2] = s\nq[0] = w[0]\nout = q.exp()",
    # A rebuilt view with one number at several places, and one that begins after the start of its base.
    "q = p * 1\nview = q.expand(2, 3)\nq += w\nout = view * A",
    "q = p * 1\nview = q[1:].view(2, 1).expand(2, 3)\nq *= w\nout = view * A",
    "q = (C * 2)[1]\nview = q[1:, ::2]\nq[2] = w[0] * 2\nout = view * view",
    "q = A.t().clone()\nview = q[1:].unsqueeze(0)\nq[1] *= w[:2]\nout = view * q.sum()",
)  # fmt: skip
#: Functions whose derivative writes into views, and how often to differentiate until it does.
WITHIN = {
    "zeros.prod()": 2,
    "ties.prod(1)": 2,
    "(C * (C.detach() > 2)).prod(0, keepdim=True)": 2,
    "G.norm(p='nuc')": 2,
    "C.norm(p='nuc', dim=(0, 1))": 2,
    "C.norm(p='nuc', dim=(2, 1))": 2,
}
THIRD = [*(lines for lines, _ in PROGRAMS), *LINES, *WRITES[::6]]


def check(lines: str) -> Graph:
    """Compare each edge and the leaves of the lines' graph with torch; return the graph."""
    graph, _ = graph_of(lines)
    for node in graph.nodes:
        assert node.kind != "operation" or rule_for(node) is not None, node.name
    assert off(graph) == []
    check_leaves(graph, lines)
    return graph


@pytest.mark.parametrize("lines", LINES)
def test_the_second_derivative_of_a_write_into_a_view_has_rules(lines: str) -> None:
    made = check(differentiated(lines)).nodes
    torchs = functions(in_plain_torch(differentiated(lines))["out"])
    for name in OF_VIEWS:
        wanted = sum(type(one).__name__ == name for one in torchs)
        assert sum(node.name == name for node in made if node.order is not None) == wanted


@pytest.mark.parametrize("lines", THIRD)
def test_the_third_derivative_has_rules_too(lines: str) -> None:
    check(differentiated(lines, 2))


@pytest.mark.parametrize(("text", "times"), WITHIN.items())
def test_a_write_of_torch_into_a_view_within_a_derivative_has_a_rule(text: str, times: int) -> None:
    assert "CopySlices" in [node.name for node in check(differentiated(f"out = {text}", times)).nodes]


def test_the_numbers_are_those_worked_out_by_hand() -> None:
    """h is w, x1², x2², and the loss the sum of h².

    Its gradient is 0, 4 x1³, 4 x2³; of the sum of that 0, 12 x1², 12 x2². It is 2 h with a 0 in the view's place,
    times 2 x: that arrives.
    """
    tape = viz.run(
        "import torch\nx = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\n"
        "w = torch.tensor(5.0, requires_grad=True)\nh = x * x\nh[0] = w\nloss = (h * h).sum()\n"
        "g, = torch.autograd.grad(loss, x, create_graph=True)\ng.sum().backward()\n"
    )
    assert tape[-1].variables["g"].value == [0.0, 32.0, 108.0]
    assert tape[-1].variables["x"].grad == [0.0, 48.0, 108.0]
    first, second = (node for node in tape[-1].graph.nodes if node.name == "CopySlices")
    # In the gradient, the view has the same place as the program's own view, and 0 was written into it.
    assert {one.name: one.value for one in second.saved} == {one.name: one.value for one in first.saved}
    assert (second.received, second.sent[0]) == (([2.0, 4.0, 6.0],), [0.0, 4.0, 6.0])


def test_a_base_that_begins_later_in_memory_is_copied_to_the_start() -> None:
    graph, _ = graph_of(differentiated("q = (C * 2)[1]\nq[1:, 0] = w[:2]\nout = q * q"))
    first, *others = ({one.name: one.value for one in node.saved} for node in graph.nodes if node.name in OF_VIEWS)
    assert first["base_geometry.storage_offset"] == 0
    assert all(one.get("base_geometry.storage_offset", 0) == 0 for one in others)


def test_a_write_in_the_set_up_is_known_in_every_iteration() -> None:
    tape = viz.run(
        "import torch\nx = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\nh = x * x\nv = h[1:]\nv *= x[0]\n"
        "for step in range(3):\n"
        "    g, = torch.autograd.grad((h * h).sum() + v.sum(), x, create_graph=True)\n"
        "    g.sum().backward(retain_graph=True)\n"
    )
    assert tape.error is None, tape.error
    for frame in tape:
        assert all(placed(node) for node in frame.graph.nodes)
        assert off(frame.graph) == []
    names = [node.name for node in tape[-1].graph.nodes]
    assert names.count("CopySlices") > 1 and "AsStridedBackward0" in names


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("out = (x * w).exp()", []),
        ("q = p.clone()\nq[c] = 2.0\nout = q", []),
        ("q = p.clone()\nq[0] = 2.0\nout = q", [1, 2]),
    ],
)
def test_only_graphs_with_such_nodes_are_searched_twice(
    lines: str, count: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []

    def counted(nodes: list[Any], *others: Any) -> Any:
        counts.append(len(nodes))
        return record_view_nodes(nodes, *others)

    monkeypatch.setattr(recorded_graph, "record_view_nodes", counted)
    graph_of(differentiated(lines))
    assert counts == count


WRITE = differentiated("q = p.clone()\nview = q[1:]\nview *= w[1:]\nout = q * view.sum()")


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("CopyBackwards", rule(self="1", src="1")),
        ("CopyBackwards", rule(self="0", src="2")),
        ("AsStridedBackward0", rule(self="put_strided(grad, size, stride, 0, self_geometry)")),
    ],
)
def test_a_planted_wrong_rule_is_caught(name: str, planted: object, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, _ = graph_of(WRITE)
    assert off(graph) == []
    monkeypatch.setitem(RULES, name, planted)
    assert off(graph)


OFFSETS = ("view_geometry.storage_offset", "self_geometry.storage_offset")


@pytest.mark.parametrize("maker", OF_VIEWS)
def test_a_planted_wrong_place_is_caught(maker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = MAKERS[maker]

    def elsewhere(visit: Any) -> Iterator[tuple[Any, tuple[Saved, ...]]]:
        for function, saved in found(visit):
            yield function, tuple(replace(one, value=0) if one.name in OFFSETS else one for one in saved)

    monkeypatch.setitem(MAKERS, maker, elsewhere)
    graph, _ = graph_of(WRITE)
    assert off(graph)


def test_without_a_recorded_place_there_is_no_rule_and_no_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_graph, "MAKERS", {})
    graph, _ = graph_of(differentiated("q = p.clone()\nq[1] = s\nout = q"))
    assert [node.name for node in graph.nodes if rule_for(node) is None and not placed(node)]
