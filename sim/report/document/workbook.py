"""A report as an Excel workbook: the answer, all tables with numbers as numbers, charts, inputs, how to read it."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import xlsxwriter

import sim
from sim.report.document.document import Document
from sim.report.document.workbook_charts import add_charts
from sim.report.document.workbook_formats import Writer, cell_text
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.document.workbook_sheets import add_guide, add_summary, add_table_sheet, sheet_names
from sim.report.document.zipped import undated

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_CREATED = datetime(2000, 1, 1)
"""Every workbook has the same date, so that the same result has the same bytes."""


def render_xlsx(document: Document, parts: WorkbookParts) -> bytes:
    """Return a report as an .xlsx file; the bytes depend on what is in it only, not on the time or the machine."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, _OPTIONS)
    _describe(book, document)
    writer = Writer(book)
    names = sheet_names(parts)
    # Sheets stand in the order in which they are added.
    summary = book.add_worksheet("Summary")
    add_summary(writer, summary, document, parts.key)
    if parts.charts:
        add_charts(writer, parts.charts)
    left_out = {}
    for table, name in names.items():
        left_out[table] = add_table_sheet(writer, name, table, parts.tables[table], parts.unit_of)
    if parts.inputs is not None:
        add_table_sheet(writer, "Inputs", "inputs", parts.inputs, parts.unit_of)
    add_guide(writer, names, parts, left_out)
    summary.activate()
    book.close()
    return undated(content.getvalue())


def _describe(book: Any, document: Document) -> None:
    book.set_properties(
        {
            "title": cell_text(document.title)[:255],
            "subject": cell_text(document.kind_line)[:255],
            "author": f"coursesim {sim.__version__}",
            "created": _CREATED,
        }
    )
