"""The other numbers of a program: variables, seeds, arguments of schedulers, groups and several optimizers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal, TypeAlias

from viz.catalog import ALL_OPTIMIZERS, LOSSES, SCHEDULERS, Entry
from viz.editing.literals import number_of
from viz.editing.sites import call_site, loop_count, named_call_sites
from viz.editing.source import ParsedSource, assignments

#: Names of a learning rate in a program without an optimizer of torch, the likeliest first.
RATES = ("lr", "learning_rate", "eta")
_SCHEDULER = "torch.optim.lr_scheduler"
_SEEDS = {"torch.manual_seed", "numpy.random.seed"}
#: What a number belongs to.
Owner: TypeAlias = Literal["name", "scheduler", "group", "loss", "optimizer"]
#: A group is named by its parameters if their text is at most this long.
_SHORT = 20


@dataclass(frozen=True, slots=True)
class NumberSite:
    """A number in the text: its name, its node and value, and what it belongs to."""

    name: str
    node: ast.expr
    value: int | float
    of: Owner


def number_sites(source: ParsedSource) -> list[NumberSite]:
    """Return the numbers of the set-up that are not settings of loss, optimizer or loop; each name once."""
    taken = set(_taken(source))
    found: dict[str, NumberSite] = {}
    everywhere = (_named, _of_seeds, _of_several, _of_schedulers, _of_groups)
    for name, node, of in chain.from_iterable(numbers(source) for numbers in everywhere):
        value = number_of(node)
        if value is not None and node not in taken:
            taken.add(node)
            found.setdefault(name, NumberSite(name, node, value, of))
    return list(found.values())


def rate_site(source: ParsedSource) -> NumberSite | None:
    """Return the learning rate of a program that updates its parameters itself, by its name."""
    names = {site.name: site for site in number_sites(source) if site.of == "name"}
    return next((names[name] for name in RATES if name in names), None)


def _taken(source: ParsedSource) -> Iterator[ast.expr]:
    """Yield the nodes of other settings."""
    for entries, _ in _KINDS:
        site = call_site(source, entries)
        yield from site.written.values() if site else ()
    count = loop_count(source)
    if count is not None:
        yield count[0]


_Found: TypeAlias = Iterator[tuple[str, ast.expr, Owner]]
_KINDS: tuple[tuple[tuple[Entry, ...], Owner], ...] = (LOSSES, "loss"), (ALL_OPTIMIZERS, "optimizer")


def _named(source: ParsedSource) -> _Found:
    """`momentum = 0.8`, also if the name is bound again later."""
    last = dict(assignments(source.setup))
    for name, node in last.items():
        yield name, node, "name"


def _of_seeds(source: ParsedSource) -> _Found:
    """`torch.manual_seed(0)`."""
    for statement in source.setup:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and source.path(call.func) in _SEEDS and len(call.args) == 1:
            yield "seed", source.meaning(call.args[0]), "name"


def _of_several(source: ParsedSource) -> _Found:
    """`fast = optim.SGD([b], lr=0.5)`, if the program creates another optimizer too: `fast.lr`."""
    for entries, owner in _KINDS:
        if call_site(source, entries) is None:
            for name, site in named_call_sites(source, entries):
                for argument, node in site.written.items():
                    yield f"{name}.{argument}", node, owner


def _of_schedulers(source: ParsedSource) -> _Found:
    """`scheduler = StepLR(optimizer, step_size=30, gamma=0.5)`."""
    for name, value in assignments(source.setup):
        if not isinstance(value, ast.Call):
            continue
        module, _, kind = (source.path(value.func) or "").rpartition(".")
        if module != _SCHEDULER or kind not in SCHEDULERS:
            continue
        arguments = ("optimizer", *SCHEDULERS[kind].split())
        written = dict(zip(arguments, value.args, strict=False))
        written |= {keyword.arg: keyword.value for keyword in value.keywords if keyword.arg}
        for argument, node in written.items():
            yield f"{name}.{argument}", source.meaning(node), "scheduler"


def _of_groups(source: ParsedSource) -> _Found:
    """`optim.SGD([{"params": [W], "lr": 0.1}, …])`."""
    site = call_site(source, ALL_OPTIMIZERS)
    groups = source.meaning(site.parameters) if site and site.parameters else None
    for place, group in enumerate(groups.elts if isinstance(groups, (ast.List, ast.Tuple)) else []):
        if not isinstance(group, ast.Dict):
            continue
        options = {
            key.value: value
            for key, value in zip(group.keys, group.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
        params = source.segment(options["params"]) if "params" in options else ""
        called = params if 0 < len(params) <= _SHORT else f"group {place}"
        for option, node in options.items():
            yield f"{option} of {called}", source.meaning(node), "group"
