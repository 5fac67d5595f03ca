"""The exceptions that say that a program reached a limit of `viz.limits`."""

from __future__ import annotations


class LimitReached(Exception):
    """A program reached a limit. The message is a sentence that names it; whatever catches it adds the line."""


class PartLimit(LimitReached):
    """One part of a run reached a limit. The message lacks its subject, the part: the language adds it."""
