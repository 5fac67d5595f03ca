"""How older code makes and casts tensors: `torch.Tensor`, `torch.FloatTensor`, `x.type(…)`, `Variable`."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import Variable

from viz.language.runtime.entries import Function
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_creation
from viz.language.vocabulary.making.creations import check_data, filled
from viz.language.vocabulary.making.devices import check_cpu

#: The classes of tensors, by the dtype of their numbers.
_DTYPES = {
    "Tensor": torch.float32,
    "FloatTensor": torch.float32,
    "DoubleTensor": torch.float64,
    "HalfTensor": torch.float16,
    "BFloat16Tensor": torch.bfloat16,
    "LongTensor": torch.int64,
    "IntTensor": torch.int32,
    "ShortTensor": torch.int16,
    "CharTensor": torch.int8,
    "ByteTensor": torch.uint8,
    "BoolTensor": torch.bool,
}


def _class(name: str) -> Function:
    of_torch = getattr(torch, name)

    def make(*given: Any) -> torch.Tensor:
        """Numbers become a tensor; of sizes, torch makes one whose memory it leaves as it was."""
        if given and all(type(one) is int for one in given):
            check_creation(torch.empty, given, {})
            return filled(given, _DTYPES[name])
        if len(given) == 1 and isinstance(given[0], torch.Size):
            check_creation(torch.empty, given, {})
            return filled(given[0], _DTYPES[name])
        for one in given:
            check_data(one)
        made: torch.Tensor = of_torch(*given)
        return made

    return Function(f"torch.{name}", make, 8)


CLASSES: dict[str, Function] = {name: _class(name) for name in _DTYPES}
_BY_ENTRY = {entry: _DTYPES[name] for name, entry in CLASSES.items()}


def _type(tensor: torch.Tensor, dtype: Any = None) -> Any:
    """`x.type()`, the name of the class, or `x.type(dtype)`, a cast."""
    if isinstance(dtype, Function) and dtype in _BY_ENTRY:
        dtype = _BY_ENTRY[dtype]
    elif isinstance(dtype, str):
        home, _, name = dtype.rpartition(".")
        if home == "torch.cuda":
            check_cpu("cuda")
        dtype = _DTYPES.get(name) if home == "torch" else None
        if dtype is None:
            raise NotHere('`type` takes a dtype, as in `x.type(torch.float64)` or `x.type("torch.LongTensor")`')
    elif not (dtype is None or isinstance(dtype, torch.dtype)):
        raise NotHere("`type` takes a dtype, as in `x.type(torch.float64)`")
    return tensor.type() if dtype is None else tensor.type(dtype)


TYPE = Function("Tensor.type", _type, 2, frozenset({"dtype"}), callables=True)


def _variable(data: Any, requires_grad: Any = False) -> torch.Tensor:
    """`Variable`, which is a tensor since PyTorch 0.4: it shares the memory of its argument."""
    if not isinstance(data, torch.Tensor):
        raise NotHere("`Variable` takes a tensor; without it, write `torch.tensor(…, requires_grad=True)`")
    made: torch.Tensor = Variable(data, requires_grad=requires_grad)
    return made


VARIABLE = Function("torch.autograd.Variable", _variable, 2, frozenset({"data", "requires_grad"}))
