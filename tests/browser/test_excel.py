"""The reports for Excel in a spreadsheet program that is not ours: LibreOffice opens each and finds its numbers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.main import cli

REPORTS = {
    "run": (("--config", "acute.yaml", "--patients", "500"), ("Acute back spasm", "Lasting relief", "Dry needling")),
    "comparison": (("compare", "acute.yaml", "chronic.yaml", "--patients", "500"), ("Chronic", "Dry needling")),
}
"""Commands, and words that the first sheets of their workbooks hold."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with what LibreOffice makes of each workbook: a PDF, and the first sheet as CSV."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    place = tmp_path_factory.mktemp("excel")
    needed = "install it (apt-get install libreoffice-calc)"
    if office is None:
        pytest.skip(f"no LibreOffice here: {needed}")
    (place / "try.csv").write_text("a,b\n1,2\n")
    converted(office, place, "xlsx", ["try.csv"])
    if not (place / "try.xlsx").is_file():
        pytest.skip(f"no LibreOffice Calc here: {needed}")
    for name, (words, _) in REPORTS.items():
        made = [*words, "--format", "xlsx", "--workers", "1", "--quiet", "--out", str(place / name)]
        assert CliRunner().invoke(cli, made).exception is None
        (place / name / "report.xlsx").rename(place / f"{name}.xlsx")
    for form in ("pdf", "csv:Text - txt - csv (StarCalc):44,34,76,1"):
        said = converted(office, place, form, [f"{name}.xlsx" for name in REPORTS])
        assert "rror" not in said
    return place


def converted(office: str, place: Path, form: str, files: list[str]) -> str:
    """Have LibreOffice write files in another format, and return what it says."""
    profile = f"-env:UserInstallation={(place / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", form, *files]
    done = subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=500, text=True)
    return done.stdout + done.stderr


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
