"""An opening of a program with epochs shows, at a far iteration, what a whole recording shows there."""

from __future__ import annotations

import json
from textwrap import indent

import pytest
import torch

import viz
from viz.drawing.charts import series
from viz.language import outline
from viz.writing.stage_json import StageWriter

_HEAD = "import torch\nw = torch.tensor(1.0, requires_grad=True)\n"
_LINES = """\
loss = (w * x - 1.0) ** 2
loss.backward()
with torch.no_grad(): w.sub_(0.01 * w.grad)
w.grad = None
"""
_INNER = indent(_LINES.rstrip(), " " * 8)

#: What runs once in each epoch, after the loop over its batches.
EPOCHS = {
    "a sum that is printed": f"""\
for epoch in range(5):
    total = 0.0
    for x in [1.0, 2.0, 3.0]:
{_INNER}
        total += loss.item()
    print(epoch, total)
""",
    "a tensor that was summed with its graph": f"""\
for epoch in range(5):
    total = 0.0
    for x in [1.0, 2.0, 3.0]:
{_INNER}
        total = total + loss.detach() * w
    mean = total / 3
""",
    "a scheduler": """\
optimizer = torch.optim.SGD([w], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
for epoch in range(5):
    for x in [1.0, 2.0, 3.0]:
        loss = (w * x - 1.0) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    w.data.mul_(0.5)
""",
    "a backward of its own": f"""\
for epoch in range(5):
    for x in [1.0, 2.0, 3.0]:
{_INNER}
    penalty = w ** 2
    penalty.backward()
    w.grad = None
""",
    "a backward of what the batches built": """\
for epoch in range(5):
    total = 0.0
    for x in [1.0, 2.0, 3.0]:
        loss = (w * x - 1.0) ** 2
        loss.backward(retain_graph=True)
        total = total + loss
    total.backward()
    w.grad = None
""",
    "a function around it": f"""\
def epoch(number):
    total = 0.0
    for x in [1.0, 2.0, 3.0]:
{_INNER}
        total += loss.item()
    print("in the function", total)
    return total / 3
for k in range(5):
    mean = epoch(k)
    print("outside", mean)
""",
}
EPOCHS["a function in it"] = """\
def step(x):
    loss = (w * x - 1.0) ** 2
    loss.backward()
    w.data -= 0.01 * w.grad
    w.grad = None
    return loss
for i in range(15):
    step(i / 5.0).data.mul_(2)
"""
#: Those whose graph goes on from one iteration to the next.
GOES_ON = {"a tensor that was summed with its graph", "a backward of what the batches built"}


@pytest.mark.parametrize("at", [4, 6, 8])
@pytest.mark.parametrize("name", EPOCHS)
def test_an_opening_has_what_ran_in_the_loops_around_the_iterations(name: str, at: int) -> None:
    tape = viz.run(_HEAD + EPOCHS[name])
    assert tape.error is None
    near = range(at, at + 3)
    sketch = outline(tape.program, near, 15, series(tape))
    if sketch is None:
        assert name in GOES_ON, "the page records all iterations instead"
        return
    whole = json.loads(StageWriter(tape, "run", series(tape)).chunk(0, 15)[0])
    opening = json.loads(StageWriter(tape, "run", series(tape)).opening(sketch, near, path=15))
    for number in near:
        assert opening["alone"][str(number)] == whole["iterations"][number]
    assert opening["series"] == whole["series"]


def test_a_loss_inside_of_a_function_has_a_number_in_every_iteration() -> None:
    tape = viz.run(_HEAD + EPOCHS["a function around it"])
    whole = json.loads(StageWriter(tape, "run", series(tape)).chunk(0, 15)[0])
    w, losses = torch.tensor(1.0, requires_grad=True), []
    for number in range(15):
        loss = (w * [1.0, 2.0, 3.0][number % 3] - 1.0) ** 2
        (grad,) = torch.autograd.grad(loss, w)
        w = (w - 0.01 * grad).detach().requires_grad_()
        losses.append(loss.item())
    assert [point["loss"] for point in whole["series"]["of"]] == pytest.approx(losses)
