"""The language of the programs: real PyTorch, checked against tables, run statement by statement."""

from viz.language.loss_surface import surface
from viz.language.outline import outline
from viz.language.parsing import parse
from viz.language.problems import Refused
from viz.language.program import Program
from viz.language.running import record, run, tape_of

__all__ = ["Program", "Refused", "outline", "parse", "record", "run", "surface", "tape_of"]
