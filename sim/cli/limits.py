"""What this computer lets the program have."""

from __future__ import annotations

import sys

from sim.errors import CoursesimError

LEAST_MEGABYTES = 700
"""Address space that the smallest run takes; with less, loading one of the libraries fails, or never ends."""


def refuse_too_little_memory() -> None:
    """Raise CoursesimError where a limit on memory (ulimit -v) leaves too little for the libraries alone."""
    if sys.platform == "win32":
        return
    try:
        import resource
    except ImportError:  # another system that has none
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_MEGABYTES * 1_000_000:
        raise CoursesimError(
            f"memory is limited to {limit / 1e6:.0f} MB here (ulimit -v); allowed: {LEAST_MEGABYTES} MB at least"
        )
