"""Tables as people have them: CSV of a German Excel, workbooks; read where there is no doubt, else refused."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from sim.cli.main import main
from sim.decision.value.psa import Psa
from sim.decision.value.table import read_psa
from sim.errors import UsageError

HEADING = ("Draw", "Strategy", "Cost", "Effect")
STRATEGIES = ("a", "b")
COST = np.array([[100.5 + 10 * d, 1200.25 + d] for d in range(12)])
EFFECT = np.array([[0.7 + d / 1000, 0.8 - d / 1000] for d in range(12)])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(cost: str = "{:.2f}", effect: str = "{:.4f}", comma: bool = True) -> list[list[str]]:
    """Return the rows of the table as text."""
    found = [list(HEADING)]
    for d in range(12):
        for k, name in enumerate(STRATEGIES):
            cells = [str(d + 1), name, cost.format(COST[d, k]), effect.format(EFFECT[d, k])]
            found.append([cell.replace(".", ",") if comma and j > 1 else cell for j, cell in enumerate(cells)])
    return found


def written(rows: list[list[str]], mark: str = ";", name: str = "t.csv", start: str = "") -> Path:
    Path(name).write_text(start + "\n".join(mark.join(row) for row in rows) + "\n", encoding="utf-8-sig")
    return Path(name)


def check(psa: Psa) -> None:
    assert psa.strategies == STRATEGIES
    np.testing.assert_array_equal(psa.cost, COST.round(2))
    np.testing.assert_array_equal(psa.effect, EFFECT.round(4))


def refused(file: Path, parameters: Path | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        read_psa(file, parameters)
    return str(caught.value)


@pytest.mark.parametrize("start", ["", "sep=;\n", '"sep=;"\n', "\n"])
def test_semicolons_decimal_commas_and_capitals_are_read(here: Path, start: str) -> None:
    check(read_psa(written(table(), start=start)))


@pytest.mark.parametrize("comma", [True, False])
@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_and_tabs_part_columns_with_either_decimal_mark(here: Path, mark: str, comma: bool) -> None:
    check(read_psa(written(table(comma=comma), mark)))


def test_capitals_in_the_heading_of_a_file_with_commas_are_read(here: Path) -> None:
    check(read_psa(written(table(comma=False), ",")))


def test_a_thousand_with_both_marks_is_read(here: Path) -> None:
    rows = table()
    rows[2][2] = "1.200,25"
    check(read_psa(written(rows)))


def test_shares_in_per_cent_are_read(here: Path) -> None:
    rows = table()
    for row in rows[1:]:
        row[3] = f"{100 * float(row[3].replace(',', '.')):.2f} %".replace(".", ",")
    psa = read_psa(written(rows))
    np.testing.assert_allclose(psa.effect, EFFECT.round(4), rtol=1e-14)


def test_three_decimals_are_no_doubt_where_other_cells_say_what_stands_before_decimals(here: Path) -> None:
    rows = table()
    rows[1][2] = "1,234"
    assert read_psa(written(rows)).cost[0, 0] == 1.234


def in_doubt(row: int, column: int, text: str, **how: Any) -> list[list[str]]:
    rows = table(**how)
    rows[row][column] = text
    return rows


@pytest.mark.parametrize(
    ("rows", "mark", "said"),
    [
        (in_doubt(3, 2, "1.234"), ";", "t.csv:4: column cost: must be a finite number; write 1.234 or 1234; given"),
        (in_doubt(3, 2, "1,234", comma=False), ";", "t.csv:4: column cost: must be a finite number; write 1.234 or"),
        ([[*HEADING], *(["1", name, "100,500", "1"] for name in STRATEGIES)], ";",
         "t.csv:2: column cost: must be a finite number; write 100.5 or 100500; given '100,500'"),
        (in_doubt(3, 3, "80", effect="{:.1%}"), ";", "t.csv:4: column effect: others in this column are in per cent; "
                                                     "write 80 % or 0.8; given '80'"),
        (in_doubt(3, 3, "80 points"), ";", "t.csv:4: column effect: must be a finite number; given '80 points'"),
        ([[*row, "draw"] for row in table()], ";", "t.csv:1: column 'draw' is there twice; allowed: once"),
        (in_doubt(0, 1, "Stratgy"), ";", "Did you mean 'Stratgy'?"),
    ],
)  # fmt: skip
def test_what_can_be_meant_in_two_ways_is_refused(here: Path, rows: list[list[str]], mark: str, said: str) -> None:
    assert said in refused(written(rows, mark))


def test_the_parameters_are_read_as_the_table_is(here: Path) -> None:
    inputs = [["DRAW", "share", "price"], *([str(d + 1), f"{50 + d} %", f"1.2{d:02d},5"] for d in range(12))]
    psa = read_psa(written(table()), written(inputs, name="p.csv"))
    np.testing.assert_allclose(psa.parameters["share"], (50 + np.arange(12)) / 100, rtol=1e-14)
    np.testing.assert_array_equal(psa.parameters["price"], 1200.5 + np.arange(12))


# Workbooks ----------------------------------------------------------------------------------------------------------


def sheet_of(book: openpyxl.Workbook, title: str = "PSA", at: tuple[int, int] = (1, 1)) -> Any:
    """Fill a sheet of a workbook with the table, as numbers."""
    sheet = book.active if book.sheetnames == ["Sheet"] else book.create_sheet()
    sheet.title = title
    cells = [HEADING] + [
        (d + 1, name, round(float(COST[d, k]), 2), round(float(EFFECT[d, k]), 4))
        for d in range(12)
        for k, name in enumerate(STRATEGIES)
    ]
    for i, row in enumerate(cells):
        for j, value in enumerate(row):
            sheet.cell(at[0] + i, at[1] + j, value)
    return sheet


def saved(book: openpyxl.Workbook, name: str = "t.xlsx") -> Path:
    book.save(name)
    return Path(name)


@pytest.mark.parametrize("at", [(1, 1), (4, 3)])
def test_a_workbook_is_read(here: Path, at: tuple[int, int]) -> None:
    book = openpyxl.Workbook()
    sheet = sheet_of(book, at=at)
    sheet.cell(at[0] + 1, at[1] + 3).number_format = "0 %"
    check(read_psa(saved(book)))


def test_numbers_kept_as_text_are_read_as_in_a_file(here: Path) -> None:
    book = openpyxl.Workbook()
    sheet = sheet_of(book)
    sheet["C2"], sheet["D2"] = "100,50", "70 %"
    check(read_psa(saved(book)))


def test_the_sheet_that_has_the_columns_is_taken(here: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["how to read this", None])
    book.active.title = "Notes"
    sheet_of(book)
    inputs = book.create_sheet("Inputs")
    inputs.append(["Draw", "price"])
    for d in range(12):
        inputs.append([d + 1, 20.5 + d])
    file = saved(book)
    psa = read_psa(file, file)
    check(psa)
    np.testing.assert_array_equal(psa.parameters["price"], 20.5 + np.arange(12))


def test_the_results_of_formulas_are_read_if_they_are_there(here: Path) -> None:
    book = openpyxl.Workbook()
    sheet_of(book)["C2"] = "=99+1.5"
    file = saved(book)
    assert "sheet 'PSA', cell C2: column cost: holds a formula without its result; open the file" in refused(file)
    with zipfile.ZipFile(file) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    place = "xl/worksheets/sheet1.xml"
    assert b"<f>99+1.5</f><v></v>" in parts[place] or b"<f>99+1.5</f><v />" in parts[place]
    for empty in (b"<v></v>", b"<v />"):
        parts[place] = parts[place].replace(b"<f>99+1.5</f>" + empty, b"<f>99+1.5</f><v>100.5</v>")
    with zipfile.ZipFile("kept.xlsx", "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    check(read_psa(Path("kept.xlsx")))


def merge(sheet: Any) -> None:
    sheet.merge_cells("B2:B3")


def second_beside(sheet: Any) -> None:
    sheet["F1"], sheet["G1"], sheet["F2"] = "name", "value", "x"


def note_beside(sheet: Any) -> None:
    sheet["G5"] = "checked"


def second_below(sheet: Any) -> None:
    sheet["A28"], sheet["B28"] = "draw", "x"


def title_above(sheet: Any) -> None:
    sheet.insert_rows(1)
    sheet["A1"] = "Results of the PSA"


def twice(sheet: Any) -> None:
    sheet["E1"], sheet["E2"] = "COST", 1


def cell(place: str, value: Any) -> Any:
    def change(sheet: Any) -> None:
        sheet[place] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (merge, "t.xlsx: sheet 'PSA', cells B2:B3: are merged; allowed: a cell for every value"),
        (second_beside, "t.xlsx: sheet 'PSA', cell F1: a second table begins here; allowed: one table on a sheet"),
        (note_beside, "t.xlsx: sheet 'PSA', cell G5: stands beside the table; allowed: one table on a sheet"),
        (second_below, "t.xlsx: sheet 'PSA', cell A28: stands below an empty row; allowed: one table on a sheet"),
        (title_above, "sheet 'PSA', cell A1: stands above the heading in row 2; allowed: the heading first"),
        (cell("C7", datetime.date(2026, 6, 2)), "sheet 'PSA', cell C7: column cost: holds a date or time (2026-06-02"),
        (cell("A7", datetime.datetime(2026, 6, 2)), "sheet 'PSA', cell A7: column draw: holds a date or time"),
        (cell("D7", True), "sheet 'PSA', cell D7: column effect: holds TRUE; allowed: a number"),
        (cell("D7", "#DIV/0!"), "sheet 'PSA', cell D7: column effect: holds the error #DIV/0!"),
        (cell("D7", "much"), "sheet 'PSA', cell D7: column effect: must be a finite number; given 'much'"),
        (cell("D7", "1,234"), "sheet 'PSA', cell D7: column effect: must be a finite number; write 1.234 or 1234"),
        (cell("D7", None), "sheet 'PSA', cell D7: column effect: must be a finite number; given ''"),
        (cell("C7", 1e13), "sheet 'PSA', cell C7: column cost: must be from -1e+12 to 1e+12; given '10000000000000'"),
        (cell("A7", 2), "cell A7: column draw: draw '2', strategy 'b' is given twice (first in row 5); allowed: once"),
        (cell("C1", "price"), "sheet 'PSA', row 1: column cost is missing; needed: draw, strategy, cost, effect"),
        (twice, "sheet 'PSA', row 1: column 'cost' is there twice; allowed: once"),
        (cell("XFD1048576", "x"), "sheet 'PSA' reaches to cell XFD1048576; allowed: at most 4,000,000 cells"),
    ],
)
def test_what_makes_a_sheet_doubtful_is_refused_by_sheet_and_cell(here: Path, change: Any, said: str) -> None:
    book = openpyxl.Workbook()
    change(sheet_of(book))
    message = refused(saved(book))
    assert message.startswith("t.xlsx: sheet 'PSA'")
    assert said in message
    assert message.isprintable()


def test_two_sheets_that_could_be_the_table_are_refused(here: Path) -> None:
    book = openpyxl.Workbook()
    sheet_of(book)
    sheet_of(book, "Again")
    assert "t.xlsx: the sheets 'PSA', 'Again' all have the columns draw, strategy, cost, effect" in refused(saved(book))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.xlsx", b"", "t.xlsx: is no Excel workbook (.xlsx), or is locked with a password"),
        ("t.xlsx", b"draw,strategy\n", "t.xlsx: is no Excel workbook (.xlsx), or is locked with a password"),
        ("t.xlsx", b"PK\x05\x06" + b"\0" * 18, "t.xlsx: cannot be read as an Excel workbook: "),
        ("t.xls", b"", "t.xls: is not read; save it as an Excel workbook (.xlsx) or as CSV"),
        ("t.ods", b"", "t.ods: is not read; save it as an Excel workbook (.xlsx) or as CSV"),
    ],
)
def test_what_is_no_workbook_is_said(here: Path, name: str, content: bytes, said: str) -> None:
    Path(name).write_bytes(content)
    assert refused(Path(name)).startswith(said)


def test_an_empty_workbook_a_missing_file_and_a_directory(here: Path) -> None:
    assert refused(saved(openpyxl.Workbook())) == "t.xlsx: is empty; allowed: a heading and a row for every draw"
    assert refused(Path("no.xlsx")) == "no.xlsx: there is no such file"
    Path("d.xlsx").mkdir()
    assert refused(Path("d.xlsx")).startswith("d.xlsx: is a directory")


def test_a_missing_package_is_said_with_the_command_that_installs_it(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.tables.workbook_rows.is_installed", lambda module: False)
    root = Path(__file__).resolve().parents[2]
    said = refused(Path("t.xlsx"))
    assert said.startswith("t.xlsx: reading a workbook needs openpyxl; install it with: ")
    assert said.endswith(f" -m pip install -e '{root}[xlsx]'")


@pytest.mark.parametrize("words", [("--table", "t.xlsx"), ("t.xlsx",), ("--table", "t.csv"), ("t.csv",)])
def test_the_command_reads_both(here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    book = openpyxl.Workbook()
    sheet_of(book)
    saved(book)
    written(table())
    with pytest.raises(SystemExit) as end:
        main(["value", *words, "--workers", "1"])
    captured = capsys.readouterr()
    assert (end.value.code, captured.err) == (0, "")
    assert "Value of the strategies in t." in captured.out
    assert Path("outputs/value-t/report.html").is_file()
