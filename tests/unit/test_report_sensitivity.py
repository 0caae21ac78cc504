"""The report of a sensitivity analysis: figures that everybody can read, and words that are true, for odd cases too."""

from __future__ import annotations

import re

import pytest

from sim.decision.sensitivity.assess import Sensitivity, sensitivity
from sim.decision.sensitivity.question import ask
from sim.report.sensitivity.document import sensitivity_document
from sim.report.sensitivity.figures import sensitivity_figures
from sim.report.sensitivity.text import sentences
from sim.report.sensitivity.words import Words
from tests.conftest import load
from tests.oracle.test_uncertainty import FEW, FIXED
from tests.unit.test_report_figures import HOSTILE, LONGEST, check_figure

SMALL = (*FEW, "cohort.size=200", "draws.number=20", "draws.patients=20")
VISIT = "costs.visit={value: 40, uncertainty: {gamma: {sd: 20}}}"
REBOUND = "relapse.rebound={value: 0.75, uncertainty: {beta: {sd: 0.01}}}"
NEEDLING = "modalities.dry_needling.cost={value: 25, uncertainty: {uniform: {low: 0, high: 200}}}"
IMPOSSIBLE = "claims.acupuncture.pain_reduction={value: 2.9, uncertainty: {normal: {sd: 0.17}}}"
NAMES = (f"protocols.dry_needling.label='{LONGEST}'", f'modalities.dry_needling.label="{HOSTILE.replace(chr(92), "")}"')
ODD = {
    "usual": (SMALL, {}),
    "names": ((*SMALL, *NAMES), {"wtp": 5000.0}),
    "one arm": ((*SMALL, "arms=[acupuncture]"), {"outcome": "lasting_relief"}),
    "one input": ((*SMALL, *FIXED, VISIT), {"outcome": "cost"}),
    "nothing moves": ((*SMALL, *FIXED, VISIT), {"outcome": "relief"}),
    "turns": ((*SMALL, *FIXED, REBOUND, NEEDLING), {"wtp": 3000.0, "outcome": "lasting_relief"}),
    "impossible": ((*SMALL, *FIXED, VISIT, IMPOSSIBLE), {}),
    "money": ((*SMALL, "costs.currency=CHF"), {"outcome": "cost"}),
    "neither good nor bad": (SMALL, {"outcome": "relapse_3mo_treated"}),
}


@pytest.fixture(scope="module")
def found_of():
    known: dict[str, Sensitivity] = {}

    def of(kind: str) -> Sensitivity:
        if kind not in known:
            changes, options = ODD[kind]
            scenario = load("acute.yaml", changes).scenario
            question = ask(scenario, options.get("outcome"), options.get("wtp"), options.get("arms"))
            pair = ("costs.visit", "claims.acupuncture.pain_reduction") if kind == "impossible" else None
            wanted = question.measure.better is not None
            known[kind] = sensitivity(scenario, question, pair=pair, thresholds=wanted)
        return known[kind]

    return of


@pytest.mark.parametrize("kind", list(ODD))
def test_figures_are_described_within_their_bounds_and_free_of_overlaps(found_of, kind):
    for figure in sensitivity_figures(found_of(kind)):
        check_figure(figure)


@pytest.mark.parametrize("kind", list(ODD))
def test_the_document_says_what_was_found(found_of, kind):
    found = found_of(kind)
    document = sensitivity_document(found, tuple(sensitivity_figures(found)), "acute", "simulate sensitivity")
    assert len({section.id for section in document.sections}) == len(document.sections)
    written = repr([section.blocks for section in (*document.opening, *document.sections) if section.id != "methods"])
    assert not re.search(r"\bnan\b|\binf\b", written.replace("figure=", ""))


def said(found: Sensitivity) -> str:
    return " ".join(sentences(found)).replace("\N{NO-BREAK SPACE}", " ")


def test_a_threshold_is_said_with_the_arms_on_both_sides(found_of):
    found = found_of("turns")
    scan = next(scan for scan in found.scans if scan.thresholds)
    words = Words(found)
    value = words.threshold(scan.input, scan.thresholds[0]).replace("\N{NO-BREAK SPACE}", " ")
    assert re.fullmatch(r"\$\d+ ± \d+", value)
    assert f"“Dry needling: cost at a visit, on top of the visit itself”: below {value} " in said(found)
    assert "For the one other input there is no threshold in range." in said(found)


def test_no_threshold_is_said_too(found_of):
    assert "no threshold in range" in said(found_of("one input"))


def test_what_cannot_be_reached_is_said_and_left_out_of_the_map(found_of):
    found = found_of("impossible")
    assert "The claims contradict each other beyond these values: “Acupuncture: fall in pain by the end of the course” down to" in said(found)  # fmt: skip # noqa: E501
    figures = {figure.name: figure for figure in sensitivity_figures(found)}
    assert "Grey: the claims cannot be met." in said_in(figures["map"])


def said_in(figure) -> str:
    from sim.report.figures import render_svg

    return re.sub(r"\s+", " ", " ".join(re.findall(r">([^<>]+)</text>", render_svg(figure).decode())))


def test_nothing_that_moves_the_result_is_said_to_be_so(found_of):
    found = found_of("nothing moves")
    assert "None of the uncertain inputs makes a difference to it." in said(found)
    assert [figure.name for figure in sensitivity_figures(found)] == []
