"""What holds in the process only while a script runs, and not while it waits for its next turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TextIO, cast

from viz.scripts.output import Output
from viz.watching.warnings_heard import heard_by, listen_afresh


class Surroundings:
    """Makes the script the main program, with its arguments and its folder on the path, and hears what it says.

    What the script sets itself, such as another `sys.stdout`, is there again after a pause, and gone at the end.
    """

    def __init__(
        self, module: ModuleType, arguments: list[str], output: Output, warned: Callable[[str, str], None]
    ) -> None:
        folder = str(Path(arguments[0]).resolve().parent)
        self._state = module, arguments, [folder, *sys.path], cast(TextIO, output)
        self._listener = heard_by(warned)
        listen_afresh()

    def __enter__(self) -> None:
        self._swap()
        self._listener.__enter__()

    def __exit__(self, *raised: object) -> None:
        self._listener.__exit__(*raised)
        self._swap()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Restore the process for as long as the script waits."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()

    def _swap(self) -> None:
        """Exchange the script's state with that of the process."""
        module, arguments, path, output = self._state
        self._state = sys.modules["__main__"], sys.argv, sys.path, sys.stdout
        sys.modules["__main__"], sys.argv, sys.path, sys.stdout = module, arguments, path, output
