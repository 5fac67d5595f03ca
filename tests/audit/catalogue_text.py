"""Writes tensors and arguments as Python source that evaluates to the same values, bit for bit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

#: The most elements of a tensor that is written out; a sample with a larger one is left out.
MOST = 128
#: The dtypes that need not be written, as torch infers them from numbers, or uses them by default for a size.
_READ_OFF, _BY_DEFAULT = (torch.float32, torch.int64, torch.bool), (torch.float32,)


class TooLarge(ValueError):
    """A tensor has more elements than are written out."""


class Unwritable(ValueError):
    """A value has no literal: a function, a generator, a device."""


def number(value: object) -> str:
    """A number, a flag, None or a string as a literal."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def tensor(value: torch.Tensor) -> str:
    """The source of a call of torch that makes this tensor."""
    if value.numel() > MOST:
        raise TooLarge(f"{value.numel()} elements")
    if value.is_sparse or value.layout is not torch.strided or value.is_quantized:
        raise Unwritable(str(value.layout))
    numbers = _numbers(value.detach().tolist())
    call, known = (f"tensor({numbers}", _READ_OFF) if value.numel() else (f"zeros({_size(value)}", _BY_DEFAULT)
    dtype = "" if value.dtype in known else f", dtype={value.dtype}"
    return f"torch.{call}{dtype}{', requires_grad=True' if value.requires_grad else ''})"


def _size(value: torch.Tensor) -> str:
    return ", ".join(str(one) for one in value.shape)


def _layer(value: nn.TransformerEncoderLayer) -> str:
    """The source of a call that makes such a layer, without its numbers and its dropout."""
    first, heads = value.linear1, value.self_attn
    options = {
        "activation": getattr(value.activation, "__name__", ""),
        "batch_first": heads.batch_first,
        "norm_first": value.norm_first,
        "bias": first.bias is not None,
        "dtype": first.weight.dtype,
    }
    named = "".join(f", {name}={one!r}" for name, one in options.items())
    return f"nn.TransformerEncoderLayer({heads.embed_dim}, {heads.num_heads}, {first.out_features}, 0.0{named})"


def _numbers(values: Any) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_numbers(one) for one in values)}]"
    return number(values)


class Head:
    """The lines that assign a sample's tensors to names; `put` returns the text for an argument."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        #: The shape, dtype and requires_grad of each tensor, by which samples are compared.
        self.kinds: list[str] = []
        self._names: dict[int, str] = {}
        self._kept: list[torch.Tensor] = []

    def put(self, value: Any) -> str:
        """The source text of a value. Raises TooLarge or Unwritable if there is none."""
        if isinstance(value, torch.Tensor):
            return self._tensor(value)
        if isinstance(value, slice):
            return ":".join("" if one is None else self.put(one) for one in self._ends(value))
        if value is Ellipsis:
            return "..."
        if isinstance(value, (tuple, list)):
            return self._several(value)
        if value is None or isinstance(value, (bool, int, float, complex, str)):
            return number(value)
        if isinstance(value, (torch.dtype, torch.memory_format, torch.layout)):
            return str(value)
        if isinstance(value, nn.TransformerEncoderLayer):
            return _layer(value)
        raise Unwritable(f"a {type(value).__name__}")

    def _tensor(self, value: torch.Tensor) -> str:
        if id(value) not in self._names:
            name = "x" if not self._names else "abcdefghijklmnopqrstuv"[len(self._names) - 1]
            self.lines.append(f"{name} = {tensor(value)}")
            self.kinds.append(f"{list(value.shape)} {value.dtype} {value.requires_grad}")
            self._names[id(value)] = name
            self._kept.append(value)
        return self._names[id(value)]

    def _several(self, values: Sequence[Any]) -> str:
        inside = ", ".join(self.put(one) for one in values)
        if isinstance(values, list):
            return f"[{inside}]"
        return f"({inside},)" if len(values) == 1 else f"({inside})"

    @staticmethod
    def _ends(value: slice) -> list[Any]:
        return [value.start, value.stop] if value.step is None else [value.start, value.stop, value.step]
