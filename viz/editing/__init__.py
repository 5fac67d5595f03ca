"""Finds the literals of a program that widgets show, and rewrites them without touching anything else.

Programs are looked at with `ast` only: nothing here runs one. `read` says what the literals are, the `set_…`
functions give a new source in which one of them is another, and `roles` says which name plays which part. A
setting that the program does not hold as a literal (`lr=0.1 * scale`) reads as None, and setting it raises
LookupError.
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
