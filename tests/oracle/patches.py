"""What torch has no function call for: steps, zero_grad, layers in a Sequential and `Function.apply`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from tests.oracle.calls import Calls
from viz.frames.plain import Span
from viz.pytorch.parameters import layers
from viz.recording import Recorder

_Undisturbed = torch._C.DisableTorchFunction


@contextmanager
def optimizers(recorder: Recorder, calls: Calls) -> Iterator[None]:
    """Report each `optimizer.step()`, and `zero_grad()` of an optimizer or a module, to the recorder."""
    hooks: Any = importlib.import_module("torch.optim.optimizer")
    open_steps: list[Any] = []

    def before(optimizer: optim.Optimizer, args: Any, options: Any) -> None:
        around = recorder.step(optimizer)
        with _Undisturbed():
            around.__enter__()
        open_steps.append(around)
        calls.silent += 1

    def after(optimizer: optim.Optimizer, args: Any, options: Any) -> None:
        calls.silent -= 1
        with _Undisturbed():
            open_steps.pop().__exit__(None, None, None)

    handles = [hooks.register_optimizer_step_pre_hook(before), hooks.register_optimizer_step_post_hook(after)]
    with ExitStack() as stack:
        for handle in handles:
            stack.callback(handle.remove)
        for owner in (optim.Optimizer, nn.Module):
            stack.enter_context(_around(owner, "zero_grad", recorder.zero_grad, calls))
        yield


@contextmanager
def schedulers(recorder: Recorder, calls: Calls) -> Iterator[None]:
    """Report each `scheduler.step()` of the program to the recorder, except the one in its constructor."""
    made: set[int] = set()

    def ready(scheduler: LRScheduler) -> bool:
        return id(scheduler) in made

    with ExitStack() as stack:
        for kind in _subclasses(LRScheduler):
            if "step" in vars(kind):
                stack.enter_context(_around(kind, "step", recorder.schedule, calls, ready))
        stack.enter_context(_after_init(made))
        yield


@contextmanager
def _after_init(made: set[int]) -> Iterator[None]:
    """`made` fills with the schedulers whose `__init__` is over."""
    with ExitStack() as stack:
        for kind in _subclasses(LRScheduler):
            if "__init__" in vars(kind):
                original = vars(kind)["__init__"]

                def init(
                    self: Any, *args: Any, original: Any = original, kind: Any = kind, **options: Any
                ) -> None:
                    original(self, *args, **options)
                    if type(self) is kind:
                        made.add(id(self))

                stack.callback(setattr, kind, "__init__", original)
                setattr(kind, "__init__", init)  # noqa: B010  # mypy refuses the plain assignment
        yield


@contextmanager
def modules(recorder: Recorder, calls: Calls) -> Iterator[None]:
    """An operation of a layer in a Sequential is that of `net[0]`, not of the whole call."""
    places: list[Iterator[str]] = []

    def before(module: nn.Module, inputs: Any) -> None:
        if isinstance(module, nn.Sequential):
            if not places:
                places.append(iter([where for where, _ in layers(module)]))
        elif places:
            calls.place = next(places[-1])

    def after(module: nn.Module, inputs: Any, result: Any) -> None:
        calls.place = ""
        if isinstance(module, nn.Sequential) and places and next(places[-1], None) is None:
            places.pop()

    torch_modules: Any = importlib.import_module("torch.nn.modules.module")
    handles = [
        torch_modules.register_module_forward_pre_hook(before),
        torch_modules.register_module_forward_hook(after),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def functions(recorder: Recorder, calls: Calls) -> Iterator[None]:
    """Report each `apply` of the program's own Functions to the recorder."""
    original = vars(torch.autograd.Function)["apply"]

    def apply(kind: Any, *args: Any) -> Any:
        span: Span = calls.here(1)
        result = original.__get__(None, kind)(*args)
        with _Undisturbed():
            for one in result if isinstance(result, tuple) else (result,):
                if isinstance(one, torch.Tensor):
                    recorder.operation(replace(span), one, [arg for arg in args if isinstance(arg, torch.Tensor)])
        return result

    torch.autograd.Function.apply = classmethod(apply)  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        torch.autograd.Function.apply = original  # type: ignore[method-assign]


@contextmanager
def _around(owner: Any, name: str, watch: Any, calls: Calls, when: Any = lambda thing: True) -> Iterator[None]:
    original = vars(owner)[name]

    def wrapped(thing: Any, *args: Any, **options: Any) -> Any:
        if calls.silent or not when(thing):
            return original(thing, *args, **options)
        calls.silent += 1
        try:
            with _Undisturbed(), watch(thing):
                return original(thing, *args, **options)
        finally:
            calls.silent -= 1

    setattr(owner, name, wrapped)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _subclasses(kind: type[Any]) -> list[type[Any]]:
    found: list[type[Any]] = [kind]
    for one in found:
        found.extend(one.__subclasses__())
    return found
