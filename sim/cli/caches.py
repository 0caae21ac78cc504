"""Where compiled kernels and fonts are kept, on a system where neither the program nor the home can be written to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import sim


def find_caches() -> None:
    """Have numba and matplotlib keep what they have made in a directory of this user's where their own cannot be.

    Without one, numba refuses to compile and matplotlib complains. What the user has set is left alone.
    """
    home = Path("~").expanduser()
    kernels = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    fonts = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    if not _writable(Path(sim.__file__).parent / "patient" / "__pycache__") and not _writable(kernels / "numba"):
        _set("NUMBA_CACHE_DIR", "kernels")
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
