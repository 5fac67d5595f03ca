"""If a statement runs several backwards, even before it calls a function, the last one is checked."""

from __future__ import annotations

import pytest

from tests.explaining.checked import checked

HEAD = """\
import torch
w = torch.tensor(2.0, requires_grad=True)
v = torch.tensor(1.0, requires_grad=True)
loss, other = w ** 2, v ** 3
def f(a, b=0):
    k = a * 2
    return k
"""


@pytest.mark.parametrize(
    "line",
    ["(loss.backward(), other.backward())", "f(1, other.backward())", "f(f(1), f(2, other.backward()))"],
)
def test_the_last_backward_of_a_statement_is_checked(line: str) -> None:
    one = checked(f"{HEAD}{line}\n")["v"]
    assert one.agrees
    assert one.exact == (3.0,)
