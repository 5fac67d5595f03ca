"""The server's settings: read from the environment, and a wrong one stops the start with a sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields

import pytest

from tests.browser.harness import ROOT
from viz.operating.settings import BadSetting, Settings, read, variable


def test_an_empty_environment_means_the_defaults() -> None:
    assert read({"HOME": "/", "VIZ_MAX_SESSIONS": ""}) == Settings()


def test_each_setting_is_read_from_the_variable_of_its_name() -> None:
    given = {
        "VIZ_MAX_SESSIONS": "30",
        "VIZ_TAPE_BYTES": "67108864",
        "VIZ_RECORDING_SECONDS_PER_MINUTE": "7.5",
        "VIZ_RECORDING_PROCESSES": "2",
        "VIZ_RETRY_SECONDS": "3",
        "VIZ_LOG_LEVEL": "INFO",
    }
    assert read(given) == Settings(30, 64 * 2**20, 7.5, 2, 3, "INFO")
    assert given.keys() == {variable(one.name) for one in fields(Settings)}


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("VIZ_MAX_SESSIONS", "many", "a whole number of at least 1 (sessions), not 'many'"),
        ("VIZ_MAX_SESSIONS", "0", "at least 1"),
        ("VIZ_MAX_SESSIONS", "1.5", "a whole number"),
        ("VIZ_TAPE_BYTES", "512MB", "(bytes), not '512MB'"),
        ("VIZ_TAPE_BYTES", "1024", "at least 1,048,576"),
        ("VIZ_RECORDING_SECONDS_PER_MINUTE", "nan", "a number of at least 0.1 (seconds)"),
        ("VIZ_RECORDING_SECONDS_PER_MINUTE", "inf", "a number of at least 0.1"),
        ("VIZ_LOG_LEVEL", "loud", "one of DEBUG, INFO, WARNING, ERROR, not 'loud'"),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence_that_names_its_variable(
    name: str, text: str, sentence: str
) -> None:
    with pytest.raises(BadSetting, match=f"^{name} has to be .*{re.escape(sentence)}"):
        read({name: text})


def test_a_wrong_value_ends_the_start_with_its_sentence() -> None:
    start = [sys.executable, "-c", "from viz.operating.settings import settings; settings()"]
    wrong = {"VIZ_MAX_SESSIONS": "x"}
    ended = subprocess.run(start, check=False, cwd=ROOT, env=wrong, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "VIZ_MAX_SESSIONS has to be a whole number of at least 1 (sessions), not 'x'.\n"


def test_the_page_on_settings_names_every_one_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(VIZ_\w+)` \| ([^|]+?) \|", page, re.MULTILINE))
    defaults = Settings()
    assert rows == {variable(one.name): f"{getattr(defaults, one.name)}" for one in fields(Settings)}
