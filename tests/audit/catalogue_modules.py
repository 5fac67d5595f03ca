"""Programs from the sample inputs of `module_db`: make the module, set its parameters, call it, go backward."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from tests.audit import catalogue_edges as edges
from tests.audit.catalogue_count import DTYPES, Count, Sample, different
from tests.audit.catalogue_ending import ended, plainly
from tests.audit.catalogue_forms import refusal
from tests.audit.catalogue_samples import drawn, modules
from tests.audit.catalogue_text import Head

_IMPORTS = "import torch\nfrom torch import nn\n"


def programs(count: Count) -> Iterator[tuple[str, str]]:
    """Name and source of each program, not yet held against the language; `count` is kept."""
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


def _of_module(info: Any, dtype: torch.dtype, training: bool, count: Count) -> Iterator[tuple[str, str]]:
    kind = info.module_cls
    given = drawn(lambda: info.module_inputs_func(info, "cpu", dtype, requires_grad=True, training=training))
    samples = different([_sample(kind, one, dtype) for one in given if one.forward_input is not None], count)
    name = f"nn.{kind.__name__}{'' if training else '.eval()'}, {str(dtype).removeprefix('torch.')}"
    for number, sample in enumerate(samples):
        yield from _written(kind, sample, training, f"{name}, sample {number}", count)
    for edge, sample in edges.of(samples):
        yield from _written(kind, sample, training, f"{name}, edge: {edge}", count, raises=True)


def _sample(kind: type[nn.Module], given: Any, dtype: torch.dtype) -> Sample:
    made = dict(given.constructor_input.kwargs)
    if dtype is not torch.float32 and "dtype" in inspect.signature(kind).parameters:
        made["dtype"] = dtype
    called = given.forward_input
    return Sample(tuple(called.args), dict(called.kwargs), (tuple(given.constructor_input.args), made))


def _written(
    kind: type[nn.Module], sample: Sample, training: bool, name: str, count: Count, raises: bool = False
) -> Iterator[tuple[str, str]]:
    head = Head()
    args, options = _call(head, sample.args, sample.options), _call(head, *sample.made)
    made = "".join(f"{line}\n" for line in (*head.lines, f"module = nn.{kind.__name__}({options})"))
    if not training:
        made += "module.eval()\n"
    ran = plainly(_IMPORTS + made)
    if "module" in ran.names:
        made += _parameters(ran.names["module"])
    source = ended(f"{_IMPORTS}{made}out = module({args})\n", raises)
    if source is None:
        count.unfit += 1
    else:
        yield name, source


def _call(head: Head, args: tuple[Any, ...], options: dict[str, Any]) -> str:
    named = [f"{name}={head.put(one)}" for name, one in options.items() if name != "device"]
    return ", ".join([*[head.put(one) for one in args], *named])


def _parameters(module: nn.Module) -> str:
    """Lines that set the parameters to numbers that are the same each time."""
    lines = []
    for name, one in module.named_parameters():
        dtype = "" if one.dtype is torch.float32 else f", dtype={one.dtype}"
        numbers = f"torch.linspace(-0.75, 1.0, {one.numel()}{dtype}).reshape({', '.join(map(str, one.shape))})"
        lines.append(f"    module.{name}.copy_({numbers})\n")
    return "".join(["with torch.no_grad():\n", *lines]) if lines else ""
