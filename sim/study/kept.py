"""Calibrations that commands have found, kept on this machine from one command to the next.

Finding one takes longer than most commands' other work, and mostly the same scenario is asked for again. It is kept
under all that it depends on: what calibration reads of the scenario, to the last digit, the program's own files, and
what computes. So is what is known for calibrating draws, form by form. Nothing is kept unless the environment says
where: commands do that, a library's caller need not.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sim.calibration.calibrate import forget_what_was_found
from sim.stamp import UNREADABLE, stamp_of
from sim.study.versions import engine

Found = TypeVar("Found")

KEPT_IN = "COURSESIM_CALIBRATIONS"
"""The variable of the environment that says in which directory; nothing is kept where it is empty."""
PARTIAL, LEFT_SECONDS = ".partial", 86_400.0
"""How files end that are being written, and when one was surely left by a program that was killed."""
MOST = 500
"""Calibrations that are kept, and forms of the model for draws; the oldest ones go first."""
ROOMS = ("scenario", "luck", "patient", "calibration", "study")
FILES = ("compiled.py", "compiling.py", "quantities.py", "roots.py", "units.py")


def kept(read: str, find: Callable[[], Found], kind: type[Found]) -> Found:
    """Return the calibration, or what is known for others, of a `kind` that an earlier command has found, else find it,
    and keep it.

    `read`: all that it depends on of the scenario. Raises what finding it raises; that is not kept.
    """
    place = os.environ.get(KEPT_IN)
    if not place:
        return find()
    told = repr((read, engine(), stamp_of(ROOMS, FILES)))
    file = Path(place) / f"{hashlib.blake2b(told.encode(), digest_size=16).hexdigest()}.pickle"
    with suppress(OSError, *UNREADABLE):
        found = restored(file.read_bytes())
        if isinstance(found, kind):
            return found
    calibration = find()
    with suppress(OSError):  # without room, it is found again the next time
        keep(calibration, file)
        dated = sorted((one.stat().st_mtime, one) for one in file.parent.glob("*.pickle"))
        for _, old in dated[:-MOST]:
            old.unlink(missing_ok=True)
        for left in file.parent.glob(f"*{PARTIAL}"):  # by a program that was killed
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                left.unlink(missing_ok=True)
    return calibration


def keep(calibration: object, file: Path) -> None:
    """Write a calibration to a file; nobody ever sees half of it. Raises OSError if it cannot be written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=PARTIAL, delete=False) as written:
        try:
            _Writer(written).dump(calibration)
        except BaseException:
            written.close()
            Path(written.name).unlink()
            raise
    Path(written.name).replace(file)


def restored(content: bytes) -> Any:
    """Return what was kept."""
    return _Reader(io.BytesIO(content)).load()


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Have everything found anew."""
    before = os.environ.get(KEPT_IN)
    os.environ[KEPT_IN] = ""
    forget_what_was_found()
    try:
        yield
    finally:
        os.environ.pop(KEPT_IN)
        if before is not None:
            os.environ[KEPT_IN] = before


class _Writer(pickle.Pickler):
    """Keeps what is not a number as such: it equals itself only as long as it is the same object."""

    def persistent_id(self, thing: Any) -> str | None:
        return "nan" if isinstance(thing, float) and math.isnan(thing) else None


class _Reader(pickle.Unpickler):
    def persistent_load(self, name: Any) -> float:
        return math.nan
