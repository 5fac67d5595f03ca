"""Ends a program with a loss in which each element of a result has its own weight, and with its backward."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, slots=True)
class Ran:
    """A program's run in plain Python: its names, or what it raised, and whether it drew random numbers."""

    names: dict[str, Any]
    error: Exception | None
    drew: bool


def plainly(source: str) -> Ran:
    """Run a program in plain Python, and restore torch's generators."""
    names: dict[str, Any] = {}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        before = torch.get_rng_state()
        try:
            exec(compile(source, "<program>", "exec"), names)
        except Exception as error:  # noqa: BLE001  # the program may test any exception of torch
            return Ran(names, error, False)
        return Ran(names, None, not torch.equal(before, torch.get_rng_state()))


def ended(source: str, raises: bool = False, result: str = "out") -> str | None:
    """The program with a loss and its backward if the value named `result` has a gradient, otherwise unchanged.

    Returns None if the program raises but may not.
    """
    ran = plainly(source)
    if ran.error is not None and not raises:
        return None
    if ran.drew:
        lines = source.splitlines(keepends=True)
        last = max(number for number, line in enumerate(lines) if line.startswith(("import ", "from ")))
        source = "".join([*lines[: last + 1], "torch.manual_seed(0)\n", *lines[last + 1 :]])
    if ran.error is not None or result not in ran.names:
        return source
    terms = [_term(text, one) for text, one in _parts(result, ran.names[result]) if _has_gradient(one)]
    if not terms:
        return source
    return f"{source}loss = {' + '.join(terms)}\nloss.backward()\n"


def _has_gradient(value: torch.Tensor) -> bool:
    return value.requires_grad and value.is_floating_point()


def _parts(text: str, value: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors in a result, each with its source text."""
    if isinstance(value, torch.Tensor):
        yield text, value
    elif hasattr(value, "values") and hasattr(value, "indices"):
        yield f"{text}.values", value.values
    elif isinstance(value, (tuple, list)):
        for place, one in enumerate(value):
            yield from _parts(f"{text}[{place}]", one)


def _term(text: str, value: torch.Tensor) -> str:
    """The source of the sum of the elements, with distinct weights from 0.5 to 1.5."""
    if not value.dim():
        return f"{text} * 1.25"
    dtype = "" if value.dtype is torch.float32 else f", dtype={value.dtype}"
    weights = f"torch.linspace(0.5, 1.5, {value.numel()}{dtype})"
    if value.dim() > 1:
        weights += f".reshape({', '.join(str(one) for one in value.shape)})"
    return f"({text} * {weights}).sum()"
