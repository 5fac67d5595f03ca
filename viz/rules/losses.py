"""The rules of the losses' Nodes. `reduction` is 0 for none, 1 for the mean, 2 for the sum."""

from __future__ import annotations

import struct

from viz.rules.rule import Rule, rule

#: For losses with a class for each row: 1 at the class, and the gradient that arrives at each row.
_CLASSES = {
    "chosen": "one_hot(target, ignore_index, shape)",
    "g": "for_rows(grad, shape) if reduction == 0 else grad / total_weight if reduction == 1 else grad",
}
_NLL = rule(
    self="where(chosen == 0, 0, -g) if weight is None else where(chosen == 0, 0, -g * for_classes(weight, shape))",
    given=_CLASSES,
)
#: The gradient that arrives at each row, for losses whose mean is over the rows.
_ROWS = (
    "for_rows(grad, shape) if reduction == 0 else grad * count(shape, -1) / count(shape, None) if reduction == 1 "
    "else grad"
)

#: The least denominator, a float32 in torch's kernel.
_LEAST = struct.unpack("f", struct.pack("f", 1e-12))[0]

LOSS_RULES: dict[str, Rule] = {
    "MseLossBackward0": rule(
        self="2 * (self - target) / count(shape, None) if reduction == 1 else 2 * (self - target)",
        target="-2 * (self - target) / count(shape, None) if reduction == 1 else -2 * (self - target)",
    ),
    "SmoothL1LossBackward0": rule(
        self="slope / count(shape, None) if reduction == 1 else slope",
        target="-slope / count(shape, None) if reduction == 1 else -slope",
        given={
            "slope": "where(error <= -beta, -1, where(error >= beta, 1, error / beta))",
            "error": "self - target",
        },
    ),
    "HuberLossBackward0": rule(
        self="slope / count(shape, None) if reduction == 1 else slope",
        target="-slope / count(shape, None) if reduction == 1 else -slope",
        given={
            "slope": "where(error <= -delta, -delta, where(error >= delta, delta, error))",
            "error": "self - target",
        },
    ),
    "BinaryCrossEntropyWithLogitsBackward0": rule(
        self="slope / count(shape, None) if reduction == 1 else slope",
        target="drift / count(shape, None) if reduction == 1 else drift",
        given={
            "slope": "error if weight is None else weight * error",
            "error": "sigmoid(self) - target if pos_weight is None else "
            "(1 - target) * sigmoid(self) - pos_weight * target * (1 - sigmoid(self))",
            "drift": "change if weight is None else weight * change",
            "change": "-self if pos_weight is None else logsigmoid(-self) - pos_weight * logsigmoid(self)",
        },
    ),
    "BinaryCrossEntropyBackward0": rule(
        self="slope / count(shape, None) if reduction == 1 else slope",
        target="drift / count(shape, None) if reduction == 1 else drift",
        given={
            "slope": "error if weight is None else weight * error",
            "error": f"(self - target) / where(self * (1 - self) > {_LEAST!r}, self * (1 - self), {_LEAST!r})",
            "drift": "change if weight is None else weight * change",
            "change": "log(1 - self) - log(self)",
        },
    ),
    "SoftMarginLossBackward0": rule(
        self="slope / count(shape, None) if reduction == 1 else slope",
        given={"slope": "-target * z / (1 + z)", "z": "exp(-target * self)"},
    ),
    "NllLossBackward0": _NLL,
    "NllLoss2DBackward0": _NLL,
    "MultiMarginLossBackward0": rule(
        self="g * where(chosen == 1, -sum(push, -1), push) / count(shape, -1)",
        given={
            "push": "lack if weight is None else lack * sum(chosen * weight, -1)",
            "lack": "where((short > 0) & (chosen == 0), 1 if p == 1 else 2 * short, 0)",
            "short": "margin + self - sum(where(chosen == 1, self, 0), -1)",
            "chosen": "one_hot(target, -1, shape)",
            "g": _ROWS,
        },
    ),
    "MultilabelMarginLossBackward0": rule(
        self="g * (reshape(sum(lack, -2), shape) - reshape(sum(lack, -1), shape)) / count(shape, -1)",
        given={
            "lack": "where((short > 0) & (unsqueeze(there, -2) == 0), unsqueeze(there, -1), 0)",
            "short": "1 - unsqueeze(row(self), -1) + unsqueeze(row(self), -2)",
            "there": "row(listed(target))",
            "g": _ROWS,
        },
    ),
    "XlogyBackward0": rule(
        self="where((self == 0) & (other <= 0), 0, log(other))",
        other="grad * self / other",
    ),
}
