"""What changes whenever the program does, so that what was kept by another one is not taken for its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from pickle import PickleError

UNREADABLE = (
    AttributeError,
    ImportError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    PickleError,
)
"""What reading a pickle raises that another version, or a full disk, has left."""


def stamp_of(rooms: Iterable[str], files: Iterable[str]) -> str:
    """Return a digest of the sizes and dates of some files of the program and of all directly in some rooms."""
    package = Path(__file__).parent
    found = [
        *(package / file for file in files),
        *sorted(file for room in rooms for file in (package / room).glob("*.py")),
    ]
    stats = ((file.name, file.stat()) for file in found)
    told = repr([(name, stat.st_mtime_ns, stat.st_size) for name, stat in stats])
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
