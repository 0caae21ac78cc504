"""The workshop: the place beside an output directory where it is built, and from where it is put in place.

A workshop is locked for as long as its process lives, on whatever machine that is. One that is not locked was left by a
process that was killed: the next run to the same directory clears it up.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.output.flush import force_names, force_tree
from sim.output.signals import undisturbed

_LOCK, _NEW, _OLD = ".coursesim", "new", "old"
_MOST_TRIED = 100
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
_NOT_EMPTY = (errno.ENOTEMPTY, errno.EEXIST)


class Workshop:
    """A workshop that is open: `new` is the directory to fill."""

    def __init__(self, place: Path, lock: int) -> None:
        self._place, self._lock = place, lock
        self._is_open = True
        self.new = place / _NEW

    def put(self, target: Path) -> None:
        """Move the finished directory to its place, where at any moment the old one or the new one stands, whole.

        That goes for a loss of power too. Raises OSError if it cannot be moved; then the old one stands.
        """
        with suppress(OSError):
            shutil.copymode(target, self.new)
        force_tree(self.new)
        self._move(target)
        force_names(target.parent)

    def _move(self, target: Path) -> None:
        try:
            self.new.rename(target)  # nothing there, or an empty directory
        except OSError as error:
            if error.errno not in _NOT_EMPTY:
                raise
        else:
            return
        if _exchanged(self.new, target):
            return
        old = self._place / _OLD
        target.rename(old)
        try:
            self.new.rename(target)
        except BaseException:
            old.rename(target)
            raise

    def close(self) -> None:
        """Remove it with what is in it; once is enough."""
        if self._is_open:
            self._is_open = False
            shutil.rmtree(self._place, ignore_errors=True)
            os.close(self._lock)


@contextmanager
def workshop(target: Path) -> Iterator[Workshop]:
    """Open a workshop beside `target`, and close it at the end; what dead processes left there is cleared up first."""
    opened: Workshop | None = None
    try:
        with undisturbed():
            _clear_up(target)
            opened = _opened(target)
        yield opened
    finally:
        with undisturbed():
            if opened is not None:
                opened.close()


def _opened(target: Path) -> Workshop:
    for number in range(_MOST_TRIED):
        place = target.with_name(f".{target.name}.partial-{os.getpid()}" + (f"-{number}" if number else ""))
        try:
            place.mkdir()
            lock = os.open(place / _LOCK, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        except (FileExistsError, FileNotFoundError) as error:
            if not target.parent.is_dir() or (isinstance(error, FileNotFoundError) and number == _MOST_TRIED - 1):
                raise
            continue  # left by a process of the same number, or cleared up this moment
        except OSError:
            with suppress(OSError):
                place.rmdir()
            raise
        if not _locked(lock):
            os.close(lock)
            continue
        try:
            (place / _NEW).mkdir()
        except OSError:
            Workshop(place, lock).close()
            raise
        return Workshop(place, lock)
    raise FileExistsError(errno.EEXIST, "too much was left behind there by earlier runs")


def _locked(lock: int) -> bool:
    """Lock a file; False if another process holds it. Where files cannot be locked nobody clears up."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _clear_up(target: Path) -> None:
    """Remove workshops that dead processes left; an earlier run that one had moved away goes back to its place."""
    name = re.compile(re.escape(f".{target.name}.partial-") + r"\d+(-\d+)?")
    for left in target.parent.iterdir():
        if not name.fullmatch(left.name) or left.is_symlink() or not left.is_dir():
            continue
        try:
            lock = os.open(left / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            with suppress(OSError):
                left.rmdir()  # only if there is nothing in it
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (left / _OLD).is_dir() and not target.exists():
                (left / _OLD).rename(target)
            shutil.rmtree(left, ignore_errors=True)
        except OSError:
            pass  # somebody is at work there, or it cannot be told
        finally:
            os.close(lock)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two directories change places in one step; False where the system has no such step."""
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    done: int = exchange(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)
    return done == 0
