"""Files that are zip archives inside, as those of office programs, with the same bytes whenever they are written."""

from __future__ import annotations

import io
import time
import zipfile

from sim.errors import CoursesimError

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def refuse_an_old_clock() -> None:
    """Raise CoursesimError where the clock says a year that no entry of a zip file can have."""
    if (year := time.localtime(time.time()).tm_year) < _ZIP_DATE[0]:
        raise CoursesimError(
            f"this computer's clock says {year}; no Word file can be written before 1980: set it right"
        )


def undated(content: bytes) -> bytes:
    """Return a zip file with the same entries, none of which tells when and on what system it was written."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
            new.writestr(entry, old.read(name))
    return written.getvalue()
