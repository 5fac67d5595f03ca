"""The libraries that a program may import, each with the members that a program sees; built from the tables."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from viz.language.runtime.entries import Base, Function, GradMode, Library
from viz.language.vocabulary import (
    functional,
    init,
    layers,
    losses,
    optimizers,
    printing,
    skipped,
    tensors,
    torch_random,
)
from viz.language.vocabulary.autograd import differentiation
from viz.language.vocabulary.autograd import functional as derivatives
from viz.language.vocabulary.classes import program_classes
from viz.language.vocabulary.classes.data_classes import DATACLASSES
from viz.language.vocabulary.data import datasets, loaders
from viz.language.vocabulary.making import creations, devices, legacy
from viz.language.vocabulary.modules import utils
from viz.language.vocabulary.numpy import functions as numpy_functions
from viz.language.vocabulary.numpy import random as numpy_random
from viz.language.vocabulary.standard import (
    clock,
    collections,
    copying,
    functools,
    itertools,
    mathematics,
    progress,
    random_numbers,
    system,
)

_FUNCTIONAL = Library(
    "torch.nn.functional", {**tensors.functions_of(F, "F"), **losses.functions(), **functional.FUNCTIONS}
)
_NN = Library(
    "torch.nn",
    {
        "Module": program_classes.MODULE,
        **losses.classes(),
        **layers.CLASSES,
        "functional": _FUNCTIONAL,
        "init": init.INIT,
        "utils": utils.UTILS,
    },
)
_OPTIM = Library("torch.optim", {**optimizers.CLASSES, "lr_scheduler": optimizers.SCHEDULERS})
_DERIVATIVES = Library("torch.autograd.functional", derivatives.FUNCTIONS)
_AUTOGRAD = Library(
    "torch.autograd",
    {
        "Function": Base("torch.autograd.Function"),
        "Variable": legacy.VARIABLE,
        **differentiation.FUNCTIONS,
        "functional": _DERIVATIVES,
    },
)
_DATA = Library("torch.utils.data", {**datasets.MEMBERS, **loaders.MEMBERS})
_UTILS = Library("torch.utils", {"data": _DATA})
_TORCH = Library(
    "torch",
    {
        **tensors.functions_of(torch, "torch"),
        **creations.functions(),
        **legacy.CLASSES,
        **tensors.CHECKED,
        **torch_random.FUNCTIONS,
        **tensors.DTYPES,
        **skipped.members("torch"),
        "__version__": torch.__version__,
        "set_printoptions": printing.OF_TORCH,
        "backends": devices.BACKENDS,
        "cuda": devices.CUDA,
        "accelerator": devices.ACCELERATOR,
        "device": devices.DEVICE,
        **devices.DEFAULTS,
        "Size": tensors.SIZE,
        "is_tensor": tensors.IS_TENSOR,
        "is_grad_enabled": Function("torch.is_grad_enabled", torch.is_grad_enabled, 0),
        "get_default_dtype": Function("torch.get_default_dtype", torch.get_default_dtype, 0),
        "from_numpy": numpy_functions.FROM_NUMPY,
        "nn": _NN,
        "optim": _OPTIM,
        "autograd": _AUTOGRAD,
        "utils": _UTILS,
        "no_grad": GradMode("torch.no_grad", torch.no_grad),
        "enable_grad": GradMode("torch.enable_grad", torch.enable_grad),
        "set_grad_enabled": GradMode("torch.set_grad_enabled", torch.set_grad_enabled, "must"),
        "inference_mode": GradMode("torch.inference_mode", torch.inference_mode, "may"),
    },
)

#: The libraries that a program may import, by name.
LIBRARIES: dict[str, Library] = {
    library.name: library
    for library in (
        _TORCH,
        _NN,
        _OPTIM,
        _FUNCTIONAL,
        init.INIT,
        utils.UTILS,
        utils.RNN,
        optimizers.SCHEDULERS,
        _AUTOGRAD,
        _DERIVATIVES,
        _UTILS,
        _DATA,
        numpy_functions.NUMPY,
        numpy_random.RANDOM,
        mathematics.MATH,
        random_numbers.RANDOM,
        clock.TIME,
        system.SYS,
        *progress.LIBRARIES,
        devices.BACKENDS,
        *[one for one in devices.BACKENDS.members.values() if isinstance(one, Library)],
        devices.CUDA,
        devices.ACCELERATOR,
        collections.COLLECTIONS,
        itertools.ITERTOOLS,
        functools.FUNCTOOLS,
        functools.OPERATOR,
        copying.COPY,
        *skipped.LIBRARIES.values(),
        DATACLASSES,
    )
}
