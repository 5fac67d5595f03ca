"""Frame -> the one sentence that says what the statement did, with its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod

from viz import catalog
from viz.frames.events import (
    Accumulation,
    Assigned,
    Backward,
    Cleared,
    Decided,
    Derivative,
    Entered,
    Evaluated,
    Jumped,
    Passed,
    Retained,
    Returned,
    Scheduled,
    Stepped,
    Update,
)
from viz.frames.frame import Frame, Variable
from viz.frames.plain import Value
from viz.text import shortened
from viz.writing.alone import SEEDS, arguments_of
from viz.writing.changing import changes_said
from viz.writing.numbers import brief
from viz.writing.words import NAMED, join, named

#: Where in PyTorch's C++ code a warning was given.
_TRIGGERED = re.compile(r" ?\(Triggered internally at [^()]*\.\)")
#: How many Nodes a sentence names before it only counts them.
BUILT = 3
#: How many characters of what was printed a sentence has.
PRINTED = 80


def sentence(frame: Frame) -> str:
    """One sentence in plain words about the statement that `frame` stands after; the error's where it raised.

    What PyTorch or NumPy warned of comes before it, and after an error.
    """
    if frame.error is not None:
        said = f"Line {frame.error.line}: {frame.error.message}"
        return f"{_ended(said)} {_warning(frame)}" if frame.warned else said
    return f"{_warning(frame)} {_done(frame)}".strip()


def _warning(frame: Frame) -> str:
    """What the statement was warned of, in the library's words; without the place in PyTorch's own C++ code."""
    if not frame.warned:
        return ""
    text = _TRIGGERED.sub("", frame.warned)
    return _ended(f"{frame.warner} {'warn' if ' and ' in frame.warner else 'warns'}: {text}")


def _ended(text: str) -> str:
    """A text that ends as a sentence does."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _done(frame: Frame) -> str:
    """What the statement did: what its event says, and what it changed in place."""
    match frame.event:
        case Assigned(names):
            return _assigned(frame, names)
        case Evaluated():
            return _evaluated(frame, frame.event)
    said = _of_event(frame)
    return f"{said} {changes_said(frame.changes, 'It also')}" if frame.changes else said


def _of_event(frame: Frame) -> str:
    """What a statement did that is no assignment and no plain expression."""
    match frame.event:
        case Cleared(grads):
            return _cleared(grads)
        case Backward():
            return _backward(frame, frame.event)
        case Stepped():
            return _stepped(frame.event)
        case Scheduled():
            return _scheduled(frame.event)
        case Retained(name, is_leaf):
            return _retained(name or "the tensor", is_leaf)
    return _of_block(frame)


def _evaluated(frame: Frame, event: Evaluated) -> str:
    """What an expression that stands alone did: what it printed, a seed, what it changed in place."""
    if frame.printed:
        printed = f"It printed {_line(frame.printed)}."
        return f"{printed} {changes_said(frame.changes, 'It also')}" if frame.changes else printed
    if frame.changes:
        return changes_said(frame.changes)
    if event.function in SEEDS:
        return f"From here on random numbers come from seed {arguments_of(event.text)}."
    return f"{event.text} was computed and not kept."


def _of_block(frame: Frame) -> str:
    """The sentence of what decides which lines run."""
    match frame.event:
        case Decided(keyword, text, holds):
            return _decided(keyword, text, holds)
        case Passed():
            return _passed(frame, frame.event)
        case Jumped(keyword):
            return _JUMPS[keyword]
        case Entered(text, grad):
            effect = "PyTorch builds the graph again" if grad else "PyTorch builds no graph"
            return f"{effect} for what is computed in this block: {text}."
        case Returned(function, text, value):
            shown = text if value is None else f"{text}, which is {brief(value)}"
            return f"{function} gives back {shown}."
    return ""


_JUMPS = {
    "break": "break leaves the loop.",
    "continue": "continue goes on with the loop's next pass.",
    "pass": "pass does nothing.",
}


def _decided(keyword: str, text: str, holds: bool) -> str:
    if keyword == "while":
        return f"{text} holds, so the loop goes on." if holds else f"{text} does not hold, so the loop is over."
    return f"{text} holds, so this block runs." if holds else f"{text} does not hold, so this block is left out."


def _passed(frame: Frame, event: Passed) -> str:
    if event.over:
        return f"{event.text} has no more entries: the loop is over after {event.number} passes."
    bound = " ".join(_bound(frame, name, frame.variables[name]) for name in event.names if name in frame.variables)
    return f"Pass {event.number + 1} of the loop. {bound}".rstrip()


def _line(printed: str) -> str:
    """What was printed in one line."""
    return shortened(" ".join(printed.split()), PRINTED)


def _assigned(frame: Frame, names: tuple[str, ...]) -> str:
    """What names hold now; those that were changed in place held the same thing before."""
    changed = {one.name for one in frame.changes}
    bound = tuple([name for name in names if name not in changed])
    said = [_bound_names(frame, bound)] if bound else []
    if frame.changes:
        said.append(changes_said(frame.changes, "It also" if bound else "The line"))
        same = [(name, frame.variables[name]) for name in names if name in changed and name in frame.variables]
        said += [_built(frame, one, name) for name, one in same if one.grad_fn is not None]
    elif not bound:
        said.append("No name holds what the line changed.")
    return " ".join(said)


def _bound_names(frame: Frame, names: tuple[str, ...]) -> str:
    """What names hold that were bound."""
    held = [(name, frame.variables[name]) for name in names if name in frame.variables]
    if held and all(variable.kind == "module" and not _is_layer(variable) for _, variable in held):
        return f"{join([variable.text for _, variable in held])} can be used from here on."
    if not held:
        return f"{join(list(names))} can be used from here on."
    return " ".join(_bound(frame, name, variable) for name, variable in held[:NAMED])


def _bound(frame: Frame, name: str, variable: Variable) -> str:
    if variable.kind == "tensor":
        return _tensor(frame, name, variable)
    match variable.kind:
        case "array":
            sharing = f"; it {variable.text}" if variable.text else ""
            kind = f"{_shape(variable)}, {variable.dtype}"
            return f"{name} is an array of NumPy, {brief(variable.value)}{kind}{sharing}."
        case "number" if variable.value is not None:
            return f"{name} is {brief(variable.value)}."
        case "optimizer":
            kind = variable.text.split("(")[0]
            return f"{name} is {kind}: step() will change its parameters by their .grad; nothing has changed yet."
        case "scheduler":
            return f"{name} is {variable.text}: step() will set the optimizer's lr."
        case "loss":
            return f"{name} is {variable.text}: it compares a prediction with a target."
        case "function":
            return f"{variable.text} can be called from here on."
        case _ if variable.text:
            return f"{name} is {variable.text}."
    return f"{name} can be used from here on."


def _is_layer(variable: Variable) -> bool:
    """Whether a module is one of torch.nn, and no library: it was made by a call."""
    return "(" in variable.text


def _tensor(frame: Frame, name: str, variable: Variable) -> str:
    value = brief(variable.value)
    if variable.grad_fn is not None:
        if variable.node not in frame.built:
            return f"{name} is {value}; {variable.grad_fn} is its grad_fn."
        return f"{name} is {value}. {_built(frame, variable, 'it')}"
    shape = _shape(variable) + _dtype(variable)
    if variable.requires_grad:
        return f"{name} is a leaf, {value}{shape}, that needs a gradient; {name}.grad is {brief(variable.grad)}."
    sharing = f"; it {variable.text}" if variable.text else ""
    return f"{name} is {value}{shape}; it needs no gradient{sharing}."


def _built(frame: Frame, variable: Variable, what: str) -> str:
    """The Nodes that the statement built for a variable, called `what`, and what they saved for backward."""
    nodes = [frame.graph.nodes[number] for number in frame.built]
    if isinstance(frame.event, Assigned) and len(frame.event.names) > 1:
        nodes = [node for node in nodes if node.id == variable.node]  # the others may be of the other names
    kept = [saved.variable or saved.name for node in nodes for saved in node.saved if saved.shape is not None]
    # The same tensor may be saved twice (x * x); it is named once.
    saved = f" and saved {join(list(dict.fromkeys(kept)))} for backward" if kept else ""
    if len(nodes) > BUILT:
        last = f"{nodes[-1].name},{saved}" if saved else nodes[-1].name
        return f"PyTorch built {len(nodes)} Nodes for {what}, the last of them {last}."
    return f"PyTorch built {join([node.name for node in nodes])} for {what}{saved}."


def _dtype(variable: Variable) -> str:
    """The dtype, where it is not the one that torch takes by itself for numbers with a point."""
    return "" if variable.dtype == "float32" else f", {variable.dtype}"


def _shape(variable: Variable) -> str:
    if variable.value is None or prod(variable.shape) == 1:
        return ""
    return f", shape [{', '.join(str(size) for size in variable.shape)}]"


def _cleared(grads: Mapping[str, tuple[Value | None, Value | None]]) -> str:
    by = "zero_grad()"
    rows = [(name, before, after) for name, (before, after) in grads.items()]
    changed = [(name, before, after) for name, before, after in rows if before != after]
    if not rows:
        return f"{by} found no parameter."
    if not changed:
        state = "None" if all(after is None for _, _, after in rows) else "cleared"
        names = [f"{name}.grad" for name, _, _ in rows]
        verb = "was" if len(names) == 1 else "were"
        return f"{by} had nothing to clear: {named(names[:NAMED], len(names))} {verb} {state} already."
    parts = [f"{name}.grad from {brief(before)} to {brief(after)}" for name, before, after in changed[:NAMED]]
    return f"{by} set {named(parts, len(changed))}."


def _backward(frame: Frame, event: Backward) -> str:
    if event.derivatives is not None:
        return _derived(frame, event, event.derivatives)
    accumulations = in_program_order(event)
    if not accumulations:
        return f"backward() visited {len(event.order)} Nodes and reached no leaf."
    name = _root(frame, event)
    call = f"{name}.backward()" if name else "backward()"
    parts = [f"{brief(one.contribution)} to {_grad_of(one)}" for one in accumulations]
    new = all(one.before is None for one in accumulations)
    if new and len(parts) > 1:
        every = "both" if len(parts) == 2 else "all"
        return f"{call} added {named(parts[:NAMED], len(parts))}; {every} were None."
    were = [f"{part}, which was {brief(one.before)}" for part, one in zip(parts, accumulations, strict=True)]
    rest = [f"{len(were) - NAMED} more"] if len(were) > NAMED else []
    memory = " These .grad share their memory: each holds what was added to the others, too." * event.shared
    return f"{call} added {', and '.join([*were[:NAMED], *rest])}.{memory}"


def _grad_of(one: Accumulation) -> str:
    return f"{one.name}.grad" if one.name else "the .grad of a leaf that no name holds"


def _root(frame: Frame, event: Backward) -> str | None:
    """The name of what a backward began at."""
    return next((n for n, v in frame.variables.items() if v.node == event.root and v.grad_fn), None)


def _derived(frame: Frame, event: Backward, derivatives: Sequence[Derivative]) -> str:
    """What `torch.autograd.grad` gave."""
    given = [
        f"{brief(one.value)} for {one.name or 'a tensor without a name'}" if one.value is not None
        else f"None for {one.name or 'a tensor without a name'}, which it does not depend on"
        for one in derivatives[:NAMED]
    ]  # fmt: skip
    of = _root(frame, event) or "the result"
    return f"The gradient of {of} is {named(given, len(derivatives))}; it was given back, no .grad changed."


def _retained(name: str, is_leaf: bool) -> str:
    if is_leaf:
        return f"{name} is a leaf, so backward stores {name}.grad anyway."
    return f"{name} is no leaf; from here on backward stores {name}.grad all the same."


def in_program_order(event: Backward) -> list[Accumulation]:
    """The leaves that a backward reached, the first that the program used first (the engine has its own order).

    Where they share memory the order is the engine's: what one found is what the one before it left.
    """
    return list(event.accumulations) if event.shared else sorted(event.accumulations, key=lambda one: one.node)


def _stepped(event: Stepped) -> str:
    moved = [update for update in event.updates if update.grad is not None]
    if not moved:
        return f"{event.optimizer} changed nothing: every .grad is None."
    # What has other numbers than before is named first.
    named_first = sorted(moved, key=lambda update: update.before == update.after)
    parts = [_moved(update) for update in named_first[:NAMED]]
    rate = event.options.get("lr")
    alike = all(update.options is None or update.options.get("lr") == rate for update in moved)
    shown = alike and isinstance(rate, (int, float)) and not _rate(event.optimizer)
    with_rate = f" with lr {rate:g}" if shown else ""
    return f"{event.optimizer} moved {named(parts, len(moved))}{with_rate}."


def _scheduled(event: Scheduled) -> str:
    if event.before == event.after:
        return f"{event.scheduler} left lr at {join([f'{one:.4g}' for one in event.after[:NAMED]])}."
    pairs = [(one, other) for one, other in zip(event.before, event.after, strict=True) if one != other]
    parts = [f"from {one:.4g} to {other:.4g}" for one, other in pairs[:NAMED]]
    effect = f"; {_rate(event.optimizer)}" if _rate(event.optimizer) else " for the steps that follow"
    return f"{event.scheduler} set lr {named(parts, len(pairs))}{effect}."


def _rate(optimizer: str) -> str:
    """What an optimizer does with lr, where that is not the size of its next step."""
    entry = catalog.find(catalog.ALL_OPTIMIZERS, optimizer)
    return "" if entry is None else entry.rate


def _moved(update: Update) -> str:
    return f"{update.name} from {brief(update.before)} to {brief(update.after)}"
