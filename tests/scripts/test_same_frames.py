"""Python itself is the reference: the same program, run by Python and recorded, has the language's frames."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
import torch

import viz
from tests.audit.programs import of_the_tests
from tests.language import brought_programs, definition_programs, iteration_programs
from tests.recording import test_calls
from tests.scripts.differences import differences
from viz.editing.loops import iteration_loop
from viz.editing.training_loops import training_loops
from viz.frames.frame import Frame
from viz.presets import Preset, presets
from viz.scripts.recording import record_file

#: Iterations of each program.
ITERATIONS = 3
#: Programs that do what the presets do not.
PROGRAMS = {
    "functions of all kinds call each other": test_calls.SOURCE,
    "an error ends the run in a call": f"{test_calls.SOURCE}\nfails(w)\n",
    "a call trains over several iterations": test_calls.TRAINS,
    "a view is written into": """
import torch

x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
y = x * 2
y[0].mul_(3)
y[:, 1] = 5.0
loss = y.sum()
loss.backward()
""",
    "functions call functions, and loops end early": """
import torch

w = torch.tensor(2.0, requires_grad=True)

def twice(a):
    return a * 2

def four_times(a):
    b = twice(a)
    return twice(b)

for iteration in range(2):
    total = 0.0
    for k in range(3):
        for j in range(5):
            if j == k:
                continue
            elif j > 3:
                break
            total = total + four_times(w) * j
    while total < 500:
        total = total * 2
    total.backward()
while total > 400:
    total = total / 2
""",
    "a second derivative, a retained grad and warnings": """
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x ** 3
y.retain_grad()
first, = torch.autograd.grad(y.sum(), x, create_graph=True)
first.sum().backward()
g = (x * 2).grad
print(x.grad, y.grad)
x.grad.zero_()
x.requires_grad_(False)
""",
    "layers in a Sequential, called with a space": """
import torch
from torch import nn, optim

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Sequential(nn.Linear(3, 1), nn.ReLU()))
optimizer = optim.AdamW(net.parameters(), lr=0.1)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2)
x = torch.randn(4, 2)
for iteration in range(3):
    loss = nn.functional.mse_loss(net (x), torch.ones(4, 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
print(loss.item())
""",
}


def by_python(source: str, file: Path) -> list[Frame]:
    """The frames of a program that Python runs, with the random numbers that the language begins with."""
    file.write_text(source, encoding="utf-8")
    before = torch.get_rng_state()
    torch.manual_seed(torch.Generator().initial_seed())
    np.random.seed(0)  # the generator that a program draws from
    try:
        tape = record_file(file)
        tape.record(1000)
        return list(tape)
    finally:
        torch.set_rng_state(before)


def shorter(source: str) -> str:
    """The same program with fewer iterations."""
    return source.replace("range(100)", f"range({ITERATIONS})")


#: Programs whose frames differ, and why.
DIFFERENT = {
    "tests/language/block_programs.py 'comprehensions'": "Python's `sum` adds term by term, the language at once",
}
#: Programs that run to their end, both ways.
BROUGHT = definition_programs.PROGRAMS | brought_programs.PROGRAMS | iteration_programs.PROGRAMS
_OF_THEIR_OWN = tuple(f"tests/language/{one}_programs.py" for one in ("definition", "brought", "iteration"))
SHARED = {
    name: source
    for name, source in of_the_tests()
    if name not in DIFFERENT and not name.startswith(_OF_THEIR_OWN)  # these have a test of their own
}


@pytest.mark.parametrize("preset", presets(), ids=lambda one: one.title)
def test_python_and_the_language_record_the_same_frames(preset: Preset, tmp_path: Path) -> None:
    source = shorter(preset.source)
    assert list(differences(list(viz.run(source)), by_python(source, tmp_path / "program.py"))) == []


@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS)
def test_they_record_the_same_frames_of_what_the_presets_lack(source: str, tmp_path: Path) -> None:
    assert list(differences(list(viz.run(source)), by_python(source, tmp_path / "program.py"))) == []


@pytest.mark.parametrize("lines", BROUGHT.values(), ids=BROUGHT)
def test_they_record_the_same_frames_of_functions_classes_and_data(lines: str, tmp_path: Path) -> None:
    source = definition_programs.HEAD + lines
    tape = viz.run(source)
    assert tape.error is None
    assert list(differences(list(tape), by_python(source, tmp_path / "program.py"))) == []


@pytest.mark.parametrize("source", SHARED.values(), ids=SHARED)
def test_they_record_the_same_frames_of_the_programs_of_other_tests(source: str, tmp_path: Path) -> None:
    assert _between(source, tmp_path) == []


def _between(source: str, folder: Path) -> list[str]:
    """The differences between the language and Python, if both run the program to the end, with the same loop."""
    tree = ast.parse(source)
    if iteration_loop(tree.body) is not None and not training_loops([tree]):
        return []  # nothing trains: the language counts the passes of a first loop, Python none
    tape = viz.run(source)
    if tape.error is not None and tape.error.kind in ("Refused", "Limit"):
        return []
    return list(differences(list(tape), by_python(source, folder / "program.py")))


def test_a_difference_is_found() -> None:
    one, other = (list(viz.run(f"import torch\nx = torch.tensor({number})\n")) for number in (1.0, 2.0))
    assert list(differences(one, other)) == ["frame 1, line 2: .variables['x'].value: 1.0 and 2.0"]
