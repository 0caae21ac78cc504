"""No text of the page of `simulate tune` is cut off, on a phone, a tablet or a desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sim.page.inputs import HEADINGS
from sim.page.looked_at import SHOWN, SIZES
from sim.quantities import BY_NAME
from tests.browser.tuning import explain, pick, search, serving, set_field, settled, visitors

pytest.importorskip("streamlit")
SCENARIO = """\
extends: clinic.yaml
title: A practice whose treatments have rather long names
arms: [usual_care, dry_needling, acupuncture, combined]
protocols:
  acupuncture: {label: Acupuncture and moxibustion by a senior practitioner}
"""
WORDS = {
    "What would you like to change?": [words for name, words in HEADINGS.items() if name != "parameters"],
    "Outcome": [BY_NAME[name].label for name in SHOWN],
    "Patients": [f"{size:,}" for size in SIZES],
}
CUT = """() => {
  const found = [];
  for (const one of document.querySelectorAll('body *')) {
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    if (!one.checkVisibility() || box.width < 2 || style.position === 'absolute' && style.clip !== 'auto') continue;
    if (one.matches('input')) {
      if (one.scrollWidth > one.clientWidth + 1) found.push(`${one.ariaLabel}: ${one.value || one.placeholder}`);
      continue;
    }
    if (!(one.innerText || '').trim()) continue;
    const across = style.overflowX !== 'visible' && style.overflowX !== 'auto' && style.overflowX !== 'scroll';
    const down = style.overflowY === 'hidden' || style.overflowY === 'clip';
    if (across && one.scrollWidth > one.clientWidth + 1 || down && one.scrollHeight > one.clientHeight + 1)
      found.push(`${one.tagName} ${one.dataset.testid || ''}: ${one.innerText.slice(0, 80)}`);
  }
  return found;
}"""
"""Texts that are wider or higher than what holds them, where it hides what does not fit."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    where = tmp_path_factory.mktemp("labels")
    (where / "practice.yaml").write_text(SCENARIO, encoding="utf-8")
    with serving(where, "practice.yaml", patients=200) as url:
        yield url


def cut(page: Any) -> list[str]:
    return list(page.evaluate(CUT))


def test_what_is_cut_is_found(browser: Any) -> None:
    page = browser.new_page()
    long = "A label that is much longer than its box"
    page.set_content(
        f'<p id="a" style="width:40px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis">{long}</p>'
        f'<input aria-label="b" style="width:40px" value="{long}"><p style="height:10px;overflow:hidden">{long}</p>'
        f"<p>{long}</p>"
    )
    assert len(cut(page)) == 3
    page.close()


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_no_text_is_cut(browser: Any, address: str, width: int) -> None:
    with visitors(browser, address) as open_page:
        page = open_page(width)
        assert cut(page) == []
        for label, words in WORDS.items():
            box = page.get_by_role("combobox", name=label)
            box.scroll_into_view_if_needed()
            page.wait_for_timeout(500)  # scrolling closes a list
            box.click()
            page.get_by_role("option").first.wait_for()
            page.wait_for_timeout(300)
            assert cut(page) == [], label
            page.keyboard.press("Escape")
            page.get_by_role("option").first.wait_for(state="detached")
            longest = max(words, key=len)
            pick(page, label, longest)
            settled(page)
            assert cut(page) == [], longest
        explain(page, "Combined minus Acupuncture and moxibustion by a senior practitioner")
        page.get_by_role("button", name="Explain").click()
        page.get_by_role("radiogroup", name="Explain").wait_for()
        assert cut(page) == []
        page.keyboard.press("Escape")
        search(page, "e")  # every input has one
        assert page.locator('[data-testid="stSlider"]').count() > 80
        assert cut(page) == []
        search(page, "rooms")
        set_field(page, "Rooms", "2")
        set_field(page, "Rooms", "lots")
        assert cut(page) == []
        page.get_by_role("radio", name="Clinic").check(force=True)
        page.wait_for_selector('img.figure[alt*="Heat map of a mean week"]', timeout=90_000)
        settled(page)
        assert cut(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
