"""Python and JavaScript read a tensor's picture alike: the alphabet of levels, and where the cells lie."""

from __future__ import annotations

import json
import subprocess
from itertools import product
from pathlib import Path

from tests.stage.test_modules import node_js
from viz.drawing.tensor_picture import ALPHABET, STEPS, layout_of

HERE = Path(__file__).parent
SIZES = (0, 1, 2, 3, 20, 21, 33, 64)
SHAPES = [shape for dimensions in range(4) for shape in product(SIZES, repeat=dimensions)]
SHAPES += [(4096,), (4097,), (8, 4, 3, 3), (2, 3, 40, 1), (2, 1, 1, 1, 1)]


def test_javascript_has_the_alphabet_and_the_layouts_that_python_has() -> None:
    ran = subprocess.run(
        [node_js(), str(HERE / "tensors.mjs")],
        input=json.dumps(SHAPES),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = json.loads(ran.stdout)
    assert (found["alphabet"], found["steps"]) == (ALPHABET, STEPS)
    for shape, got in zip(SHAPES, found["layouts"], strict=True):
        layout = layout_of(shape)
        wanted = layout and {
            "elements": [layout.rows, layout.columns],
            "cells": list(layout.cells),
            "block": list(layout.block),
            "tile": layout.tile and list(layout.tile),
        }
        assert got == wanted, shape
