"""What the stage asks about a large graph: the drawing of an iteration with some of its folded boxes open."""

from __future__ import annotations

import re

from viz import limits
from viz.worker import explain
from viz.worker.jobs import BAD, UNKNOWN, Answer, Question, in_json

#: Nodes whose boxes are open, by their ids: "4.17.120".
_OPEN = re.compile(r"[0-9]{1,5}(\.[0-9]{1,5})*")


def drawing(question: Question) -> Answer:
    """The drawing of an iteration's graph as JSON: `svg`, level -> direction -> SVG, where the boxes of the Nodes
    `open` are not folded; or `problem`, a sentence, where it cannot be laid out.
    """
    from viz.drawing.engine import LayoutError
    from viz.drawing.picture import draw

    text = question.query.get("open", "")
    if not _OPEN.fullmatch(text) or text.count(".") >= limits.NODES:
        return BAD
    asked = explain.moment(question, ("iteration",))
    if isinstance(asked, Answer):
        return asked
    show, (iteration,) = asked
    try:
        whole = explain.part_of(show, iteration).whole
    except LookupError:
        return UNKNOWN
    try:
        picture = draw(whole, frozenset(int(node) for node in text.split(".")))
    except LayoutError as error:
        return in_json({"problem": str(error)})
    return in_json({"svg": picture.svg})
