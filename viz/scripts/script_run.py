"""Runs a file with Python itself, one part at a time."""

from __future__ import annotations

import builtins
import sys
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType, ModuleType, TracebackType

from viz.intercepting.call_sites import CallSites
from viz.intercepting.calls import Calls
from viz.intercepting.guarded import Guarded
from viz.intercepting.hooks import hooks
from viz.intercepting.tracebacks import calls_in_own_files
from viz.scripts.markers import QUIET, Marked, marked
from viz.scripts.output import Output
from viz.scripts.surroundings import Surroundings
from viz.scripts.tracker import Tracker
from viz.scripts.uncaught import print_uncaught
from viz.syntax import text_of_file
from viz.turns import Ended, Turns
from viz.watching.observer import Observer
from viz.watching.raised import problem_of_exception


class ScriptRun:
    """A run of a file, as `python file arguments…` runs it; a tape drives it part by part.

    The file runs in a thread of its own, which waits at the end of each part until the next one is needed. An
    exception of the file ends the run and is reported with the last frame.
    """

    def __init__(self, file: Path, arguments: Sequence[str], observer: Observer, text: str | None = None) -> None:
        """Read the file, unless its `text` is given; raises what `text_of_file` raises, and SyntaxError."""
        self._script = _Script(file, arguments, observer, text_of_file(file) if text is None else text)
        self._turns = self._script.turns
        weakref.finalize(self, self._turns.end)

    @property
    def source(self) -> str:
        """The file's text."""
        return self._script.text

    @property
    def total(self) -> int | None:
        """The number of iterations: known once the loop that trains is over."""
        return self._script.iterations if self.over else None

    @property
    def over(self) -> bool:
        """Whether the run has left the outermost loop around the iterations."""
        return self._script.over

    @property
    def held(self) -> int:
        """0: what a file of one's own holds is its user's."""
        return 0

    def setup(self) -> None:
        """Run the file up to its first iteration."""
        if self._script.iterates:
            self._turns.next(self._script.run)

    def iteration(self) -> None:
        """Run up to the next iteration, or to the end of the loop."""
        self._turns.next(self._script.run)

    def after(self) -> None:
        """Run the rest of the file."""
        self._turns.next(self._script.run)

    def close(self, *, interrupted: bool = False, seconds: float | None = None) -> None:
        """End the run where it is, as an interrupt does or past its handlers; wait for its end, or some seconds.

        Blocks of `finally` run in any case.
        """
        self._turns.close(KeyboardInterrupt if interrupted else Ended, at_once=True, seconds=seconds)


class _Script:
    """A file and the state of its run. The thread refers to this, so the ScriptRun can be collected."""

    def __init__(self, file: Path, arguments: Sequence[str], observer: Observer, text: str) -> None:
        self.file = file
        self.text = text
        self.turns = Turns()
        self._arguments = arguments
        self._observer = Guarded(observer)
        self._found: Marked = marked(self.text)
        self._tracker: Tracker | None = None
        self._finished = False

    @property
    def iterates(self) -> bool:
        return self._found.iterates

    @property
    def iterations(self) -> int:
        return 0 if self._tracker is None else self._tracker.iterations

    @property
    def over(self) -> bool:
        return self._finished or (self._tracker is not None and self._tracker.over)

    def run(self) -> None:
        """Run the file to its end."""
        filename = str(self.file)
        code = compile(self._found.tree, filename, "exec")
        sites = CallSites(self.text, filename)
        calls = Calls(self._observer, sites)
        module = ModuleType("__main__")
        vars(module).update(__file__=str(self.file.absolute()), __builtins__=builtins)
        output = Output(sys.stdout)
        tracker = self._tracker = Tracker(self._found, vars(module), self._observer, calls, output, self.turns)
        calls.trains = tracker.trains
        surroundings = Surroundings(module, [filename, *self._arguments], output, self._observer.warned)
        self.turns.while_paused = surroundings.left
        try:
            named = {self._found.name: tracker, self._found.name + QUIET: False}
            quiet = _Quiet(self._found.name + QUIET)
            with _as_builtins(named), surroundings, hooks(self._observer, calls, quiet):
                tracker.begin()
                try:
                    with calls:
                        exec(code, vars(module))  # noqa: S102  # the user's own file, named by its user
                except (Ended, GeneratorExit):
                    raise
                except BaseException as error:  # noqa: BLE001  # the page shows any exception on its line
                    if self.turns.interrupted and isinstance(error, KeyboardInterrupt):
                        return  # nobody looks any more
                    if not isinstance(error, SystemExit) or error.code not in (None, 0):
                        self._fail(error, sites, tracker)
        finally:
            self._finished = True
            # What still calls the file's functions, such as `atexit`, has them run without their markers.
            vars(module)[self._found.name + QUIET] = True

    def _fail(self, error: BaseException, sites: CallSites, tracker: Tracker) -> None:
        """Report the exception that ended the file, and print it as Python does."""
        frame, instruction = self._raised(error)
        problem = problem_of_exception(error, sites.at(frame.f_code, instruction))
        calls = calls_in_own_files(error.__traceback__, str(self.file), self.text)
        tracker.fail(replace(problem, traceback=calls), frame, error)
        print_uncaught(error, str(self.file))

    def _raised(self, error: BaseException) -> tuple[FrameType, int]:
        """Return the innermost frame of the file that an exception came through, and the instruction it was at."""
        found: TracebackType | None = None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == str(self.file):
                found = trace
            trace = trace.tb_next
        assert found is not None, "the file's own frame called everything"
        return found.tb_frame, found.tb_lasti


@contextmanager
def _as_builtins(named: Mapping[str, object]) -> Iterator[None]:
    """Make things visible in every module as builtins whose names no file can write; no module gets a global."""
    vars(builtins).update(named)
    try:
        yield
    finally:
        for name in named:
            del vars(builtins)[name]


class _Quiet:
    """The change to torch that a script's own functions have markers."""

    def __init__(self, name: str) -> None:
        self._name = name

    def make(self) -> None:
        """Have the functions run with their markers."""
        vars(builtins)[self._name] = False

    def undo(self) -> None:
        """Have them run without."""
        vars(builtins)[self._name] = True
