"""Reports what torch calls do not show: steps, zero_grad, the layers of a Sequential, `Function.apply`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames.plain import Span
from viz.intercepting.calls import Calls, listed, undisturbed_around
from viz.intercepting.changes import Change, Changes, Registered, Replaced
from viz.intercepting.compiled import apart_from_compiled, is_compiled
from viz.pytorch.inference import may_infer
from viz.pytorch.parameters import layers
from viz.pytorch.undisturbed import undisturbed
from viz.watching.observer import Observer


@contextmanager
def hooks(observer: Observer, calls: Calls, *others: Change) -> Iterator[None]:
    """Report to the observer what this thread does within the context; afterwards restore torch.

    `others` are further changes, which are in force as long as the hooks are, and not while compiled code runs.
    """
    inside = partial(observer.changing, what="inside")
    training = partial(observer.changing, what="training")
    context: Any = torch.autograd.function.FunctionCtx
    marks = ("save_for_backward", "mark_dirty", "mark_non_differentiable", "set_materialize_grads")
    changes = [
        _steps(observer, calls),
        *_schedulers(observer, calls),
        _layers(observer, calls),
        _inference(calls),
        Replaced(torch.autograd.Function, "apply", partial(_applying, observer, calls)),
        Replaced(torch.autograd, "backward", partial(_backward, calls)),
        *(
            Replaced(kind, "zero_grad", _reporting(observer.zero_grad, calls))
            for kind in (optim.Optimizer, nn.Module)
        ),
        *(Replaced(context, name, _reporting(inside, calls)) for name in marks),
        Replaced(nn.Module, "train", _reporting(training, calls)),  # `eval()` calls it, too
        *others,
    ]
    with Changes(changes) as made, apart_from_compiled(made, calls):
        yield


def _steps(observer: Observer, calls: Calls) -> Change:
    """Return the change that reports each `optimizer.step()`."""
    torchs: Any = importlib.import_module("torch.optim.optimizer")
    running: list[tuple[optim.Optimizer, AbstractContextManager[None]]] = []

    def before(optimizer: optim.Optimizer, args: Any, options: Any) -> None:
        if calls.hears:
            calls.begins()
            calls.trains()
            around = observer.step(optimizer)
            with undisturbed():
                around.__enter__()
            running.append((optimizer, around))
            calls.silent += 1

    def after(optimizer: optim.Optimizer, args: Any, options: Any) -> None:
        # A step that raised never ends: it is dropped when the next step ends.
        while calls.ours and any(one is optimizer for one, _ in running):
            one, around = running.pop()
            if one is optimizer:
                calls.silent -= 1
                with undisturbed():
                    around.__exit__(None, None, None)
                return

    return Registered(
        (torchs.register_optimizer_step_pre_hook, before), (torchs.register_optimizer_step_post_hook, after)
    )


def _schedulers(observer: Observer, calls: Calls) -> Iterator[Change]:
    """Yield the changes that report each `scheduler.step()` of the script, but not that of its constructor."""

    def quietly(original: Any) -> Any:
        def initial_step(scheduler: LRScheduler) -> None:
            calls.silent += 1
            try:
                original(scheduler)
            finally:
                calls.silent -= 1

        return initial_step

    yield Replaced(LRScheduler, "_initial_step", quietly)
    for kind in _subclasses(LRScheduler):
        if "step" in vars(kind):
            yield Replaced(kind, "step", _reporting(observer.schedule, calls))


def _layers(observer: Observer, calls: Calls) -> Change:
    """Return the change that names each operation of a Sequential after its layer: `net[0]` instead of `net`."""
    # The layers of each running outermost Sequential that are still to run, and where the Sequential was called.
    called: list[tuple[Iterator[str], Span]] = []
    running: list[tuple[nn.Module, tuple[str, Span]]] = []  # each with the place that its caller has

    def in_sequential() -> bool:
        return bool(running) and type(running[-1][0]) is nn.Sequential

    def before(module: nn.Module, inputs: Any) -> None:
        if not calls.ours:
            return
        if type(module) is nn.Sequential:
            if not in_sequential():
                called.append((iter([where for where, _ in layers(module)]), calls.here()))
        elif in_sequential():
            places, site = called[-1]
            running.append((module, calls.place))
            calls.place = next(places, ""), site
            return
        running.append((module, calls.place))

    def after(module: nn.Module, inputs: Any, result: Any) -> None:
        if is_compiled(module) and calls.hears:
            calls.made(result, (), {})  # its own operations were not heard
        if not calls.ours or not any(one is module for one, _ in running):
            return
        while (ended := running.pop())[0] is not module:
            pass  # a call that raised
        calls.place = ended[1]
        if type(module) is nn.Sequential and not in_sequential():
            called.pop()

    torchs: Any = importlib.import_module("torch.nn.modules.module")
    return Registered(
        (torchs.register_module_forward_pre_hook, before), (torchs.register_module_forward_hook, after)
    )


def _inference(calls: Calls) -> Change:
    """Return the change that takes the mode away while a module may take torch's own path for inference."""
    unheard: list[nn.Module] = []

    def before(module: nn.Module, inputs: Any) -> None:
        if calls.hears and not unheard and may_infer(module) and calls.leave():
            unheard.append(module)

    def after(module: nn.Module, inputs: Any, result: Any) -> None:
        if calls.ours and unheard and unheard[-1] is module:
            unheard.pop()
            calls.back()
            for one in result if isinstance(result, tuple) else (result,):  # None, if the call raised
                calls.made(one, inputs, {})

    torchs: Any = importlib.import_module("torch.nn.modules.module")
    return Registered(
        (torchs.register_module_forward_pre_hook, before),
        (partial(torchs.register_module_forward_hook, always_call=True), after),
    )


def _applying(observer: Observer, calls: Calls, original: Any) -> Any:
    """Return `Function.apply` that reports each call of a Function of the script."""

    def apply(kind: Any, *args: Any) -> Any:
        if not calls.hears:
            return original.__get__(None, kind)(*args)
        calls.begins()
        span = calls.here()
        result = original.__get__(None, kind)(*args)
        operands = [one for one in args if isinstance(one, torch.Tensor)]
        with undisturbed():
            for one in result if isinstance(result, tuple) else (result,):
                if isinstance(one, torch.Tensor):
                    observer.operation(span, one, operands)
        return result

    return classmethod(apply)


def _backward(calls: Calls, original: Any) -> Any:
    """Return `torch.autograd.backward` that reports each call of the script."""

    def backward(tensors: Any, *args: Any, **options: Any) -> Any:
        roots = listed(tensors)
        if not calls.hears or calls.backwards or not roots:
            return original(tensors, *args, **options)
        calls.begins()
        return calls.backward(original, roots, (roots, *args), options)

    return backward


def _reporting(watch: Callable[[Any], AbstractContextManager[None]], calls: Calls) -> Callable[[Any], Any]:
    """Return a decorator for methods that enters `watch(owner)` around each call."""

    def reporting(original: Any) -> Any:
        def method(owner: Any, *args: Any, **options: Any) -> Any:
            if not calls.hears:
                return original(owner, *args, **options)
            calls.begins()
            calls.silent += 1
            try:
                with undisturbed_around(watch(owner)):
                    return original(owner, *args, **options)
            finally:
                calls.silent -= 1

        return method

    return reporting


def _subclasses(kind: type[Any]) -> list[type[Any]]:
    """Return a class and everything derived from it."""
    found: list[type[Any]] = [kind]
    for one in found:
        found.extend(one.__subclasses__())
    return list(dict.fromkeys(found))
