"""Runs Graphviz on DOT text and returns positions; no other module here starts a process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

#: Seconds that one layout may take.
TIME_LIMIT = 2.0
#: Layouts in the cache, by DOT text.
KEPT = 512

Point = tuple[float, float]


class LayoutError(RuntimeError):
    """Graphviz made no layout; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The positions from Graphviz, in points, with the origin at the top left.

    `nodes` maps a node's name to its centre, and `edges` an edge's `id` to the control points of its Bézier curve
    (1 + 3n points, from tail to head).
    """

    width: float
    height: float
    nodes: dict[str, Point]
    edges: dict[str, tuple[Point, ...]]


@lru_cache(maxsize=1)
def find_engine() -> str | None:
    """The path of the `dot` program: the one in the package graphviz-pure, else `dot` on the PATH."""
    scripts = Path(sysconfig.get_path("scripts"))
    for name in ("graphviz-pure", "graphviz-pure.exe"):
        if (scripts / name).is_file():
            return str(scripts / name)
    return shutil.which("graphviz-pure") or shutil.which("dot")


@lru_cache(maxsize=KEPT)
def lay_out(dot: str) -> Layout:
    """Lay a graph out.

    Raises LayoutError if there is no `dot` program, if it takes longer than TIME_LIMIT, or if it fails.
    """
    engine = find_engine()
    if engine is None:
        raise LayoutError(
            "The graph cannot be drawn: Graphviz was not found. Run `pip install graphviz-pure`, or install "
            "Graphviz so that `dot` is on the PATH; then restart the app."
        )
    try:
        # The binary takes the engine from its own name, which is not `dot`; hence -K.
        done = subprocess.run(
            [engine, "-Kdot", "-Tjson"],
            input=dot,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise LayoutError(
            f"The graph cannot be drawn: its layout took longer than {TIME_LIMIT:g} seconds. "
            "A loop with fewer operations draws in time."
        ) from None
    except (OSError, subprocess.CalledProcessError) as error:
        raise LayoutError(
            f"The graph cannot be drawn: Graphviz failed ({type(error).__name__}). Reinstall it with "
            "`pip install --force-reinstall graphviz-pure`."
        ) from error
    return _read(json.loads(done.stdout))


def _read(laid_out: dict[str, Any]) -> Layout:
    """Convert Graphviz's JSON (y upwards) to a Layout (y downwards)."""
    _, _, width, height = (float(number) for number in laid_out["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")[-2:]
        return round(float(x), 1), round(height - float(y), 1)

    nodes = {item["name"]: point(item["pos"]) for item in laid_out.get("objects", ()) if "pos" in item}
    edges = {}
    for edge in laid_out.get("edges", ()):
        # "e,x,y" and "s,x,y" are the arrows' tips; the rest are the curve's control points.
        edges[edge["id"]] = tuple(point(part) for part in edge["pos"].split() if part[0] not in "es")
    return Layout(width, height, nodes, edges)
