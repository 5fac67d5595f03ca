"""Measures the time from the command line to the first graph in the browser, and the share of `import torch`."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.table import Row, row
from tests.browser.harness import launch, serve
from tests.browser.stage import open_stage

_STARTS = 5
_IMPORT = "import time; began = time.perf_counter(); import torch; print(time.perf_counter() - began)"


def startup() -> list[Row]:
    """The seconds from `streamlit run` to the first graph, and those of `import torch`, measured alternately."""
    first_graph: list[float] = []
    torch_import: list[float] = []
    with launch() as browser:
        for _ in range(_STARTS):
            torch_import.append(float(subprocess.check_output([sys.executable, "-c", _IMPORT], text=True)))
            began = time.perf_counter()
            with serve() as url, browser.new_context() as context:
                open_stage(context.new_page(), url)
                first_graph.append(time.perf_counter() - began)
    return [
        row("streamlit run -> first graph in the browser", first_graph, "s"),
        row("  of which import torch", torch_import, "s"),
    ]
