"""Intercepts every call of torch that a script makes, and reports it to an Observer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from types import FrameType
from typing import Any, TypeVar

import torch
from torch import overrides as _overrides
from torch.autograd.graph import GradientEdge
from torch.overrides import TorchFunctionMode

from viz.frames.changes import ChangeKind
from viz.frames.plain import Span
from viz.intercepting.call_sites import NOWHERE, CallSites, OneSite
from viz.pytorch.statistics import updated_statistics
from viz.pytorch.storages import same_memory
from viz.pytorch.undisturbed import undisturbed
from viz.watching.observer import Observer

Tensor = torch.Tensor
_Given = TypeVar("_Given")
overrides: Any = _overrides  # torch has no types for its stack of modes
_REGISTER: Any = Tensor.register_hook
_SETTERS: dict[Any, ChangeKind] = {
    vars(torch._C.TensorBase)["grad"].__set__: "grad",
    vars(torch._C.TensorBase)["requires_grad"].__set__: "requires_grad",
    vars(torch._C.TensorBase)["data"].__set__: "value",
}
_DATA = vars(torch._C.TensorBase)["data"]
_transform: Any = torch._C._functorch.peek_interpreter_stack  # torch has no types for these
_tracing: Any = torch._C._get_tracing_state
#: What warns of a backward that is not recorded, and its words.
RECORDER = "The recorder"
_UNHEARD = "this backward is not recorded; what it added to a .grad is."
_IN_PLACE = frozenset(
    f"__{name}__" for name in ("iadd", "isub", "imul", "itruediv", "ipow", "ifloordiv", "imod", "setitem")
)

#: The methods that change whether a tensor needs a gradient, and not its numbers.
_OF_THE_GRAPH = frozenset({"requires_grad_", "detach_"})


def runs_compiled_autograd() -> bool:
    """Whether torch compiles the backwards of this moment: it would compile our hooks, too."""
    module = sys.modules.get("torch._dynamo.compiled_autograd")
    return module is not None and bool(module.compiled_autograd_enabled)


@contextmanager
def undisturbed_around(around: AbstractContextManager[_Given]) -> Iterator[_Given]:
    """Enter and leave `around` undisturbed; what runs inside is intercepted as before."""
    with undisturbed():
        given = around.__enter__()
    try:
        yield given
    except BaseException as error:
        with undisturbed():
            around.__exit__(type(error), error, error.__traceback__)
        raise
    with undisturbed():
        around.__exit__(None, None, None)


class Calls(TorchFunctionMode):
    """Intercepts the calls of torch while a script, a block or a layer runs.

    `trains` is called before each backward.
    """

    def __init__(self, observer: Observer, sites: CallSites | OneSite) -> None:
        super().__init__()
        self._observer = observer
        self._sites = sites
        self._thread = threading.get_ident()
        self.trains: Callable[[], None] = _nothing
        #: Called before everything that is reported.
        self.begins: Callable[[], None] = _nothing
        #: The context without any change of ours to torch.
        self.apart: Callable[[], AbstractContextManager[None]] = nullcontext
        self.silent = 0  # above 0 inside what is reported as a whole, such as an optimizer's step
        self.backwards = 0  # running backward passes: statements of a Function's `backward` are not reported
        self._above = 0  # modes of the code's own that are above this one while it is off the stack
        #: The running layer's place in its Sequential, and where that was called.
        self.place: tuple[str, Span] = "", NOWHERE

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if not self.hears:
            return func(*args, **kwargs)
        return self._heard(func, args, kwargs)

    def leave(self) -> bool:
        """Take this mode off torch's stack; return False if it is not on it."""
        above = list[Any]()
        while overrides._len_torch_function_stack():
            above.append(overrides._pop_mode())
            if above[-1] is self:
                break
        found = bool(above) and above[-1] is self
        self._above = len(above) - 1 if found else 0
        for one in reversed(above[:-1] if found else above):
            overrides._push_mode(one)
        return found

    def back(self) -> None:
        """Put this mode back to where it was on torch's stack."""
        above = [overrides._pop_mode() for _ in range(min(self._above, overrides._len_torch_function_stack()))]
        overrides._push_mode(self)
        for one in reversed(above):
            overrides._push_mode(one)

    @property
    def ours(self) -> bool:
        """Whether the current thread is the script's."""
        return threading.get_ident() == self._thread

    @property
    def hears(self) -> bool:
        """Whether to report a call: it is in the script's thread, and not part of a step, a transform or a trace.

        Inside `vmap` and `grad` of `torch.func`, tensors have no numbers of their own; `torch.jit.trace` would
        trace what the Observer does.
        """
        return (
            not self.silent
            and threading.get_ident() == self._thread
            and _transform() is None
            and _tracing() is None
        )

    @contextmanager
    def _in_backward(self) -> Iterator[None]:
        self.trains()
        self.backwards += 1
        try:
            yield
        finally:
            self.backwards -= 1

    def here(self) -> Span:
        """The expression of the script that Python is evaluating; a layer's is `net[0]` where `net` is called."""
        span, (place, site) = self._sites.current(), self.place
        return replace(span, text=f"{span.text.partition('(')[0].rstrip()}{place}") if span is site else span

    def _heard(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        self.begins()
        name = getattr(func, "__name__", "")
        if func is Tensor.backward:
            return self.backward(func, args[:1], args, kwargs)
        if func is torch.autograd.grad:
            return self._differentiate(func, args, kwargs)
        if func is Tensor.retain_grad:
            with undisturbed_around(self._observer.retain(args[0])):
                return func(*args, **kwargs)
        if func is _REGISTER:
            handle = func(*args, **kwargs)
            with undisturbed():
                self._observer.hook(args[0])
            return handle
        if func in _SETTERS:
            if func == _DATA.__set__:
                with undisturbed():
                    if same_memory(*args[:2]):
                        return func(*args, **kwargs)  # as `w.data -= 1` does after it wrote
                    self._observer.shares(args[0])
            with undisturbed_around(self._observer.changing(args[0], _SETTERS[func])):
                return func(*args, **kwargs)
        in_place = name in _IN_PLACE or (name.endswith("_") and not name.endswith("__"))
        if in_place or kwargs.get("inplace"):
            return self._in_place(func, name, args, kwargs)
        if statistics := updated_statistics(func, args, kwargs):
            return self._updating(statistics, func, args, kwargs)
        result = func(*args, **kwargs)
        if func == _DATA.__get__:
            with undisturbed():
                self._observer.shares(result)
        self.made(result, args, kwargs)
        return result

    def backward(self, func: Any, roots: Sequence[Tensor], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call a function that runs a backward from these roots, and report it."""
        if self._cannot_hear(roots):
            return self._unheard(func, args, kwargs)
        given = _given(("root", "gradient", "retain_graph", "create_graph"), args, kwargs)
        around = self._observer.backward(self.here(), roots[0], _keeps(given), roots[1:])
        with undisturbed_around(around), self._in_backward():
            return func(*args, **kwargs)

    def _differentiate(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if _inside_functional():
            return func(*args, **kwargs)
        given = _given(("outputs", "inputs", "grad_outputs", "retain_graph", "create_graph"), args, kwargs)
        roots, inputs = listed(given["outputs"]), listed(given["inputs"])
        if not roots:
            return func(*args, **kwargs)  # which raises
        if self._cannot_hear([*roots, *inputs]):
            return self._unheard(func, args, kwargs)
        around = self._observer.differentiate(self.here(), roots[0], inputs, _keeps(given), roots[1:])
        with undisturbed_around(around) as take:
            with self._in_backward():
                result = func(*args, **kwargs)
            with undisturbed():
                take(result)
            return result

    def _cannot_hear(self, ends: Sequence[Any]) -> bool:
        """Whether a backward from or to these cannot be recorded."""
        return runs_compiled_autograd() or not all(isinstance(one, Tensor) for one in ends)

    def _unheard(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call a function that runs a backward as it runs without a recording, and say so."""
        with self.apart(), self._in_backward():
            result = func(*args, **kwargs)
        self._observer.warned(_UNHEARD, RECORDER)
        return result

    def _in_place(self, func: Any, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        thing = args[0] if args else next(iter(kwargs.values()))
        what: ChangeKind = "requires_grad" if name in _OF_THE_GRAPH else "value"
        # A layer's constructor initializes parameters that nothing holds yet.
        changing = nullcontext() if self._sites.in_constructor() else self._observer.changing(thing, what)
        with undisturbed_around(changing), undisturbed_around(self._writing(func, thing, args, kwargs)):
            result = func(*args, **kwargs)
            if what == "value":
                self.made(thing if result is None else result, args, kwargs)
            return result

    def _updating(
        self, statistics: Sequence[Tensor], func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        """Call a function that updates running statistics, and report these and the result."""
        with ExitStack() as stack:
            for one in statistics:
                with undisturbed():
                    self._observer.shares(one)
                stack.enter_context(undisturbed_around(self._observer.changing(one, "value")))
            result = func(*args, **kwargs)
        written = {id(one) for one in statistics}  # the call reads others: those of the batch
        self.made(result, [one for one in (*args, *kwargs.values()) if id(one) not in written], {})
        return result

    def _writing(
        self, func: Any, thing: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> AbstractContextManager[None]:
        """Return the context for a call that may write into a view that autograd records."""
        needs_grad = any(one.requires_grad for one in _tensors((*args, *kwargs.values())))
        if func is Tensor.__setitem__ and needs_grad and torch.is_grad_enabled():
            return storing(self._observer, *args)
        if not (isinstance(thing, Tensor) and thing._is_view() and needs_grad and torch.is_grad_enabled()):
            return nullcontext()
        rest = args[1:] if args else ()
        base = thing if thing._base is None else thing._base

        def again(copy: Tensor) -> None:
            with torch.random.fork_rng(devices=()):  # the script's random numbers stay as they are
                func(copy, *rest, **kwargs)

        return self._observer.writing(base, lambda: thing, again)

    def made(self, result: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Report the tensors that a call made."""
        if isinstance(result, Tensor):
            made: Sequence[Any] = (result,)
        elif isinstance(result, (list, tuple)) and result:  # `x.max(dim=0)` returns a tuple of a class of its own
            made = result
        else:
            return
        with undisturbed():
            operands = list(_tensors((*args, *kwargs.values()) if kwargs else args))
            here = self.here()
            for one in made:
                # What a layer's constructor makes has the layer's name.
                if isinstance(one, Tensor) and (one.requires_grad or not self._sites.in_constructor()):
                    self._observer.operation(here, one, operands)
                    operands = [] if one.requires_grad else operands  # what led to the first led to the others


def _inside_functional() -> bool:
    """Whether `torch.autograd.functional` differentiates, once for each row of its result: a part of a call."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(("torch.", "viz.intercepting")):
        if frame.f_globals["__name__"] == torch.autograd.functional.__name__:
            return True
        frame = frame.f_back
    return False


def storing(observer: Observer, thing: Tensor, key: Any, value: Any) -> AbstractContextManager[None]:
    """Return the context for `thing[key] = value`, where the key makes a view."""

    def again(copy: Tensor) -> None:
        copy[...] = value

    return observer.writing(thing if thing._base is None else thing._base, lambda: thing.detach()[key], again)


def listed(given: Any) -> list[Any]:
    """Return the roots, or the inputs, that a backward was given: one, or several of them."""
    return [given] if isinstance(given, (Tensor, GradientEdge)) else list(given)


def _given(names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return dict(zip(names, args, strict=False)) | dict(kwargs)


def _tensors(things: Sequence[Any]) -> Iterator[Tensor]:
    for one in things:
        if isinstance(one, Tensor):
            yield one
        elif isinstance(one, (list, tuple)):
            yield from _tensors(one)


def _keeps(given: Mapping[str, Any]) -> bool:
    keeps = given.get("retain_graph")
    return bool(given.get("create_graph")) if keeps is None else bool(keeps)


def _nothing() -> None:
    """Do nothing."""
