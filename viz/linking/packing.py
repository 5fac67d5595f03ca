"""A program in the characters of an address: compressed, with a version, and with limits when it is read back."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from functools import lru_cache
from pathlib import Path

from viz.limits import CHARACTERS

#: Characters of a packed program: the whole link stays below 8 kB.
LONGEST = 8_000
#: What a link has in place of a program that is too long for it.
_LEFT_OUT = re.compile("-([0-9a-f]{32})?")

#: The version of new links. Each version has a file of words, the dictionary of the compression. Existing links
#: need it unchanged for good, so other words need another version.
_VERSION = "1"
_VERSIONS = frozenset({_VERSION})

#: Bytes of the longest program in UTF-8; unpacking stops there.
_MOST_BYTES = 4 * CHARACTERS

_TOO_LONG = (
    f"This program is too long for a link: compressed it has more than {LONGEST:,} characters. "
    "To share it as a file, choose Download, then Program."
)
DAMAGED = "This link is damaged."
_UNKNOWN = "This link was made by another version of this page."
_KEPT_ELSEWHERE = "The program of this address was too long for a link, and this tab does not have it."


class TooLong(ValueError):
    """A program does not fit into a link; the message is a sentence for its author."""


class BadLink(ValueError):
    """A link cannot be read; the message is a sentence for the person who opened it."""


class LeftOut(BadLink):
    """The program was too long for this link, which has `place` instead: it identifies the program."""

    def __init__(self, place: str) -> None:
        super().__init__(_KEPT_ELSEWHERE)
        self.place = place


def pack(source: str) -> str:
    """Return a program as a link has it: its version, a dot, and letters, digits, `-` and `_`. Raises TooLong."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zdict=_words(_VERSION))
    compressed = compressor.compress(source.encode()) + compressor.flush()
    packed = f"{_VERSION}.{base64.urlsafe_b64encode(compressed).decode().rstrip('=')}"
    if len(source) > CHARACTERS or len(packed) > LONGEST:
        raise TooLong(_TOO_LONG)
    return packed


def left_out(source: str) -> str:
    """Return what a link has in place of a program that is too long for it: a check sum that identifies it."""
    return f"-{hashlib.sha256(source.encode(errors='surrogatepass')).hexdigest()[:32]}"


def unpack(packed: str, kept: str | None = None) -> str:
    """Return the program that `pack` packed, or the one that was `kept` if `left_out` returned this text for it.

    It has to be parsed like any input. Raises LeftOut if the program is not `kept`, and BadLink for any other
    text.
    """
    if _LEFT_OUT.fullmatch(packed):
        if kept is None or packed != left_out(kept):
            raise LeftOut(packed)
        return kept
    version, dot, letters = packed.partition(".")
    if len(packed) > LONGEST or not dot:
        raise BadLink(DAMAGED)
    if version not in _VERSIONS:
        raise BadLink(_UNKNOWN if version.isdecimal() else DAMAGED)
    try:
        source = _decompressed(_bytes(letters), _words(version)).decode()
    except (ValueError, zlib.error) as error:
        raise BadLink(DAMAGED) from error
    if len(source) > CHARACTERS:
        raise BadLink(DAMAGED)
    return source


def _bytes(letters: str) -> bytes:
    """Decode base64. Raises ValueError (binascii.Error is one) for other characters."""
    return base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True)


def _decompressed(data: bytes, words: bytes) -> bytes:
    """Decompress a whole program with its check sum. Raises zlib.error for anything else, and for too much."""
    decompressor = zlib.decompressobj(zlib.MAX_WBITS, zdict=words)
    text = decompressor.decompress(data, _MOST_BYTES + 1)
    if not decompressor.eof or decompressor.unused_data:
        raise zlib.error("cut off, too long, or followed by other data")
    return text


@lru_cache
def _words(version: str) -> bytes:
    # Read as text, so that a checkout with other line ends reads the same links.
    return Path(__file__).with_name(f"words_{version}.txt").read_text(encoding="utf-8").encode()
