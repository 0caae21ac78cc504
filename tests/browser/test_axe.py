"""axe-core finds no serious fault of accessibility in the reports and on the tuning page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import faults
from tests.browser.test_reports import report  # noqa: F401 - pytest finds it here
from tests.browser.tuning import choose, search, serving, set_field, settled, visitors

NEEDLING = "Dry needling: fall in pain by the end of the course"


def test_what_is_wrong_is_found(browser: Any) -> None:
    page = browser.new_page()
    page.set_content('<html lang="en"><title>t</title><main><img src="data:,"><p style="color:#ccc">pale</p></main>')
    assert {fault.split(" ")[1] for fault in faults(page)} == {"image-alt", "color-contrast"}
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_report_has_no_serious_fault_folded_or_not(browser: Any, report: Path, width: int) -> None:  # noqa: F811
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(report.as_uri())
    assert faults(page) == []
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    assert faults(page) == []
    page.close()


def test_the_tuning_page_has_no_serious_fault(browser: Any, tmp_path: Path) -> None:
    pytest.importorskip("streamlit")
    with serving(tmp_path, "clinic.yaml", patients=200) as address, visitors(browser, address) as open_page:
        page = open_page()
        assert faults(page) == []
        set_field(page, NEEDLING, "4.1")
        set_field(page, NEEDLING, "lots")
        page.get_by_text("All key outcomes in numbers").click()
        settled(page)
        assert faults(page) == []
        choose(page, "Who is treated")
        search(page, "e")
        assert faults(page) == []
        page.get_by_role("radio", name="Clinic").check(force=True)
        page.wait_for_selector('img.figure[alt*="Heat map of a mean week"]', timeout=90_000)
        settled(page)
        assert faults(page) == []
