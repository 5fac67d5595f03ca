"""What a program may not say is refused by name, where it stands, with what to write instead."""

from __future__ import annotations

import ast
import pickle

import pytest

import viz
from viz.catalog import REFUSED_OPTIMIZERS
from viz.frames import Problem
from viz.language.refusals import CONSTRUCTS, MEMBERS, NAMES, OPERATORS

HEAD = """\
import torch
from torch import nn, optim
x = torch.tensor([1.0, 2.0, 3.0])
W = torch.tensor([0.5], requires_grad=True)
optimizer = optim.SGD([W], lr=0.1)
"""

#: A forbidden construct on line 6, and a part of the sentence that must name it.
FORBIDDEN = {
    "import os": "`os` cannot be imported",
    "import torch.jit": "`torch.jit` cannot be imported",
    "from os import path": "`os` cannot be imported",
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
    "torch.Generator()": "`torch.Generator`",
    "torch.set_rng_state(x)": "`torch.set_rng_state`",
    "torch.rand(3, generator=x)": "`generator`",
    "torch.set_default_dtype(torch.float64)": "`torch.set_default_dtype`",
    "torch.set_grad_enabled(False)": "`torch.set_grad_enabled`",
    "torch.autograd.grad(x, x)": "`torch.autograd`",
    "torch.from_numpy(x)": "`torch.from_numpy`",
    "torch.__dict__": "`torch.__dict__`",
    "torch._C": "`torch._C`",
    "torch.nn.modules": "`torch.nn.modules`",
    "x.__class__": "`.__class__`",
    "x.__class__.__mro__": "`.__class__`",
    "x._version": "`._version`",
    "x.data_ptr()": "`.data_ptr`",
    "x.numpy()": "`.numpy`",
    "x.data": "`.data`",
    "x.storage()": "`.storage`",
    "x.apply_(x)": "`.apply_`",
    "x.register_hook(x)": "`.register_hook`",
    "x.retain_grad()": "`.retain_grad`",
    "x.grad_fn": "`.grad_fn`",
    "x.share_memory_()": "`.share_memory_`",
    "optimizer.param_groups": "`.param_groups`",
    "optimizer.load_state_dict(x)": "`.load_state_dict`",
    "x.ｄａｔａ_ptr()": "`.data_ptr`",
    "ｅｖａｌ('1')": "`eval`",
    "eval('1')": "`eval`",
    "exec('1')": "`exec`",
    "compile('1', '', 'eval')": "`compile`",
    "open('/etc/passwd')": "`open`",
    "getattr(x, 'data')": "`getattr`",
    "setattr(x, 'data', x)": "`setattr`",
    "globals()": "`globals`",
    "vars(x)": "`vars`",
    "type(x)": "`type`",
    "print(x)": "`print`",
    "input()": "`input`",
    "breakpoint()": "`breakpoint`",
    "__import__('os')": "`__import__`",
    "__builtins__": "`__builtins__`",
    "__name__": "`__name__`",
    "_hidden = 1": "`_hidden`",
    "f = lambda: 1": "`lambda`",
    "def f(): pass": "`def`",
    "async def f(): pass": "`async def`",
    "class Model: pass": "`class`",
    "@x\ndef f(): pass": "`def`",
    "with torch.no_grad(): pass": "`with`",
    "while True: pass": "`while`",
    "if True: pass": "`if`",
    "try: pass\nexcept Exception: pass": "`try`",
    "raise x": "`raise`",
    "assert x": "`assert`",
    "del x": "`del`",
    "global x": "`global`",
    "nonlocal x": "`nonlocal`",
    "return x": "`return`",
    "match x:\n    case 1: pass": "`match`",
    "y: int = 1": "annotated",
    "y = [i for i in x]": "comprehension",
    "y = {i for i in x}": "comprehension",
    "y = {i: i for i in x}": "comprehension",
    "y = (i for i in x)": "generator",
    "y = {'a': 1}": "dict",
    "y = {1, 2}": "set",
    "y = (z := 1)": "`:=`",
    "y = f'{x.data}'": "text with values",
    "y = torch.add(*[x, x])": "`*`",
    "y = torch.add(**x)": "`**`",
    "y = x if x else W": "`… if … else …`",
    "y = x and W": "`and`",
    "y = not x": "`not`",
    "y = ~x": "`~`",
    "y = x // 2": "`//`",
    "y = x % 2": "`%`",
    "y = x | x": "`|`",
    "y = 1 << 3": "`<<`",
    "y = 1 < x < 3": "chain",
    "y = x in x": "`in`",
    "y = x is W": "`is`",
    "y = x[0]": "Square brackets",
    "x[0] = 1": "Only a name",
    "y = (yield)": "`yield`",
    "y = await x": "`await`",
    "y = 1j": "write a number",
    "y = b'bytes'": "write a number",
    "y = ...": "write a number",
    "y = 99999999999999999999": "2**63",
    "torch = 1": "`torch` was imported",
    "range = 1": "`range`",
    "import torch as x": "`x` already holds",
    "optim.SGD = 1": "`.SGD`",
    "x.data = x": "`.data`",
    "x.shape = 1": "`.shape` cannot be assigned",
    "x.foo += 1": "Only a name",
    "for i in x: pass": "A loop here is",
    "for i in range(3.0): pass": "whole numbers",
    "for i in range(3): import os": "import stands above",
    "for i, j in range(3): pass": "one name",
    "for i in range(3):\n    for j in range(3): pass": "one loop",
    "for i in range(3): pass\nfor j in range(3): pass": "one loop",
    "for i in range(3): pass\nelse: pass": "`else`",
    "torch.tensor([1.0], device='cuda')": "`device`",
    "torch.exp(x, out=x)": "`out`",
    "torch.exp(x, x)": "at most 1",
    "optim.SGD([W], foreach=True)": "`foreach`",
    "optim.SGD([W], 0.1, 0, 0, 0, False, True)": "at most 6",
    "nn.MSELoss(True)": "at most 0",
    "nn.Linear(1, 1)": "`torch.nn.Linear`",
    "undefined": "`undefined` has no value",
    "y = y + 1": "`y` has no value",
}


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


def test_every_statement_and_expression_of_python_is_either_run_or_has_words() -> None:
    """A new one in a later Python is refused too, but without its own sentence."""
    said: set[type[ast.AST]] = {ast.Assign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom, ast.Pass, ast.For}
    said |= {ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.BinOp, ast.UnaryOp, ast.Compare}
    said |= {ast.List, ast.Tuple}
    inner = {ast.FormattedValue}  # stands in a JoinedStr only
    every = {kind for base in (ast.stmt, ast.expr) for kind in base.__subclasses__()}
    newer = {"TypeAlias", "TemplateStr", "Interpolation"}
    assert {kind.__name__ for kind in every - said - set(CONSTRUCTS) - inner} <= newer


def test_every_sentence_says_what_to_write_instead() -> None:
    for sentence in (*CONSTRUCTS.values(), *OPERATORS.values()):
        assert sentence.endswith(".")
        assert ";" in sentence
    assert all(instead and not instead.endswith(".") for instead in (*NAMES.values(), *MEMBERS.values()))


def test_a_near_name_is_suggested() -> None:
    assert "did you mean `tensor`?" in problem_of(HEAD + "torch.tnsor([1.0])").message
    assert "did you mean `SGD`?" in problem_of(HEAD + "optim.SDG([W])").message
    assert "did you mean `optimizer`?" in problem_of(HEAD + "optimiser.step()").message
    assert "did you mean `sigmoid`?" in problem_of(HEAD + "x.sigmod()").message


def test_the_place_is_counted_in_characters() -> None:
    problem = problem_of("import torch\nŷŷ = 1; zé = eval")
    assert (problem.line, problem.column) == (2, 13)


def test_a_refusal_pickles() -> None:
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
        "y = 'a' * 5": "not on a text",
        "y = [1] * 5": "not on a list",
        "y = torch.float32 + 1": "`+` works on tensors and numbers",
        "y = (-8) ** 0.5": "complex",
        "a, b = x": "2 names need a list",
        "a, b = [1, 2, 3]": "3 values",
        "y = x.sum(foo=1)": "`foo`",
        "x.backward(create_graph=True)": "`create_graph`",
        "y = optimizer.step(1)": "at most 1",
        "y = x.to('cuda')": "dtype",
        "f = torch.exp\ny = f(x, out=x)": "`out`",
        "f = torch\ny = f.exp(x)": "`torch.exp` is read under the library's own name",
        "n = 2.5\nfor i in range(n): pass": "whole numbers",
    }.items(),
)
def test_what_only_the_run_can_tell_ends_it_on_the_line(line: str, named: str) -> None:
    tape = viz.run(HEAD + line)
    assert tape.error is not None and named in tape.error.message
    assert tape.error.line == 5 + len(line.splitlines())
    assert tape.complete and tape[-1].error is tape.error
