"""What a call that stands alone on a line does, where no value shows it."""

from __future__ import annotations

import ast

from viz.syntax import expression_of

#: What sets where random numbers begin, by PyTorch's and NumPy's names.
SEEDS = frozenset({"torch.manual_seed", "np.random.seed", "numpy.random.seed"})
#: What a module's mode means; its name goes in the braces.
TRAINING = "{} is in training mode from here on: Dropout drops."
EVALUATION = "{} is in evaluation mode from here on: Dropout lets everything pass."


def arguments_of(text: str) -> str:
    """The text of the arguments of a call."""
    tree = expression_of(text)
    if not isinstance(tree, ast.Call):
        return ""
    return ", ".join(ast.unparse(one) for one in (*tree.args, *(one.value for one in tree.keywords)))
