"""What the stage asks about a large graph: the drawing of an iteration with some of its folded boxes open."""

from __future__ import annotations

import json
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz import limits
from viz.page import explain

#: Nodes whose boxes are open, by their ids: "4.17.120".
_OPEN = re.compile(r"[0-9]{1,5}(\.[0-9]{1,5})*")


def serve_picture(request: Request) -> Response:
    """The drawing of an iteration's graph as JSON: `svg`, level -> direction -> SVG, where the boxes of the Nodes
    `open` are not folded; or `problem`, a sentence, where it cannot be laid out.

    Not a coroutine, so it lays out in a thread of its own.
    """
    from viz.drawing.engine import LayoutError
    from viz.drawing.picture import draw

    text = request.query_params.get("open", "")
    if not _OPEN.fullmatch(text) or text.count(".") >= limits.NODES:
        return Response("Bad request", status_code=400)
    asked = explain.moment(request, ("iteration",))
    if isinstance(asked, Response):
        return asked
    show, (iteration,) = asked
    frames = explain.frames_of(show, iteration)
    if not frames:
        return Response("Not found", status_code=404)
    try:
        answer: dict[str, object] = {
            "svg": draw(frames[-1].graph, frozenset(int(node) for node in text.split("."))).svg
        }
    except LayoutError as error:
        answer = {"problem": str(error)}
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """Where the stage asks."""
    return [Route("/viz/picture/{name}", serve_picture)]
