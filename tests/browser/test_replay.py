"""The week of a clinic report: a picture without a script, and a replay with plain buttons where scripts may run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import faults

SMALL = """\
extends: clinic.yaml
title: A clinic to replay
clinic:
  weeks: 14
  warm_up: 4
  visit_spread: 0.3
  practitioners: {acupuncturist: {illness: {spells_per_year: 10, days: 5}}}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("replay")
    (where / "small.yaml").write_text(SMALL, encoding="utf-8")
    program = [sys.executable, "-c", "from sim.cli.start import program; program()", "clinic", "small.yaml"]
    subprocess.run([*program, "--replications", "2", "--quiet", "--workers", "1"], cwd=where, check=True)
    return where / "outputs" / "clinic-small" / "report.html"


def opened(browser: Any, report: Path, width: int = 1280, **options: Any) -> Any:
    page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()
    page.goto(report.as_uri())
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_the_week_is_played_paused_and_stepped(browser: Any, report: Path, width: int) -> None:
    page = opened(browser, report, width)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    now = page.locator(".replay .now")
    first = now.inner_text()
    assert "wait for a first visit" in first
    page.get_by_role("button", name="Step", exact=True).click()
    second = now.inner_text()
    assert second != first
    page.get_by_role("button", name="Step back").click()
    assert now.inner_text() == first
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("was => document.querySelector('.replay .now').textContent !== was", arg=second)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Start of the week").click()
    assert now.inner_text() == first
    assert page.locator(".replay tbody tr").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    assert faults(page) == []
    page.context.close()


def test_what_is_said_is_what_the_week_holds(browser: Any, report: Path) -> None:
    """Each step names who treats whom, and never more than one patient for a practitioner or a room."""
    page = opened(browser, report)
    week = json.loads(page.locator(".replay").get_attribute("data-replay"))
    for _ in range(25):
        page.get_by_role("button", name="Step", exact=True).click()
    said = page.locator(".replay .now").inner_text()
    day, clock = said.split(":")[0].split()[0], said.split(" ")[1]
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    hour, minute = (int(part) for part in clock.rstrip(":").split(":"))
    at = names.index(day) * 1440 + hour * 60 + minute
    treated = [one for one in week["visits"] if one["came"] and one["begins"] <= at < one["ends"]]
    assert f": {len(treated)} treat" in said
    rows = page.locator(".replay tbody tr").all_inner_texts()
    for one in treated:
        words = f"Patient {one['patient']}, visit {one['visit']}, room {one['room'] + 1}"
        assert words in rows[one["worker"]]
    waiting = [one for one in week["waiting"] if one["since"] <= at and (one["until"] is None or at < one["until"])]
    assert f"{len(waiting)} wait for a first visit" in said
    page.context.close()


def test_without_a_script_and_on_paper_the_picture_stands_alone(browser: Any, report: Path) -> None:
    page = opened(browser, report)
    page.emulate_media(media="print")
    assert not page.locator(".replay").is_visible()
    assert page.locator("#figure-week svg").is_visible()
    page.context.close()
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(report.as_uri())
    assert page.locator(".replay[hidden]").count() == 1
    assert page.locator("#figure-week svg").count() == 1
    page.context.close()
