"""Explains a node of the graph: its rule, the numbers that went through it, where they came from and went to."""

from __future__ import annotations

from collections.abc import Iterator

from viz.explaining.blocks import Block, Section, Table, Text
from viz.explaining.edge_gradient import CHOSEN, DIVIDED, Way, described, edge_end, ways
from viz.explaining.formulas import rule_of
from viz.explaining.numeric_blocks import (
    MOST_WRITTEN,
    addition,
    broadcast_undone,
    in_numbers,
    places,
    table,
    written,
)
from viz.frames.frame import Frame
from viz.frames.graph import Graph, Node
from viz.frames.plain import Value
from viz.rules import WITHOUT_RULE, Unknown, placed, rule_for, rule_name
from viz.rules.apply import tensor_of
from viz.writing.numbers import brief, flat, number

#: What is said of a Node that the last backward did not come to.
NOT_VISITED = "No backward has come to this Node yet, so there are no gradients here."

#: What is said of a Node that no line of the program makes by its name.
_ABOUT = {
    "CopySlices": "An operation wrote into a view in place. torch keeps its own Node, {}, inside this one: at the "
    "view's places the rule of that Node holds, and the rest of the gradient passes unchanged.",
    "AsStridedBackward0": "torch made this view from its place in memory: its base was written into, or it is the "
    "part of a gradient.",
}
_NOT_PLACED = "torch does not show where the view lies that this {} is of: it has no rule."


def explain_node(frame: Frame, node: int) -> list[Section]:
    """What the node with this id does and did, as of this frame; IndexError where the graph has none.

    An operation has its rule, its numbers, what arrived, its place in the source and its saved tensors; a leaf
    what was added to its `.grad`; a data input the sentence that it needs no gradient. Gradients are those that
    torch computed.
    """
    if node < 0:
        raise IndexError(f"the graph has no node {node}")
    graph, explained = frame.graph, frame.graph.nodes[node]
    if explained.kind == "data":
        return [_data(explained), _comes_from(explained)]
    if explained.kind == "leaf":
        return [_accumulation(frame, explained), *_arrived(graph, explained), _comes_from(explained)]
    return [
        *_operation(graph, explained),
        *_arrived(graph, explained),
        *([_accumulation(frame, explained)] if explained.contribution is not None else []),
        _comes_from(explained),
        _saved_tensors(explained),
    ]


def _operation(graph: Graph, node: Node) -> Iterator[Section]:
    rule = rule_for(node)
    if rule is None:
        missing = f"There is no rule for {node.name} here." if placed(node) else _NOT_PLACED.format(node.name)
        why = WITHOUT_RULE.get(rule_name(node), missing)
        yield Section("Rule", (Text(why),))
        yield Section("Numbers", _only_torch(graph, node))
        return
    found = list(ways(graph, node, rule))
    about = [Text(_ABOUT[node.name].format(rule_name(node)))] if node.name in _ABOUT else []
    yield Section("Rule", (*about, *(block for way in found for block in rule_of(way))))
    if node.order is None:
        yield Section("Numbers", (Text(NOT_VISITED),))
        return
    yield Section("Numbers", tuple(block for way in found for block in _numbers(way, len(found) > 1)))
    undone = tuple(block for way in found for block in _broadcast(way))
    if undone:
        yield Section("Undoing the broadcast", undone)


def _numbers(way: Way, several: bool) -> Iterator[Block]:
    """The rule of one edge with its numbers, and in what way they are what torch sent."""
    if not way.visited:
        yield Text(f"torch sent nothing along the edge to {edge_end(way)}.")
        return
    if way.is_empty:
        yield Text(
            f"A tensor without elements has no gradient to show; to {edge_end(way)} torch sent zeros or nothing."
        )
        return
    if several:
        yield Text(f"To {edge_end(way)}:")
    sent = f"this is what torch sent: {brief(way.node.sent[way.slot])}."
    try:
        agreement = way.agreement
        if agreement.verdict not in ("open", "apart"):
            if way.chosen.any():
                yield Text(f"{_sentence(CHOSEN)}; {sent}")
            else:
                yield from in_numbers(way)
                if way.divided.any():
                    yield Text(f"{_sentence(DIVIDED)}.")
        if agreement.why:
            yield Text(_sentence(agreement.why))
        yield from _out_of_range(way)
    except Unknown as unknown:
        yield Text(f"The formula needs `{unknown}`, which was not recorded; {sent}")


def _sentence(text: str) -> str:
    """Begins with a capital, where a dtype's name does not stand first."""
    return text if text.startswith(("float", "bfloat")) else text[0].upper() + text[1:]


def _out_of_range(way: Way) -> Iterator[Block]:
    """Of a product which torch divides by its factors: whether it left the dtype's range on the way forward."""
    if not way.node.name.startswith("ProdBackward") or way.node.value is None:
        return
    factors, made = way.facts.get("self"), tensor_of(way.node.value).flatten()
    if factors is None or not factors.isfinite().all() or (factors == 0).any():
        return
    for outside in made[(made == 0) | made.isinf()][:1].tolist():
        has, dtype = number(outside), way.node.dtype
        yield Text(
            f"A product of these factors is out of the range of {dtype}, which has {has} for it, "
            f"and torch divides this {has} by each factor."
        )


def _broadcast(way: Way) -> Iterator[Block]:
    try:
        if not way.visited or way.is_empty or not way.agreement.holds or not (sums := broadcast_undone(way)):
            return
    except Unknown:
        return
    axes = way.axes
    dims = f"dimension {axes[0]}" if len(axes) == 1 else f"dimensions {', '.join(str(axis) for axis in axes)}"
    wanted, shape = list(way.sent.shape), list(way.product.shape)
    yield Text(
        f"{edge_end(way)} has shape {wanted} and was broadcast to {shape}, so each of its numbers was used "
        f"several times. Their gradients are added: the sum over {dims}."
    )
    yield from sums


def _only_torch(graph: Graph, node: Node) -> tuple[Block, ...]:
    """What arrived and what left, without a rule."""
    if node.order is None:
        return (Text(NOT_VISITED),)
    rows = [("arrived", brief(value)) for value in node.received if value is not None]
    rows += [
        (f"left to {described(graph.nodes[edge.input])}", brief(node.sent[edge.slot]))
        for edge in graph.edges
        if edge.node == node.id and edge.gradient
    ]
    return (Table(("gradient", "value"), tuple(rows)),)


def _arrived(graph: Graph, node: Node) -> Iterator[Section]:
    """Where the gradient came from; the sum where several users of the value sent one."""
    for output, total in enumerate(node.received):
        if total is not None:
            heading = "Arrived" if len(node.received) == 1 else f"Arrived at result {output}"
            yield Section(heading, tuple(_contributions(graph, node, output, total)))


def _contributions(graph: Graph, node: Node, output: int, total: Value) -> Iterator[Block]:
    users = [
        (graph.nodes[edge.node], value)
        for edge in graph.edges
        if edge.input == node.id and edge.input_nr == output and edge.slot < len(graph.nodes[edge.node].sent)
        if (value := graph.nodes[edge.node].sent[edge.slot]) is not None
    ]
    if not users:
        yield Text(f"The backward pass began here, with the gradient {brief(total)}.")
        return
    if len(users) == 1 or not flat(total):
        yield Text(f"From {described(users[0][0])}: {brief(total)}.")
        return
    if len(users) > MOST_WRITTEN:
        yield Text(f"{len(users)} gradients arrived, and autograd added them; their sum is {brief(total)}.")
        yield from table(("from", "gradient"), [(described(user), brief(value)) for user, value in users])
        return
    names = [described(user) for user, _ in users]
    yield Text(f"{len(users)} gradients arrived, and autograd added them: from {', from '.join(names)}.")
    columns = [flat(value) for _, value in users]
    sums = flat(total)
    if len(sums) <= MOST_WRITTEN:
        yield written([addition(terms, one) for terms, one in zip(zip(*columns, strict=True), sums, strict=True)])
        return
    shape = node.shape if node.value is not None else (len(sums),)
    head = ("element", *(f"from {name}" for name in names), "sum")
    yield from table(
        head,
        [
            (place, *(number(term) for term in terms), number(one))
            for place, terms, one in zip(places(shape), zip(*columns, strict=True), sums, strict=True)
        ],
    )


def _accumulation(frame: Frame, node: Node) -> Section:
    """What backward did to the `.grad` of a leaf, or of a tensor that retains it."""
    name = node.variable or ("the leaf" if node.kind == "leaf" else "the tensor")
    heading = "Added to .grad"
    if node.order is not None and node.contribution is None:
        given = next((one for one in node.received if one is not None), None)
        back = f"torch.autograd.grad gave {brief(given)} back to the program and added nothing to {name}.grad."
        return Section("Given back", (Text(back),))
    if node.contribution is None or node.grad_after is None:
        held = frame.variables.get(node.variable or "")
        now = f" {name}.grad is {brief(held.grad)}." if held is not None and held.node == node.id else ""
        return Section(heading, (Text(f"No backward has come to this leaf yet.{now}"),))
    if node.grad_before is None:
        return Section(
            heading,
            (Text(f"{name}.grad was None, so what arrived became {name}.grad: {brief(node.grad_after)}."),),
        )
    terms = (flat(node.grad_before), flat(node.contribution))
    after = flat(node.grad_after)
    said = Text(f"{name}.grad was not None, so what arrived was added to it: before + contribution = after.")
    if 0 < len(after) <= MOST_WRITTEN:
        sums = [addition(pair, one) for pair, one in zip(zip(*terms, strict=True), after, strict=True)]
        return Section(heading, (said, written(sums)))
    rows = [
        (place, number(before), number(added), number(one))
        for place, before, added, one in zip(places(node.shape), *terms, after, strict=True)
    ]
    return Section(heading, (said, *table(("element", "before", "contribution", "after"), rows)))


def _data(node: Node) -> Section:
    name = f"`{node.variable}`" if node.variable else "This input"
    return Section("No gradient", (Text(f"{name} needs no gradient (requires_grad=False), so none flows to it."),))


def _comes_from(node: Node) -> Section:
    held = f" `{node.variable}` holds it." if node.variable and node.kind != "leaf" else ""
    if node.kind == "leaf":
        name = f"`{node.variable}`" if node.variable else "This tensor"
        text = f"{name} is a leaf: the program made it with requires_grad=True, no operation computed it."
    elif node.expression is None:
        text = f"It was there before the operations of this graph.{held}"
    elif node.kind == "operation" and node.value is None:
        text = f"`{node.expression.text}` in line {node.expression.line}; torch made several Nodes for it."
    else:
        text = f"`{node.expression.text}` in line {node.expression.line}.{held}"
    return Section("Comes from", (Text(text),))


def _saved_tensors(node: Node) -> Section:
    tensors = [one for one in node.saved if one.shape is not None]
    numbers = [one for one in node.saved if one.shape is None and one.value is not None]
    blocks: list[Block] = []
    if tensors:
        state = "freed by backward" if node.freed else "alive"
        rows = tuple((one.name, one.variable or "", _value(one.value), state) for one in tensors)
        blocks.append(Table(("name", "variable", "value", "state"), rows))
    else:
        blocks.append(Text("This Node saved no tensor: its rule needs none."))
    if numbers:
        blocks.append(Table(("number", "value"), tuple((one.name, str(one.value)) for one in numbers)))
    return Section("Saved tensors", tuple(blocks))


def _value(value: Value | str | None) -> str:
    return value if isinstance(value, str) else brief(value)
