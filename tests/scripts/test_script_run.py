"""A file that Python itself runs is recorded part by part, and leaves nothing behind."""

from __future__ import annotations

import builtins
import gc
import importlib
import sys
import threading
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn, optim

from viz.frames.events import Backward, Entered, Evaluated
from viz.frames.plain import TracedCall
from viz.recording import Recorder, Tape
from viz.recording.reading.summaries import Summaries
from viz.scripts.recording import record_file
from viz.writing.sentences import sentence

Write = Callable[..., "Tape[Path]"]
HEAD = "import torch\nfrom torch import nn, optim\nw = torch.tensor(2.0, requires_grad=True)\n"


@pytest.fixture
def script(tmp_path: Path) -> Write:
    """Writes a file, and returns its tape."""

    def write(text: str, *arguments: str, head: str = HEAD) -> Tape[Path]:
        file = tmp_path / "script.py"
        file.write_text(head + text, encoding="utf-8")
        return record_file(file, arguments)

    return write


LOOP = """\
for iteration in range(5):
    loss = w * w
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
"""


def test_a_script_waits_until_its_next_iteration_is_requested(script: Write) -> None:
    tape = script(
        "ran = []\n" + LOOP.replace("    loss =", "    ran.append(iteration)\n    loss =") + "print(ran)\n"
    )
    assert tape.recorded == 0 and len(tape) == 0
    frames = tape.iteration(1)
    assert frames[-1].variables["ran"].text == "[0, 1]"
    assert tape.recorded == 2 and not tape.complete and tape.total is None
    tape.record(1000)
    assert [tape.recorded, tape.total, tape.complete] == [5, 5, True]
    assert tape.after[-1].printed == "[0, 1, 2, 3, 4]\n"


def test_a_script_that_never_trains_is_one_part(script: Write) -> None:
    tape = script("for i in range(3):\n    w = w * 2\nprint(w.item())\n")
    tape.record(1000)
    assert tape.recorded == 1 and tape.iteration(0)[-1].printed == "16.0\n"


def test_if_the_text_does_not_show_the_loop_it_is_the_one_around_the_first_backward(script: Write) -> None:
    train = "go = getattr(torch.Tensor, 'back' + 'ward')\nfor i in range(3):\n    go(w * w)\n"
    tape = script(train)
    tape.record(1000)
    backwards = [
        sum(isinstance(frame.event, Backward) for frame in tape.iteration(one)) for one in range(tape.recorded)
    ]
    assert backwards == [1, 1, 1]


def test_functions_and_methods_are_stepped_into_unless_a_library_calls_them(script: Write) -> None:
    text = """\
import copy
def square(a):
    b = a * a
    return b
class Double(nn.Module):
    def forward(self, x):
        y = 2 * x
        return y
    def __deepcopy__(self, memo):
        made = Double()
        return made
r = square(Double()(w))
s = copy.deepcopy(Double())
"""
    tape = script(text)
    tape.record(1)
    assert tape.error is None
    assert [frame.line for frame in tape.iteration(0)] == [1, 2, 3, 4, 5, 8, 10, 11, 6, 7, 15, 16]


def test_parameters_go_by_their_name_in_the_outermost_function_that_runs(script: Write) -> None:
    text = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 1)
    def forward(self, x):
        h = 2 * x
        return self.fc(h)
def main():
    net = Net()
    y = net(torch.ones(1))
    return y
main()
"""
    tape = script(text)
    tape.record(1)
    names = [{node.variable for node in frame.graph.nodes if node.kind == "leaf"} for frame in tape.iteration(0)]
    assert names[-4:-2] == [{"self.fc.weight", "self.fc.bias"}, {"net.fc.weight", "net.fc.bias"}]


def test_a_generator_is_run_and_not_stepped_into(script: Write) -> None:
    tape = script("def numbers():\n    for n in range(2):\n        yield n * w\ntotal = sum(numbers())\n")
    tape.record(1)
    frames = tape.iteration(0)
    assert [frame.line for frame in frames] == [1, 2, 3, 4, 7]
    assert frames[-1].variables["total"].value == 2.0


def test_an_exception_is_shown_on_the_innermost_line_of_the_file_with_its_names(script: Write) -> None:
    tape = script("def f(a):\n    k = 3\n    return a @ torch.ones(k)\nf(w)\n")
    tape.record(1)
    assert tape.error is not None
    assert (tape.error.line, tape.error.kind) == (6, "RuntimeError")
    assert "both arguments to matmul need to be at least 1D" in tape.error.message
    assert tape[-1].variables["k"].value == 3


IN_A_FUNCTION = """\
def train():
    for epoch in range(2):
        for batch in range(2):
            (w * w).backward()
            if epoch:
                raise ValueError("enough")
"""


def test_an_exception_belongs_to_the_iteration_that_raised_it_also_in_a_function(script: Write) -> None:
    tape = script(IN_A_FUNCTION + "try:\n    train()\nfinally:\n    left = 1\n")
    tape.record(1000)
    assert [tape.recorded, tape.complete, tape.after] == [2, True, ()]
    *_, left, error = tape.iteration(2)
    assert (left.line, left.error, left.phase) == (13, None, "loop")
    assert (error.line, error.error and error.error.kind, error.phase) == (9, "ValueError", "loop")


@pytest.mark.parametrize(
    "text",
    ["try:\n    train()\nexcept ValueError:\n    pass\n", "with suppress(ValueError):\n    train()\n"],
    ids=["try", "with"],
)
def test_an_exception_that_is_taken_outside_of_the_loop_ends_the_loop(script: Write, text: str) -> None:
    tape = script("from contextlib import suppress\n" + IN_A_FUNCTION + text + "left = 1\n")
    tape.record(1000)
    assert [tape.recorded, tape.total, tape.error] == [3, 3, None]
    assert tape.after[-1].line == len(tape.source.splitlines())


def test_an_exception_has_its_traceback_in_the_users_files(
    script: Write, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shaping.py").write_text("def shaped(x):\n    return x.reshape(5)\n", encoding="utf-8")
    text = """\
import shaping
class Net(nn.Module):
    def forward(self, x):
        return shaping.shaped(x)
Net()(w)
"""
    tape = script(text)
    tape.record(1)
    sys.modules.pop("shaping", None)
    file = str(tmp_path / "script.py")
    assert tape.error is not None
    assert tape.error.traceback == (
        TracedCall(file, 8, "<module>", "Net()(w)"),
        TracedCall(file, 7, "forward", "return shaping.shaped(x)"),
        TracedCall("shaping.py", 2, "shaped", "return x.reshape(5)"),
    )
    printed = capfd.readouterr().err.splitlines()
    assert printed[0] == "Traceback (most recent call last):"
    assert printed[1] == f'  File "{file}", line 8, in <module>'
    assert printed[-1] == "RuntimeError: shape '[5]' is invalid for input of size 1"
    assert not any("viz" in line for line in printed if line.startswith("  File"))


def test_of_a_long_traceback_the_middle_is_left_out(script: Write) -> None:
    tape = script("def f(n):\n    return f(n - 1) if n else 1 / 0\nf(100)\n")
    tape.record(1)
    assert tape.error is not None
    calls = tape.error.traceback
    assert [one.line for one in calls] == [6, *[5] * 19]
    assert [one.omitted for one in calls] == [0] * 10 + [102 - 20] + [0] * 9


@pytest.mark.parametrize(
    ("end", "printed"),
    [
        ("sys.exit('no data')", "no data\n"),
        ("sys.exit(3)", ""),
        (
            "sys.excepthook = lambda kind, *rest: print(kind, file=sys.stderr)\n1 / 0",
            "<class 'ZeroDivisionError'>\n",
        ),
    ],
)
def test_an_uncaught_exception_is_printed_as_python_prints_it(
    script: Write, capfd: pytest.CaptureFixture[str], end: str, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    tape = script(f"import sys\n{end}\n")
    tape.record(1)
    assert capfd.readouterr().err == printed


def test_an_exception_that_the_script_catches_is_not_an_error(script: Write) -> None:
    text = """\
def f(a):
    raise ValueError(a)
try:
    f(w)
except ValueError as error:
    caught = str(error)
again = w * 3
"""
    tape = script(text)
    tape.record(1)
    assert tape.error is None
    assert [frame.line for frame in tape.iteration(0)][-3:] == [8, 9, 10]
    assert tape[-1].event != Evaluated("") and tape[-1].variables["again"].value == 6.0


@pytest.mark.parametrize(("code", "error"), [("0", None), ("None", None), ("3", "SystemExit")])
def test_sys_exit_ends_a_script_and_is_an_error_if_its_status_says_so(
    script: Write, code: str, error: str | None
) -> None:
    tape = script(f"import sys\nsys.exit({code})\n")
    tape.record(1)
    assert tape.complete and (tape.error.kind if tape.error else None) == error


def test_a_script_sees_itself_as_the_main_program_with_its_arguments(script: Write, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("number = 7\n", encoding="utf-8")
    text = "import sys, beside\nprint(__name__, sys.argv[1:], sys.modules['__main__'].w is w, beside.number)\n"
    tape = script(text + "print([name for name in globals() if 'viz' in name])\n", "--lr", "0.1")
    tape.record(1)
    assert tape[-2].printed == "__main__ ['--lr', '0.1'] True 7\n"
    assert tape[-1].printed == "[]\n"
    sys.modules.pop("beside", None)


FAR = """\
y = w
for step in range(2100):
    y = y * 1.0001
y.backward()
open(__file__ + ".end", "w").write(str(w.grad.item()))
"""


def test_a_recording_that_is_full_ends_with_a_sentence_and_the_script_goes_on(
    script: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Summaries, "nodes", 2000)
    tape = script(FAR)
    tape.record(1)
    assert tape.error is not None and tape.complete
    assert tape.error.message == (
        "This part of the run builds a graph of at most 2,000 nodes; compute less in it. The recording ends here. "
        "The script goes on without it."
    )
    _join()
    assert float((tmp_path / "script.py.end").read_text()) == pytest.approx(1.0001**2100, rel=1e-3)


def test_an_error_of_the_recorder_is_not_an_error_of_the_script(
    script: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Recorder, optimizer: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr(Recorder, "zero_grad", broken)
    text = "net = nn.Linear(1, 1)\nnet(torch.ones(1)).backward()\nnet.zero_grad()\n"
    tape = script(text + "open(__file__ + '.end', 'w').write(str(net.weight.grad))\n")
    tape.record(1)
    assert tape.error is not None and tape.error.line == 6
    assert tape.error.message.startswith("The recorder raised ValueError: odd. The recording ends here")
    _join()
    assert (tmp_path / "script.py.end").read_text() == "None"


def _join() -> None:
    """Wait for the threads of scripts."""
    for thread in threading.enumerate():
        if thread.name == "run":
            thread.join(10)


def everything() -> dict[str, Any]:
    """Everything that recording could leave behind in torch and in Python."""
    optimizer: Any = importlib.import_module("torch.optim.optimizer")
    module: Any = importlib.import_module("torch.nn.modules.module")
    return {
        "step hooks": [dict(optimizer._global_optimizer_pre_hooks), dict(optimizer._global_optimizer_post_hooks)],
        "forward hooks": [dict(module._global_forward_pre_hooks), dict(module._global_forward_hooks)],
        "methods": [
            *[vars(one)["zero_grad"] for one in (optim.Optimizer, nn.Module)], vars(nn.Module)["train"],
            vars(torch.autograd.Function)["apply"], torch.autograd.backward,
            *[vars(torch.autograd.function.FunctionCtx)[name] for name in ("save_for_backward", "mark_dirty")],
            *[vars(kind)["step"] for kind in _schedulers() if "step" in vars(kind)],
            vars(optim.lr_scheduler.LRScheduler)["_initial_step"],
        ],
        "python": [sys.stdout, sys.argv, list(sys.path), sys.modules["__main__"], set(vars(builtins))],
        "garbage": gc.get_threshold(),
        "threads": {one.name for one in threading.enumerate() if one.name == "run"},
    }  # fmt: skip


def _schedulers() -> list[type]:
    found: list[type] = [optim.lr_scheduler.LRScheduler]
    for one in found:
        found.extend(one.__subclasses__())
    return found


ENDS = {
    "runs to its end": LOOP,
    "raises": LOOP + "raise ValueError\n",
    "raises inside a step": (
        "class Odd(optim.SGD):\n    def step(self, closure=None):\n        raise ValueError\n"
        "Odd([w], lr=0.1).step()\n"
    ),
    "exits": LOOP + "raise SystemExit(2)\n",
    "is interrupted": LOOP + "raise KeyboardInterrupt\n",
}


@pytest.mark.parametrize("text", ENDS.values(), ids=ENDS)
def test_a_script_leaves_no_hook_no_patch_and_no_reference_behind(script: Write, text: str) -> None:
    import torch._dynamo  # noqa: F401  # a first optimizer imports it, and it changes torch

    before = everything()
    watch = "import weakref, sys\nnet = nn.Linear(1, 1)\nsys._seen = weakref.ref(net)\n"
    tape = script(watch + text)
    tape.record(1000)
    assert tape.complete
    assert everything() == before
    del tape
    gc.collect()
    seen: weakref.ref[nn.Module] = sys.__dict__.pop("_seen")
    assert seen() is None


@pytest.mark.parametrize(
    "head", ["if True:\n", "def main():\n    global w\n"], ids=["in the file", "in a function"]
)
def test_a_script_that_nobody_needs_any_more_ends_where_it_waits(script: Write, head: str) -> None:
    before = everything()
    loop = "".join(f"        {line}\n" for line in LOOP.splitlines())
    tail = "main()\n" if "main" in head else ""
    tape = script(f"import sys\n{head}    try:\n{loop}    finally:\n        sys._left = 1\n{tail}")
    tape.record(2)
    del tape
    gc.collect()
    _join()
    assert sys.__dict__.pop("_left", None) == 1
    assert everything() == before


def test_functions_of_a_script_that_has_ended_can_still_be_called(script: Write) -> None:
    tape = script("import sys\ndef double(a):\n    return 2 * a\nsys._double = double\n")
    tape.record(1)
    assert sys.__dict__.pop("_double")(3) == 6


def test_changes_of_a_list_a_dict_and_a_mode_are_shown_on_the_line_that_made_them(script: Write) -> None:
    text = """\
rows = []
rows.append([1])
rows[0].append(2)
seen = {"a": rows}
seen["b"] = 3
net = nn.Dropout()
net.eval()
"""
    tape = script(text)
    tape.record(1)
    rows, seen = (
        [frame.variables[name].text for frame in tape if name in frame.variables] for name in ("rows", "seen")
    )
    assert rows[:3] == ["[]", "[[1]]", "[[1, 2]]"]
    assert seen[:2] == ["{'a': [[1, 2]]}", "{'a': [[1, 2]], 'b': 3}"]
    changed = [[(one.name, one.what) for one in frame.changes] for frame in tape]
    assert changed[4] == [("rows", "entries")] and changed[7] == [("seen['b']", "entry")]
    assert changed[9] == [("net", "training")]


def test_a_scripts_output_has_what_the_stream_of_the_process_has(script: Write) -> None:
    tape = script("import sys\nprint(sys.stdout.encoding, sys.stdout.isatty(), sys.stdout.errors)\n")
    tape.record(1)
    assert tape[-1].printed == f"{sys.stdout.encoding} {sys.stdout.isatty()} {sys.stdout.errors}\n"


def test_while_a_script_waits_the_process_is_as_it_was_and_afterwards_as_the_script_left_it(script: Write) -> None:
    text = (
        "import sys\nsys.path.append('further')\n"
        "named = [sys.argv[1], sys.path[-1], sys.modules['__main__'].w is w]\n"
    )
    before = everything()["python"][:-1], list(warnings.filters)
    tape = script(
        text.replace("named", "sys.argv[1] = 'changed'\nnamed") + LOOP + "named = [*named, sys.path[-1]]\n",
        "first",
    )
    for number in range(3):
        tape.iteration(number)
        assert (everything()["python"][:-1], list(warnings.filters)) == before
    tape.record(1000)
    assert tape[-1].variables["named"].text == "['changed', 'further', True, 'further']"


def test_a_module_of_ones_own_in_a_sequential_keeps_its_own_expressions(script: Write) -> None:
    text = """\
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
    def forward(self, x):
        return torch.relu(self.fc(x))
net = nn.Sequential(Block(), nn.Linear(2, 1), nn.Sequential(nn.Tanh()))
y = net(torch.ones(1, 2))
"""
    tape = script(text)
    tape.record(1)
    texts = {node.name: node.expression.text for node in tape[-1].graph.nodes if node.expression}
    assert texts["ReluBackward0"] == "torch.relu(self.fc(x))"
    assert texts["TanhBackward0"] == "net[2][0]"
    linear = [
        node.expression.text for node in tape[-1].graph.nodes if node.name == "AddmmBackward0" and node.expression
    ]
    assert linear == ["self.fc(x)", "net[1]"]
    # What a constructor writes into its parameters is no change of anything that the program had.
    assert [frame.changes for frame in tape] == [()] * len(tape)


def test_torch_autograd_backward_is_a_backward(script: Write) -> None:
    tape = script("loss = w * w\ntorch.autograd.backward(loss, retain_graph=True)\n")
    tape.record(1)
    event = tape[-1].event
    assert isinstance(event, Backward)
    assert [(one.name, one.after) for one in event.accumulations] == [("w", 4.0)]
    assert not any(node.freed for node in tape[-1].graph.nodes)


def test_a_random_write_into_a_view_draws_once(script: Write) -> None:
    text = "torch.manual_seed(5)\nh = torch.ones(4) * w\nh[:2].normal_()\nafter = torch.rand(1).item()\n"
    names: dict[str, Any] = {}
    before = torch.get_rng_state()
    try:
        exec(HEAD + text, names)
        tape = script(text)
        tape.record(1)
    finally:
        torch.set_rng_state(before)
    assert tape.error is None
    assert tape[-1].variables["after"].value == names["after"]


def test_only_the_head_of_a_block_that_sets_the_grad_mode_is_said_to_do_so(script: Write) -> None:
    tape = script(
        "from contextlib import suppress\nwith torch.no_grad():\n    a = w * 1\nwith suppress(ValueError):\n"
        "    b = w * 1\nwith torch.enable_grad(), suppress(ValueError):\n    c = w * 1\n"
    )
    tape.record(1)
    said = [sentence(frame) for frame in tape if isinstance(frame.event, Entered)]
    assert said == [
        "In this block, PyTorch builds no graph: torch.no_grad().",
        "This block begins: suppress(ValueError).",
        "In this block, PyTorch builds the graph: torch.enable_grad(), suppress(ValueError).",
    ]
