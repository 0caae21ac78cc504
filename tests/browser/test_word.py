"""The reports for Word in a word processor that is not ours: LibreOffice opens each and finds its words and pages."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.main import cli

REPORTS = {
    "run": (("--config", "acute.yaml", "--patients", "500"), ("Acute back spasm", "Dry needling")),
    "comparison": (("compare", "acute.yaml", "chronic.yaml", "--patients", "500"), ("Chronic", "Dry needling")),
}
"""Commands, and words that their reports hold."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with what LibreOffice makes of each report: a PDF, and its text."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("no LibreOffice here: install it (apt-get install libreoffice-writer)")
    place = tmp_path_factory.mktemp("word")
    for name, (words, _) in REPORTS.items():
        made = [*words, "--format", "docx", "--workers", "1", "--quiet", "--out", str(place / name)]
        assert CliRunner().invoke(cli, made).exception is None
        (place / name / "report.docx").rename(place / f"{name}.docx")
    profile = f"-env:UserInstallation={(place / 'profile').as_uri()}"
    files = [f"{name}.docx" for name in REPORTS]
    for form in ("pdf", "txt:Text (encoded):UTF8"):
        command = [office, profile, "--headless", "--convert-to", form, *files]
        subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=300)
    return place


@pytest.mark.parametrize("name", REPORTS)
def test_a_word_processor_opens_the_report(opened: Path, name: str) -> None:
    content = (opened / f"{name}.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type/Page") > 3, "the pages and their tree"
    text = (opened / f"{name}.txt").read_text(encoding="utf-8-sig")
    assert all(word in text for word in REPORTS[name][1])
    assert len(text) > 2000
