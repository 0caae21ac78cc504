"""One patient on the page of `simulate tune`: typed by keyboard, answered, refused, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import faults
from tests.browser.test_tune_labels import cut
from tests.browser.tuning import figure, says, serving, settled, shown, visitors

pytest.importorskip("streamlit")
ADVICE = "This is a model's answer about many people with such readings, not about this person, and no advice."


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("one patient")


@pytest.fixture(scope="module")
def address(where: Path) -> Iterator[str]:
    with serving(where, "acute.yaml", patients=200) as url:
        yield url


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Return a way to come to the view as another visitor."""
    with visitors(browser, address) as open_page:

        def come(width: int = 1280) -> Any:
            page = open_page(width)
            page.get_by_role("radio", name="Patients", exact=True).focus()
            page.keyboard.press("ArrowRight")
            says(page, "Nothing is known of this patient yet")
            return page

        yield come


def fill(page: Any, label: str, text: str) -> None:
    """Type into a field, and wait until the page is no longer at work; it may then show no figure."""
    page.get_by_label(label, exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    at_rest(page)


def give(page: Any, number: int, what: str) -> None:
    page.get_by_role("combobox", name=f"Done, line {number}").focus()
    page.keyboard.type(what)
    page.get_by_role("option", name=what).first.wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    at_rest(page)


def at_rest(page: Any) -> None:
    page.wait_for_timeout(300)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    page.wait_for_timeout(300)


def typed(page: Any) -> None:
    """Type three readings and two visits, with the keyboard alone."""
    for number, (day, pain) in enumerate((("0", "7"), ("7", "5"), ("14", "4,5")), start=1):
        fill(page, f"Day, line {number}", day)
        if number < 3:
            give(page, number, "Dry needling")
        fill(page, f"Pain, line {number}", pain)
    says(page, "that is how far these readings move what would be expected without them")


def test_what_is_typed_is_answered_and_kept_nowhere(visit: Any, where: Path) -> None:
    page = visit()
    assert ADVICE in shown(page)
    before = figure(page)
    typed(page)
    words = shown(page)
    for said in ("Least pain on day 42 is expected with", "Pain today is taken to be", "Go on: Dry needling",
                 "Switch: Acupuncture", "Stop here", "Of all of the kind"):  # fmt: skip
        assert said in words
    assert figure(page) != before
    assert page.url.partition("?")[2] == "view=one+patient"
    assert not any("4,5" in url or "4.5" in url or "4%2C5" in url for url in page.asked)
    assert list(where.rglob("*")) == []
    page.get_by_role("radio", name="Patients", exact=True).check(force=True)
    says(page, "All key outcomes in numbers")
    page.get_by_role("radio", name="One patient").check(force=True)
    says(page, "Pain today is taken to be")  # what was typed is still there
    assert page.get_by_label("Pain, line 3", exact=True).input_value() == "4,5"
    assert page.get_by_label("Pain, line 3", exact=True).get_attribute("autocomplete") == "off"
    other = visit()
    assert "Pain today is taken to be" not in shown(other)
    page.reload()
    says(page, "Nothing is known of this patient yet")
    assert page.get_by_label("Pain, line 1", exact=True).input_value() == ""


def test_what_cannot_be_is_said_at_its_line_and_nothing_is_worked_out(visit: Any) -> None:
    page = visit()
    typed(page)
    for label, wrong, right, words in (
        ("Pain, line 3", "11", "4,5", "day 14: pain must lie between 0 and 10, is 11"),
        ("Day, line 3", "3", "14", "day 3 stands after day 7; days must go up"),
        ("Day, line 1", "-3", "0", "days must lie between 0 (the first visit) and 132; given -3 to 14"),
        ("Day, line 2", "", "7", "given nothing; a day is a whole number"),
    ):
        fill(page, label, wrong)
        page.get_by_text(words).wait_for(timeout=30_000)
        box, said = page.get_by_label(label, exact=True).bounding_box(), page.get_by_text(words).bounding_box()
        assert 0 < said["y"] - box["y"] < 160, "below its line"
        assert "Nothing is worked out" in shown(page)
        assert page.locator("img.figure").count() == 0
        fill(page, label, right)
        says(page, "Pain today is taken to be")
    page.get_by_role("button", name="Forget what was typed").click()
    says(page, "Nothing is known of this patient yet")


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_it_can_be_read_by_all_at_every_width(visit: Any, width: int) -> None:
    page = visit(width)
    typed(page)
    page.get_by_text("In words, for every way to go on").click()
    settled(page)
    assert cut(page) == []
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    fill(page, "Pain, line 2", "11")
    page.get_by_text("day 7: pain must lie").wait_for(timeout=30_000)
    assert cut(page) == []
    assert faults(page) == []


def test_a_page_for_looking_only_has_no_such_view(browser: Any, tmp_path: Path) -> None:
    with serving(tmp_path, "acute.yaml", "--read-only", patients=200) as url, visitors(browser, url) as open_page:
        page = open_page(more="&view=one+patient")
        assert "view: “one patient” is nothing that can be chosen here" in shown(page)
        assert page.get_by_role("radio", name="One patient").count() == 0


def test_a_shared_page_says_that_what_is_typed_is_not_encrypted(browser: Any, tmp_path: Path) -> None:
    with serving(tmp_path, "acute.yaml", "--share", patients=200) as address:
        here = f"http://127.0.0.1:{address.rpartition(':')[2]}"
        with visitors(browser, here) as open_page:
            page = open_page(more="&view=one+patient")
            assert "What you type is sent unencrypted" in shown(page)
