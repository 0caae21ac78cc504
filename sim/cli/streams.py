"""Standard streams whose failure is told from any other, and that print every character as well as they can."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import Any, TextIO

from sim.errors import CoursesimError

_INSTEAD = {
    "\u00b1": "+/-", "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u00d7": "x", "\u00b7": "*", "\u2248": "~",
    "\u2264": "<=", "\u2265": ">=", "\u2192": "->", "\u20ac": "EUR", "\u00a3": "GBP", "\u00a5": "JPY", "\u2026": "...",
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00df": "ss", "\u00e6": "ae", "\u00f8": "o",
    "\u0142": "l", "\u0131": "i",
}  # fmt: skip
"""What is printed where a character cannot be; of an accented letter it is the letter, of anything else a mark."""


def _instead(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for characters that cannot be printed, and where to go on."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_like, error.object[error.start : error.end])), error.end


def _like(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character)
    return _INSTEAD.get(character) or "".join(c for c in plain if c.isascii()) or "?"


codecs.register_error("coursesim", _instead)

_ASCII = "coursesim_ascii"
"""ASCII by a name of our own: click takes a stream in ASCII to be a mistake, and writes UTF-8 to it."""


def _our_ascii(name: str) -> codecs.CodecInfo | None:
    if name != _ASCII:
        return None
    found = codecs.lookup("ascii")
    return codecs.CodecInfo(
        found.encode, found.decode, found.streamreader, found.streamwriter, found.incrementalencoder,
        found.incrementaldecoder, name=_ASCII,
    )  # fmt: skip


codecs.register(_our_ascii)


class StreamError(CoursesimError):
    """Results could not be written to standard output."""


class _Stream(io.RawIOBase):
    """What Python has opened, a console of Windows included, written to by way of `write`."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._raw.isatty()

    def fileno(self) -> int:
        return self._raw.fileno()

    def write(self, content: Any, /) -> int | None:
        return self._raw.write(content)


class _Results(_Stream):
    """Standard output; what cannot be written is an error that says so."""

    def write(self, content: Any, /) -> int | None:
        try:
            return super().write(content)
        except BrokenPipeError:
            raise StreamError("standard output was closed before everything was printed") from None
        except OSError as error:
            raise StreamError(f"standard output cannot be written: {error.strerror or error}") from None


class _Messages(_Stream):
    """Standard error; what cannot be written is dropped, because there is nobody left to tell."""

    def write(self, content: Any, /) -> int | None:
        try:
            return super().write(content)
        except OSError:
            return len(content)


def open_streams() -> None:
    """Put streams in the place of those that Python has opened; where there are none, what is printed goes nowhere."""
    sys.stdout = _text(_Results, sys.stdout, always=False)
    sys.stderr = _text(_Messages, sys.stderr, always=True)


def _text(kind: type[_Stream], before: TextIO | None, always: bool) -> TextIO:
    """Return a stream that is flushed at every line on a terminal, or always."""
    if before is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 (as long as the program lives)
    opened: Any = before.buffer
    raw = kind(getattr(opened, "raw", opened))  # with PYTHONUNBUFFERED there is no buffer
    encoding = _ASCII if codecs.lookup(before.encoding).name == "ascii" else before.encoding
    # Lines end alike on every system.
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding, errors="coursesim", newline="\n", line_buffering=always or raw.isatty()
    )
