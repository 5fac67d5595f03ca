"""The calls of torch that lead to the root of one backward, ready to repeat: unchanged, or in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch.autograd.graph import GradientEdge, get_gradient_edge

from viz.budget import Budget
from viz.errors import LimitReached
from viz.language.interpreter import Interpreter
from viz.language.replay.listening import Call, CallLog, Listening, NodeIds, TracedTensor
from viz.language.runtime.draws import Draws
from viz.language.runtime.float64 import cast, mapped, widened
from viz.language.runtime.flow import Stopped
from viz.language.runtime.problems import Refused
from viz.language.runtime.program import Program
from viz.language.vocabulary.autograd.custom_function import Custom
from viz.pytorch.graph import function_of, saves_result

Tensor = torch.Tensor
#: The function that torch calls to read a `.grad`.
_GRAD = vars(torch._C.TensorBase)["grad"].__get__
#: The exceptions of a call that torch cannot make, and of the program's own Functions.
RAISED = (RuntimeError, ValueError, TypeError, IndexError, ArithmeticError, Stopped, Refused, LimitReached)


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor argument by its place: the number of the call that makes it, or below 0 for a leaf."""

    number: int


@dataclass(frozen=True, slots=True)
class Step:
    """One call: the places of its input tensors, and its arguments in the program's dtype and in float64.

    `node` is the id of the Node that it made, None if the graph has no Node for its result alone.
    """

    call: Call
    sources: tuple[int, ...]
    own: tuple[Any, Any]
    exact: tuple[Any, Any]
    node: int | None

    @property
    def function(self) -> Callable[..., Any]:
        """The function of torch that the step calls, also if the step is one of its several results."""
        called = self.call.function
        function: Callable[..., Any] = called.args[0] if isinstance(called, partial) else called
        return function

    @property
    def custom(self) -> Custom | None:
        """The program's own Function that the step calls, None for a function of torch."""
        owner = getattr(self.function, "__self__", None)
        return owner if isinstance(owner, Custom) else None

    def call_with(self, args: Any, options: Any, exact: bool) -> Tensor:
        """Return the result of the function for these arguments."""
        function, custom = self.call.function, self.custom
        if exact:
            function = cast(function)
        with custom.wide() if exact and custom is not None else nullcontext():
            made: Tensor = function(*args, **options)
        return made


@dataclass(frozen=True, slots=True)
class Replay:
    """The results of the repeated calls, by place, and their edges in torch's graph.

    In a trace that `differentiates`, the Nodes of the results at the places `saving` saved their own result for
    backward, and backward is differentiated again.
    """

    root: Tensor
    tensors: Mapping[int, Tensor]
    edges: Mapping[int, GradientEdge]
    saving: frozenset[int] = frozenset()

    def gradients(self, seed: Tensor) -> dict[int, Tensor]:
        """Return torch's gradient at each place that a backward from the root reaches; it begins with `seed`."""
        seed = seed.to(self.root.dtype).reshape(self.root.shape)
        found = torch.autograd.grad(self.root, list(self.edges.values()), seed, allow_unused=True)
        return {place: one for place, one in zip(self.edges, found, strict=True) if one is not None}


class Trace:
    """The calls that lead to the root of one backward: `steps` by their places, in order.

    `leaves` are the values that the calls start from, `places` the places by the ids of the Nodes, `inside` the
    Nodes of results that have no place of their own, and `seed` the gradient that the backward began with.
    """

    def __init__(self, log: CallLog) -> None:
        """Raises ValueError if the calls cannot be repeated; the message is a sentence."""
        self._draws = Draws()
        leaves = {known: -1 - number for number, known in enumerate(log.values)}
        steps, self.root = _numbered(log, leaves)
        assert log.seed is not None
        self.seed = log.seed
        needed = _leading_to(self.root, steps)
        self.steps = {place: step for place, step in steps.items() if place in needed}
        if any(step.call.function == _GRAD for step in self.steps.values()):
            raise ValueError(
                "This goes through a `.grad` that a backward stored; only what lines compute is run again."
            )
        if log.overwritten.among(needed):
            raise ValueError(
                "A line overwrites what an operation used, through `.data` or NumPy: autograd does not notice, "
                "and such lines are not run again here."
            )
        if log.aliased:
            raise ValueError("A line changes a tensor through a view of it; such lines are not run again here.")
        if _ELSEWHERE in needed:
            raise ValueError(
                "This backward reaches lines before this iteration, and only those of the iteration are run again."
            )
        used = [known for known, place in leaves.items() if place in needed]
        if len(used) > len({one.key for one in used}):
            raise ValueError("A leaf changes between the operations that use it; they are not run again here.")
        self.leaves = {leaves[known]: log.values[known] for known in used}
        self.differentiates = any(step.call.differentiates for step in self.steps.values())
        asked = [place for place, step in self.steps.items() if step.call.differentiates]
        #: The places that calls of the trace differentiate.
        self._differentiated = {one for place in asked for one in _leading_to(place, steps) - {place} if one >= 0}
        self.places = {step.node: place for place, step in self.steps.items() if step.node is not None}
        self.inside = log.inside
        self.places |= {node: leaves[one] for one in used if (node := log.node_of(one)) is not None}

    def dtype(self, place: int) -> torch.dtype:
        """The dtype that the tensor at a place has in the program."""
        return self.leaves[place].dtype if place < 0 else self.steps[place].call.dtype

    def leads(self, place: int, to: int) -> bool:
        """Whether the call at `to` computes its result from the tensor at `place`, directly or not."""
        return place != to and place in _leading_to(to, self.steps)

    def replay(
        self,
        exact: bool,
        moved: tuple[int, Tensor] | None = None,
        rounded: int | None = None,
        change: Callable[[Tensor], Tensor] | None = None,
    ) -> Replay:
        """Repeat the calls: in float64 if `exact`, else each in the program's own dtypes.

        `moved` is a place and the tensor to add there. The call at `rounded` runs in its own dtype in any case.
        `change` is applied to every floating-point leaf and result.
        """
        tensors: dict[int, Tensor] = {}
        edges = {}
        saving: set[int] = set()
        with torch.enable_grad():
            for place in (*self.leaves, *self.steps):
                if place < 0:
                    leaf = self.leaves[place]
                    made = (leaf.double() if exact else leaf).detach().clone().requires_grad_()
                elif place == rounded:
                    made = self.run(place, self._own(place, tensors), exact=False).double()
                else:
                    made = self.run(place, tensors, exact)
                if moved is None and place in self._differentiated and _saves(made):
                    saving.add(place)
                if moved is not None and place == moved[0]:
                    made = made + moved[1]
                if change is not None and self.dtype(place).is_floating_point:
                    made = change(made)
                tensors[place] = made
                if made.requires_grad:
                    edges[place] = get_gradient_edge(made)
        return Replay(tensors[self.root], tensors, edges, frozenset(saving))

    def run(self, place: int, tensors: Mapping[int, Tensor], exact: bool) -> Tensor:
        """The result of one call for these tensors, in float64 or in the program's own dtypes."""
        step, call = self.steps[place], self.steps[place].call
        args, options = (_filled(one, tensors) for one in (step.exact if exact else step.own))
        if call.changes:
            args = (args[0].clone(), *args[1:])
        self._draws.go_back((call.random, None, None))
        with self._draws.turn() if call.random is not None else nullcontext():
            made = step.call_with(args, options, exact)
        if not exact:
            return made
        # In float64 a cast may return its argument; its result needs a gradient of its own all the same.
        return made.clone() if any(made is tensors[one] for one in step.sources) else made.double()

    def _own(self, place: int, tensors: Mapping[int, Tensor]) -> dict[int, Tensor]:
        """The tensors that a call takes, in the dtypes that they have in the program."""
        return {source: tensors[source].to(self.dtype(source)) for source in self.steps[place].sources}


def trace(
    program: Program,
    iteration: int,
    phase: Literal["setup", "loop", "after"],
    statement: int,
    seconds: float,
    graph: NodeIds,
) -> Trace:
    """The calls of a part of the run up to the backward of its statement `statement`.

    Runs the program again up to there, and adds the results to `graph`, which is empty. Raises ValueError with a
    sentence if that takes longer than `seconds`, or if the calls cannot be repeated.
    """
    budget = Budget(seconds)
    log = CallLog((iteration, phase), statement, graph)
    interpreter = Interpreter(program, log)
    with torch.inference_mode(False), torch.enable_grad():
        for part, run in _parts(interpreter, iteration, phase):
            if budget.over:
                raise ValueError(f"Running the program again up to this line takes more than {seconds:g} seconds.")
            with interpreter.inside(partial(Listening, log)) if part else nullcontext():
                run()
    if log.root is None or log.seed is None:
        raise ValueError("The program does not reach this backward when it is run again.")
    return Trace(log)


def _parts(
    interpreter: Interpreter, iteration: int, phase: Literal["setup", "loop", "after"]
) -> Iterator[tuple[bool, Callable[[], None]]]:
    """Yield the parts of the run up to the one to trace, and whether each is that one."""
    yield phase == "setup", interpreter.setup
    if phase != "setup":
        for _ in range(iteration):
            yield False, interpreter.iteration
        yield True, interpreter.iteration if phase == "loop" else interpreter.after


#: The place of a tensor that an earlier part made.
_ELSEWHERE = -(10**9)


def _numbered(log: CallLog, leaves: Mapping[TracedTensor, int]) -> tuple[dict[int, Step], int]:
    """Return the calls with places for their tensor arguments, and the place of the root."""
    last: dict[int, int] = {}  # the place of a key's latest tensor so far

    def place_of(known: TracedTensor) -> Place:
        found = last.get(known.key)
        return Place(leaves.get(known, _ELSEWHERE) if found is None else found)

    steps = {}
    for place, call in enumerate(log.calls):
        own = (_with_places(call.args, place_of), _with_places(dict(call.options), place_of))
        sources = tuple(dict.fromkeys(_places_in(own)))
        steps[place] = Step(call, sources, own, widened(own), log.nodes.get(place))
        last[call.made] = place
    assert log.root is not None
    return steps, place_of(log.root).number


def _leading_to(root: int, steps: Mapping[int, Step]) -> set[int]:
    """Return the places that the root is computed from, and its own."""
    needed: set[int] = set()
    open_ = [root]
    while open_:
        place = open_.pop()
        if place not in needed:
            needed.add(place)
            open_ += steps[place].sources if place >= 0 else ()
    return needed


def _saves(made: Tensor) -> bool:
    function = function_of(made)
    return function is not None and saves_result(function)


def _with_places(argument: Any, place_of: Callable[[TracedTensor], Place]) -> Any:
    return mapped(argument, lambda one: place_of(one) if isinstance(one, TracedTensor) else one)


def _places_in(argument: Any) -> list[int]:
    found: list[int] = []
    mapped(argument, lambda one: found.append(one.number) if isinstance(one, Place) else None)
    return found


def _filled(argument: Any, tensors: Mapping[int, Tensor]) -> Any:
    """Return an argument with each Place replaced by its tensor."""
    return mapped(argument, lambda one: tensors[one.number] if isinstance(one, Place) else one)
