"""Every loss of `torch.nn` that takes an input and a target, one entry each: the class and its function."""

from __future__ import annotations

from typing import Literal

from viz.entry import Argument, Entry, Targets

REDUCTION = Argument(
    "reduction",
    "mean",
    "choice",
    choices=("mean", "sum", "none"),
    help="How the losses of the points are combined: their mean, their sum, or not at all.",
)
KL_REDUCTION = Argument(
    "reduction",
    "mean",
    "choice",
    choices=("mean", "batchmean", "sum", "none"),
    help="How the losses of the numbers are combined: their mean, their sum divided by the number of rows, "
    "their sum, or not at all.",
)
IGNORE_INDEX = Argument("ignore_index", -100, "integer", help="Rows with this class are ignored.")


def _loss(
    name: str,
    function: str,
    arguments: tuple[Argument, ...],
    sentence: str,
    targets: Targets = "numbers",
    tensors: tuple[Literal["weight", "pos_weight"], ...] = (),
    inputs: tuple[str, ...] = ("input", "target"),
) -> Entry:
    return Entry(name, "torch.nn", arguments, sentence, function, targets, tensors, inputs)


def _eps(default: float) -> Argument:
    return Argument(
        "eps", default, minimum=0.0, help="A small number that keeps a logarithm or a variance from 0."
    )


def _full(what: str) -> Argument:
    return Argument("full", False, "flag", help=f"Add the part that does not depend on the prediction: {what}.")


LOSSES: tuple[Entry, ...] = (
    _loss("MSELoss", "mse_loss", (REDUCTION,), "The square of each error."),
    _loss("L1Loss", "l1_loss", (REDUCTION,), "The absolute value of each error."),
    _loss(
        "SmoothL1Loss",
        "smooth_l1_loss",
        (
            REDUCTION,
            Argument(
                "beta",
                1.0,
                minimum=0.0,
                help="The error from which the loss is a straight line; 0 makes it L1Loss.",
            ),
        ),
        "A parabola for small errors, divided by beta, and a straight line for large ones.",
    ),
    _loss(
        "HuberLoss",
        "huber_loss",
        (
            REDUCTION,
            Argument("delta", 1.0, minimum=0.0, help="The error from which the loss is a straight line; above 0."),
        ),
        "Half the square of a small error, and a straight line for a large one.",
    ),
    _loss(
        "BCEWithLogitsLoss",
        "binary_cross_entropy_with_logits",
        (REDUCTION,),
        "Cross-entropy of the prediction's sigmoid and a target from 0 to 1.",
        tensors=("weight", "pos_weight"),
    ),
    _loss(
        "PoissonNLLLoss",
        "poisson_nll_loss",
        (
            Argument("log_input", True, "flag", help="The prediction is the logarithm of the expected count."),
            _full("Stirling's formula for the factorial of the count"),
            _eps(1e-8),
            REDUCTION,
        ),
        "How unlikely the target is as a count, when the prediction says how many to expect.",
    ),
    _loss(
        "GaussianNLLLoss",
        "gaussian_nll_loss",
        (_full("half the logarithm of 2 pi"), _eps(1e-6), REDUCTION),
        "How unlikely the target is under a normal distribution, whose mean and variance are predicted.",
        inputs=("input", "target", "var"),
    ),
    _loss(
        "BCELoss",
        "binary_cross_entropy",
        (REDUCTION,),
        "Cross-entropy of a prediction and a target, both from 0 to 1.",
        "probabilities",
        ("weight",),
    ),
    _loss(
        "KLDivLoss",
        "kl_div",
        (
            KL_REDUCTION,
            Argument("log_target", False, "flag", help="The target holds logarithms of probabilities too."),
        ),
        "How far a distribution is from the target's; the prediction holds logarithms of probabilities.",
        "probabilities",
    ),
    _loss(
        "SoftMarginLoss",
        "soft_margin_loss",
        (REDUCTION,),
        "The logarithm of 1 + exp(-target * prediction); the target is -1 or 1.",
        "signs",
    ),
    _loss(
        "HingeEmbeddingLoss",
        "hinge_embedding_loss",
        (
            Argument("margin", 1.0, help="The distance that is required if the target is -1."),
            REDUCTION,
        ),
        "The prediction if the target is 1, and what it lacks to the margin if the target is -1.",
        "signs",
    ),
    _loss(
        "CrossEntropyLoss",
        "cross_entropy",
        (
            IGNORE_INDEX,
            REDUCTION,
            Argument(
                "label_smoothing",
                0.0,
                minimum=0.0,
                maximum=1.0,
                help="How much of the target is spread evenly over all classes.",
            ),
        ),
        "Minus the logarithm of the probability that the softmax of a row gives to its class.",
        "classes",
        ("weight",),
    ),
    _loss(
        "NLLLoss",
        "nll_loss",
        (IGNORE_INDEX, REDUCTION),
        "Minus the prediction at the class of each row; the prediction holds logarithms of probabilities.",
        "classes",
        ("weight",),
    ),
    _loss(
        "MultiMarginLoss",
        "multi_margin_loss",
        (
            Argument("p", 1, "integer", minimum=1, maximum=2, help="The power of the shortfall from the margin."),
            Argument("margin", 1.0, help="How far the class's score has to be above the others."),
            REDUCTION,
        ),
        "How far the score of each row's class falls short of the others plus the margin.",
        "classes",
        ("weight",),
    ),
    _loss(
        "MultiLabelMarginLoss",
        "multilabel_margin_loss",
        (REDUCTION,),
        "How far the scores of a row's classes fall short of the others plus 1; -1 ends the list of classes.",
        "labels",
    ),
    _loss(
        "MultiLabelSoftMarginLoss",
        "multilabel_soft_margin_loss",
        (REDUCTION,),
        "For each row the mean cross-entropy over the classes, each of which may be present or not.",
        "probabilities",
        ("weight",),
    ),
)


def exchangeable(entry: Entry) -> tuple[Entry, ...]:
    """Return the losses that can replace `entry`: those with the same inputs and the same kind of targets."""
    return tuple(one for one in LOSSES if (one.targets, one.inputs) == (entry.targets, entry.inputs))
