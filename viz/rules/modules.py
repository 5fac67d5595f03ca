"""The rules of the Nodes that torch makes inside its own functions."""

from __future__ import annotations

from viz.rules.rule import Rule, rule

MODULE_RULES: dict[str, Rule] = {
    # With a number in place of a tensor; torch makes these inside its own functions.
    "AddBackward1": rule(self="1"),
    "MulBackward1": rule(self="other"),
    "DivBackward1": rule(self="1 / other"),
    "ClampMinBackward0": rule(self="where(self >= min, 1, 0)"),
    "MaskedFillBackward0": rule(self="where(mask, 0, 1)"),
}
