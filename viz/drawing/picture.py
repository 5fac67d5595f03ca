"""Draws a graph as SVG: its boxes and edges, with empty slots for the numbers.

A picture has no numbers of a run. An element for a number has the attribute `data-slot`, one that changes its look
`data-mark`; the stage fills the first and sets classes on the second. So all iterations that build the same graph
share one picture, and the stage shows a moment by changing texts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape

from viz.drawing.dot import (
    BOX_WIDTH,
    LOW_PICTURE,
    PICTURE_TOP,
    Box,
    Direction,
    Drawing,
    Link,
    rank_gap,
    to_dot,
)
from viz.drawing.engine import Layout, Point, lay_out
from viz.slots import box_mark, gradient_slot, value_slot
from viz.text import shortened

#: A graph with more boxes than this is drawn from left to right only, because it fits no screen anyway.
BOTH_DIRECTIONS = 60
#: Room around the drawing, so that thick outlines are not cut off.
MARGIN = 6
#: A longer name of a Node is squeezed, so that it stays in its box.
LONGEST_NAME = 30
#: In the row of a folded box: the height of a cell, and its largest and smallest width.
CELL_HEIGHT = 5
WIDEST_CELL, NARROWEST_CELL = 12.0, 2.0
#: The width of a picture in a box that has two, and the gap between them.
PICTURE_WIDTH, PICTURE_GAP = 70, 8
#: Where the picture of a vector begins in its row, and its width.
ROW_LEFT, ROW_WIDTH = 42, 42
#: Characters of the names of saved tensors that fit in a box.
LONGEST_SAVED = 22


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawing in one direction: its SVG, and the SVG's view box (x, y, width, height)."""

    svg: str
    view: tuple[int, int, int, int]


def draw(drawing: Drawing) -> dict[Direction, Sheet]:
    """Lay out a drawing from left to right, and a small one from top to bottom too; return its sheets.

    Raises LayoutError if Graphviz fails.
    """
    directions: tuple[Direction, ...] = ("LR", "TB") if len(drawing.boxes) <= BOTH_DIRECTIONS else ("LR",)
    return {direction: _sheet(drawing, direction) for direction in directions}


def _sheet(drawing: Drawing, direction: Direction) -> Sheet:
    """A drawing in one direction."""
    layout = lay_out(to_dot(drawing, direction))
    uses = Counter(link.tail for link in drawing.links)
    half_gap = rank_gap(drawing, direction) / 2
    lines = [_line(link, layout, direction, half_gap, uses[link.tail] > 1) for link in drawing.links]
    boxes = [_box(box, layout.nodes[box.name]) for box in drawing.boxes]
    width, height = round(layout.width + 2 * MARGIN), round(layout.height + 2 * MARGIN)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-MARGIN} {-MARGIN} {width} {height}" '
        f'width="{width}" height="{height}" '
        f'class="viz-picture" role="group" aria-label="The autograd graph">'
        f'<g class="viz-edges" aria-hidden="true">{"".join(lines)}</g>'
        f'<g class="viz-nodes">{"".join(boxes)}</g></svg>'
    )
    return Sheet(svg, (-MARGIN, -MARGIN, width, height))


def _box(box: Box, centre: Point) -> str:
    """One box: title, subtitle, value, and the gradient where the node can have one."""
    height = box.height
    left, top = centre[0] - BOX_WIDTH / 2, centre[1] - height / 2
    shown = [("value", value_slot(box.node), "value")]
    if box.kind == "leaf" or (box.kind == "operation" and box.retains):
        shown.append((".grad", gradient_slot(box.node), "gradient"))
    elif box.kind == "operation":
        shown.append(("flows", gradient_slot(box.node), "gradient passing"))
    row = _pictured if box.picture > LOW_PICTURE else _row
    rows = [row(box, place, *one) for place, one in enumerate(shown)]
    if box.saved:
        saved = escape(shortened(box.saved, LONGEST_SAVED))
        y = box.height - 8
        rows.append(f'<text class="viz-label viz-saved" x="10" y="{y}">saved {saved}</text>')
    rows.extend(_cells(box.inside))
    fits = len(box.subtitle) <= LONGEST_NAME
    squeezed = "" if fits else f' textLength="{BOX_WIDTH - 20}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<g class="viz-node {box.kind}{" folded" if box.inside else ""}" data-mark="{box_mark(box.node)}" '
        f'data-box="{box.name}" role="button" tabindex="-1" '
        f'transform="translate({left:.1f} {top:.1f})">'
        f'<rect class="viz-outline" width="{BOX_WIDTH}" height="{height}" rx="{_corner(box.kind)}"/>'
        f'<text class="viz-glyph now" x="{BOX_WIDTH - 10}" y="15">▶</text>'
        f'<text class="viz-glyph done" x="{BOX_WIDTH - 10}" y="15">✓</text>'
        f'<text class="viz-title" x="10" y="15">{escape(box.title)}</text>'
        f'<text class="viz-subtitle" x="10" y="27"{squeezed}>{escape(box.subtitle)}</text>'
        f"{''.join(rows)}</g>"
    )


def _cells(inside: tuple[int, ...]) -> list[str]:
    """A row of cells at the foot of a folded box, one a Node as far as there is room, each in its state."""
    if not inside:
        return []
    room = BOX_WIDTH - 20
    count = min(len(inside), int(room / NARROWEST_CELL))
    width = min(room / count, WIDEST_CELL)
    nodes = [inside[(2 * cell + 1) * len(inside) // (2 * count)] for cell in range(count)]
    return [
        f'<rect class="viz-cell" data-mark="{box_mark(node)}" x="{10 + cell * width:.1f}" y="65" '
        f'width="{max(width - 1, 1):.1f}" height="{CELL_HEIGHT}"/>'
        for cell, node in enumerate(nodes)
    ]


def _corner(kind: str) -> int:
    """Operations are round, tensors that the program made are square: the shape says it without colour."""
    return 14 if kind == "operation" else 3


def _row(box: Box, place: int, label: str, slot: str, meaning: str) -> str:
    """A row of a box: its label, and the number on the right; before it the picture, if it is a vector."""
    y = 43 + 14 * place
    number = f'<text class="viz-number {meaning}" x="{BOX_WIDTH - 10}" y="{y}" data-slot="{slot}"></text>'
    named = f'<text class="viz-label {meaning}" x="10" y="{y}">{label}</text>'
    if not box.picture:
        return named + number
    return (
        f'<g class="viz-pictured {meaning}" data-picture="{slot}" data-room="{ROW_WIDTH} {box.picture}">{named}'
        f'<g class="viz-cells" transform="translate({ROW_LEFT} {y - box.picture + 1})"></g>'
        f'<text class="viz-largest" x="{BOX_WIDTH - 10}" y="{y}"></text>{number}</g>'
    )


def _pictured(box: Box, place: int, label: str, slot: str, meaning: str) -> str:
    """A column of a box: its label, the place for a picture, and below it for its number of largest size.

    What has no picture, such as None, is written there too.
    """
    x = 10 + place * (PICTURE_WIDTH + PICTURE_GAP)
    width = BOX_WIDTH - 20 if box.kind == "data" else PICTURE_WIDTH
    y = PICTURE_TOP + box.picture + 12
    return (
        f'<g class="viz-pictured below {meaning}" data-picture="{slot}" data-room="{width} {box.picture}" '
        f'transform="translate({x} 0)">'
        f'<text class="viz-label {meaning}" y="43">{label}</text>'
        f'<g class="viz-cells" transform="translate(0 {PICTURE_TOP})"></g>'
        f'<text class="viz-largest" y="{y}"></text>'
        f'<text class="viz-number {meaning}" y="{y}" data-slot="{slot}"></text></g>'
    )


def _line(link: Link, layout: Layout, direction: Direction, half_gap: float, shared: bool) -> str:
    """One line with the place for the gradient that leaves along it, towards the input."""
    points = layout.edges[link.name]
    start, *rest = (f"{x:.1f},{y:.1f}" for x, y in points)
    path = f"M{start}C{' '.join(rest)}"
    shape = f'<path class="viz-line" d="{path}"/>'
    mark = f'data-mark="{link.name}"'
    if not link.edge.gradient:
        return f'<g class="viz-edge data" {mark}>{shape}</g>'
    if len(link.edges) > 1:
        return f'<g class="viz-edge bundle" {mark}>{shape}<title>{len(link.edges)} gradients</title></g>'
    x, y, anchor = _label_place(points, direction, half_gap, link.edge.slot if shared else None)
    arrow = "←" if direction == "LR" else "↑"
    return (
        f'<g class="viz-edge" {mark}>{shape}'
        f'<text class="viz-flow" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f'<tspan class="viz-arrow">{arrow}</tspan><tspan dx="3" data-slot="{link.name}"></tspan></text></g>'
    )


def _label_place(
    points: tuple[Point, ...], direction: Direction, half_gap: float, slot: int | None
) -> tuple[float, float, str]:
    """The position of an edge's number (its baseline) and its text-anchor: next to the input that it goes to.

    A line bends towards its operation, so the number is on the other side of it. If several lines leave one input,
    the number is on its own line instead, nearer to the operation; numbers at the same operation (`slot` is the
    argument's place in it) are below each other.
    """
    (tail_x, tail_y), (head_x, head_y) = points[0], points[-1]
    if slot is not None:
        x, y = _on_curve(points, 0.7)
        return x, y - 5 + 13 * slot, "middle"
    if direction == "LR":
        return tail_x + half_gap, tail_y + (15 if head_y < tail_y else -6), "middle"
    return (tail_x - 7, tail_y + half_gap, "end") if head_x > tail_x else (tail_x + 7, tail_y + half_gap, "start")


def _on_curve(points: tuple[Point, ...], share: float) -> Point:
    """The point at `share` (0 to 1) of a chain of cubic Bézier curves of equal weight each."""
    pieces = (len(points) - 1) // 3
    piece = min(int(share * pieces), pieces - 1)
    t = share * pieces - piece
    a, b, c, d = points[3 * piece : 3 * piece + 4]
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
    return x, y
