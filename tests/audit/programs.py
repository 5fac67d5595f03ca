"""The programs that are audited if none is named, each with its name."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Iterable, Iterator

from tests import programs as small
from tests.fuzz.grammar import Grammar
from tests.language import (
    block_programs,
    brought_programs,
    definition_programs,
    iteration_programs,
    large_programs,
    layer_programs,
    library_programs,
    torch_programs,
)
from viz.presets import FOLDER

#: The number of random programs, and their seed.
RANDOM, SEED = 300, 16
_RANDOM = "random "


def every_program() -> Iterator[tuple[str, str]]:
    """The programs of all sources, one source after the other."""
    for programs in SOURCES:
        yield from programs()


def presets() -> Iterator[tuple[str, str]]:
    """The programs that the page offers."""
    for path in sorted(FOLDER.glob("*.py")):
        yield f"viz/programs/{path.name}", path.read_text(encoding="utf-8")


def of_the_tests() -> Iterator[tuple[str, str]]:
    """The programs that the tests of several layers share."""
    for name, source in vars(small).items():
        if name.isupper() and isinstance(source, str):
            yield f"tests/programs.py {name}", source
    for file in (
        *(block_programs, definition_programs, brought_programs, iteration_programs, large_programs),
        *(layer_programs, library_programs, torch_programs),
    ):
        for name, lines in file.PROGRAMS.items():
            yield f"{file.__name__.replace('.', '/')}.py {name!r}", file.HEAD + lines


def at_random(count: int = RANDOM, seed: int = SEED) -> Iterator[tuple[str, str]]:
    """Random programs of the fuzzer's grammar."""
    grammar = Grammar(random.Random(seed))
    for number in range(count):
        yield f"{_RANDOM}{seed}-{number}", grammar.program()


def may_be_refused(name: str) -> bool:
    """Whether the language may refuse a program of this name.

    It may refuse a random program, which may be damaged or try something that is forbidden.
    """
    return name.startswith(_RANDOM)


def catalogue() -> Iterator[tuple[str, str]]:
    """Programs made from the sample inputs that PyTorch ships for its own operations, modules and optimizers."""
    if importlib.util.find_spec("tests.audit.catalogue") is None:
        return
    made: Callable[[], Iterable[tuple[str, str]]] = importlib.import_module("tests.audit.catalogue").programs
    yield from made()


SOURCES: tuple[Callable[[], Iterator[tuple[str, str]]], ...] = (presets, of_the_tests, at_random, catalogue)
