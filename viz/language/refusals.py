"""What a program may not say, and the words for it: what it is, and what to write instead."""

from __future__ import annotations

import ast

#: Statements and expressions that the language does not have, by their type in the syntax tree.
CONSTRUCTS: dict[type[ast.AST], str] = {
    ast.FunctionDef: "`def` is not part of this language; write the function's lines where it would be called.",
    ast.AsyncFunctionDef: "`async def` is not part of this language; write its lines where it would be called.",
    ast.ClassDef: "`class` is not part of this language; write `W = torch.tensor(…, requires_grad=True)`.",
    ast.Lambda: "`lambda` is not part of this language; write the expression where it would be called.",
    ast.Return: "`return` is not part of this language; assign the result to a name instead.",
    ast.Delete: "`del` is not part of this language; assign a new value to the name instead.",
    ast.AnnAssign: "An annotated assignment is not part of this language; leave the `: type` out.",
    ast.AsyncFor: "`async for` is not part of this language; write `for iteration in range(100):`.",
    ast.While: "`while` is not part of this language; write `for iteration in range(100):`.",
    ast.If: "`if` is not part of this language; for a choice by value write `torch.where(condition, a, b)`.",
    ast.IfExp: "`… if … else …` is not part of this language; write `torch.where(condition, a, b)`.",
    ast.With: "`with` is not part of this language yet; let an optimizer's `step()` change the parameters.",
    ast.AsyncWith: "`async with` is not part of this language; let an optimizer's `step()` change the parameters.",
    ast.Raise: "`raise` is not part of this language; leave the line out.",
    ast.Try: "`try` is not part of this language; an error is shown on the line that raised it.",
    ast.TryStar: "`try` is not part of this language; an error is shown on the line that raised it.",
    ast.Assert: "`assert` is not part of this language; every value is shown beside its line.",
    ast.Global: "`global` is not part of this language; every name is known everywhere in it.",
    ast.Nonlocal: "`nonlocal` is not part of this language; every name is known everywhere in it.",
    ast.Match: "`match` is not part of this language; write the lines for one case.",
    ast.Break: "`break` is not part of this language; give `range(…)` the number of iterations.",
    ast.Continue: "`continue` is not part of this language; leave the lines out that would be skipped.",
    ast.BoolOp: "`and` and `or` are not part of this language; multiply the conditions instead.",
    ast.NamedExpr: "`:=` is not part of this language; write the assignment on a line of its own.",
    ast.Dict: "A dict is not part of this language; pass the options by their names, as in `lr=0.1`.",
    ast.Set: "A set is not part of this language; write a list in square brackets.",
    ast.ListComp: "A comprehension is not part of this language; write the list out, or compute with tensors.",
    ast.SetComp: "A comprehension is not part of this language; write the list out, or compute with tensors.",
    ast.DictComp: "A comprehension is not part of this language; write the list out, or compute with tensors.",
    ast.GeneratorExp: "A generator is not part of this language; write the list out, or compute with tensors.",
    ast.Await: "`await` is not part of this language; write the expression alone.",
    ast.Yield: "`yield` is not part of this language; assign the value to a name instead.",
    ast.YieldFrom: "`yield from` is not part of this language; assign the value to a name instead.",
    ast.JoinedStr: "A text with values in it is not part of this language; every value is shown beside its line.",
    ast.Subscript: "Square brackets behind a value are not part of this language yet; name each part.",
    ast.Starred: "`*` before an argument is not part of this language; write the arguments out.",
    ast.Slice: "A slice is not part of this language yet; give each part a name of its own.",
}

#: For what a newer Python has and the table above has not.
UNKNOWN = "This is not part of this language; write it with assignments, arithmetic and calls."

#: Operators that the language does not have.
OPERATORS: dict[type[ast.AST], str] = {
    ast.FloorDiv: "`//` is not part of this language; write `torch.floor(a / b)`.",
    ast.Mod: "`%` is not part of this language; write `a - b * torch.floor(a / b)`.",
    ast.LShift: "`<<` is not part of this language; multiply by a power of two.",
    ast.RShift: "`>>` is not part of this language; divide by a power of two.",
    ast.BitOr: "`|` is not part of this language; use `torch.maximum(a, b)` on numbers.",
    ast.BitXor: "`^` is not part of this language; a power is written `a ** b`.",
    ast.BitAnd: "`&` is not part of this language; multiply the conditions instead.",
    ast.Not: "`not` is not part of this language; turn the comparison round instead.",
    ast.Invert: "`~` is not part of this language; turn the comparison round instead.",
    ast.In: "`in` is not part of this language; compare with `==`.",
    ast.NotIn: "`not in` is not part of this language; compare with `!=`.",
    ast.Is: "`is` only compares with None here; for values write `==`.",
    ast.IsNot: "`is not` only compares with None here; for values write `!=`.",
}

_SHOWN = "every value is shown beside its line, so leave this out"
_WRITTEN = "write the expression itself"
_LITERAL = "write the numbers as a list"

#: Names that Python has and this language does not, and what to do instead.
NAMES: dict[str, str] = {
    "print": _SHOWN,
    "type": _SHOWN,
    "help": _SHOWN,
    "dir": _SHOWN,
    "vars": _SHOWN,
    "locals": _SHOWN,
    "globals": _SHOWN,
    "repr": _SHOWN,
    "str": _SHOWN,
    "id": _SHOWN,
    "isinstance": _SHOWN,
    "eval": _WRITTEN,
    "exec": "write the statements themselves",
    "compile": _WRITTEN,
    "getattr": "write the attribute with a dot",
    "hasattr": "write the attribute with a dot",
    "setattr": "assign to a name instead",
    "delattr": "assign to a name instead",
    "open": "write the data as lists of numbers",
    "input": "write the value itself",
    "breakpoint": "step through the program with the keys",
    "exit": "give `range(…)` the number of iterations",
    "quit": "give `range(…)` the number of iterations",
    "super": "make the parameters with `torch.tensor(…, requires_grad=True)`",
    "object": "make the parameters with `torch.tensor(…, requires_grad=True)`",
    "len": "write the number itself, or `x.numel()`",
    "abs": "write `x.abs()` or `torch.abs(x)`",
    "sum": "write `x.sum()` or `torch.sum(x)`",
    "min": "write `x.min()` or `torch.min(x)`",
    "max": "write `x.max()` or `torch.max(x)`",
    "pow": "write `x ** 2` or `torch.pow(x, 2)`",
    "round": "write `x.round()` or `torch.round(x)`",
    "float": "write `x.item()` for a number, or `x.float()` for a tensor",
    "int": "write a whole number, or `x.long()` for a tensor",
    "bool": "write a comparison, or `x.bool()` for a tensor",
    "complex": "write real numbers",
    "list": _LITERAL,
    "tuple": _LITERAL,
    "dict": "pass the options by their names, as in `lr=0.1`",
    "set": _LITERAL,
    "map": _LITERAL,
    "filter": _LITERAL,
    "zip": _LITERAL,
    "enumerate": "write `for iteration in range(100):`",
    "iter": "write `for iteration in range(100):`",
    "next": "write `for iteration in range(100):`",
    "range": "it stands in `for iteration in range(100):` only",
    "sorted": _LITERAL,
    "reversed": _LITERAL,
}

_RANDOM = "a run must be the same each time, so begin with `torch.manual_seed(0)`"
_FILES = "a program here neither reads nor writes files, so write the numbers as a list in `torch.tensor(…)`"
_EVERYONE = "it changes torch for everyone who uses this page; name `dtype=` where the tensor is made"
_NUMPY = "write the numbers as a list in `torch.tensor(…)`"
_HOOKS = "the graph shows every gradient already, so leave this out"
_NO_GRAD = "let an optimizer's `step()` change the parameters, or use `x.detach()`"

#: Members of torch and attributes of its objects that are often used and not part of the language.
MEMBERS: dict[str, str] = {
    **dict.fromkeys(("seed", "Generator", "initial_seed", "get_rng_state", "set_rng_state"), _RANDOM),
    **dict.fromkeys(("load", "save", "from_file", "hub", "utils", "jit", "export"), _FILES),
    **dict.fromkeys(
        ("set_default_dtype", "set_default_device", "set_num_threads", "use_deterministic_algorithms"), _EVERYONE
    ),
    **dict.fromkeys(("numpy", "from_numpy", "frombuffer", "data_ptr", "storage", "untyped_storage"), _NUMPY),
    **dict.fromkeys(("register_hook", "register_post_accumulate_grad_hook", "retain_grad", "grad_fn"), _HOOKS),
    **dict.fromkeys(
        ("no_grad", "enable_grad", "set_grad_enabled", "inference_mode", "set_detect_anomaly"), _NO_GRAD
    ),
    "autograd": "call `loss.backward()` and read `.grad`",
    "data": "use `x.detach()`, which autograd can check",
    "ops": "use the function's own name, as in `torch.exp(x)`",
    "compile": "leave it out: the numbers are the same without it",
    "cuda": "every tensor here is on the CPU",
    "device": "every tensor here is on the CPU",
    "apply_": "write the operations on the whole tensor",
    "Linear": "write `W * x + b` with tensors that need a gradient",
    "Module": "write `W * x + b` with tensors that need a gradient",
    "Parameter": "write `torch.tensor(…, requires_grad=True)`",
    "Sequential": "write the operations one below the other",
    "lr_scheduler": "write the learning rate into the optimizer's line",
    "param_groups": "the ledger shows the optimizer's options",
    "state": "the ledger shows the optimizer's state",
    "state_dict": "the ledger shows the optimizer's state",
    "parameters": "give the optimizer a list, as in `[W, b]`",
}
