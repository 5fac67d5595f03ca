"""What the sentence of a step claims, against the Nodes of the frame and the plain run around the statement."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tests.audit.plain import Moment
from tests.audit.plain_variables import PlainVariable
from tests.audit.printed import EPS, is_sum, numbers_in, shows
from tests.audit.step_forms import StepSentence
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.frames.graph import Edge, Node
from viz.writing.numbers import brief, first


@dataclass(frozen=True)
class Statement:
    """A statement with steps: its frame, its moment in plain Python, and the names that it bound.

    `moment` is None if the plain run did not come as far. `known` is how many Nodes the graph had before. `drawn`
    are the Nodes of the drawing, whose boxes have the names that the values get in the whole part.
    """

    frame: Frame
    moment: Moment | None
    bound: Sequence[str]
    known: int
    drawn: Sequence[Node]

    @cached_property
    def backward(self) -> Backward | None:
        """The backward that the statement ran; None if it ran none."""
        return self.frame.event if isinstance(self.frame.event, Backward) else None

    @cached_property
    def sent(self) -> list[tuple[Edge, str]]:
        """Each edge along which this backward sent a gradient, and the gradient as the edge shows it."""
        nodes, visited = self.frame.graph.nodes, set(self.backward.order) if self.backward else set()
        edges = [edge for edge in self.frame.graph.edges if edge.gradient and edge.node in visited]
        return [
            (edge, first(sent))
            for edge in edges
            if edge.slot < len(nodes[edge.node].sent) and (sent := nodes[edge.node].sent[edge.slot]) is not None
        ]

    @cached_property
    def arrived(self) -> Mapping[int, list[str]]:
        """The gradients that arrived at each Node."""
        found: dict[int, list[str]] = defaultdict(list)
        for edge, text in self.sent:
            found[edge.input].append(text)
        return found

    @cached_property
    def left(self) -> Mapping[int, list[tuple[str, Node]]]:
        """The gradients that each Node sent, with the Node at the other end."""
        found: dict[int, list[tuple[str, Node]]] = defaultdict(list)
        for edge, text in self.sent:
            found[edge.node].append((text, self.frame.graph.nodes[edge.input]))
        return found


@dataclass(frozen=True)
class Step:
    """A step inside a statement: its Node, on one level of the drawing."""

    of: Statement
    node: Node
    level: str

    @property
    def backward(self) -> Backward | None:
        """The backward that the statement ran; None if it ran none."""
        return self.of.backward

    @property
    def arrived(self) -> list[str]:
        """The gradients that arrived at the Node."""
        return self.of.arrived.get(self.node.id, [])

    @property
    def left(self) -> list[tuple[str, Node]]:
        """The gradients that the Node sent, with the Node at the other end."""
        return self.of.left.get(self.node.id, [])

    @property
    def received(self) -> str:
        """The gradient that the Node received, as a box shows it; empty if it received none."""
        found = next((one for one in self.node.received if one is not None), None)
        return "" if found is None else brief(found)

    def plain(self, when: str) -> PlainVariable | None:
        """The Node's leaf in plain Python before or after the statement; None if no name holds it there."""
        name, moment = self.node.variable or "", self.of.moment
        held = self.of.frame.variables.get(name)
        if moment is None or held is None or held.node != self.node.id:
            return None
        return (moment.before if when == "before" else moment.after).get(name)


def false_claims(said: StepSentence, step: Step) -> Iterator[str]:
    """The faults of a sentence on a step."""
    if "kind" in said.parts and not _is_kind(said.parts["kind"], step):
        yield f"the Node is {step.node.name}"
    if said.parts.get("title") and not _is_title(said.parts["title"], step.node, step):
        yield f"the Node is that of {_called(step.node)}"
    yield from _CLAIMS[said.form](said, step)


def false_sum(terms: Sequence[str], total: str, had: str | None, step: Step) -> Iterator[str]:
    """The faults of a sum of gradients; `had` is its first term, what `.grad` was before, if it has one."""
    yield from _arrive(terms if had is None else terms[1:], None, step)
    yield from _add_up(terms, total, step)
    if step.node.kind != "leaf":
        yield from _is(total, step.received, "the Node received")
        return
    yield from _is_grad(total, step)
    before = step.plain("before")
    old = before.grad if before is not None else step.node.grad_before
    if not shows("None" if had is None else had, old):
        yield f".grad was {brief(old)}"


def _built(said: StepSentence, step: Step) -> Iterator[str]:
    node, moment = step.node, step.of.moment
    if node.id < step.of.known or step.backward is not None:
        yield "it is no step of the statement"
    # The graph may now include what an earlier part built, or the line that called this function.
    if bool(said.parts["before"]) == (node.id in step.of.frame.built):
        yield f"the statement {'built' if said.parts['before'] else 'did not build'} it"
    if said.parts["unseen"] and (node.value is not None or node.variable is not None):
        yield "the program can see its value"
    if not said.parts["value"]:
        return
    if node.value is None or not shows(said.value, node.value):
        yield f"its value is {'not known' if node.value is None else brief(node.value)}"
    title = said.parts["title"]
    held = moment.after.get(title) if moment is not None and title in step.of.bound else None
    if (
        held is not None
        and held.kind == "tensor"
        and not said.parts["before"]
        and not shows(said.value, held.value)
    ):
        yield f"{title} is {brief(held.value)}"


def _passed(said: StepSentence, step: Step) -> Iterator[str]:
    backward = step.backward
    if backward is None or step.node.id not in backward.order:
        yield "no backward visited the Node"
        return
    if said.parts["began"] and step.node.id != backward.root:
        yield "backward started at another Node"
    if (said.parts["none"] or said.parts["began"]) and (step.arrived or step.received):
        yield f"it received {step.received or ', '.join(step.arrived)}"
    yield from _came(said, step)
    yield from _destinations(said, step)


def _destinations(said: StepSentence, step: Step) -> Iterator[str]:
    """The gradients that the sentence says were sent, against those that left."""
    left = list(step.left)
    for text, title in said.sent:
        found = next((one for one in left if one[0] == text and _is_title(title, one[1], step)), None)
        if found is None:
            yield f"it sent {', '.join(f'{sent} to {_called(end)}' for sent, end in step.left) or 'nothing'}"
            return
        left.remove(found)
    # On the level of concepts, the links between the Nodes of one box are not drawn.
    if len(left) < said.more or (step.level == "autograd" and len(left) > said.more):
        yield f"it sent {len(step.left)} gradients"


def _is_now(said: StepSentence, step: Step) -> Iterator[str]:
    yield from _of_grad(said.parts["grad"], step)
    if step.backward is None or step.backward.derivatives is not None:
        yield "no backward adds to a .grad here"
    yield from _is_grad(said.value, step)
    yield from _came(said, step)


def _returned(said: StepSentence, step: Step) -> Iterator[str]:
    yield from _of_grad(said.parts["grad"], step)
    derivatives = step.backward.derivatives if step.backward is not None else None
    if step.node.id not in [one.node for one in derivatives or ()]:
        yield "torch.autograd.grad returned no derivative by this Node"
    if step.of.moment is not None and any(way.endswith(".grad") for way in step.of.moment.changes):
        yield "a .grad changed"
    yield from _came(said, step)


def _shared(said: StepSentence, step: Step) -> Iterator[str]:
    yield from _of_grad(said.parts["grad"], step)
    if step.backward is None or not step.backward.shared:
        yield "no .grad shares its memory"
    yield from _came(said, step)


_CLAIMS = {"built": _built, "passed": _passed, "is now": _is_now, "returned": _returned, "shared": _shared}


def _came(said: StepSentence, step: Step) -> Iterator[str]:
    """The gradients that the sentence says arrived, against those that did."""
    if said.parts.get("came") == "the gradient that backward started with":
        if step.backward is None or step.node.id != step.backward.root or step.arrived:
            yield f"{', '.join(step.arrived) or 'nothing'} arrived"
        return
    if said.parts.get("hooked") and tuple(step.arrived) == (step.received,):
        yield "no hook changed the gradient"
    if said.total:
        yield from _is(said.total, step.received, "the Node received")
        yield from _add_up(said.came, said.total, step)
    elif len(said.came) == 1 and said.form == "passed" and said.came[0] == step.received:
        return  # all that arrived, in one number
    if said.came or said.counted is not None:
        yield from _arrive(said.came, said.counted, step)


def _arrive(terms: Sequence[str], counted: int | None, step: Step) -> Iterator[str]:
    fits = Counter(terms) == Counter(step.arrived) if counted is None else counted == len(step.arrived)
    if not fits:
        yield f"{', '.join(step.arrived) or 'nothing'} arrived"


def _is(text: str, wanted: str, what: str) -> Iterator[str]:
    if text != wanted:
        yield f"{what} {wanted or 'nothing'}"


def _is_grad(text: str, step: Step) -> Iterator[str]:
    """Whether a string is the `.grad` of a leaf after the statement."""
    held = step.plain("after")
    grad = held.grad if held is not None else step.node.grad_after
    if not shows(text, grad):
        yield f".grad is {brief(grad)}"


def _of_grad(text: str, step: Step) -> Iterator[str]:
    """Whether `W.grad`, or `the .grad of` a title, is that of the Node."""
    title = re.sub(r"\A[Tt]he \.grad of ", "", text).removesuffix(".grad")
    if step.node.kind != "leaf" or not _is_title(title, step.node, step):
        yield f"the Node is that of {_called(step.node)}"


def _add_up(terms: Sequence[str], total: str, step: Step) -> Iterator[str]:
    """Whether printed gradients add up: all numbers if they show equally many, otherwise the first of each."""
    columns = [numbers_in(text) for text in (*terms, total)]
    if len({len(column) for column in columns}) != 1:
        *terms, total = [_first_of(text) for text in (*terms, total)]
    if not is_sum(list(terms), total, EPS.get(step.node.dtype, EPS["float32"])):
        yield f"{' + '.join(terms)} is not {total}"


def _first_of(text: str) -> str:
    return re.split(r"[,… \]]", text.lstrip("["), maxsplit=1)[0]


def _is_kind(text: str, step: Step) -> bool:
    """Whether a string names the kind of a Node: PyTorch's name or, among concepts, the operation in it."""
    if step.level == "autograd":
        return text == step.node.name
    words, _, shape = text.partition(" [")
    if shape and shape != f"{', '.join(map(str, step.node.shape))}]":
        return False
    letters = re.sub(r"\W|\d", "", words).lower()
    if step.node.kind == "leaf":
        return letters == "parameter"
    return bool(letters) and letters in re.sub(r"\W|\d", "", step.node.name).lower()


def _is_title(title: str, node: Node, step: Step) -> bool:
    """Whether a title may belong to a Node: it is its name or its expression, with `…` for what was cut.

    The title of an inner Node may begin with its kind (`MulBackward0 in (x * y)…`), and may have the name of
    another Node of its expression.
    """
    alike = [node, *step.of.drawn[node.id : node.id + 1]]
    if node.value is None and node.expression is not None:
        alike += [one for one in step.of.drawn if one.expression == node.expression]
    pieces = [
        "".join(piece.split()) for piece in title.removeprefix(f"{node.name} ").removeprefix("in ").split("…")
    ]
    pattern = ".*".join(re.escape(piece) for piece in pieces)
    return any(re.fullmatch(pattern, "".join(_called(one).split())) for one in alike)


def _called(node: Node) -> str:
    text = node.variable or (node.expression.text if node.expression else node.name) or "tensor"
    return " ".join(text.split())
