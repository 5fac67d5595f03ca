"""Text for display."""

from __future__ import annotations


def shortened(text: str, length: int) -> str:
    """Return a string of at most `length` characters; a longer one is cut and ends in `…`."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def ended(text: str) -> str:
    """Return a string with a full stop at its end, unless it already ends in a punctuation mark."""
    return text if text.endswith((".", "!", "?", ":", "…")) else f"{text}."


def with_article(noun: str) -> str:
    """Return a type's name with its article: "a zip", "an enumerate"."""
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"
