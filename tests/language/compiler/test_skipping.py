"""Lines that change nothing here are skipped, with one sentence; what their arguments do is done."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

import viz
from tests.audit.forms import FORMS
from viz.frames.events import Skipped
from viz.language.vocabulary.skipped import SKIPPED
from viz.writing.sentences import sentence

HEAD = """\
import os, warnings, pdb, gc, shutil, pandas
import torch
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib import cm
x = torch.tensor([1.0, 2.0])
kept = []
"""


def ran(lines: str) -> viz.Tape:
    """The recording of a program that runs to its end."""
    tape = viz.run(HEAD + lines)
    assert tape.error is None, tape.error
    return tape


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("warnings.filterwarnings('ignore')", "The page shows every warning beside its line"),
        ("torch.backends.cudnn.benchmark = True", "Every run is the same here"),
        ("torch.set_num_threads(1)", "The page decides how many threads PyTorch has"),
        ("os.environ['KMP_DUPLICATE_LIB_OK'] = 'TRUE'", "No setting of a machine"),
        ("pdb.set_trace()", "step with the arrow keys"),
        ("gc.collect()", "The page frees memory itself"),
        ("plt.plot(x.detach().numpy(), [1.0, 2.0], 'ro')", "Nothing is drawn here"),
        ("plt.rcParams['figure.figsize'] = (8, 6)", "Nothing is drawn here"),
        ("plt.rcParams.update({'font.size': 12})", "Nothing is drawn here"),
        ("plt.gca().spines['top'].set_visible(False)", "Nothing is drawn here"),
        ("sns.set_theme()", "Nothing is drawn here"),
        ("plt.show()", "Nothing is drawn here"),
        ("plt.plot(x.data.numpy(), a_name_without_a_value)", "Nothing is drawn here"),
        ("import tensorboardX", "`tensorboardX` is not part of this language, so this line is skipped"),
        ("%matplotlib inline", "Nothing is drawn here"),
        ("%config InlineBackend.figure_format = 'retina'", "This line is for a notebook"),
        ("%load_ext autoreload\n%autoreload 2", "This line is for a notebook"),
        ("!pip install -q torch", "A program installs nothing here"),
        ("! pip install torch", "A program installs nothing here"),
        ("if len(x) > 1:\n    %matplotlib notebook", "Nothing is drawn here"),
        ("from __future__ import division", "Python 3 works like this already"),
    ],
)
def test_a_line_that_changes_nothing_is_skipped_and_says_so(line: str, says: str) -> None:
    frame = ran(line)[-1]
    assert isinstance(frame.event, Skipped)
    assert says in sentence(frame)
    assert sorted(frame.variables) == ["kept", "torch", "x"]


def test_a_flush_is_skipped_because_what_is_printed_is_shown_at_once() -> None:
    frame = ran("import sys\nsys.stdout.flush()")[-1]
    assert isinstance(frame.event, Skipped)
    assert sentence(frame) == "What is printed is shown at once: this line changes nothing."


def test_every_sentence_of_the_table_has_a_form_in_the_audit() -> None:
    for one in SKIPPED.values():
        assert any(form.pattern.match(one.says) for form in FORMS), one


@pytest.mark.parametrize(
    "line",
    [
        "plt.plot(kept.append(1))",
        "plt.plot(x, label=kept.append(1))",
        "plt.figure(kept.append(1)).add_subplot()",
        "plt.rcParams[kept.append(1)] = 3",
        "plt.rcParams['a'] = kept.append(1)",
        "plt.plot([kept.append(1)][0])",
        "y = plt.subplots(kept.append(1))",
        "def f(): return kept.append(1)\nplt.plot(f())",
    ],
)
def test_what_the_arguments_of_a_skipped_line_do_is_done(line: str) -> None:
    assert ran(line)[-1].variables["kept"].value == [1]


def test_random_numbers_are_drawn_for_a_skipped_line_as_in_python() -> None:
    tape = ran("torch.manual_seed(0)\nplt.plot(torch.rand(3))\ny = torch.rand(1)")
    torch.manual_seed(0)
    torch.rand(3)
    assert tape[-1].variables["y"].value == torch.rand(1).tolist()


def test_what_is_computed_for_a_skipped_line_alone_builds_no_graph() -> None:
    tape = ran("W = torch.ones(2, requires_grad=True)\nplt.plot((W * x).detach().numpy())")
    assert not tape[-1].graph.nodes


def test_the_options_of_printing_are_a_runs_own() -> None:
    torch_before, numpy_before = str(torch.tensor(1 / 3)), str(np.float64(1 / 3) * np.ones(1))
    source = (
        "import torch\nimport numpy as np\ntorch.set_printoptions(precision=1)\nnp.set_printoptions(precision=1)\n"
        "for i in range(3):\n    print(torch.tensor(1 / 3), np.ones(1) / 3)\n"
    )
    tape = viz.run(source, iterations=1)
    assert (str(torch.tensor(1 / 3)), str(np.float64(1 / 3) * np.ones(1))) == (torch_before, numpy_before)
    viz.run(source.replace("precision=1", "precision=6"))
    tape.record(3)
    assert [frame.printed for frame in tape if frame.phase == "loop"] == ["tensor(0.3) [0.3]\n"] * 3


def test_a_thread_that_prints_meanwhile_keeps_its_options() -> None:
    shown = []
    torch.set_printoptions(precision=1)  # type: ignore[no-untyped-call]
    try:
        other = threading.Thread(target=lambda: shown.append(str(torch.tensor(1 / 3))))
        other.start()
        other.join()
        assert str(torch.tensor(1 / 3)) == "tensor(0.3)"
    finally:
        torch.set_printoptions(profile="default")  # type: ignore[no-untyped-call]
    assert shown == ["tensor(0.3333)"]


@pytest.mark.parametrize(
    ("line", "name"),
    [("%timeit x + 1", "%timeit"), ("%run other.py", "%run"), ("!rm -rf /", "!rm"), ("%%bash", "%%bash")],
)
def test_a_command_that_would_do_something_is_refused(line: str, name: str) -> None:
    with pytest.raises(viz.Refused) as refused:
        viz.parse(HEAD + line)
    assert refused.value.problem.message == f"`{name}` is a command of notebooks and not Python; delete this line."
    assert refused.value.problem.line == HEAD.count("\n") + 1


PICTURES = """\
fig, ax = plt.subplots(1, 3, figsize=(7, 3))
ax[0].plot(x.numpy(), [1, 2], label="a")
for one in ax:
    one.set_title("b")
    kept.append(1)
one, (two, three) = plt.subplots(ncols=2)
grid = plt.subplots(2, 3)[1]
for row in grid:
    for one in row:
        one.legend()
        kept.append(2)
for place, one in enumerate(grid.flat):
    one.set_xlabel(f"{place}")
    kept.append(3)
for one in plt.subplots(1, 2, squeeze=False)[1].ravel():
    kept.append(4)
axes = plt.figure().subplots(2)
for one in axes:
    kept.append(5)
below = plt.figure().add_subplot(111)
below.spines["top"].set_visible(False)
line, = below.plot(x)
counts, bins, bars = plt.hist(x)
line.set_ydata([kept.append(6), 0.5])
def draw(ax=None):
    if ax is None:
        ax = plt.subplots()[1]
    ax.scatter([1], [2], color=cm.jet(0.5))
    return 7
kept.append(draw())
kept.append(draw(grid[1, 2]))
"""


def test_what_is_done_with_figures_and_axes_does_nothing_and_everything_else_happens() -> None:
    frames = list(ran(PICTURES))
    expected = [1] * 3 + [2] * 6 + [3] * 6 + [4] * 2 + [5] * 2 + [6, 7, 7]
    assert frames[-1].variables["kept"].value == expected
    said = [frame for frame in frames if frame.line == HEAD.count("\n") + 2]
    assert [sentence(frame) for frame in said] == ["Nothing is drawn here: the page has charts of its own."]
    assert frames[-1].variables["ax"].text == "a part of matplotlib, which does nothing here"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("fig, ax = plt.subplots(1, 2)\nax[2].plot(x)", "index 2 is out of bounds"),
        ("fig, ax = plt.subplots(1, 2)\na, b, c = ax", "3 names on the left and 2 values"),
        ("fig, ax = plt.subplots()\nfor one in ax:\n    pass", "cannot be iterated over"),
        ("fig, ax = plt.subplots('a')", "are integers"),
        ("fig, ax = plt.subplots(10**9)", "a size here is at most"),
        ("fig = plt.figure()\nfig.no_such_part()", "`.no_such_part` is not part of this language"),
        ("y = x.plot()", "has no `.plot`"),
        ("fig, ax = plt.subplots()\ny = torch.exp(ax)", "does not take a part of matplotlib"),
    ],
)
def test_what_cannot_be_done_with_figures_and_axes_is_said(lines: str, said: str) -> None:
    try:
        problem = viz.run(HEAD + lines).error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None
    assert said in problem.message


@pytest.mark.parametrize("line", ["y: __import__('os') = 3", "y: undefined[open('a')] = 3", "y: 'eval(1)' = 3"])
def test_an_annotation_is_read_and_never_evaluated(line: str) -> None:
    assert ran(line)[-1].variables["y"].value == 3
