"""Kinds of values: one record for each says what a program may do with a value of it."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from viz.frames.plain import Span
from viz.language.runtime.entries import Attribute, Function, Setting

if TYPE_CHECKING:
    from viz.language.runtime.state import State


class Text(NamedTuple):
    """What the string of a value shows: how many numbers of its own, the values in it, its address in memory."""

    numbers: int = 0
    parts: Iterable[Any] = ()
    address: bool = False


def not_here(*_: Any) -> Any:
    """The handler for what a program cannot do with the values of a kind; its caller refuses the operation."""
    return NotImplemented


def nothing(_: Any) -> Iterable[Any]:
    """Return no values, for a kind whose values hold no others."""
    return ()


def plain_text(_: Any) -> Text:
    """Return the Text of a value that is shown as Python or torch prints it, without counting its content."""
    return Text()


def quoted(thing: object) -> str:
    """The string of a value in backticks, for a message: a library, a function or a class by its name."""
    return f"`{thing}`"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """What a program may do with the values of one kind.

    `says` is how a message names a value ("a tensor"). `inside` returns the values that it keeps in memory besides
    itself. `methods`, `attributes` and `settable` are all that a program sees of it by name.

    `index`, `store`, `delete` and `iterate` do `thing[key]`, `thing[key] = value`, `del thing[key]` and `for one
    in thing`; the caller has set `state.span`. `text` returns what `print`, `str` and f-strings show. Each of
    these returns NotImplemented if the kind does not support the operation, and its caller refuses it. `call` is
    the function behind `thing(…)`, which gets the thing as its first argument; None if a value cannot be called,
    which is refused too.

    `get` and `set` read and assign the attributes that the program gives a value itself, which no table can list.
    `get` returns NotImplemented for any other name: the tables say what it means.

    `own` says that only this language knows such values: no function of torch or Python takes one. `derived` says
    that instances of derived classes are of this kind too. It is for kinds with nothing that a derived class could
    override: a class that a program defines gets no method or handler that was not meant for it.
    """

    says: str | Callable[[Any], str]
    inside: Callable[[Any], Iterable[Any]]
    methods: Mapping[str, Function] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    settable: Mapping[str, Setting] = field(default_factory=dict)
    index: Callable[[State, Span, Any, Any], Any] = not_here
    store: Callable[[State, Span, Any, Any, Any], Any] = not_here
    delete: Callable[[State, Span, Any, Any], Any] = not_here
    iterate: Callable[[State, Span, Any], Iterable[Any]] = not_here
    call: Function | None = None
    get: Callable[[State, Span, Any, str], Any] | None = None
    set: Callable[[State, Span, Any, str, Any], None] | None = None
    text: Callable[[Any], Text] = not_here
    own: bool = False
    derived: bool = False

    @property
    def iterates(self) -> bool:
        """Whether a program can go through a value of this kind."""
        return self.iterate is not not_here


class Kinds:
    """The kinds by the types of their values."""

    def __init__(self) -> None:
        self._kinds: dict[type, Kind] = {}
        #: The abstract classes that other classes belong to without being derived from them.
        self._virtual: list[type] = []
        #: The types of the values that only this language knows.
        self.own: set[type] = set()
        #: Every method and attribute that a value may have.
        self.names: set[str] = set()
        #: Every attribute that a program may assign to.
        self.settable: set[str] = set()

    def register(self, kinds: Mapping[type, Kind]) -> None:
        """Add kinds; raise ValueError for a type that has one."""
        for thing, kind in kinds.items():
            if thing in self._kinds:
                raise ValueError(f"{thing.__name__} has a kind already")
            self._kinds[thing] = kind
            self.names |= {*kind.methods, *kind.attributes}
            self.settable |= kind.settable.keys()
            if kind.own:
                self.own.add(thing)
            if kind.derived and isinstance(thing, ABCMeta):
                self._virtual.append(thing)

    def __getitem__(self, type_: type) -> Kind:
        return self._kinds[type_]

    def __contains__(self, type_: type) -> bool:
        return type_ in self._kinds

    def items(self) -> Iterable[tuple[type, Kind]]:
        """The types that are registered, each with its kind."""
        return self._kinds.items()

    def of(self, thing: object) -> Kind:
        """The kind of a value: its type's own, or the nearest one that derived classes share."""
        found = self._kinds.get(type(thing))
        return found if found is not None else self.of_type(type(thing))

    def of_type(self, type_: type) -> Kind:
        """The kind of the values of a type; raise LookupError if no kind is registered for it."""
        if type_ in self._kinds:
            return self._kinds[type_]
        for base in (*type_.__mro__[1:-1], *self._virtual, object):
            found = self._kinds.get(base)
            if found is not None and found.derived and issubclass(type_, base):
                return found
        raise LookupError(f"no kind of value is registered for {type_.__name__}")

    def describe(self, thing: object) -> str:
        """A word or two that name a value in a message."""
        says = self.of(thing).says
        return says if isinstance(says, str) else says(thing)


#: The kinds of this language; `viz.language.vocabulary.kinds` registers them.
KINDS = Kinds()
kind_of = KINDS.of
describe = KINDS.describe
