"""Random numbers: bitwise those of plain Python, the same in every run, and without effect on others."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import viz
from tests.language.test_same_as_python import same_as_python
from viz import limits
from viz.frames.plain import Problem
from viz.language.interpreter import Interpreter
from viz.language.runtime.draws import Draws
from viz.watching.observer import Executed
from viz.watching.silent import Silent

pytestmark = pytest.mark.usefixtures("small_limits")

#: All lines that draw; `p` and `q` exist before.
DRAWING = [
    "a = torch.rand(3)",
    "a = torch.rand(2, 3, requires_grad=True)",
    "a = torch.rand([2, 2], dtype=torch.float64)",
    "a = torch.randn(4)",
    "a = torch.randn(size=(2, 2))",
    "a = torch.randint(10, (3,))",
    "a = torch.randint(2, 5, (3, 2))",
    "a = torch.randint(low=0, high=7, size=[4])",
    "a = torch.randperm(9)",
    "a = torch.normal(1.0, 2.0, (3,))",
    "a = torch.normal(mean=0.0, std=1.0, size=(2, 2))",
    "a = torch.normal(p, q)",
    "a = torch.normal(p, torch.tensor([[1.0], [2.0]]))",
    "a = torch.normal(mean=p, std=0.5)",
    "a = torch.normal(0.5, std=q)",
    "a = torch.normal(p)",
    "a = torch.normal(p.double(), q.double())",
    "a = torch.rand_like(p)",
    "a = torch.randn_like(p, requires_grad=True)",
    "a = torch.bernoulli(p)",
    "a = p.clone().uniform_(-1, 1)",
    "a = p.clone().normal_(0, std=0.5)",
]
HEAD = "import torch\np = torch.tensor([0.25, 0.5, 0.75])\nq = p * 2\n"


@pytest.mark.parametrize("line", DRAWING)
def test_with_a_seed_the_numbers_are_plain_pythons(line: str) -> None:
    with torch.random.fork_rng():
        assert same_as_python(f"{HEAD}torch.manual_seed(7)\n{line}\nb = torch.rand(2)\n{line}\n") == 7


def test_arguments_that_torch_sends_no_gradient_to_may_not_require_one() -> None:
    lines = f"{HEAD}W = torch.ones(3, requires_grad=True)\n"
    problem = viz.run(f"{lines}a = torch.normal(W, q)\n").error
    assert problem is not None
    assert (problem.kind, problem.line) == ("Refused", 5)
    assert problem.message.startswith("`torch.normal` sends no gradient to `mean` and `std`")
    tape = viz.run(f"{lines}with torch.no_grad():\n    a = torch.normal(W, q)\nb = torch.normal(W.detach(), q)\n")
    assert tape.error is None


@pytest.mark.parametrize("seed", ["0", "-3", "2**40", "1.5", "torch.tensor(4)"])
def test_any_seed_of_torch_has_its_numbers(seed: str) -> None:
    with torch.random.fork_rng():
        assert same_as_python(f"import torch\ntorch.manual_seed({seed})\na = torch.rand(3)\n") == 3


def test_manual_seed_returns_none_and_not_torchs_generator() -> None:
    assert value("import torch\na = torch.manual_seed(0) is None\n") is True


def test_a_training_loop_with_noise_is_plain_pythons() -> None:
    source = """\
import torch
from torch import optim
torch.manual_seed(3)
W = torch.randn(3, requires_grad=True)
optimizer = optim.SGD([W], lr=0.1)
for iteration in range(50):
    optimizer.zero_grad()
    x = torch.rand(3)
    loss = ((W * x - 1.0) ** 2).sum()
    loss.backward()
    optimizer.step()
"""
    with torch.random.fork_rng():
        assert same_as_python(source) == 255


def value(source: str, name: str = "a") -> object:
    tape = viz.run(source)
    assert tape.error is None, tape.error
    return tape[-1].variables[name].value


def test_without_a_seed_a_run_begins_as_a_new_generator_does() -> None:
    torch.rand(5)  # whatever was drawn before
    expected = torch.rand(3, generator=torch.Generator()).tolist()
    assert value("import torch\na = torch.rand(3)\n") == expected
    assert value("import torch\na = torch.rand(3)\n") == expected


@pytest.mark.parametrize(
    "line", [*DRAWING, "torch.manual_seed(5)", "torch.randint(5, 2, (3,))", "p.uniform_(2, 1)"]
)
def test_the_generator_of_the_process_is_not_touched(line: str) -> None:
    before = torch.get_rng_state()
    viz.run(f"{HEAD}{line}\n{line}\n")
    assert torch.equal(torch.get_rng_state(), before)


def test_an_error_in_the_middle_releases_the_lock() -> None:
    assert viz.run("import torch\na = torch.bernoulli(torch.tensor([2.0]))").error is not None
    other = threading.Thread(target=lambda: viz.run("import torch\na = torch.rand(1)"), daemon=True)
    other.start()
    other.join(20)
    assert not other.is_alive()


def test_waiting_for_another_run_does_not_count_against_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "import torch\na = torch.rand(3)\n"
    alone = value(source)
    monkeypatch.setattr(limits, "SECONDS", 0.2)
    with ThreadPoolExecutor(1) as pool:
        with Draws().turn():
            waiting = pool.submit(value, source)
            time.sleep(0.5)
            assert not waiting.done()
        assert waiting.result(20) == alone


def test_two_runs_at_once_do_not_affect_each_other() -> None:
    source = """\
import torch
torch.manual_seed({seed})
total = torch.zeros(4)
for iteration in range(150):
    total = total + torch.randn(4)
    mixed = torch.randperm(4)
"""
    alone = [value(source.format(seed=seed), "total") for seed in range(4)]
    before = torch.get_rng_state()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: value(source.format(seed=seed), "total"), range(4)))
    assert together == alone
    assert len({str(one) for one in alone}) == 4
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "line",
    ["a = torch.rand(1001)", "a = torch.randn(10**9, 10)", "a = torch.randint(0, 9, (2000,))",
     "a = torch.randperm(10**8)", "a = torch.normal(0.0, 1.0, (40, 40))",
     "a = torch.normal(torch.zeros(40, 1), torch.ones(40))"],
)  # fmt: skip
def test_sizes_are_checked_before_anything_is_drawn(line: str) -> None:
    before = torch.get_rng_state()
    problem = viz.run(f"import torch\n{line}").error
    assert problem is not None
    assert problem.kind == "Limit"
    assert torch.equal(torch.get_rng_state(), before)


#: Everything about torch that a program could change for others.
def torchs_state() -> tuple[object, ...]:
    return (
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_anomaly_enabled(),
        torch.get_rng_state().tolist(),
    )


@pytest.mark.parametrize(
    "line",
    [
        "torch.rand(2) + torch.rand(3)",
        "torch.manual_seed(1.5 ** 9999)",
        "loss = p.sum()\nloss.backward()",
        "a = torch.rand(1001)",
        "a = torch.zeros(3, dtype=torch.float64) @ torch.rand(4)",
    ],
)
def test_torchs_own_state_is_restored_after_a_program_that_raised(line: str) -> None:
    before = torchs_state()
    assert viz.run(f"{HEAD}a = torch.rand(2)\n{line}\n").error is not None
    assert torchs_state() == before


_CUSTOM = """\
class Odd(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * torch.rand(3){}
    @staticmethod
    def backward(ctx, g):
        with torch.no_grad():
            return g * torch.rand(3){}
q = p.clone().requires_grad_()
a = Odd.apply(q)
a.sum().backward()
"""
_CLOSURE = """\
import torch.optim as o
q = p.clone().requires_grad_()
s = o.LBFGS([q])
def closure():
    with torch.no_grad():
        return torch.rand(2) + q
s.step(closure)
"""


class _Watched(Silent):
    """Keeps torch's state at each statement, and the line of an error."""

    def __init__(self) -> None:
        self.states: list[tuple[object, ...]] = []
        self.error: Problem | None = None

    def frame(self, done: Executed) -> None:
        self.states.append(torchs_state())
        self.error = self.error or done.error


@pytest.mark.parametrize(
    "lines",
    [
        "with torch.no_grad():\n    a = torch.rand(3)\n    p / [1]",
        "with torch.no_grad():\n    a = torch.zeros(1001)",
        "with torch.no_grad():\n    for i in range(3):\n        with torch.enable_grad():\n            p @ p @ p",
        "def f(n):\n    with torch.no_grad():\n        return f(n + 1)\nf(0)",
        "def f(n):\n    with torch.no_grad(): return " + "-(" * 60 + "f(n + 1)" + ")" * 60 + "\nf(0)",
        "with torch.no_grad():\n    a = [torch.rand(3) for i in range(3) if p]",
        "with torch.no_grad():\n    while True: a = torch.rand(3)",
        _CUSTOM.format(" @ 1", ""),
        _CUSTOM.format("", " @ 1"),
        _CUSTOM.format("", ".sum()") + "torch.zeros(1001)",
        _CLOSURE,
    ],
)
def test_torchs_own_state_is_restored_whatever_was_raised_wherever(lines: str) -> None:
    before, watched = torchs_state(), _Watched()
    interpreter = Interpreter(viz.parse(HEAD + lines), watched)
    interpreter.setup()
    interpreter.iteration()
    assert watched.error is not None
    assert torchs_state() == before
    # Inside a block the grad mode is the block's; the rest is unchanged at every line.
    assert {(*state[:2], *state[3:-1], str(state[-1])) for state in watched.states} == {
        (*before[:2], *before[3:-1], str(before[-1]))
    }


@pytest.mark.parametrize(
    "name",
    [
        "set_default_dtype", "set_rng_state", "seed",
        "set_anomaly_enabled", "set_flush_denormal", "random", "default_generator", "set_warn_always",
    ],
)  # fmt: skip
def test_nothing_in_the_language_sets_torchs_state(name: str) -> None:
    with pytest.raises(viz.Refused, match=f"`torch.{name}` is not part of this language"):
        viz.run(f"import torch\na = torch.{name}\n")


@pytest.mark.parametrize(
    "line",
    [
        "torch.set_num_threads(1)", "torch.set_num_interop_threads(1)", "torch.set_printoptions(precision=1)",
        "torch.use_deterministic_algorithms(True)", "torch.backends.cudnn.benchmark = True",
    ],
)  # fmt: skip
def test_a_setting_that_is_accepted_leaves_torchs_state_as_it_is(line: str) -> None:
    before, shown = torchs_state(), str(torch.tensor(1 / 3))
    assert viz.run(f"import torch\n{line}\n").error is None
    assert (torchs_state(), str(torch.tensor(1 / 3))) == (before, shown)
