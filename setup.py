"""Lists the packages of the wheel; everything else about it is in pyproject.toml.

`streamlit run` takes a script, with its options in a folder beside it. The repository has both at the top, where
hosts look for them; the wheel has the same two files as the package `autograd_explainer`.
"""

import shutil
from pathlib import Path

from setuptools import find_namespace_packages, setup

# setuptools would pack the modules that an earlier build left here, also those that are renamed by now.
shutil.rmtree(Path(__file__).parent / "build" / "lib", ignore_errors=True)

setup(
    packages=["autograd_explainer", *find_namespace_packages(include=["viz", "viz.*"], exclude=["*.__pycache__"])],
    package_dir={"autograd_explainer": "."},
    script_name="setup.py",  # pip runs it under another name, and would take this file for a module of the package
)
