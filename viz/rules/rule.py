"""A rule: for each edge of a backward Node, the formula of the gradient that leaves along it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from viz.rules.formula import Formula

#: The names of the gradients that arrived at the results of a Node with several, None if none did.
ARRIVED_AT = frozenset({"grad_0", "grad_1", "grad_2"})
_ARRIVED = frozenset({"grad", "grads"}) | ARRIVED_AT


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of one kind of Node.

    `arguments` are PyTorch's names of the arguments, one for each entry of `next_functions`, and `formulas` has
    the formula for each. A formula that does not use the gradient that arrived is a local derivative, element by
    element, by which that gradient is multiplied. One that does is the whole vector-Jacobian product: it uses
    `grad`, or, for a Node with several results, `grads` (all of them) or `grad_0` and its like (one each). `given`
    names parts of the formulas, so that long ones are readable. With `repeated` the only argument is a list of
    tensors, and `number` is a tensor's index in it. `open_at_nan` is the saved tensor at whose NaNs torch's
    kernels differ: the vectorized one and the one for the remaining elements choose different cases.
    """

    arguments: tuple[str, ...]
    formulas: tuple[Formula, ...]
    given: Mapping[str, Formula]
    repeated: bool = False
    open_at_nan: str | None = None

    def argument(self, slot: int) -> str:
        """PyTorch's name of the argument at entry `slot`; raises IndexError past the last one."""
        return f"{self.arguments[0]}[{slot}]" if self.repeated else self.arguments[slot]

    def formula(self, slot: int) -> Formula:
        """The formula for entry `slot`; raises IndexError past the last one."""
        return self.formulas[0 if self.repeated else slot]

    def is_local(self, slot: int) -> bool:
        """Whether the formula is a local derivative."""
        return _ARRIVED.isdisjoint(self.names(slot))

    def names(self, slot: int) -> frozenset[str]:
        """Every name that the formula for `slot` needs, also those of the formulas that it uses."""
        found = self.formula(slot).names
        pending = [name for name in found if name in self.given]
        while pending:
            inner = self.given[pending.pop()].names
            pending += [name for name in inner if name in self.given]
            found |= inner
        return found

    def steps(self, slot: int) -> dict[str, Formula]:
        """The `given` names that the formula for `slot` needs, in their order."""
        needed = self.names(slot)
        return {name: formula for name, formula in self.given.items() if name in needed}


def rule(
    repeated: bool = False,
    given: Mapping[str, str] | None = None,
    open_at_nan: str | None = None,
    **formulas: str,
) -> Rule:
    """A rule from strings, one for each argument in the order of `next_functions`; raises ValueError for a bad
    formula."""
    made = Rule(
        tuple(formulas),
        tuple(Formula(text) for text in formulas.values()),
        {name: Formula(text) for name, text in (given or {}).items()},
        repeated,
        open_at_nan,
    )
    for slot, formula in enumerate(made.formulas):
        parts = (formula, *made.steps(slot).values())
        if made.is_local(slot) and not all(part.pointwise for part in parts):
            raise ValueError(f"a local derivative goes element by element; this one needs `grad`: {formula.text}")
    return made
