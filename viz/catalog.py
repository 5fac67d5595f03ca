"""Every optimizer, scheduler and data set that a program or the page may use, one entry each.

The language's tables and the side bar's widgets are built from these entries; CONTRIBUTING.md says what else an
addition takes. Names, order and defaults are PyTorch's own; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from viz.entry import Argument, Entry, Setting, Targets, find
from viz.losses import LOSSES

__all__ = [
    "ALL_OPTIMIZERS",
    "DATASETS",
    "DEFAULT_PROGRAM",
    "IMPLEMENTATION_SWITCHES",
    "LOSSES",
    "OPTIMIZERS",
    "OTHER_LOSS_ARGUMENTS",
    "PROGRAMS",
    "REFUSED_OPTIMIZERS",
    "SCHEDULERS",
    "SPECIAL_OPTIMIZERS",
    "Argument",
    "Dataset",
    "Entry",
    "Setting",
    "Targets",
    "find",
]

#: The folder of the program files and the data sets.
PROGRAMS = Path(__file__).parent / "programs"

#: The program that the page opens on.
DEFAULT_PROGRAM = PROGRAMS / "01_linear_regression.py"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A CSV file shipped with the project: `columns` are its numeric ones, `source` says whose it is."""

    title: str
    file: Path
    columns: tuple[str, ...]
    units: tuple[str, ...]
    source: str


def _lr(default: float) -> Argument:
    return Argument("lr", default, minimum=0.0, help="Learning rate: how far a step goes.")


def _eps(default: float) -> Argument:
    return Argument("eps", default, minimum=0.0, help="Added to the denominator, so that it is never 0.")


def _weight_decay(default: float = 0.0) -> Argument:
    return Argument("weight_decay", default, minimum=0.0, help="Pulls each parameter towards 0 by this factor.")


BETAS = Argument(
    "betas",
    (0.9, 0.999),
    "pair",
    minimum=0.0,
    maximum=1.0,
    help="How much of the past the running means of the gradient and of its square keep; each below 1.",
)
MAXIMIZE = Argument("maximize", False, "flag", help="Climb the loss instead of going down.")
AMSGRAD = Argument("amsgrad", False, "flag", help="Divide by the largest mean square so far, not by the latest.")
DECOUPLED_WEIGHT_DECAY = Argument(
    "decoupled_weight_decay",
    False,
    "flag",
    help="Apply weight_decay to the parameter itself, not to its gradient.",
)

OPTIMIZERS: tuple[Entry, ...] = (
    Entry(
        "SGD",
        "torch.optim",
        (
            _lr(0.001),
            Argument("momentum", 0.0, minimum=0.0, help="How much of the last step the next one keeps."),
            Argument("dampening", 0.0, help="How much of a new gradient the momentum leaves out."),
            _weight_decay(),
            Argument("nesterov", False, "flag", help="Look ahead; needs momentum and no dampening."),
            MAXIMIZE,
        ),
        "SGD steps against the gradient; the step is lr times the gradient.",
    ),
    Entry(
        "Adam",
        "torch.optim",
        (_lr(0.001), BETAS, _eps(1e-8), _weight_decay(), AMSGRAD, MAXIMIZE, DECOUPLED_WEIGHT_DECAY),
        "Adam divides the running mean of the gradient by the root of the running mean of its square.",
    ),
    Entry(
        "AdamW",
        "torch.optim",
        (_lr(0.001), BETAS, _eps(1e-8), _weight_decay(0.01), AMSGRAD, MAXIMIZE),
        "AdamW is Adam with the weight decay applied to the parameter itself.",
    ),
    Entry(
        "Adamax",
        "torch.optim",
        (_lr(0.002), BETAS, _eps(1e-8), _weight_decay(), MAXIMIZE),
        "Adamax is Adam, but divides by the largest recent gradient instead of the mean square.",
    ),
    Entry(
        "NAdam",
        "torch.optim",
        (
            _lr(0.002),
            BETAS,
            _eps(1e-8),
            _weight_decay(),
            Argument("momentum_decay", 0.004, minimum=0.0, help="How fast the momentum reaches its full size."),
            DECOUPLED_WEIGHT_DECAY,
            MAXIMIZE,
        ),
        "NAdam is Adam, but looks ahead along its momentum.",
    ),
    Entry(
        "RAdam",
        "torch.optim",
        (_lr(0.001), BETAS, _eps(1e-8), _weight_decay(), DECOUPLED_WEIGHT_DECAY, MAXIMIZE),
        "RAdam is Adam, but divides only once it has seen enough gradients to trust the mean square.",
    ),
    Entry(
        "RMSprop",
        "torch.optim",
        (
            _lr(0.01),
            Argument(
                "alpha", 0.99, minimum=0.0, help="How much of the past the running mean of the square keeps."
            ),
            _eps(1e-8),
            _weight_decay(),
            Argument("momentum", 0.0, minimum=0.0, help="How much of the last step the next one keeps."),
            Argument("centered", False, "flag", help="Divide by the spread of the gradient instead of its size."),
            MAXIMIZE,
        ),
        "RMSprop divides the gradient by the root of the running mean of its square.",
    ),
    Entry(
        "Rprop",
        "torch.optim",
        (
            _lr(0.01),
            Argument(
                "etas",
                (0.5, 1.2),
                "pair",
                minimum=0.0,
                help="A step's factor when the gradient changes its sign (below 1) and when not (above 1).",
            ),
            Argument("step_sizes", (1e-6, 50.0), "pair", minimum=0.0, help="The smallest and the largest step."),
            MAXIMIZE,
        ),
        "Rprop uses only the gradient's sign; each element's step grows while the sign stays the same.",
        rate="Rprop reads lr at a parameter's first step only",
    ),
    Entry(
        "Adagrad",
        "torch.optim",
        (
            _lr(0.01),
            Argument("lr_decay", 0.0, minimum=0.0, help="How fast lr itself falls with the steps."),
            _weight_decay(),
            Argument(
                "initial_accumulator_value",
                0.0,
                minimum=0.0,
                help="Where the sum of the squared gradients begins.",
            ),
            _eps(1e-10),
            MAXIMIZE,
        ),
        "Adagrad divides the gradient by the root of the sum of all its squares.",
    ),
    Entry(
        "Adadelta",
        "torch.optim",
        (
            _lr(1.0),
            Argument("rho", 0.9, minimum=0.0, maximum=1.0, help="How much of the past the running means keep."),
            _eps(1e-6),
            _weight_decay(),
            MAXIMIZE,
        ),
        "Adadelta scales each step by the recent steps and the recent gradients.",
    ),
    Entry(
        "ASGD",
        "torch.optim",
        (
            _lr(0.01),
            Argument("lambd", 1e-4, help="How fast each parameter decays with lr."),
            Argument("alpha", 0.75, help="The power with which lr falls."),
            Argument("t0", 1e6, help="The step from which the parameters are averaged."),
            _weight_decay(),
            MAXIMIZE,
        ),
        "ASGD is SGD with a falling lr; it also keeps the average of the parameters.",
        rate="ASGD sets the size of a step from lr at the end of the step before",
    ),
    Entry(
        "Adafactor",
        "torch.optim",
        (
            _lr(0.01),
            Argument(
                "beta2_decay",
                -0.8,
                maximum=0.0,
                help="At step t the mean of the square keeps 1 - t**beta2_decay of its past.",
            ),
            Argument(
                "eps",
                (None, 0.001),
                "pair",
                minimum=0.0,
                help="The least size of a gradient (empty: the dtype's own) and of a parameter.",
            ),
            Argument("d", 1.0, minimum=1.0, help="The size from which an update is clipped."),
            _weight_decay(),
            MAXIMIZE,
        ),
        "Adafactor's steps are in proportion to the parameter; a matrix has mean squares by row and column.",
        rate="Adafactor takes lr or 1/√step, whichever is smaller",
    ),
)

#: Optimizers that do not fit every program: Muon updates matrices only, LBFGS needs a closure that repeats the
#: forward and backward pass.
SPECIAL_OPTIMIZERS: tuple[Entry, ...] = (
    Entry(
        "Muon",
        "torch.optim",
        (
            _lr(0.001),
            _weight_decay(0.1),
            Argument("momentum", 0.95, minimum=0.0, help="How much of the past the running mean keeps."),
            Argument("nesterov", True, "flag", help="Look ahead along the running mean."),
            _eps(1e-7),
            Argument("ns_steps", 5, "integer", 1, 99, help="How often the rows are turned towards each other."),
        ),
        "Muon makes the rows (or columns) of the gradient's running mean nearly orthonormal before each step.",
        others=("ns_coefficients", "adjust_lr_fn"),
    ),
    Entry(
        "LBFGS",
        "torch.optim",
        (
            _lr(1),
            Argument("max_iter", 20, "integer", 1, 1000, help="The most iterations inside one step."),
            Argument(
                "tolerance_grad", 1e-7, help="A step ends once no element of the gradient is larger than this."
            ),
            Argument(
                "tolerance_change", 1e-9, help="A step ends once the values or the loss change by less than this."
            ),
            Argument(
                "history_size",
                100,
                "integer",
                1,
                1000,
                help="How many of the last changes of the gradient it remembers.",
            ),
        ),
        "LBFGS may run the closure several times per step; it learns the curvature from how the gradient changed.",
        others=("max_eval", "line_search_fn"),
    ),
)

#: Every optimizer that a program may use.
ALL_OPTIMIZERS = OPTIMIZERS + SPECIAL_OPTIMIZERS

#: Optimizers of `torch.optim` that a program may not use, and why.
REFUSED_OPTIMIZERS: dict[str, str] = {
    "SparseAdam": "SparseAdam only takes sparse gradients, and the gradients here are dense; use Adam.",
}

#: Schedulers, and the names of their arguments after the optimizer. Left out are `last_epoch`, for resumed runs,
#: and `scale_fn` and `scale_mode`, the functions of CyclicLR.
SCHEDULERS: dict[str, str] = {
    "LambdaLR": "lr_lambda",
    "MultiplicativeLR": "lr_lambda",
    "StepLR": "step_size gamma",
    "MultiStepLR": "milestones gamma",
    "ConstantLR": "factor total_iters",
    "LinearLR": "start_factor end_factor total_iters",
    "ExponentialLR": "gamma",
    "PolynomialLR": "total_iters power",
    "CosineAnnealingLR": "T_max eta_min",
    "CosineAnnealingWarmRestarts": "T_0 T_mult eta_min",
    "CyclicLR": "base_lr max_lr step_size_up step_size_down mode gamma cycle_momentum base_momentum max_momentum",
    "OneCycleLR": "max_lr total_steps epochs steps_per_epoch pct_start anneal_strategy cycle_momentum "
    "base_momentum max_momentum div_factor final_div_factor three_phase",
    "ReduceLROnPlateau": "mode factor patience threshold threshold_mode cooldown min_lr eps",
    "SequentialLR": "schedulers milestones",
    "ChainedScheduler": "schedulers",
}

#: Arguments that choose how torch computes, not what; programs do not need them.
IMPLEMENTATION_SWITCHES = ("foreach", "fused", "capturable", "differentiable")

#: Arguments of the losses that PyTorch itself has deprecated.
OTHER_LOSS_ARGUMENTS = ("size_average", "reduce")

DATASETS: tuple[Dataset, ...] = (
    Dataset(
        "Hubble 1929: the galaxies recede",
        PROGRAMS / "hubble.csv",
        ("distance", "velocity"),
        ("Mpc", "km/s"),
        "Edwin Hubble, A Relation between Distance and Radial Velocity among Extra-Galactic Nebulae, "
        "Proceedings of the National Academy of Sciences 15 (1929) 168-173, table 1; in the public domain.",
    ),
)
