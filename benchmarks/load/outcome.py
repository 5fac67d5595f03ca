"""The result of a part of the load test."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from benchmarks.load.crowd import Goals, Load
from benchmarks.table import Row


@dataclass(slots=True)
class Outcome:
    """Rows of the table, and what went wrong."""

    rows: list[Row] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lost: int = 0

    def add(self, who: str, load: Load, goals: Goals) -> None:
        """Add the result of a crowd."""
        self.rows += load.rows(who, goals)
        self.errors += load.answers.errors
        self.lost += load.answers.lost

    @property
    def said(self) -> str:
        """The errors, each with its count; empty if there were none."""
        counted = Counter(self.errors).most_common()
        lost = [f"  {self.lost} × a step was lost"] if self.lost else []
        return "\n".join([*lost, *(f"  {times} × {error}" for error, times in counted)])
