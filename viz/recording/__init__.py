"""Records a running program: the graph that torch builds, its values and gradients, statement by statement."""

from viz.recording.recorder import Recorder
from viz.recording.tape import Tape
from viz.watching.run import Run

__all__ = ["Recorder", "Run", "Tape"]
