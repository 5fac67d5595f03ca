"""Ways out of the language: what a stranger may try, by what it is, each refused where the mark stands."""

from __future__ import annotations

#: What the programs begin with.
HEAD = """\
import torch
import numpy as np
from torch import nn, optim
import torch.nn.functional as F
from torch.optim.lr_scheduler import LambdaLR
x = torch.tensor([1.0, 2.0, 3.0])
a = np.array([1.0, 2.0])
W = torch.tensor([0.5], requires_grad=True)
optimizer = optim.SGD([W], lr=0.1)
net = nn.Sequential(nn.Linear(1, 1))
def f(a): return a
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * x
    @staticmethod
    def backward(ctx, g):
        return g
"""
#: Where the Problem points.
MARK = "‸"

_CLASS = "class T(torch.autograd.Function):\n"
_STATIC = f"{_CLASS}    @staticmethod\n"
_FORWARD = f"{_STATIC}    def forward(ctx, x):\n        "
_BLOCKS = "".join([f"{' ' * depth}if x:\n" for depth in range(21)]) + " " * 21

#: Lines with a MARK in them, a part of the sentence, and the Problem's kind where it is not "Refused".
ESCAPES: dict[str, list[tuple[str, str] | tuple[str, str, str]]] = {
    "dunder walks": [
        ("y = ‸().__class__.__bases__[0].__subclasses__()", "`.__class__`"),
        ("y = ‸x.__class__.__mro__", "`.__class__`"),
        ("y = ‸[].__init__.__globals__", "`.__init__`"),
        ("y = ‸f.__code__", "`.__code__`"),
        ("y = ‸(lambda: 1).__closure__", "`.__closure__`"),
        ("y = ‸torch.__dict__", "`torch.__dict__`"),
        ("y = ‸W.__array_interface__", "`.__array_interface__`"),
        ("y = ‸'a'.__class__", "`.__class__`"),
        ("y = ‸__builtins__", "`__builtins__` begins with an underscore"),
        ("y = ‸__import__('os')", "`__import__` begins with an underscore"),
        ("y = ‸x.__getattribute__('data')", "`.__getattribute__`"),
        ("y = ‸net.__dict__", "`.__dict__`"),
        ("y = ‸Square.__mro__", "`.__mro__`"),
        ("y = ‸np.__loader__", "`numpy.__loader__`"),
        ("‸x.__class__ = 1", "`.__class__`"),
        ("y = ‸x.grad_fn.__class__", "`.grad_fn`"),
        ("y = ‸x.dtype.__reduce__()", "`.__reduce__`"),
        ("if ‸__name__ == '__main__': pass", "`__name__`"),
    ],
    "format strings that reach attributes": [
        ("y = ‸'{0.__class__}'.format(x)", "`.format`"),
        ("y = ‸'{0.__class__}'.format_map({})", "`.format_map`"),
        ("y = ‸str.format('{}', x)", "`str` is called with brackets, as in `str(…)`"),
        ("y = ‸'%s' % x", "A text is not filled with `%` here"),
        ("y = f'{‸x.__class__}'", "`.__class__`"),
        ("y = f'{‸x!r:{x.__class__}}'", "Behind the colon stand no values here"),
        ("y = f'{‸x:{W}}'", "Behind the colon stand no values here"),
        ("y = f'{‸x:__class__}'", "Behind the colon stands a format such as `.3f`, `>8` or `.1%`"),
        ("y = f'{‸x!a:>999}'", "Behind the colon stands a format such as `.3f`, `>8` or `.1%`"),
        ("y = f'{‸f}'", "`f(a)` has no text here"),
        ("y = f'{‸Square}'", "`Square` has no text here"),
        ("y = f'{‸torch}'", "`torch` has no text here"),
        ("‸print(torch.exp)", "`torch.exp` has no text here"),
    ],
    "torch.load, torch.save": [
        ("y = ‸torch.load('model.pt')", "`torch.load`"),
        ("‸torch.save(x, 'model.pt')", "`torch.save`"),
        ("from torch import ‸load as tensor", "`torch.load`"),
        ("y = ‸torch.from_file('a')", "`torch.from_file`"),
        ("y = ‸torch.serialization", "`torch.serialization`"),
        ("y = ‸torch.package", "`torch.package`"),
        ("‸torch.onnx.export(net, x, 'a')", "`torch.onnx`"),
    ],
    "torch.ops": [
        ("y = ‸torch.ops.aten.exp(x)", "`torch.ops`"),
        ("y = ‸torch.classes.load_library('a')", "`torch.classes`"),
        ("y = ‸torch.library", "`torch.library`"),
        ("y = ‸torch._C", "`torch._C`"),
        ("y = ‸torch.vmap(f)", "`torch.vmap`"),
    ],
    "torch.hub": [
        ("y = ‸torch.hub.load('a', 'b')", "`torch.hub`"),
    ],
    "torch.jit": [
        ("y = ‸torch.jit.script(f)", "`torch.jit`"),
        ("import ‸torch.jit", "`torch.jit` cannot be imported"),
        ("y = ‸torch.compile(f)", "`torch.compile`"),
        ("y = ‸torch.fx", "`torch.fx`"),
    ],
    "torch.utils.cpp_extension": [
        ("import ‸torch.utils.cpp_extension", "`torch.utils.cpp_extension` cannot be imported"),
        ("y = ‸torch.utils.cpp_extension.load('a', 'b')", "`torch.utils`"),
        ("‸from torch.utils import cpp_extension", "`torch.utils` cannot be imported"),
    ],
    "numpy.load, ctypes": [
        ("y = ‸np.load('a.npy')", "`numpy.load`"),
        ("from numpy import ‸load", "`numpy.load`"),
        ("y = ‸np.fromfile('a')", "`numpy.fromfile`"),
        ("y = ‸np.memmap('a')", "`numpy.memmap`"),
        ("y = ‸np.genfromtxt('a')", "`numpy.genfromtxt`"),
        ("y = ‸np.ctypeslib", "`numpy.ctypeslib`"),
        ("y = ‸np.lib.npyio", "`numpy.lib`"),
        ("y = ‸np.vectorize(f)", "`numpy.vectorize`"),
        ("import ‸ctypes", "`ctypes` cannot be imported"),
        ("‸from ctypes import CDLL", "`ctypes` cannot be imported"),
        ("import ‸numpy.ctypeslib", "`numpy.ctypeslib` cannot be imported"),
        ("y = ‸np.array([1], dtype='O')", "a dtype here is one of np.float16, np.float32", "TypeError"),
        ("y = ‸np.array([f])", "`numpy.array` takes no function"),
        ("y = ‸np.array(['a'])", "an array holds numbers here", "TypeError"),
        ("y = ‸a.astype('O')", "a dtype here is one of np.float16, np.float32", "TypeError"),
    ],
    ".numpy().ctypes": [
        ("y = ‸x.numpy().ctypes", "`.ctypes`"),
        ("y = ‸a.ctypes.data", "`.ctypes`"),
        ("y = ‸a.base", "`.base`"),
        ("‸a.tofile('a')", "`.tofile`"),
        ("y = ‸a.dumps()", "`.dumps`"),
        ("‸a.setflags(write=True)", "`.setflags`"),
        ("y = ‸x.numpy(force=True)", "`Tensor.numpy` takes no `force` in this language"),
    ],
    ".data_ptr": [
        ("y = ‸x.data_ptr()", "`.data_ptr`"),
        ("y = ‸x.data", "`.data`"),
        ("y = ‸x.as_strided((9,), (0,))", "`.as_strided`"),
        ("‸x.set_(x)", "`.set_`"),
        ("‸x.resize_(9)", "`.resize_`"),
    ],
    "__torch_function__": [
        ("y = ‸x.__torch_function__(f, ())", "`.__torch_function__`"),
        ("y = ‸torch.overrides", "`torch.overrides`"),
        ("class T(‸torch.Tensor): pass", "`torch.Tensor`"),
    ],
    ".share_memory_": [
        ("‸x.share_memory_()", "`.share_memory_`"),
        ("y = ‸x.is_shared()", "`.is_shared`"),
        ("y = ‸torch.multiprocessing.Process()", "`torch.multiprocessing`"),
        ("y = ‸torch.distributed", "`torch.distributed`"),
    ],
    "hooks": [
        ("‸x.register_hook(f)", "`.register_hook`"),
        ("‸W.register_post_accumulate_grad_hook(f)", "`.register_post_accumulate_grad_hook`"),
        ("‸net.register_forward_hook(f)", "`.register_forward_hook`"),
        ("‸optimizer.register_step_pre_hook(f)", "`.register_step_pre_hook`"),
        ("y = ‸W.sum().grad_fn.next_functions", "`.grad_fn`"),
    ],
    ".storage()": [
        ("y = ‸x.storage()", "`.storage`"),
        ("y = ‸x.untyped_storage()", "`.untyped_storage`"),
    ],
    ".map_": [
        ("‸x.map_(x, f)", "`.map_`"),
        ("‸x.map2_(x, x, f)", "`.map2_`"),
    ],
    ".apply_": [
        ("‸x.apply_(f)", "`.apply_`"),
        ("‸net.apply(f)", "A module has no `.apply`"),
    ],
    "callables smuggled through LambdaLR": [
        ("s = LambdaLR(optimizer, ‸torch.load)", "`torch.load`"),
        ("s = ‸LambdaLR(optimizer, 'eval')", "`lr_lambda` is a function of the program", "TypeError"),
        ("s = LambdaLR(optimizer, ‸eval)", "`eval`"),
        ("s = LambdaLR(optimizer, ‸print)", "`print` is called with brackets, as in `print(…)`"),
        ("s = ‸LambdaLR(optimizer, torch.exp)", "`lr_lambda` is a function of the program", "TypeError"),
        (
            "s = ‸LambdaLR(optimizer, lambda epoch: torch)",
            "`lr_lambda` gives a number",
            "TypeError",
        ),
        (
            "s = ‸LambdaLR(optimizer, lambda epoch: f)",
            "`lr_lambda` gives a number",
            "TypeError",
        ),
        ("s = LambdaLR(optimizer, lambda epoch: ‸epoch.__class__)", "`.__class__`"),
    ],
    "callables smuggled through closures": [
        ("‸optimizer.step(torch.exp)", "`step` takes a function of the program", "TypeError"),
        ("optimizer.step(‸open)", "`open`"),
        ("‸optimizer.step(Square)", "`step` takes a function of the program", "TypeError"),
        ("y = ‸x.add(f)", "`Tensor.add` takes no function"),
        ("y = ‸torch.stack([f])", "`torch.stack` takes no function"),
        ("y = ‸torch.tensor([f])", "`torch.tensor` takes no function"),
        ("y = ‸torch.tensor(f)", "`torch.tensor` takes no function"),
        ("y = ‸sorted(x, key=f)", "`sorted` takes no `key` in this language"),
        ("y = ‸nn.Sequential(f)", "`torch.nn.Sequential` takes no function"),
        ("y = ‸nn.Sequential(torch.exp)", "`torch.nn.Sequential` takes no `torch.exp`"),
        ("‸W.grad = f", "`.grad` takes no `f(a)` here"),
        ("‸W.grad = torch", "`.grad` takes no `torch` here"),
        ("‸optimizer.param_groups[0]['lr'] = f", "`lr` cannot be `f(a)`", "TypeError"),
    ],
    "callables smuggled through a Function": [
        ("y = ‸Square.apply(f)", "`Function.apply` takes no function"),
        ("y = ‸Square.apply(Square)", "`Function.apply` takes no `Square`"),
        ("y = ‸Square.forward(x, x)", "`.forward`"),
        ("y = ‸Square.backward", "`Square` has no `.backward`"),
        ("‸Square.forward = f", "`.forward`"),
        ("‸Square.apply = f", "`.apply` cannot be assigned to"),
        (_CLASS + "    ‸x = 1", "A Function holds the static methods"),
        (_STATIC + "    ‸def __init_subclass__(ctx): pass", "A Function holds the static methods"),
        (_CLASS + "    @classmethod\n    ‸def forward(ctx): pass", "Write `@staticmethod` on the line above"),
        (_FORWARD + "‸ctx.__class__ = x", "`__class__` begins with an underscore"),
        (_FORWARD + "‸ctx.save_for_backward = x", "`ctx.save_for_backward` is torch's own"),
        (_FORWARD + "‸ctx.mark_dirty(x)", "`.mark_dirty`"),
        (
            "‸class T(torch.autograd.Function, metaclass=f): pass",
            "The one class here is a",
        ),
        ("‸class T(Square): pass", "The one class here is a"),
        ("class T(‸nn.Module): pass", "`torch.nn.Module`"),
    ],
    "pickles": [
        ("import ‸pickle", "`pickle` cannot be imported"),
        ("‸from pickle import loads", "`pickle` cannot be imported"),
        ("‸net.load_state_dict({})", "`.load_state_dict`"),
        ("‸optimizer.load_state_dict({})", "`.load_state_dict`"),
        ("y = ‸x.__reduce_ex__(2)", "`.__reduce_ex__`"),
        ("‸x.__setstate__(1)", "`.__setstate__`"),
    ],
    "names that shadow": [
        ("‸torch = 1", "`torch` was imported"),
        ("‸len = 1", "`len` is one of Python's own functions"),
        ("‸print = f", "`print` is one of Python's own functions"),
        ("‸def torch(): pass", "`torch` was imported"),
        ("‸def print(): pass", "`print` is one of Python's own functions"),
        ("‸class torch(torch.autograd.Function): pass", "`torch` was imported"),
        ("import ‸torch as print", "`print` is one of Python's own functions"),
        ("from torch import ‸exp as len", "`len` is one of Python's own functions"),
        ("import ‸numpy as x", "`x` already holds a value"),
        ("for ‸torch in x: pass", "`torch` was imported"),
        ("y = [np for ‸np in x]", "`np` was imported"),
        ("def g(‸torch): pass", "`torch` was imported"),
        ("y = lambda ‸len: 1", "`len` is one of Python's own functions"),
        ("‸__builtins__ = 1", "`__builtins__` begins with an underscore"),
        ("‸_private = 1", "`_private` begins with an underscore"),
        ("‸def __getattr__(a): pass", "`__getattr__` begins with an underscore"),
    ],
    "unicode look-alikes": [
        ("y = ‸ｅｖａｌ('1')", "`eval`"),
        ("y = ‸x.ｄａｔａ_ptr()", "`.data_ptr`"),
        ("y = ‸x.__ｃｌａｓｓ__", "`.__class__`"),
        ("y = ‸𝓮𝓿𝓪𝓵('1')", "`eval`"),
        ("y = ‸еval('1')", "`еval` has no value here, and `е` in it is no Latin letter"),
        ("y = ‸оpen('a')", "`оpen` has no value here, and `о` in it is no Latin letter"),
        ("y = ‸х.data", "`х` has no value on this line"),
        ("# ‸\u202e\ny = 1", "This character cannot stand in a program"),
        ("y = '‸\u2066'", "This character cannot stand in a program"),
        ("y = x‸\u200b", "invalid non-printable character U+200B", "SyntaxError"),
        ("y = eval‸\u00a0('1')", "invalid non-printable character U+00A0", "SyntaxError"),
    ],
    "deep nesting": [
        ("y = " + "(" * 200 + "‸" + "(" * 4800 + "1" + ")" * 5000, "too many nested parentheses", "SyntaxError"),
        ("‸y = " + "-" * 5000 + "1", "Expressions go at most 100 deep", "Limit"),
        ("y = ‸" + "[" * 150 + "]" * 150, "Expressions go at most 100 deep", "Limit"),
        ("y = ‸x" + "[0]" * 500, "Expressions go at most 100 deep", "Limit"),
        ("y = ‸" + "f(" * 150 + "1" + ")" * 150, "Expressions go at most 100 deep", "Limit"),
        (_BLOCKS + "‸if x: pass", "Blocks go at most 20 deep", "Limit"),
    ],
    "huge integers": [
        ("y = ‸10 ** 10 ** 10", "Whole numbers stay below 2**63 here, as in an int64 tensor", "Limit"),
        ("y = 9 ** ‸9 ** 9 ** 9", "Whole numbers stay below 2**63 here, as in an int64 tensor", "Limit"),
        ("y = ‸2 ** 63", "Whole numbers stay below 2**63 here, as in an int64 tensor", "Limit"),
        ("y = ‸1 << 10**9", "`<<`"),
        ("y = ‸10**18 * 10**18", "Whole numbers stay below 2**63 here, as in an int64 tensor", "Limit"),
        ("y = ‸int('9' * 100)", "Whole numbers stay below 2**63 here, as in an int64 tensor", "Limit"),
        ("y = ‸0xFFFFFFFFFFFFFFFFFFFF", "Whole numbers stay below 2**63 here"),
        ("y = ‸int(1e300)", "Whole numbers stay below 2**63 here, as in an int64 tensor", "Limit"),
        ("y = ‸round(2**62, -400)", "`round` keeps at most 100 digits here"),
        ("y = ‸" + "9" * 5000, "Whole numbers stay below 2**63 here", "Limit"),
    ],
    "huge literals": [
        ("y = ‸[" + "1," * 5000 + "]", "A list holds at most 1,000 entries", "Limit"),
        ("y = ‸'" + "a" * 5000 + "'", "A text has at most 1,000 characters here", "Limit"),
        ("y = ‸'a' * 10**9", "A text has at most 1,000 characters here", "Limit"),
        ("y = ‸[0] * 10**9", "A list holds at most 1,000 entries", "Limit"),
        ("y = ‸range(10**9)", "A range inside a program has at most 1,000 numbers", "Limit"),
        ("y = ‸[[0] * 900] * 900", "A list holds at most 1,000 entries", "Limit"),
        ("y = ‸torch.zeros(10**12)", "This tensor would have 1,000,000,000,000 elements", "Limit"),
    ],
    "decorators": [
        ("@‸torch.no_grad()\ndef g(): pass", "A decorator"),
        ("@‸eval\ndef g(): pass", "A decorator"),
        ("@‸staticmethod\ndef g(): pass", "A decorator"),
        ("@f\n‸class T(torch.autograd.Function): pass", "A class stands outside of functions"),
    ],
    "walrus": [
        ("y = (‸z := eval)", "`:=`"),
        ("if (‸n := 3): pass", "`:=`"),
        ("y = [‸z := 1 for i in x]", "`:=`"),
        ("y = f'{(‸z := 1)}'", "`:=`"),
    ],
    "star-args": [
        ("y = f(‸*[1])", "`*` before an argument"),
        ("y = f(‸**{'a': 1})", "`**` before an argument"),
        ("y = [‸*x]", "`*` before an argument"),
        ("y = {**‸{}}", "`**` in a dict"),
        ("a, ‸*b = x", "`*` on the left"),
        ("def g(*‸args): pass", "`*args`"),
        ("def g(**‸k): pass", "`**k`"),
        ("print(‸*x)", "`*` before an argument"),
    ],
    "Python's own doors": [
        ("‸exec('y = 1')", "`exec`"),
        ("‸eval('1')", "`eval`"),
        ("‸compile('1', 'a', 'eval')", "`compile`"),
        ("‸open('/etc/passwd')", "`open`"),
        ("‸input()", "`input`"),
        ("‸breakpoint()", "`breakpoint`"),
        ("‸globals()", "`globals`"),
        ("‸getattr(x, 'data')", "`getattr`"),
        ("‸setattr(x, 'data', x)", "`setattr`"),
        ("‸type('A', (), {})", "`type`"),
        ("import ‸os, sys", "`os` cannot be imported"),
        ("import ‸importlib", "`importlib` cannot be imported"),
        ("import ‸viz", "`viz` cannot be imported"),
        ("‸from . import x", "`.` cannot be imported"),
        ("from torch import ‸*", "`import *`"),
        ("‸try: eval('1')\nexcept: pass", "`try`"),
        ("‸raise SystemExit", "`raise`"),
        ("with ‸open('a') as b: pass", "`with` is followed by `torch.no_grad():` or"),
        ("‸global x", "`global`"),
        ("‸async def g(): pass", "`async def`"),
    ],
    "torch's global state": [
        ("‸torch.set_default_dtype(torch.float64)", "`torch.set_default_dtype`"),
        ("‸torch.set_default_device('meta')", "`torch.set_default_device`"),
        ("‸torch.set_num_threads(1)", "`torch.set_num_threads`"),
        ("‸torch.set_grad_enabled(False)", "`torch.set_grad_enabled`"),
        ("‸torch.use_deterministic_algorithms(True)", "`torch.use_deterministic_algorithms`"),
        ("‸torch.autograd.set_detect_anomaly(True)", "`torch.autograd.set_detect_anomaly`"),
        ("‸torch.set_rng_state(x)", "`torch.set_rng_state`"),
        ("‸torch.set_printoptions(precision=9)", "`torch.set_printoptions`"),
        ("‸torch.manual_seed(f)", "`torch.manual_seed` takes no function"),
        ("‸np.random.set_state(a)", "`numpy.random.set_state`"),
        ("‸np.seterr(all='raise')", "`numpy.seterr`"),
        ("y = ‸torch.rand(3, generator=x)", "`torch.rand` takes no `generator` in this language"),
        ("y = ‸torch.zeros(1, device='meta')", "`torch.zeros` takes no `device` in this language"),
        ("y = ‸torch.exp(x, out=x)", "`torch.exp` takes no `out` in this language"),
        ("y = ‸x.to('cuda')", "`to` takes a dtype here, as in `x.to(torch.float64)`", "TypeError"),
    ],
}
