"""Standard streams that are there, whose failure is told from any other, and messages that may go unread."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO

from sim.errors import CoursesimError


class StreamError(CoursesimError):
    """Results could not be written to standard output."""


class _Results(io.FileIO):
    """Standard output; what cannot be written is an error that says so."""

    def write(self, content: Any, /) -> int:
        try:
            return super().write(content)
        except BrokenPipeError:
            raise StreamError("standard output was closed before everything was printed") from None
        except OSError as error:
            raise StreamError(f"standard output cannot be written: {error.strerror or error}") from None


class _Messages(io.FileIO):
    """Standard error; what cannot be written is dropped, because there is nobody left to tell."""

    def write(self, content: Any, /) -> int:
        try:
            return super().write(content)
        except OSError:
            return len(content)


def open_streams() -> None:
    """Put streams in the place of those that Python has opened, and of those that whoever started it has closed.

    A file opened later would otherwise take the number of a closed stream, and get what is printed.
    """
    _fill(0, os.O_RDONLY)
    _fill(1, os.O_RDONLY)  # so that writing fails, as it should
    _fill(2, os.O_WRONLY)
    sys.stdout = _text(_Results(1, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Messages(2, "w", closefd=False), sys.stderr)


def _fill(descriptor: int, mode: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        opened = os.open(os.devnull, mode)  # the lowest number that is free, so this one
        os.set_inheritable(opened, True)


def _text(raw: io.FileIO, before: TextIO | None) -> TextIO:
    encoding = getattr(before, "encoding", None) or "utf-8"
    # A terminal without ± gets a question mark.
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding, errors="replace", line_buffering=raw.isatty() or raw.fileno() == 2
    )
