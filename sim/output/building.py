"""Building an output directory beside its place, and putting it in place by two renames.

`.NAME.partial-PID` beside the place holds a marker, `new` (what is being built) and for a moment `old` (what is being
replaced). What killed processes leave there is removed by a later run to the same place, once it is a day old.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.output.signals import undisturbed

WINDOWS = sys.platform == "win32"

_MARKER, _NEW, _OLD = ".coursesim", "new", "old"
_LEFT_OVER_SECONDS = 86_400.0
_MOST_TRIED = 100
_RENAMES_TRIED, _BETWEEN_SECONDS = 10, 0.2


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give an empty directory to fill beside `target`, and remove it at the end, unless `put_in_place` has moved it.

    Raises OSError if it cannot be made.
    """
    space: Path | None = None
    try:
        with undisturbed():
            _remove_left_overs(target)
            space = _made(target)
        yield space / _NEW
    finally:
        if space is not None:
            with undisturbed():
                shutil.rmtree(space, ignore_errors=True)


def put_in_place(new: Path, target: Path) -> None:
    """Move the finished directory to its place; what stands there goes, and is back if that fails (OSError)."""
    old = new.with_name(_OLD)
    with suppress(OSError):
        shutil.copymode(target, new)
    replaces = target.exists()
    if replaces:
        rename(target, old)
    try:
        rename(new, target)
    except BaseException:
        if replaces:
            old.rename(target)
        raise


def rename(one: Path, other: Path) -> None:
    """Rename, and try again for two seconds where Windows refuses: it does so while a scanner looks at new files."""
    for left in reversed(range(_RENAMES_TRIED)):
        try:
            one.rename(other)
        except PermissionError:
            if not left or not WINDOWS:
                raise
            time.sleep(_BETWEEN_SECONDS)
        else:
            return


def is_open_elsewhere(file: Path) -> bool:
    """Tell whether another program has a file open; only Windows keeps it from being replaced then."""
    if not WINDOWS or not file.is_file():
        return False
    try:
        file.open("r+b").close()
    except PermissionError:
        return True
    return False


def _made(target: Path) -> Path:
    for number in itertools.count():
        space = target.with_name(f".{target.name}.partial-{os.getpid()}" + (f"-{number}" if number else ""))
        with suppress(FileExistsError):  # left by a process of the same number
            space.mkdir()
            break
    try:
        (space / _MARKER).touch()
        (space / _NEW).mkdir()
    except OSError:
        shutil.rmtree(space, ignore_errors=True)
        raise
    return space


def _remove_left_overs(target: Path) -> None:
    """Remove what is surely ours, by its name and marker, and has not been touched for a day."""
    name = re.compile(re.escape(f".{target.name}.partial-") + r"\d+(-\d+)?")
    with suppress(OSError):
        for left in target.parent.iterdir():
            if name.fullmatch(left.name) and not left.is_symlink() and (left / _MARKER).is_file():
                touched = max(one.lstat().st_mtime for one in (left, *left.rglob("*")))
                if time.time() - touched > _LEFT_OVER_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)
