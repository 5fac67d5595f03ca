"""What each backward Node does with the gradient that arrives: a formula for each edge, as a string.

That string is evaluated with a program's numbers, drawn as LaTeX with its names, and tested against torch.
"""

from viz.rules.apply import Unknown, all_arrived, arrived, facts, input_shape, left, local_derivative
from viz.rules.broadcast import summed_axes, undo_broadcast
from viz.rules.formula import Shown
from viz.rules.rule import Rule
from viz.rules.table import RULES, WITHOUT_RULE, rule_for
from viz.rules.views import placed, rule_name

__all__ = [
    "RULES",
    "WITHOUT_RULE",
    "Rule",
    "Shown",
    "Unknown",
    "all_arrived",
    "arrived",
    "facts",
    "input_shape",
    "left",
    "local_derivative",
    "placed",
    "rule_for",
    "rule_name",
    "summed_axes",
    "undo_broadcast",
]
