"""A program's own `torch.autograd.Function` while it runs: the class that torch knows, and `ctx`."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch.overrides import handle_torch_function, has_torch_function

from viz import limits
from viz.budget import Budget
from viz.frames.plain import Span
from viz.language.runtime.entries import Attribute, Function
from viz.language.runtime.float64 import InFloat64
from viz.language.runtime.kinds import Kind, quoted
from viz.language.runtime.meter import CLASS
from viz.language.runtime.problems import NotHere, refused
from viz.language.runtime.state import State
from viz.language.runtime.user_function import Defined, Written
from viz.language.vocabulary.autograd.silently import silently

#: How many tensors and numbers a Function may take, or save.
_MANY = 20
#: The static methods that a Function has.
METHOD_NAMES = ("forward", "backward")


class Context:
    """The `ctx` that a program sees: what it stores goes into a dict, never into an attribute of torch's `ctx`."""

    __slots__ = ("kept", "real")

    def __init__(self, real: Any) -> None:
        if not hasattr(real, "kept"):
            real.kept = {}
        self.real = real
        self.kept: dict[str, Any] = real.kept

    def __str__(self) -> str:
        return "ctx"


class Custom:
    """A Function of a running program; `real` is the class that torch knows.

    Graphs hold that class in torch's memory, where Python's garbage collector finds no cycle, and the run's names
    hold the graphs. So the class must not hold the run: it refers weakly to this object, which the run keeps.
    """

    __slots__ = ("__weakref__", "_wide", "backward", "forward", "name", "real", "state")

    def __init__(self, name: str, methods: Mapping[str, Written], state: State) -> None:
        self.name = name
        self.state = state
        self._wide = False
        self.forward, self.backward = [Defined(methods[one], state) for one in METHOD_NAMES]
        state.classes.append(self)
        state.meter.count_bytes(CLASS)
        itself = weakref.ref(self)
        self.real: Any = type(
            name,
            (torch.autograd.Function,),
            {
                "forward": staticmethod(lambda ctx, *args: _alive(itself)._run(ctx, *args)),
                "backward": staticmethod(lambda ctx, *grads: _alive(itself).differentiate(ctx, *grads)),
            },
        )

    def __str__(self) -> str:
        return self.name

    def apply(self, *args: Any) -> Any:
        """`Square.apply(x)`, as in torch; a TorchFunctionMode sees this call too."""
        if has_torch_function(args):
            return handle_torch_function(self._again, args, *args)
        return self.real.apply(*args)

    def differentiate(self, ctx: Any, *grads: Any) -> Any:
        """The program's backward, as torch calls it; raises TypeError if it returns what torch cannot take.

        torch would raise too, but with the name of a class that the program does not know.
        """
        with InFloat64() if ctx.wide else nullcontext():
            result = silently(self.state, self.backward, Context(ctx), *grads)
        parts = result if isinstance(result, tuple) else (result,)
        if not all(part is None or isinstance(part, torch.Tensor) for part in parts):
            raise NotHere(
                f"{self.name}.backward returns the gradient of each argument of forward: a tensor, or None"
            )
        return result

    @contextmanager
    def wide(self) -> Iterator[None]:
        """Make the Function compute in float64 if it is applied inside, and its backward too."""
        self._wide = True
        try:
            yield
        finally:
            self._wide = False

    def _run(self, ctx: Any, *args: Any) -> Any:
        """The program's forward, as torch calls it."""
        ctx.wide = self._wide
        with InFloat64() if self._wide else nullcontext():
            return self.forward(Context(ctx), *args)

    def _again(self, *args: Any) -> Any:
        """Like `apply`, outside of the program's run and with time of its own."""
        with self.state.meter.outside(Budget(limits.SECONDS)):
            return self.real.apply(*args)


def _alive(itself: weakref.ref[Custom]) -> Custom:
    custom = itself()
    if custom is None:
        raise RuntimeError("the run that this Function belongs to is over")
    return custom


class Applied:
    """`Square.apply` as a value: `square = Square.apply`."""

    __slots__ = ("custom",)

    def __init__(self, custom: Custom) -> None:
        self.custom = custom

    def __str__(self) -> str:
        return f"{self.custom}.apply"


#: The methods and attributes of `ctx`.
METHODS: dict[str, Function] = {
    "save_for_backward": Function(
        "ctx.save_for_backward",
        lambda ctx, *tensors: ctx.real.save_for_backward(*tensors),
        _MANY,
        changes="inside",
    ),
}
ATTRIBUTES: dict[str, Attribute] = {
    "saved_tensors": Attribute("saved_tensors", lambda ctx: ctx.real.saved_tensors),
    "needs_input_grad": Attribute("needs_input_grad", lambda ctx: ctx.real.needs_input_grad),
}


def _get(state: State, span: Span, context: Context, name: str) -> Any:
    """`ctx.name`, for a name that the program stored there."""
    if name in METHODS or name in ATTRIBUTES:
        return NotImplemented
    if name not in context.kept:
        raise refused(f"Nothing was put into `ctx.{name}` in `forward`; assign to it there.", span)
    return context.kept[name]


def _set(state: State, span: Span, context: Context, name: str, value: Any) -> None:
    """`ctx.name = value`."""
    if name in METHODS or name in ATTRIBUTES:
        raise refused(f"`ctx.{name}` is torch's own; choose another name.", span)
    context.kept[name] = value


KINDS: dict[type, Kind] = {
    Context: Kind(
        says="`ctx`",
        inside=lambda context: (context.kept,),
        methods=METHODS,
        attributes=ATTRIBUTES,
        get=_get,
        set=_set,
        own=True,
    ),
    Custom: Kind(
        says=quoted,
        inside=lambda custom: (custom.forward, custom.backward),
        methods={"apply": Function("Function.apply", lambda custom, *args: custom.apply(*args), _MANY)},
        attributes={"apply": Attribute("apply", Applied)},
        own=True,
    ),
    Applied: Kind(
        says=quoted,
        inside=lambda applied: (applied.custom,),
        call=Function("Function.apply", lambda applied, *args: applied.custom.apply(*args), _MANY),
        own=True,
    ),
}
