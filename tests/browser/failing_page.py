"""A page that fails."""

from __future__ import annotations

raise ValueError("some text of a program")
