"""The page's address in a real browser: a reload, back, a link and its token; and what a shared page lets others do."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.tuning import (
    NEEDLING,
    choose,
    explain,
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


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("tune"), "acute.yaml") as url:
        yield url


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    with visitors(browser, address) as open_page:
        yield open_page


def query(page: Any) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).query))


def test_the_token_leaves_the_address_and_a_reload_works_without_it(visit: Any, address: str) -> None:
    page = visit()
    assert "token" not in page.url
    page.reload()
    settled(page)
    (cookie,) = [one for one in page.context.cookies() if one["name"].startswith("coursesim")]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert cookie["value"] == address.partition("token=")[2]


def test_a_browser_without_the_token_is_shown_nothing(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    for url in (address.partition("?")[0], f"{address}x"):
        assert page.goto(url).status == 403
        assert "with its token" in page.locator("body").inner_text()
    context.close()


def test_a_link_on_another_site_lets_in(browser: Any, address: str) -> None:
    """A cookie that is for this site only does not go with the first step from another one."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f'data:text/html,<a href="{address}">tune</a>')
    page.get_by_role("link").click()
    settled(page)
    assert "Nothing has been changed" in shown(page)
    context.close()


def test_a_reload_and_another_browser_see_what_was_changed(visit: Any, address: str) -> None:
    page = visit()
    set_field(page, NEEDLING, "4.1")
    choose(page, "Who is treated")
    slider = slider_of(page, "Chronic")
    for _ in range(10):
        slider.press("ArrowRight")
    says(page, "Chronic 10 %")
    assert query(page) == {
        "claims.dry_needling.pain_reduction": "4.1", "cohort.profiles": "acute_strain:0.9,chronic:0.1",
    }  # fmt: skip
    tuned, words = figure(page), "You changed 2 inputs"
    page.reload()
    settled(page)
    assert figure(page) == tuned
    assert words in shown(page)
    other = visit(more=f"&{urllib.parse.urlsplit(page.url).query}")
    assert figure(other) == tuned
    assert words in shown(other)
    assert query(other) == query(page)
    page.get_by_role("button", name="Undo all changes").click()
    says(page, "Nothing has been changed")
    assert query(page) == {}


def test_back_and_forward_go_from_change_to_change(visit: Any) -> None:
    page = visit()
    untouched = figure(page)
    set_field(page, NEEDLING, "4.1")
    first = figure(page)
    set_field(page, NEEDLING, "4.2")
    page.go_back()
    page.wait_for_function("was => document.querySelector('img.figure').alt === was", arg=first, timeout=60_000)
    settled(page)
    assert page.get_by_label(f"{NEEDLING}, as a number").input_value() == "4.1"
    assert query(page) == {"claims.dry_needling.pain_reduction": "4.1"}
    page.go_back()
    page.wait_for_function("was => document.querySelector('img.figure').alt === was", arg=untouched, timeout=60_000)
    says(page, "Nothing has been changed")
    page.go_forward()
    page.wait_for_function("was => document.querySelector('img.figure').alt === was", arg=first, timeout=60_000)
    settled(page)


def test_back_from_another_page_keeps_what_was_changed(visit: Any) -> None:
    page = visit()
    set_field(page, NEEDLING, "4.1")
    tuned = figure(page)
    page.goto("data:text/html,elsewhere")
    page.go_back()
    settled(page)
    assert figure(page) == tuned


def test_what_is_looked_at_is_kept_too(visit: Any) -> None:
    page = visit(more="&outcome=cost&arms=acupuncture&patients=2000")
    assert page.get_by_role("button", name="Explain: Acupuncture", exact=True).count() == 1
    assert page.get_by_role("combobox", name="Patients").input_value() == "2,000"
    assert query(page) == {"outcome": "cost", "arms": "acupuncture", "patients": "2000"}


def test_a_link_with_broken_and_unknown_values_names_them_and_keeps_the_rest(visit: Any) -> None:
    broken = {
        "claims.dry_needling.pain_reduction": "4.1", "attendance.no_show": "lots", "claims.magic.pain": "9",
        "costs.visit": "-5", "relapse.form": "<b>x</b>", "cohort.profiles": "nobody:1", "outcome": "luck",
    }  # fmt: skip
    page = visit(more=f"&{urllib.parse.urlencode(broken)}")
    words = shown(page)
    for said in (
        "This scenario has no “claims.magic.pain”", "outcome: “luck”", "Visits missed: “lots” was not taken over",
        "Cost of a visit itself: “-5” was not taken over", "What a relapse is: “<b>x</b>” was not taken over",
        "Mix of patients: “{nobody: 1}” was not taken over", "You changed one input",
    ):  # fmt: skip
        assert said in words
    assert "Traceback" not in words
    assert query(page) == {"claims.dry_needling.pain_reduction": "4.1"}
    set_field(page, NEEDLING, "4.2")
    assert "Left out of the address" not in shown(page)


def test_people_find_inputs_by_their_own_words(visit: Any) -> None:
    page = visit()
    for sought, label in (("no-show", "Visits missed"), ("price", "Cost of a visit itself")):
        search(page, sought)
        assert page.get_by_label(f"{label}, as a number").count() == 1


def test_a_shared_page_has_a_link_for_a_colleague(browser: Any, tmp_path: Path) -> None:
    with serving(tmp_path, "acute.yaml", "--share") as address:
        here = re.sub(r"//[^:]+:", "//127.0.0.1:", address)
        with visitors(browser, here) as open_page:
            page = open_page()
            set_field(page, NEEDLING, "4.1")
            link = page.locator("pre code").inner_text()
            assert link == f"{here}&claims.dry_needling.pain_reduction=4.1"
            tuned = figure(page)
        with visitors(browser, link) as open_page:
            page = open_page()
            assert figure(page) == tuned


def test_a_page_for_looking_only_changes_nothing_and_gives_nothing_away(browser: Any, tmp_path: Path) -> None:
    with serving(tmp_path, "acute.yaml", "--read-only") as address, visitors(browser, address) as open_page:
        page = open_page(more="&claims.dry_needling.pain_reduction=4.1")
        words = shown(page)
        assert "Nothing can be changed here" in words
        assert "Nothing can be changed on this page, so that the changes in the address do not count" in words
        assert "Nothing has been changed" in words
        assert page.get_by_label(f"{NEEDLING}, as a number").is_disabled()
        assert page.get_by_role("button", name=re.compile("Scenario|Report|Data")).count() == 0
        before = figure(page)
        # Even if a browser is made to send a value.
        page.locator("input[disabled]").evaluate_all("all => all.forEach(one => { one.disabled = false })")
        field = page.get_by_label(f"{NEEDLING}, as a number")
        field.fill("4.4")
        field.press("Enter")
        page.wait_for_timeout(3000)
        settled(page)
        assert figure(page) == before
        assert "Nothing has been changed" in shown(page)
        explain(page, "Acupuncture minus Usual care")
        assert query(page) == {"arms": "acupuncture,usual_care"}
