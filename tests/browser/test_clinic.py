"""The clinic in a browser: its view on the tuning page, and its report."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.tuning import choose, says, serving, set_field, shown, visitors

SMALL = """\
extends: clinic.yaml
title: A clinic by hand
clinic: {weeks: 14, warm_up: 4}
"""


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("clinic")
    (where / "small.yaml").write_text(SMALL, encoding="utf-8")
    return where


@pytest.fixture
def page(browser: Any, workplace: Path) -> Iterator[Any]:
    with serving(workplace, "small.yaml") as address, visitors(browser, address) as open_page:
        yield open_page()


def test_the_clinic_follows_what_is_tuned(page: Any) -> None:
    page.get_by_role("radio", name="Clinic").check(force=True)
    says(page, "With 25 new patients a week, 3 practitioners and 3 rooms")
    page.wait_for_selector('img.figure[alt*="Heat map of a mean week"]', timeout=60_000)
    choose(page, "The clinic")
    set_field(page, "Rooms", "1")
    says(page, "With 25 new patients a week, 3 practitioners and 1 room,")
    says(page, "hours a week (rooms)")
    assert "Rooms: 3 → 1" in shown(page)
    set_field(page, "Rooms", "0")
    says(page, "was not taken over")
    assert "3 practitioners and 1 room," in shown(page), "the last valid state stays"


def test_the_report_fits_a_phone_and_asks_nobody_else(browser: Any, workplace: Path) -> None:
    program = [sys.executable, "-c", "from sim.cli.start import program; program()", "clinic", "small.yaml"]
    options = ["--replications", "3", "--compare", "dry_needling,acupuncture", "--quiet"]
    subprocess.run([*program, *options], cwd=workplace, check=True)
    report = workplace / "outputs" / "clinic-small" / "report.html"
    for width in (1280, 360):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(report.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("figure").count() == 8
        assert all(url.startswith(("file:", "data:")) for url in asked)
        context.close()
