"""Tape -> one HTML file that plays the tape offline, with the stage in it and without Python."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from typing import Any

from viz.export.excerpt import Excerpt
from viz.export.explanations import Explain, packed
from viz.export.stage_modules import import_map, start, styles
from viz.frames.tape import Taped
from viz.writing.stage_json import StageWriter

#: The title if the program does not begin with a comment.
TITLE = "PyTorch autograd, step by step"
_LONGEST_TITLE = 100
#: Iterations whose nodes a page explains: each takes about 2 kB, and a tenth of a second to write.
EXPLAINED = 50
_ANSWERS = '<script type="application/gzip;base64" id="answers">{}</script>\n'

#: The file shows what is in it and fetches nothing: it works without a network, and sends nothing.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{styles}
</style>
<script type="importmap">{modules}</script>
</head>
<body class="viz-offline">
<main id="stage"></main>
<p class="viz-excerpt">{extent}</p>
<noscript>This page plays a recorded run. It needs JavaScript, which is switched off here.</noscript>
<script type="application/json" id="tape">{tape}</script>
{answers}{plotly}<script type="module">{start}</script>
</body>
</html>
"""


def html_of(
    tape: Taped,
    iterations: int,
    series: Sequence[str] = (),
    figures: Sequence[dict[str, Any]] = (),
    plotly: str = "",
    explain: Explain | None = None,
) -> str:
    """Return the page of the first `iterations` iterations of `tape`, or of all if there are fewer.

    `figures` are the charts as the stage draws them, `series` the variables that they follow, and `plotly` the
    text of plotly.js; without them the page has no charts. With `explain`, which describes a node, the page
    explains its first EXPLAINED iterations. The program's text is never part of the HTML. Raises ValueError if
    `plotly` cannot be put into a page.
    """
    part = Excerpt(tape, iterations)
    chunk, _ = StageWriter(part, "offline", series, lambda _: list(figures)).chunk(0, part.total)
    pieces = {
        "policy": escape(_POLICY),
        "title": escape(title_of(tape.source)),
        "styles": _whole(styles(), "style"),
        "modules": _json(json.dumps(import_map(), ensure_ascii=False)),
        "extent": escape(_extent(tape, part)),
        "tape": _json(chunk.decode()),
        "answers": _ANSWERS.format(packed(part, explain, EXPLAINED)) if explain else "",
        "plotly": f"<script>{_whole(plotly, 'script')}</script>\n" if plotly else "",
        "start": _whole(start(), "script"),
    }
    # One pass over the template: braces in what is put in are not replaced.
    return re.sub(r"{(\w+)}", lambda match: pieces[match[1]], _PAGE)


def title_of(source: str) -> str:
    """Return the first line of a program if it is a comment; otherwise TITLE."""
    first = source.lstrip().partition("\n")[0].strip()
    said = " ".join(first.lstrip("#").split()) if first.startswith("#") else ""
    return said[:_LONGEST_TITLE] or TITLE


def _extent(tape: Taped, part: Excerpt) -> str:
    """Return the sentence that says how much of the run the page has."""
    if not part.total:
        return "A recorded run of PyTorch."
    count = f"{part.total} iteration{'s' if part.total > 1 else ''}"
    if tape.total is None or tape.total == part.total:
        return f"A recorded run of PyTorch, {count}."
    return f"A recorded run of PyTorch, the first {count} of {tape.total}."


def _json(text: str) -> str:
    """Escape JSON for a script element: no `<` can end it, and no character ends a line in JavaScript."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _whole(text: str, element: str) -> str:
    """Return the text of a file unchanged. Raises ValueError if it would end its element."""
    if re.search(rf"</{element}|<!--", text, re.IGNORECASE):
        raise ValueError(f"The text cannot be put into a {element} element.")
    return text
