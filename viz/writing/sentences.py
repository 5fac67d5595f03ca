"""The sentence that says what a statement did, with its numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from viz import catalog
from viz.frames.events import (
    Accumulation,
    Asserted,
    Assigned,
    Backward,
    Caught,
    Cleared,
    Deleted,
    Derivative,
    Evaluated,
    Hooked,
    Retained,
    Scheduled,
    Skipped,
    Stepped,
    Update,
)
from viz.frames.frame import Frame
from viz.frames.plain import Value
from viz.syntax import expression_of
from viz.text import ended, shortened
from viz.writing.changes import changes_said
from viz.writing.control_flow import control_flow
from viz.writing.numbers import brief
from viz.writing.variable_sentences import names_bound, nodes_built
from viz.writing.words import NAMED, join, named

#: The functions that set a seed.
SEEDS = frozenset({"torch.manual_seed", "np.random.seed", "numpy.random.seed"})
#: The functions that change how something is printed.
PRINT_OPTIONS = {"torch.set_printoptions": "tensors", "numpy.set_printoptions": "arrays"}
#: The place in PyTorch's C++ code that a warning names.
_TRIGGERED = re.compile(r" ?\(Triggered internally at [^()]*\.\)")
#: A call that moves a module to a device or to a dtype.
_MOVES = re.compile(r"(\w+)\.(?:to|cpu|float|double|half)\(.*\)", re.DOTALL)
#: Characters of printed text in a sentence, at most.
PRINTED = 80


def sentence(frame: Frame) -> str:
    """Say in plain words what the statement of `frame` did, or which error it raised.

    A warning of PyTorch or NumPy precedes the sentence, but follows an error.
    """
    if frame.error is not None:
        said = f"Line {frame.error.line}: {frame.error.message}"
        return f"{ended(said)} {_warning(frame)}" if frame.warned else said
    return f"{_warning(frame)} {_done(frame)}".strip()


def _warning(frame: Frame) -> str:
    """The warning in the library's own words, without its place in PyTorch's C++ code; empty if there is none."""
    if not frame.warned:
        return ""
    text = _TRIGGERED.sub("", frame.warned)
    return ended(f"{frame.warner} {'warn' if ' and ' in frame.warner else 'warns'}: {text}")


#: The call with which a class's `__init__` begins.
PARENTS = re.compile(r"super\(.*?\)\.__init__\(")


def _done(frame: Frame) -> str:
    """Sentences on the statement's event and on its changes in place."""
    match frame.event:
        case Assigned(names, _, attributes):
            return _assigned(frame, names, attributes)
        case Evaluated():
            return _evaluated(frame, frame.event)
        case Deleted(names):
            return _deleted(frame, names)
    said = _of_event(frame)
    return f"{said} {changes_said(frame.changes, 'It also')}" if frame.changes else said


def _of_event(frame: Frame) -> str:
    """A sentence on an event that is neither an assignment nor a plain expression."""
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
        case Asserted(text):
            return f"{text} holds."
        case Caught(text, kind, message):
            return ended(
                f"{text} handles {kind}" if message == kind else f"{text} handles {kind}: {_line(message)}"
            )
        case Hooked(name):
            whose = f"the gradient of {name}" if name else "a gradient"
            return (
                f"From here on, backward calls a hook with {whose}, and goes on with what it returns, if anything."
            )
        case Skipped(says=says):
            return says
    return control_flow(frame)


def _evaluated(frame: Frame, event: Evaluated) -> str:
    """A sentence on an expression statement: what it printed, which seed it set, or what it changed in place."""
    if frame.printed:
        printed = ended(f"It printed {_line(frame.printed)}")
        return f"{printed} {changes_said(frame.changes, 'It also')}" if frame.changes else printed
    if frame.changes:
        return changes_said(frame.changes)
    if event.function in SEEDS:
        return f"From here on, random numbers come from seed {_arguments_of(event.text)}."
    if event.function in PRINT_OPTIONS:
        options = f"with {_arguments_of(event.text, named=True) or 'no options'}"
        return f"From here on, {PRINT_OPTIONS[event.function]} are printed {options}."
    moved = _MOVES.fullmatch(event.text)
    held = None if moved is None else frame.variables.get(moved[1])
    if moved is not None and held is not None and held.kind == "module":
        return f"{event.text} changed nothing: {moved[1]} was there already."
    if PARENTS.match(event.text):
        return f"{event.text} let the parent class set up the object."
    return f"{event.text} was computed, but its result was not kept."


def _arguments_of(text: str, named: bool = False) -> str:
    """The arguments of a call, as source text; with their names if they are `named`."""
    tree = expression_of(text)
    if not isinstance(tree, ast.Call):
        return ""
    return ", ".join(
        ast.unparse(one) for one in (*tree.args, *(one if named else one.value for one in tree.keywords))
    )


def _line(printed: str) -> str:
    """Printed text on one line, shortened."""
    blank = "an empty line" if printed == "\n" else "only blank space"
    return shortened(" ".join(printed.split()), PRINTED) or blank


def _assigned(frame: Frame, names: tuple[str, ...], attributes: tuple[str, ...] = ()) -> str:
    """Sentences on the names of an assignment, and on its attributes if nothing else is known of what it changed.

    A name that was only changed in place holds the same object.
    """
    changed = {one.name for one in frame.changes}
    bound = tuple([name for name in names if name not in changed])
    said = [names_bound(frame, bound)] if bound else []
    if frame.changes:
        said.append(changes_said(frame.changes, "It also" if bound else "The line"))
        same = [(name, frame.variables[name]) for name in names if name in changed and name in frame.variables]
        said += [nodes_built(frame, one, name) for name, one in same if one.node in frame.built]
    elif attributes:
        were = "was" if len(attributes) == 1 else "were"
        said.append(f"{named(list(attributes[:NAMED]), len(attributes))} {were} set.")
    elif not bound:
        said.append("The line changed nothing that a name holds.")
    return " ".join(said)


def _deleted(frame: Frame, names: tuple[str, ...]) -> str:
    """Sentences on the names that are gone, and on the entries of other things."""
    said = [f"{join(list(names))} {'is' if len(names) == 1 else 'are'} gone from here on."] if names else []
    if frame.changes:
        said.append(changes_said(frame.changes, "It also" if names else "The line"))
    elif not names:
        said.append("No name holds what the line changed.")
    return " ".join(said)


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
    memory = " These .grad tensors share memory: each also holds what was added to the others." * event.shared
    return f"{call} added {', and '.join([*were[:NAMED], *rest])}.{memory}"


def _grad_of(one: Accumulation) -> str:
    return f"{one.name}.grad" if one.name else "the .grad of an unnamed leaf"


def _root(frame: Frame, event: Backward) -> str | None:
    """The name of the tensor at which backward started; None if it started at several."""
    if event.others:
        return None
    return next((n for n, v in frame.variables.items() if v.node == event.root and v.grad_fn), None)


def _derived(frame: Frame, event: Backward, derivatives: Sequence[Derivative]) -> str:
    """A sentence on what `torch.autograd.grad` returned."""
    given = [
        f"{brief(one.value)} for {one.name or 'an unnamed tensor'}" if one.value is not None
        else f"None for {one.name or 'an unnamed tensor'}, on which it does not depend"
        for one in derivatives[:NAMED]
    ]  # fmt: skip
    of = _root(frame, event) or ("the results" if event.others else "the result")
    return (
        f"torch.autograd.grad returned the gradient of {of}: {named(given, len(derivatives))}; no .grad changed."
    )


def _retained(name: str, is_leaf: bool) -> str:
    if is_leaf:
        return f"{name} is a leaf, so backward stores {name}.grad anyway."
    return f"{name} is not a leaf; from here on, backward stores {name}.grad too."


def in_program_order(event: Backward) -> list[Accumulation]:
    """The leaves that a backward reached, in the order in which the program first used them.

    If their `.grad` tensors share memory, the order is the engine's: each addition starts from the last one.
    """
    return list(event.accumulations) if event.shared else sorted(event.accumulations, key=lambda one: one.node)


def _stepped(event: Stepped) -> str:
    updated = [update for update in event.updates if update.grad is not None]
    if not updated:
        return f"{event.optimizer} changed nothing: every .grad is None."
    moved: list[Update] = []
    left: list[Update] = []
    for update in updated:
        (moved if _differ(update.before, update.after) else left).append(update)
    rate = event.options.get("lr")
    alike = all(update.options is None or update.options.get("lr") == rate for update in updated)
    shown = alike and isinstance(rate, (int, float)) and not _rate(event.optimizer)
    with_rate = f" with lr {rate:g}" if shown else ""
    if not moved:
        stayed = [f"{update.name} at {brief(update.after)}" for update in left[:NAMED]]
        return f"{event.optimizer}{with_rate} left {named(stayed, len(left))}."
    said = f"{event.optimizer} moved {named([_moved(update) for update in moved[:NAMED]], len(moved))}{with_rate}"
    names = named([update.name for update in left[:NAMED]], len(left)) if left else ""
    return f"{said}, and left {names} as {'it was' if len(left) == 1 else 'they were'}." if left else f"{said}."


def _scheduled(event: Scheduled) -> str:
    if event.before == event.after:
        return f"{event.scheduler} left lr at {join([f'{one:.4g}' for one in event.after[:NAMED]])}."
    pairs = [(one, other) for one, other in zip(event.before, event.after, strict=True) if one != other]
    parts = [f"from {one:.4g} to {other:.4g}" for one, other in pairs[:NAMED]]
    effect = f"; {_rate(event.optimizer)}" if _rate(event.optimizer) else " for the following steps"
    return f"{event.scheduler} changed lr {named(parts, len(pairs))}{effect}."


def _rate(optimizer: str) -> str:
    """What an optimizer uses lr for; empty if lr is the size of its next step."""
    entry = catalog.find(catalog.ALL_OPTIMIZERS, optimizer)
    return "" if entry is None else entry.rate


def _differ(one: Value, other: Value) -> bool:
    """Whether two values differ; NaN does not differ from NaN, nor 0 from -0."""
    return one != other and repr(one) != repr(other)


def _moved(update: Update) -> str:
    before, after = brief(update.before), brief(update.after)
    if before == after and update.change is not None:  # by less than the digits show
        return f"{update.name} from {before} by {brief(update.change)}"
    return f"{update.name} from {before} to {after}"
