"""Programs with loaders, modules, hooks and derivatives that meet a limit; `costly.py` runs them with its own."""

from __future__ import annotations

_DATA = "from torch.utils.data import {}\n"
_LENGTH = (
    "class D(Dataset):\n    def __len__(self): return 10**9\n    def __getitem__(self, place): return place\n"
)
_SHUFFLED = f"{_DATA.format('DataLoader, Dataset')}{_LENGTH}x = next(iter(DataLoader(D(), shuffle=True)))"
_SPLIT = f"{_DATA.format('Dataset, random_split')}{_LENGTH}x = random_split(D(), [1, 10**9 - 1])"
_FOREVER = """\
class D(Dataset):
    def __len__(self): return 9
    def __getitem__(self, place):
        while True: pass
"""
_ENLARGING = "*[nn.Upsample(scale_factor=99)] * 3"

#: Programs below the HEAD of `costly.py`, by the limit that they meet, each with a part of the sentence.
PROGRAMS: dict[str, tuple[str, str]] = {
    "entries of a dataset that is shuffled": (_SHUFFLED, "at most 300,000"),
    "entries of a dataset that is divided": (_SPLIT, "at most 300,000"),
    "entries of a batch": (
        f"{_DATA.format('DataLoader')}x = DataLoader([1.0], batch_size=10**9, drop_last=True)",
        "at most 300,000",
    ),
    "numbers of a batch": (
        f"{_DATA.format('DataLoader')}x = next(iter(DataLoader([torch.ones(1000)] * 900, batch_size=900)))",
        "300,000 is the most",
    ),
    "a dataset without end": (
        f"{_DATA.format('DataLoader, Dataset')}{_FOREVER}x = next(iter(DataLoader(D())))",
        "50,000 statements",
    ),
    "numbers that a sampler draws": (
        f"{_DATA.format('WeightedRandomSampler')}x = WeightedRandomSampler([1.0], 10**9)",
        "at most 300,000",
    ),
    "numbers that are drawn again and again": (
        f"{_DATA.format('RandomSampler')}x = list(RandomSampler([1], replacement=True, num_samples=10**9))",
        "at most 300,000",
    ),
    "numbers that a sampler puts together": (
        f"{_DATA.format('BatchSampler')}x = list(BatchSampler([1], 10**9, True))",
        "at most 300,000",
    ),
    "datasets in datasets": (
        f"{_DATA.format('Subset')}x = [1]\nfor i in range(900): x = Subset(x, [0])",
        "nested at most 100 deep",
    ),
    "random numbers of a generator": (
        "x = torch.rand(10**12, generator=torch.Generator())",
        "300,000 is the most",
    ),
    "numbers of a multinomial": ("x = torch.multinomial(torch.ones(2), 10**9, True)", "at most 300,000"),
    "modules in a list": (
        "x = nn.ModuleList()\nfor i in range(900): x.append(nn.ReLU())",
        "at most 100 entries",
    ),
    "modules without end": (
        "import itertools\nx = nn.ModuleList(itertools.repeat(nn.ReLU()))",
        "300,000 entries",
    ),
    "a list of modules in itself": ("x = nn.ModuleList()\nx.append(x)", "nested at most 20 deep"),
    "a dict of modules in itself": ("x = nn.ModuleDict()\nx['a'] = x", "nested at most 20 deep"),
    "a class derived from a layer": ("class A(nn.Linear): pass\nx = A(10**9, 10**9)", "at most 300,000"),
    "layers of a class that enlarge": (
        f"class A(nn.Sequential): pass\nx = A({_ENLARGING})(torch.ones(1, 1, 9, 9))",
        "300,000 is the most",
    ),
    "layers of a class in a Sequential": (
        f"class A(nn.Sequential): pass\nx = nn.Sequential(A(nn.Sequential({_ENLARGING})))(torch.ones(1, 1, 9, 9))",
        "300,000 is the most",
    ),
    "a hook without end": (
        "def f(grad):\n    while True: pass\nW.register_hook(f)\nW.sum().backward()",
        "50,000 statements",
    ),
    "inputs of a Jacobian": (
        "from torch.autograd.functional import jacobian\nx = jacobian(lambda v: v * 2, torch.ones(1000))",
        "at most 100 elements",
    ),
    "elements of a Jacobian": (
        "from torch.autograd.functional import jacobian\nx = jacobian(lambda v: v.repeat(90), torch.ones(100))",
        "300,000 is the most",
    ),
    "parameters in a vector without end": (
        "import itertools\nx = nn.utils.parameters_to_vector(itertools.repeat(torch.ones(9)))",
        "300,000 is the most",
    ),
}
