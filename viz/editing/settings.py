"""The literals of a program that the widgets show, as plain data."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from viz.catalog import ALL_OPTIMIZERS, LOSSES, Argument, Entry, Setting
from viz.editing.numbers import RATES, Owner, number_sites
from viz.editing.sites import CallSite, TensorSite, call_site, dtype_of, loop_count, setting_of, tensor_sites
from viz.editing.source import ParsedSource, parsed
from viz.editing.training_loops import training_loops
from viz.frames.plain import Span


@dataclass(frozen=True, slots=True)
class TensorLiteral:
    """A tensor whose numbers are written in the program: `W = torch.tensor([0.5], requires_grad=True)`.

    `values` are in row-major order, and `shape` is the tensor's. `dtype` is the one that the call names, or
    torch's for these numbers; None if the program computes it. `span` covers the number or the list.
    """

    name: str
    values: tuple[int | float, ...]
    shape: tuple[int, ...]
    dtype: str | None
    requires_grad: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Choice:
    """The loss or the optimizer that a program creates, with all its arguments, defaults included.

    An argument that the program computes is None. `parameters` is the text of an optimizer's parameters.
    """

    entry: Entry
    arguments: Mapping[str, Setting | None]
    span: Span
    parameters: str = ""

    def carried_to(self, entry: Entry) -> dict[str, Setting]:
        """Return the arguments to keep when `entry` replaces this one.

        These are the ones that both have, if they differ from their default; and lr in any case.
        """
        kept: dict[str, Setting] = {}
        for argument in self.entry.arguments:
            value = self.arguments[argument.name]
            chosen = value != argument.default or argument.name == "lr"
            if value is not None and chosen and _has(entry, argument):
                kept[argument.name] = value
        return kept


@dataclass(frozen=True, slots=True)
class NumberLiteral:
    """Another number in the program: `momentum = 0.8`, an argument of a scheduler, an option of a group.

    `name` is `momentum`, `scheduler.gamma`, `lr of [W]`, or `fast.lr` for one of several optimizers.
    """

    name: str
    value: int | float
    of: Owner


@dataclass(frozen=True, slots=True)
class Settings:
    """Every literal of a program that a widget shows; a setting that is not a literal is None or left out.

    `leaves` require grad, `data` do not. `dtype` is the one that all floating-point tensors share. `iterations` is
    the number in the `range(…)` of the loop at the top; `passes` says what its passes are: epochs, or others, if
    the iterations are those of another loop.
    """

    leaves: tuple[TensorLiteral, ...] = ()
    data: tuple[TensorLiteral, ...] = ()
    loss: Choice | None = None
    optimizer: Choice | None = None
    iterations: int | None = None
    passes: Literal["iterations", "epochs", "passes"] = "iterations"
    dtype: str | None = None
    numbers: tuple[NumberLiteral, ...] = ()

    @property
    def learning_rate(self) -> float | None:
        """The optimizer's lr, or the learning rate of a program without one; None if it is not a literal."""
        if self.optimizer is not None:
            lr = self.optimizer.arguments["lr"]
            return lr if isinstance(lr, (int, float)) else None
        return next((number.value for number in self.numbers if number.name == self.rate_name), None)

    @property
    def rate_name(self) -> str | None:
        """The name of the learning rate in a program that updates its parameters itself."""
        names = {number.name for number in self.numbers if self.optimizer is None}
        return next((name for name in RATES if name in names), None)

    @property
    def others(self) -> tuple[TensorLiteral, ...]:
        """The data that are not in the table of `columns`."""
        columns = self.columns
        return tuple(tensor for tensor in self.data if tensor not in columns)

    @property
    def columns(self) -> tuple[TensorLiteral, ...]:
        """The data in one table: the largest group of tensors with the same number of rows."""
        tabular = [tensor for tensor in self.data if len(tensor.shape) in {1, 2}]
        most_common = Counter(tensor.shape[0] for tensor in tabular).most_common(1)
        return tuple(tensor for tensor in tabular if tensor.shape[0] == most_common[0][0])


@lru_cache(maxsize=256)
def read(source: str) -> Settings:
    """Return the settings of a program; all of them are empty if it does not parse."""
    program = parsed(source)
    if program is None:
        return Settings()
    sites = tensor_sites(program)
    tensors = [_literal(program, site) for site in sites]
    torchs = [tensor for tensor, site in zip(tensors, sites, strict=True) if not site.array]
    count = loop_count(program)
    return Settings(
        leaves=tuple(tensor for tensor in tensors if tensor.requires_grad),
        data=tuple(tensor for tensor in tensors if not tensor.requires_grad),
        loss=_choice(program, call_site(program, LOSSES)),
        optimizer=_choice(program, call_site(program, ALL_OPTIMIZERS)),
        iterations=count[1] if count else None,
        passes=_passes(program),
        numbers=tuple(NumberLiteral(site.name, site.value, site.of) for site in number_sites(program)),
        dtype=_shared_dtype(torchs) if program.name_of("torch") else None,
    )


def _passes(program: ParsedSource) -> Literal["iterations", "epochs", "passes"]:
    """What the passes of the loop at the top are."""
    training = training_loops([program.tree]) if program.loop else set()
    if not training or program.loop in training:
        return "iterations"
    target = program.loop.target if program.loop else None
    return "epochs" if isinstance(target, ast.Name) and target.id.startswith("epoch") else "passes"


def _literal(program: ParsedSource, site: TensorSite) -> TensorLiteral:
    span = program.span(site.literal)
    return TensorLiteral(site.name, site.values, site.shape, dtype_of(program, site), site.requires_grad, span)


def _choice(program: ParsedSource, site: CallSite | None) -> Choice | None:
    if site is None:
        return None
    arguments: dict[str, Setting | None] = {}
    for argument in site.entry.arguments:
        node = site.written.get(argument.name)
        arguments[argument.name] = argument.default if node is None else setting_of(node, argument)
    parameters = program.segment(site.parameters) if site.parameters else ""
    return Choice(site.entry, arguments, program.span(site.call), parameters)


def _shared_dtype(tensors: list[TensorLiteral]) -> str | None:
    dtypes = {tensor.dtype for tensor in tensors if tensor.dtype is None or tensor.dtype.startswith("float")}
    return dtypes.pop() if len(dtypes) == 1 else None


def _has(entry: Entry, argument: Argument) -> bool:
    """Return whether an entry has the same argument, with any default."""
    return any(replace(other, default=argument.default) == argument for other in entry.arguments)
