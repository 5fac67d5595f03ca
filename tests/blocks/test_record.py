"""`viz.record()` records what runs inside it, changes nothing, and leaves nothing behind."""

from __future__ import annotations

import gc
import linecache
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn, optim

import viz
from tests.scripts.test_script_run import everything
from viz.blocks.recording import Recording
from viz.explaining.chain import explain_chain
from viz.explaining.full_tensor import full_tensor
from viz.explaining.nodes import explain_node
from viz.explaining.optimizers import explain_step
from viz.frames.events import Assigned, Backward, Called, Cleared, Entered, Returned, Stepped
from viz.frames.graph import Graph
from viz.scripts.recording import record_file
from viz.writing.sentences import sentence


def train(net: nn.Module, x: torch.Tensor, optimizer: optim.Optimizer) -> torch.Tensor:
    hidden: torch.Tensor = net(x)
    loss: Any = hidden.square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return torch.detach(loss)


def small() -> tuple[nn.Module, torch.Tensor, optim.Optimizer]:
    generator = torch.Generator().manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    with torch.no_grad():
        for one in net.parameters():
            one.copy_(torch.rand(one.shape, generator=generator) - 0.5)
    return net, torch.rand(4, 2, generator=generator), optim.Adam(net.parameters(), lr=0.1)


def edges(graph: Graph) -> list[tuple[str, str, int, int]]:
    names = [node.name for node in graph.nodes]
    return sorted(
        (names[one.node], names[one.input], one.slot, one.input_nr) for one in graph.edges if one.gradient
    )


def test_a_block_has_a_step_for_each_statement_that_calls_torch() -> None:
    net, x, optimizer = small()
    with viz.record() as recording:
        loss = train(net, x, optimizer)
        rest = [1, 2]
        doubled = loss * len(rest)
    events = [type(one.event) for one in recording.frames]
    assert events == [Entered, Assigned, Assigned, Cleared, Backward, Stepped, Returned, *[Assigned] * 2]
    assert recording.frames[2].variables["hidden"].shape == (4, 1)
    assert recording.frames[-1].variables["doubled"].value == doubled.item()
    assert recording.frames[-1].variables["rest"].text == "[1, 2]"
    assert recording.problem is None


def test_other_contexts_in_the_head_of_a_block_are_part_of_it() -> None:
    w = torch.ones(3, requires_grad=True)
    with viz.record() as recording, torch.no_grad():
        y = w * 2
        z = y + 1
    assert [type(one.event) for one in recording.frames] == [Entered, Assigned, Assigned]
    assert recording.frames[0].event == Entered("viz.record(), torch.no_grad()", grad=False)
    assert recording.frames[-1].variables["z"].value == z.tolist()
    with viz.record() as empty, torch.no_grad():
        pass
    assert [one.event for one in empty.frames] == [Entered("viz.record(), torch.no_grad()", grad=False)]
    with viz.record() as recording:
        y = w * 2
        with torch.no_grad():
            z = y + 1
    assert [type(one.event) for one in recording.frames] == [Entered, Assigned, Called, Assigned, Called]
    assert recording.frames[0].event == Entered("viz.record()", None)


def test_a_backward_in_compiled_autograd_is_named_as_not_recorded() -> None:
    from torch._dynamo import compiled_autograd

    w = torch.ones(3, requires_grad=True)
    with viz.record() as recording:
        loss: Any = (w * w).sum()
        with compiled_autograd._enable(torch.compile(backend="eager")):
            loss.backward()
        again: Any = (w * w).sum()
        again.backward()
    assert recording.problem is None
    frame = next(one for one in recording.frames if one.warned)
    assert sentence(frame).startswith("The recorder warns: this backward is not recorded")
    assert frame.variables["w"].grad == [2.0, 2.0, 2.0]
    assert isinstance(recording.frames[-1].event, Backward)
    assert recording.frames[-1].variables["w"].grad == [4.0, 4.0, 4.0]


def test_the_graph_is_that_of_torch_with_the_gradients() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with viz.record() as recording:
        y: Any = (x * x).sum()
        traced = viz.trace(y)
        y.backward()
    names = [node.name for node in traced.nodes]
    theirs = sorted((names[one.node], names[one.input], one.slot, one.input_nr) for one in traced.edges)
    assert edges(recording.graph) == theirs
    (leaf,) = (node for node in recording.graph.nodes if node.kind == "leaf")
    assert (leaf.variable, leaf.contribution) == ("x", [2.0, 4.0])


def test_the_same_bits_as_without() -> None:
    results = []
    for recorded in (False, True):
        net, x, optimizer = small()
        for _ in range(3):
            if recorded:
                with viz.record():
                    train(net, x, optimizer)
            else:
                train(net, x, optimizer)
        results.append([*net.parameters(), *[one.grad for one in net.parameters()]])
    assert all(torch.equal(one, other) for one, other in zip(*results, strict=True))


def test_nothing_stays_behind_not_even_for_the_garbage_collector() -> None:
    before = everything()
    net, x, optimizer = small()
    gc.collect()
    gc.disable()
    try:
        with viz.record() as recording:
            hidden = net(x)
            train(net, x, optimizer)
        watched = [weakref.ref(hidden), weakref.ref(net), weakref.ref(x)]
        del hidden, net, x, optimizer
        assert [one() for one in watched] == [None, None, None]
    finally:
        gc.enable()
    assert everything() == before
    assert len(recording.frames) > 5


def test_an_exception_is_shown_on_its_line_and_leaves_nothing_behind() -> None:
    before = everything()
    w = torch.ones(3, requires_grad=True)

    def wrong() -> torch.Tensor:
        scaled = w * 2
        return scaled @ torch.ones(4)

    with pytest.raises(RuntimeError, match="inconsistent tensor size"), viz.record() as recording:
        wrong()
    last = recording.frames[-1]
    assert last.error is not None
    assert last.line == wrong.__code__.co_firstlineno + 2
    assert [one.function for one in last.error.traceback][1:] == ["wrong"]
    assert last.error.traceback[-1].text == "return scaled @ torch.ones(4)"
    assert last.variables["scaled"].value == [2.0, 2.0, 2.0]
    assert recording.problem is None
    assert everything() == before


def test_an_exception_that_the_block_catches_is_not_an_error() -> None:
    w = torch.ones(3, requires_grad=True)

    def wrong() -> None:
        v = w * 2
        raise ValueError(v)

    with viz.record() as recording:
        try:
            wrong()
        except ValueError:
            y = w + 1
        z = y * 2
    assert recording.frames[-1].variables["z"].value == [4.0, 4.0, 4.0]
    assert all(one.error is None for one in recording.frames)
    assert torch.equal(z, torch.full((3,), 4.0))


def test_a_recording_in_a_recording_is_refused_and_the_outer_one_goes_on() -> None:
    w = torch.ones(3, requires_grad=True)
    with viz.record() as recording:
        with pytest.raises(RuntimeError, match="cannot be nested"), viz.record():
            pass
        doubled = w * 2
    assert recording.frames[-1].variables["doubled"].value == doubled.tolist()
    with pytest.raises(RuntimeError, match="has run"), recording:
        pass


def test_a_script_that_ends_during_a_block_takes_nothing_from_it(tmp_path: Path) -> None:
    before = everything()
    file = tmp_path / "script.py"
    file.write_text(
        "import torch\nw = torch.ones(1, requires_grad=True)\nfor i in range(9):\n    (w * w).backward()\n"
    )
    tape = record_file(file)
    tape.iteration(0)
    net, x, optimizer = small()
    with viz.record() as recording:
        tape.record(1000)
        train(net, x, optimizer)
    assert tape.complete and tape.error is None
    assert [one.event for one in recording.frames if isinstance(one.event, Cleared)]
    assert everything() == before


@contextmanager
def _recorded() -> Iterator[Recording]:
    with viz.record() as recording:
        yield recording


def test_a_context_manager_of_ones_own_may_enter_the_block() -> None:
    w = torch.ones(2, requires_grad=True)
    for around in (_recorded(), ExitStack()):
        with around as given:
            recording = given.enter_context(viz.record()) if isinstance(given, ExitStack) else given
            y: Any = w * 3
            y.sum().backward()
        assert [type(one.event) for one in recording.frames] == [Entered, Assigned, Backward]
        assert y.requires_grad and len(recording.graph.nodes) == 3


@pytest.fixture
def entered() -> Iterator[Recording]:
    """A block that is entered before the test and left after it."""
    with viz.record() as recording:
        yield recording
    assert [node.name for node in recording.graph.nodes if node.kind == "operation"] == ["MulBackward0"]
    assert len(recording.frames) == 2


def test_a_block_that_a_fixture_enters_is_one_step(entered: Recording) -> None:
    w = torch.ones(2, requires_grad=True)
    y = w * 3
    assert y.requires_grad and entered.problem is None


def test_each_pass_of_a_loop_is_a_step_of_its_own() -> None:
    w = h = torch.tensor(1.0, requires_grad=True)
    cell = nn.Identity()
    with viz.record() as recording:
        for _ in range(3):
            h = h * w
        for _ in range(2):
            h = cell(h + w)
    assert len(recording.frames) == 6
    assert [one.variables["h"].value for one in recording.frames] == [1.0, 1.0, 1.0, 1.0, 2.0, 3.0]


def test_a_statement_has_what_its_comprehension_and_its_generator_do() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with viz.record() as recording:
        total = sum(one * 2 for one in w)
        rows = [w * k for k in range(2)]
    assert [one.event for one in recording.frames[1:]] == [Assigned(("total",)), Assigned(("rows",))]
    assert isinstance(total, torch.Tensor) and len(rows) == 2


def test_a_cell_of_a_notebook_is_a_file_and_code_without_a_source_has_lines() -> None:
    cell = "y = w * 3\nwith viz.record() as recording:\n    z = (w *\n         y)\n    z.sum().backward()\n"
    for source in (cell, ""):
        names: dict[str, Any] = {"w": torch.ones(2, requires_grad=True), "viz": viz, "_hidden": 1, "In": []}
        name = f"<cell {len(source)}>"
        if source:
            linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        exec(compile(cell, name, "exec"), names)
        frames = names["recording"].frames
        assert {"w", "y", "z"} <= frames[-1].variables.keys() and not {"In", "_hidden"} & frames[
            -1
        ].variables.keys()
        assert frames[-1].line == 5 and isinstance(frames[-1].event, Backward)
        assert names["recording"].tape.source == source
        made = [node.expression.text for node in frames[-1].graph.nodes if node.name == "MulBackward0"]
        assert ("w *\n         y" in made) == bool(source)


def test_the_locals_that_the_code_asked_for_stay_its_own() -> None:
    w = torch.ones(2)
    with viz.record():
        held = locals()
        w = w * 2
    assert "w" in held and held is locals()


def test_recording_imports_none_of_the_pages_libraries() -> None:
    code = (
        "import sys, viz, torch\n"
        "w = torch.ones(2, requires_grad=True)\n"
        "with viz.record() as recording: (w * w).sum().backward()\n"
        "assert recording.graph.nodes\n"
        "print([name for name in ('streamlit', 'plotly', 'pandas', 'graphviz') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_page_of_a_block_plays_offline(tmp_path: Path) -> None:
    net, x, optimizer = small()
    with viz.record() as recording:
        train(net, x, optimizer)
    recording.save(tmp_path / "step.html")
    page = (tmp_path / "step.html").read_text(encoding="utf-8")
    assert "hidden = net(x)" in page and 'id="tape"' in page


def test_every_node_of_a_recording_with_summaries_is_explained() -> None:
    net = nn.Sequential(nn.Linear(40, 50), nn.ReLU(), nn.Linear(50, 1))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with viz.record() as recording:
        net(torch.ones(3, 40)).sum().backward()
        optimizer.step()
    frame = recording.frames[-1]
    assert "summary" in str(explain_step(frame, "net[0].weight"))
    assert "summary" not in str(explain_step(frame, "net[0].bias"))
    for node in frame.graph.nodes:
        sections = explain_node(frame, node.id)
        assert sections
    assert "summary" in str(
        explain_node(frame, next(one.id for one in frame.graph.nodes if one.shape == (50, 40)))
    )
    leaf = next(one for one in frame.graph.nodes if one.variable == "net[0].weight")
    assert "summary" in str(explain_chain(frame, leaf.id))
    assert leaf.value is not None
    assert dict(full_tensor(leaf.value, leaf.shape, leaf.dtype).summary).keys() == {"min", "mean", "max", "norm"}
