"""What a visitor can take along: the report of a run and its data, made when asked for."""

from __future__ import annotations

import io
import zipfile

from sim.page.figures import exclusively
from sim.page.results import full_panel, run_report
from sim.report.document.printing import printed
from sim.report.run.files import summary_csv, summary_json, trajectories_csv
from sim.study.prepare import Study

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""A fixed time for the files in the archive, so that the same run gives the same bytes."""


def report_file_of(study: Study, name: str) -> bytes:
    """Return the report of a study as one HTML file."""
    return exclusively(lambda: printed(run_report(study, name), ("html",))).reports["report.html"]


def data_file(study: Study, name: str) -> bytes:
    """Return an archive with the summary and the trajectories of a study."""
    panel = full_panel(study)
    files = {
        "summary.csv": summary_csv(panel, name),
        "summary.json": summary_json(panel, name),
        "trajectories.csv": trajectories_csv(panel, name),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file_name, text in files.items():
            target.writestr(zipfile.ZipInfo(file_name, _EPOCH), text)
    return archive.getvalue()
