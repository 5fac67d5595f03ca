"""torch's warnings belong to the line that caused them, and to the thread that ran it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import viz
from viz.writing.sentences import sentence

COLUMN = """\
import torch
from torch import nn, optim
import torch.nn.functional as F
prediction = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
target = torch.tensor([1.0, 2.0, 3.0])
criterion = nn.MSELoss()
optimizer = optim.SGD([prediction], lr=0.1)
scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
"""
LOOP = COLUMN + "for step in range(3):\n    loss = criterion(prediction, target)\n    loss.backward()\n"


def torchs_words() -> str:
    """torch's own warning about a row of targets for a column."""
    with pytest.warns(UserWarning, match="target size") as caught:
        torch.nn.functional.mse_loss(torch.ones(3, 1), torch.ones(3))
    return str(caught[0].message)


def test_a_target_of_another_size_causes_torchs_warning_each_time() -> None:
    tape = viz.run(LOOP)
    assert tape.error is None
    warned = [frame for frame in tape if frame.warned]
    assert [(frame.line, frame.iteration) for frame in warned] == [(10, 0), (10, 1), (10, 2)]
    assert warned[0].warned == torchs_words()
    assert sentence(warned[0]).startswith("PyTorch warns: Using a target size (torch.Size([3]))")
    assert warned[0].variables["loss"].value == pytest.approx(4 / 3)


def test_a_scheduler_that_steps_before_its_optimizer_causes_a_warning() -> None:
    tape = viz.run(COLUMN + "scheduler.step()\noptimizer.step()\n")
    assert [frame.line for frame in tape if frame.warned] == [9]
    assert "`lr_scheduler.step()` before `optimizer.step()`" in tape[-2].warned


def test_a_warning_belongs_to_its_statement_and_is_reported_once() -> None:
    tape = viz.run(COLUMN + "a = F.mse_loss(prediction, target) + F.mse_loss(prediction, target)\nb = 1\n")
    assert tape[-2].warned == torchs_words()
    assert tape[-1].warned == ""


@pytest.mark.parametrize("call", ["math.sqrt(loss)", "math.log(loss, 2)", "math.floor(loss)"])
def test_functions_of_math_convert_a_tensor_to_a_number_as_in_python(call: str) -> None:
    head = "import math\nimport torch\nloss = torch.tensor(2.0, requires_grad=True) * 2\n"
    assert viz.run(head + f"a = {call}\n")[-1].warned.startswith("Converting a tensor with requires_grad=True")
    assert viz.run(head + f"a = {call.replace('loss', 'loss.detach()')}\n")[-1].warned == ""


def test_warnings_of_a_line_before_it_calls_a_function_belong_to_the_line() -> None:
    source = COLUMN + "def f(a):\n    return torch.ones(2) + a\nf(F.mse_loss(prediction, target))\n"
    tape = viz.run(source)
    assert [frame.line for frame in tape if frame.warned] == [11]
    wrong = viz.run(source.replace("+ a", "+ torch.ones(3)"))
    assert [frame.line for frame in wrong if frame.warned] == [10]  # line 11 does not finish


def test_an_error_comes_before_a_warning() -> None:
    tape = viz.run(COLUMN + "a = F.mse_loss(prediction, target) + (torch.ones(2) + target)\n")
    assert tape[-1].warned and sentence(tape[-1]).startswith("Line 9: The size of tensor")
    assert " PyTorch warns: Using a target size" in sentence(tape[-1])


def test_warnings_of_other_threads_are_unaffected_while_a_program_runs() -> None:
    def warn(number: int) -> int:
        return len(viz.run(LOOP).setup) if number % 2 else _caught(number)

    with pytest.warns(UserWarning, match="number") as caught, ThreadPoolExecutor(4) as pool:
        made = list(pool.map(warn, range(12)))
    assert made == [number if number % 2 == 0 else 8 for number in range(12)]
    assert sorted(str(one.message) for one in caught) == sorted(f"number {number}" for number in range(0, 12, 2))


def _caught(number: int) -> int:
    warnings.warn(f"number {number}", stacklevel=1)
    return number


def test_a_warning_still_names_its_own_place() -> None:
    with pytest.warns(UserWarning, match="here") as caught:
        warnings.warn("here", stacklevel=1)
    assert caught[0].filename == __file__


#: Warnings that PyTorch issues from C++ (some of them once per process) and from Python.
FROM_C = """\
import torch
import torch.nn.functional as F
w = torch.tensor([1.0, 2.0], requires_grad=True)
x = torch.tensor([[[1.0, 2.0]]])
c = torch.tensor(w)
t = x.T
s = torch.tensor([4.0]).std()
loss = F.mse_loss(w, torch.ones(2, 1))
loss.backward(create_graph=True)
h = w * 2
q = h.grad
n = float(loss)
p = F.softmax(h)
i = torch.tensor([1.0, 2.0]).long()
h.retain_grad()
r = h.grad
"""
#: Prints the warnings of each line of a program that Python itself runs, with no warning filtered out.
PLAIN = """\
import json, sys, warnings
told, names = [], {}
for line in sys.stdin.read().splitlines():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(line, names)
    told.append([" ".join(str(one.message).split()) for one in caught])
print(json.dumps(told))
"""


def test_every_line_has_the_warnings_that_python_reports_in_a_separate_process() -> None:
    done = subprocess.run([sys.executable, "-c", PLAIN], input=FROM_C, capture_output=True, text=True, check=True)
    plain = [" ".join(dict.fromkeys(told)) for told in json.loads(done.stdout)]
    assert sum(bool(told) for told in plain) == 8
    for _ in range(2):  # a warning that PyTorch issues once per process is in each run
        assert [frame.warned for frame in viz.run(FROM_C)] == plain


def test_reading_the_grad_of_a_tensor_that_is_not_a_leaf_causes_a_warning_there() -> None:
    source = """\
import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
for k in range(3):
    loss = (w * w).sum()
    loss.backward()
    w = w - 0.1 * w.grad
"""
    *before, last = viz.run(source)
    assert not any(frame.warned for frame in before)
    assert (last.iteration, last.line) == (1, 6) and last.error is not None
    assert last.warned.startswith("The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.")
    said = sentence(last)
    assert said.startswith("Line 6: unsupported operand type(s) for *: 'float' and 'NoneType'. PyTorch warns: The")
    assert "Triggered internally" in last.warned and "Triggered internally" not in said


def test_a_line_with_a_warning_also_says_what_it_did() -> None:
    said = sentence(viz.run(FROM_C)[8])
    assert said.startswith("PyTorch warns: Using backward() with create_graph=True will create a reference cycle")
    assert said.endswith(" loss.backward() added [0, 1.000] to w.grad, which was None.")


def test_a_warning_from_numpy_is_attributed_to_numpy() -> None:
    frame = viz.run("import numpy as np\nm = np.array([1.0])[1:].mean()\n")[-1]
    assert sentence(frame) == (
        "NumPy warns: Mean of empty slice. invalid value encountered in scalar divide. m is nan."
    )


@pytest.mark.parametrize(
    ("line", "warned"),
    [
        ("b = np.log(a)", "divide by zero encountered in log"),
        ("b = a / 0", "divide by zero encountered in divide. invalid value encountered in divide"),
        ("b = np.sqrt(-2)", "invalid value encountered in sqrt"),
        ("a *= 1e308", "overflow encountered in multiply"),
        ("a[0] = 1.0", ""),
    ],
)
def test_numpy_warns_of_nan(line: str, warned: str) -> None:
    assert viz.run(f"import numpy as np\na = np.array([0.0, 1e10])\n{line}\n")[-1].warned == warned


def test_a_run_leaves_no_trace_in_the_warnings_of_the_process() -> None:
    warn, show, filters = warnings.warn, warnings.showwarning, list(warnings.filters)
    viz.run(FROM_C)
    assert (warnings.warn, warnings.showwarning, list(warnings.filters)) == (warn, show, filters)
    assert not torch.is_warn_always_enabled()
    with pytest.warns(UserWarning, match="is not a leaf"):
        (torch.ones(1, requires_grad=True) * 2).grad  # noqa: B018


def test_a_warning_that_this_process_had_before_is_still_reported() -> None:
    criterion, target = torch.nn.MSELoss(), torch.tensor([1.0, 2.0, 3.0])
    prediction = torch.tensor([[1.0], [2.0], [3.0]])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")  # once for each place
        for _ in range(2):
            criterion(prediction, target)
        assert len(caught) == 1
        assert [frame.line for frame in viz.run(LOOP, 1) if frame.warned] == [10]
        criterion(prediction, target)
        assert len(caught) == 1, "the process has that warning behind it, whatever a recording heard"


def test_a_program_gets_its_warnings_even_if_warnings_are_errors_here() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tape = viz.run(FROM_C)
    assert tape.error is None and sum(bool(frame.warned) for frame in tape) == 8


def test_several_threads_each_get_the_warnings_of_their_own_program() -> None:
    ready = threading.Barrier(4)

    def lines(number: int) -> list[int]:
        ready.wait()
        source = "import torch\n" + "a = 1\n" * number + "s = torch.tensor([4.0]).std()\n" * 20
        return [frame.line for frame in viz.run(source) if frame.warned]

    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lines, range(4)))
    assert heard == [list(range(2 + number, 22 + number)) for number in range(4)]
    assert not torch.is_warn_always_enabled()
