"""The output directory: complete or not there at all, and never anybody else's."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.errors import OutputError, UsageError

MANIFEST = "manifest.json"
PROGRAM = "coursesim"


@contextmanager
def output_directory(target: Path) -> Iterator[Path]:
    """Give an empty directory to fill; when the block ends well it takes the place of `target`.

    An earlier run at `target` is replaced whole. Raises OutputError if `target` cannot be written or holds anything
    but an earlier run; then, and if the block fails, nothing is changed.
    """
    try:
        target = _from_here(target)
        _refuse_what_is_not_ours(target)
        created = [parent for parent in target.parents if not parent.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = _beside(target, f"partial-{os.getpid()}")
        partial.mkdir()
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        yield partial
        _put_in_place(partial, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        with suppress(OSError):  # not empty once the run is in place
            for parent in created:
                parent.rmdir()


def checkpoint_directory(target: Path) -> Path:
    """Return where the finished work of a run to `target` is kept until the run is done: beside it."""
    return _beside(_from_here(target), "checkpoint")


def write_manifest(directory: Path, content: dict[str, Any]) -> None:
    """Write the manifest: the content given, and the SHA-256 of every file in the directory."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    hashes = {path.relative_to(directory).as_posix(): _sha256(path) for path in files}
    text = json.dumps({"program": PROGRAM, **content, "files": hashes}, indent=2, ensure_ascii=False, allow_nan=False)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(file: Path) -> dict[str, Any]:
    """Return the manifest of an output directory; UsageError if it cannot be read or is none of ours."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not JSON"
        raise UsageError(f"{file}: cannot be read: {reason}") from error
    if not isinstance(found, dict) or found.get("program") != PROGRAM:
        raise UsageError(f"{file}: is not a manifest of {PROGRAM}; give the manifest.json of an output directory")
    for entry, kind in (("command", str), ("files", dict), ("versions", dict), ("version", str)):
        if not isinstance(found.get(entry), kind):
            raise UsageError(f"{file}: {entry}: is missing or damaged; nothing can be run from it")
    return found


def changed_since(directory: Path, hashes: dict[str, Any]) -> list[str]:
    """Return the files of a directory that are there, and are not those of the hashes."""
    there = [(name, directory / name) for name in hashes if Path(name).parts and ".." not in Path(name).parts]
    return [name for name, file in there if file.is_file() and _sha256(file) != hashes[name]]


def _refuse_what_is_not_ours(target: Path) -> None:
    if target.is_symlink() and not target.exists():
        raise OutputError(f"{target}: is a link to nowhere; choose another directory with --out")
    if not target.exists():
        return
    if Path.cwd().is_relative_to(target.resolve()):
        raise OutputError(f"{target}: is where you are; choose another directory with --out")
    if not target.is_dir():
        raise OutputError(f"{target}: is a file; choose another directory with --out")
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()}
    strangers = sorted(found - _written_by_us(target))
    if strangers:
        raise OutputError(
            f"{target}: holds something that is not an earlier run ({', '.join(strangers[:3])}"
            f"{', ...' if len(strangers) > 3 else ''}); choose another directory with --out"
        )


def _written_by_us(target: Path) -> set[str]:
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        if manifest["program"] == PROGRAM:
            return {MANIFEST, *map(str, manifest["files"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    return set()


def _put_in_place(partial: Path, target: Path) -> None:
    """Move the finished directory to its place; whoever reads there sees the old run or the new one, whole."""
    if not target.exists():
        partial.rename(target)
        return
    _refuse_what_is_not_ours(target)
    real = target.resolve()
    old = _beside(real, f"old-{os.getpid()}")
    real.rename(old)
    try:
        partial.rename(real)
    except BaseException:
        old.rename(real)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _from_here(target: Path) -> Path:
    """Return an absolute path; OutputError where the directory one is in has been removed."""
    try:
        return Path.cwd() / target
    except FileNotFoundError as error:
        raise OutputError(f"{target}: the directory you are in has been removed; go to another one") from error


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{what}")


def _unwritable(target: Path, error: OSError) -> OutputError:
    return OutputError(f"{target}: cannot be written: {error.strerror or error}; choose another directory with --out")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
