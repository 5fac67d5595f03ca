"""The plotly.js that draws the charts in the browser."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def plotly_js() -> Path:
    """The file that the installed plotly package brings."""
    return Path(str(files("plotly") / "package_data" / "plotly.min.js"))
