"""Finds the literals of a program that widgets show, and rewrites them without changing anything else.

Programs are parsed with `ast` and never run. `read` returns the literals, the `set_…` functions return a new
source with one of them changed, and `roles` tells which name plays which part. A setting that is not a literal in
the program (`lr=0.1 * scale`) reads as None, and setting it raises LookupError.
"""

from viz.editing.changes import (
    DTYPES,
    set_data,
    set_dtype,
    set_iterations,
    set_leaf,
    set_learning_rate,
    set_loss,
    set_number,
    set_optimizer,
)
from viz.editing.literals import LARGEST_INTEGER, number_text
from viz.editing.numbers import Owner
from viz.editing.roles import Roles, roles
from viz.editing.settings import Choice, NumberLiteral, Settings, TensorLiteral, read

__all__ = [
    "DTYPES",
    "LARGEST_INTEGER",
    "Choice",
    "NumberLiteral",
    "Owner",
    "Roles",
    "Settings",
    "TensorLiteral",
    "number_text",
    "read",
    "roles",
    "set_data",
    "set_dtype",
    "set_iterations",
    "set_leaf",
    "set_learning_rate",
    "set_loss",
    "set_number",
    "set_optimizer",
]
