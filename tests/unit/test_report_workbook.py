"""The report in Excel: numbers are numbers, text is never a formula, charts show the cells that they name."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.utils import range_boundaries

import sim
from sim.report.document import workbook_sheets
from sim.report.document.document import Bullets, Caution, Document, Facts, Section, Text
from sim.report.document.workbook import render_xlsx
from sim.report.document.workbook_formats import number_format
from sim.report.document.workbook_parts import Chart, Grid, Number, WorkbookParts
from sim.report.document.workbook_words import meaning
from sim.report.result import Result
from sim.report.table import Table
from sim.units import DAYS, POINTS, SHARE, money
from tests.functional.test_api import ANALYSES

HOSTILE = ("=1+1", "@x", "+2", "-3", "=HYPERLINK(\"http://x.example\")", "http://x.example", "\uff1d1", "1e5", "007",
           "_x0041_", "a\x00b\u202ec")  # fmt: skip
FIRST, LAST = "Summary", "How to read this"
CHART = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}

WITHOUT_INPUTS = ("describe", "pool")
"""Analyses of records or of published figures, which no scenario's inputs stand behind."""
WITHOUT_CHARTS = ("calibrate", "checklist", "pool")
"""A workbook has no forest plot; that of a synthesis is in its report."""


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def booked(parts: WorkbookParts, title: str = "A title", *blocks: Any) -> Any:
    opening = (Section("summary", "In short", blocks),)
    return opened(render_xlsx(Document(title, "A kind", "", Facts(()), opening, ()), parts))


@pytest.fixture(scope="module")
def results() -> Callable[[str], Result]:
    made: dict[str, Result] = {}

    def result(name: str) -> Result:
        if name not in made:
            made[name] = ANALYSES[name]()
        return made[name]

    return result


@pytest.fixture(scope="module")
def contents(results: Callable[[str], Result]) -> Callable[[str], bytes]:
    made: dict[str, bytes] = {}

    def content(name: str) -> bytes:
        if name not in made:
            made[name] = results(name).report("xlsx")
        return made[name]

    return content


@pytest.fixture(scope="module")
def books(contents: Callable[[str], bytes]) -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def book(name: str) -> Any:
        if name not in made:
            made[name] = opened(contents(name))
        return made[name]

    return book


@pytest.mark.parametrize("name", ANALYSES)
def test_every_analysis_has_a_workbook_with_all_its_tables_as_numbers(
    results: Callable[[str], Result], books: Callable[[str], Any], name: str
) -> None:
    result, book = results(name), books(name)
    assert book.sheetnames[0] == FIRST
    assert book.sheetnames[-1] == LAST
    of_scenario = name not in WITHOUT_INPUTS
    assert (book.sheetnames[-2] == "Inputs") == of_scenario
    assert all(len(sheet) <= 31 for sheet in book.sheetnames)
    assert ("Charts" in book.sheetnames) == (name not in WITHOUT_CHARTS)
    found = {table: (sheet, sheet.tables[table]) for sheet in book for table in sheet.tables}
    assert set(found) == {f"table_{table}" for table in (*result.tables, *(["inputs"] if of_scenario else []))}
    for table, data in result.tables.items():
        sheet, listed = found[f"table_{table}"]
        assert listed.ref == sheet.dimensions
        assert listed.autoFilter is not None
        assert sheet.freeze_panes == "A2"
        head, *rows = sheet.iter_rows(values_only=True)
        assert list(head) == list(data.columns) == [column.name for column in listed.tableColumns]
        assert len(rows) == len(data)
        for row, wanted in zip(rows, data, strict=True):
            assert [*row] == [as_cell(wanted[column]) for column in data.columns]


def as_cell(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "not reached"
    return None if value == "" else value


@pytest.mark.parametrize("name", ANALYSES)
def test_no_workbook_has_a_formula_or_a_link(contents: Callable[[str], bytes], name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(contents(name))) as archive:
        for part in archive.namelist():
            if part.startswith("xl/worksheets/"):
                assert not re.search(rb"<f[ >]|<hyperlink", archive.read(part)), part
            assert "externalLink" not in part


@pytest.mark.parametrize("name", ANALYSES)
def test_every_sheet_and_column_is_explained(
    results: Callable[[str], Result], books: Callable[[str], Any], name: str
) -> None:
    result, book = results(name), books(name)
    for table, data in result.tables.items():
        for column in data.columns:
            assert table == "draws" or meaning(table, column), (table, column)
    said = {row[:2] for row in book[LAST].iter_rows(min_row=2, values_only=True) if row[2]}
    assert {(sheet, None) for sheet in book.sheetnames if sheet != LAST} <= said
    assert any("Simulation error" in str(subject) for subject, _ in said)


@pytest.mark.parametrize("name", [name for name in ANALYSES if name not in WITHOUT_CHARTS])
def test_charts_show_the_cells_whose_headings_they_name(
    contents: Callable[[str], bytes], books: Callable[[str], Any], name: str
) -> None:
    cells = books(name)["Chart data"]
    with zipfile.ZipFile(io.BytesIO(contents(name))) as archive:
        charts = [ElementTree.fromstring(archive.read(p)) for p in archive.namelist() if p.startswith("xl/charts/")]
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
    assert len(charts) == drawing.count('descr="') >= 1
    for chart in charts:
        title = box(chart.find("c:chart/c:title//c:f", CHART))
        across, up = sorted(box(f) for f in chart.findall(".//c:plotArea//c:title//c:f", CHART))
        assert across[1] == up[1] - 1 == title[1] + 1 == 2
        series = chart.findall(".//c:ser", CHART)
        assert series
        for number, one in enumerate(series, 1):
            name_cell = box(one.find("c:tx//c:f", CHART))
            categories = one.find("c:cat//c:f", CHART)
            first = box(categories if categories is not None else one.find("c:xVal//c:f", CHART))
            values = one.find("c:val//c:f", CHART)
            second = box(values if values is not None else one.find("c:yVal//c:f", CHART))
            assert first[0] == first[2] == title[0]
            assert second[0] == second[2] == name_cell[0] == title[0] + number
            assert (first[1], first[3]) == (second[1], second[3])
            assert first[1] == name_cell[1] + 1
            heading = cells.cell(name_cell[1], name_cell[0]).value
            assert isinstance(heading, str)
            assert heading == one.find("c:tx//c:v", CHART).text  # type: ignore[union-attr]
            below = [cells.cell(row, second[0]).value for row in range(second[1], second[3] + 1)]
            assert any(isinstance(value, int | float) for value in below)
            assert cells.cell(second[3] + 1, first[0]).value is None, "the block goes on below"
            assert all(cells.cell(row, first[0]).value is not None for row in range(first[1], first[3] + 1))


def box(reference: ElementTree.Element | None) -> tuple[int, int, int, int]:
    """Return the columns and rows (from 1) that a reference to the chart data names: left, top, right, bottom."""
    assert reference is not None
    assert reference.text is not None
    sheet, _, cells = reference.text.rpartition("!")
    assert sheet == "'Chart data'"
    found = range_boundaries(cells)
    assert all(isinstance(end, int) for end in found)
    return found  # type: ignore[return-value]


def test_the_charts_of_a_run_show_what_its_tables_hold(
    results: Callable[[str], Result], books: Callable[[str], Any]
) -> None:
    result, cells = results("run"), books("run")["Chart data"]
    headings = {cells.cell(1, column).value: column for column in range(1, cells.max_column + 1)}
    column = headings["Pain day by day"]
    points = result.tables["trajectories"].where(arm="dry_needling", outcome="pain", axis="day", statistic="mean",
                                                 subgroup="all")  # fmt: skip
    assert cells.cell(4, column + 2).value == "Dry needling"
    shown = [(cells.cell(row, column).value, cells.cell(row, column + 2).value) for row in range(5, 5 + len(points))]
    assert shown == list(zip(points["at"], points["estimate"], strict=True))
    cost = result.summary.where(outcome="cost", statistic="mean", subgroup="all")["estimate"]
    assert [cells.cell(row, headings["Cost"] + 1).value for row in range(5, 5 + len(cost))] == cost


def test_numbers_have_the_formats_of_their_units(books: Callable[[str], Any]) -> None:
    book = books("run")
    sheet = book["Estimates"]
    head = {cell.value: k for k, cell in enumerate(sheet[1])}
    seen = {}
    for row in sheet.iter_rows(min_row=2):
        if row[head["statistic"]].value == "mean" and isinstance(row[head["estimate"]].value, int | float):
            seen[row[head["unit"]].value] = (row[head["estimate"]].number_format, row[head["mc_error"]].number_format)
    assert seen["share"] == seen["share of relieved"] == ("0.0%", "0.00%")
    assert seen["USD"] == ('"$"#,##0.00', '"$"#,##0.00')
    assert seen["NRS points"] == ("#,##0.00", "#,##0.000")
    inputs = {row[3].value: row[4] for row in book["Inputs"].iter_rows(min_row=2)}
    assert inputs["cohort.profiles.acute_strain"].value == 1
    assert inputs["cohort.profiles.acute_strain"].number_format.endswith("%")
    assert isinstance(inputs["relapse.form"].value, str)


def test_the_first_sheet_says_what_the_report_says_and_has_its_main_numbers(
    results: Callable[[str], Result], books: Callable[[str], Any]
) -> None:
    result, sheet = results("run"), books("run")[FIRST]
    lines = [cell.value for cell in sheet["A"] if cell.value]
    said = [
        text
        for block in result.document.opening[0].blocks
        for text in ([block.text] if isinstance(block, Text) else block.items if isinstance(block, Bullets) else
                     [f"{block.strong} {block.text}"] if isinstance(block, Caution) else [])
    ]  # fmt: skip
    plain = [" ".join(text.split()) for text in (result.document.title, *said)]
    assert [line for line in lines if line in plain] == plain
    rows = {row[0].value: row for row in sheet.iter_rows() if row[0].value}
    headings = [cell.value for cell in rows["Outcome"]]
    arm = headings.index("Dry needling")
    estimate = result.summary.where(arm="dry_needling", outcome="lasting_relief", statistic="mean", subgroup="all")
    assert rows["Lasting relief"][arm].value == estimate["estimate"][0]
    assert rows["Lasting relief"][arm].number_format == "0.0%"
    error = headings.index("Error (±): Dry needling")
    assert rows["Lasting relief"][error].value == estimate["mc_error"][0]
    hidden = {
        place for one in sheet.column_dimensions.values() if one.hidden and one.outlineLevel == 1
        for place in range(one.min, one.max + 1)
    }  # fmt: skip
    assert hidden == {place for place, heading in enumerate(headings, 1) if str(heading).startswith("Error")}
    assert error + 1 in hidden


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_whatever_it_begins_with(text: str) -> None:
    grid = Grid(text, (text, text), ((text, Number(1.0, SHARE)),))
    parts = WorkbookParts(
        {"summary": Table((text, f"{text} more"), [{text: text, f"{text} more": 1.0}])},
        key=grid, charts=(Chart("columns", grid, text, text),), inputs=Table(("input",), [{"input": text}]),
    )  # fmt: skip
    plain = " ".join("".join(" " if c in "\x00\u202e" else c for c in text).split())
    book = booked(parts, text, Text(text), Bullets((text,)), Caution(text, text))
    for sheet, cell in ((FIRST, "A1"), ("Estimates", "A2"), ("Inputs", "A2"), ("Chart data", "A1")):
        found = book[sheet][cell]
        assert (found.value, found.data_type) == (plain, "s"), sheet
        assert found.quotePrefix == plain.startswith(("=", "@", "+", "-", "\uff1d")), sheet
        assert found.hyperlink is None
    for sheet in book:
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_the_words_of_a_chart_are_those_of_cells() -> None:
    grid = Grid("=1+1", ("=2", "=3"), (("=4", 1.0),))
    content = render_xlsx(
        Document("A title", "A kind", "", Facts(()), (), ()), WorkbookParts(charts=(Chart("bars", grid, "=5", "=6"),))
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    cells = ("$A$1", "$A$2", "$A$3", "$B$4", "$A$5", "$B$5")
    assert set(re.findall(r"<c:f>(.*?)</c:f>", chart)) == {f"'Chart data'!{cell}" for cell in cells}


def test_what_is_no_number_is_empty_or_said() -> None:
    values = (1.5, math.nan, math.inf)
    rows = [{"unit": "days", "estimate": value, "is_target": True} for value in values]
    table = Table(("unit", "estimate", "is_target"), rows)
    sheet = booked(WorkbookParts({"summary": table}))["Estimates"]
    assert [sheet.cell(row, 2).value for row in (2, 3, 4)] == [1.5, None, "not reached"]
    assert sheet.cell(2, 3).value is True


def test_headings_that_differ_in_capitals_only_are_told_apart() -> None:
    sheet = booked(WorkbookParts({"draws": Table(("a.cost", "A.cost"), [{"a.cost": 1.0, "A.cost": 2.0}])}))["Draws"]
    assert [cell.value for cell in sheet[1]] == ["a.cost", "A.cost (2)"]
    assert [cell.value for cell in sheet[2]] == [1.0, 2.0]


def test_sheets_of_tables_that_nobody_named_have_names_that_can_be() -> None:
    table = Table(("a",), [{"a": 1}])
    tables = {"inputs": table, "charts": table, "a_long_name" * 9: table, f"{'a_long_name' * 9}x": table}
    names = booked(WorkbookParts(tables)).sheetnames
    assert len({name.lower() for name in names}) == len(names)
    assert all(len(name) <= 31 for name in names)


def test_rows_without_room_are_counted_where_they_would_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_sheets, "MOST_ROWS", 10)
    for rows, shown in ((9, 9), (10, 8)):
        book = booked(WorkbookParts({"waits": Table(("days",), [{"days": k} for k in range(rows)])}))
        sheet = book["Waits"]
        assert sheet.tables["table_waits"].ref == f"A1:A{shown + 1}"
        said = [cell.value for cell in sheet["A"] if isinstance(cell.value, str)]
        assert said == (["days"] if rows == 9 else ["days", "2 more rows had no room here; waits.csv holds all."])
        guide = " ".join(str(row[2]) for row in book[LAST].iter_rows(values_only=True))
        assert ("2 rows and 0 columns had no room here" in guide) == (rows == 10)


def test_an_empty_table_is_a_table() -> None:
    sheet = booked(WorkbookParts({"thresholds": Table(("input", "low"), [])}))["Thresholds"]
    assert [cell.value for cell in sheet[1]] == ["input", "low"]
    assert sheet.tables["table_thresholds"].ref == "A1:B2"


def test_number_formats() -> None:
    euro, franc = money("EUR"), money('C"F')
    assert number_format(SHARE) == "0.0%"
    assert number_format(euro, 99.5) == '"€"#,##0.00'
    assert number_format(euro, 250.4) == '"€"#,##0'
    assert number_format(franc) == '#,##0.00 "CF"'
    assert number_format(DAYS, 6.0, 0.0) == "#,##0"
    assert number_format(POINTS, 6.0, 0.1) == "#,##0.00"
    assert number_format(None) == "General"


def test_a_result_is_saved_with_its_workbook_and_the_same_bytes(
    results: Callable[[str], Result], contents: Callable[[str], bytes], tmp_path: Path
) -> None:
    place = results("run").save(tmp_path / "mine", formats=("html", "xlsx"))
    assert (place / "report.html").is_file()
    assert (place / "report.xlsx").read_bytes() == contents("run")
    assert sim.open(place).report("xlsx") == contents("run")
    assert "report.xlsx" in (place / "manifest.json").read_text(encoding="utf-8")
    with zipfile.ZipFile(io.BytesIO(contents("run"))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
