"""Devices: every tensor of a program is on the CPU, and the libraries of other devices say that there are none."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import torch

from viz.language.runtime.entries import Attribute, Function, Library
from viz.language.runtime.kinds import Kind, describe, nothing, plain_text
from viz.language.runtime.problems import NotHere
from viz.language.vocabulary import skipped

#: What torch raises for a device that the machine lacks, whatever the machine of this run has.
_ABSENT: dict[str, Exception] = {
    "cuda": AssertionError("Torch not compiled with CUDA enabled"),
    "mps": RuntimeError("PyTorch is not linked with support for mps devices"),
}


def check_cpu(device: object) -> None:
    """Raise torch's own error for a device that is not the CPU, TypeError for what is no device."""
    if device is None:
        return
    if not isinstance(device, (str, torch.device)):
        raise NotHere(f'a device is a string or `torch.device(…)` here, as in `"cpu"`, not {describe(device)}')
    kind = torch.device(device).type
    if kind in _ABSENT:
        raise type(_ABSENT[kind])(*_ABSENT[kind].args)
    if kind != "cpu":
        raise NotHere(f"every tensor here is on the CPU, and none on `{kind}`")


def without_device(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of a call without `device`, which is checked; the same mapping if it is not among them."""
    if "device" not in options:
        return options
    check_cpu(options["device"])
    return {name: one for name, one in options.items() if name != "device"}


def without_devices(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of `to` without the device that may come first, which is checked."""
    if args and (args[0] is None or isinstance(args[0], (str, int, torch.device))):
        check_cpu(args[0])
        return args[1:]
    return args


def no_cuda(thing: Any, device: Any = None) -> Any:
    """`x.cuda()`: raise what torch raises on a machine without CUDA."""
    check_cpu("cuda")
    return thing


def _device(type: Any, index: Any = None) -> torch.device:
    """`torch.device`, of a string or of another device."""
    if isinstance(type, torch.device) and index is None:
        return type
    if not isinstance(type, str) or not (index is None or isinstance(index, int)):
        raise NotHere('`torch.device` takes the kind of a device, as in `torch.device("cpu")`')
    return torch.device(type) if index is None else torch.device(type, index)


def _default_device(device: Any) -> None:
    """`torch.set_default_device`, which is the CPU here already."""
    if isinstance(device, torch.device):
        device = device.type
    if device not in (None, "cpu"):
        raise NotHere("`torch.set_default_device` takes the CPU here, where every tensor is")


def _default_type(t: Any) -> None:
    """`torch.set_default_tensor_type`, for the type that tensors have already."""
    if t != "torch.FloatTensor":
        raise NotHere("`torch.set_default_tensor_type` takes float32 here; name `dtype=` where the tensor is made")


def _none(home: str, **answers: Any) -> dict[str, Function]:
    """Functions without arguments that say what a library of a machine without its devices says."""
    return {name: Function(f"{home}.{name}", lambda answer=answer: answer, 0) for name, answer in answers.items()}


DEVICE = Function("torch.device", _device, 2, frozenset({"type", "index"}))
#: What chooses where, and of which type, tensors are made: nothing here, because others use the same torch.
DEFAULTS: dict[str, Function] = {
    "set_default_device": Function("torch.set_default_device", _default_device, 1, frozenset({"device"})),
    "set_default_tensor_type": Function("torch.set_default_tensor_type", _default_type, 1, frozenset({"t"})),
}
CUDA = Library(
    "torch.cuda", {**_none("torch.cuda", is_available=False, device_count=0), **skipped.members("torch.cuda")}
)
ACCELERATOR = Library(
    "torch.accelerator",
    _none("torch.accelerator", is_available=False, device_count=0, current_accelerator=None),
)
_MPS = Library("torch.backends.mps", _none("torch.backends.mps", is_available=False, is_built=False))
_CUDNN = Library(
    "torch.backends.cudnn",
    {**_none("torch.backends.cudnn", is_available=False), **skipped.members("torch.backends.cudnn")},
)
BACKENDS = Library("torch.backends", {"cudnn": _CUDNN, "mps": _MPS})

KINDS: dict[type, Kind] = {
    torch.device: Kind(
        says="a device",
        inside=nothing,
        attributes={name: Attribute(name, operator.attrgetter(name)) for name in ("type", "index")},
        text=plain_text,
    )
}
