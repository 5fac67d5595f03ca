"""The names of a program while it is compiled: imports, assignments, and the refusals about names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from viz import catalog
from viz.frames.plain import Span
from viz.language.compiler.levels import Level, Levels, Sort
from viz.language.compiler.refusals import LIBRARIES, MEMBERS, NAMES
from viz.language.runtime.entries import Absent, Library, Skipped
from viz.language.runtime.problems import Refused, refused
from viz.language.runtime.program_class import SPECIAL
from viz.language.vocabulary import libraries
from viz.language.vocabulary.builtins import BUILTINS, CONSTANTS
from viz.language.vocabulary.kinds import KINDS, describe, kind_of
from viz.language.vocabulary.pictures import PARTS
from viz.language.vocabulary.skipped import SKIPPED
from viz.language.vocabulary.spelling import is_plural, is_real, nearest

_LIBRARIES = "a program here has `torch`, `numpy`, `math`, `random` and a few more of Python's own"


class Scope:
    """The names known so far, and the refusals about names.

    `everywhere` are all names that the program binds: code in a block or a function may use a name that gets its
    value on a later line. `attributes` are those that it gives to objects of its own.
    """

    def __init__(self, everywhere: Iterable[str] = (), attributes: Collection[str] = ()) -> None:
        self.levels = Levels()
        self._imported: dict[str, Any] = {}
        self._assigned: set[str] = set()
        self._everywhere = frozenset(everywhere)
        self.attributes = attributes
        self._draws = False  # a library was imported whose calls are skipped
        self._blocks = 0
        self._loops = 0
        self.lost: set[str] = set()  # names whose statements are refused: see RefusalList
        self.impure = False  # a function of the program may change an object that existed before the call

    @contextmanager
    def block(self) -> Iterator[None]:
        """Compile a block inside: code that may run more than once, or not at all."""
        self._blocks += 1
        try:
            yield
        finally:
            self._blocks -= 1

    @contextmanager
    def level(
        self, sort: Sort, names: Iterable[str], title: str = "", declared: Collection[str] = (), first: str = ""
    ) -> Iterator[Level]:
        """Compile a function, a comprehension or a class body inside, whose own names these are.

        `declared` are the names that it declares `global`, and `first` is the first argument of a function.
        """
        level = Level(sort, frozenset(names) - frozenset(declared), frozenset(declared), title, first)
        loops, self._loops = self._loops, 0
        try:
            with self.block(), self.levels.inside(level):
                yield level
        finally:
            self._loops = loops

    @contextmanager
    def loop(self) -> Iterator[None]:
        """Compile the body of a loop inside."""
        self._loops += 1
        try:
            with self.block():
                yield
        finally:
            self._loops -= 1

    @contextmanager
    def iterations(self) -> Iterator[None]:
        """Compile the body of the iteration loop inside: its lines run in order, like those above it."""
        self._loops += 1
        try:
            yield
        finally:
            self._loops -= 1

    @property
    def in_loop(self) -> bool:
        """True inside a loop; in a function, only its own loops count."""
        return self._loops > 0

    @property
    def in_function(self) -> bool:
        """True inside a function."""
        return self.levels.function is not None

    def place(self, name: str) -> int | None:
        """How many levels out a name is bound, 0 for one of the code's own; None for a name of the program."""
        return self.levels.place(name)

    def imported(self, name: str) -> Any:
        """Return what `name` means before anything runs: a library, a member of one, or a function of Python.

        None for any other name, and for one that the program binds itself.
        """
        if name in self._imported:
            return self._imported[name]
        return None if name in self._everywhere else BUILTINS.get(name, CONSTANTS.get(name))

    def bind_import(self, name: str, thing: Any, where: Span) -> None:
        """Record that `name` means `thing` from here on, whatever it held before."""
        self.check_new(name, where)
        self._assigned.discard(name)
        self._imported[name] = thing
        self._draws = self._draws or isinstance(thing, Skipped)

    def bind(self, name: str, where: Span) -> None:
        """Record that `name` has a value from here on."""
        if self.place(name) is None:
            self.check_free(name, where)
            self._assigned.add(name)
        else:
            self.check_new(name, where)

    def library(self, name: str, where: Span) -> Library | Skipped | Absent:
        """The library called `name`; raises Refused for a slip of a name, and for an unknown part of a library.

        A program may import any other library and not use it.
        """
        library = libraries.LIBRARIES.get(name)
        if library is not None:
            return library
        root = name.partition(".")[0]
        if root in SKIPPED:
            return SKIPPED[root].member(name.removeprefix(root).lstrip("."))
        instead, near = LIBRARIES.get(root, _LIBRARIES), nearest(name, libraries.LIBRARIES)
        if near is not None:
            raise refused(f"`{name}` cannot be imported; did you mean `{near}`?", where)
        if root in libraries.LIBRARIES or not root:
            raise refused(f"`{name}` cannot be imported; {instead}.", where)
        return Absent(name, instead)

    def member(self, library: Library | Skipped | Absent, name: str, where: Span) -> Any:
        """The member `library.name`; raises Refused if a program may not use it."""
        if isinstance(library, Absent):
            return Absent(f"{library}.{name}", library.instead)
        if isinstance(library, Skipped):
            return library.member(name)
        if name in library.members:
            return library.members[name]
        if library.name == "torch.optim" and name in catalog.REFUSED_OPTIMIZERS:
            raise refused(
                f"`{library.name}.{name}` cannot be used here: {catalog.REFUSED_OPTIMIZERS[name]}", where
            )
        whole = name not in MEMBERS and library.name in LIBRARIES
        instead = f"{LIBRARIES[library.name]}." if whole else _instead(name, library.members)
        raise refused(f"`{library.name}.{name}` is not part of this language; {instead}", where)

    def check_read(self, name: str, where: Span) -> None:
        """Raise Refused if `name` has no value yet."""
        bound = name in self._assigned or name in self.lost or name in BUILTINS
        if bound or (self._blocks and name in self._everywhere):
            return
        if name in NAMES:
            raise refused(f"`{name}` is not part of this language; {NAMES[name]}.", where)
        if name.startswith("_"):
            raise refused(f"`{name}` begins with an underscore; choose a name that begins with a letter.", where)
        strange = next((one for one in name if not one.isascii()), None)
        if strange is not None and re.search("[A-Za-z]", name):
            raise refused(
                f"`{name}` has no value here, and `{strange}` in it is not a Latin letter; type it again.",
                where,
            )
        level = self.levels.innermost
        known = [*self._assigned, *self._imported, *(level.names if level else ()), *BUILTINS]
        near = nearest(name, [one for one in known if not is_plural(name, one)])
        if near is None:
            self.lost.add(name)  # one line above repairs all lines that read it
        instead = f"did you mean `{near}`?" if near else "assign to it on a line above."
        raise refused(f"`{name}` has no value on this line; {instead}", where)

    def check_attribute(self, name: str, where: Span) -> None:
        """Raise Refused if no object of a program has an attribute or a method called `name`."""
        if self._draws and name in PARTS:
            return
        if name not in KINDS.names and name not in self.attributes and name not in SPECIAL:
            raise refused(f"`.{name}` is not part of this language; {_instead(name, KINDS.names)}", where)

    def no_attribute(self, owner: object, name: str, where: Span) -> Refused:
        """The refusal for an attribute that this object does not have."""
        kind = kind_of(owner)
        if name in kind.methods:
            return refused(f"`.{name}` is a method; call it with parentheses, as in `.{name}()`.", where)
        if name in kind.attributes:
            return refused(f"`.{name}` is a value and not a method; leave the parentheses out.", where)
        if isinstance(owner, Library):
            return refused(
                f"`{owner}.{name}` is read from the library itself, not from a variable; write `{owner}.{name}`.",
                where,
            )
        what, names = describe(owner), {*kind.methods, *kind.attributes}
        near = nearest(name, names)
        unknown = f"{MEMBERS[name]}." if name in MEMBERS else "the variable may not hold what you expect."
        instead = f"did you mean `.{near}`?" if near else unknown
        return refused(f"{what[0].upper()}{what[1:]} has no `.{name}`; {instead}", where)

    def check_free(self, name: str, where: Span) -> None:
        """Raise Refused if no value may be called `name`, or if an import has bound it."""
        self.check_new(name, where)
        if name in self._imported:
            raise refused(f"`{name}` was imported; give the value another name.", where)

    def check_new(self, name: str, where: Span) -> None:
        """Raise Refused if no value may be called `name`."""
        if name.startswith("__"):
            raise refused(f"`{name}` begins with two underscores; choose a name that begins with a letter.", where)


def _instead(name: str, known: Iterable[str]) -> str:
    """What to write instead of `name`, as the end of a sentence."""
    if name == "__class__":
        return "names with underscores are Python's own; write `type(x)`, or `type(x).__name__`."
    if name.startswith("_"):
        return "names that begin with an underscore are Python's and torch's own."
    if name in MEMBERS:
        return f"{MEMBERS[name]}."
    near = nearest(name, known)
    if near is not None:
        return f"did you mean `{near}`?"
    return "write what it does with other operations." if is_real(name) else "check its spelling."
