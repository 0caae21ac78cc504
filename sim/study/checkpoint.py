"""Checkpoints: the finished work of a run that is not finished itself, bound to a configuration and an engine."""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import CheckpointError
from sim.study.versions import differences, engine

Arrays = Mapping[str, NDArray[Any]]

MAGIC = b"coursesim checkpoint 1\n"
MOST_NAMED = 3
EVERY_SECONDS = 2.0
LONGEST_SHARE = 0.05
"""The part of the time that keeping may take; where there is much to be kept, it is done less often."""
GOES_ON = "what was finished is kept: the same command with --resume goes on from there"
_WAYS_ON = "give what it was made with, or begin anew without --resume"


class Saved:
    """Where parts of a run keep what they have finished; this one keeps nothing.

    `resumes`: whether what an earlier run finished is given back.
    """

    resumes = False

    @property
    def exists(self) -> bool:
        """Whether anything is kept."""
        return False

    def load(self, part: str) -> dict[str, NDArray[Any]] | None:
        """Return what an earlier run finished of a part, or None."""
        return None

    def save(self, part: str, state: Callable[[], Arrays]) -> None:
        """Keep what is finished of a part; `state` is asked for it when it is time."""

    def remove(self) -> None:
        """Remove what is kept."""

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """Give the room on the disk that what is kept takes to the block; what is kept is put back if that fails."""
        yield

    @contextmanager
    def told(self) -> Iterator[None]:
        """Have an error in the block, or an interruption, say how to go on, if anything is kept."""
        try:
            yield
        except CheckpointError:
            raise  # which says what to do
        except BaseException as error:
            if self.exists:
                error.add_note(GOES_ON)
            raise


NOTHING_SAVED = Saved()


class Checkpoint(Saved):
    """Keeps finished work in a directory, at most once in `every` seconds (2 unless told otherwise; 0: always), or less
    often if keeping it takes long; a file there is whole or not there.

    `configuration` is what the results depend on, as JSON. With `resume`, what the directory holds is given back if it
    is of this configuration and engine; what cannot be read is left out, and `warn` is told so.
    """

    def __init__(
        self,
        directory: Path,
        configuration: dict[str, Any],
        resume: bool = False,
        every: float | None = None,
        warn: Callable[[str], None] = lambda message: None,
    ) -> None:
        self._directory = directory
        self._configuration = json.loads(json.dumps(configuration))
        self._every = EVERY_SECONDS if every is None else every
        self._warn = warn
        self._last: float | None = None
        self._pause = self._every
        self._failed = False
        self._waiting: dict[str, Callable[[], Arrays]] = {}
        self.resumes = resume

    @property
    def exists(self) -> bool:
        """Whether anything is kept."""
        return any(self._directory.glob("*.checkpoint"))

    def load(self, part: str) -> dict[str, NDArray[Any]] | None:
        """Return the arrays kept of a part, or None; CheckpointError if another configuration or engine made them."""
        if self._last is None:
            self._last = time.monotonic()  # work begins now: what came before, calibration above all, is not kept
        if not self.resumes:
            return None
        file = self._file(part)
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CheckpointError(f"--resume: {file}: cannot be read: {error.strerror}") from error
        read = _read(content)
        if read is None:
            self._warn(f"{file}: is damaged; that part is computed again")
            return None
        header, arrays = read
        self._refuse_another(file, header)
        return arrays

    def save(self, part: str, state: Callable[[], Arrays]) -> None:
        """Keep a part, with all that have waited, if it is time; until then it waits, and `state` is asked for later.

        A disk that is full or read-only costs the checkpoint, not the run.
        """
        self._waiting[part] = state
        begun = time.monotonic()
        if begun - (self._last or 0.0) < self._pause:
            return
        try:
            while self._waiting:
                one, its_state = next(iter(self._waiting.items()))
                self._write(self._file(one), its_state())
                del self._waiting[one]
        except OSError as error:
            self._waiting.clear()
            if not self._failed:
                self._warn(f"{self._directory}: no checkpoint can be kept: {error.strerror or error}; the run goes on")
            self._failed = True
        self._last = time.monotonic()
        self._pause = max(self._every, (self._last - begun) / LONGEST_SHARE) if self._every else 0.0

    def remove(self) -> None:
        """Remove what is kept, and nothing else that may be there: the run is finished, or begins anew."""
        with suppress(OSError):
            for file in self._directory.iterdir():
                if file.suffix == ".checkpoint" or file.suffix.startswith(".partial-"):
                    file.unlink(missing_ok=True)
            self._directory.rmdir()

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """Hold what is kept in memory while the block writes; it is put back if that fails."""
        kept = {file: file.read_bytes() for file in self._directory.glob("*.checkpoint")}
        self.remove()
        try:
            yield
        except BaseException:
            with suppress(OSError):
                for file, content in kept.items():
                    self._put(file, content)
            raise

    def _file(self, part: str) -> Path:
        return self._directory / f"{part}.checkpoint"

    def _write(self, file: Path, arrays: Arrays) -> None:
        packed = io.BytesIO()
        np.savez(packed, **dict(arrays))  # type: ignore[arg-type]
        payload = packed.getvalue()
        header = {
            "configuration": self._configuration,
            "engine": dict(engine()),
            "payload": hashlib.sha256(payload).hexdigest(),
        }
        self._put(file, MAGIC + json.dumps(header).encode() + b"\n" + payload)

    def _put(self, file: Path, content: bytes) -> None:
        made = [place for place in (self._directory, *self._directory.parents) if not place.exists()]
        partial = file.with_suffix(f".partial-{os.getpid()}")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())  # a loss of power leaves the last one or this one, whole
            partial.replace(file)
        except BaseException:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
                for place in made or [self._directory]:
                    place.rmdir()  # unless something is kept there
            raise

    def _refuse_another(self, file: Path, header: dict[str, Any]) -> None:
        if other := differences(engine(), tuple(header["engine"].items())):
            raise CheckpointError(f"--resume: {file} was made by {other}; {_WAYS_ON}")
        before, now = _flat(header["configuration"]), _flat(self._configuration)
        differing = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
        if differing:
            named = ", ".join(differing[:MOST_NAMED]) + (", ..." if len(differing) > MOST_NAMED else "")
            raise CheckpointError(f"--resume: {file} is of another configuration, which differs in {named}; {_WAYS_ON}")


def _read(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    """Return the header and the arrays of a file, or None if it is damaged."""
    if not content.startswith(MAGIC):
        return None
    line, _, payload = content[len(MAGIC) :].partition(b"\n")
    try:
        header = json.loads(line)
        if header["payload"] != hashlib.sha256(payload).hexdigest():
            return None
        if not (isinstance(header["engine"], dict) and isinstance(header["configuration"], dict)):
            return None
        with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
            return header, dict(arrays)
    except (ValueError, KeyError, TypeError, RecursionError, zipfile.BadZipFile):
        return None


def _flat(tree: Any, path: str = "") -> dict[str, Any]:
    """Return the leaves of a tree by their path."""
    parts: Any = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    leaves: dict[str, Any] = {}
    for name, below in parts:
        leaves |= _flat(below, f"{path}.{name}" if path else str(name))
    return leaves or {path: tree}
