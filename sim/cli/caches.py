"""Where compiled kernels, calibrations and fonts are kept, also where neither program nor home can be written to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import sim

KEPT_IN = "COURSESIM_CALIBRATIONS"
"""As `sim.study.kept` reads it, which is not loaded for help alone."""


def find_caches() -> None:
    """Have numba and matplotlib keep what they have made in a directory of this user's where their own cannot be, and
    calibrations beside the program, or there.

    Without one, numba refuses to compile and matplotlib complains. What the user has set is left alone.
    """
    home = Path("~").expanduser()
    kernels = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    fonts = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    of_program = Path(sim.__file__).parent / "patient" / "__pycache__"
    is_ours = _writable(of_program)
    if not is_ours and not _writable(kernels / "numba"):
        _set("NUMBA_CACHE_DIR", "kernels")
    if KEPT_IN not in os.environ:
        place = Path(os.environ.get("NUMBA_CACHE_DIR") or (of_program if is_ours else kernels / "coursesim"))
        os.environ[KEPT_IN] = str(place / "calibrations")
    if not _writable(fonts / "matplotlib"):
        _set("MPLCONFIGDIR", "fonts")


def _writable(directory: Path) -> bool:
    """Tell whether a directory is there and can be written to, or can be made; nothing is left of finding out."""
    try:
        if directory.is_dir():
            return os.access(directory, os.W_OK | os.X_OK)
        import tempfile  # not needed where there is something already

        with tempfile.TemporaryDirectory(dir=next(place for place in directory.parents if place.exists())):
            return True
    except OSError:
        return False


def _set(variable: str, name: str) -> None:
    if variable not in os.environ and (place := _private_place()) is not None:
        os.environ[variable] = str(place / name)


def _private_place() -> Path | None:
    """Return a directory that nobody else can write to, since what is kept there is run; None if there is none."""
    import tempfile

    if not hasattr(os, "getuid"):
        return Path(tempfile.gettempdir()) / "coursesim"  # on Windows each user has temporary files of their own
    place = Path(tempfile.gettempdir()) / f"coursesim-{os.getuid()}"
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
    except OSError:
        return None
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return place if is_ours else Path(tempfile.mkdtemp(prefix="coursesim-"))
