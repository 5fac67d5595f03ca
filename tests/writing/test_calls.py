"""Sentences about calls whose result is not kept."""

from __future__ import annotations

import pytest

import viz
from viz.writing.changes import EVALUATION, TRAINING
from viz.writing.sentences import sentence

HEAD = """\
import numpy as np
import torch
from torch import nn
net = nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.5))
losses = [0.25]
x = torch.zeros(2)
"""


def said(line: str) -> str:
    tape = viz.run(HEAD + line + "\n")
    assert tape.error is None, tape.error
    return sentence(tape[-1])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("torch.manual_seed(3)", "From here on, random numbers come from seed 3."),
        ("np.random.seed(seed=4)", "From here on, random numbers come from seed 4."),
        ("net.eval()", EVALUATION.format("net")),
        ("net.train(False)", EVALUATION.format("net")),
        ("net.train()", TRAINING.format("net")),
        ("losses.append(0.5)", "The line changed losses from [0.25] to [0.25, 0.5] in place."),
        ("x.add_(1)", "The line changed x from [0, 0] to [1.000, 1.000] in place."),
        ("from torch import manual_seed as s\ns(7)", "From here on, random numbers come from seed 7."),
        ("x.sum()", "x.sum() was computed, but its result was not kept."),
        ("net(torch.ones(1, 1))", "net(torch.ones(1, 1)) was computed, but its result was not kept."),
        ("def half(a):\n    return a / 2", "half(a) can be called from here on."),
        ("fc = nn.Linear(1, 2)", "fc is Linear(in_features=1, out_features=2, bias=True)."),
        ("import torch.nn.functional as F", "torch.nn.functional can be used from here on."),
    ],
)
def test_a_line_says_what_it_did(line: str, sentence: str) -> None:
    assert said(line) == sentence


def test_if_a_network_has_many_grads_to_clear_two_are_named() -> None:
    line = "net = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))\nnet.zero_grad()"
    names = "net[0].weight.grad, net[0].bias.grad and 2 more"
    assert said(line) == f"zero_grad() had nothing to clear: {names} were None already."
