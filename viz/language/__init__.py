"""The language of the programs: real PyTorch, checked against tables, run statement by statement."""

from viz.language.compiler.parsing import parse
from viz.language.outline import outline
from viz.language.replay.loss_surface import surface
from viz.language.running import record, run
from viz.language.runtime.problems import Refused
from viz.language.runtime.program import Program

__all__ = ["Program", "Refused", "outline", "parse", "record", "run", "surface"]
