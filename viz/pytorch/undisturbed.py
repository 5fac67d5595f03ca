"""Reads tensors without any mode or tensor subclass of the code that runs noticing."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from typing import Any

import torch
from torch.utils import _python_dispatch

_modes: Any = _python_dispatch._disable_current_modes  # torch has no type for it
_count: Any = torch._C._len_torch_dispatch_stack


def undisturbed() -> AbstractContextManager[object]:
    """Return a context in which no mode of torch and no tensor subclass intercepts what is done with tensors."""
    functions: AbstractContextManager[object] = torch._C.DisableTorchFunction()
    if not _count():
        return functions
    stack = ExitStack()
    stack.enter_context(functions)
    stack.enter_context(_modes())
    return stack
