"""What a program has of torch.optim: optimizers, their groups of parameters, and what moves their lr."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, optim
from torch.optim import lr_scheduler

from viz import catalog, limits
from viz.language.entries import Attribute, Callback, Function, Library
from viz.language.observer import Observer
from viz.limits import LimitReached
from viz.recording.optimizers import Group

#: Whole numbers that an optimizer counts up to.
_COUNTS = frozenset({"max_iter", "max_eval", "ns_steps"})
#: Arguments that are a word, and those that are a few numbers; the others are a number each.
_WORDS = frozenset({"adjust_lr_fn", "line_search_fn", "mode", "threshold_mode", "anneal_strategy"})
_SEVERAL = frozenset({"betas", "etas", "step_sizes", "eps", "ns_coefficients", "milestones", "schedulers"})
#: Arguments of what moves lr that may be a list with an entry for each group.
_EACH_GROUP = frozenset({"base_lr", "max_lr", "min_lr", "base_momentum", "max_momentum", "lr_lambda"})
#: The largest whole number among the arguments of what moves lr: it may become the base of a power.
_WHOLE = 10**6


def option_of(group: Group, name: Any) -> Any:
    """`group[name]`."""
    return group[name]


def set_option(group: Group, name: Any, value: Any) -> None:
    """`group[name] = value`; LimitReached for a count that is too large."""
    _check_options({name: value})
    group[name] = value


def _check_options(options: Mapping[str, Any]) -> None:
    """TypeError for what is no option of an optimizer (torch does not look at a group's), LimitReached for a large
    count. A list times a whole number would be a longer list."""
    for name, value in options.items():
        most = limits.HISTORY if name == "history_size" else limits.ELEMENTS if name in _COUNTS else None
        if most is not None and isinstance(value, int) and value > most:
            raise LimitReached(f"`{name}` is {value:,}; {most:,} is the most.")
        if name != "params" and not _fits(name, value):
            raise TypeError(f"`{name}` cannot be {_said(value)}")


def _fits(name: str, value: Any) -> bool:
    if isinstance(value, str):
        return name in _WORDS
    if isinstance(value, (list, tuple)):
        return name in _SEVERAL and all(one is None or _is_number(one) for one in value)
    return value is None or _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, Tensor) and value.numel() == 1)


def _said(value: Any) -> str:
    if isinstance(value, (Callback, Function, Library)):
        return f"`{value}`"
    return repr(value) if isinstance(value, str) else f"a {type(value).__name__}"


def _parameters(entry: catalog.Entry, given: Any) -> Any:
    """What an optimizer is given, with the dicts of groups copied and checked; TypeError for an unknown option.

    A program's own dict must not become torch's: what it holds is checked once.
    """
    if not isinstance(given, (list, tuple)):
        return given
    return [_group(entry, one) if isinstance(one, dict) else one for one in given]


def _small(optimizer: optim.Optimizer) -> optim.Optimizer:
    """The optimizer; LimitReached where its parameters are too many or too large."""
    held = [one for group in optimizer.param_groups for one in group["params"]]
    if len(held) > limits.PARAMETERS:
        raise LimitReached(f"An optimizer has at most {limits.PARAMETERS} parameters; this one has {len(held):,}.")
    total = sum(one.numel() for one in held)
    if total > limits.PARAMETER_ELEMENTS:
        raise LimitReached(
            f"The parameters of an optimizer have at most {limits.PARAMETER_ELEMENTS:,} elements together; these "
            f"have {total:,}."
        )
    return optimizer


def _group(entry: catalog.Entry, given: Mapping[Any, Any]) -> dict[str, Any]:
    names = _names(entry)
    for name in given:
        if name != "params" and name not in names:
            raise TypeError(f"a group of {entry.name} has params and {', '.join(sorted(names))}, not {name!r}")
    _check_options(given)
    return dict(given)


def _names(entry: catalog.Entry) -> frozenset[str]:
    return frozenset({*entry.others, *(argument.name for argument in entry.arguments)})


def _optimizer(entry: catalog.Entry) -> Function:
    """The entry's class, as a program calls it."""
    made: type[optim.Optimizer] = getattr(optim, entry.name)

    def make(params: Any, *args: Any, **options: Any) -> optim.Optimizer:
        _check_options(inspect.signature(made).bind_partial(params, *args, **options).arguments)
        return _small(made(_parameters(entry, params), *args, **options))

    keywords = frozenset({"params", *_names(entry)})
    return Function(f"{entry.module}.{entry.name}", make, _positional(made, keywords), keywords)


def _positional(made: Callable[..., Any], keywords: frozenset[str]) -> int:
    """How many arguments may stand without a name: those before the first that the language leaves out."""
    count = 0
    for parameter in inspect.signature(made).parameters.values():
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD or parameter.name not in keywords:
            break
        count += 1
    return count


#: The optimizers by their name in `torch.optim`.
CLASSES = {entry.name: _optimizer(entry) for entry in catalog.ALL_OPTIMIZERS}


def _check_moving(name: str, value: Any) -> Any:
    """An argument of what moves lr, with the program's functions ready to be called; TypeError for another kind of
    thing, LimitReached for a huge whole number."""
    if name in _EACH_GROUP and isinstance(value, (list, tuple)):
        return [_check_moving(name, one) for one in value]
    if name == "lr_lambda":
        return _factor(value)
    for one in value if name in _SEVERAL and isinstance(value, (list, tuple)) else (value,):
        if isinstance(one, int) and abs(one) > _WHOLE:
            raise LimitReached(f"A whole number for a scheduler is at most {_WHOLE:,}; write a float, as in 1e9.")
    if name not in ("optimizer", "schedulers") and not _fits(name, value):
        raise TypeError(f"`{name}` cannot be {_said(value)}")
    return value


def _factor(function: Any) -> Callable[[int], Any]:
    """A function of the program that makes a number of an iteration's."""
    if not isinstance(function, Callback):
        raise TypeError("`lr_lambda` is a function of the program, as in `lambda epoch: 0.95 ** epoch`")

    def call(epoch: int) -> Any:
        factor = function(epoch)
        if not _is_number(factor):
            raise TypeError(f"`lr_lambda` gives a number for each epoch, not {_said(factor)}")
        return factor

    return call


def _scheduler(name: str, names: str) -> Function:
    made = getattr(lr_scheduler, name)
    signature = inspect.signature(made)

    def make(*args: Any, **options: Any) -> Any:
        given = signature.bind(*args, **options)
        checked = {one: _check_moving(one, value) for one, value in given.arguments.items()}
        return made(**checked)

    keywords = frozenset({"optimizer", *names.split()})
    functions = "lr_lambda" in keywords
    return Function(
        f"torch.optim.lr_scheduler.{name}", make, _positional(made, keywords), keywords, callables=functions
    )


SCHEDULERS = Library(
    "torch.optim.lr_scheduler", {name: _scheduler(name, names) for name, names in catalog.SCHEDULERS.items()}
)


def _step(optimizer: optim.Optimizer, closure: Any = None) -> Any:
    """`optimizer.step()`, with or without a function that runs forward and backward; what that gave at first.

    It is called as the object has it, because a scheduler counts the calls.
    """
    if closure is None:
        if isinstance(optimizer, optim.LBFGS):
            raise TypeError("LBFGS runs forward and backward again: give it a function, as in `step(closure)`")
        return optimizer.step()
    if not isinstance(closure, Callback):
        raise TypeError("`step` takes a function of the program, which runs forward and backward")
    results: list[Any] = []

    def run() -> Any:
        result = closure()
        results.append(result)
        return result

    optimizer.step(run)
    return results[0] if results else None


def _zero_grad(optimizer: optim.Optimizer, *args: Any, **options: Any) -> None:
    optimizer.zero_grad(*args, **options)


def _add_group(entry: catalog.Entry) -> Callable[[optim.Optimizer, Any], None]:
    def add(optimizer: optim.Optimizer, param_group: Any) -> None:
        optimizer.add_param_group(_group(entry, param_group) if isinstance(param_group, dict) else param_group)
        _small(optimizer)

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
        "add_param_group": Function("optimizer.add_param_group", _add_group(entry), 2, frozenset({"param_group"})),
    }


def _groups(entry: catalog.Entry) -> Attribute:
    names = _names(entry)

    def read(optimizer: optim.Optimizer) -> list[Group]:
        return [Group(group, entry.name, names) for group in optimizer.param_groups]

    return Attribute("param_groups", read)


def _move(scheduler: Any, *metrics: Any, **named: Any) -> None:
    """`scheduler.step()`."""
    scheduler.step(*metrics, **named)


def _last_lr(scheduler: Any) -> list[float | Tensor]:
    """`scheduler.get_last_lr()`, in a list that is the program's own."""
    return list(scheduler.get_last_lr())


def _around(observer: Observer, span: Any, args: Any, options: Any) -> Any:
    return observer.schedule(args[0])


def _scheduler_methods(name: str) -> dict[str, Function]:
    takes = "metrics" if name == "ReduceLROnPlateau" else None
    step = Function(
        "scheduler.step", _move, 2 if takes else 1, frozenset({takes} if takes else ()), around=_around
    )
    return {"step": step, "get_last_lr": Function("scheduler.get_last_lr", _last_lr, 1)}


def _class(home: Any, name: str) -> type:
    found: type = getattr(home, name)
    return found


#: The methods of each optimizer and each scheduler.
METHODS: dict[type, Mapping[str, Function]] = {
    **{_class(optim, entry.name): _methods(entry) for entry in catalog.ALL_OPTIMIZERS},
    **{_class(lr_scheduler, name): _scheduler_methods(name) for name in catalog.SCHEDULERS},
}
#: What can be read off them.
ATTRIBUTES: dict[type, Mapping[str, Attribute]] = {
    **{_class(optim, entry.name): {"param_groups": _groups(entry)} for entry in catalog.ALL_OPTIMIZERS},
    **{
        _class(lr_scheduler, name): {"last_epoch": Attribute("last_epoch", lambda scheduler: scheduler.last_epoch)}
        for name in catalog.SCHEDULERS
        if name != "ChainedScheduler"
    },
}
