"""Forbidden code is refused by name, at its place, with what to write instead."""

from __future__ import annotations

import ast
import pickle

import pytest

import viz
from viz.catalog import REFUSED_OPTIMIZERS
from viz.editing.spans import Source
from viz.frames.plain import Problem
from viz.language.compiler.expressions import COMPILERS
from viz.language.compiler.refusals import CONSTRUCTS, MEMBERS, NAMES, OPERATORS
from viz.language.compiler.statements import Statements

pytestmark = pytest.mark.usefixtures("small_limits")

HEAD = """\
import torch
from torch import nn, optim
x = torch.tensor([1.0, 2.0, 3.0])
W = torch.tensor([0.5], requires_grad=True)
optimizer = optim.SGD([W], lr=0.1)
"""

#: A forbidden construct, put on line 6, and a part of the sentence that has to name it.
FORBIDDEN = {
    "import os\nos.getcwd()": "`os.getcwd` is not part",
    "import pandas as pd\npd.read_csv('a')": "`pandas` is not part of this language; write the data as lists",
    "import numppy": "did you mean `numpy`?",
    "import torch.jit": "`torch.jit` cannot be imported",
    "from os import path": "`os.path` is not part",
    "from . import secrets": "`.` cannot be imported",
    "from torch import *": "`import *`",
    "from torch import load": "`torch.load`",
    "torch.load('model.pt')": "`torch.load`",
    "torch.save(x, 'model.pt')": "`torch.save`",
    "torch.ops.aten.exp(x)": "`torch.ops`",
    "torch.hub.load('a', 'b')": "`torch.hub`",
    "torch.jit.script(x)": "`torch.jit`",
    "torch.compile(x)": "`torch.compile`",
    "torch.seed()": "`torch.seed`",
    "torch.set_rng_state(x)": "`torch.set_rng_state`",
    "torch.set_default_dtype(torch.float64)": "`torch.set_default_dtype`",
    "torch.set_grad_enabled(False)": "`torch.set_grad_enabled`",
    "torch.__dict__": "`torch.__dict__`",
    "torch._C": "`torch._C`",
    "torch.nn.modules": "`torch.nn.modules`",
    "x.__class__": "`.__class__`",
    "x.__class__.__mro__": "`.__class__`",
    "x._version": "`._version`",
    "x.data_ptr()": "`.data_ptr`",
    "x.storage()": "`.storage`",
    "x.apply_(x)": "`.apply_`",
    "x.share_memory_()": "`.share_memory_`",
    "optimizer.state": "`.state`",
    "x.ｄａｔａ_ptr()": "`.data_ptr`",
    "ｅｖａｌ('1')": "`eval`",
    "eval('1')": "`eval`",
    "exec('1')": "`exec`",
    "compile('1', '', 'eval')": "`compile`",
    "open('/etc/passwd')": "`open`",
    "globals()": "`globals`",
    "vars(x)": "`vars`",
    "input()": "`input`",
    "breakpoint()": "`breakpoint`",
    "__import__('os')": "`__import__`",
    "__builtins__": "`__builtins__`",
    "__hidden = 1": "two underscores",
    "x._hidden": "`._hidden`",
    "def f(__a): pass": "two underscores",
    "class Model(nn.MSELoss): pass": "cannot be derived from",
    "class Model(x=1): pass": "no named arguments",
    "class Model:\n    print(x)": "methods and assignments",
    "class Model:\n    def __getattr__(self, name): pass": "special method `__getattr__`",
    "class Model:\n    def __del__(self): pass": "special method `__del__`",
    "class Model:\n    def __new__(cls): pass": "special method `__new__`",
    "class Model:\n    def __reduce__(self): pass": "special method `__reduce__`",
    "super().__init__()": "`super()` is only supported in a method",
    "class Model:\n    def f(): super()": "needs the method's first argument",
    "def f():\n    with torch.no_grad():\n        yield x": "`yield` in a `with`",
    "def f():\n    try:\n        yield x\n    except ValueError: pass": "`yield` in a `try`",
    "yield x": "`yield` is only allowed in a function",
    "try: pass\nexcept x: pass": "`except` is followed by",
    "def f():\n    nonlocal x": "No function around this one binds `x`",
    "def f(x):\n    global x": "`x` is an argument already",
    "@torch.no_grad\ndef f(): pass": "`@torch.no_grad()`",
    "a, *b, *c = [1, 2]": "Only one name on the left",
    "__file__": "`__file__`",
    "async def f(): pass": "`async def`",
    "def f(a, a): pass": "`a` is an argument already",
    "def f():\n    import os\n    os.remove('a')": "`os.remove`",
    "def f():\n    return undefined": "`undefined` has no value",
    "def f(): x.__class__": "`.__class__`",
    "f = lambda: x._version": "`._version`",
    "with torch.no_grad: pass": "`with torch.no_grad():`",
    "with torch.no_grad(x): pass": "This mode is written `torch.no_grad()`",
    "with torch.set_grad_enabled(): pass": "This mode is written `torch.set_grad_enabled(False)`",
    "with open('a'): pass": "`open` is not part",
    "g = torch.no_grad()": "only supported after `with`",
    "g = torch.no_grad": "only supported after `with`",
    "break": "`break` is only allowed in a loop",
    "continue": "`continue` is only allowed in a loop",
    "def f():\n    break": "`break` is only allowed in a loop",
    "for i in range(3):\n    def f(): continue": "`continue` is only allowed in a loop",
    "if x: import torch.odd": "`torch.odd` cannot be imported",
    "for x.dtype in x: pass": "`.dtype` cannot be assigned to",
    "for torch in x: pass": "`torch` was imported",
    "len(x, x)": "`len` takes 1",
    "print(x, file=x)": "`print` takes no `file`",
    "sorted(x, cmp=x)": "`sorted` takes no `cmp`",
    "y = [a async for a in x]": "`async for`",
    "y = [x.dtype for x.dtype in x]": "`for` binds names",
    "y = f'{x.data_ptr}'": "`.data_ptr`",
    "y = f'{x:1000}'": "This format",
    "y = f'{x:.1000f}'": "This format",
    "y = f'{eval}'": "`eval`",
    "y = x.storage[0]": "`.storage`",
    "x.storage[0] = 1": "`.storage`",
    "x.storage += 1": "`.storage`",
    "y = x[x.storage]": "`.storage`",
    "del torch": "`torch` was imported",
    "del x.grad": "`del` removes names and entries",
    "del undefined": "`undefined` has no value",
    "assert undefined": "`undefined` has no value",
    "global x": "`global`",
    "nonlocal x": "`nonlocal`",
    "return x": "`return`",
    "match x:\n    case 1: pass": "`match`",
    "y: int = undefined": "`undefined` has no value",
    "y = (yield)": "`yield`",
    "y = await x": "`await`",
    "y = 1j": "write a number",
    "y = b'bytes'": "write a number",
    "y = ...": "write a number",
    "y = 99999999999999999999": "2**63",
    "torch = 1": "`torch` was imported",
    "optim.SGD = 1": "`.SGD`",
    "x.storage = x": "`.storage`",
    "x.shape = 1": "`.shape` cannot be assigned",
    "for i in range(3.0): pass": "takes integers",
    "for i in range(3): pass\nelse: pass": "`else`",
    "torch.tensor([1.0], layout='cuda')": "`layout`",
    "torch.exp(x, out=x)": "`out`",
    "torch.exp(x, x)": "at most 1",
    "optim.SGD([W], foreach=True)": "`foreach`",
    "optim.SGD([W], 0.1, 0, 0, 0, False, True)": "at most 6",
    "nn.MSELoss(True)": "takes no positional arguments here; pass them by name",
    "undefined": "`undefined` has no value",
    "y = y + 1": "`y` has no value",
}


def _refusal(text: str) -> str:
    """The sentence with which a program is refused; empty if it is not."""
    try:
        viz.parse(text)
    except viz.Refused as refused:
        return refused.problem.message
    return ""


def problem_of(source: str) -> Problem:
    """The problem of a program that the check refuses."""
    with pytest.raises(viz.Refused) as caught:
        viz.parse(source)
    return caught.value.problem


@pytest.mark.parametrize(("line", "named"), FORBIDDEN.items())
def test_a_forbidden_construct_is_refused_by_name_before_anything_runs(line: str, named: str) -> None:
    problem = problem_of(HEAD + line)
    assert named in problem.message
    assert 6 <= problem.line <= 8
    assert problem.kind in ("Refused", "Limit")
    assert problem.message[-1] in ".?"
    assert problem.message.count("\n") == 0


@pytest.mark.parametrize("name", REFUSED_OPTIMIZERS)
def test_an_optimizer_that_does_not_fit_is_refused_with_the_reason(name: str) -> None:
    assert REFUSED_OPTIMIZERS[name] in problem_of(f"{HEAD}optim.{name}([W])").message


def test_every_statement_and_expression_of_python_either_runs_or_has_a_sentence() -> None:
    """A new one in a later Python is refused too, but without its own sentence."""
    said: set[type[ast.AST]] = {*Statements("", Source(""), ast.Module([], [])).compilers, *COMPILERS}
    inner = {ast.FormattedValue}  # occurs only in a JoinedStr
    every = {
        kind for base in (ast.stmt, ast.expr) for kind in base.__subclasses__() if vars(ast).get(kind.__name__)
    }
    newer = {"TypeAlias", "TemplateStr", "Interpolation"}
    assert {kind.__name__ for kind in every - said - set(CONSTRUCTS) - inner} <= newer


def test_every_sentence_says_what_to_write_instead() -> None:
    for sentence in (*CONSTRUCTS.values(), *OPERATORS.values()):
        assert sentence.endswith(".")
        assert ";" in sentence
    assert all(instead and not instead.endswith(".") for instead in (*NAMES.values(), *MEMBERS.values()))


@pytest.mark.parametrize(("name", "instead"), NAMES.items())
def test_what_a_name_of_python_is_replaced_with_is_said_where_it_is_used(name: str, instead: str) -> None:
    uses = (f"x = {name}", f"x = {name}(1)", f"def f():\n    return {name}(1)")
    assert any(instead in _refusal(one) for one in uses)


def test_a_sentence_about_a_name_as_long_as_a_program_is_cut() -> None:
    assert len(problem_of("a" * 19_000).message) == 1000
    error = viz.run(f"{HEAD}y = {{'a': 1}}['b' * 1000]").error
    assert error is not None
    assert error.kind == "KeyError"
    assert len(error.message) == 1000


def test_no_sentence_has_a_memory_address() -> None:
    error = viz.run(
        f"{HEAD}s = optim.lr_scheduler.StepLR(optimizer, 1)\nimport numpy\na = numpy.zeros(3).reshape(s)"
    ).error
    assert error is not None
    assert "StepLR object" in error.message
    assert "0x" not in error.message


def test_a_similar_name_is_suggested() -> None:
    assert "did you mean `tensor`?" in problem_of(HEAD + "torch.tnsor([1.0])").message
    assert "did you mean `SGD`?" in problem_of(HEAD + "optim.SDG([W])").message
    assert "did you mean `optimizer`?" in problem_of(HEAD + "optimiser.step()").message
    assert "did you mean `sigmoid`?" in problem_of(HEAD + "x.sigmod()").message
    assert problem_of(f"{HEAD}velocity = 1\nvelocty").message.endswith("did you mean `velocity`?")


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("'a'.encode()", "write what it does with other operations."),
        ("torch.onnx", "write what it does with other operations."),
        ("x.map_(x)", "write what it does with other operations."),
        ("x.base", "write what it does with other operations."),
        ("foo = 1\nx.foo", "check its spelling."),
        ("torch.exb(x)", "check its spelling."),
        ("for epoch in [1]: epochs", "assign to it on a line above."),
    ],
)
def test_a_name_that_is_no_slip_of_another_is_not_taken_for_one(line: str, instead: str) -> None:
    assert problem_of(HEAD + line).message.endswith(instead)


def test_the_position_is_counted_in_characters() -> None:
    problem = problem_of("import torch\nŷŷ = 1; zé = eval")
    assert (problem.line, problem.column) == (2, 13)


def test_a_refusal_can_be_pickled() -> None:
    with pytest.raises(viz.Refused) as caught:
        viz.parse("eval('1')")
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problem == caught.value.problem
    assert str(again).startswith("line 1, column 0: `eval`")


@pytest.mark.parametrize(
    ("line", "named"),
    {
        "y = x.sum": "`.sum` is a method",
        "y = x.shape()": "`.shape` is a value",
        "y = x()": "tensor cannot be called",
        "y = optimizer.sum()": "An optimizer has no `.sum`",
        "y = torch.float32 + 1": "`+` works on tensors and numbers",
        "y = (-8) ** 0.5": "complex",
        "a, b = x": "2 names on the left and 3 values",
        "a, b = 5": "2 names need a list",
        "a, b = optimizer": "2 names need a list",
        "y = 1 is 1": "write `==`",
        "y = 'a' * 2000": "1,000 characters",
        "y = [1] * 2000": "1,000 entries",
        "y = 'a {0.shape}'.format(x)": "`{0.shape}` reaches into its value",
        "y = f'{x!r:{x}}'": "This format",
        "y = f'{1:.3f}{2:{x}.3f}'": "This format",
        "y = ~3": "write `not`",
        "for i in 5: pass": "cannot be iterated over",
        "for i in optimizer: pass": "cannot be iterated over",
        "y = 5\nz = y[0]": "cannot be indexed",
        "y = (1, 2)\ny[0] = 3": "Nothing can be stored",
        "x['a']": "integer or a slice",
        "x[0] = 'a'": "number or a tensor",
        "y = [1]\ny['a']": "is an integer",
        "y = {}\ny[torch] = 1": "A key of a dict is a string",
        "y = {optimizer: 1}": "A key of a dict is a string",
        "y = {[1]: 2}": "unhashable type: 'list'",
        "y = {x, W}": "in another order each time",
        "y = {1}\ny.add([])": "unhashable type: 'list'",
        "y = {1}[0]": "cannot be indexed",
        "y = sorted([1], key=3)": "cannot be called",
        "y = sorted([{}, {}])": "`sorted` compares numbers",
        "y = 'a' in 5": "`in` looks into",
        "y = f'{optimizer}'": "cannot be shown as a string",
        "print([optimizer])": "cannot be shown as a string",
        "y = str(torch.exp)": "cannot be shown as a string",
        "y = len(5)": "`len` counts",
        "y = sum(['a'])": "`+` works on tensors and numbers",
        "y = max('a', 1)": "not supported between",
        "y = int([1])": "converts a number",
        "y = range(2.0)": "takes integers",
        "y = list(range(9**9))": "1,000 numbers",
        "def f(a): return a\nf()": "missing 1 required positional argument: 'a'",
        "def f(a): return a\nf(1, 2)": "1 positional",
        "def f(a): return a\nf(b=1)": "'b'",
        "def f(a): return a\nf(1, a=1)": "multiple values",
        "def f(a): return a\nx.add(f)": "takes no function",
        "def f(a): return a\ntorch.stack([x], dim=f)": "takes no function",
        "def f(a): return a\nx.grad = f": "takes no",
        "def f(): return g()\nf()\ng = 1": "name 'g' is not defined",
        "a, b = [1, 2, 3]": "3 values",
        "y = x.sum(foo=1)": "`foo`",
        "x.backward(inputs=[W])": "`inputs`",
        "y = optimizer.step(1)": "takes a function",
        "y = x.to('meta')": "on the CPU",
        "f = torch.exp\ny = f(x, out=x)": "`out`",
        "f = torch\ny = f.exp(x)": "`torch.exp` is read from the library itself",
        "n = 2.5\nfor i in range(n): pass": "takes integers",
    }.items(),
)
def test_what_only_the_run_can_find_out_ends_it_on_the_line(line: str, named: str) -> None:
    tape = viz.run(HEAD + line)
    assert tape.error is not None and named in tape.error.message
    assert 6 <= tape.error.line <= 5 + len(line.splitlines())
    assert tape.complete and tape[-1].error is tape.error


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("y = {torch: 1}", "A key of a dict is a string, a number, a tensor, or a tuple of them here."),
        ("y = x.to('meta')", "Every tensor here is on the CPU, and none on `meta`."),
        ("y = W(x)", "A tensor cannot be called here; to multiply, write `*`."),
        ("y = torch.nn(3)", "`torch.nn` cannot be called; write it without the parentheses."),
        (
            "y = torch.exp(x, out=x)",
            "`torch.exp` takes no `out` in this language; the name it takes here is `input`.",
        ),
    ],
)
def test_a_refusal_is_a_sentence(line: str, said: str) -> None:
    try:
        problem = viz.run(HEAD + line).error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None and problem.message == said
