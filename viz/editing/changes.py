"""Changes one setting of a program: each function returns the new source, with everything else unchanged.

Setting the present value returns the same source. Each function raises LookupError if the source has no such
literal (then `read` has None for it), and ValueError for a value that cannot be written as a literal.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import prod

from viz.catalog import ALL_OPTIMIZERS, LOSSES, Entry, Setting, find
from viz.editing.calls import addition, removal
from viz.editing.literals import LARGEST_INTEGER, WIDTH, list_text, number_text
from viz.editing.numbers import number_sites, rate_site
from viz.editing.sites import (
    CallSite,
    TensorSite,
    call_site,
    dtype_of,
    keyword_value,
    loop_count,
    setting_of,
    tensor_sites,
)
from viz.editing.source import Edit, ParsedSource, parsed

#: The dtypes that a program can be given.
DTYPES = ("float32", "float64")


def set_leaf(source: str, name: str, values: Sequence[float]) -> str:
    """Set the initial values of the leaf called `name`, in row-major order.

    Raises ValueError if there are more or fewer than the leaf has.
    """
    program = _parsed(source)
    site = _tensor(program, name)
    if len(values) != len(site.values):
        count = len(site.values)
        raise ValueError(f"{name} has {count} number{'' if count == 1 else 's'}, not {len(values)}")
    return program.edited(_number_edits(program, site, values))


def set_data(source: str, columns: Mapping[str, Sequence[float]]) -> str:
    """Set the numbers of the tensors with these names, in row-major order; the number of rows may change.

    A tensor of shape [n, k] has k numbers in a row. Raises ValueError if the numbers do not fill whole rows.
    """
    program = _parsed(source)
    edits: list[Edit] = []
    for name, values in columns.items():
        site = _tensor(program, name)
        if not values or len(values) % prod(site.shape[1:]):
            raise ValueError(f"{name} needs at least one row, and {prod(site.shape[1:])} in each")
        edits += _number_edits(program, site, values)
    return program.edited(edits)


def set_loss(source: str, name: str, arguments: Mapping[str, Setting]) -> str:
    """Use the loss called `name` with these arguments, and defaults for the others.

    Raises KeyError for an argument that the loss does not have, and ValueError for a string that is no choice.
    """
    return _set_call(source, LOSSES, name, arguments)


def set_optimizer(source: str, name: str, arguments: Mapping[str, Setting]) -> str:
    """Use the optimizer called `name` with these arguments, and defaults for the others.

    Its parameters stay the same. An lr that is written out stays so, even at its default. Raises KeyError for an
    argument that the optimizer does not have, and ValueError for a string that is no choice.
    """
    return _set_call(source, ALL_OPTIMIZERS, name, arguments)


def set_learning_rate(source: str, lr: float) -> str:
    """Set the optimizer's lr."""
    program = _parsed(source)
    site = call_site(program, ALL_OPTIMIZERS)
    if site is None:
        named = rate_site(program)
        if named is None:
            raise LookupError("the program creates no optimizer whose arguments can be read")
        return (
            source if named.value == lr else program.edited([_replacement(program, named.node, number_text(lr))])
        )
    node = site.written.get("lr")
    if node is None:
        return program.edited(addition(program, site.call, [f"lr={number_text(lr)}"]))
    if setting_of(node, site.entry.argument("lr")) == lr:
        return source
    return program.edited([_replacement(program, node, number_text(lr))])


def set_number(source: str, name: str, value: float) -> str:
    """Set the number that `read` lists as `name`; a whole number stays one if it can."""
    program = _parsed(source)
    for site in number_sites(program):
        if site.name == name:
            whole = isinstance(site.value, int) and float(value).is_integer()
            text = number_text(int(value) if whole else float(value))
            return source if _same(site.value, value) else program.edited([_replacement(program, site.node, text)])
    raise LookupError(f"the program has no number called {name}")


def set_iterations(source: str, count: int) -> str:
    """Set the number in `range(…)`. Raises ValueError below 1."""
    program = _parsed(source)
    found = loop_count(program)
    if found is None:
        raise LookupError("the program has no loop over range(…) with one number")
    if count < 1:
        raise ValueError(f"a loop of {count} iterations would show nothing")
    node, present = found
    return source if present == count else program.edited([_replacement(program, node, number_text(count))])


def set_dtype(source: str, dtype: str) -> str:
    """Set the dtype of every floating-point tensor whose numbers are written in the program.

    `"float32"` is torch's default, so it is not written. Raises ValueError for a dtype that is not in `DTYPES`.
    """
    if dtype not in DTYPES:
        raise ValueError(f"{dtype!r} is not one of {', '.join(DTYPES)}")
    program = _parsed(source)
    torch = program.name_of("torch")
    if torch is None:
        raise LookupError("the program does not import torch")
    edits: list[Edit] = []
    for site in tensor_sites(program):
        present = dtype_of(program, site)
        if present is None or not present.startswith("float") or present == dtype:
            continue
        named = keyword_value(site.call, "dtype")
        if dtype == "float32":
            edits += removal(program, site.call, {"dtype"})
        elif named is not None:
            edits.append(_replacement(program, named, f"{torch}.{dtype}"))
        else:
            edits += addition(program, site.call, [f"dtype={torch}.{dtype}"])
    return program.edited(edits)


def _parsed(source: str) -> ParsedSource:
    program = parsed(source)
    if program is None:
        raise LookupError("the program does not parse")
    return program


def _tensor(program: ParsedSource, name: str) -> TensorSite:
    for site in tensor_sites(program):
        if site.name == name:
            return site
    raise LookupError(f"the numbers of {name} are not written in the program")


def _replacement(program: ParsedSource, node: ast.expr, text: str) -> Edit:
    return Edit(program.start(node), program.end(node), text)


def _number_edits(program: ParsedSource, site: TensorSite, values: Sequence[float]) -> list[Edit]:
    """Return edits of the numbers that differ, or of the whole list if its length or line width changes."""
    texts = _texts(site, values)
    if len(texts) == len(site.values):
        changed = zip(site.elements, texts, site.values, values, strict=True)
        edits = [_replacement(program, node, text) for node, text, old, new in changed if not _same(old, new)]
        if not edits or _stays_narrow(program, site, edits):
            return edits
    shape = (len(texts) // prod(site.shape[1:]), *site.shape[1:]) if site.shape else ()
    column = program.column(program.start(site.literal))
    tail = len(program.rest_of_line(program.end(site.literal)))
    return [_replacement(program, site.literal, list_text(texts, shape, column, tail))]


def _texts(site: TensorSite, values: Sequence[float]) -> list[str]:
    """Return the numbers as text: ints if the tensor has ints and all numbers are whole, otherwise floats."""
    whole = all(isinstance(value, int) for value in site.values) and all(
        float(value).is_integer() and abs(value) < LARGEST_INTEGER for value in values
    )
    return [number_text(int(value) if whole else float(value)) for value in values]


def _same(old: float, new: float) -> bool:
    """Return whether two numbers are the same for torch; 0.0 and -0.0 are not."""
    return repr(float(old)) == repr(float(new))


def _stays_narrow(program: ParsedSource, site: TensorSite, edits: list[Edit]) -> bool:
    """Return whether the list may keep its lines: they fit, or the list has comments, or was too wide before."""
    start, end = program.start(site.literal), program.end(site.literal)
    first = start - program.column(start)
    last = end + len(program.rest_of_line(end))
    if "#" in program.text[start:end] or _widest(program.text[first:last]) > WIDTH:
        return True
    after = program.edited(edits)
    return _widest(after[first : last + len(after) - len(program.text)]) <= WIDTH


def _widest(text: str) -> int:
    return max(map(len, text.splitlines()))


def _set_call(source: str, entries: tuple[Entry, ...], name: str, arguments: Mapping[str, Setting]) -> str:
    """Rename the class, change and remove arguments, then add those that are missing."""
    entry = find(entries, name)
    if entry is None:
        raise LookupError(f"there is no {name} in the catalog")
    wanted = {argument.name: argument.default for argument in entry.arguments}
    for key, value in arguments.items():
        argument = entry.argument(key)
        if isinstance(value, str) and value not in argument.choices:
            raise ValueError(f"{value!r} is not one of {', '.join(argument.choices)}")
        wanted[key] = value
    program = _parsed(source)
    site = call_site(program, entries)
    if site is None:
        raise LookupError(
            f"the program creates no {'optimizer' if entries is ALL_OPTIMIZERS else 'loss'} that can be read"
        )
    edits = [*_name_edits(program, site, entry), *_argument_edits(program, site, entry, wanted, arguments)]
    return _with_missing(program.edited(edits), entries, entry, wanted)


def _name_edits(program: ParsedSource, site: CallSite, entry: Entry) -> list[Edit]:
    """Return edits that call another class, and import it if the present one was imported by name."""
    called = site.call.func
    if entry is site.entry:
        return []
    if isinstance(called, ast.Attribute):
        return [_renaming(program.end(called), site.entry.name, entry.name)]
    assert isinstance(called, ast.Name)
    bound = program.name_of(f"{entry.module}.{entry.name}")
    if bound is not None:
        return [_replacement(program, called, bound)]
    alias = program.imports[called.id][1]
    renamed = _renaming(program.start(alias) + len(alias.name), site.entry.name, entry.name)
    return [renamed] if alias.asname else [renamed, _replacement(program, called, entry.name)]


def _renaming(end: int, old: str, new: str) -> Edit:
    return Edit(end - len(old), end, new)


def _argument_edits(
    program: ParsedSource,
    site: CallSite,
    entry: Entry,
    wanted: Mapping[str, Setting],
    given: Mapping[str, Setting],
) -> list[Edit]:
    """Return edits of the written arguments that differ, and remove defaults and what a new class does not have.

    An argument that the program computes stays, unless a value was given for it.
    """
    edits: list[Edit] = []
    gone: set[str] = set()
    for name, node in site.written.items():
        if name not in wanted:
            gone |= {name} if entry is not site.entry else set()
            continue
        argument = entry.argument(name)
        present = setting_of(node, argument)
        if present == wanted[name] or (present is None and name not in given):
            continue
        if wanted[name] == argument.default and name != "lr":
            gone.add(name)
        else:
            edits.append(_replacement(program, node, _setting_text(wanted[name])))
    return [*edits, *removal(program, site.call, gone)]


def _with_missing(source: str, entries: tuple[Entry, ...], entry: Entry, wanted: Mapping[str, Setting]) -> str:
    """Return the source with the arguments that are not written and not at their defaults."""
    program = _parsed(source)
    site = call_site(program, entries)
    assert site is not None
    missing = [
        f"{argument.name}={_setting_text(wanted[argument.name])}"
        for argument in entry.arguments
        if argument.name not in site.written and wanted[argument.name] != argument.default
    ]
    return program.edited(addition(program, site.call, missing))


def _setting_text(value: Setting | None) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_setting_text(part) for part in value) + ")"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value) if value is None or isinstance(value, bool) else number_text(value)
