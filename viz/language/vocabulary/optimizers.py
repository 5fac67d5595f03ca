"""The part of torch.optim that a program may use: optimizers, their parameter groups, and schedulers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from torch import optim
from torch.optim import lr_scheduler

from viz import catalog, limits
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Attribute, Function, Library, Runs, positional_count
from viz.language.runtime.kinds import Kind
from viz.language.runtime.memory import remembered
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_work, whole
from viz.language.runtime.state import State
from viz.language.vocabulary.group_options import (
    SEVERAL,
    check_group,
    check_options,
    fits,
    is_number,
    names_of,
    said,
)
from viz.watching.observer import Observer

#: Arguments of schedulers that may be a list with an entry for each group.
_EACH_GROUP = frozenset({"base_lr", "max_lr", "min_lr", "base_momentum", "max_momentum", "lr_lambda"})
#: The largest integer that a scheduler takes: it may become the base of a power.
_WHOLE = 10**6


def _small(optimizer: optim.Optimizer) -> optim.Optimizer:
    """The optimizer itself; raises LimitReached if its parameters are too many or too large."""
    held = [one for group in optimizer.param_groups for one in group["params"]]
    if len(held) > limits.PARAMETERS:
        raise LimitReached(f"An optimizer has at most {limits.PARAMETERS} parameters; this one has {len(held):,}.")
    total = sum(one.numel() for one in held)
    if total > limits.PARAMETER_ELEMENTS:
        raise LimitReached(
            f"The parameters of an optimizer have at most {limits.PARAMETER_ELEMENTS:,} elements together; these "
            f"have {total:,}."
        )
    if isinstance(optimizer, optim.Muon):
        check_work(sum(3 * limits.PRODUCTS * one.numel() * min(one.shape) for one in held))
    return optimizer


def _optimizer(entry: catalog.Entry) -> Function:
    """The entry's class, as a program calls it."""
    made: type[optim.Optimizer] = getattr(optim, entry.name)

    def make(*args: Any, **options: Any) -> optim.Optimizer:
        try:
            given = inspect.signature(made).bind_partial(*args, **options).arguments
        except TypeError:
            return made(*args, **options)  # which raises, in Python's own words
        check_options(given)
        params = given.get("params")
        for one in params if isinstance(params, (list, tuple)) else ():
            if isinstance(one, dict):
                check_group(entry, one)
        return _small(made(*args, **options))

    keywords = frozenset({"params", *names_of(entry)})
    name, positional = f"{entry.module}.{entry.name}", positional_count(made, keywords)
    return Function(name, make, positional, keywords, runs=_making(make, names_of(entry)))


def _making(make: Callable[..., optim.Optimizer], names: frozenset[str]) -> Runs:
    """A function that makes an optimizer and registers its groups, which program and torch then share."""

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> optim.Optimizer:
        with _writing(state, names, *args, *options.values()):
            optimizer = make(*args, **options)
        state.groups.add(optimizer)
        state.meter.count_bytes(remembered(optimizer))
        return optimizer

    return run


@contextmanager
def _writing(state: State, names: frozenset[str] | None, *given: Any) -> Iterator[None]:
    """Report what the code inside writes into the groups, or future groups, among `given`.

    An optimizer adds those of `names` that are missing. None means that any may be written: a scheduler writes lr.
    """
    with ExitStack() as stack:
        for one in given:
            groups = one.param_groups if isinstance(one, optim.Optimizer) else one
            for group in groups if isinstance(groups, (list, tuple)) else ():
                if isinstance(group, dict) and (names is None or not names <= group.keys()):
                    stack.enter_context(state.observer.changing(group, "entries"))
        yield


#: The optimizers by their name in `torch.optim`.
CLASSES = {entry.name: _optimizer(entry) for entry in catalog.ALL_OPTIMIZERS}


def _check_moving(name: str, value: Any) -> Any:
    """A scheduler's argument, with the program's functions wrapped for torch.

    Raises TypeError for an argument of the wrong kind, LimitReached for a huge integer.
    """
    if name in _EACH_GROUP and isinstance(value, (list, tuple)):
        return [_check_moving(name, one) for one in value]
    if name == "lr_lambda":
        return _factor(value)
    for one in value if name in SEVERAL and isinstance(value, (list, tuple)) else (value,):
        count = whole(one)
        if count is not None and abs(count) > _WHOLE:
            raise LimitReached(f"An integer for a scheduler is at most {_WHOLE:,}; write a float, as in 1e9.")
    if name not in ("optimizer", "schedulers") and not fits(name, value):
        raise NotHere(f"`{name}` cannot be {said(value)}")
    return value


@dataclass(frozen=True, slots=True)
class Factor:
    """A function of the program for `lr_lambda`, which is checked to return a number for each epoch."""

    function: Callback

    def __call__(self, epoch: int) -> Any:
        """Return the factor of an epoch."""
        factor = self.function(epoch)
        if not is_number(factor):
            raise NotHere(f"`lr_lambda` returns a number for each epoch, not {said(factor)}")
        return factor


def _factor(function: Any) -> Factor:
    if not isinstance(function, Callback):
        raise NotHere("`lr_lambda` is a function of the program, as in `lambda epoch: 0.95 ** epoch`")
    return Factor(function)


def _scheduler(name: str, names: str) -> Function:
    made = getattr(lr_scheduler, name)
    signature = inspect.signature(made)

    def make(*args: Any, **options: Any) -> Any:
        try:
            given = signature.bind(*args, **options)
        except TypeError as error:
            raise NotHere(f"`{name}` cannot be called like this: {error}") from error
        checked = {one: _check_moving(one, value) for one, value in given.arguments.items()}
        return made(**checked)

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        with _writing(state, None, *args, *options.values()):
            return make(*args, **options)

    keywords = frozenset({"optimizer", *names.split()})
    functions, positional = "lr_lambda" in keywords, positional_count(made, keywords)
    return Function(f"torch.optim.lr_scheduler.{name}", make, positional, keywords, callables=functions, runs=run)


SCHEDULERS = Library(
    "torch.optim.lr_scheduler", {name: _scheduler(name, names) for name, names in catalog.SCHEDULERS.items()}
)


def _step(optimizer: optim.Optimizer, closure: Any = None) -> Any:
    """`optimizer.step()`, with or without a closure, whose first result it returns.

    The method is looked up on the object, because a scheduler replaces it to count the calls.
    """
    if closure is None:
        if isinstance(optimizer, optim.LBFGS):
            raise NotHere("LBFGS runs forward and backward again: give it a function, as in `step(closure)`")
        return optimizer.step()
    if not isinstance(closure, Callback):
        raise NotHere("`step` takes a function of the program, which runs forward and backward")
    results: list[Any] = []

    def run() -> Any:
        result = closure()
        results.append(result)
        return result

    optimizer.step(run)
    return results[0] if results else None


def _zero_grad(optimizer: optim.Optimizer, *args: Any, **options: Any) -> None:
    optimizer.zero_grad(*args, **options)


def _add_group(entry: catalog.Entry) -> Runs:
    def add(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> None:
        optimizer, *given = [*args, *options.values()]
        for one in given:
            if isinstance(one, dict):
                check_group(entry, one)
        with _writing(state, names_of(entry), given), state.observer.changing(optimizer.param_groups, "entries"):
            optimizer.add_param_group(*given)
        state.groups.add(_small(optimizer))

    return add


def _methods(entry: catalog.Entry) -> dict[str, Function]:
    return {
        "step": Function(
            "optimizer.step",
            _step,
            2,
            frozenset({"closure"}),
            around=lambda observer, span, args, _: observer.step(args[0]),
            callables=True,
        ),
        "zero_grad": Function(
            "optimizer.zero_grad",
            _zero_grad,
            2,
            frozenset({"set_to_none"}),
            around=lambda observer, span, args, _: observer.zero_grad(args[0]),
        ),
        "add_param_group": Function(
            "optimizer.add_param_group",
            optim.Optimizer.add_param_group,
            2,
            frozenset({"param_group"}),
            runs=_add_group(entry),
        ),
    }


def _move(scheduler: Any, *metrics: Any, **named: Any) -> None:
    """`scheduler.step()`."""
    scheduler.step(*metrics, **named)


def _around(observer: Observer, span: Any, args: Any, options: Any) -> Any:
    return observer.schedule(args[0])


def _scheduler_methods(name: str) -> dict[str, Function]:
    takes = "metrics" if name == "ReduceLROnPlateau" else None
    step = Function(
        "scheduler.step", _move, 2 if takes else 1, frozenset({takes} if takes else ()), around=_around
    )
    return {
        "step": step,
        "get_last_lr": Function("scheduler.get_last_lr", lambda scheduler: scheduler.get_last_lr(), 1),
    }


def _class(home: Any, name: str) -> type:
    found: type = getattr(home, name)
    return found


def _kind_of_optimizer(entry: catalog.Entry) -> Kind:
    groups = Attribute("param_groups", lambda optimizer: optimizer.param_groups)
    return replace(_OPTIMIZER, derived=False, methods=_methods(entry), attributes={"param_groups": groups})


def _kind_of_scheduler(name: str) -> Kind:
    epoch = Attribute("last_epoch", lambda scheduler: scheduler.last_epoch)
    attributes = {} if name == "ChainedScheduler" else {"last_epoch": epoch}
    return replace(_SCHEDULER, derived=False, methods=_scheduler_methods(name), attributes=attributes)


_OPTIMIZER = Kind(
    says="an optimizer",
    inside=lambda optimizer: (*optimizer.state.values(), optimizer.param_groups),
    derived=True,
)


def _kept_by(scheduler: Any) -> Iterable[Any]:
    """The optimizer and the schedulers that a scheduler moves, and the functions of the program that it calls."""
    factors = [one.function for one in getattr(scheduler, "lr_lambdas", ())]
    return (scheduler.optimizer, *factors, *getattr(scheduler, "_schedulers", ()))


_SCHEDULER = Kind(says="a scheduler", inside=_kept_by, derived=True)

KINDS: dict[type, Kind] = {
    optim.Optimizer: _OPTIMIZER,
    lr_scheduler.LRScheduler: _SCHEDULER,
    **{_class(optim, entry.name): _kind_of_optimizer(entry) for entry in catalog.ALL_OPTIMIZERS},
    **{_class(lr_scheduler, name): _kind_of_scheduler(name) for name in catalog.SCHEDULERS},
}
