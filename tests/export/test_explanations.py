"""The explanations of an offline page, as the page unpacks them."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import viz
from tests.programs import LINE
from viz.export.excerpt import Excerpt
from viz.export.explanations import packed


def _unpacked(source: str, iterations: int) -> dict[str, Any]:
    tape = Excerpt(viz.run(source, iterations=5), 5)
    text = packed(tape, lambda frames, node: {"title": node.name}, iterations)
    read: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(text)))
    return read


def test_the_page_says_which_iterations_it_explains() -> None:
    read = _unpacked(LINE, 3)
    assert set(read["of"]) == {"-1", "0", "1", "2"}
    assert read["missing"] == {
        "title": "Not in this page",
        "sections": [
            {
                "heading": "",
                "blocks": [{"text": "This page explains the iterations up to 2; the app explains the others."}],
            }
        ],
    }


def test_if_no_iteration_ran_the_set_up_is_explained() -> None:
    read = _unpacked(
        "import torch\nw = torch.ones(1, requires_grad=True)\nfor step in range(0):\n    w = w * 2\n", 3
    )
    assert "up to" not in json.dumps(read["missing"])
    assert "the set-up; the app explains the others." in json.dumps(read["missing"])
