"""What a program has of torch.optim: optimizers, their groups of parameters, and what moves their lr."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, optim
from torch.optim import lr_scheduler

from viz import catalog, limits
from viz.language.entries import Attribute, Function, Library
from viz.language.observer import Observer
from viz.limits import LimitReached
from viz.recording.optimizers import Group

#: Whole numbers that an optimizer counts up to, or makes a list of.
_COUNTS = frozenset({"history_size", "max_iter", "max_eval", "ns_steps"})
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
    """LimitReached where an optimizer would count too far."""
    for name, value in options.items():
        if name in _COUNTS and isinstance(value, int) and value > limits.ELEMENTS:
            raise LimitReached(f"`{name}` is {value:,}; {limits.ELEMENTS:,} is the most.")


def _parameters(entry: catalog.Entry, given: Any) -> Any:
    """What an optimizer is given, with the dicts of groups copied and checked; TypeError for an unknown option.

    A program's own dict must not become torch's: what it holds is checked once.
    """
    if not isinstance(given, (list, tuple)):
        return given
    return [_group(entry, one) if isinstance(one, dict) else one for one in given]


def _group(entry: catalog.Entry, given: Mapping[Any, Any]) -> dict[str, Any]:
    names = _names(entry)
    for name in given:
        if name != "params" and name not in names:
            raise TypeError(f"a group of {entry.name} has params and {', '.join(sorted(names))}, not {name!r}")
    _check_options(given)
    return dict(given)


def _names(entry: catalog.Entry) -> frozenset[str]:
    return frozenset(argument.name for argument in entry.arguments)


def _optimizer(entry: catalog.Entry) -> Function:
    """The entry's class, as a program calls it."""
    made: type[optim.Optimizer] = getattr(optim, entry.name)

    def make(params: Any, *args: Any, **options: Any) -> optim.Optimizer:
        _check_options(inspect.signature(made).bind_partial(params, *args, **options).arguments)
        return made(_parameters(entry, params), *args, **options)

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
CLASSES = {entry.name: _optimizer(entry) for entry in catalog.OPTIMIZERS}

#: What moves lr, and the names of its arguments after the optimizer. `last_epoch` is for runs that are taken up
#: again, `scale_fn` and `scale_mode` are CyclicLR's own functions.
_SCHEDULERS: Mapping[str, str] = {
    "StepLR": "step_size gamma",
    "MultiStepLR": "milestones gamma",
    "ConstantLR": "factor total_iters",
    "LinearLR": "start_factor end_factor total_iters",
    "ExponentialLR": "gamma",
    "PolynomialLR": "total_iters power",
    "CosineAnnealingLR": "T_max eta_min",
    "CosineAnnealingWarmRestarts": "T_0 T_mult eta_min",
    "CyclicLR": "base_lr max_lr step_size_up step_size_down mode gamma cycle_momentum base_momentum max_momentum",
    "OneCycleLR": "max_lr total_steps epochs steps_per_epoch pct_start anneal_strategy cycle_momentum "
    "base_momentum max_momentum div_factor final_div_factor three_phase",
    "ReduceLROnPlateau": "mode factor patience threshold threshold_mode cooldown min_lr eps",
    "SequentialLR": "schedulers milestones",
    "ChainedScheduler": "schedulers",
}


def _check_whole(value: Any) -> None:
    """LimitReached for a huge whole number, in a list too."""
    for one in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(one, int) and abs(one) > _WHOLE:
            raise LimitReached(f"A whole number for a scheduler is at most {_WHOLE:,}; write a float, as in 1e9.")


def _scheduler(name: str, names: str) -> Function:
    made = getattr(lr_scheduler, name)

    def make(*args: Any, **options: Any) -> Any:
        for value in (*args, *options.values()):
            _check_whole(value)
        return made(*args, **options)

    keywords = frozenset({"optimizer", *names.split()})
    return Function(f"torch.optim.lr_scheduler.{name}", make, _positional(made, keywords), keywords)


SCHEDULERS = Library(
    "torch.optim.lr_scheduler", {name: _scheduler(name, names) for name, names in _SCHEDULERS.items()}
)


def _step(optimizer: optim.Optimizer, *closure: Any) -> Any:
    """`optimizer.step()`: as the object has it, because a scheduler counts the calls."""
    return optimizer.step(*closure)


def _zero_grad(optimizer: optim.Optimizer, *args: Any, **options: Any) -> None:
    optimizer.zero_grad(*args, **options)


def _add_group(entry: catalog.Entry) -> Callable[[optim.Optimizer, Any], None]:
    def add(optimizer: optim.Optimizer, param_group: Any) -> None:
        optimizer.add_param_group(_group(entry, param_group) if isinstance(param_group, dict) else param_group)

    return add


def _methods(entry: catalog.Entry) -> dict[str, Function]:
    return {
        "step": Function(
            "optimizer.step", _step, 1, around=lambda observer, span, args, _: observer.step(args[0])
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
    **{_class(optim, entry.name): _methods(entry) for entry in catalog.OPTIMIZERS},
    **{_class(lr_scheduler, name): _scheduler_methods(name) for name in _SCHEDULERS},
}
#: What can be read off them.
ATTRIBUTES: dict[type, Mapping[str, Attribute]] = {
    **{_class(optim, entry.name): {"param_groups": _groups(entry)} for entry in catalog.OPTIMIZERS},
    **{
        _class(lr_scheduler, name): {"last_epoch": Attribute("last_epoch", lambda scheduler: scheduler.last_epoch)}
        for name in _SCHEDULERS
        if name != "ChainedScheduler"
    },
}
