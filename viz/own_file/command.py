"""The command `python -m viz`: opens the page on a file of one's own."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from viz.own_file.script_worker import command_of
from viz.own_file.source_file import SourceFile, Unreadable

_USAGE = """\
python -m viz [--no-browser] FILE [ARGUMENT ...]

Opens the page on a file of your own: Python runs it as `python FILE ARGUMENT ...` does, and the page steps through
its training, statement by statement. Saving the file runs it again. Ctrl+C ends the page and the file.\
"""
_MISSING = 'The page needs Streamlit, which is not installed. In the folder of the project: pip install ".[app]"'
_NO_BROWSER = "--no-browser"


def main() -> None:
    """Serve the page on the file that the command line names; end with a sentence if that is not possible."""
    arguments = sys.argv[1:]
    opens_browser = arguments[:1] != [_NO_BROWSER]
    if not opens_browser:
        del arguments[0]
    if not arguments or arguments[0].startswith("-"):
        sys.exit(_USAGE)
    if find_spec("streamlit") is None:
        sys.exit(_MISSING)
    try:
        file = SourceFile(Path(arguments[0]))
    except Unreadable as problem:
        sys.exit(str(problem))
    command = command_of(file.path, arguments[1:])  # before Streamlit is imported, which changes the environment
    from viz.own_file import server

    server.serve(file, command, opens_browser=opens_browser)
