"""What a program has of `dataclasses`."""

from __future__ import annotations

from typing import Any

from viz.language.runtime.data_classes import MISSING, Field
from viz.language.runtime.entries import Base, Function, Library
from viz.language.runtime.kinds import Kind, quoted

#: `@dataclass`, which the compiler knows.
DATACLASS = Base("dataclasses.dataclass", object)


def _field(default: Any = MISSING, default_factory: Any = None) -> Field:
    """`field(…)`, with a default or a function that makes one."""
    return Field(default, default_factory)


DATACLASSES = Library(
    "dataclasses",
    {
        "dataclass": DATACLASS,
        "field": Function(
            "dataclasses.field", _field, 0, frozenset({"default", "default_factory"}), callables=True, keeps=True
        ),
    },
)
KINDS: dict[type, Kind] = {
    Field: Kind(says=quoted, inside=lambda field: (field.default, field.factory), own=True),
}
