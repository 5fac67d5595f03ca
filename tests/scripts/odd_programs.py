"""Programs with what a recorder may stumble over: odd tensors, compiled code, transforms, hooks, checkpoints.

Each is a few lines that leave their result in `R`.
"""

from __future__ import annotations

HEAD = "import torch\nfrom torch import nn\ntorch.manual_seed(0)\n"

#: Programs, by what is odd in them.
ODD = {
    "large": """
W = torch.randn(1000, 1000, requires_grad=True)
x = torch.randn(5, 1000)
l = (x @ W).pow(2).mean()
l.backward()
R = W.grad
""",
    "sparse": """
i = torch.tensor([[0, 1], [1, 0]])
S = torch.sparse_coo_tensor(i, torch.tensor([1.0, 2.0]), (2, 2))
w = torch.ones(2, 2, requires_grad=True)
l = torch.sparse.mm(S, w).sum()
l.backward()
R = w.grad
""",
    "sparse grad": """
e = nn.Embedding(5, 3, sparse=True)
o = torch.optim.SparseAdam(list(e.parameters()))
l = e(torch.tensor([1, 2])).sum()
l.backward()
o.step()
R = e.weight
""",
    "csr": """
S = torch.eye(3).to_sparse_csr()
w = torch.ones(3, 2, requires_grad=True)
l = (S @ w).sum()
l.backward()
R = w.grad
""",
    "quantized": """
q = torch.quantize_per_tensor(torch.tensor([1.0, 2.0]), 0.1, 0, torch.qint8)
d = q.dequantize()
w = torch.ones(2, requires_grad=True)
l = (w * d).sum()
l.backward()
R = w.grad
""",
    "meta": """
m = torch.empty(3, device="meta")
n = m * 2
mm = nn.Linear(2, 2, device="meta")
w = torch.ones(2, requires_grad=True)
l = (w * w).sum()
l.backward()
R = w.grad
""",
    "meta grad": """
mm = nn.Linear(2, 2, device="meta")
y = mm(torch.ones(1, 2, device="meta")).sum()
w = torch.ones(2, requires_grad=True)
l = (w * w).sum()
l.backward()
y.backward()
R = w.grad
""",
    "nested": """
a = torch.ones(2, 3, requires_grad=True)
n = torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(1, 3)], requires_grad=True)
m = n * 2
l = torch.nested.to_padded_tensor(m, 0.0).sum() + a.sum()
l.backward()
R = a.grad
""",
    "jagged": """
n = torch.nested.nested_tensor(
    [torch.ones(2, 3), torch.ones(1, 3)], layout=torch.jagged, requires_grad=True
)
m = n * 2
l = m.values().sum()
l.backward()
R = torch.ones(1)
""",
    "complex": """
z = torch.tensor([1 + 2j, 3.0], requires_grad=True)
l = (z * z.conj()).real.sum()
l.backward()
R = z.grad
""",
    "inference": """
w = torch.ones(3, requires_grad=True)
with torch.inference_mode():
    k = w * 2
    j = k + 1
l = (w * w).sum()
l.backward()
R = w.grad
""",
    "subclass": """
class T(torch.Tensor):
    pass
t = torch.ones(3).as_subclass(T)
w = torch.ones(3, requires_grad=True)
l = (w * t).sum()
l.backward()
R = w.grad
""",
    "subclass function": """
class T(torch.Tensor):
    @classmethod
    def __torch_function__(cls, f, t, a=(), k=None):
        return super().__torch_function__(f, t, a, k or {})
t = torch.ones(3).as_subclass(T)
w = torch.ones(3, requires_grad=True)
l = (w * t).sum()
l.backward()
R = w.grad.as_subclass(torch.Tensor)
""",
    "dispatch subclass": """
from torch.testing._internal.two_tensor import TwoTensor
t = TwoTensor(torch.ones(3), torch.ones(3))
w = torch.ones(3, requires_grad=True)
l = (t * 2).sum()
k = (w * w).sum()
k.backward()
R = w.grad
""",
    "torch.func.grad": """
w = torch.ones(3, requires_grad=True)
g = torch.func.grad(lambda v: (v * v).sum())(w.detach())
l = (w * g).sum()
l.backward()
R = w.grad
""",
    "vmap": """
w = torch.ones(3, requires_grad=True)
g = torch.vmap(lambda v: v * w)(torch.ones(2, 3))
l = g.sum()
l.backward()
R = w.grad
""",
    "jacrev": """
w = torch.ones(3)
J = torch.func.jacrev(lambda v: v * v)(w)
H = torch.func.hessian(lambda v: (v**3).sum())(w)
R = J
""",
    "jvp": """
import torch.autograd.forward_ad as fw
with fw.dual_level():
    d = fw.make_dual(torch.ones(2), torch.ones(2))
    o = fw.unpack_dual(d * d)
R = o.tangent
""",
    "a checkpoint": """
from torch.utils.checkpoint import checkpoint
n = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
l = checkpoint(n, torch.ones(1, 2), use_reentrant=False).sum()
l.backward()
R = n[0].weight.grad
""",
    "a reentrant checkpoint": """
from torch.utils.checkpoint import checkpoint
n = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
l = checkpoint(n, torch.ones(1, 2, requires_grad=True), use_reentrant=True).sum()
l.backward()
R = n[0].weight.grad
""",
    "user hooks": """
seen = []
w = torch.ones(3, requires_grad=True)
w.register_hook(lambda g: g * 2)
y = w * w
y.register_hook(lambda g: g * 3)
y.grad_fn.register_hook(lambda a, b: None)
w.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.sum().item()))
l = y.sum()
l.backward()
R = w.grad
""",
    "module hooks": """
n = nn.Linear(2, 1)
n.register_forward_hook(lambda m, i, o: o * 2)
n.register_full_backward_hook(lambda m, gi, go: None)
l = n(torch.ones(1, 2)).sum()
l.backward()
R = n.weight.grad
""",
    "saved hooks": """
w = torch.ones(3, requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
    l = (w * w).exp().sum()
l.backward()
R = w.grad
""",
    "save on cpu": """
w = torch.ones(3, requires_grad=True)
with torch.autograd.graph.save_on_cpu():
    l = (w * w).exp().sum()
l.backward()
R = w.grad
""",
    "autocast": """
n = nn.Linear(2, 1)
o = torch.optim.SGD(n.parameters(), lr=0.1)
with torch.autocast("cpu", dtype=torch.bfloat16):
    l = n(torch.ones(1, 2)).sum()
l.backward()
o.step()
R = n.weight
""",
    "compile": """
n = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
f = torch.compile(n, backend="eager")
o = torch.optim.SGD(n.parameters(), lr=0.1)
for i in range(3):
    o.zero_grad()
    l = f(torch.ones(1, 2)).sum()
    l.backward()
    o.step()
R = n[0].weight
""",
    "a compiled function": """
@torch.compile(backend="aot_eager")
def f(a):
    b = a * a
    return (b * a).sum()
w = torch.ones(3, requires_grad=True)
l = f(w)
l.backward()
R = w.grad
""",
    "compile step": """
w = torch.ones(3, requires_grad=True)
o = torch.optim.Adam([w])
st = torch.compile(o.step, backend="eager")
(w * w).sum().backward()
st()
R = w
""",
    "compile fullgraph": """
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
class N(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(2, 2)
    def forward(self, x):
        return F.apply(self.l(x))
n = N()
f = torch.compile(n, backend="aot_eager", fullgraph=True)
l = f(torch.ones(1, 2)).sum()
l.backward()
R = n.l.weight.grad
""",
    "compile breaks": """
@torch._dynamo.disable
def d(a):
    return a * 2
def g(a):
    b = a + 1
    print(end="")
    c = d(b)
    return (c * b).sum()
f = torch.compile(g, backend="eager")
w = torch.ones(3, requires_grad=True)
for i in range(2):
    l = f(w)
    l.backward()
R = w.grad
""",
    "compile in sequential": """
n = nn.Sequential(nn.Linear(2, 3), torch.compile(nn.Linear(3, 3), backend="eager"), nn.Tanh())
l = n(torch.ones(1, 2)).sum()
l.backward()
R = n[0].weight.grad
""",
    "compile method": """
n = nn.Linear(2, 1)
n.compile(backend="eager")
l = n(torch.ones(1, 2)).sum()
l.backward()
R = n.weight.grad
""",
    "compile train": """
n = nn.Linear(2, 1)
o = torch.optim.SGD(n.parameters(), lr=0.1)
@torch.compile(backend="eager")
def st(x):
    o.zero_grad()
    l = n(x).sum()
    l.backward()
    o.step()
    return l
for i in range(2):
    st(torch.ones(1, 2))
R = n.weight
""",
    "compile raises": """
@torch.compile(backend="eager")
def f(a):
    raise ValueError(3)
w = torch.ones(3, requires_grad=True)
try:
    f(w)
except ValueError:
    pass
l = (w * w).sum()
l.backward()
R = w.grad
""",
    "compile device": """
with torch.device("cpu"):
    @torch.compile(backend="eager")
    def f(a):
        return (a * torch.ones(3)).sum()
    w = torch.ones(3, requires_grad=True)
    l = f(w)
l.backward()
R = w.grad
""",
    "compiled autograd": """
from torch._dynamo import compiled_autograd
w = torch.ones(3, requires_grad=True)
n = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
with compiled_autograd._enable(torch.compile(backend="eager")):
    l = (n(w) * 2).sum()
    l.backward()
R = torch.cat([w.grad, n[0].weight.grad.flatten()])
""",
    "compiled autograd of several": """
from torch._dynamo import compiled_autograd
w = torch.ones(3, requires_grad=True)
with compiled_autograd._enable(torch.compile(backend="eager")):
    torch.autograd.backward([(w * w).sum(), (w * 3).sum()])
    g, = torch.autograd.grad((w * w).sum(), w)
w.grad += g
(w * w).sum().backward()
R = w.grad
""",
    "compiled autograd of a compiled function": """
n = nn.Linear(2, 1)
@torch.compile(backend="eager")
def st(x):
    l = n(x).sum()
    l.backward()
    return l
with torch._dynamo.config.patch(compiled_autograd=True):
    for i in range(2):
        st(torch.ones(1, 2))
R = n.weight.grad
""",
    "data loader with workers": """
from torch.utils.data import DataLoader, Dataset
class D(Dataset):
    def __len__(self):
        return 6
    def __getitem__(self, i):
        x = torch.ones(2) * i
        return x + 1
n = nn.Linear(2, 1)
for x in DataLoader(D(), batch_size=2, num_workers=2):
    l = n(x).sum()
    l.backward()
R = n.weight.grad
""",
    "jit trace": """
n = nn.Linear(2, 1)
f = torch.jit.trace(n, torch.ones(1, 2))
l = f(torch.ones(1, 2)).sum()
l.backward()
R = n.weight.grad
""",
    "fx": """
import torch.fx
n = nn.Sequential(nn.Linear(2, 1), nn.ReLU())
f = torch.fx.symbolic_trace(n)
l = f(torch.ones(1, 2)).sum()
l.backward()
R = n[0].weight.grad
""",
    "anomaly": """
w = torch.ones(3, requires_grad=True)
with torch.autograd.detect_anomaly(check_nan=False):
    l = (w * w).sum()
    l.backward()
R = w.grad
""",
    "a backward with two roots": """
w = torch.ones(3, requires_grad=True)
a = (w * w).sum()
b = (w * 3).sum()
torch.autograd.backward([a, b])
R = w.grad
""",
    "autograd.grad of two outputs": """
w = torch.ones(3, requires_grad=True)
a = w * w
b = w * 3
g = torch.autograd.grad([a, b], [w], grad_outputs=[torch.ones(3), torch.ones(3)])
R = g[0]
""",
    "batched grad": """
w = torch.ones(3, requires_grad=True)
a = w * w
g = torch.autograd.grad(a, w, grad_outputs=torch.eye(3), is_grads_batched=True)
R = g[0]
""",
    "double": """
w = torch.ones(3, requires_grad=True)
a = (w**3).sum()
(g,) = torch.autograd.grad(a, w, create_graph=True)
g.sum().backward()
R = w.grad
""",
    "a backward with inputs": """
w = torch.ones(3, requires_grad=True)
v = torch.ones(3, requires_grad=True)
(w * v).sum().backward(inputs=[w])
R = w.grad
""",
    "parametrize": """
n = nn.utils.parametrizations.weight_norm(nn.Linear(2, 1))
l = n(torch.ones(1, 2)).sum()
l.backward()
R = n.bias.grad
""",
    "lazy": """
n = nn.LazyLinear(2)
l = n(torch.ones(1, 3)).sum()
l.backward()
R = n.weight.grad
""",
    "scaler": """
n = nn.Linear(2, 1)
o = torch.optim.SGD(n.parameters(), lr=0.1)
s = torch.amp.GradScaler("cpu")
l = n(torch.ones(1, 2)).sum()
s.scale(l).backward()
s.step(o)
s.update()
R = n.weight
""",
    "a Function of one's own": """
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
w = torch.ones(3, requires_grad=True)
l = F.apply(w).sum()
l.backward()
R = w.grad
""",
    "threads": """
import threading
w = torch.ones(3, requires_grad=True)
def go():
    (w * w).sum().backward()
t = threading.Thread(target=go)
t.start()
t.join()
R = w.grad
""",
    "a default device": """
with torch.device("cpu"):
    w = torch.ones(3, requires_grad=True)
l = (w * w).sum()
l.backward()
R = w.grad
""",
    "dispatch mode": """
from torch.utils.flop_counter import FlopCounterMode
n = nn.Linear(2, 1)
with FlopCounterMode(display=False) as c:
    l = n(torch.ones(1, 2)).sum()
    l.backward()
R = n.weight.grad
""",
    "fake": """
from torch._subclasses.fake_tensor import FakeTensorMode
with FakeTensorMode():
    f = torch.ones(3)
    g = f * 2
R = torch.ones(1)
""",
}
