"""Programs from the sample inputs of `module_db`: make the module, set its parameters, call it, run backward."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from tests.audit import catalogue_edges as edges
from tests.audit.catalogue_count import DTYPES, Count, Draft, Sample, different
from tests.audit.catalogue_forms import refusal
from tests.audit.catalogue_samples import drawn, modules, seeded
from tests.audit.catalogue_text import Head

_IMPORTS = "import torch\nfrom torch import nn\n"


def drafts(count: Count) -> Iterator[Draft]:
    """A draft for each program; updates `count`."""
    for info in modules():
        name = info.module_cls.__name__
        count.entries += 1
        refused = refusal(f"{_IMPORTS}module = nn.{name}()\n")
        if refused is not None:
            count.missing[name] = refused
            continue
        count.had.add(name)
        for dtype in DTYPES:
            for training in (True, False) if info.train_and_eval_differ else (True,):
                yield from _of_module(info, dtype, training, count)


def _of_module(info: Any, dtype: torch.dtype, training: bool, count: Count) -> Iterator[Draft]:
    kind = info.module_cls
    given = drawn(lambda: info.module_inputs_func(info, "cpu", dtype, requires_grad=True, training=training))
    samples = different([_sample(kind, one, dtype) for one in given if one.forward_input is not None], count)
    entry = f"nn.{kind.__name__}"
    name = f"{entry}{'' if training else '.eval()'}, {str(dtype).removeprefix('torch.')}"
    for number, sample in enumerate(samples):
        yield Draft(entry, f"{name}, sample {number}", _source(kind, sample, training))
    for edge, sample in edges.of(samples, dtype):
        yield Draft(entry, f"{name}, edge: {edge}", _source(kind, sample, training), raises=True)


def _sample(kind: type[nn.Module], given: Any, dtype: torch.dtype) -> Sample:
    made = dict(given.constructor_input.kwargs)
    if dtype is not torch.float32 and "dtype" in inspect.signature(kind).parameters:
        made["dtype"] = dtype
    called = given.forward_input
    return Sample(tuple(called.args), dict(called.kwargs), (tuple(given.constructor_input.args), made))


def _source(kind: type[nn.Module], sample: Sample, training: bool) -> str:
    head = Head()
    args, options = _call(head, sample.args, sample.options), _call(head, *sample.made)
    with seeded():
        module = kind(*sample.made[0], **sample.made[1])
    lines = [*head.lines, f"module = nn.{kind.__name__}({options})", *_parameters(module)]
    if not training:
        lines.append("module.eval()")
    return "\n".join([_IMPORTS + lines[0], *lines[1:], f"out = module({args})", ""])


def _call(head: Head, args: tuple[Any, ...], options: dict[str, Any]) -> str:
    named = [f"{name}={head.put(one)}" for name, one in options.items() if name != "device"]
    return ", ".join([*[head.put(one) for one in args], *named])


def _parameters(module: nn.Module) -> Iterator[str]:
    """Lines that set the parameters to the same numbers each time."""
    parameters = list(module.named_parameters())
    if parameters:
        yield "with torch.no_grad():"
    for name, one in parameters:
        dtype = "" if one.dtype is torch.float32 else f", dtype={one.dtype}"
        size = ", ".join(str(size) for size in one.shape)
        path = re.sub(r"\.(\d+)", r"[\1]", f"module.{name}")  # an entry of a ModuleList
        yield f"    {path}.copy_(torch.linspace(-0.75, 1.0, {one.numel()}{dtype}).reshape({size}))"
