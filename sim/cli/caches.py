"""Where compiled kernels, calibrations and fonts are kept, also where neither program nor home can be written to."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import sim

KEPT_IN = "COURSESIM_CALIBRATIONS"
"""As `sim.study.kept` reads it, which is not loaded for help alone."""


def find_caches() -> None:
    """Have numba and matplotlib keep what they have made in a directory of this user's where their own cannot be, and
    calibrations beside the program, or there.

    Without one, numba refuses to compile and matplotlib complains. What the user has set is left alone.
    """
    kernels, fonts = _users("XDG_CACHE_HOME", ".cache"), _users("XDG_CONFIG_HOME", ".config")
    of_program = Path(sim.__file__).parent / "patient" / "__pycache__"
    is_ours = _writable(of_program)
    if not is_ours and not (kernels and _writable(kernels / "numba")):
        _set("NUMBA_CACHE_DIR", "kernels")
    if KEPT_IN not in os.environ:
        of_user = of_program if is_ours else kernels and kernels / "coursesim"
        if place := os.environ.get("NUMBA_CACHE_DIR") or of_user:
            os.environ[KEPT_IN] = str(Path(place) / "calibrations")
    if not (fonts and _writable(fonts / "matplotlib")):
        _set("MPLCONFIGDIR", "fonts")


def _users(variable: str, name: str) -> Path | None:
    """Return a directory of the user's, as a variable says or in the home; None for a user without a home."""
    if given := os.environ.get(variable):
        return Path(given)
    try:
        return Path("~").expanduser() / name
    except RuntimeError:
        return None


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

    try:
        temporary = Path(tempfile.gettempdir())
        if not hasattr(os, "getuid"):
            return temporary / "coursesim"  # on Windows each user has temporary files of their own
        user = os.getuid()
        place = temporary / f"coursesim-{user}"
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
        # Where somebody else has taken the name, another one is made once, and found again.
        others = sorted(temporary.glob(f"{place.name}-*"))
        found = next((one for one in (place, *others) if _is_private(one, user)), None)
        return found or Path(tempfile.mkdtemp(prefix=f"{place.name}-", dir=temporary))
    except OSError:
        return None


def _is_private(place: Path, user: int) -> bool:
    """Tell whether this is a directory of a user's that nobody else can write to."""
    found = place.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == user and not found.st_mode & 0o077
