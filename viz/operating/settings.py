"""The operator's settings: limits and the log, one environment variable each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class BadSetting(ValueError):
    """A variable has a value that its setting cannot have; the message is a sentence that names it."""


def _setting(default: Any, unit: str, about: str, least: float = 0, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"unit": unit, "about": about, "least": least, "choices": choices})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings; `max_sessions` is the variable VIZ_MAX_SESSIONS, and so on.

    The defaults suit a student's own machine. The sizes of uploads and messages are Streamlit's own options, in
    `.streamlit/config.toml`.
    """

    max_sessions: int = _setting(200, "sessions", "pages that are open at once; the next visitor waits", 1)
    tape_bytes: int = _setting(
        512 * 2**20, "bytes", "that all recordings take together; the least recently used go first", 2**20
    )
    recording_seconds_per_minute: float = _setting(
        60.0,
        "seconds",
        "of work for one session in any 60 seconds: recording, explaining, checking, downloads, the side bar",
        0.1,
    )
    recording_processes: int = _setting(
        1, "processes", "that record, beside the server; with 0 the server records itself"
    )
    retry_seconds: int = _setting(10, "seconds", "after which a waiting visitor's page tries again", 1)
    log_level: str = _setting(
        "WARNING", "", "the least level that is logged: INFO has one line for each event", choices=_LEVELS
    )


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"VIZ_{name.upper()}"


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings of an environment, with defaults. Raises BadSetting if one cannot be read."""
    given = {
        one.name: _parsed(variable(one.name), environment[variable(one.name)], type(one.default), one.metadata)
        for one in fields(Settings)
        if environment.get(variable(one.name), "")
    }
    return Settings(**given)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process; a wrong one ends it with a sentence."""
    try:
        return read(os.environ)
    except BadSetting as problem:
        raise SystemExit(str(problem)) from problem


def _parsed(name: str, text: str, kind: type, bounds: Mapping[str, Any]) -> Any:
    """Return the value of a variable. Raises BadSetting if it is not of this kind, or not within bounds."""
    if kind is str:
        if text not in bounds["choices"]:
            raise BadSetting(f"{name} has to be one of {', '.join(bounds['choices'])}, not {text!r}.")
        return text
    least = bounds["least"]
    what = "a whole number" if kind is int else "a number"
    try:
        number = kind(text)
    except ValueError:
        number = None
    # Not `number < least`, which is false for nan.
    if number is None or not least <= number < 2**63:
        raise BadSetting(
            f"{name} has to be {what} of at least {least:,} ({bounds['unit']}), not {text!r}."
        ) from None
    return number
