"""A sentence says what its line changed in place, from the recording and not from the text of the line."""

from __future__ import annotations

from dataclasses import replace

import pytest

import viz
from viz.frames.changes import Change
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.writing.changes import EVALUATION
from viz.writing.ledger import ledger_texts
from viz.writing.line_values import code_text
from viz.writing.sentences import sentence

#: Every form of a change through an attribute, an index or a chain; the comment below it is the sentence.
FORMS = """\
import torch
from torch import nn
import numpy as np
x = torch.tensor([1.0, 2.0, 3.0])
x[0] = 5.0
# changed x[0] from 1.000 to 5.000 in place
x[1].add_(10.0)
# changed x[1] from 2.000 to 12.00 in place
x.view(3, 1).mul_(2.0)
# changed x from [5.00, 12.0 …] to [10.0, 24.0 …] in place
x[1:] += 1.0
# changed x from [10.0, 24.0 …] to [10.0, 25.0 …] in place
x.detach()[2] = 8.0
# changed x[2] from 7.000 to 8.000 in place
x[:, None].zero_()
# changed x from [10.0, 25.0 …] to [0, 0 …] in place
x.reshape(1, 3).add_(1.0)
# changed x from [0, 0 …] to [1.00, 1.00 …] in place
x[x > 0] = 2.0
# changed x from [1.00, 1.00 …] to [2.00, 2.00 …] in place
y = x.mul_(2.0).sum()
# changed x from [2.00, 2.00 …] to [4.00, 4.00 …] in place
x.numpy()[1] = 0.5
# changed x[1] from 4.000 to 0.5000 in place
rows = [[1], [2]]
rows[0].append(7)
# changed rows[0] from [1] to [1, 7] in place
rows[1] += [3]
# changed rows[1] from [2] to [2, 3] in place
rows[0][1] = 9
# set rows[0][1] from 7 to 9
last = rows.pop()
# changed rows from [[1, 9], [2, 3]] to [[1, 9]] in place
rows += [4]
# changed rows from [[1, 9]] to [[1, 9], 4] in place
d = {"a": [1]}
d["a"].append(2)
# changed d['a'] from [1] to [1, 2] in place
d["b"] = 3
# set d['b'] to 3
d.pop("a")
# changed d from {'a': [1, 2], 'b': 3} to {'b': 3} in place
many = [0.25] * 100
many.append(0.5)
# changed many from 100 entries to 101 entries in place
many[7] = 4.0
# set many[7] from 0.25 to 4.0
w = torch.tensor([1.0, 2.0], requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
opt.param_groups[0]["lr"] = 0.5
# set opt.param_groups[0]['lr'] from 0.1 to 0.5
opt.param_groups[0]["momentum"] = 0.9
# set opt.param_groups[0]['momentum'] from 0 to 0.9
opt.add_param_group({"params": [torch.zeros(1, requires_grad=True)]})
# changed opt.param_groups from 1 entry to 2 entries in place
w.requires_grad = False
# set w.requires_grad from True to False
w.requires_grad_()
# set w.requires_grad from False to True
layer = nn.Linear(2, 1)
zeros = nn.init.zeros_(layer.weight), nn.init.zeros_(layer.bias)
nn.init.ones_(layer.weight)
# changed layer.weight from [[0 …]] to [[1.00 …]] in place
nn.init.constant_(tensor=layer.bias, val=2.0)
# changed layer.bias from 0 to 2.000 in place
with torch.no_grad():
    layer.weight.fill_(3.0)
# changed layer.weight from [[1.00 …]] to [[3.00 …]] in place
    layer.weight[0, 1] = 9.0
# changed layer.weight[0, 1] from 3.000 to 9.000 in place
    layer.bias.sub_(2.0)
# changed layer.bias from 2.000 to 0 in place
net = nn.Sequential(nn.Linear(1, 1))
zero = nn.init.zeros_(net[0].weight)
with torch.no_grad():
    net[0].weight.fill_(2.0)
# changed net[0].weight from 0 to 2.000 in place
net.requires_grad_(False)
# set net[0].weight.requires_grad from True to False and net[0].bias.requires_grad from True to False
a = np.array([1.0, 2.0])
t = torch.from_numpy(a)
a[0] = 7.0
# changed a[0] from 1.000 to 7.000 and t[0] from 1.000 to 7.000 in place
a += 1.0
# changed a from [7.000, 2.000] to [8.000, 3.000] and t from [7.000, 2.000] to [8.000, 3.000] in place
t.add_(1.0)
# changed a from [8.000, 3.000] to [9.000, 4.000] and t from [8.000, 3.000] to [9.000, 4.000] in place
(w * 2).sum().backward()
w.grad[0] = 100.0
# set w.grad[0] from 2.000 to 100.0
w.grad.zero_()
# set w.grad from [100.0, 2.000] to [0, 0]
w.grad += 4
# set w.grad from [0, 0] to [4.000, 4.000]
w.grad = torch.tensor([1.0, 1.0])
# set w.grad from [4.000, 4.000] to [1.000, 1.000]
w.grad = None
# set w.grad from [1.000, 1.000] to None
layer.weight.grad = torch.zeros(1, 2)
# set layer.weight.grad from None to [[0 …]]
layer.weight.grad.add_(2.0)
# set layer.weight.grad from [[0 …]] to [[2.00 …]]
params = [torch.zeros(2, requires_grad=True), torch.ones(1)]
params[0].grad = torch.ones(2)
# set params[0].grad from None to [1.000, 1.000]
params[0].grad.mul_(3.0)
# changed params[0].grad from [1.000, 1.000] to [3.000, 3.000] in place
params[1][0] = 6.0
# changed params[1] from 1.000 to 6.000 in place
params[1].requires_grad = True
# set params[1].requires_grad from False to True
z = w * 2
z.grad = torch.ones(2)
# set z.grad from None to [1.000, 1.000]
"""


def test_every_form_of_a_change_says_what_it_changed() -> None:
    tape = viz.run(FORMS)
    assert tape.error is None, tape.error
    said = {frame.line: sentence(frame) for frame in tape}
    wanted = {number: line[2:] for number, line in enumerate(FORMS.splitlines()) if line.startswith("# ")}
    assert len(wanted) == 47
    for number, change in wanted.items():
        also = said[number].partition(". It also ")[2]
        assert (also or said[number].removeprefix("The line ")) == f"{change}."


def last_of(source: str) -> Frame:
    tape = viz.run(source)
    assert tape.error is None, tape.error
    return tape[-1]


BACKWARD = """\
import torch
W = torch.tensor([1.0, 2.0], requires_grad=True)
(W * 3).sum().backward()
"""


def test_a_grad_set_to_zero_is_beside_its_line_and_in_the_ledger_without_a_sum() -> None:
    frame = last_of(BACKWARD + "W.grad.zero_()\n")
    assert sentence(frame) == "The line set W.grad from [3.000, 3.000] to [0, 0]."
    assert code_text(frame) == ("W.grad [0, 0]", "gradient")
    assert ledger_texts(frame, {"W": 0}) == {"l0.before": "", "l0.contribution": "", "l0.after": "[0, 0]"}


def test_the_ledger_has_what_was_added_to_the_leaf_that_the_name_holds_now() -> None:
    frame = last_of(BACKWARD)
    assert isinstance(frame.event, Backward)
    (held,) = frame.event.accumulations
    other = replace(held, node=held.node + 99, contribution=[7.0, 7.0], after=[7.0, 7.0])
    wanted = {"l0.before": "None", "l0.contribution": "[3.000, 3.000]", "l0.after": "[3.000, 3.000]"}
    for accumulations in ((held, other), (other, held)):
        two = replace(frame, event=replace(frame.event, accumulations=accumulations))
        assert ledger_texts(two, {"W": 0}) == wanted


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("W.grad.zero_()\nW.grad.zero_()", "W.grad was [0, 0] already."),
        ("W.grad = None\nW.grad = None", "W.grad was None already."),
        ("W.requires_grad = True", "W.requires_grad was True already."),
        ("x = torch.ones(2)\nx.fill_(1)", "x was written in place and stays [1.000, 1.000]."),
        ("x = torch.ones(2)\nx[0] = 1.0", "x was written in place and stays [1.000, 1.000]."),
    ],
)
def test_setting_a_value_to_itself_says_so(line: str, said: str) -> None:
    assert sentence(last_of(BACKWARD + line + "\n")) == said


def test_what_is_not_changed_is_not_said_to_have_changed() -> None:
    assert last_of(BACKWARD + "x = torch.ones(2)\ny = x.contiguous()\n").changes == ()
    assert (
        sentence(last_of(BACKWARD + "(W * 2).relu_()\n"))
        == "(W * 2).relu_() was computed, but its result was not kept."
    )
    assert sentence(last_of(BACKWARD + "torch.ones(2)[0] = 2\n")) == "The line changed nothing that a name holds."


def test_a_loop_over_parameters_says_whose_grad_it_changed() -> None:
    source = BACKWARD + "for p in [W]:\n    p.grad.mul_(2.0)\n"
    frame = viz.run(source)[-2]
    assert sentence(frame) == "The line set W.grad from [3.000, 3.000] to [6.000, 6.000]."


def test_a_function_that_changes_its_argument_uses_its_own_name_for_it() -> None:
    frames = viz.run("import torch\ndef double(v):\n    v.mul_(2)\n    return v\ny = double(torch.ones(2))\n")
    assert sentence(frames[2]) == "The line changed v from [1.000, 1.000] to [2.000, 2.000] in place."


def test_changes_before_and_after_a_function_call_are_attributed_to_the_calling_line() -> None:
    head = """\
import torch
w = torch.tensor(2.0, requires_grad=True)
u = torch.tensor(3.0)
loss = w ** 2
def f(a, c=0):
    u.add_(4)
    b = a + 1
    return b
"""

    def said(line: str) -> list[str]:
        return [sentence(frame) for frame in viz.run(head + line) if frame.line in (7, 9)]

    assert said("y = f(w * 2)") == [
        "b is 5.000. PyTorch built AddBackward0 for it.",
        "y is 5.000; AddBackward0 is its grad_fn.",
    ]
    assert said("y = f(1, ) * u.mul_(2)")[1] == (
        "y is 28.00; it requires no gradient. It also changed u from 7.000 to 14.00 in place."
    )
    assert said("y = u.mul_(2) * f(u.mul_(3))")[1] == (
        "y is 506.0; it requires no gradient. It also changed u from 3.000 to 18.00 in place."
    )
    assert said("u.mul_(2).add_(f(1))") == [
        "b is 2.",
        "The line changed u from 3.000 to 6.000 and u from 10.00 to 12.00 in place.",
    ]
    assert said("u = f(u.mul_(2)) * 0.5")[1] == "u is 5.500; it requires no gradient."  # a new tensor
    assert said("f(1, loss.backward())")[1] == "loss.backward() added 4.000 to w.grad, which was None."
    assert said("f(1, print('out'))")[1] == "It printed out."


def test_rebinding_a_name_is_not_a_change_of_its_former_value() -> None:
    head = "import torch\ndef f(v):\n    return v * 2\nx = torch.ones(2)\n"
    assert (
        sentence(last_of(head + "x = f(x).mul_(3)\n"))
        == "x is [6.000, 6.000], shape [2]; it requires no gradient."
    )


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("'Done.'", "It printed Done."),
        ("'Which?'", "It printed Which?"),
        ("'loss', 1.5", "It printed loss 1.5."),
        ("", "It printed an empty line."),
        ("'a' * 200", f"It printed {'a' * 79}…"),
    ],
)
def test_the_sentence_on_what_a_line_printed_ends_once(printed: str, said: str) -> None:
    assert sentence(last_of(f"print({printed})\n")) == said


def test_a_line_that_prints_or_binds_also_says_what_it_changed() -> None:
    printed = last_of("import torch\nx = torch.ones(2)\nprint(x.add_(1).sum().item())\n")
    assert sentence(printed) == "It printed 4.0. It also changed x from [1.000, 1.000] to [2.000, 2.000] in place."
    bound = last_of("import torch\nx = torch.ones(2)\ny = x.add_(1)\n")
    assert sentence(bound) == (
        "y is [2.000, 2.000], shape [2]; it requires no gradient. "
        "It also changed x from [1.000, 1.000] to [2.000, 2.000] in place."
    )
    assert code_text(bound) == ("[2.000, 2.000]  x [2.000, 2.000]", "value")


def test_a_change_that_autograd_records_says_which_node_it_made() -> None:
    source = "import torch\nw = torch.ones(2, requires_grad=True)\nh = torch.zeros(2)\nh += w * 3\n"
    assert sentence(last_of(source)) == (
        "The line changed h from [0, 0] to [3.000, 3.000] in place. "
        "PyTorch built MulBackward0 and AddBackward0 for h and saved other for backward."
    )


def test_a_nan_that_stays_is_not_a_change_and_a_small_difference_is() -> None:
    head = "import torch\nimport numpy as np\na = np.array([float('nan'), 1.0])\nt = torch.from_numpy(a)\n"
    source = f"{head}a[1] = 1.0000001\n"
    said = sentence(last_of(source))
    assert said.startswith("The line changed a[1] from 1.0000000 to 1.0000001 and t[1] from 1.0")


def test_a_zero_that_changes_its_sign_is_reported() -> None:
    head = "import torch\nx = torch.tensor([0.0, 1.0], requires_grad=True)\ny = torch.zeros(2)\n"
    assert sentence(last_of(head + "y.mul_(-1.0)\n")) == (
        "y was written in place and stays [0, 0], except for the sign of a zero."
    )
    assert sentence(last_of(head + "y.mul_(1.0)\n")) == "y was written in place and stays [0, 0]."
    assert sentence(last_of(head + "x.grad = torch.zeros(2)\nx.grad = -torch.zeros(2)\n")) == (
        "x.grad was [0, 0] already, except for the sign of a zero."
    )


def test_making_a_scheduler_that_sets_lr_says_so() -> None:
    source = BACKWARD + "o = torch.optim.SGD([W], lr=0.5)\ns = torch.optim.lr_scheduler.LinearLR(o, 0.5)\n"
    assert sentence(last_of(source)).endswith(
        "It also set o.param_groups[0]['lr'] from 0.5 to 0.25 and o.param_groups[0]['initial_lr'] to 0.5."
    )


def test_modes_are_those_of_the_modules() -> None:
    source = "from torch import nn\nnet = nn.Sequential(nn.Dropout(0.5))\nnets = [net]\nnets[0][0].eval()\n"
    assert sentence(last_of(source)) == EVALUATION.format("net[0]")


def test_a_line_that_stores_in_ctx_says_where() -> None:
    source = """\
import torch
class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.factor = 2
        return x * ctx.factor
    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor
y = Double.apply(torch.ones(1, requires_grad=True))
"""
    said = {frame.line: sentence(frame) for frame in viz.run(source)}
    assert said[5] == "The line stored something in ctx."
    assert said[6] == "ctx.factor was set."


def test_a_list_of_modules_says_that_a_part_was_replaced_and_shows_the_new_one() -> None:
    source = """\
import torch
from torch import nn
layers = nn.ModuleList([nn.ReLU(), nn.ReLU()])
layers[0] = nn.Tanh()
layers[1] = layers[1]
layers.append(nn.Sigmoid())
"""
    frames = {frame.line: frame for frame in viz.run(source)}
    assert sentence(frames[4]) == "The line stored something in layers."
    assert frames[4].variables["layers"].text == "ModuleList(0=Tanh(), 1=ReLU())"
    assert sentence(frames[5]) == "The line changed nothing that a name holds."
    assert sentence(frames[6]) == "The line stored something in layers."
    assert frames[6].variables["layers"].text == "ModuleList(0=Tanh(), 1=ReLU(), 2=Sigmoid())"


def test_a_leaf_changed_by_a_line_has_torchs_difference() -> None:
    frame = last_of(BACKWARD + "with torch.no_grad():\n    W -= 0.1 * W.grad\n")
    (change,) = frame.changes
    assert (change.name, change.what, change.before) == ("W", "value", [1.0, 2.0])
    assert change.difference == pytest.approx([-0.3, -0.3], rel=1e-6)


def test_an_assigned_name_and_a_changed_list_are_distinguished() -> None:
    tape = viz.run("rows = [1, 2]\nrows[0], last = 5, 6\n")
    assert sentence(tape[1]) == "last is 6. It also set rows[0] from 1 to 5."


def test_iterations_that_an_opening_left_out_are_not_attributed_to_the_next_line() -> None:
    from viz.language import parse
    from viz.language.outline import outline

    source = (
        "import torch\nW = torch.ones(1, requires_grad=True)\n"
        "for k in range(9):\n    y = W * 2\n    y.backward()\n"
        "    with torch.no_grad():\n        W -= 0.1 * W.grad\n    W.grad = None\n"
    )
    tape = outline(parse(source), range(7, 8), 9, ["W"])
    whole = viz.run(source)
    assert tape is not None
    for number in (0, 6, 7):
        told = [(frame.changes, sentence(frame)) for frame in tape.iteration(number)]
        assert told == [(frame.changes, sentence(frame)) for frame in whole.iteration(number)]
    assert whole.iteration(6)[0].changes == ()
    assert whole.iteration(6)[-1].changes == (Change("W", "grad", [2.0], None),)


def test_an_entry_that_is_replaced_by_an_equal_looking_object_is_said_to_be_set() -> None:
    source = "import torch\nparams = [torch.zeros(2), 1]\nparams[0] = torch.ones(2)\n"
    assert sentence(last_of(source)) == "The line set params[0] to a tensor of shape [2]."


def test_a_line_that_only_changes_a_non_leaf_built_no_node_for_it() -> None:
    """Under no_grad, `y` keeps its grad_fn, which an earlier line built."""
    lines = ["import torch", "W = torch.tensor([2.0], requires_grad=True)", "y = W * 3"]
    tape = viz.run("\n".join([*lines, "with torch.no_grad():", "    y -= y / 3", "y *= 2", ""]))
    assert sentence(tape[-2]) == "The line changed y from 6.000 to 4.000 in place."
    assert sentence(tape[-1]).endswith("in place. PyTorch built MulBackward0 for y and saved other for backward.")


#: What a line puts somewhere after a call has no name before, and a function's own names are not the caller's.
AROUND_CALLS = """\
import torch
W = torch.tensor([2.0], requires_grad=True)
d, many = {"a": 1}, [1, 2]
def f(x):
    y = x * x
    return y
def put(x):
    d["b"] = torch.ones(2).neg_()
def grow(x):
    many.append(torch.ones(2).neg_())
def give(x):
    x.grad = torch.ones(1).neg_()
def turn(x):
    W.grad.neg_()
W.grad = f(W).detach().clone().neg_()
# set W.grad from None to −4.000
d["a"] = f(W).neg_()
# set d['a'] from 1 to a tensor of shape [1]
many[0] = f(W).neg_()
# set many[0] from 1 to a tensor of shape [1]
f(W).detach().add_(many[0].zero_())
# changed many[0] from −4.000 to 0 in place
W.grad = None
put(W)
#8 set d['b'] to a tensor of shape [2]
grow(W)
#10 changed many from [a tensor of shape [1], 2] to [a tensor of shape [1], 2, a tensor of shape [2]] in place
give(W)
#12 set W.grad from None to −1.000
turn(W)
#14 set W.grad from −1.000 to 1.000
"""


def test_what_a_line_puts_somewhere_beside_a_call_was_not_changed_there() -> None:
    lines = AROUND_CALLS.splitlines()
    tape = viz.run(AROUND_CALLS)
    assert tape.error is None
    said: dict[int, str] = {}
    for place in range(len(tape)):
        said[tape[place].line] = sentence(tape[place])
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            own, _, words = line[1:].partition(" ")
            assert said[int(own) if own else number - 1] == f"The line {words}.", line


def test_a_thing_that_only_a_list_holds_after_a_call_is_named_by_the_list() -> None:
    function = "def f():\n    z = torch.ones(1)\n    many.append(z)\n    return z\n"
    source = f"import torch\nmany = []\n{function}f().neg_()\n"
    assert sentence(viz.run(source)[-1]) == "The line changed many[0] from 1.000 to −1.000 in place."
