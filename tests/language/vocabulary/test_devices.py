"""Every tensor of a program is on the CPU, whatever devices the machine has."""

from __future__ import annotations

import pytest

import viz
from viz.language.vocabulary.making.devices import BACKENDS, CUDA

HEAD = "import torch\nfrom torch import nn\nx = torch.ones(2)\n"
MISSING = (
    "x.cuda()",
    "x.to('cuda')",
    "x.to(torch.device('cuda', 0))",
    "torch.zeros(2, device='cuda:1')",
    "nn.Linear(1, 1).cuda()",
    "nn.Linear(1, 1, device='cuda')",
    "nn.Linear(1, 1).to('cuda')",
    "x.type('torch.cuda.FloatTensor')",
)


@pytest.mark.parametrize("line", MISSING)
def test_cuda_raises_what_torch_raises_without_it(line: str) -> None:
    error = viz.run(HEAD + line).error
    assert error is not None
    assert (error.kind, error.message) == ("AssertionError", "Torch not compiled with CUDA enabled")


def test_mps_raises_what_torch_raises_without_it() -> None:
    error = viz.run(HEAD + "x.to('mps')").error
    assert error is not None
    assert (error.kind, error.line) == ("RuntimeError", 4)
    assert "mps" in error.message


def test_a_branch_for_a_device_that_is_missing_is_not_taken() -> None:
    tape = viz.run(HEAD + "if torch.cuda.is_available():\n    x = x.cuda()\nprint(x.device)\n")
    assert tape.error is None
    assert tape[-1].printed == "cpu\n"


def test_the_libraries_of_devices_do_not_ask_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    assert CUDA.members["is_available"]() is False
    assert BACKENDS.members["mps"].members["is_available"]() is False


def test_memory_that_torch_leaves_as_it_was_is_the_same_each_time() -> None:
    tape = viz.run(HEAD + "print(torch.empty(2), torch.Tensor(1), torch.empty(1, dtype=torch.int16))\n")
    assert tape[-1].printed == "tensor([nan, nan]) tensor([nan]) tensor([32767], dtype=torch.int16)\n"


def test_the_defaults_that_a_run_has_already_may_be_named() -> None:
    named = "torch.set_default_device(torch.device('cpu'))\ntorch.set_default_tensor_type('torch.FloatTensor')\n"
    tape = viz.run(f"{HEAD}{named}y = torch.ones(2)")
    assert tape.error is None
    assert tape[-1].variables["y"].dtype == "float32"


@pytest.mark.parametrize(
    "call",
    ["set_default_device('cuda')", "set_default_tensor_type('torch.DoubleTensor')", "set_default_device(0)"],
)
def test_no_other_default_is_taken(call: str) -> None:
    error = viz.run(f"{HEAD}torch.{call}").error
    assert error is not None and error.kind == "Refused"
    assert f"`torch.{call.partition('(')[0]}` takes " in error.message
