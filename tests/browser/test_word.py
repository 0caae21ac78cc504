"""The reports for Word in a word processor that is not ours: LibreOffice opens each and finds its words and pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.main import cli
from tests.browser.office import converted, office_or_skip

REPORTS = {
    "run": (("--config", "acute.yaml", "--patients", "500"), ("Acute back spasm", "Dry needling")),
    "comparison": (("compare", "acute.yaml", "chronic.yaml", "--patients", "500"), ("Chronic", "Dry needling")),
}
"""Commands, and words that their reports hold."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with what LibreOffice makes of each report: a PDF, and its text."""
    office = office_or_skip("libreoffice-writer")
    place = tmp_path_factory.mktemp("word")
    for name, (words, _) in REPORTS.items():
        made = [*words, "--format", "docx", "--workers", "1", "--quiet", "--out", str(place / name)]
        assert CliRunner().invoke(cli, made).exception is None
        (place / name / "report.docx").rename(place / f"{name}.docx")
    for form in ("pdf", "txt:Text (encoded):UTF8"):
        converted(office, place, form, [f"{name}.docx" for name in REPORTS])
    return place


@pytest.mark.parametrize("name", REPORTS)
def test_a_word_processor_opens_the_report(opened: Path, name: str) -> None:
    content = (opened / f"{name}.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type/Page") > 3, "the pages and their tree"
    text = (opened / f"{name}.txt").read_text(encoding="utf-8-sig")
    assert all(word in text for word in REPORTS[name][1])
    assert len(text) > 2000
