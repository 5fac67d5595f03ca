"""Every setting that deploy/ sets or docs/ names exists: it is ours or Streamlit's."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from streamlit import config

from tests.browser.harness import ROOT
from viz.operating.settings import Settings, variable

FILES = [
    *sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file()),
    *sorted((ROOT / "docs").glob("*.md")),
]
OURS = {variable(one.name) for one in fields(Settings)}
STREAMLITS = {option.env_var for option in config.get_config_options().values()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_a_file_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert {*re.findall(r"\bVIZ_[A-Z_]+", text)} <= OURS
    assert {*re.findall(r"\bSTREAMLIT_[A-Z_]+", text)} <= STREAMLITS


def test_the_manifests_set_the_limits_of_a_public_server() -> None:
    text = (ROOT / "deploy" / "kubernetes" / "deployment.yaml").read_text(encoding="utf-8")
    limits = {"VIZ_MAX_SESSIONS", "VIZ_TAPE_BYTES", "VIZ_RECORDING_SECONDS_PER_MINUTE"}
    assert limits <= {*re.findall(r"\bVIZ_[A-Z_]+", text)}
