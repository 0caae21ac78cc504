"""Standard streams whose failure is told from any other, and that print every character as well as they can."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO

from sim.errors import CoursesimError


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
    # A terminal without ± gets a question mark; lines end alike on every system.
    return io.TextIOWrapper(
        io.BufferedWriter(raw), before.encoding, errors="replace", newline="\n", line_buffering=always or raw.isatty()
    )
