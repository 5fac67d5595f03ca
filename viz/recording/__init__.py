"""Records a running program: the graph that torch builds, its values and gradients, statement by statement."""

from viz.recording.recorder import Recorder
from viz.recording.registry import Registry
from viz.recording.tape import Run, Tape

__all__ = ["Recorder", "Registry", "Run", "Tape"]
