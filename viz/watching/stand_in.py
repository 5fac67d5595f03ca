"""The values of a run that stand for something that the run does not have."""

from __future__ import annotations

from abc import ABC, abstractmethod


class StandIn(ABC):
    """A value that a program may name, and that is described by a text alone."""

    __slots__ = ()

    @property
    @abstractmethod
    def text(self) -> str:
        """What it is, as the end of a sentence: "a picture, which is not drawn here"."""
