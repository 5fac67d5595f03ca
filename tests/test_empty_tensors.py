"""A tensor without elements is recorded, drawn, explained and downloaded like any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import viz
from viz.drawing.charts import charts, series
from viz.explaining.chain import explain_chain
from viz.explaining.nodes import explain_node
from viz.explaining.optimizers import explain_step
from viz.export.csv_table import csv_of
from viz.export.dot_graph import dot_at
from viz.export.offline_page import html_of
from viz.frames.events import Stepped
from viz.frames.frame import Frame
from viz.frames.plain import Value
from viz.recording.tape import Tape
from viz.worker.explain import describe_node
from viz.writing.numbers import first
from viz.writing.part_drawing import PartDrawing
from viz.writing.stage_json import StageWriter

IMPORTS = "import torch\nfrom torch import nn, optim\nimport torch.nn.functional as F\n"
#: Lines that make a leaf of each empty shape.
LEAVES = {
    "e": "e = torch.zeros(0, requires_grad=True)\n",
    "rows": "rows = torch.zeros(0, 3, requires_grad=True)\n",
    "columns": "columns = torch.zeros(2, 0, requires_grad=True)\n",
    "inside": "inside = torch.zeros(3, 0, 2, requires_grad=True)\n",
    "x": "x = torch.tensor([1.0, 2.0], requires_grad=True)\n",
    "W": "W = torch.ones(2, 3, requires_grad=True)\n",
    "none": "none = torch.zeros(0, dtype=torch.long)\n",
}
#: Expressions with these leaves; the gradients of most have no elements either.
EXPRESSIONS = (
    "torch.zeros(0, 2) + x", "torch.zeros(4, 0) + torch.ones(4, requires_grad=True).unsqueeze(1)", "columns * 2",
    "inside.exp()", "e.sum()", "e.mean()", "rows.mean(dim=0)", "columns.mean(dim=1)", "columns.sum(dim=1)",
    "columns.sum(dim=0)", "e.prod()", "columns.prod(dim=1)", "e.norm()", "rows.logsumexp(1)",
    "rows.softmax(dim=1)", "columns.log_softmax(dim=1)", "e.cumsum(0)", "rows.max(dim=1)[0]", "rows.amax(dim=1)",
    "x[none]", "x[x > 5]", "x[2:]", "x.expand(0, 2)", "x.repeat(0)", "W.gather(1, torch.zeros(2, 0).long())",
    "torch.cat([e, x, x[2:]])", "torch.stack([e, e])", "torch.where(e > 0, e, 0.0)", "e.masked_fill(e > 0, 1.0)",
    "e.clamp(min=0)", "rows.reshape(3, 0).t().flatten()", "columns.unbind()[1]", "rows.split(2, dim=1)[1]",
    "rows.flip(0).permute(1, 0).squeeze()", "columns[:, 0:0]", "torch.zeros(0, 2) @ W",
    "torch.ones(4, 2) @ W[:, 3:]",
    "torch.zeros(5, 0) @ rows", "e @ torch.zeros(0)", "columns @ torch.zeros(0)", "columns.t() @ W",
    "torch.ones(0, 3, 2, requires_grad=True).bmm(torch.ones(0, 2, 1))", "F.mse_loss(torch.zeros(0, 2) @ W, rows)",
    "F.cross_entropy(torch.zeros(0, 2) @ W, none)", "F.cross_entropy(rows, none, reduction='sum')",
    "F.huber_loss(e, torch.zeros(0))", "F.smooth_l1_loss(e, torch.zeros(0), reduction='sum')",
    "F.binary_cross_entropy_with_logits(e, torch.zeros(0))", "F.multi_margin_loss(rows, none, reduction='sum')",
    "nn.Linear(2, 1)(torch.zeros(0, 2))", "nn.LayerNorm(3)(torch.zeros(0, 3))", "nn.Embedding(4, 2)(none)",
    "nn.Conv1d(2, 3, 2)(torch.zeros(0, 2, 5))", "nn.Bilinear(2, 3, 1)(torch.zeros(0, 2), torch.zeros(0, 3))",
    "torch.autograd.grad((e * e).sum(), [e], create_graph=True)[0] ** 2",
)  # fmt: skip
#: Programs of several lines.
PROGRAMS = {
    "a layer, a loss and Adam": """\
x = torch.zeros(0, 2)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = optim.Adam(net.parameters(), lr=0.1)
for i in range(3):
    optimizer.zero_grad()
    loss = nn.MSELoss(reduction="sum")(net(x), torch.zeros(0, 1))
    loss.backward()
    optimizer.step()
""",
    "a view that is written into": """\
c = torch.zeros(2, 0, requires_grad=True)
h = c.clone()
h[0].mul_(2)
h[:, 0:0].add_(1)
loss = h.sum()
loss.backward()
""",
    "indices of nothing": """\
x = torch.ones(3, requires_grad=True)
h = x.clone()
h[torch.tensor([], dtype=torch.long)] = 2.0
h[3:] = 5.0
loss = h.sum()
loss.backward()
""",
    "retain_grad and a second backward": """\
e = torch.zeros(0, requires_grad=True)
h = e * 2
h.retain_grad()
h.sum().backward()
(e * 3).sum().backward()
""",
    "a step by hand": """\
e = torch.zeros(0, requires_grad=True)
for i in range(2):
    loss = (e * e).sum()
    loss.backward()
    with torch.no_grad():
        e -= 0.1 * e.grad
        e.grad.zero_()
""",
    **{
        name: f"""\
e = torch.zeros(0, requires_grad=True)
c = torch.zeros(2, 0, requires_grad=True)
w = torch.ones(1, requires_grad=True)
optimizer = optim.{name}([e, c, w], lr=0.1)
for i in range(2):
    optimizer.zero_grad()
    loss = e.sum() + (c * 2).sum() + w.sum()
    loss.backward()
    optimizer.step()
"""
        for name in ("SGD", "Adam", "Adagrad", "Adadelta", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop")
    },
}
#: What an explanation says if it has no answer.
AT_A_LOSS = ("does not give", "no rule", "not recorded", "not what torch", "no numbers")


def _program(expression: str) -> str:
    leaves = "".join(line for name, line in LEAVES.items() if name in expression)
    return f"{leaves}out = {expression}\nloss = out.sum()\nloss.backward()\n"


SOURCES = {**{one: _program(one) for one in EXPRESSIONS}, **PROGRAMS}


def _frames(tape: Tape[Any]) -> Iterator[Frame]:
    yield from tape.setup
    for number in range(tape.recorded):
        yield from tape.iteration(number)
    yield from tape.after


@pytest.mark.parametrize("name", SOURCES)
def test_a_tensor_without_elements_is_written_for_the_stage_and_downloaded(name: str) -> None:
    tape = viz.run(IMPORTS + SOURCES[name])
    assert tape.error is None, tape.error
    json.loads(StageWriter(tape, "tape", series(tape)).chunk(0, 9)[0])
    assert charts(tape, lambda *names: viz.surface(tape.program, *names)) is not None
    assert csv_of(tape).startswith("iteration")
    assert "<main" in html_of(
        tape, 9, series(tape), explain=lambda frames, node: describe_node(frames, node, False)
    )
    assert dot_at(PartDrawing([tape[-1]], [tape[-1]]), 0).startswith("digraph")


@pytest.mark.parametrize("name", SOURCES)
def test_a_tensor_without_elements_is_explained(name: str) -> None:
    for frame in _frames(viz.run(IMPORTS + SOURCES[name])):
        said = [explain_node(frame, node.id) for node in frame.graph.nodes]
        said += [explain_chain(frame, node.id) for node in frame.graph.nodes if node.kind == "leaf"]
        if isinstance(frame.event, Stepped):
            said += [explain_step(frame, update.name) for update in frame.event.updates]
        text = json.dumps([section.to_json() for sections in said for section in sections])
        assert [words for words in AT_A_LOSS if words in text] == []


def test_an_empty_batch_sends_zeros_to_the_parameters_of_a_layer_as_in_torch() -> None:
    tape = viz.run(IMPORTS + _program("nn.Linear(2, 1)(torch.zeros(0, 2))").replace("nn.Linear(2, 1)(", "layer("
                   ).replace("out =", "layer = nn.Linear(2, 1)\nout ="))  # fmt: skip
    frame = tape[-1]
    leaf = next(node for node in frame.graph.nodes if node.variable == "layer.weight")
    assert leaf.received == ([[0.0, 0.0]],)
    assert "up to rounding" in str(explain_chain(frame, leaf.id)[-1])


def test_the_short_form_of_a_tensor_without_elements_has_none() -> None:
    empty: list[Value] = [[], [[], []], [[[], []], [[], []]]]
    assert [first(one) for one in empty] == ["[]", "[]", "[]"]
