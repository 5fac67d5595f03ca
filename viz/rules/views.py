"""The rule of a CopySlices, derived from the rule of its inner Node."""

from __future__ import annotations

import ast

from viz.frames.graph import Node
from viz.rules.formula import Formula
from viz.rules.rule import Rule
from viz.syntax import expression_of

#: The name in formulas of the gradient that arrived at the view's elements.
_HERE = "grad_view"


def rule_name(node: Node) -> str:
    """Return the name of the Node whose rule applies to `node`: for a CopySlices, its inner Node, `fn`."""
    inside = next((saved.value for saved in node.saved if saved.name == "fn"), None)
    return inside if node.name == "CopySlices" and isinstance(inside, str) else node.name


def placed(node: Node) -> bool:
    """Whether the layout of the Node's view was recorded; True for a Node without a view."""
    wanted = {"AsStridedBackward0": "self_geometry.size", "CopySlices": "view_geometry.size"}.get(node.name)
    return wanted is None or any(saved.name == wanted for saved in node.saved)


def written_into_view(inner: Rule) -> Rule:
    """The rule of an operation that wrote into a view in place, made from the operation's own rule.

    The view's former elements get what the own rule makes of the gradient that arrived at the view; the rest of
    the base gets the gradient that arrived. The other edges get what the own rule sends along them. Raises
    ValueError if that rule uses the shape of the view.
    """
    if "shape" in inner.names(0):
        raise ValueError("there is no name for the shape of the view")
    own, *others = (_for_what_arrived_here(inner, slot) for slot in range(len(inner.formulas)))
    given = {name: Formula(_renamed(formula)) for name, formula in inner.given.items()}
    return Rule(
        ("base", *inner.arguments[1:]),
        (Formula(f"put_at_view(grad, {own}, base_geometry, view_geometry)"), *map(Formula, others)),
        {_HERE: Formula("at_view(grad, base_geometry, view_geometry)"), **given},
    )


def _for_what_arrived_here(inner: Rule, slot: int) -> str:
    """Return the formula of the gradient along an edge, for the gradient at the view."""
    text = _renamed(inner.formula(slot))
    return text if not inner.is_local(slot) or text == "0" else f"{_HERE} * ({text})"


def _renamed(formula: Formula) -> str:
    return ast.unparse(_AtView().visit(expression_of(formula.text)))


class _AtView(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Replace the gradient by the one that arrived at the view."""
        return ast.Name(_HERE, node.ctx) if node.id == "grad" else node
