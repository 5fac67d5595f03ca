"""The loop whose passes are iterations is the innermost one around a backward or a step, wherever it is."""

from __future__ import annotations

import ast

import pytest

from viz.editing.loops import iteration_loop
from viz.editing.training_loops import training_loops
from viz.presets import Preset, presets

CASES = {
    "batches in epochs in a function": (
        """
def train(net):
    for epoch in range(3):
        for x, y in loader:
            loss.backward()
        for x, y in validation:
            print(net(x))
        scheduler.step()
""",
        [4],
    ),
    "a method that the loop calls takes the step": (
        """
class Trainer:
    def one(self, batch):
        self.loss(batch).backward()
    def fit(self):
        while True:
            self.one(3)
for fold in range(3):
    Trainer().fit()
""",
        [6],
    ),
    "a recurrent net's loop over time is inside, and trains nothing": (
        """
for epoch in range(3):
    for t in range(5):
        h = cell(x[t], h)
    optimizer.step()
""",
        [2],
    ),
    "two trainings, one after the other": (
        "for i in range(3):\n    loss.backward()\nfor i in range(3):\n    loss.backward()\n",
        [1, 3],
    ),
    "a function that calls itself in its own loop": (
        "def grow():\n    for i in range(3):\n        loss.backward()\n        grow()\n",
        [2],
    ),
    "no loop trains": ("for i in range(3):\n    print(i)\n", []),
}


@pytest.mark.parametrize(("source", "lines"), CASES.values(), ids=CASES)
def test_the_innermost_loop_that_trains_is_found(source: str, lines: list[int]) -> None:
    assert sorted(one.lineno for one in training_loops([ast.parse(source)])) == lines


@pytest.mark.parametrize("preset", presets(), ids=lambda one: one.title)
def test_in_every_preset_it_is_the_loop_that_the_language_finds(preset: Preset) -> None:
    tree = ast.parse(preset.source)
    assert training_loops([tree]) == {iteration_loop(tree.body)}
