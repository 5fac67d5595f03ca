"""Programs from the sample options of `optim_db`: three steps with each, and with the schedulers that it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any
from unittest import mock

import torch
from torch.optim import lr_scheduler

from tests.audit.catalogue_count import DTYPES, Count, Draft, Sample, different
from tests.audit.catalogue_forms import refusal
from tests.audit.catalogue_samples import optimizers, optimizers_home
from tests.audit.catalogue_text import Head

_IMPORTS = "import torch\nfrom torch import optim\nfrom torch.optim import lr_scheduler\n"
_DATA = """\
w = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]{dtype}, requires_grad=True)
b = torch.tensor([0.125, -0.5]{dtype}, requires_grad=True)
data = torch.tensor([[1.0, 2.0, -0.5], [0.25, -1.5, 1.0], [-2.0, 0.5, 0.75], [1.25, 1.0, -1.0]]{dtype})
target = torch.tensor([[1.0, -1.0], [0.5, 2.0], [-1.5, 0.0], [2.0, 1.0]]{dtype})
"""
#: The gradient that the loss has at each edge: NaN, infinite, 0 or missing.
_LOSSES = {
    "": "((data @ w.T + b - target) ** 2).mean()",
    "nan": '((data @ w.T + b - target) ** 2).mean() * float("nan")',
    "inf": '((data @ w.T + b - target) ** 2).mean() * float("inf")',
    "zero": "((data @ w.T + b - target) ** 2).mean() * 0.0",
    "one without grad": "((data @ w.T - target) ** 2).mean()",
    "tiny": "((data @ w.T + b - target) ** 2).mean() * 1e-30",
}
#: The number of samples of an optimizer that run with each of them.
_AT_EDGES = 3


def drafts(count: Count) -> Iterator[Draft]:
    """A draft for each program; updates `count`."""
    for info in optimizers():
        count.entries += 1
        refused = refusal(f"{_IMPORTS}w = torch.tensor([[1.0]])\noptimizer = optim.{info.name}([w])\n")
        if refused is not None:
            count.missing[info.name] = refused
            continue
        count.had.add(info.name)
        given = info.optim_inputs_func("cpu")
        samples = different([Sample((), one.kwargs) for one in given], count)
        for dtype in DTYPES:
            for name, source in _of_optimizer(info, samples, dtype):
                yield Draft(
                    f"optim.{info.name}",
                    f"optim.{info.name}, {str(dtype).removeprefix('torch.')}, {name}",
                    source,
                )


def _of_optimizer(info: Any, samples: Sequence[Sample], dtype: torch.dtype) -> Iterator[tuple[str, str]]:
    params = "[w]" if info.name == "Muon" else "[w, b]"  # Muon updates matrices only
    for number, sample in enumerate(samples):
        yield f"sample {number}", _program(info, dtype, params, sample)
        if info.supports_param_groups and info.name != "Muon":
            groups = '[{"params": [w]}, {"params": [b], "lr": 0.05}]'
            yield f"sample {number} in groups", _program(info, dtype, groups, sample)
    for edge, loss in _LOSSES.items():
        for number, sample in enumerate(samples[:_AT_EDGES]) if edge else ():
            yield f"edge: {edge}, sample {number}", _program(info, dtype, params, sample, loss)
    for number, schedulers in enumerate(_schedulers(info)):
        yield (
            f"sample 0 with schedulers {number}",
            _program(info, dtype, params, samples[0], schedulers=schedulers),
        )


def _program(
    info: Any,
    dtype: torch.dtype,
    params: str,
    sample: Sample,
    loss: str = _LOSSES[""],
    schedulers: Sequence[tuple[str, dict[str, Any]]] = (),
) -> str:
    head = Head()
    options = "".join(f", {name}={head.put(one)}" for name, one in sample.options.items())
    data = _DATA.format(dtype="" if dtype is torch.float32 else f", dtype={dtype}")
    lines = [*head.lines, f"optimizer = optim.{info.name}({params}{options})"]
    for number, (name, given) in enumerate(schedulers):
        named = "".join(f", {key}={head.put(one)}" for key, one in given.items())
        lines.append(f"scheduler_{number} = lr_scheduler.{name}(optimizer{named})")
    backward = ["optimizer.zero_grad()", f"loss = {loss}", "loss.backward()"]
    if info.step_requires_closure:
        lines += ["def closure():", *[f"    {line}" for line in (*backward, "return loss")]]
        steps = ["loss = optimizer.step(closure)"]
    else:
        steps = [*backward, "optimizer.step()"]
    for number, (name, _) in enumerate(schedulers):
        steps.append(f"scheduler_{number}.step({'loss' if name == 'ReduceLROnPlateau' else ''})")
    return "\n".join(
        [f"{_IMPORTS}{data}", *lines, "for iteration in range(3):", *[f"    {one}" for one in steps], ""]
    )


def _schedulers(info: Any) -> list[list[tuple[str, dict[str, Any]]]]:
    """The schedulers that the database combines with an optimizer, each with its name and options."""
    home = optimizers_home()
    names = [name for name in dir(home) if isinstance(getattr(home, name), type) and hasattr(lr_scheduler, name)]
    with ExitStack() as stack:
        for name in names:
            if issubclass(getattr(home, name), (lr_scheduler.LRScheduler, lr_scheduler.ReduceLROnPlateau)):
                stand_in = mock.Mock(side_effect=lambda optimizer, name=name, **options: (name, options))
                stack.enter_context(mock.patch.object(home, name, stand_in))
        return [[make(None) for make in several] for several in info.scheduler_inputs]
