"""The page of `simulate tune` in a real browser: what is moved moves the figure, and nobody else's page."""

from __future__ import annotations

import csv
import io
import re
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.cli.main import main
from tests.browser.tuning import (
    NEEDLING,
    answered,
    check,
    choose,
    download,
    figure,
    says,
    search,
    serving,
    set_field,
    settled,
    shown,
    slider_of,
    visitors,
)

pytest.importorskip("streamlit")
SCENARIO = """\
# The acute scenario of a small practice.
extends: acute.yaml
title: Tuning <b>by hand</b> & *looking*   # a title that must be shown as it is
costs:
  visit: 45   # from our books
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    where = tmp_path_factory.mktemp("tune")
    (where / "practice.yaml").write_text(SCENARIO, encoding="utf-8")
    with serving(where, "practice.yaml") as url:
        yield url


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Return a way to open the page as another visitor."""
    with visitors(browser, address) as open_page:
        yield open_page


def test_a_slider_moves_the_figure_and_says_why(visit: Any) -> None:
    page = visit()
    before = figure(page)
    assert "Nothing has been changed" in shown(page)
    slider_of(page, NEEDLING).focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("was => document.querySelector('img.figure').alt !== was", arg=before, timeout=60_000)
    settled(page)
    words = shown(page)
    assert "You changed one input" in words
    assert re.search(r"moved by \+0\.\d+ ± 0\.\d+ points", words)
    assert page.locator("img.figure").count() == 2, "the tornado of what was touched"
    assert "saved" in figure(page)
    page.get_by_role("button", name="Undo all changes").click()
    page.wait_for_function("was => document.querySelector('img.figure').alt === was", arg=before, timeout=30_000)


def test_nonsense_keeps_the_last_valid_state_and_says_what_is_wrong(visit: Any) -> None:
    page = visit()
    set_field(page, NEEDLING, "4.0")
    valid = figure(page)
    for nonsense, words in (
        ("lots", "must be a number"), ("", "given nothing"), ("1e999", "must be"), ("99", "at most 10"),
        ("<script>alert(1)</script>", "must be a number"),
    ):  # fmt: skip
        set_field(page, NEEDLING, nonsense)
        assert words in shown(page), nonsense
        assert figure(page) == valid
    with answered(page):
        page.get_by_role("button", name="Discard").click()
    assert "Not taken over" not in shown(page)
    assert figure(page) == valid
    assert page.get_by_label(f"{NEEDLING}, as a number").input_value() == "4.0"


def test_a_claim_out_of_reach_is_taken_over_and_said_to_be_missed(visit: Any) -> None:
    page = visit()
    assert "is claimed" not in shown(page)
    set_field(page, NEEDLING, "9.5")
    words = shown(page)
    assert "Not taken over" not in words
    assert re.search(r"claims\.dry_needling\.pain_reduction: 9\.5 .*is claimed, \d\.\d+ is reached", words)
    page.get_by_role("button", name="Undo all changes").click()
    page.wait_for_function("() => !document.body.innerText.includes('is claimed')", timeout=60_000)


def test_an_entry_rule_changes_who_is_treated(visit: Any) -> None:
    page = visit()
    before = figure(page)
    choose(page, "Who is treated")
    set_field(page, "Entry rule: reported pain at the first visit at least", "5")
    assert figure(page) != before
    assert "cohort:\n  include:\n    reported_pain_at_least: 5\n" in download(page, "Scenario (YAML)").decode()


def test_a_second_visitor_sees_nothing_of_the_first(visit: Any) -> None:
    first, second = visit(), visit()
    untouched = figure(second)
    set_field(first, NEEDLING, "4.1")
    assert figure(first) != untouched
    search(second, "relapse")
    assert figure(second) == untouched
    assert "Nothing has been changed" in shown(second)
    assert figure(visit()) == untouched


def test_the_downloaded_scenario_gives_the_numbers_of_the_page(
    visit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit()
    set_field(page, NEEDLING, "4.1")
    search(page, "cost of a visit itself")
    set_field(page, "Cost of a visit itself", "52.5")
    text = download(page, "Scenario (YAML)").decode()
    # Comments stay, and only what was changed differs.
    old, new = SCENARIO.splitlines(), text.splitlines()
    assert [line for line in old if line not in new] == ["  visit: 45   # from our books"]
    assert "  visit: 52.5   # from our books" in new
    assert any("4.1" in line for line in new)
    monkeypatch.chdir(tmp_path)
    Path("practice_tuned.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["--config", "practice_tuned.yaml", "--quiet", "--workers", "1"])
    assert end.value.code == 0
    run = Path("outputs/practice_tuned")
    archive = zipfile.ZipFile(io.BytesIO(download(page, "Data (ZIP)")))
    for name in ("summary.csv", "trajectories.csv"):
        assert archive.read(name).decode() == (run / name).read_text(encoding="utf-8"), name
    rows = csv.DictReader(io.StringIO((run / "summary.csv").read_text(encoding="utf-8")))
    (mean,) = [
        float(row["estimate"]) for row in rows
        if (row["arm"], row["subgroup"], row["outcome"], row["statistic"])
        == ("dry_needling", "all", "pain_reduction_day42", "mean")
    ]  # fmt: skip
    assert f"Dry needling: mean {mean:.2f}" in figure(page)
    report = download(page, "Report (HTML)").decode()
    assert "Tuning &lt;b&gt;by hand&lt;/b&gt; &amp; *looking*" in report
    assert f"{mean:.2f}" in report


def test_mixtures_and_choices_stay_where_they_were_chosen(visit: Any) -> None:
    page = visit()
    choose(page, "Who is treated")
    slider = slider_of(page, "Chronic")
    for _ in range(10):
        slider.press("ArrowRight")  # on the slider itself, wherever a slow page has left the focus
    says(page, "Mix of patients: Acute strain 100 % → Acute strain 90 %, Chronic 10 %")
    assert page.get_by_role("slider", name="Chronic").count() == 1, "the group that was chosen is still open"
    choose(page, "Relapse")
    check(page, "Time scale of relapse after several treatments", "as after their average, by visits")
    says(page, "You changed 2 inputs")
    text = download(page, "Scenario (YAML)").decode()
    assert "several_modalities: visit_weighted" in text
    page.get_by_role("button", name="Undo", exact=True).first.click()
    says(page, "You changed one input")


def test_titles_are_text_and_nothing_is_asked_of_another_host(visit: Any, address: str) -> None:
    page = visit()
    assert "Tuning <b>by hand</b> & *looking*" in shown(page)
    set_field(page, NEEDLING, "4.0")
    hosts = {url.split("/")[2] for url in page.asked if url.startswith(("http", "ws"))}
    assert hosts == {address.split("/")[2]}


@pytest.mark.parametrize("width", [1280, 820, 390])
def test_it_fits_a_tablet_and_a_phone(visit: Any, width: int) -> None:
    page = visit(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("img.figure").first.bounding_box()
    assert box["width"] >= 300
    assert box["x"] + box["width"] <= width


def test_the_keyboard_alone_is_enough(visit: Any) -> None:
    """From the top, Tab reaches the search, the group, a slider and its field; arrows and Enter work them."""
    page = visit()
    before = figure(page)
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText")
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        role = page.evaluate("document.activeElement.getAttribute('role') || document.activeElement.type")
        if role in ("slider", "range"):
            assert outline != "none" or "slider" in role
            page.keyboard.press("ArrowLeft")
            break
    assert any("Search" in (name or "") for name in seen)
    page.wait_for_function("was => document.querySelector('img.figure').alt !== was", arg=before, timeout=30_000)


def test_it_listens_on_this_computer_only(address: str) -> None:
    port = int(address.split("/")[2].split(":")[1])
    own = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    others = [one for one in own if not str(one).startswith("127.")]
    for other in others:
        with socket.socket() as attempt:
            attempt.settimeout(2)
            assert attempt.connect_ex((other, port)) != 0
    with Path("/proc/net/tcp").open(encoding="ascii") as table:
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert [one for one in listening if one.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]
