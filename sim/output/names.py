"""Names of output directories, and names that not every system can have: a report made on one is opened on another."""

from __future__ import annotations

import re
from pathlib import Path

_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\..*)?", re.IGNORECASE)


def fault_of_name(name: str) -> str | None:
    """Return why Windows cannot have a file or directory of this name, or None."""
    if _DEVICE.fullmatch(name.rstrip(" ")):
        return "is the name of a device on Windows"
    if name.endswith((".", " ")):
        return "ends in a dot or a space, which Windows drops"
    return None


def fault_of_new_path(path: Path) -> str | None:
    """Return the fault of what would be made at a path, the last part or a directory above it, or None.

    Raises OSError or ValueError for a path that no system can have.
    """
    for one in (path, *path.parents):
        if one.name not in ("", "..") and (one == path or not one.exists()) and (fault := fault_of_name(one.name)):
            return f"{one.name!r} {fault}"
    return None


def default_name(analysis: str, scenario: str) -> str:
    """Return how the output directory of an analysis is called unless another name is given.

    >>> default_name("run", "acute"), default_name("optimise", "acute"), default_name("clinic", "clinic")
    ('acute', 'optimise-acute', 'clinic')
    """
    says_itself = analysis in ("run", "compare") or (analysis == "clinic" and scenario.startswith("clinic"))
    return scenario if says_itself else f"{analysis}-{scenario}"
