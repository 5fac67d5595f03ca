"""The options of an optimizer's parameter groups: their names, and the values that each may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, optim

from viz import catalog, limits
from viz.errors import LimitReached
from viz.language.runtime.kinds import describe
from viz.language.runtime.param_groups import ParamGroups
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import whole
from viz.language.vocabulary.arrays import NUMBERS

#: The most of each option that is a count: an optimizer loops, or remembers, that often.
_MOST = {
    "max_iter": limits.REPEATS,
    "max_eval": limits.REPEATS,
    "ns_steps": limits.PRODUCTS,
    "history_size": limits.HISTORY,
}
#: Arguments that are a word, and those that are a few numbers; the others are a number each.
_WORDS = frozenset({"adjust_lr_fn", "line_search_fn", "mode", "threshold_mode", "anneal_strategy"})
#: Arguments of optimizers and schedulers that are a few numbers.
SEVERAL = frozenset({"betas", "etas", "step_sizes", "eps", "ns_coefficients", "milestones", "schedulers"})
#: The keys of a group that are not options.
_PARAMETERS = frozenset({"params", "param_names"})
#: The keys that schedulers write into a group.
_SCHEDULED = frozenset({"initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum"})


def set_option(groups: ParamGroups, thing: list[Any] | dict[Any, Any], key: Any, value: Any) -> bool:
    """`thing[key] = value` if `thing` is an optimizer's group; otherwise does nothing and returns False.

    Raises TypeError for a key or value that is no option, LimitReached for a count that is too large.
    """
    owners = groups.owners(thing)
    if not owners:
        return False
    if not isinstance(thing, dict):
        groups.check_change(thing)
    for optimizer in owners:
        _check_option(optimizer, key)
    check_options({key: value})
    thing[key] = value
    return True


def _check_option(optimizer: optim.Optimizer, name: object) -> None:
    """Raise TypeError if the optimizer has no option of this name."""
    kind = type(optimizer).__name__
    entry = catalog.find(catalog.ALL_OPTIMIZERS, kind)
    names = frozenset() if entry is None else names_of(entry)
    if name not in names:
        raise NotHere(f"an option of {kind} is one of {', '.join(sorted(names))}, not {name!r}")


def names_of(entry: catalog.Entry) -> frozenset[str]:
    """The names of an optimizer's options."""
    return frozenset({*entry.others, *(argument.name for argument in entry.arguments)})


_ALL = [names_of(entry) for entry in catalog.ALL_OPTIMIZERS]
#: The keys that some optimizer writes into a dict that it gets as a group.
_WRITTEN = frozenset().union(*_ALL, _SCHEDULED)


def check_group(entry: catalog.Entry, given: Mapping[Any, Any]) -> None:
    """Raise TypeError for a dict that is no group for this optimizer, LimitReached for too large a count in it.

    torch writes all options of an optimizer into the dict, so another optimizer may get those of the first.
    """
    names, filled = names_of(entry), any(one <= given.keys() for one in _ALL)
    for name, value in given.items():
        known = name in names or name in _PARAMETERS or (filled and name in _WRITTEN)
        if not known and not (name in catalog.IMPLEMENTATION_SWITCHES and not value):
            raise NotHere(f"a group of {entry.name} has params and {', '.join(sorted(names))}, not {name!r}")
    check_options(given)


def check_options(options: Mapping[Any, Any]) -> None:
    """Raise TypeError for a value that an option may not have, LimitReached for too large a count.

    torch does not check the options of a group, and a list times an integer would be a longer list.
    """
    for name, value in options.items():
        most = _MOST.get(name)
        count = None if most is None else whole(value)
        if most is not None and count is not None and count > most:
            raise LimitReached(f"`{name}` is {count:,}; {most:,} is the most.")
        if name not in _PARAMETERS and not fits(name, value):
            raise NotHere(f"`{name}` cannot be {said(value)}")


def fits(name: str, value: Any) -> bool:
    """Whether an option of this name may be `value`."""
    if isinstance(value, str):
        return name in _WORDS
    if isinstance(value, (list, tuple)):
        return name in SEVERAL and all(one is None or is_number(one) for one in value)
    return (value is None and name != "lr") or is_number(value)


def is_number(value: Any) -> bool:
    """Whether torch can compute with this as with one number."""
    return isinstance(value, NUMBERS) or (isinstance(value, Tensor) and value.numel() == 1)


def said(value: Any) -> str:
    """How a message names a value; a string is quoted."""
    return repr(value) if isinstance(value, str) else describe(value)
