"""Figures: readable by everybody, the same bytes every time, and drawn for the oddest runs too."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from sim.report.drawing.appearance import dodged, looks, shortened, text_width, wrapped
from sim.report.drawing.figure import WIDTH, FigureFile, nice_ticks
from sim.report.drawing.rendering import render
from sim.report.run.figures import build_figures
from sim.study.prepare import prepare
from sim.study.results import Panel, build_panel
from sim.study.run import run_study
from tests.conftest import GIVEN_PARAMETERS, load

HOSTILE = "<script>alert(1)</script> & $x^2$ \\"
LONGEST = "A name as long as a name of an arm may be, which is sixty ch"
ONE = ("arms=[dry_needling]", "cohort.size=1")
NOBODY_RELIEVED = ("arms=[usual_care, dry_needling]", "cohort.size=40", "relief.points=9.9")
NO_SPREAD = (
    "cohort={size: 50, profiles: {acute_strain: 1.0}}", "profiles.acute_strain.reading_noise={mean: 0, cv: 0}",
    "response.individual_sd=0",
    "profiles.acute_strain.baseline_pain.sd=0", "profiles.acute_strain.natural_course.time_constant.cv=0",
    "attendance.no_show=0",
)  # fmt: skip
EIGHT = (
    "arms=[usual_care, dry_needling, acupuncture, combined, alternating, acupuncture_first, long, odd]",
    f"protocols.long={{label: '{LONGEST}', visits: 20, every_days: 3, each_visit: acupuncture}}",
    f"protocols.odd={{label: '{HOSTILE}', visits: 5, each_visit: dry_needling, "
    "stop: {relief_held_for: 2}, switch: {no_relief_by_visit: 3, to: [acupuncture]}}",
    "cohort.size=200", "attendance.no_show=0.2", f"title={HOSTILE}", "costs.currency=CHF",
)  # fmt: skip


def panel_of(*overrides: str) -> Panel:
    return build_panel(run_study(prepare(load("reference.yaml", (*GIVEN_PARAMETERS, *overrides)).scenario)))


@pytest.fixture(scope="module")
def panel() -> Panel:
    return panel_of("cohort.size=400")


@pytest.fixture(scope="module")
def eight() -> Panel:
    return panel_of(*EIGHT)


def drawn(panel: Panel) -> dict[str, tuple[bytes, bytes]]:
    return render(build_figures(panel))


def test_every_figure_says_in_words_what_is_seen(panel: Panel) -> None:
    figures = build_figures(panel)
    assert len({figure.name for figure in figures}) == len(figures)
    for figure in figures:
        assert figure.title
        assert figure.caption.endswith(".")
        assert figure.alt.endswith(".")
        assert re.search(r"\d", figure.alt)
        assert "nan" not in figure.alt
        assert not re.search(r"\d\.\d{5,}", figure.alt)
    by_name = {figure.name: figure for figure in figures}
    mean = panel.get("dry_needling", "pain_reduction_day42")
    assert f"Dry needling {mean.unit.number(mean.estimate, mean.mc_error)}" in by_name["pain_reduction_day42"].alt


def test_svg_is_accessible_and_its_ids_are_unique_across_figures(panel: Panel) -> None:
    seen: set[str] = set()
    for name, (svg, _) in drawn(panel).items():
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img"
        first, second = (child.tag.rpartition("}")[2] for child in list(root)[:2])
        assert (first, second) == ("title", "desc")
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert root.get("aria-labelledby", "").split() == [f"{name}-title", f"{name}-desc"]
        assert set(root.get("aria-labelledby", "").split()) <= set(ids)
        assert len(set(ids)) == len(ids)
        assert not seen & set(ids)
        seen |= set(ids)
        links = re.findall(r'href="([^"]*)"|url\(([^)]*)\)', svg.decode())
        assert all((a or b).startswith(f"#{name}-") for a, b in links)
        assert b"<style" not in svg
        assert b"<text" in svg


def test_the_same_panel_gives_the_same_bytes(panel: Panel) -> None:
    once, again = drawn(panel), drawn(panel)
    assert once == again
    assert all(png.startswith(b"\x89PNG") for _, png in once.values())


def test_the_look_of_a_settings_file_does_not_matter(panel: Panel) -> None:
    import matplotlib as mpl

    figure = build_figures(panel)[0]
    expected = render([figure])
    with mpl.rc_context({"savefig.facecolor": "red", "svg.fonttype": "path", "lines.linewidth": 9, "font.size": 30}):
        assert render(build_figures(panel)[:1]) == expected
        assert mpl.rcParams["font.size"] == 30


@pytest.mark.parametrize(
    "overrides",
    [ONE, NOBODY_RELIEVED, NO_SPREAD, ("arms=[usual_care]", "cohort.size=2")],
    ids=["one", "none", "flat", "two"],
)
def test_odd_runs_are_drawn(overrides: tuple[str, ...]) -> None:
    for svg, png in drawn(panel_of(*overrides)).values():
        ElementTree.fromstring(svg)
        assert b"nan" not in svg.lower().replace(b"inance", b"")
        assert len(png) > 1000


def test_hostile_and_long_labels_appear_as_text_within_the_figure(eight: Panel) -> None:
    labels = [look.label for look in looks(eight.result.study.scenario)]
    assert HOSTILE in labels
    for name, (svg, _) in drawn(eight).items():
        assert b"<script" not in svg
        root = ElementTree.fromstring(svg)
        described = "".join(root.itertext())
        assert name == "calibration" or HOSTILE in described
        assert name == "calibration" or LONGEST in described
        width, height = (float(v) for v in root.get("viewBox", "").split()[2:])
        assert width == pytest.approx(WIDTH)
        places = [place_of(element) for element in root.iter("{http://www.w3.org/2000/svg}text")]
        for left, right, y, words in places:
            assert left >= -0.5, words
            assert right <= width + 0.5, words
            assert 0 < y < height
        for i, (left, right, y, words) in enumerate(places):
            for other_left, other_right, other_y, other in places[:i]:
                apart = abs(y - other_y) > 9 or left >= other_right - 0.5 or other_left >= right - 0.5
                assert apart, (name, words, other)


def check_figure(figure: FigureFile) -> None:
    """Assert that a figure is described, that its texts lie within its bounds, and that none lies upon another."""
    svg, png = render([figure])[figure.name]
    assert len(png) > 1000
    assert figure.title
    assert figure.alt.endswith(".")
    assert figure.caption.endswith(".")
    assert re.search(r"\d", figure.alt)
    assert not re.search(r"\bnan\b|\binf\b", svg.decode().lower())
    assert b"<script" not in svg
    root = ElementTree.fromstring(svg)
    width, height = (float(v) for v in root.get("viewBox", "").split()[2:])
    assert width == pytest.approx(WIDTH)
    places = [place_of(element) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for i, (left, right, y, words) in enumerate(places):
        assert left >= -0.5, (figure.name, words)
        assert right <= width + 0.5, (figure.name, words)
        assert 0 < y < height
        for other_left, other_right, other_y, other in places[:i]:
            apart = abs(y - other_y) > 9 or left >= other_right - 0.5 or other_left >= right - 0.5
            assert apart, (figure.name, words, other)


def place_of(element: ElementTree.Element) -> tuple[float, float, float, str]:
    """Return left, right, baseline and words of a text, by the metrics of its font."""
    x, y = (float(element.get(axis, "nan")) for axis in "xy")
    style, words = element.get("style", ""), element.text or ""
    size = re.search(r"font-size: ([\d.]+)px", style)
    assert size is not None
    reach = text_width(words, float(size[1]), bold="700" in style)
    left = x - reach * (0.5 if "middle" in style else 1.0 if "text-anchor: end" in style else 0.0)
    return left, left + reach, y, words


def test_arms_keep_their_look_when_others_are_added(panel: Panel, eight: Panel) -> None:
    few, many = looks(panel.result.study.scenario), looks(eight.result.study.scenario)
    assert few == many[:4]
    assert len({look.colour for look in many}) == 8
    assert len({look.marker for look in many}) == 8


def test_labels_are_shortened_wrapped_and_kept_apart() -> None:
    assert shortened("short", 500, 10) == "short"
    assert shortened("a long label", 30, 10).endswith("…")
    lines = wrapped("one two three four five six", 60, 10, lines=2)
    assert len(lines) == 2
    assert all(text_width(line, 10) <= 60 for line in lines)
    assert wrapped("Wort", 500, 10) == ["Wort"]
    places = dodged([10, 11, 12, 90], 20, 0, 100)
    assert np.all(np.diff(places) >= 20)
    assert max(places) <= 100


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.2, 9.9), (0, 0), (0, 1e-4), (2, 40000)])
def test_ticks_are_round_and_span_the_values(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= 9
    assert all(math.isfinite(tick) for tick in ticks)
