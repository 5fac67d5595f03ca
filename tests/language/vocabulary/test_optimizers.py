"""Schedulers, parameter groups and special optimizers do what they do in plain Python."""

from __future__ import annotations

import pytest
import torch
from torch import optim

import viz
from tests.language.test_same_as_python import same_as_python
from viz.frames.events import Cleared, Scheduled, Stepped
from viz.language.vocabulary.libraries import LIBRARIES
from viz.writing.line_values import code_text
from viz.writing.sentences import sentence

pytestmark = pytest.mark.usefixtures("small_limits")

LOOP = """\
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR

x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([0.0, 1.0, 0.25, 0.75])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = nn.MSELoss()
optimizer = {optimizer}
scheduler = {scheduler}
for iteration in range({count}):
    optimizer.zero_grad()
    loss = criterion(W * x + b, y)
    loss.backward()
    optimizer.step()
    scheduler.step({metrics})
    {read}
"""

#: A scheduler of each kind, with arguments that take its other paths.
SCHEDULERS = {
    "StepLR(optimizer, 7, gamma=0.5)": "",
    "optim.lr_scheduler.StepLR(optimizer, step_size=10)": "",
    "optim.lr_scheduler.MultiStepLR(optimizer, [5, 20, 20], gamma=0.3)": "",
    "optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=4)": "",
    "optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, end_factor=0.9, total_iters=9)": "",
    "optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.93)": "",
    "optim.lr_scheduler.PolynomialLR(optimizer, total_iters=30, power=2.0)": "",
    "optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=12, eta_min=0.001)": "",
    "optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=5, T_mult=2)": "",
    "optim.lr_scheduler.CyclicLR(optimizer, 0.01, max_lr=0.2, step_size_up=6, cycle_momentum=False)": "",
    "optim.lr_scheduler.CyclicLR(optimizer, 0.01, 0.2, 3, 4, mode='exp_range', gamma=0.9)": "",
    "optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.3, total_steps=51, anneal_strategy='linear')": "",
    "optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode='min', factor=0.5, patience=1)": "loss.item()",
    "optim.lr_scheduler.ReduceLROnPlateau(optimizer, threshold=0.5, cooldown=2, min_lr=0.01)": (
        "metrics=loss.item()"
    ),
    "optim.lr_scheduler.SequentialLR(optimizer, [optim.lr_scheduler.ConstantLR(optimizer, total_iters=3), "
    "optim.lr_scheduler.ExponentialLR(optimizer, 0.9)], milestones=[8])": "",
    "optim.lr_scheduler.ChainedScheduler([optim.lr_scheduler.ConstantLR(optimizer, total_iters=3), "
    "optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)])": "",
}


def looped(scheduler: str, metrics: str = "", read: str = "pass", count: int = 50, optimizer: str = "") -> str:
    """The linear model with a scheduler."""
    made = optimizer or "optim.SGD([W, b], lr=0.1, momentum=0.5)"
    return LOOP.format(optimizer=made, scheduler=scheduler, metrics=metrics, read=read, count=count)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_fifty_iterations_with_each_scheduler_are_plain_pythons(scheduler: str) -> None:
    assert same_as_python(looped(scheduler, SCHEDULERS[scheduler])) > 300


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_frames_have_the_lr_that_torch_has(scheduler: str) -> None:
    source = looped(scheduler, SCHEDULERS[scheduler], read="[rate] = scheduler.get_last_lr()", count=20)
    rates: list[float] = []
    plain = source.replace("    [rate]", "    rates.append(optimizer.param_groups[0]['lr'])\n    [rate]")
    exec(plain, {"rates": rates})
    tape = viz.run(source)
    assert tape.error is None, tape.error
    events = [frame.event for frame in tape if isinstance(frame.event, Scheduled)]
    assert [event.after[0] for event in events] == rates
    assert [event.before[0] for event in events[1:]] == rates[:-1]
    steps = [frame.event for frame in tape if isinstance(frame.event, Stepped)]
    assert [step.options["lr"] for step in steps[1:]] == rates[:-1]


def test_every_scheduler_of_the_language_is_tried() -> None:
    tried = {
        name
        for name in LIBRARIES["torch.optim.lr_scheduler"].members
        if any(f"{name}(" in one for one in SCHEDULERS)
    }
    assert tried | {"LambdaLR", "MultiplicativeLR"} >= set(LIBRARIES["torch.optim.lr_scheduler"].members)
    assert len(tried) >= 13


def test_a_sentence_says_what_the_scheduler_did_to_lr() -> None:
    tape = viz.run(looped("StepLR(optimizer, step_size=2, gamma=0.5)", count=3))
    first, second = tape.iteration(0), tape.iteration(1)
    made = next(frame for frame in tape.setup if "scheduler" in frame.variables)
    assert sentence(made) == (
        "scheduler is StepLR(step_size=2, gamma=0.5): step() will set the optimizer's lr. "
        "It also set optimizer.param_groups[0]['initial_lr'] to 0.1."
    )
    scheduled = [next(frame for frame in part if isinstance(frame.event, Scheduled)) for part in (first, second)]
    assert sentence(scheduled[0]) == "StepLR left lr at 0.1."
    assert sentence(scheduled[1]) == "StepLR changed lr from 0.1 to 0.05 for the following steps."
    assert code_text(scheduled[1]) == ("lr 0.05", "update")
    assert scheduled[0].variables["optimizer"].text.startswith("SGD(lr=0.1, momentum=0.5,")
    assert scheduled[1].variables["optimizer"].text.startswith("SGD(lr=0.05, momentum=0.5,")


def test_an_optimizer_shows_that_making_a_scheduler_changed_its_lr() -> None:
    tape = viz.run(looped("optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5)", count=1))
    assert tape.setup[-1].variables["optimizer"].text.startswith("SGD(lr=0.05,")
    assert tape.setup[-2].variables["optimizer"].text.startswith("SGD(lr=0.1,")


def test_the_list_of_rates_belongs_to_the_program() -> None:
    tape = viz.run(looped("StepLR(optimizer, 1)", read="r = scheduler.get_last_lr()", count=2))
    first, second = (tape.iteration(number)[-1].variables["r"].value for number in (0, 1))
    assert first == [0.1 * 0.1]
    assert second == [0.1 * 0.1 * 0.1]


def test_the_number_of_steps_of_a_scheduler_can_be_read() -> None:
    tape = viz.run(looped("StepLR(optimizer, 1)", read="n = scheduler.last_epoch", count=3))
    assert tape[-1].variables["n"].value == 3


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("StepLR(optimizer, 1, last_epoch=3)", "takes no `last_epoch`"),
        ("optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.2, scale_fn=torch.exp)", "takes no `scale_fn`"),
        ("optim.lr_scheduler.LRScheduler(optimizer)", "`torch.optim.lr_scheduler.LRScheduler` is not part"),
    ],
)
def test_an_argument_that_a_scheduler_does_not_take_is_refused_by_name(line: str, part: str) -> None:
    with pytest.raises(viz.Refused, match=part):
        viz.run(looped(line))


@pytest.mark.parametrize("line", ["get_lr()", "optimizer", "lr_lambdas", "__dict__"])
def test_other_attributes_of_a_scheduler_are_refused(line: str) -> None:
    with pytest.raises(viz.Refused, match="is not part of this language"):
        viz.run(looped("StepLR(optimizer, 1)", read=f"a = scheduler.{line}"))


@pytest.mark.parametrize("arguments", ["[W], params=[W]", "[W], 0.1, lr=0.1"])
def test_an_argument_that_is_given_twice_is_refused_in_pythons_words(arguments: str) -> None:
    with pytest.raises(TypeError) as raised:
        eval(f"optim.RMSprop({arguments})", {"optim": optim, "W": torch.ones(1, requires_grad=True)})
    head = "import torch\nfrom torch import optim\nW = torch.ones(1, requires_grad=True)\n"
    error = viz.run(f"{head}o = optim.RMSprop({arguments})\n").error
    assert error is not None and error.message == str(raised.value)


def test_a_huge_whole_number_for_a_scheduler_is_a_limit() -> None:
    problem = viz.run(looped("optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.2, gamma=2**40)")).error
    assert problem is not None
    assert (problem.kind, problem.line) == ("Limit", 11)


def test_torchs_own_refusals_are_shown_on_their_line() -> None:
    problem = viz.run(looped("StepLR(x, 1)")).error
    assert problem is not None
    assert (problem.kind, problem.line, problem.message) == ("TypeError", 11, "Tensor is not an Optimizer")


def test_a_loss_that_needs_a_gradient_may_be_given_to_reduce_lr_on_plateau() -> None:
    line = "optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)"
    rates = [viz.run(looped(line, metrics))[-2].event for metrics in ("loss", "loss.item()")]
    assert isinstance(rates[0], Scheduled)
    assert rates[0] == rates[1]


def same_iterations(source: str, names: str = "Wb") -> list[object]:
    """Compare the values of names at the end of each iteration with plain Python; return the last ones."""
    tape = viz.run(source)
    assert tape.error is None, tape.error
    histories: list[object] = []
    plain = source + f"    histories.append([{', '.join(f'{name}.tolist()' for name in names)}])\n"
    exec(plain, {"histories": histories})
    for number, expected in enumerate(histories):
        held = tape.iteration(number)[-1].variables
        assert repr([held[name].value for name in names]) == repr(expected), number
    assert tape.recorded == len(histories)
    return histories


CLOSURE = """\
import torch
from torch import nn, optim
x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([0.0, 1.0, 0.25, 0.75])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
optimizer = {optimizer}
def closure():
    optimizer.zero_grad()
    loss = ((W * x + b - y) ** 2).mean() + (W ** 4).sum()
    loss.backward()
    return loss
for iteration in range({count}):
    loss = optimizer.step(closure)
"""


@pytest.mark.parametrize(
    "optimizer",
    [
        "optim.LBFGS([W, b])",
        "optim.LBFGS([W, b], lr=0.1, max_iter=4, history_size=3)",
        "optim.LBFGS([W, b], max_iter=5, line_search_fn='strong_wolfe')",
        "optim.SGD([W, b], lr=0.05)",
        "optim.Adam([W, b], lr=0.05)",
    ],
)
def test_a_step_with_a_closure_is_plain_pythons(optimizer: str) -> None:
    histories = same_iterations(CLOSURE.format(optimizer=optimizer, count=50))
    assert histories[0] != [[0.5], [0.0]]


def test_the_step_of_lbfgs_returns_the_first_loss_with_its_graph() -> None:
    source = CLOSURE.format(optimizer="optim.LBFGS([W, b])", count=1)
    tape = viz.run(source)
    frame = tape[-1]
    assert frame.variables["loss"].grad_fn == "AddBackward0"
    # mean of (0.5 x - y)^2 + 0.5^4: (0 + 0.5625 + 0.0625 + 0) / 4 + 0.0625
    assert frame.variables["loss"].value == 0.21875
    assert isinstance(frame.event, Stepped)
    first = frame.event.updates[0]
    assert (first.name, first.before, first.after) == ("W", [0.5], frame.variables["W"].value)
    assert first.state_before == {}
    assert {"func_evals", "n_iter", "d", "t", "prev_loss"} <= first.state_after.keys()
    assert sentence(frame).startswith("LBFGS moved W from 0.5000 to ")


def test_what_lbfgs_moved_before_it_calls_the_closure_is_not_attributed_to_the_closures_lines() -> None:
    tape = viz.run(CLOSURE.format(optimizer="optim.LBFGS([W, b], max_iter=3)", count=2))
    cleared = [frame for frame in tape if isinstance(frame.event, Cleared)]
    assert len(cleared) == 6
    assert cleared[1].variables["W"].value != cleared[0].variables["W"].value
    assert all({change.what for change in frame.changes} <= {"grad"} for frame in cleared)
    assert not any("changed" in sentence(frame) for frame in cleared)


def test_lbfgs_without_a_closure_says_what_it_needs() -> None:
    source = CLOSURE.format(optimizer="optim.LBFGS([W, b])", count=1).replace("step(closure)", "step()")
    problem = viz.run(source).error
    assert problem is not None
    assert "as in `step(closure)`" in problem.message


@pytest.mark.parametrize("closure", ["torch.exp", "nn.MSELoss()", "3.0", "nn.MSELoss", "optim.SGD"])
def test_only_a_function_of_the_program_can_be_a_closure(closure: str) -> None:
    source = CLOSURE.format(optimizer="optim.LBFGS([W, b])", count=1).replace("(closure)", f"({closure})")
    problem = viz.run(source).error
    assert problem is not None
    assert "a function of the program" in problem.message


@pytest.mark.parametrize("option", ["max_iter", "max_eval", "history_size"])
def test_the_counts_of_lbfgs_go_up_to_a_thousand(option: str) -> None:
    problem = viz.run(CLOSURE.format(optimizer=f"optim.LBFGS([W, b], {option}=10**9)", count=1)).error
    assert problem is not None
    assert (problem.kind, problem.line) == ("Limit", 7)


def test_a_closure_with_which_the_step_never_ends_meets_the_limit_of_time_or_statements() -> None:
    made = "optim.LBFGS([W, b], max_iter=1000, max_eval=1000, tolerance_change=-1.0, tolerance_grad=-1.0)"
    problem = viz.run(CLOSURE.format(optimizer=made, count=1)).error
    assert problem is not None
    assert problem.kind == "Limit"


GROUPS = """\
import torch
from torch import nn, optim
x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([0.0, 1.0, 0.25, 0.75])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
optimizer = {optimizer}
{more}
for iteration in range(50):
    optimizer.zero_grad()
    loss = ((W * x + b - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    {each}
"""


def grouped(optimizer: str, more: str = "pass", each: str = "pass") -> str:
    """The linear model with groups of parameters."""
    return GROUPS.format(optimizer=optimizer, more=more, each=each)


TWO = "optim.SGD([{'params': [W], 'lr': 0.2}, {'params': [b], 'momentum': 0.5}], lr=0.05)"


@pytest.mark.parametrize(
    "source",
    [
        grouped(TWO),
        grouped("optim.Adam([{'params': W}, {'params': [b], 'lr': 0.5, 'betas': (0.5, 0.9)}], lr=0.05)"),
        grouped("optim.SGD([W], lr=0.1)", "optimizer.add_param_group({'params': [b], 'lr': 0.3})"),
        grouped(TWO, each="optimizer.param_groups[0]['lr'] = 0.9 ** iteration"),
        grouped(TWO, each="optimizer.param_groups[1]['lr'] *= 0.95"),
        grouped(TWO, "scheduler = optim.lr_scheduler.StepLR(optimizer, 5)", "scheduler.step()"),
        grouped(
            TWO,
            "scheduler = optim.lr_scheduler.LambdaLR(optimizer, [lambda n: 0.9 ** n, lambda n: 1 / (n + 1)])",
            "scheduler.step()",
        ),
        grouped(
            TWO, "scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda n: 0.95 ** n)", "scheduler.step()"
        ),
        grouped(
            TWO, "scheduler = optim.lr_scheduler.MultiplicativeLR(optimizer, lambda n: 0.9)", "scheduler.step()"
        ),
    ],
)
def test_groups_of_parameters_are_plain_pythons(source: str) -> None:
    same_iterations(source)


def test_each_group_has_its_own_options_in_the_frames() -> None:
    tape = viz.run(grouped(TWO))
    held = tape.setup[-1].variables["optimizer"].text
    assert held.startswith("SGD(lr=0.2, momentum=0, ")
    assert held.endswith(") and a group with lr=0.05, momentum=0.5")
    step = tape.iteration(0)[-2]
    assert isinstance(step.event, Stepped)
    of_w, of_b = step.event.updates
    assert (step.event.options["lr"], of_w.options) == (0.2, None)
    assert of_b.options is not None
    assert (of_b.options["lr"], of_b.options["momentum"]) == (0.05, 0.5)
    assert "with lr" not in sentence(step)


def test_a_group_reads_like_torchs_own() -> None:
    lines = "g = optimizer.param_groups[1]\nn = len(optimizer.param_groups)\n"
    lines += "rate = g['lr']\nsame = g['params'][0] is b"
    held = viz.run(grouped(TWO, lines), 0)[-1].variables
    assert (held["rate"].value, held["n"].value, held["same"].value) == (0.05, 2, True)
    assert held["g"].text.startswith("{'params': [b], 'momentum': 0.5, 'lr': 0.05, ")


@pytest.mark.parametrize(
    ("optimizer", "more", "part"),
    [
        ("optim.SGD([{'params': [W], 'foreach': True}], lr=0.1)", "pass", "not 'foreach'"),
        ("optim.Adam([{'params': [W], 'differentiable': True}])", "pass", "not 'differentiable'"),
        ("optim.SGD([{'params': [W], 'lr': [0.1]}], lr=0.1)", "pass", "`lr` cannot be a list"),
        ("optim.SGD([{'params': [W], 'lr': 'x'}], lr=0.1)", "pass", "`lr` cannot be 'x'"),
        ("optim.SGD([{'params': [W], 1: 2}], lr=0.1)", "pass", "not 1"),
        ("optim.SGD([W], lr=0.1)", "optimizer.param_groups[0]['lr'] = [1]", "`lr` cannot be a list"),
        ("optim.SGD([W], lr=0.1)", "optimizer.param_groups[0]['fused'] = True", "not 'fused'"),
        ("optim.SGD([W], lr=0.1)", "optimizer.param_groups[0]['params'] = [b]", "not 'params'"),
        (
            "optim.SGD([W], lr=0.1)",
            "g = optimizer.param_groups[0]\ng['params'] += [b]",
            "list belongs to an optimizer",
        ),
        (
            "optim.SGD([W], lr=0.1)",
            "optimizer.param_groups[0]['params'].append(b)",
            "list belongs to an optimizer",
        ),
        ("optim.SGD([W], lr=0.1)", "optimizer.param_groups[0]['params'][0] = b", "list belongs to an optimizer"),
        ("optim.SGD([W], lr=0.1)", "optimizer.param_groups.pop()", "list belongs to an optimizer"),
        ("optim.SGD([W], lr=0.1)", "g = optimizer.param_groups\ng += [1]", "list belongs to an optimizer"),
        ("optim.SGD([W], lr=0.1)", "optimizer.param_groups[0].pop('lr')", "can be set here, but not removed"),
        ("optim.SGD([W], lr=0.1)", "optimizer.param_groups[0]['lr'] = None", "`lr` cannot be None"),
        (
            "optim.SGD([W], lr=0.1)",
            "g = {'params': [b]}\noptimizer.add_param_group(g)\ng['lr'] = [1]",
            "`lr` cannot be a list",
        ),
        (
            "optim.SGD([W], lr=0.1)",
            "g = {'params': [b]}\nother = optim.Adam([g])\noptimizer.add_param_group(g)\ng['momentum'] = 0.5",
            "An option of Adam is one of",
        ),
        ("optim.LBFGS([W])", "optimizer.param_groups[0]['max_iter'] = 10**9", "1,000 is the most"),
        ("optim.SGD([W], lr=0.1)", "optimizer.add_param_group({'params': [b], 'fused': True})", "not 'fused'"),
        (
            "optim.SGD([W], lr=10**6)",
            "s = optim.lr_scheduler.ExponentialLR(optimizer, [0] * 900)",
            "cannot be a list",
        ),
        (
            "optim.SGD([W], lr=10**6)",
            "s = optim.lr_scheduler.LambdaLR(optimizer, lambda n: [0] * 900)",
            "a number",
        ),
        (
            "optim.SGD([W], lr=10**6)",
            "s = optim.lr_scheduler.LambdaLR(optimizer, torch.zeros)",
            "a function of the",
        ),
        ("optim.Muon([W], lr=0.1)", "pass", "only supports 2D"),
    ],
)
def test_an_unknown_option_is_refused_in_a_sentence(optimizer: str, more: str, part: str) -> None:
    problem = viz.run(grouped(optimizer, more)).error
    assert problem is not None
    assert part in problem.message


MUON = """\
import torch
from torch import optim
x = torch.tensor([[0.0, 1.0, 0.5], [1.0, -1.0, 2.0]])
y = torch.tensor([[1.0], [-1.0]])
W = torch.tensor([[0.5, -0.25], [0.1, 0.3], [0.2, 0.4]], requires_grad=True)
b = torch.tensor([[0.5], [1.0]], requires_grad=True)
optimizer = optim.Muon([W, b], lr=0.05{arguments})
for iteration in range(50):
    optimizer.zero_grad()
    loss = ((torch.tanh(x @ W) @ b - y) ** 2).mean()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    "arguments",
    ["", ", momentum=0.5, nesterov=False, weight_decay=0.0", ", ns_steps=3, adjust_lr_fn='match_rms_adamw'"],
)
def test_fifty_iterations_of_muon_are_plain_pythons(arguments: str) -> None:
    assert same_as_python(MUON.format(arguments=arguments)) == 207
