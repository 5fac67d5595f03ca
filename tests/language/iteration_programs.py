"""Programs whose training loop is in another one or in a function: Python and the language run them alike."""

from __future__ import annotations

from tests.language.block_programs import HEAD

__all__ = ["HEAD", "PROGRAMS"]

#: The subject of each program, and its lines, which come below the head.
PROGRAMS = {
    "batches in epochs": """\
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(3)
loader = DataLoader(TensorDataset(M, M.sum(dim=1, keepdim=True)), batch_size=2, shuffle=True)
net = nn.Linear(2, 1)
optimizer = optim.SGD(net.parameters(), lr=0.01)
for epoch in range(2):
    total = 0.0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = F.mse_loss(net(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, total)
print(net.weight)
""",
    "two trainings by one function, with tests in between": """\
def train(params, lr, passes=2):
    for epoch in range(1, passes + 1):
        if params.grad is not None:
            params.grad.zero_()
        loss = ((params * x - 1.0) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            params -= lr * params.grad
        if epoch % 2 == 0:
            print(f"epoch {epoch}, loss {float(loss):.4f}")
    return params

def tested(params):
    total = 0.0
    for one in x:
        total += (params * one).sum().item()
    return total

first = train(torch.tensor([0.5, 1.0, 1.5], requires_grad=True), 0.1)
print(tested(first))
second = train(torch.tensor([0.5, 1.0, 1.5], requires_grad=True), lr=0.01, passes=3)
print(tested(second))
""",
    "a method with enumerate, left by return": """\
class Trainer:
    def __init__(self, model):
        self.model = model
        self.losses = []

    def one(self, batch):
        loss = self.model(batch).pow(2).mean()
        loss.backward()
        return loss.item()

    def fit(self, batches, enough):
        for epoch in range(3):
            for i, batch in enumerate(batches):
                self.losses.append(self.one(batch))
                if self.losses[-1] < enough:
                    return epoch, i
                with torch.no_grad():
                    for p in self.model.parameters():
                        p -= 0.1 * p.grad
                self.model.zero_grad()
        return None

torch.manual_seed(0)
trainer = Trainer(nn.Linear(2, 1))
print(trainer.fit([M, M + 1.0], 1.5))
print(len(trainer.losses), trainer.losses)
""",
    "while, in a function, with an inner loop over time": """\
def fit(w):
    step = 0
    while True:
        h = torch.zeros(())
        for one in x:
            h = torch.tanh(w * one + h)
        loss = (h - 0.5) ** 2
        loss.backward()
        with torch.no_grad():
            w -= 0.5 * w.grad
            w.grad = None
        step += 1
        if step == 3 or loss < 1e-3:
            break
    return step

w = torch.tensor(0.3, requires_grad=True)
print(fit(w), w)
""",
    "an exception leaves the loops": """\
def train(w, limit):
    for epoch in range(2):
        for number in [1.0, 2.0, 3.0]:
            loss = (w * number) ** 2
            loss.backward()
            if loss > limit:
                raise ValueError("too large")
    return w

w = torch.tensor(1.0, requires_grad=True)
try:
    train(w, 3.0)
except ValueError as error:
    print(error, w.grad)
finally:
    print("done")
w = w.detach() * 2
print(w)
""",
    "a loop around the function that trains": """\
def step(w, lr):
    loss = ((w - 3.0) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    w.grad.zero_()
    return loss.item()

results = {}
for lr in [0.1, 0.4]:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    history = [step(w, lr) for _ in range(2)]
    k = 0
    while k < 2:
        history.append(step(w, lr))
        k += 1
    results[lr] = history
for lr, history in results.items():
    print(lr, [round(one, 4) for one in history])
""",
    "two loops that train in turn": """\
a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
def game(rounds):
    for r in range(rounds):
        for _ in range(2):
            loss = (a * b.detach() - 1.0) ** 2
            loss.backward()
            a.data -= 0.1 * a.grad
            a.grad = None
        for _ in range(1):
            (b * a.detach()).backward()
            b.data -= 0.1 * b.grad
            b.grad = None
        yield_ = a.item() * b.item()
        print(r, yield_)
game(2)
""",
}
