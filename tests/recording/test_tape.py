"""A tape is a sequence that grows on request, and is the same for every thread."""

from __future__ import annotations

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import viz
from viz.frames.events import Assigned, Evaluated
from viz.frames.frame import SETUP, Frame
from viz.language.running import record
from viz.recording import Tape

SOURCE = """\
import torch
from torch import nn, optim
x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([1.0, 2.0, 3.0, 4.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.Adam([W, b], lr=0.1)

for iteration in range(100):
    optimizer.zero_grad()
    y_hat = W * x + b
    loss = criterion(y_hat, y)
    loss.backward()
    optimizer.step()

last = loss.item()
"""


def timeless(tape: Tape[object]) -> list[Frame]:
    """The frames without their times."""
    return [replace(frame, seconds=0.0) for frame in tape]


def test_a_tape_is_a_sequence_of_frames() -> None:
    tape = viz.run(SOURCE, 3)
    assert len(tape) == 8 + 3 * 5
    assert [frame.index for frame in tape] == list(range(23))
    assert tape[-1] is tape[22] and tape[8:10] == [tape[8], tape[9]]
    assert tape[-1] in tape
    with pytest.raises(IndexError):
        tape[23]


def test_requesting_iteration_40_records_up_to_it_and_no_further() -> None:
    tape = record(SOURCE)
    assert len(tape) == 0 and tape.recorded == 0
    assert [frame.iteration for frame in tape.iteration(40)] == [40] * 5
    assert tape.recorded == 41 and not tape.complete
    assert tape.total == 100


def test_a_tape_has_the_parts_of_a_program() -> None:
    tape = viz.run(SOURCE)
    assert [(frame.iteration, frame.phase) for frame in tape.setup] == [(SETUP, "setup")] * 8
    assert {(frame.iteration, frame.phase) for frame in tape.iteration(99)} == {(99, "loop")}
    assert [(frame.iteration, frame.phase, frame.line) for frame in tape.after] == [(100, "after", 17)]
    assert tape.after[0].event == Assigned(("last",))
    assert (tape.recorded, tape.total, tape.complete, tape.error) == (100, 100, True, None)
    assert list(tape) == [*tape.setup, *(frame for k in range(100) for frame in tape.iteration(k)), *tape.after]
    for wrong in (100, -1):
        with pytest.raises(IndexError):
            tape.iteration(wrong)


def test_a_program_without_a_loop_is_one_iteration() -> None:
    tape = viz.run("a = 1\nb = a + 1\nb == 2")
    assert tape.setup == () and tape.after == ()
    assert [(frame.iteration, frame.phase) for frame in tape] == [(0, "loop")] * 3
    assert (tape.recorded, tape.total, tape.complete) == (1, 1, True)
    assert tape[-1].event == Evaluated("b == 2")


def test_a_loop_that_never_runs_is_followed_by_the_code_after_it() -> None:
    tape = viz.run("a = 1\nfor i in range(0): a = 2\nc = a")
    assert (tape.recorded, tape.complete, tape[-1].phase, tape[-1].iteration) == (0, True, "after", 0)
    assert tape[-1].variables["c"].value == 1
    assert "i" not in tape[-1].variables


def test_an_empty_program_has_no_frames() -> None:
    tape = viz.run("# nothing but a comment\n'''and a text'''\n")
    assert (len(tape), tape.complete, tape.error, tape.recorded) == (0, True, None, 1)


def test_the_loop_counts_as_range_does() -> None:
    tape = viz.run("n = 3\nfor i in range(10, -n, -4): a = i")
    assert tape.total == 4
    assert [tape.iteration(k)[0].variables["i"].value for k in range(4)] == [10, 6, 2, -2]
    assert tape.recorded == 4


def test_several_statements_on_a_line_and_comments_are_as_in_python() -> None:
    tape = viz.run("a = 1; b = 2  # two\n\n# none\nc = (a +\n     b)\n")
    assert [frame.line for frame in tape] == [1, 1, 4]
    assert tape[-1].variables["c"].value == 3


def test_an_error_ends_the_tape_and_keeps_the_frames_before_it() -> None:
    tape = viz.run(SOURCE.replace("optimizer.step()", "z = 1 / (2 - iteration)"))
    assert tape.error is not None and tape.error.kind == "ZeroDivisionError"
    assert tape.recorded == 2 and tape.complete
    assert len(tape.iteration(2)) == 5 and tape.iteration(2)[-1].error is tape.error
    assert tape.after == ()
    with pytest.raises(IndexError):
        tape.iteration(3)
    assert tape.record(50) == 2


def test_an_error_in_the_set_up_leaves_no_iterations() -> None:
    tape = viz.run("import torch\na = 1 / 0\nfor i in range(3): b = 1")
    assert tape.recorded == 0 and tape.complete and len(tape.setup) == 2
    with pytest.raises(IndexError):
        tape.iteration(0)


def test_recording_stops_when_the_time_is_up() -> None:
    tape = record(SOURCE)
    tape.record(1)
    start = time.thread_time()
    reached = tape.record(1000, seconds=0.0)
    assert reached == tape.recorded == 2
    assert time.thread_time() - start < 1


def test_equal_sources_have_equal_tapes() -> None:
    assert timeless(viz.run(SOURCE, 20)) == timeless(viz.run(SOURCE, 20))


def test_recording_in_pieces_makes_the_same_tape() -> None:
    tape = record(SOURCE)
    for number in (3, 0, 7, 19, 5):
        tape.iteration(number)
    assert timeless(tape) == timeless(viz.run(SOURCE, 20))


def test_frames_can_be_pickled() -> None:
    tape = viz.run(SOURCE, 5)
    assert pickle.loads(pickle.dumps(list(tape))) == list(tape)


def test_a_frame_is_complete_without_its_neighbours() -> None:
    frame = pickle.loads(pickle.dumps(viz.run(SOURCE, 2)[-1]))
    assert set(frame.variables) >= {"x", "y", "W", "b", "loss", "iteration", "torch"}
    assert frame.variables["loss"].node == len(frame.graph.nodes) - 1


def test_neighbouring_frames_share_what_did_not_change() -> None:
    zero_grad, forward, criterion, backward, step = viz.run(SOURCE, 3).iteration(2)
    assert criterion.variables["x"] is step.variables["x"]
    assert forward.graph.nodes[0] is criterion.graph.nodes[0]
    assert backward.graph.nodes[-1] is step.graph.nodes[-1]
    assert zero_grad.variables["criterion"] is step.variables["criterion"]
    mul = next(node for node in step.graph.nodes if node.name == "MulBackward0")
    assert step.variables["x"].value is mul.saved[0].value


def test_eight_threads_that_request_one_tape_get_the_same_frames() -> None:
    tape = record(SOURCE)
    barrier = threading.Barrier(8)

    def ask(place: int) -> list[Frame]:
        barrier.wait()
        return [frame for number in range(place % 3, 60, 3) for frame in tape.iteration(number)]

    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(ask, range(8)))
    alone = viz.run(SOURCE, 60)
    assert timeless(tape)[: len(alone)] == timeless(alone)
    for place, frames in enumerate(asked):
        assert frames == [frame for number in range(place % 3, 60, 3) for frame in tape.iteration(number)]


def test_recorded_frames_can_be_read_while_more_are_recorded() -> None:
    tape = viz.run(SOURCE, 5)
    with ThreadPoolExecutor(1) as pool, tape._lock:  # as a long recording would
        read = pool.submit(lambda: (tape.iteration(4), tape.setup, tape[-1], tape.recorded, tape.bytes))
        assert read.result(timeout=5)[3] == 5


def test_the_reported_size_of_a_tape_is_about_the_memory_it_takes() -> None:
    import tracemalloc

    tape = viz.run(SOURCE, 20)
    before = tape.bytes
    tracemalloc.start()
    tape.record(100)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.5 < (tape.bytes - before) / taken < 2


def test_an_interrupted_recording_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    tape = viz.run(SOURCE, 2)
    monkeypatch.setattr("viz.recording.recorder.Recorder.frame", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tape.record(3)
    assert tape.complete and tape.recorded == 2
