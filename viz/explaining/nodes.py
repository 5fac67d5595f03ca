"""Explains a Node of the graph: its rule, and the gradients that it received and sent."""

from __future__ import annotations

from collections.abc import Iterator

from viz.explaining.blocks import SUMMED_UP, Block, Section, Table, Text
from viz.explaining.edge_gradient import (
    CHOSEN,
    DIVIDED,
    EdgeGradient,
    described,
    edge_end,
    edge_gradients,
    not_visited,
)
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
from viz.frames.hooked import changed_by_hooks
from viz.frames.plain import Summary, Value
from viz.rules import WITHOUT_RULE, Unknown, placed, rule_for, rule_name
from viz.rules.apply import tensor_of
from viz.writing.numbers import brief, flat, number
from viz.writing.words import join

#: Shown above the rule of a Node that does not come from an operation of the program alone.
_ABOUT = {
    "CopySlices": "An in-place operation wrote into a view. torch keeps the operation's own Node, {}, inside this "
    "one. That Node's rule applies to the elements of the view; the rest of the gradient passes unchanged.",
    "AsStridedBackward0": "torch built this view from its strides, because its base was changed in place or "
    "because the view is part of a gradient.",
}
_NOT_PLACED = "torch does not say which elements the view of this {0} covers, so this page has no rule for {0}."


def explain_node(frame: Frame, node: int) -> list[Section]:
    """Explain the Node with this id, as of this frame.

    For an operation: its rule with symbols and with numbers, the gradient that it received, its place in the
    source, and its saved tensors. For a leaf: what was added to its `.grad`. For data: a sentence that it needs
    no gradient. All gradients are torch's. Raises IndexError if the graph has no such Node.
    """
    if node < 0:
        raise IndexError(f"the graph has no Node {node}")
    graph, explained = frame.graph, frame.graph.nodes[node]
    if _is_summed_up(graph, explained):
        return [Section("Numbers", (Text(SUMMED_UP), *_only_torch(graph, explained))), _comes_from(explained)]
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


def _is_summed_up(graph: Graph, node: Node) -> bool:
    """Whether a number that an explanation of this Node may need was recorded as a Summary only."""
    near = [graph.nodes[edge.input] for edge in graph.edges if edge.node == node.id]
    users = [graph.nodes[edge.node] for edge in graph.edges if edge.input == node.id]
    held = [one.value for one in (node, *near)] + [one.value for one in node.saved]
    held += [node.grad, node.grad_before, node.contribution, node.grad_after]
    for one in (node, *users):
        held += [*one.received, *one.sent]
    return any(isinstance(one, Summary) for one in held)


def _operation(graph: Graph, node: Node) -> Iterator[Section]:
    rule = rule_for(node)
    if rule is None:
        missing = f"This page has no rule for {node.name}." if placed(node) else _NOT_PLACED.format(node.name)
        why = WITHOUT_RULE.get(rule_name(node), missing)
        yield Section("Rule", (Text(why),))
        yield Section("Numbers", _only_torch(graph, node))
        return
    found = list(edge_gradients(graph, node, rule))
    about = [Text(_ABOUT[node.name].format(rule_name(node)))] if node.name in _ABOUT else []
    yield Section("Rule", (*about, *(block for edge in found for block in rule_of(edge))))
    if node.order is None:
        yield Section("Numbers", (Text(not_visited(graph, "Node")),))
        return
    yield Section("Numbers", tuple(block for edge in found for block in _numbers(edge, len(found) > 1)))
    undone = tuple(block for edge in found for block in _broadcast(edge))
    if undone:
        yield Section("Undoing the broadcast", undone)


def _numbers(edge: EdgeGradient, several: bool) -> Iterator[Block]:
    """The rule of one edge with numbers, and how its result compares with what torch sent."""
    if not edge.visited:
        yield Text(f"torch sent no gradient to {edge_end(edge)}.")
        return
    if edge.is_empty:
        yield Text(
            f"A tensor without elements has no gradient to show. torch sent zeros or nothing to {edge_end(edge)}."
        )
        return
    if several:
        yield Text(f"Sent to {edge_end(edge)}:")
    sent = f"torch sent {brief(edge.node.sent[edge.slot])}."
    try:
        agreement = edge.agreement
        if agreement.verdict not in ("open", "apart"):
            if edge.chosen.any():
                yield Text(f"{_sentence(CHOSEN)}. {sent}")
            else:
                yield from in_numbers(edge)
                if edge.divided.any():
                    yield Text(f"{_sentence(DIVIDED)}.")
        if agreement.why:
            yield Text(_sentence(agreement.why))
        yield from _out_of_range(edge)
    except Unknown as unknown:
        yield Text(f"The formula needs `{unknown}`, which was not recorded. {sent}")


def _sentence(text: str) -> str:
    """The text with a capital letter, unless it begins with the name of a dtype."""
    return text if text.startswith(("float", "bfloat")) else text[0].upper() + text[1:]


def _out_of_range(edge: EdgeGradient) -> Iterator[Block]:
    """A sentence for a product outside the dtype's range, because torch divides it by its factors."""
    if not edge.node.name.startswith("ProdBackward") or edge.node.value is None:
        return
    factors, made = edge.facts.get("self"), tensor_of(edge.node.value).flatten()
    if factors is None or not factors.isfinite().all() or (factors == 0).any():
        return
    for outside in made[(made == 0) | made.isinf()][:1].tolist():
        has, dtype = number(outside), edge.node.dtype
        yield Text(
            f"A product of these factors is outside the range of {dtype} and became {has}; "
            f"torch divides that {has} by each factor."
        )


def _broadcast(edge: EdgeGradient) -> Iterator[Block]:
    try:
        if not edge.visited or edge.is_empty or not edge.agreement.holds or not (sums := broadcast_undone(edge)):
            return
    except Unknown:
        return
    axes = edge.axes
    dims = f"dimension {axes[0]}" if len(axes) == 1 else f"dimensions {', '.join(str(axis) for axis in axes)}"
    wanted, shape = list(edge.sent.shape), list(edge.product.shape)
    yield Text(
        f"{edge_end(edge)} has shape {wanted} and was broadcast to {shape}, so each element was used several "
        f"times. Backward sums the gradients of these uses over {dims}."
    )
    yield from sums


def _only_torch(graph: Graph, node: Node) -> tuple[Block, ...]:
    """The gradients that a Node without a rule received and sent."""
    if node.order is None:
        return (Text(not_visited(graph, "Node")),)
    rows = [("received", brief(value)) for value in node.received if value is not None]
    rows += [
        (f"sent to {described(graph.nodes[edge.input])}", brief(node.sent[edge.slot]))
        for edge in graph.edges
        if edge.node == node.id and edge.gradient
    ]
    return (Table(("gradient", "value"), tuple(rows)),)


def _arrived(graph: Graph, node: Node) -> Iterator[Section]:
    """The origin of the gradient; a sum if several users of the value sent one."""
    for output, total in enumerate(node.received):
        if total is not None:
            heading = "Received" if len(node.received) == 1 else f"Received for output {output}"
            yield Section(heading, tuple(_contributions(graph, node, output, total)))


def _contributions(graph: Graph, node: Node, output: int, total: Value) -> Iterator[Block]:
    users = [
        (graph.nodes[edge.node], value)
        for edge in graph.edges
        if edge.input == node.id and edge.input_nr == output and edge.slot < len(graph.nodes[edge.node].sent)
        if (value := graph.nodes[edge.node].sent[edge.slot]) is not None
    ]
    if not users:
        yield Text(f"The backward pass started here, with the gradient {brief(total)}.")
        return
    if node.id in changed_by_hooks(graph):
        yield Text(f"A hook of the program changed the gradient that arrived, so {brief(total)} went on.")
        yield from table(("from", "gradient"), [(described(user), brief(value)) for user, value in users])
        return
    if node.id in graph.roots:
        where = "here" if len(node.received) == 1 else "at this Node"  # at which output is not recorded
        after = ", after the hooks of the program" if node.hooked else ""
        total_ = f"With what came from other Nodes{after}: {brief(total)}."
        yield Text(f"The backward pass started {where}, too. {total_}")
        yield from table(("from", "gradient"), [(described(user), brief(value)) for user, value in users])
        return
    if len(users) == 1 or not flat(total):
        yield Text(f"From {described(users[0][0])}: {brief(total)}.")
        return
    if len(users) > MOST_WRITTEN:
        yield Text(f"Autograd added {len(users)} gradients; their sum is {brief(total)}.")
        yield from table(("from", "gradient"), [(described(user), brief(value)) for user, value in users])
        return
    names = [described(user) for user, _ in users]
    yield Text(f"Autograd added {len(users)} gradients: {join([f'from {name}' for name in names])}.")
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
    grad = f"{node.variable}.grad" if node.variable else "The .grad of this tensor"
    heading = "Added to .grad"
    if node.order is not None and node.contribution is None:
        given = next((one for one in node.received if one is not None), None)
        if given is None:
            return Section(heading, (Text(f"Backward sent no gradient here, so {grad} did not change."),))
        back = f"torch.autograd.grad returned {brief(given)} to the program and changed no .grad."
        return Section("Returned", (Text(back),))
    if node.contribution is None or node.grad_after is None:
        held = frame.variables.get(node.variable or "")
        now = f" {grad} is {brief(held.grad)}." if held is not None and held.node == node.id else ""
        return Section(heading, (Text(f"{not_visited(frame.graph, 'leaf')}{now}"),))
    if node.grad_before is None:
        return Section(
            heading,
            (Text(f"{grad} was None, so it became the received gradient: {brief(node.grad_after)}."),),
        )
    terms = (flat(node.grad_before), flat(node.contribution))
    after = flat(node.grad_after)
    said = Text(f"{grad} was not None, so backward added to it: before + contribution = after.")
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
    return Section("No gradient", (Text(f"{name} has requires_grad=False, so it receives no gradient."),))


def _comes_from(node: Node) -> Section:
    # The variable may hold something else by now, or be another function's.
    named = f" The program gave it the name `{node.variable}`." if node.variable else ""
    if node.kind == "leaf":
        name = f"`{node.variable}`" if node.variable else "This tensor"
        text = f"{name} is a leaf: it has requires_grad=True, and autograd recorded no operation that computed it."
    elif node.expression is None:
        text = f"No operation of this graph computed this tensor.{named}"
    elif node.kind == "operation" and node.value is None:
        text = f"`{node.expression.text}` in line {node.expression.line}. torch built several Nodes for it."
    else:
        text = f"`{node.expression.text}` in line {node.expression.line}.{named}"
    return Section("Origin", (Text(text),))


def _saved_tensors(node: Node) -> Section:
    tensors = [one for one in node.saved if one.shape is not None]
    numbers = [one for one in node.saved if one.shape is None and one.value is not None]
    blocks: list[Block] = []
    if tensors:
        state = "freed by backward" if node.freed else "alive"
        rows = tuple((one.name, one.variable or "", _value(one.value), state) for one in tensors)
        blocks.append(Table(("name", "variable", "value", "state"), rows))
    else:
        blocks.append(Text("This Node saved no tensor; its rule needs none."))
    if numbers:
        blocks.append(Table(("number", "value"), tuple((one.name, str(one.value)) for one in numbers)))
    return Section("Saved tensors", tuple(blocks))


def _value(value: Value | str | None) -> str:
    return value if isinstance(value, str) else brief(value)
