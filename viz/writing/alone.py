"""Calls that stand alone on a line: what is called, and which of them change something that has a name."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from viz.syntax import expression_of

#: What sets where random numbers begin.
SEEDS = frozenset({"torch.manual_seed", "np.random.seed", "numpy.random.seed"})
#: Methods that change a list or a dict.
CONTAINERS = frozenset({"append", "extend", "insert", "pop"})
_TRAINING = "{} is in training mode from here on: Dropout drops."
_EVALUATION = "{} is in evaluation mode from here on: Dropout lets everything pass."
#: What a method with these arguments says of a module's mode; its name goes in the braces.
MODES = {
    ("train", ""): _TRAINING,
    ("train", "True"): _TRAINING,
    ("train", "False"): _EVALUATION,
    ("eval", ""): _EVALUATION,
}


@dataclass(frozen=True, slots=True)
class Called:
    """A call: `function` with its dots, the name before the first dot (`owner`), the last one (`method`), and the
    text of the arguments."""

    function: str
    owner: str
    method: str
    arguments: str


def call_of(text: str) -> Called | None:
    """The call that a statement is, of something with a name and a dot; None for anything else."""
    try:
        tree = expression_of(text)
    except SyntaxError:
        return None
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Attribute):
        return None
    arguments = ", ".join(ast.unparse(one) for one in (*tree.args, *(one.value for one in tree.keywords)))
    owner = tree.func.value
    return Called(
        ast.unparse(tree.func), owner.id if isinstance(owner, ast.Name) else "", tree.func.attr, arguments
    )
