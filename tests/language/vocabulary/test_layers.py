"""Layers of torch.nn: the numbers are plain Python's, and the sizes of results are known before they are made."""

from __future__ import annotations

import pytest

import viz
from tests.language.compared import same_as_python
from tests.language.layer_programs import HEAD, PROGRAMS


@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_of_layers_runs_as_in_python(lines: str) -> None:
    same_as_python(HEAD + lines)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("TransformerEncoder(nn.Linear(1, 1), 1)", "`encoder_layer` takes an `nn.TransformerEncoderLayer` here"),
        (
            "TransformerEncoder(nn.TransformerEncoderLayer(1, 1, 1), 1, nn.ReLU())",
            "`norm` takes an `nn.LayerNorm`",
        ),
        ("TransformerEncoderLayer(1, 1, 1, activation=nn.ReLU())", '`activation` takes a name such as `"gelu"`'),
    ],
)
def test_what_a_transformer_does_not_take_here_is_named(call: str, said: str) -> None:
    error = viz.run(f"import torch\nfrom torch import nn\nx = nn.{call}").error
    assert error is not None and said in error.message
