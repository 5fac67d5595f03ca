"""The stage's files for one page: its modules in an import map, and its style sheets in one text."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath

STAGE = Path(__file__).parent.parent / "stage"
#: The module that plays a tape inside its page. The page has every module that it imports.
ENTRY = "offline.js"
#: The prefix of module names in the page: a relative address does not work inside a `data:` URL.
_PREFIX = "stage/"

_IMPORT = re.compile(r"""(\b(?:from|import)\s*\(?\s*)"(\.\.?/[^"]+\.js)\"""")
#: A comment that has its lines for itself.
_COMMENT = re.compile(r"^ *(?:/\*\*(?:.|\n)*?\*/|//.*)\n", re.MULTILINE)
#: Characters that are quoted in a `data:` URL, the percent sign first.
_QUOTED = {"%": "%25", "#": "%23", "\n": "%0A", "\r": "%0D", "\t": "%09"}
_STYLES = ("stage.css",)


@lru_cache(maxsize=1)
def modules() -> dict[str, str]:
    """Return the modules that `ENTRY` needs, and itself: their names in the page -> their texts.

    The texts are the files' without the comments, which are a quarter of them, and but for what they import each
    other by.
    """
    found: dict[str, str] = {}
    waiting = [ENTRY]
    while waiting:
        file = waiting.pop()
        if _PREFIX + file in found:
            continue
        text = (STAGE / file).read_text(encoding="utf-8")
        waiting += [_imported(match, file) for match in _IMPORT.finditer(text)]
        found[_PREFIX + file] = _with_page_names(_COMMENT.sub("", text), file)
    return found


def _imported(match: re.Match[str], file: str) -> str:
    """Return the path, from `STAGE`, of the module that `file` imports at this match of `_IMPORT`."""
    return normpath(join(dirname(file), match[2]))


def _with_page_names(text: str, file: str) -> str:
    """Return the text of `file` with its imports by their names in the page."""
    return _IMPORT.sub(lambda match: f'{match[1]}"{_PREFIX}{_imported(match, file)}"', text)


def import_map() -> dict[str, dict[str, str]]:
    """Return the import map of these modules, each as a `data:` URL, so that nothing is fetched."""
    return {"imports": {name: data_url(text) for name, text in modules().items()}}


def start() -> str:
    """Return the text of the module that starts the stage."""
    return f'import "{_PREFIX}{ENTRY}";'


@lru_cache(maxsize=1)
def styles() -> str:
    """Return the stage's style sheets, `stage.css` first, as the others build on it."""
    files = sorted(STAGE.glob("*.css"), key=lambda path: (path.name not in _STYLES, path.name))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def data_url(text: str) -> str:
    """Return a module's text as a `data:` URL."""
    for one, quoted in _QUOTED.items():
        text = text.replace(one, quoted)
    return f"data:text/javascript;charset=utf-8,{text}"
