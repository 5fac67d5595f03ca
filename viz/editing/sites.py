"""Finds the places of a program's tensors, its loss, its optimizer and the length of its loop."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from viz.catalog import Argument, Entry, Setting, find
from viz.editing.literals import elements_of, number_of
from viz.editing.loops import range_of
from viz.editing.source import ParsedSource, assignments

_TENSOR = {"torch.tensor", "torch.as_tensor"}
_ARRAY = {"numpy.array", "numpy.asarray"}
#: What makes a tensor or an array of numbers that are written out.
WRITTEN_OUT = _TENSOR | _ARRAY
_PARAMETER = {"torch.nn.Parameter", "torch.nn.parameter.Parameter"}

#: Other names that torch has for a dtype.
_DTYPE_NAMES = {"float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32"}


@dataclass(frozen=True, slots=True)
class TensorSite:
    """A tensor whose numbers are written out: the call that creates it, its list, and the nodes of its numbers.

    `array` says that NumPy makes an array of the list, with or without a tensor made from it.
    """

    name: str
    call: ast.Call
    literal: ast.expr
    elements: tuple[ast.expr, ...]
    shape: tuple[int, ...]
    requires_grad: bool
    array: bool = False

    @property
    def values(self) -> tuple[int | float, ...]:
        """The numbers in row-major order."""
        numbers = [number_of(element) for element in self.elements]
        return tuple(number for number in numbers if number is not None)


@dataclass(frozen=True, slots=True)
class CallSite:
    """The call that creates a loss or an optimizer; `written` are the nodes of its arguments in the catalog.

    If an argument is a name (`lr=lr`), the node is what the name is bound to. `parameters` is the node of an
    optimizer's parameters.
    """

    entry: Entry
    call: ast.Call
    written: Mapping[str, ast.expr]
    parameters: ast.expr | None = None


def tensor_sites(source: ParsedSource) -> list[TensorSite]:
    """Return the tensors of the set-up whose numbers are written out; for each name, the last one."""
    sites: dict[str, TensorSite] = {}
    for name, value in assignments(source.setup):
        site = _tensor_site(source, name, value)
        if site is not None:
            sites[name] = site
    # A list that two tensors are made from belongs to the first.
    return list({site.literal: site for site in reversed(sites.values())}.values())[::-1]


def _tensor_site(source: ParsedSource, name: str, value: ast.expr) -> TensorSite | None:
    call, requires_grad = leaf_call(source, value)
    if call is None or source.path(call.func) not in WRITTEN_OUT or len(call.args) != 1:
        return None
    literal, array = source.meaning(call.args[0]), source.path(call.func) in _ARRAY
    if isinstance(literal, ast.Call) and source.path(literal.func) in _ARRAY and len(literal.args) == 1:
        literal, array = source.meaning(literal.args[0]), True
    found = elements_of(literal)
    if found is None:
        return None
    shape, elements = found
    return TensorSite(name, call, literal, tuple(elements), shape, requires_grad, array)


def leaf_call(source: ParsedSource, value: ast.expr) -> tuple[ast.Call | None, bool]:
    """Return the call that creates a tensor, and whether the tensor requires grad.

    That may be inside `nn.Parameter(…)` and `….requires_grad_()`. The call is None if `value` is not one.
    """
    requires_grad = False
    while isinstance(value, ast.Call):
        if isinstance(value.func, ast.Attribute) and value.func.attr == "requires_grad_" and not value.args:
            value = value.func.value
        elif source.path(value.func) in _PARAMETER and len(value.args) == 1:
            value = value.args[0]
        else:
            flag = keyword_value(value, "requires_grad")
            return value, requires_grad or (isinstance(flag, ast.Constant) and flag.value is True)
        requires_grad = True
    return None, requires_grad


def keyword_value(call: ast.Call, name: str) -> ast.expr | None:
    """Return what a call passes for the keyword `name`, or None."""
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def dtype_of(source: ParsedSource, site: TensorSite) -> str | None:
    """Return the dtype that a call names, or torch's for its numbers; None if the program or NumPy decides it."""
    named = keyword_value(site.call, "dtype")
    if site.array:
        return None
    if named is None:
        return "int64" if all(isinstance(value, int) for value in site.values) else "float32"
    module, _, name = (source.path(named) or "").rpartition(".")
    return _DTYPE_NAMES.get(name, name) if module == "torch" else None


def call_site(source: ParsedSource, entries: tuple[Entry, ...]) -> CallSite | None:
    """Return where the program creates one of `entries`; None if it is not one call that can be read."""
    calls = list(_calls(source, ast.walk(source.tree), entries))
    return _read(source, *calls[0]) if len(calls) == 1 else None


def named_call_sites(source: ParsedSource, entries: tuple[Entry, ...]) -> Iterator[tuple[str, CallSite]]:
    """Yield where the set-up binds one of `entries` to a name: `fast = optim.SGD(…)`."""
    for name, value in assignments(source.setup):
        for entry, call in _calls(source, [value], entries):
            site = _read(source, entry, call)
            if site is not None:
                yield name, site


def _calls(
    source: ParsedSource, nodes: Iterable[ast.AST], entries: tuple[Entry, ...]
) -> Iterator[tuple[Entry, ast.Call]]:
    for node in nodes:
        if isinstance(node, ast.Call):
            entry = _entry(source, node, entries)
            if entry is not None:
                yield entry, node


def _read(source: ParsedSource, entry: Entry, call: ast.Call) -> CallSite | None:
    """Return what a call passes, or None if that cannot be read.

    An optimizer's positional arguments are its parameters and lr, and a loss has none: any others are not guessed.
    """
    positional = list(call.args)
    written = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    if len(written) != len(call.keywords) or any(isinstance(argument, ast.Starred) for argument in positional):
        return None
    parameters = written.pop("params", None)
    if entry.module == "torch.optim":
        parameters = parameters or (positional.pop(0) if positional else None)
        if positional:
            written["lr"] = positional.pop(0)
    literals = {name: source.meaning(node) for name, node in written.items()}
    return None if positional else CallSite(entry, call, literals, parameters)


def _entry(source: ParsedSource, call: ast.Call, entries: tuple[Entry, ...]) -> Entry | None:
    module, _, name = (source.path(call.func) or "").rpartition(".")
    entry = find(entries, name)
    return entry if entry is not None and entry.module == module else None


def setting_of(node: ast.expr, argument: Argument) -> Setting | None:
    """Return the value that a node is a literal of, or None if that is not of the argument's kind."""
    if argument.kind == "number":
        return number_of(node)
    if argument.kind == "integer":
        number = number_of(node)
        return number if isinstance(number, int) else None
    if argument.kind == "pair":
        return _pair(node)
    if not isinstance(node, ast.Constant):
        return None
    if argument.kind == "flag":
        return node.value if isinstance(node.value, bool) else None
    return node.value if isinstance(node.value, str) and node.value in argument.choices else None


def _pair(node: ast.expr) -> tuple[float | None, float | None] | None:
    if not isinstance(node, (ast.Tuple, ast.List)) or len(node.elts) != 2:
        return None
    first, second = (number_of(element) for element in node.elts)
    nothing = [isinstance(element, ast.Constant) and element.value is None for element in node.elts]
    readable = (first is not None or nothing[0]) and (second is not None or nothing[1])
    return (first, second) if readable else None


def loop_count(source: ParsedSource) -> tuple[ast.expr, int] | None:
    """Return the node and the number in `for … in range(100):`, or None if the length is not one number."""
    call = range_of(source.loop) if source.loop else None
    if call is None or len(call.args) != 1:
        return None
    node = source.meaning(call.args[0])
    count = number_of(node)
    return (node, count) if isinstance(count, int) else None
