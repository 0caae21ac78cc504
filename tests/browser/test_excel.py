"""The reports for Excel in a spreadsheet program that is not ours: LibreOffice opens each and finds its numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.main import cli
from tests.browser.office import converted, office_or_skip

REPORTS = {
    "run": (("--config", "acute.yaml", "--patients", "500"), ("Acute back spasm", "Lasting relief", "Dry needling")),
    "comparison": (("compare", "acute.yaml", "chronic.yaml", "--patients", "500"), ("Chronic", "Dry needling")),
}
"""Commands, and words that the first sheets of their workbooks hold."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with what LibreOffice makes of each workbook: a PDF, and the first sheet as CSV."""
    office = office_or_skip("libreoffice-calc")
    place = tmp_path_factory.mktemp("excel")
    (place / "try.csv").write_text("a,b\n1,2\n")
    converted(office, place, "xlsx", ["try.csv"])
    if not (place / "try.xlsx").is_file():
        pytest.skip("no LibreOffice Calc here: install it (apt-get install libreoffice-calc)")
    for name, (words, _) in REPORTS.items():
        made = [*words, "--format", "xlsx", "--workers", "1", "--quiet", "--out", str(place / name)]
        assert CliRunner().invoke(cli, made).exception is None
        (place / name / "report.xlsx").rename(place / f"{name}.xlsx")
    for form in ("pdf", "csv:Text - txt - csv (StarCalc):44,34,76,1"):
        said = converted(office, place, form, [f"{name}.xlsx" for name in REPORTS])
        assert "rror" not in said
    return place


@pytest.mark.parametrize("name", REPORTS)
def test_a_spreadsheet_program_opens_the_workbook(opened: Path, name: str) -> None:
    content = (opened / f"{name}.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type/Page") > 3, "the pages and their tree"
    text = (opened / f"{name}.csv").read_text(encoding="utf-8-sig")
    assert all(word in text for word in REPORTS[name][1])
    assert "Err:" not in text
    assert "#NAME?" not in text
    assert "%" in text
