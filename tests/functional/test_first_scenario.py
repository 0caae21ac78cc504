"""A first scenario as a new user makes it, from an empty directory to a Word and an Excel report."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from tests.functional.commands import ENVIRONMENT, SMALL_CLINIC
from tests.known import PROGRAM

NEW = (
    "new", "my_clinic", "--currency", "EUR", "--visit-price", "45",
    "--patients-are", "acute=60 %, chronic=30 %, stress=10 %",
    "--treatment", "massage: minutes=30, price=40", "--treatment", "exercise: minutes=20, price=0",
    "--protocol", "massage + exercise, 4 visits every 7 days, 2 boosters every 30 days",
    "--no-shows", "12 %", "--clinic", "--new-patients", "6",
)  # fmt: skip
RUN = ("--config", "my_clinic.yaml", "--patients", "4096", "--format", "docx,xlsx")
OWN = "Massage and exercise"


def simulate(here: Path, *words: str) -> str:
    done = subprocess.run(
        [*PROGRAM, *words], cwd=here, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("empty")
    assert f"{OWN}: 6 visits, 510 EUR and 360 minutes in all" in simulate(here, *NEW)
    assert simulate(here, "check", "my_clinic.yaml").endswith("ok\n")
    simulate(here, *RUN)
    return here


@pytest.fixture(scope="module")
def report(made: Path) -> Path:
    return made / "outputs" / "my_clinic"


@pytest.fixture(scope="module")
def words(report: Path) -> list[str]:
    return [plain(paragraph.text) for paragraph in docx.Document(str(report / "report.docx")).paragraphs]


@pytest.fixture(scope="module")
def sheets(report: Path) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(report / "report.xlsx")
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def rows(sheet: list[tuple[Any, ...]], first: str) -> dict[str, dict[str, Any]]:
    """Return the rows of the table on a sheet whose heading begins with a word, by their first cell."""
    begin = next(k for k, row in enumerate(sheet) if row[0] == first)
    table = [row for row in sheet[begin + 1 :] if row[0] is not None]
    return {str(row[0]): dict(zip(sheet[begin], row, strict=True)) for row in table}


def test_the_word_report_says_who_came_what_they_got_and_the_verdict(report: Path, words: list[str]) -> None:
    verdict = json.loads((report / "summary.json").read_text(encoding="utf-8"))["verdict"]
    assert plain(verdict["sentence"]) in words
    assert OWN in verdict["sentence"]
    text = "\n".join(words)
    assert "Acute strain 60 %, Chronic 30 %, Stress-linked 10 %" in text
    assert f"Usual care, {OWN}" in text
    assert "whether a visit costs you €45" in text
    assert "Claims of an article" not in text
    assert "$" not in text


def test_the_workbook_has_the_rows_that_follow_from_what_was_put_in(sheets: dict[str, list[tuple[Any, ...]]]) -> None:
    summary = rows(sheets["Summary"], "Outcome")
    assert summary["Cost"]["Unit"] == "EUR"
    for arm, visits, price, minutes in (("Usual care", 2, 45, 10), (OWN, 6, 45 + 40 + 0, 10 + 30 + 20)):
        attended, error = summary["Visits attended"][arm], summary["Visits attended"][f"Error (±): {arm}"]
        assert attended == pytest.approx(0.88 * visits, abs=5 * error)
        assert summary["Cost"][arm] == pytest.approx(price * attended)
        assert summary["Practitioner minutes"][arm] == pytest.approx(minutes * attended)
    for without_needles in ("Soreness", "Bruising"):
        assert summary[without_needles][OWN] == 0
    assert summary["Responders at day 42"][OWN] > summary["Responders at day 42"]["Usual care"]


def test_the_workbook_says_which_inputs_are_ones_own_and_which_assumed(
    sheets: dict[str, list[tuple[Any, ...]]],
) -> None:
    heading = next(row for row in sheets["Inputs"] if "path" in [str(cell).lower() for cell in row])
    at = {str(name).lower(): k for k, name in enumerate(heading)}
    said = {row[at["path"]]: (row[at["value"]], row[at["status"]]) for row in sheets["Inputs"] if row[at["path"]]}
    assert said["costs.visit"] == (45, "own figure")
    assert said["modalities.massage.cost"] == (40, "own figure")
    assert said["attendance.no_show"] == (0.12, "own figure")
    assert said["parameters.massage.ceiling"] == (0.3, "assumption")


def test_the_clinic_can_be_planned(made: Path) -> None:
    simulate(made, "clinic", "my_clinic.yaml", *SMALL_CLINIC, "--quiet")
    assert (made / "outputs" / "clinic-my_clinic" / "report.html").exists()
