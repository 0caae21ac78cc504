"""Charts of a workbook: each shows a block of numbers on a sheet of their own, to whose cells it refers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.report.document.workbook_formats import Writer, cell_text, number_format
from sim.report.document.workbook_parts import Chart, Number
from sim.units import Unit

DATA = "Chart data"
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F", "#B8860B")
_MARKERS = ("circle", "square", "diamond", "triangle", "x", "plus", "star", "short_dash")
_WIDTH, _HEIGHT = 640, 380
_ROWS, _COLUMNS = 20, 10
"""Rows and columns of a sheet that a chart covers."""
_ABOVE = 4
"""Rows above the numbers of a block: title, across, up, headings."""


def add_charts(writer: Writer, charts: Sequence[Chart]) -> None:
    """Add the sheet of the charts, and the one of the numbers that they show."""
    sheet, data = writer.book.add_worksheet("Charts"), writer.book.add_worksheet(DATA)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    data.freeze_panes(_ABOVE, 0)
    column = 0
    for place, chart in enumerate(charts):
        _block(writer, data, column, chart)
        row, beside = divmod(place, 2)
        drawn = _drawn(writer.book, column, chart)
        sheet.insert_chart(row * _ROWS, beside * _COLUMNS, drawn, {"description": _alternative(chart)})
        column += len(chart.grid.columns) + 1


def _block(writer: Writer, data: Any, column: int, chart: Chart) -> None:
    """Write the numbers of a chart, with its title, what its axes are and the headings above them."""
    grid = chart.grid
    for row, text in enumerate((grid.title, chart.across, chart.up)):
        writer.text(data, row, column, text, **({"bold": True} if row == 0 else {}))
    for k, heading in enumerate(grid.columns):
        writer.text(data, _ABOVE - 1, column + k, heading, bold=True, bottom=1, text_wrap=True, valign="top")
    for row, cells in enumerate(grid.rows, _ABOVE):
        for k, cell in enumerate(cells):
            writer.value(data, row, column + k, cell)
    data.set_column(column, column, 30 if chart.kind in ("columns", "bars") else 14)
    data.set_column(column + 1, column + len(grid.columns) - 1, 16)


def _drawn(book: Any, column: int, chart: Chart) -> Any:
    """Return a chart over the block that begins at a column."""
    first, last = _ABOVE, _ABOVE + len(chart.grid.rows) - 1
    kind = {"columns": "column", "bars": "bar", "lines": "scatter", "points": "scatter"}[chart.kind]
    drawn = book.add_chart({"type": kind} | ({"subtype": "straight"} if chart.kind == "lines" else {}))
    for k, heading in enumerate(chart.grid.columns[1:], 1):
        drawn.add_series(
            {
                "name": [DATA, _ABOVE - 1, column + k],
                "categories": [DATA, first, column, last, column],
                "values": [DATA, first, column + k, last, column + k],
                **_look(chart, heading, k - 1),
            }
        )
    # Names are those of cells: a name that begins with "=" would be taken for a formula.
    across = {"name": [DATA, 1, column], "major_gridlines": {"visible": False}} | _axis(chart, 0)
    up = {"name": [DATA, 2, column], "major_gridlines": {"visible": True, "line": {"color": "#d9d9d9"}}}
    up |= _axis(chart, 1)
    drawn.set_title({"name": [DATA, 0, column], "name_font": {"size": 13}, "overlay": False})
    # Bars lie on their side, with the first one on top.
    drawn.set_x_axis({**across, "reverse": True, "label_position": "low"} if chart.kind == "bars" else across)
    drawn.set_y_axis({**up, "crossing": "max"} if chart.kind == "bars" else up)
    drawn.set_legend({"none": True} if len(chart.grid.columns) == 2 else {"position": "bottom"})
    drawn.set_size({"width": _WIDTH, "height": _HEIGHT})
    drawn.show_blanks_as("span" if chart.joined else "gap")
    return drawn


def _look(chart: Chart, heading: str, k: int) -> dict[str, Any]:
    colour, marker = COLOURS[k % len(COLOURS)], _MARKERS[k % len(_MARKERS)]
    if chart.kind == "lines":
        dash = ("solid", "dash", "long_dash", "dash_dot")[k // len(COLOURS) % 4]
        return {"line": {"color": colour, "width": 2, "dash_type": dash}, "marker": {"type": "none"}}
    if chart.kind == "points":
        line = {"color": colour, "width": 1.5} if heading in chart.joined else {"none": True}
        points = {"type": marker, "size": 7, "fill": {"color": colour}, "border": {"color": colour}}
        return {"line": line, "marker": points}
    looks: dict[str, Any] = {"fill": {"color": colour}, "gap": 80}
    return looks | ({"overlap": 100} if chart.kind == "bars" else {})


def _axis(chart: Chart, column: int) -> dict[str, Any]:
    """Return the number format of an axis: that of the numbers along it, and their ends along a line."""
    units = {cell.unit for row in chart.grid.rows for cell in row[column : None if column else 1]
             if isinstance(cell, Number)}  # fmt: skip
    found: dict[str, Any] = {}
    if len(units) == 1:
        found["num_format"] = _short(units.pop())
    if column == 0 and chart.kind == "lines" and chart.grid.rows:
        places = [row[0].value if isinstance(row[0], Number) else row[0] for row in chart.grid.rows]
        ends = [place for place in places if isinstance(place, int | float)]
        found |= {"min": min(ends), "max": max(ends)} if ends and min(ends) < max(ends) else {}
    return found


def _short(unit: Unit) -> str:
    """Return the number format of a unit on an axis."""
    return "0%" if unit.is_share else number_format(unit, 100.0) if unit.is_money else "General"


def _alternative(chart: Chart) -> str:
    """Return what the chart is, for those who do not see it."""
    series = "; ".join(chart.grid.columns[1:])
    return cell_text(f"{chart.grid.title}. Across: {chart.across}. Up: {chart.up}. Shown: {series}.")[:2000]
