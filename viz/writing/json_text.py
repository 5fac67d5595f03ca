"""JSON as text: each part is written once, and larger parts are joined from the texts of smaller ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def json_of(value: Any) -> str:
    """Return plain data as JSON. Raises ValueError for inf and NaN, which JSON does not have."""
    return _ENCODER.encode(value)


def json_array(texts: Iterable[str]) -> str:
    """Return an array of values that are JSON already."""
    return f"[{','.join(texts)}]"


def json_object(fields: Mapping[str, str]) -> str:
    """Return an object of values that are JSON already."""
    return f"{{{','.join([f'{json_of(name)}:{text}' for name, text in fields.items()])}}}"
