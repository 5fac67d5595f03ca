"""The command `autograd-explainer`: opens the page of the installed app."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

#: The package that holds `app.py` and Streamlit's options in an installation; in a checkout they lie at the top.
_INSTALLED = "autograd_explainer"
_MISSING = 'The page needs more than the library does. In the folder of the project: pip install ".[app]"'


def main() -> None:
    """Run `streamlit run` on the installed `app.py`; the command line's arguments are Streamlit's options."""
    if find_spec("streamlit") is None:
        sys.exit(_MISSING)
    from streamlit.web import cli

    cli.main(["run", str(installed_app()), *sys.argv[1:]], prog_name="streamlit")


def installed_app() -> Path:
    """Return the path of the installed `app.py`; its folder also holds `.streamlit/config.toml`."""
    spec = find_spec(_INSTALLED)
    assert spec is not None and spec.submodule_search_locations, "the installation is incomplete"
    return Path(next(iter(spec.submodule_search_locations))) / "app.py"
