"""The functions and methods of torch that draw random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from viz.language.runtime.entries import Function
from viz.language.runtime.kinds import Kind
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_call, check_count, check_creation, check_elements


def _manual_seed(seed: Any) -> None:
    """`torch.manual_seed`, for this run alone; returns None instead of torch's generator."""
    # torch.manual_seed itself would also set the seeds of other devices, which are not the run's.
    torch.default_generator.manual_seed(int(seed))


def _generator(device: Any = "cpu") -> torch.Generator:
    """`torch.Generator`, which begins with the same seed each time."""
    if str(device) != "cpu":
        raise NotHere("every generator of random numbers is on the CPU here")
    return torch.Generator()


def _normal(*args: Any, **options: Any) -> torch.Tensor:
    """`torch.normal` of two numbers and a size, or of tensors, whose shapes determine the size.

    Raises TypeError if autograd would record it: torch sends no gradient to `mean` and `std` in any case.
    """
    tensors = [one for one in (*args, *options.values()) if isinstance(one, torch.Tensor)]
    if torch.is_grad_enabled() and any(one.requires_grad for one in tensors):
        raise NotHere(
            "`torch.normal` sends no gradient to `mean` and `std`; `mean + std * torch.randn_like(mean)` does"
        )
    if tensors:
        check_call(torch.normal, args, {name: one for name, one in options.items() if name != "generator"})
    else:
        check_creation(torch.normal, args, options)
    made: torch.Tensor = torch.normal(*args, **options)
    return made


def _multinomial(input: Any, num_samples: Any, replacement: Any = False, **options: Any) -> torch.Tensor:
    """`torch.multinomial`, of which each row has as many numbers as the program says."""
    check_count(num_samples)
    if isinstance(input, torch.Tensor) and isinstance(num_samples, int):
        check_elements(num_samples * (len(input) if input.dim() > 1 else 1))
    return torch.multinomial(input, num_samples, replacement, **options)


def _from(call: Callable[..., Any]) -> Callable[..., Any]:
    """A function that draws, from a generator if the program names one."""

    def draw(*args: Any, **options: Any) -> Any:
        if not isinstance(options.get("generator"), (torch.Generator, type(None))):
            raise NotHere("`generator` is a `torch.Generator()`")
        return call(*args, **options)

    return draw


def _maker(name: str, positional: int, names: str) -> Function:
    call = getattr(torch, name)
    keywords = frozenset({*names.split(), "dtype", "requires_grad", "device", "generator"})
    return Function(f"torch.{name}", _from(call), positional, keywords, call, creates=True, draws=True)


_LIKE = frozenset({"input", "dtype", "requires_grad", "device"})

#: The members of `torch` that draw.
FUNCTIONS: dict[str, Function] = {
    "rand": _maker("rand", 7, "size"),
    "randn": _maker("randn", 7, "size"),
    "randint": _maker("randint", 3, "low high size"),
    "randperm": _maker("randperm", 1, "n"),
    "normal": Function(
        "torch.normal",
        _from(_normal),
        3,
        frozenset({"mean", "std", "size", "dtype", "requires_grad", "device", "generator"}),
        draws=True,
    ),
    "rand_like": Function("torch.rand_like", torch.rand_like, 1, _LIKE, draws=True),
    "randn_like": Function("torch.randn_like", torch.randn_like, 1, _LIKE, draws=True),
    "bernoulli": Function(
        "torch.bernoulli", _from(torch.bernoulli), 1, frozenset({"input", "generator"}), draws=True
    ),
    "multinomial": Function(
        "torch.multinomial",
        _from(_multinomial),
        3,
        frozenset({"input", "num_samples", "replacement", "generator"}),
        draws=True,
    ),
    "Generator": Function("torch.Generator", _generator, 1, frozenset({"device"})),
    "manual_seed": Function("torch.manual_seed", _manual_seed, 1, frozenset({"seed"}), draws=True),
}

#: The methods of a tensor that draw.
METHODS: dict[str, Function] = {
    "uniform_": Function(
        "Tensor.uniform_", _from(torch.Tensor.uniform_), 3, frozenset({"generator"}), draws=True, changes="value"
    ),
    "normal_": Function(
        "Tensor.normal_",
        _from(torch.Tensor.normal_),
        3,
        frozenset({"mean", "std", "generator"}),
        draws=True,
        changes="value",
    ),
}
KINDS: dict[type, Kind] = {
    torch.Generator: Kind(
        says="a generator of random numbers",
        inside=lambda generator: (),
        methods={
            "manual_seed": Function("Generator.manual_seed", torch.Generator.manual_seed, 2, frozenset({"seed"})),
            "initial_seed": Function("Generator.initial_seed", torch.Generator.initial_seed, 1),
        },
    ),
}
