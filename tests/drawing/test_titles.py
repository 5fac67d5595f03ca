"""The title of a box: a name, an expression, or the last operation of a long expression."""

from __future__ import annotations

import pytest

import viz
from viz.drawing.dot import LONGEST_TITLE, draw_boxes, title
from viz.frames.graph import Node
from viz.frames.plain import Span


def called(text: str) -> str:
    lines = text.count("\n")
    return title(Node(0, "operation", "AddBackward0", Span(text, 1, 0, 1 + lines, len(text))))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("W * x", "W * x"),
        ("W * x +\n        b", "W * x + b"),
        ("a + b * x + c * x**2", "… + c * x**2"),
        ("(steps - 3).square()", "….square()"),
        ("(first + second) * (third + 1)", "… * (third + 1)"),
        ("features.exp() / features.exp().sum(1)", "… / features.exp…"),
        ("features.masked_fill(mask, 0)", "features.masked_…"),
        ("torch.stack([girth, height])", "torch.stack([gir…"),
        ("(predicted - wanted).T.contiguous()", "….contiguous()"),
        ("(größe + 1) * größe_zwei", "… * größe_zwei"),
        ("no expression, and long", "no expression, a…"),
    ],
)
def test_the_title_of_a_long_expression_is_its_last_operation(text: str, shown: str) -> None:
    assert called(text) == shown
    assert len(shown) <= LONGEST_TITLE


def test_the_title_of_an_inner_node_names_the_expression_around_it() -> None:
    source = """\
import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
output = net(torch.ones(4, 2))
rows = (output + 1).split(2)
"""
    boxes = draw_boxes(viz.run(source)[-1].graph, "autograd").boxes
    titles = {box.subtitle: box.title for box in boxes if box.kind == "operation"}
    assert [box.title for box in boxes if box.subtitle == "TBackward0"] == ["in net[0]", "in net[2]"]
    assert titles["TanhBackward0"] == "net[1]"
    assert [box.title for box in boxes if box.subtitle == "AddmmBackward0"] == ["net[0]", "output"]
    assert titles["SplitBackward0"] == "….split(2)"
