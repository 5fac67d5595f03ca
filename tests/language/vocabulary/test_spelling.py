"""A misspelt name is understood, and the name of something else is not taken for a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn, optim

from viz.language.vocabulary.kinds import KINDS
from viz.language.vocabulary.libraries import LIBRARIES
from viz.language.vocabulary.spelling import is_plural, nearest

_VARIABLES = ("loss", "epoch", "x_train", "W_ih", "x1", "optimizer", "learning_rate", "velocity", "model", "data")

#: What a program may name after the dot, or alone.
KNOWN: dict[str, Iterable[str]] = {
    **{name: library.members for name, library in LIBRARIES.items()},
    "attribute": KINDS.names,
    "variable": _VARIABLES,
    "import": LIBRARIES,
}

SLIPS = {
    "torch": "tnsor:tensor tesnor:tensor zeors:zeros zeross:zeros onse:ones sofmax:softmax sigmod:sigmoid "
    "matmull:matmul arrange:arange manual_sed:manual_seed no_gard:no_grad nograd:no_grad "
    "flaot32:float32 Relu:relu",
    "torch.nn": "Lineer:Linear linear:Linear relu:ReLU Sequental:Sequential crossentropyloss:CrossEntropyLoss "
    "CrossEntropy:CrossEntropyLoss MSELos:MSELoss MSE:MSELoss Embeding:Embedding Dropout2:Dropout2d",
    "torch.optim": "SDG:SGD sgd:SGD adam:Adam Adma:Adam adamw:AdamW RMSProp:RMSprop LBGFS:LBFGS",
    "torch.nn.functional": "MSELoss:mse_loss mse:mse_loss cross_entorpy:cross_entropy one_hott:one_hot",
    "numpy": "aray:array linespace:linspace meann:mean",
    "attribute": "backwrd:backward backwards:backward detatch:detach zero_gard:zero_grad zerograd:zero_grad "
    "requries_grad:requires_grad requires_grd:requires_grad trasnpose:transpose unsqeeze:unsqueeze shpae:shape "
    "reshpe:reshape paramters:parameters wieght:weight weights:weight itme:item gard:grad",
    "variable": "losss:loss los:loss optimiser:optimizer optimzer:optimizer learning_rte:learning_rate "
    "lerning_rate:learning_rate velocty:velocity modle:model",
    "import": "numppy:numpy troch:torch torch.nn.functonal:torch.nn.functional torch.optm:torch.optim",
}

OTHERS = {
    "torch": "gradcheck format DataLoader cost cols grid avg sum2 log3 float63 power plot predict summary fit",
    "torch.nn": "Model Layer Conv5d Attention Optimizer Tensor",
    "torch.optim": "Lion Lamb AdaBelief StepLR Loss",
    "torch.nn.functional": "binary relu7 hinge accuracy",
    "numpy": "tensor cat gradient2 exb relu",
    "attribute": "gradcheck grid gram cols cost foo predict accuracy fit plot loss score rows mean2 rate step_by",
    "variable": "epoch2 y_train x_test W_hh x2 lr acc w l loss2 loss_fn test_loss date mode criterion batch",
    "import": "cmath random time mat matplotlib sklearn pytorch tensorflow jax",
}


def _rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(where, word) for where, words in table.items() for word in words.split()]


@pytest.mark.parametrize(("where", "slip"), _rows(SLIPS))
def test_a_misspelt_name_is_understood(where: str, slip: str) -> None:
    typed, meant = slip.split(":")
    assert nearest(typed, KNOWN[where]) == meant


@pytest.mark.parametrize(("where", "name"), _rows(OTHERS))
def test_the_name_of_something_else_is_not_taken_for_a_misspelt_one(where: str, name: str) -> None:
    assert nearest(name, KNOWN[where]) is None


@pytest.mark.parametrize(
    ("where", "thing"),
    [
        *(("torch", torch), ("torch.nn", nn), ("torch.nn.functional", nn.functional), ("torch.optim", optim)),
        *(("numpy", np), ("attribute", torch.Tensor), ("attribute", np.ndarray), ("attribute", str)),
    ],
)
def test_no_name_that_a_library_has_is_taken_for_a_misspelt_one(where: str, thing: Any) -> None:
    names = [name for name in dir(thing) if not name.startswith("_") and name not in KNOWN[where]]
    taken = {name: near for name in names if (near := nearest(name, KNOWN[where])) is not None}
    assert {name for name, near in taken.items() if name.lower() != near.lower()} == set()


def test_a_name_as_near_to_two_others_is_neither() -> None:
    assert nearest("factir", ["factor"]) == "factor"
    assert nearest("factir", ["factor", "factis"]) is None


def test_a_plural_is_known() -> None:
    assert is_plural("epochs", "epoch") and is_plural("loss", "losses")
    assert not is_plural("epoch", "batch")
