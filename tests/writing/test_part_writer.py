"""A writer of parts counts the memory that it takes."""

from __future__ import annotations

import gc
import tracemalloc

import viz
from viz.writing.part_drawing import part_drawing
from viz.writing.part_writer import PartWriter

CHAIN = """import torch

x = torch.tensor([2.0], requires_grad=True)
for iteration in range(1):
    y = x
    for k in range(80):
        y = y * 2 + x
    y.sum().backward()
"""


def test_looks_pictures_and_marks_are_counted() -> None:
    drawn = part_drawing(viz.run(CHAIN), 0)
    PartWriter().write(drawn, {}, lambda: None)  # fills the caches that all writers share
    gc.collect()
    tracemalloc.start()
    writer = PartWriter()
    writer.write(drawn, {}, lambda: None)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Python takes two bytes for each character of a text with arrows and minus signs.
    assert taken / 2 < writer.characters < taken
