"""The output directory: complete or not there at all, and never anybody else's."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from sim.errors import CoursesimError, FullDiskError, OutputError, UsageError, WriteError, visible
from sim.output import building
from sim.output.names import fault_of_new_path
from sim.output.signals import Interrupted, undisturbed

MANIFEST = "manifest.json"
PROGRAM = "coursesim"

_ANOTHER = "choose another directory with --out"
_OPEN = "is open in another program, such as Excel; close it and run again"
_NOTHING_WRITTEN = "nothing was written"
_MOST_NAMED = 3
_LARGEST_MANIFEST = 100_000_000
_UNUSABLE = (OSError, ValueError, RuntimeError)  # a NUL in a name, links in a loop


@contextmanager
def output_directory(target: Path, then: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Give an empty directory to fill; when the block ends well it takes the place of `target`, and `then` is called.

    An earlier run at `target` is replaced whole. Raises OutputError if `target` cannot be made or holds anything but an
    earlier run, WriteError if it cannot be filled; then, and if the block fails, nothing is changed.
    """
    place = _Place(target)
    place.refuse_what_is_not_ours()
    created: list[Path] = []
    begun = done = False
    try:
        created = [parent for parent in place.real.parents if not parent.exists()]
        place.real.parent.mkdir(parents=True, exist_ok=True)
        with building.beside(place.real) as new:
            begun = True
            yield new
            with undisturbed():
                place.refuse_what_is_not_ours()
                place.take(new)
                done = True
                then()
    except OSError as error:
        raise place.unwritable(error, begun) from error
    except (Interrupted, KeyboardInterrupt) as stopped:
        stopped.add_note(f"{place.shown} is complete" if done else _NOTHING_WRITTEN)
        raise
    finally:
        with suppress(OSError):  # not empty once the run is in place
            for parent in created:
                parent.rmdir()


@contextmanager
def usable_place(target: Path) -> Iterator[None]:
    """Do the work for an output directory in the block: only where it can be written, which is found out by trying.

    Nothing is left of that. An interruption in the block says that nothing was written, unless it says something else.
    Raises OutputError, before the block, for a place that an output cannot take or that cannot be written.
    """
    with suppress(_DiscardedError), output_directory(target):
        raise _DiscardedError
    try:
        yield
    except (Interrupted, KeyboardInterrupt) as stopped:
        if not getattr(stopped, "__notes__", ()):
            stopped.add_note(_NOTHING_WRITTEN)
        raise


class _DiscardedError(Exception):
    """An output directory could be begun."""


def checkpoint_directory(target: Path) -> Path:
    """Return where the finished work of a run to `target` is kept until the run is done: beside it."""
    real = _Place(target).real
    return real.parent / f".{real.name}.checkpoint"


def write_manifest(directory: Path, content: dict[str, Any]) -> None:
    """Write the manifest: the content given, and the SHA-256 of every file in the directory."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    hashes = {path.relative_to(directory).as_posix(): _sha256(path) for path in files}
    text = json.dumps({"program": PROGRAM, **content, "files": hashes}, indent=2, ensure_ascii=False, allow_nan=False)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_manifest(file: Path) -> dict[str, Any]:
    """Return the manifest of an output directory; UsageError if it cannot be read or is none of ours."""
    try:
        found = json.loads(_manifest_text(file))
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()  # halves of characters, NaN
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not JSON"
        raise UsageError(f"{file}: cannot be read: {reason}") from error
    if not isinstance(found, dict) or found.get("program") != PROGRAM:
        raise UsageError(f"{file}: is not a manifest of {PROGRAM}; give the manifest.json of an output directory")
    for entry, kind in (("parameters", dict), ("files", dict), ("versions", dict), ("version", str)):
        if not isinstance(found.get(entry), kind):
            raise UsageError(f"{file}: {entry}: is missing or damaged; nothing can be run from it")
    return found


def _manifest_text(file: Path) -> str:
    """Return the text of a manifest; OSError if it cannot be one: a device, a pipe that nobody writes to."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EINVAL, "is not a regular file")
    if status.st_size > _LARGEST_MANIFEST:
        raise OSError(errno.EFBIG, "is too large for a manifest")
    return file.read_text(encoding="utf-8")


def changed_since(directory: Path, hashes: dict[str, Any]) -> list[str]:
    """Return the files of a directory that are there, and are not those of the hashes."""
    below = [name for name in hashes if Path(name).parts and not Path(name).anchor and ".." not in Path(name).parts]
    named = {name: directory / name for name in below}
    with suppress(OSError):  # a name too long to be one
        return [name for name, file in named.items() if file.is_file() and _sha256(file) != hashes[name]]
    return list(named)


class _Place:
    """Where an output directory shall be: as given, for messages, and really; OutputError for what cannot be one."""

    def __init__(self, given: Path) -> None:
        self.shown = visible(str(given))
        try:
            self._here = Path.cwd()
        except OSError:
            self._refuse("the directory you are in has been removed; go to another one")
        there = self._here / given
        try:
            if fault := fault_of_new_path(given):
                self._refuse(f"{fault}; {_ANOTHER}")
            if there.is_symlink() and not there.exists():
                self._refuse(f"is a link to nowhere; {_ANOTHER}")
            self.real = there.resolve()
        except _UNUSABLE as error:
            raise self.unwritable(error) from error

    def refuse_what_is_not_ours(self) -> None:
        """Raise OutputError if anything but an earlier run is there."""
        try:
            if not self.real.exists():
                return
            if self._here.is_relative_to(self.real):
                where = "is where you are" if self._here == self.real else "holds the directory where you are"
                self._refuse(f"{where}; {_ANOTHER}")
            if not self.real.is_dir():
                self._refuse(f"is a file; {_ANOTHER}")
            if os.path.ismount(self.real):
                self._refuse("is where a disk is mounted, which cannot be replaced; name a directory in it with --out")
            if self.real == _home():
                self._refuse(f"is your home directory; {_ANOTHER}")
            strangers = list(islice(_strangers(self.real), _MOST_NAMED + 1))
            busy = next(filter(building.is_open_elsewhere, self.real.rglob("*")), None) if not strangers else None
        except _UNUSABLE as error:
            raise self.unwritable(error) from error
        if strangers:
            named = ", ".join(visible(name) for name in strangers[:_MOST_NAMED])
            more = ", ..." if len(strangers) > _MOST_NAMED else ""
            self._refuse(f"holds something that is not an earlier run ({named}{more}); {_ANOTHER}")
        if busy is not None:
            raise OutputError(f"{visible(str(busy))}: {_OPEN}")

    def take(self, new: Path) -> None:
        """Put a finished directory here; WriteError if Windows refuses that, OSError if it fails otherwise."""
        try:
            building.put_in_place(new, self.real)
        except PermissionError as error:
            if not building.WINDOWS:
                raise
            raise WriteError(f"{self.shown}: a file in it {_OPEN}") from error

    def unwritable(self, error: Exception, begun: bool = False) -> CoursesimError:
        """Return what to say of a directory that cannot be made, or that cannot be filled once it was begun."""
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        message = f"{self.shown}: cannot be written: {reason}"
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return FullDiskError(f"{message}; make room, or {_ANOTHER}")
        return (WriteError if begun else OutputError)(f"{message}; {_ANOTHER}")

    def _refuse(self, why: str) -> NoReturn:
        raise OutputError(f"{self.shown}: {why}")


def _home() -> Path | None:
    """Return the user's home, None for a user without one."""
    try:
        return Path("~").expanduser().resolve()
    except RuntimeError:
        return None


def _strangers(target: Path) -> Iterator[str]:
    """Yield what a directory holds that no run of ours has written, links and directories among it."""
    ours = _written_by_us(target)
    folders = {parent.as_posix() for name in ours for parent in Path(name).parents}

    def unreadable(error: OSError) -> NoReturn:
        raise error

    for folder, below, files in os.walk(target, onerror=unreadable):
        for name, known in [*((name, folders) for name in below), *((name, ours) for name in files)]:
            path = Path(folder) / name
            inside = path.relative_to(target).as_posix()
            if inside not in known or path.is_symlink():
                yield inside


def _written_by_us(target: Path) -> set[str]:
    try:
        manifest = json.loads(_manifest_text(target / MANIFEST))
        if manifest["program"] == PROGRAM:
            return {MANIFEST, *map(str, manifest["files"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    return set()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
