"""`pip install .` installs the library and the command, with all that they need, and the requirements agree."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.installation import ROOT, environment, install
from viz.page import command

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("wheel"))


def _lines(name: str) -> set[str]:
    """The packages in a requirements file, spelled uniformly, without its `-r` lines."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return _one_spelling(line for line in lines if line and not line.startswith(("#", "-r ")))


def _one_spelling(requirements: Iterable[str]) -> set[str]:
    return {str(Requirement(one)) for one in requirements}


def test_the_page_needs_the_packages_of_requirements_txt() -> None:
    assert _one_spelling(PROJECT["dependencies"] + EXTRAS["app"]) == _lines("requirements.txt")


def test_the_tests_need_the_packages_of_requirements_dev_txt() -> None:
    page, *rest = EXTRAS["dev"]
    assert page == "autograd-explainer[app]"
    assert "-r requirements.txt" in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    assert _one_spelling(rest) == _lines("requirements-dev.txt")


def test_the_wheel_has_the_whole_package_and_the_app_and_nothing_else(installed: Path) -> None:
    found = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    about = {name for name in found if ".dist-info/" in name}
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "viz").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    app = {"autograd_explainer/app.py", "autograd_explainer/.streamlit/config.toml", "bin/autograd-explainer"}
    assert found - about == package | app
    assert any(name.endswith("licenses/LICENSE") for name in about)


def test_the_installed_library_records_a_program(installed: Path, tmp_path: Path) -> None:
    script = "import sys, viz; print(viz.__file__, len(viz.run(sys.argv[1], iterations=1)))"
    program = (ROOT / "viz" / "programs" / "01_linear_regression.py").read_text(encoding="utf-8")
    run = [sys.executable, "-c", script, program]
    printed = subprocess.check_output(run, cwd=tmp_path, env=environment(installed), text=True)
    file, frames = printed.rsplit(maxsplit=1)
    assert Path(file) == installed / "viz" / "__init__.py"
    assert int(frames) > 5


def test_the_command_without_what_the_page_needs_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r'pip install "\.\[app\]"'):
        command.main()
