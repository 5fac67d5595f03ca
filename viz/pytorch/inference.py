"""Tells when a module may take torch's own path for inference, which it takes only if nothing hears its calls."""

from __future__ import annotations

import torch
from torch import nn

_WITH_ANOTHER_PATH = (nn.MultiheadAttention, nn.TransformerEncoderLayer, nn.TransformerEncoder)


def may_infer(module: nn.Module) -> bool:
    """Whether a call may compute attention in one kernel: in evaluation mode, if no gradient is needed.

    The last digits differ from those of the other path.
    """
    if not isinstance(module, _WITH_ANOTHER_PATH) or module.training:
        return False
    return not (torch.is_grad_enabled() and any(one.requires_grad for one in module.parameters()))
