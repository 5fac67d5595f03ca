"""What the stage asks about one node of the graph: its whole value, and its explanation."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz.explaining.whole import whole
from viz.frames import SETUP, Frame, Node, Span

_NUMBERS = ("iteration", "statement", "node")
_NUMBER = re.compile("-1|[0-9]{1,9}")
#: Seconds that a question may wait for iterations that are not recorded yet.
_PATIENCE = 1.0


def serve_node(request: Request) -> Response:
    """A node at a moment, as JSON: `value` (see `Whole`), `span` of its expression, and `sections` of explanation.

    With `part=value` the sections stay out. Not a coroutine, so it runs in a thread of its own.
    """
    from viz.page.shows import show_named

    asked = {name: request.query_params.get(name, "") for name in _NUMBERS}
    if not all(_NUMBER.fullmatch(text) for text in asked.values()):
        return Response("Bad request", status_code=400)
    show = show_named(request.path_params["name"])
    if show is None:
        return Response("Not found", status_code=404)
    iteration, statement, number = (int(asked[name]) for name in _NUMBERS)
    if iteration >= 0:
        show.tape.record(iteration + 1, seconds=_PATIENCE)
    frames = _frames(show.tape, iteration)
    whole_graph = frames[-1].graph.nodes if frames else ()
    if not 0 <= number < len(whole_graph) or statement >= len(frames):
        return Response("Not found", status_code=404)
    frame = frames[statement] if statement >= 0 else None
    answer = _answer(frame, whole_graph[number], request.query_params.get("part") == "value")
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """Where the stage asks."""
    return [Route("/viz/node/{name}", serve_node)]


def _frames(tape: Any, iteration: int) -> Sequence[Frame]:
    """The frames of the part that a moment lies in; none where there is no such part."""
    if iteration == SETUP:
        return tuple(tape.setup)
    if iteration < len(tape) and iteration < tape.recorded + 1:
        try:
            return tuple(tape.iteration(iteration))
        except IndexError:
            return tuple(tape.after) if iteration == tape.recorded else ()
    return ()


def _answer(frame: Frame | None, planned: Node, only_value: bool) -> dict[str, Any]:
    """`planned` is the node as the iteration ends with it: it has its place before it is built."""
    built = frame is not None and planned.id < len(frame.graph.nodes)
    node = frame.graph.nodes[planned.id] if frame is not None and built else planned
    answer: dict[str, Any] = {
        "name": node.name or "data",
        "variable": node.variable,
        "span": _span(node.expression),
    }
    if node.value is not None and built:
        answer["value"] = asdict(whole(node.value, node.shape, node.dtype))
    if only_value:
        return answer
    if frame is not None and built:
        from viz.explaining.nodes import explain_node

        answer["sections"] = [section.to_json() for section in explain_node(frame, node.id)]
    else:
        where = f" by `{node.expression.text}` in line {node.expression.line}" if node.expression else ""
        answer["sections"] = [
            {
                "heading": "Not built yet",
                "blocks": [{"text": f"PyTorch builds this Node{where}. Step on to see it."}],
            }
        ]
    return answer


def _span(span: Span | None) -> dict[str, int] | None:
    if span is None:
        return None
    return {"line": span.line, "column": span.column, "endLine": span.end_line, "endColumn": span.end_column}
