"""One tree of errors: each says where, what was given and what is allowed, and carries its exit code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

_LONGEST_LINE = 600


class CoursesimError(Exception):
    """A failure that the program explains itself; never shown as a traceback."""

    exit_code = EXIT_FAILURE


class UsageError(CoursesimError):
    """What the user asked for cannot be done as asked: a scenario, an option or an output directory."""

    exit_code = EXIT_USAGE


class ScenarioError(UsageError):
    """One or several faults in a scenario, each a line `place: what was given; what is allowed`."""

    def __init__(self, faults: Iterable[str]) -> None:
        shown = [visible(fault) for fault in faults]
        self.faults = [line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..." for line in shown]
        super().__init__("\n".join(self.faults))


class CalibrationError(UsageError):
    """Claims missed by more than their doubts, where that is an error; the message names what stands against them."""


class CheckpointError(UsageError):
    """What is kept of an earlier run is not of this one, or is nothing that could be gone on from."""


class OutputError(UsageError):
    """The output directory cannot be made, or holds something that is not an earlier run."""


class WriteError(CoursesimError):
    """The output could not be written to its end: the disk is full, or the place has gone; nothing of it is left."""


def visible(text: str) -> str:
    """Return text with an escape for every character that would not be seen as what it is: controls, line ends, marks
    that turn the direction of writing round.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` for a near miss among the allowed names, else an empty string."""
    near = difflib.get_close_matches(given, list(allowed), n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
