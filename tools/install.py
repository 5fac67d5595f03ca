"""Installs the requirements files that it is given into the environment of the Python that runs it.

python tools/install.py requirements.txt

On Linux the package index alone gives PyTorch's CUDA build, several gigabytes. PyTorch's own index has the CPU
build of the same version, so pip asks it too, if it answers. `TORCH_INDEX` names another index; empty, it
names none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence

#: PyTorch's public index of CPU builds.
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
#: The time that the index has to answer. A machine that cannot reach it does without.
PROBE_SECONDS = 2.0


def main(files: Sequence[str]) -> int:
    """Run pip; return its exit status."""
    return subprocess.call(command(files, torch_index(os.environ, sys.platform)))


def command(files: Sequence[str], index: str | None) -> list[str]:
    """Return the pip command that installs these files."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    extra = ["--extra-index-url", index] if index else []
    return [*pip, *extra, *(word for file in files for word in ("--requirement", file))]


def torch_index(environment: Mapping[str, str], platform: str) -> str | None:
    """Return the index that has PyTorch's CPU build; None if the package index has it, or if no index answers."""
    index = environment.get("TORCH_INDEX", CPU_INDEX if platform == "linux" else "")
    if not index or answers(index):
        return index or None
    print(f"{index} does not answer; PyTorch comes from the package index.", file=sys.stderr)
    return None


def answers(index: str, seconds: float = PROBE_SECONDS) -> bool:
    """Whether an index has a page for torch, and sends it within `seconds`."""
    found = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(f"{index}/torch/", timeout=seconds) as page:
                found.append(page.status == 200)
        except (OSError, ValueError, urllib.error.URLError):
            found.append(False)

    # A thread, because the timeout of a connection does not cover the look-up of its name.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return found == [True]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Name a requirements file: python tools/install.py requirements.txt")
    sys.exit(main(sys.argv[1:]))
