"""What a user meets at each limit: the sentence with its real number; just below it a program runs."""

from __future__ import annotations

import pytest

import viz
from viz import limits
from viz.frames.plain import Problem, Summary

HEAD = """\
import itertools
import numpy as np
import torch
from torch import nn, optim
import torch.nn.functional as F
W = torch.tensor([0.5], requires_grad=True)
"""
_CONVOLUTION = "F.conv1d(torch.ones(1, 1, 300_000), torch.ones(1, 1, 6000))"
_LABELS = "F.multilabel_margin_loss(torch.ones(1, 100_000), torch.zeros(1, 100_000, dtype=torch.int64))"
_OPTIMIZER = "optim.SGD([torch.ones(300_000, requires_grad=True) for i in range({})])"
_MADE = "A program without a loop makes at most 32 MiB of values; do less in it."
_ARE_SHOWN = "At most 10,000 numbers are shown at once; show a part of them."
_PARTS = "This would divide a tensor that needs a gradient into 1,001 parts; 1,000 is the most."
_READS = "This would read {} numbers; 1,000,000,000 is the most. Use smaller tensors."

#: Lines that meet a limit, and the sentence.
MET = {
    "x = torch.zeros(600, 600)": "This tensor would have 360,000 elements; 300,000 is the most a tensor may have.",
    "x = np.zeros(300_001)": "This array would have 300,001 elements; 300,000 is the most an array may have.",
    "x = [0] * 300_001": "A list holds at most 300,000 entries; this one would have 300,001.",
    "x = [[0] * 200_000] * 3": "A list holds at most 300,000 entries, and with its inner lists 600,000.",
    "for i in range(100_001): pass": "The loop asks for 100,001 iterations; 100,000 is the most.",
    "while True: pass": "A program without a loop executes at most 50,000 statements; loop less often.",
    "x = 'a' * 10_001": "A string has at most 10,000 characters here; this one would have 10,001.",
    "def f(): return f()\nf()": "Calls of functions are nested at most 50 deep here.",
    f"o = {_OPTIMIZER.format(4)}": (
        "The parameters of an optimizer have at most 1,000,000 elements together; these have 1,200,000."
    ),
    "o = optim.LBFGS([W], max_iter=1001)": "`max_iter` is 1,001; 1,000 is the most.",
    "o = optim.Muon([torch.ones(2, 2)], ns_steps=11)": "`ns_steps` is 11; 10 is the most.",
    "o = optim.Muon([torch.ones(500, 500, requires_grad=True)])": _READS.format("3,750,000,000"),
    "print([torch.zeros(1000)] * 11)": _ARE_SHOWN,
    "torch.set_printoptions(threshold=10**9)\nprint(torch.zeros(10_001))": _ARE_SHOWN,
    "torch.set_printoptions(edgeitems=10**9)\nprint(torch.zeros(10_001))": _ARE_SHOWN,
    "np.set_printoptions(threshold=10**9)\nprint(np.zeros(10_001))": _ARE_SHOWN,
    f"x = {_CONVOLUTION}": _READS.format("1,800,000,000"),
    f"x = {_LABELS}": _READS.format("10,000,000,000"),
    "x = set(itertools.product([-1, -2], repeat=12))": (
        "Tuples in a set, or in keys, have at most 30,000 entries together."
    ),
    "x = [one for one in torch.ones(1001, requires_grad=True)]": _PARTS,
    "x = torch.ones(3, 1001, requires_grad=True).unbind(1)": _PARTS,
    "x = torch.ones(1001, requires_grad=True).chunk(9999)": _PARTS,
    "x = torch.ones(2002, requires_grad=True).split(2)": _PARTS,
    "x = list(torch.ones(50_001))": "This would divide a tensor into 50,001 parts; 50,000 is the most.",
    "x = [torch.zeros(300_000) for i in range(99)]": _MADE,
    "x = list(zip(*[[0] * 100_000] * 900))": (
        "A list holds at most 300,000 entries, and with its inner lists 600,000."
    ),
    "x = [one for one in zip(*[[0] * 100_000] * 900)]": (
        "A list holds at most 300,000 entries, and with its inner lists 600,000."
    ),
    (
        "from torch.autograd.functional import jacobian\n"
        "x = jacobian(lambda v: (v.expand(30_000) * 2)[:3000], torch.ones(1))"
    ): (
        "`jacobian` goes back through the function 3,000 times here, which takes too long; let it make fewer or "
        "smaller tensors."
    ),
}


def problem_of(source: str) -> Problem | None:
    """Return why a program stops, before or while it runs."""
    try:
        return viz.run(source).error
    except viz.Refused as refused:
        return refused.problem


@pytest.mark.parametrize("lines", MET)
def test_the_sentence_of_a_limit_has_its_number(lines: str) -> None:
    problem = problem_of(HEAD + lines)
    assert problem is not None
    assert (problem.kind, problem.message) == ("Limit", MET[lines])


def test_a_program_has_at_most_40000_characters() -> None:
    with pytest.raises(viz.Refused, match="A program has at most 40,000 characters; this one has 40,001"):
        viz.parse("#" * 40_001)


#: Lines just below a limit.
BELOW = [
    "x = torch.zeros(300_000) + torch.ones(300_000)",
    "x = np.zeros(300_000) + np.ones(300_000)",
    "x = [0] * 300_000",
    "x = torch.rand(300, 300, requires_grad=True)\n(x @ x).sum().backward()",
    "def f(n): return W if n == 0 else f(n - 1) * 1.0\nf(49).backward()",
    "def f(n): return 0 if n == 0 else f(n - 1)\nf(49)",
    f"o = {_OPTIMIZER.format(3)}",
    "x = torch.ones(3, 100_000, requires_grad=True)\na, b, c = x.unbind()\na, b, c = x\na, b, c = x.chunk(3)",
    "x = torch.ones(3, 100_000, requires_grad=True)\na, b = x.split(50_000, 1)",
    "o = optim.Muon([torch.ones(300, 300, requires_grad=True)])",
    "print([torch.zeros(1000)] * 10, torch.zeros(300_000), np.zeros(300_000))",
    "x = set(itertools.product([-1, -2], repeat=11))",
    "from torch.autograd.functional import hessian\nx = hessian(lambda v: (v ** 3).sum(), torch.ones(100))",
]


@pytest.mark.parametrize("lines", BELOW)
def test_just_below_a_limit_a_program_runs(lines: str) -> None:
    assert viz.run(HEAD + lines).error is None


def test_what_a_statement_prints_is_cut_after_10000_characters() -> None:
    printed = viz.run(HEAD + "print([0] * 300_000)")[-1].printed
    assert printed[: limits.PRINTED] == str([0] * 300_000)[: limits.PRINTED]
    assert printed[limits.PRINTED :] == "… (cut: of what a statement prints, 10,000 characters stay)\n"


def test_numbers_are_kept_one_by_one_up_to_1000() -> None:
    variables = viz.run(HEAD + "a = torch.ones(1000)\nb = torch.ones(1001)\nc = np.ones(1001)")[-1].variables
    assert variables["a"].value == [1.0] * 1000
    for name in "bc":
        summary = variables[name].value
        assert isinstance(summary, Summary)
        assert (summary.shape, summary.minimum, summary.maximum) == ((1001,), 1.0, 1.0)


def test_a_graph_that_is_kept_counts_with_what_its_nodes_saved() -> None:
    """Each loss keeps a graph, whose exponentials have 300,000 numbers."""
    keeps = "kept = []\nx = torch.ones(300_000, requires_grad=True)\nfor i in range(99):\n    {}"
    kept = viz.run(HEAD + keeps.format("kept.append(x.exp().sum())")).error
    assert kept is not None
    assert kept.message.startswith("The values of a program take at most 32 MiB; keep fewer of them. ")
    assert viz.run(HEAD + keeps.format("kept.append(x.exp().sum().item())")).error is None
