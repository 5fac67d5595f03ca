"""The operations on tensors that a program may use: one entry each, available wherever PyTorch has them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from types import BuiltinFunctionType, MethodDescriptorType
from typing import Any

import torch

from viz import limits
from viz.frames.changes import ChangeKind
from viz.language.runtime.entries import Attribute, Function, Setting
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import DryRun, broadcast, check_call, check_count, check_parts, whole
from viz.language.vocabulary.making import creations, legacy
from viz.language.vocabulary.making.devices import no_cuda, without_devices

_NOT_IN_PYTHON = (BuiltinFunctionType, MethodDescriptorType)
#: NumPy's name of an argument, by torch's.
_NUMPYS = {"dim": "axis", "keepdim": "keepdims"}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation by its name in PyTorch.

    `arguments` are the names after the first, in PyTorch's order. It becomes `torch.name`, `x.name` and
    `F.name`, where PyTorch has them. `grows` says that the result may be larger than each of its operands; if it
    is a function, that returns a tensor as large as the largest that the operation makes.
    """

    name: str
    arguments: str = ""
    first: str = "input"
    grows: bool | DryRun = False
    more: int = 0  # further arguments without a name, for `x.reshape(2, 3)`
    keyword_only: str = ""
    counts: bool = False  # an integer says how many tensors it makes

    def of(self, home: Any, label: str, method: bool = False) -> Function | None:
        """The entry for this operation in `home`, None if PyTorch has none there."""
        call: Callable[..., Any] | None = getattr(home, self.name, None)
        if call is None:
            return None
        names = self.arguments.split()
        numpys = self._numpys_names(call)
        call = _counted(call, ("input", *names)) if self.counts else call
        keywords = {*names, *self.keyword_only.split(), *numpys} | (set() if method else {self.first})
        positional = 1 + len(names) + self.more
        growth = call if self.grows is True else self.grows or None
        # In torch's names an underscore at the end says that the method changes its object.
        changes: ChangeKind | None = "value" if self.name.endswith("_") else None
        if self.name in ("requires_grad_", "detach_"):
            changes = "requires_grad"
        return Function(f"{label}.{self.name}", call, positional, frozenset(keywords), growth, changes=changes)

    def _numpys_names(self, call: Callable[..., Any]) -> list[str]:
        """NumPy's names of arguments, which torch takes as well where it is not written in Python."""
        if self.counts or callable(self.grows) or not isinstance(call, _NOT_IN_PYTHON):
            return []
        return [
            other for name, other in _NUMPYS.items() if name in f"{self.arguments} {self.keyword_only}".split()
        ]


def _counted(call: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """`call`, with integers no larger than a size: torch splits even an empty tensor into any number of parts."""

    def run(*args: Any, **options: Any) -> Any:
        given = dict(zip(names, args, strict=False)) | options
        for name, one in given.items():
            if name != "input":
                check_count(one)
        thing = given.get("input")
        if isinstance(thing, torch.Tensor):
            count = length = _length(thing, given.get("dim", 0))
            if "chunks" in given:
                count = min(whole(given["chunks"]) or 0, length or limits.ELEMENTS)
            check_parts(thing, count)
        return call(*args, **options)

    return run


def _length(tensor: torch.Tensor, dim: Any) -> int:
    """The size of a dimension; 0 of one that the tensor does not have, of which torch says so itself."""
    place = whole(dim)
    return tensor.shape[place] if place is not None and -tensor.dim() <= place < tensor.dim() else 0


_ELEMENTWISE = (
    "abs acos asin atan ceil cos cosh erf exp exp2 expm1 floor log log10 log1p log2 neg reciprocal relu round "
    "rsqrt sigmoid sign sin sinh sqrt square tan tanh trunc isfinite isinf isnan logsigmoid silu softsign mish "
    "relu6 selu"
)
#: The operations that a method whose name ends with `_` does in place.
_IN_PLACE = "abs_ exp_ neg_ reciprocal_ relu_ round_ sigmoid_ sqrt_ square_ tanh_"

OPERATIONS: tuple[Operation, ...] = (
    *(Operation(name) for name in _ELEMENTWISE.split()),
    Operation("clamp", "min max", grows=True),
    Operation("elu", "alpha"),
    Operation("gelu", keyword_only="approximate"),
    Operation("hardtanh", "min_val max_val"),
    Operation("leaky_relu", "negative_slope"),
    Operation("softplus", "beta threshold"),
    Operation("softmax", "dim", keyword_only="dtype"),
    Operation("log_softmax", "dim", keyword_only="dtype"),
    Operation("add", "other", grows=True, keyword_only="alpha"),
    Operation("sub", "other", grows=True, keyword_only="alpha"),
    Operation("mul", "other", grows=True),
    Operation("div", "other", grows=True),
    Operation("pow", "exponent", grows=True),
    Operation("maximum", "other", grows=True),
    Operation("minimum", "other", grows=True),
    Operation("where", "input other", first="condition", grows=True),
    Operation("lerp", "end weight", grows=True),
    Operation("gather", "dim index"),
    Operation("index_select", "dim index", grows=True),
    Operation("scatter", "dim index src", keyword_only="value"),
    *(Operation(name, "other", grows=True) for name in ("eq", "ne", "lt", "le", "gt", "ge")),
    Operation("masked_fill", "mask value", grows=True),
    Operation("matmul", "other", grows=True),
    Operation("mm", "mat2", grows=True),
    Operation("bmm", "mat2", grows=True),
    Operation("mv", "vec", grows=True),
    Operation("dot", "tensor"),
    Operation("outer", "vec2", grows=True),
    Operation("sum", "dim keepdim", keyword_only="dtype"),
    Operation("mean", "dim keepdim", keyword_only="dtype"),
    Operation("prod", "dim keepdim", keyword_only="dtype"),
    Operation("std", "dim", keyword_only="keepdim correction unbiased"),
    Operation("var", "dim", keyword_only="keepdim correction unbiased"),
    Operation("amax", "dim keepdim"),
    Operation("amin", "dim keepdim"),
    Operation("max", "dim keepdim", keyword_only="other", grows=True),
    Operation("min", "dim keepdim", keyword_only="other", grows=True),
    Operation("argmax", "dim keepdim"),
    Operation("argmin", "dim keepdim"),
    Operation("argsort", "dim descending"),
    Operation("any", "dim keepdim"),
    Operation("all", "dim keepdim"),
    Operation("isclose", "other rtol atol", grows=True),
    Operation("allclose", "other rtol atol", grows=broadcast),
    Operation("equal", "other"),
    Operation("numel"),
    Operation("is_floating_point"),
    Operation("logsumexp", "dim keepdim"),
    Operation("norm", "p dim keepdim"),
    Operation("cumsum", "dim"),
    Operation("reshape", "shape", more=6),
    Operation("flatten", "start_dim end_dim"),
    Operation("squeeze", "dim"),
    Operation("unsqueeze", "dim"),
    Operation("transpose", "dim0 dim1"),
    Operation("t"),
    Operation("stack", "dim", first="tensors", grows=True),
    Operation("cat", "dim", first="tensors", grows=True),
    Operation("hstack", first="tensors", grows=True),
    Operation("chunk", "chunks dim", counts=True),
    Operation("unbind", "dim", counts=True),
    Operation("flip", "dims", more=6),
    Operation("ravel"),
    Operation("inverse"),
    Operation("clone"),
    Operation("detach"),
    Operation("zeros_like", keyword_only="dtype requires_grad device"),
    Operation("ones_like", keyword_only="dtype requires_grad device"),
    Operation("full_like", "fill_value", keyword_only="dtype requires_grad device"),
)

#: Operations that are methods only: in-place changes, those that leave the graph, views and copies.
_METHODS = (
    *(Operation(name) for name in _IN_PLACE.split()),
    Operation("add_", "other", keyword_only="alpha"),
    Operation("sub_", "other", keyword_only="alpha"),
    Operation("mul_", "other"),
    Operation("div_", "other"),
    Operation("pow_", "exponent"),
    Operation("lerp_", "end weight"),
    Operation("addcmul_", "tensor1 tensor2", keyword_only="value", grows=True),
    Operation("addcdiv_", "tensor1 tensor2", keyword_only="value", grows=True),
    Operation("clamp_", "min max"),
    Operation("zero_"),
    Operation("fill_", "value"),
    Operation("copy_", "src"),
    Operation("scatter_", "dim index src", keyword_only="value"),
    Operation("scatter_add_", "dim index src"),
    Operation("index_add_", "dim index source", keyword_only="alpha"),
    Operation("requires_grad_", "requires_grad"),
    Operation("detach_"),
    Operation("view", "size", more=6),
    Operation("view_as", "other"),
    Operation("reshape_as", "other"),
    Operation("expand", "size", more=6),
    Operation("expand_as", "other"),
    Operation("permute", "dims", more=6),
    Operation("float"),
    Operation("double"),
    Operation("half"),
    Operation("bfloat16"),
    Operation("byte"),
    Operation("short"),
    Operation("type_as", "other"),
    Operation("int"),
    Operation("long"),
    Operation("bool"),
    Operation("item"),
    Operation("tolist"),
    Operation("contiguous"),
    Operation("cpu"),
    Operation("dim"),
    Operation("nelement"),
    Operation("ndimension"),
    Operation("element_size"),
    Operation("is_contiguous"),
    Operation("get_device"),
    Operation("size", "dim"),
)

DTYPES = {
    name: getattr(torch, name)
    for name in (
        "float32",
        "float64",
        "float",
        "double",
        "float16",
        "bfloat16",
        "half",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "short",
        "int",
        "long",
        "bool",
    )
}


def functions_of(home: Any, label: str) -> dict[str, Function]:
    """The entries of every operation that PyTorch has as a function in `home`."""
    made = {operation.name: operation.of(home, label) for operation in OPERATIONS}
    return {name: entry for name, entry in made.items() if entry is not None}


def _split(tensor: Any, split_size_or_sections: Any, dim: Any = 0) -> Any:
    """`torch.split`, which calls the `split` method of its argument, even if that is no tensor."""
    if not isinstance(tensor, torch.Tensor):
        raise NotHere("`torch.split` takes a tensor")
    size, length = whole(split_size_or_sections), _length(tensor, dim)
    if size is not None and size > 0:
        check_parts(tensor, ceil(length / size))
    return torch.split(tensor, split_size_or_sections, dim)


#: Functions that PyTorch wrote in Python, and that take anything with a method of the same name.
CHECKED: dict[str, Function] = {
    "split": Function(
        "torch.split",
        _split,
        3,
        frozenset({"tensor", "split_size_or_sections", "dim"}),
    )
}


def _size(sizes: Any) -> torch.Size:
    """`torch.Size`, of integers."""
    if not isinstance(sizes, (list, tuple)) or not all(type(one) is int for one in sizes):
        raise NotHere("`torch.Size` takes integers, as in `torch.Size([2, 3])`")
    return torch.Size(sizes)


SIZE = Function("torch.Size", _size, 1)
IS_TENSOR = Function("torch.is_tensor", torch.is_tensor, 1, frozenset({"obj"}))


def tensor_methods() -> dict[str, Function]:
    """The methods of a tensor."""
    made = {
        operation.name: operation.of(torch.Tensor, "Tensor", method=True) for operation in (*OPERATIONS, *_METHODS)
    }
    methods = {name: entry for name, entry in made.items() if entry is not None}
    return {
        **methods,
        **creations.methods(),
        "type": legacy.TYPE,
        "to": Function("Tensor.to", _to, 5, frozenset({"dtype", "device", "non_blocking", "copy"})),
        "cuda": Function("Tensor.cuda", no_cuda, 2, frozenset({"device"})),
        "repeat": Function("Tensor.repeat", _repeat, 8),
        "split": Function("Tensor.split", _split, 3, frozenset({"dim"})),
    }


def _repeat(tensor: torch.Tensor, *repeats: Any) -> torch.Tensor:
    """`Tensor.repeat`, whose result may be much larger than the tensor."""
    counts = repeats[0] if len(repeats) == 1 and isinstance(repeats[0], (list, tuple)) else repeats
    sizes = [one if size is None else size for one, size in zip(counts, map(whole, counts), strict=True)]
    check_call(torch.Tensor.repeat, (tensor, *sizes), {})
    return tensor.repeat(*repeats)


def _to(tensor: torch.Tensor, *args: Any, **options: Any) -> torch.Tensor:
    """`Tensor.to`, for a dtype, for the CPU, or as another tensor is."""
    args = without_devices(args)
    made: torch.Tensor = tensor.to(*args, **options) if args or options else tensor
    return made


def _check_data(tensor: torch.Tensor, data: object) -> None:
    """Raise TypeError if the `.data` of a tensor cannot be set to this here; torch itself refuses what is none."""
    if not isinstance(data, torch.Tensor):
        return
    if data.shape != tensor.shape or data.dtype != tensor.dtype:
        raise NotHere("`.data` is set to a tensor of the same shape and dtype here")
    if tensor._is_view():
        raise NotHere("`.data` of a view cannot be set here; set that of the tensor that it is a part of")


TENSOR_ATTRIBUTES: dict[str, Attribute] = {
    entry.name: entry
    for entry in (
        Attribute("grad", operator.attrgetter("grad")),
        Attribute("data", operator.attrgetter("data"), shares=True),
        Attribute("T", operator.attrgetter("T"), makes=True),
        Attribute("mT", operator.attrgetter("mT"), makes=True),
        Attribute("shape", operator.attrgetter("shape")),
        Attribute("ndim", operator.attrgetter("ndim")),
        Attribute("dtype", operator.attrgetter("dtype")),
        Attribute("requires_grad", operator.attrgetter("requires_grad")),
        Attribute("device", operator.attrgetter("device")),
        Attribute("is_cuda", operator.attrgetter("is_cuda")),
        Attribute("is_leaf", operator.attrgetter("is_leaf")),
        Attribute("grad_fn", operator.attrgetter("grad_fn")),
    )
}

#: The attributes of a tensor that a program may set.
TENSOR_SETTABLE: dict[str, Setting] = {
    entry.name: entry
    for entry in (
        Setting("grad", "grad"),
        Setting("requires_grad", "requires_grad"),
        Setting("data", "value", _check_data, shares=True),
    )
}

#: The attributes of the result of `x.max(dim)` and `x.min(dim)` that a program may read.
LARGEST_ATTRIBUTES: dict[str, Attribute] = {
    name: Attribute(name, operator.attrgetter(name)) for name in ("values", "indices")
}
