"""Explains PyTorch's autograd: runs a small training program and records the graph, its values and its gradients.

    import viz
    tape = viz.run(source)
    tape[-1].variables["W"].value

Or reads the graph behind tensors that any code has made:

    graph = viz.trace(loss)

Or records what runs inside a block of any code:

    with viz.record() as recording:
        loss.backward()
    recording.graph

What needs torch is imported when it is first asked for, so that the plain parts stay cheap to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viz.blocks.recording import record
    from viz.language import Refused, parse, run, surface
    from viz.recording.tracing import trace

__all__ = ["Refused", "parse", "record", "run", "surface", "trace"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "trace":
        from viz.recording.tracing import trace

        return trace
    if name == "record":
        from viz.blocks.recording import record

        return record
    from viz import language

    return getattr(language, name)
