"""The sentences for unsupported code: what is not supported, and what to write instead."""

from __future__ import annotations

import ast

from viz.language.runtime.entries import Absent

#: Statements and expressions that the language does not have, by their type in the syntax tree.
CONSTRUCTS: dict[type[ast.AST], str] = {
    ast.AsyncFunctionDef: "`async def` is not part of this language; write `def`.",
    ast.AsyncFor: "`async for` is not part of this language; write `for`.",
    ast.AsyncWith: "`async with` is not part of this language; write `with`.",
    ast.TryStar: "`except*` is not part of this language; write `except`.",
    ast.Global: "`global` is only allowed in a function; leave it out.",
    ast.Nonlocal: "`nonlocal` is only allowed in a function; leave it out.",
    ast.Match: "`match` is not part of this language; write `if` and `elif`.",
    ast.Await: "`await` is not part of this language; write the expression alone.",
    ast.Yield: "`yield` is only supported on a line of its own; write `yield x`.",
    ast.YieldFrom: "`yield from` is only supported on a line of its own; write `yield from x`.",
    ast.Starred: "`*` before a value is only supported in a call, a list or a tuple; write the values out.",
    ast.Slice: "A slice needs square brackets after a value; write `x[1:3]`.",
}

#: For syntax of a newer Python that the table above lacks.
UNKNOWN = "This is not part of this language; write it with assignments, arithmetic and calls."

#: Operators that the language does not have.
OPERATORS: dict[type[ast.AST], str] = {
    ast.Is: "`is` does not compare numbers or strings; for values write `==`.",
    ast.IsNot: "`is not` does not compare numbers or strings; for values write `!=`.",
}

_NO_FILES = "a program here has no files and no network, so write the data as lists of numbers"
_ALONE = "a program here runs alone, so leave it out"
_SHOWN = "every value is shown beside its line, so leave this out"
_WRITTEN = "write the expression itself"
_LITERAL = "write the numbers as a list"

#: Names that Python has and this language does not, and what to do instead.
NAMES: dict[str, str] = {
    "help": _SHOWN,
    "dir": _SHOWN,
    "vars": _SHOWN,
    "locals": _SHOWN,
    "globals": _SHOWN,
    "id": _SHOWN,
    "staticmethod": "write it above a method of a class",
    "classmethod": "write it above a method of a class",
    "property": "write it above a method of a class",
    "eval": _WRITTEN,
    "exec": "write the statements themselves",
    "compile": _WRITTEN,
    "delattr": "assign to a name instead",
    "open": "write the data as lists of numbers",
    "input": "write the value itself",
    "breakpoint": "step through the program with the keys",
    "exit": "leave the loop with `break`",
    "quit": "leave the loop with `break`",
    "super": "write `super()` in a method of a class",
    "object": "write a class of your own, as in `class Value:`",
    "complex": "write real numbers",
}

#: Libraries that are often imported and not part of the language, by the first word of their names.
LIBRARIES: dict[str, str] = {
    **dict.fromkeys(("os", "pathlib", "io", "json", "csv", "pickle", "shutil", "glob"), _NO_FILES),
    **dict.fromkeys(("urllib", "requests", "socket"), _NO_FILES),
    **dict.fromkeys(("subprocess", "threading", "multiprocessing", "importlib", "ctypes"), _ALONE),
    "sys": "it has `sys.stdout.write`, `sys.version` and `sys.maxsize` here, so leave this line out",
    "torchvision": "write the data as lists of numbers",
    "pandas": "write the data as lists of numbers, or load a file in the side bar",
    "sklearn": "write the data as lists of numbers",
}

_RANDOM = "a run must be the same each time, so begin with `torch.manual_seed(0)`"
_FILES = "a program here neither reads nor writes files, so write the numbers as a list in `torch.tensor(…)`"
_EVERYONE = "leave it out: it would change torch for everyone who uses this page"
_NUMPY = "write the numbers as a list in `torch.tensor(…)`"
_HOOKS = "the graph shows every gradient already, so leave this out"

#: Members of torch and attributes of its objects that are often used and not part of the language.
MEMBERS: dict[str, str] = {
    **dict.fromkeys(("seed", "get_rng_state", "set_rng_state"), _RANDOM),
    **dict.fromkeys(("load", "save", "from_file", "hub"), _FILES),
    **dict.fromkeys(("set_num_threads", "use_deterministic_algorithms"), _EVERYONE),
    "set_default_dtype": "name `dtype=` where the tensor is made",
    **dict.fromkeys(("frombuffer", "data_ptr", "storage", "untyped_storage"), _NUMPY),
    **dict.fromkeys(
        ("register_full_backward_hook", "register_backward_hook", "register_post_accumulate_grad_hook"), _HOOKS
    ),
    "set_detect_anomaly": "the page says where the first inf or NaN appears, so leave this out",
    "argv": "a program here has no command line, so write the value itself",
    "exit": "leave a loop with `break`, and a function with `return`",
    **dict.fromkeys(
        ("pack_padded_sequence", "pack_sequence", "pad_packed_sequence"),
        "give the padded tensor to the layer, as in `output, h = rnn(padded)`",
    ),
    "ops": "use the function's own name, as in `torch.exp(x)`",
    **dict.fromkeys(("compile", "jit", "export"), "leave it out: the numbers are the same without it"),
    "state_dict": "the ledger shows the optimizer's state, and a module has `state_dict()`",
    "apply_": "write the operations on the whole tensor",
    **dict.fromkeys(("Linear", "Module", "Parameter", "Sequential"), "it is in `torch.nn`"),
    "xavier": "write `xavier_normal_` or `xavier_uniform_`",
    "kaiming": "write `kaiming_normal_` or `kaiming_uniform_`",
    "vstack": "write `torch.stack([a, b])` for rows, or `torch.cat([a, b])`",
    "state": "the ledger shows the optimizer's state, so leave this out",
}


def absent(library: Absent) -> str:
    """The sentence on a use of a library that is not part of the language."""
    return f"`{library}` is not part of this language; {library.instead}."
