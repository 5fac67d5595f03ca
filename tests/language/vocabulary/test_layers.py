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


@pytest.mark.parametrize("line", ["net[0] = 5", "net.append(5)", "net[3] = nn.Tanh()"])
def test_what_torch_says_of_a_layer_that_is_none_is_said_here(line: str) -> None:
    source = f"import torch\nfrom torch import nn\nnet = nn.Sequential(nn.ReLU())\n{line}\n"
    error = viz.run(source).error
    assert error is not None and error.line == 4
    with pytest.raises((TypeError, IndexError)) as raised:
        exec(source, {})
    assert error.message == str(raised.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("net['a'] = nn.ReLU()", "A layer is replaced by its number, as in `net[0] = nn.Linear(2, 1)`."),
        ("net[0] = lambda x: x", "`nn.Sequential` takes layers"),
        ("net[0] = net", "Modules are nested at most"),
        ("net[0] = nn.Sequential(*[nn.ReLU() for i in range(100)])", "at most 100 layers"),
    ],
)
def test_what_cannot_be_put_into_a_sequential_is_named(line: str, said: str) -> None:
    head = "import torch\nfrom torch import nn\nnet = nn.Sequential(nn.ReLU(), nn.ReLU())\n"
    error = viz.run(f"{head}{line}\n").error
    assert error is not None and said in error.message
