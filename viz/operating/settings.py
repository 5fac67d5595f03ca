"""What whoever runs the server may set: limits and logs, one environment variable each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class BadSetting(ValueError):
    """A variable holds what its setting cannot be: the message is a sentence that names it."""


def _setting(default: Any, unit: str, about: str, least: float = 0, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"unit": unit, "about": about, "least": least, "choices": choices})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings; `max_sessions` is the variable VIZ_MAX_SESSIONS, and so on.

    The defaults suit a student's own machine. How large an upload and a message may be are Streamlit's own
    options, in `.streamlit/config.toml`.
    """

    max_sessions: int = _setting(200, "sessions", "pages that are open at once; the next visitor waits", 1)
    tape_bytes: int = _setting(
        512 * 2**20, "bytes", "what all recordings take together; those unused for the longest go first", 2**20
    )
    recording_seconds_per_minute: float = _setting(
        60.0,
        "seconds",
        "work for one session in any 60 seconds: recording, explaining, checking, taking away, the side bar",
        0.1,
    )
    recording_processes: int = _setting(
        1, "processes", "that record, beside the one that serves; at 0 that one records itself"
    )
    retry_seconds: int = _setting(10, "seconds", "after which the page of a visitor who waits tries again", 1)
    log_level: str = _setting("WARNING", "", "what is logged: INFO has one line an event", choices=_LEVELS)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"VIZ_{name.upper()}"


def read(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment holds, defaults for the rest; BadSetting where one cannot be read."""
    given = {
        one.name: _parsed(variable(one.name), environment[variable(one.name)], type(one.default), one.metadata)
        for one in fields(Settings)
        if environment.get(variable(one.name), "")
    }
    return Settings(**given)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; a wrong one ends it with a sentence."""
    try:
        return read(os.environ)
    except BadSetting as problem:
        raise SystemExit(str(problem)) from problem


def _parsed(name: str, text: str, kind: type, bounds: Mapping[str, Any]) -> Any:
    """What the variable holds; BadSetting where that is no `kind`, or not within bounds."""
    if kind is str:
        if text not in bounds["choices"]:
            raise BadSetting(f"{name} is one of {', '.join(bounds['choices'])}, and not {text!r}.")
        return text
    least = bounds["least"]
    what = "a whole number" if kind is int else "a number"
    try:
        number = kind(text)
    except ValueError:
        number = None
    # Not `number < least`: that is no answer for nan.
    if number is None or not least <= number < 2**63:
        raise BadSetting(f"{name} is {what} of at least {least:g} ({bounds['unit']}), and not {text!r}.") from None
    return number
