"""One tree of errors: each says where, what was given and what is allowed, and carries its exit code."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

NO_NEW_THREAD = "can't start new thread"
"""What Python says where a limit on processes or memory lets it start none."""
_LONGEST_LINE = 600
_HINT = " Did you mean "


class CoursesimError(Exception):
    """A failure that the program explains itself; never shown as a traceback."""

    exit_code = EXIT_FAILURE


class UsageError(CoursesimError):
    """What the user asked for cannot be done as asked: a scenario, an option or an output directory."""

    exit_code = EXIT_USAGE


class ScenarioError(UsageError):
    """One or several faults in a scenario, each a line `place: what was given; what is allowed`."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = [_cut(visible(fault)) for fault in faults]
        super().__init__("\n".join(self.faults))


class CalibrationError(UsageError):
    """Claims missed by more than their doubts, where that is an error; the message names what stands against them."""


class CheckpointError(UsageError):
    """What is kept of an earlier run is not of this one, or is nothing that could be gone on from."""


class OutputError(UsageError):
    """The output directory cannot be made, or holds something that is not an earlier run."""


class WriteError(CoursesimError):
    """The output could not be written to its end: the disk is full, or the place has gone; nothing of it is left."""


class FullDiskError(WriteError):
    """There is no room left for the output."""


def visible(text: str) -> str:
    """Return text with an escape for every character that would not be seen as what it is: controls, line ends, marks
    that turn the direction of writing round.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _cut(line: str) -> str:
    """Return a line no longer than is shown; what it ends with, if that is what was meant perhaps, is kept."""
    if len(line) <= _LONGEST_LINE:
        return line
    _, mark, meant = line.rpartition(_HINT)
    end = f"...{mark}{meant}" if mark and len(meant) < _LONGEST_LINE // 2 else "..."
    return f"{line[: _LONGEST_LINE - len(end)]}{end}"


def near_miss(given: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name that was meant, None if none is near; case, spaces and hyphens make no difference."""
    plain = {folded(name): name for name in reversed(list(allowed))}
    found = difflib.get_close_matches(folded(given[:_LONGEST_LINE]), list(plain), n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` for a near miss among the allowed names, else an empty string."""
    near = near_miss(given, allowed)
    return "" if near is None else f"{_HINT}'{near}'?"


def folded(name: str) -> str:
    """Return a name as it is compared: whatever its case, and what stands between its words."""
    return re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_")
