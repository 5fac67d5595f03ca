"""The layers of the project: which may import which, and which libraries each may import."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

#: The layers from top to bottom. A layer may import those below it; layers in one row do not import each other.
ROWS: tuple[tuple[str, ...], ...] = (
    ("viz.__main__",),
    ("app", "viz.own_file"),
    ("viz.page",),
    ("viz.worker",),
    ("viz",),
    ("viz.blocks",),
    ("viz.export",),
    ("viz.explaining",),
    ("viz.writing",),
    ("viz.drawing",),
    ("viz.language",),
    ("viz.language.replay",),
    ("viz.language.interpreter",),
    ("viz.language.whole_run",),
    ("viz.language.compiler",),
    ("viz.language.vocabulary",),
    ("viz.language.runtime",),
    ("viz.scripts",),
    ("viz.intercepting",),
    ("viz.recording",),
    ("viz.watching",),
    ("viz.editing", "viz.rules", "viz.linking"),
    ("viz.catalog",),
    ("viz.losses",),
    ("viz.entry",),
    ("viz.turns",),
    (
        "viz.frames",
        "viz.slots",
        "viz.text",
        "viz.limits",
        "viz.errors",
        "viz.budget",
        "viz.presets",
        "viz.syntax",
        "viz.operating",
        "viz.pytorch",
    ),
)

#: Layers that do not import each other, and the modules that may import both.
APART = ("viz.language", "viz.recording")
MEETING = frozenset(f"viz.language.{name}" for name in ("again", "outline", "running", "skipping"))

#: The layers that execute files, and the layers that may import each of them: nothing that `app` imports.
RUNS_CODE: dict[str, frozenset[str]] = {
    "viz.scripts": frozenset({"viz.own_file"}),
    "viz.own_file": frozenset({"viz.__main__"}),
    "viz.__main__": frozenset(),
}

#: What a layer, and each of its subpackages, may import besides the standard library and the layers below it.
LIBRARIES: dict[str, frozenset[str]] = {
    "app": frozenset({"streamlit", "starlette"}),
    "viz.own_file": frozenset({"streamlit", "starlette"}),
    "viz.page": frozenset({"streamlit", "starlette", "pandas", "numpy"}),
    "viz.explaining": frozenset({"latex2mathml", "torch"}),
    "viz.export": frozenset({"graphviz"}),
    "viz.drawing": frozenset({"graphviz", "plotly"}),
    "viz.language": frozenset({"torch", "numpy"}),
    "viz.recording": frozenset({"torch", "numpy"}),
    "viz.scripts": frozenset({"torch"}),
    "viz.intercepting": frozenset({"torch"}),
    "viz.blocks": frozenset({"torch"}),
    "viz.watching": frozenset({"torch"}),
    "viz.pytorch": frozenset({"torch"}),
    "viz.rules": frozenset({"torch"}),
}

#: The most source files that one folder may have.
ROOM = 25

#: Programs for learners to read, which run on their own; the rules do not cover them.
PROGRAMS = Path("viz/programs")

#: The only folder for the browser's code, and the suffixes of its files.
STAGE = Path("viz/stage")
BROWSER_SUFFIXES = frozenset({".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", ".css", ".html"})

_HEIGHT = {layer: len(ROWS) - number for number, row in enumerate(ROWS) for layer in row}


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, by its full name, and the line that asks for it."""

    module: str
    line: int


def violations(root: Path) -> list[str]:
    """The violations of the rules in the project at `root`: a sentence each, with the file and the line."""
    found = [
        sentence
        for path in _sources(root)
        for imported in _imports(path, root)
        if (sentence := _complaint(path.relative_to(root), imported, root)) is not None
    ]
    # `from torch import nn, optim` is one fault, not two.
    return list(dict.fromkeys(found)) + [
        f"{path.relative_to(root)}: the browser's side lives in {STAGE} only"
        for path in sorted((root / "viz").rglob("*"))
        if path.suffix in BROWSER_SUFFIXES and STAGE not in path.relative_to(root).parents
    ]


def circle(root: Path) -> list[str]:
    """Modules that import each other in a circle, including imports for types; empty if there is no circle."""
    graph = {
        _module_name(path.relative_to(root)): {_existing(one.module, root) for one in _imports(path, root)}
        for path in _sources(root)
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def crowded(root: Path) -> list[str]:
    """The folders with too many source files for a reader to keep track of, and how many each has."""
    stage = [path for path in (root / STAGE).rglob("*") if path.suffix in BROWSER_SUFFIXES]
    folders = Counter(path.parent.relative_to(root) for path in (*_sources(root), *stage))
    return [f"{folder} has {files} source files" for folder, files in sorted(folders.items()) if files > ROOM]


def _sources(root: Path) -> list[Path]:
    """Every Python file of the app and the library, without the learners' programs."""
    modules = sorted(
        path for path in (root / "viz").rglob("*.py") if PROGRAMS not in path.relative_to(root).parents
    )
    return [path for path in (root / "app.py", *modules) if path.is_file()]


def _complaint(path: Path, imported: Import, root: Path) -> str | None:
    """Why the file at `path` (relative to the root) may not import that module; None if it may."""
    where = f"{path}:{imported.line}"
    module = _module_name(path)
    layer = _layer(module)
    if layer is None:
        return f"{where}: {path} has no place in the house (tests/layers.py)"
    top = imported.module.partition(".")[0]
    if top not in {"viz", "app"}:
        allowed = sys.stdlib_module_names | _libraries(layer)
        return None if top in allowed else f"{where}: {layer} may not know {top}"
    target = _layer(_existing(imported.module, root))
    if target is None:
        return f"{where}: {imported.module} has no place in the house (tests/layers.py)"
    if target in RUNS_CODE and layer not in RUNS_CODE[target] | {target}:
        return f"{where}: {layer} imports {target}, which runs code as it is"
    if _apart(module, imported.module):
        return f"{where}: {layer} imports {target}; they meet in {' and '.join(sorted(MEETING))} only"
    if target == layer or _HEIGHT[target] < _HEIGHT[layer]:
        return None
    return f"{where}: {layer} imports {target}, which is not below it"


def _apart(module: str, imported: str) -> bool:
    """Whether the modules belong to layers that may not import each other, and this module is no exception."""
    within = [{one for one in APART if f"{name}.".startswith(f"{one}.")} for name in (module, imported)]
    return all(within) and within[0] != within[1] and module not in MEETING


def _layer(module: str) -> str | None:
    """The layer of a module: the longest layer name that the module's name begins with."""
    if module in _HEIGHT:
        return module
    parent = module.rpartition(".")[0]
    # A new module in `viz` needs a layer of its own; it is not part of the layer `viz`, the façade.
    return _layer(parent) if parent not in {"", "viz"} else None


def _libraries(layer: str) -> frozenset[str]:
    """The libraries that a layer may import: its own entry, or that of the layer that contains it."""
    while layer and layer not in LIBRARIES:
        layer = layer.rpartition(".")[0]
    return LIBRARIES.get(layer, frozenset())


def _imports(path: Path, root: Path) -> Iterator[Import]:
    """Every import of a file, wherever in it: at the top, in a function, for the types, or by name."""
    package = _module_name(path.relative_to(root)).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        match node:
            case ast.Import(names=names):
                yield from (Import(alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package[: len(package) - level + 1] if level else []
                stem = ".".join([*base, *([module] if module else [])])
                yield from (Import(f"{stem}.{alias.name}", node.lineno) for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield Import(module, node.lineno)


def _existing(name: str, root: Path) -> str:
    """`name` without what is not a module: `viz.frames.graph` for the `viz.frames.graph.Node` of a from-import."""
    while "." in name:
        path = root.joinpath(*name.split("."))
        if path.is_dir() or path.with_suffix(".py").is_file():
            return name
        name = name.rpartition(".")[0]
    return name


def _module_name(path: Path) -> str:
    """The dotted name of a file, relative to the root: `viz.page` for `viz/page/__init__.py`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
