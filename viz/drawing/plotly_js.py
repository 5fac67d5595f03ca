"""Finds the plotly.js that draws the charts in the browser."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def plotly_js() -> Path:
    """The path of plotly.js in the installed plotly package."""
    return Path(str(files("plotly") / "package_data" / "plotly.min.js"))
