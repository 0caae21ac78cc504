"""What a visitor can take along: the report of a run and its data, made when asked for."""

from __future__ import annotations

import io
import zipfile

from sim.page.figures import exclusively
from sim.page.results import run_of
from sim.study.prepare import Study

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""A fixed time for the files in the archive, so that the same run gives the same bytes."""


def report_file_of(study: Study, name: str) -> bytes:
    """Return the report of a study as one HTML file."""
    return exclusively(lambda: run_of(study, name).report())


def data_file(study: Study, name: str) -> bytes:
    """Return an archive with the tables and the summary of a study."""
    found = run_of(study, name)
    files = {f"{table}.csv": rows.to_csv() for table, rows in found.tables.items()}
    files["summary.json"] = found.summary_json()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file_name, text in files.items():
            target.writestr(zipfile.ZipInfo(file_name, _EPOCH), text)
    return archive.getvalue()
