"""A program's text as letters that an address may hold: compressed, versioned, and bounded on the way back."""

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
#: What stands in place of a program that is too long for a link.
_LEFT_OUT = re.compile("-([0-9a-f]{32})?")

#: The version that links are made in. Each has a file of words that its programs are compressed with; the links
#: that are out in the world need it for good, exactly as it is. So other words are another version.
_VERSION = "1"
_VERSIONS = frozenset({_VERSION})

#: Bytes of the longest program in UTF-8; what holds more is not unpacked any further.
_MOST_BYTES = 4 * CHARACTERS

_TOO_LONG = (
    f"This program is too long for a link: compressed it has more than {LONGEST:,} characters. "
    "To pass it on, take it away as a file."
)
DAMAGED = "This link is damaged."
_UNKNOWN = "This link was made by another version of this page."
_KEPT_ELSEWHERE = "The program of this address was too long for a link, and this tab does not have it."


class TooLong(ValueError):
    """A program does not fit into a link: the message is a sentence for whoever wants one."""


class BadLink(ValueError):
    """Nothing can be made of a link: the message is a sentence for whoever opened it."""


class LeftOut(BadLink):
    """The program was too long for this link; whoever kept it knows it by `place`, what stands there instead."""

    def __init__(self, place: str) -> None:
        super().__init__(_KEPT_ELSEWHERE)
        self.place = place


def pack(source: str) -> str:
    """A program as a link has it: its version, a dot, and letters, digits, `-` and `_`. Raises TooLong."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zdict=_words(_VERSION))
    compressed = compressor.compress(source.encode()) + compressor.flush()
    packed = f"{_VERSION}.{base64.urlsafe_b64encode(compressed).decode().rstrip('=')}"
    if len(source) > CHARACTERS or len(packed) > LONGEST:
        raise TooLong(_TOO_LONG)
    return packed


def left_out(source: str) -> str:
    """What stands in a link in place of a program that is too long for one: a check sum, by which it is known."""
    return f"-{hashlib.sha256(source.encode(errors='surrogatepass')).hexdigest()[:32]}"


def unpack(packed: str, kept: str | None = None) -> str:
    """The program that `pack` packed, to be parsed like anything typed; or the one that was `kept`, where
    `left_out` gave this text for it. Raises BadLink for every other text, LeftOut where the program is elsewhere.
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
    """What base64 letters stand for; ValueError (binascii.Error is one) for any other letters."""
    return base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True)


def _decompressed(data: bytes, words: bytes) -> bytes:
    """What was compressed, whole and with the right check sum; zlib.error for anything else, or for too much."""
    decompressor = zlib.decompressobj(zlib.MAX_WBITS, zdict=words)
    text = decompressor.decompress(data, _MOST_BYTES + 1)
    if not decompressor.eof or decompressor.unused_data:
        raise zlib.error("cut off, too long, or followed by something else")
    return text


@lru_cache
def _words(version: str) -> bytes:
    # As text, so that a checkout with other line ends reads the same links.
    return Path(__file__).with_name(f"words_{version}.txt").read_text(encoding="utf-8").encode()
