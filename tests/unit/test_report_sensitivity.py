"""The report of a sensitivity analysis: figures that everybody can read, and words that are true, for odd cases too."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sim.decision.sensitivity.assess import Sensitivity, sensitivity
from sim.decision.sensitivity.question import ask
from sim.decision.verdict import margin_of
from sim.report.document.document import Table
from sim.report.sensitivity.document import sensitivity_document
from sim.report.sensitivity.figures import sensitivity_figures
from sim.report.sensitivity.tables import structure_table
from sim.report.sensitivity.text import sentences
from sim.report.sensitivity.words import Words
from sim.units import GAP
from tests.conftest import load
from tests.oracle.test_uncertainty import FEW, FIXED
from tests.unit.test_report_figures import HOSTILE, LONGEST, check_figure

SMALL = (*FEW, "cohort.size=200", "draws.number=20", "draws.patients=20")
VISIT = "costs.visit={value: 40, uncertainty: {gamma: {sd: 20}}}"
PENALTY = "satisfaction.adverse_event_penalty={value: 0.3, uncertainty: {gamma: {sd: 0.01}}}"
NO_SHOW = "attendance.no_show={value: 0.1, uncertainty: {beta: {sd: 0.04}}}"
NEEDLING = "modalities.dry_needling.cost={value: 25, uncertainty: {uniform: {low: 0, high: 200}}}"
FORMS = (
    "structure.fading={as_stated: {weight: 0.5}, no_fading: {weight: 0.3, set: {modalities.dry_needling.fade: null}}, "
    "gone_in_weeks: {weight: 0.2, set: {modalities.dry_needling.fade: 7}}}"
)
NAMES = (f"protocols.dry_needling.label='{LONGEST}'", f'modalities.dry_needling.label="{HOSTILE.replace(chr(92), "")}"')
ODD = {
    "usual": (SMALL, {}),
    "names": ((*SMALL, *FIXED, VISIT, NEEDLING, *NAMES), {"wtp": 5000.0}),
    "one arm": ((*SMALL, *FIXED, NO_SHOW, FORMS, "arms=[acupuncture]"), {"outcome": "lasting_relief"}),
    "one input": ((*SMALL, *FIXED, VISIT), {"outcome": "cost"}),
    "nothing moves": ((*SMALL, *FIXED, VISIT), {"outcome": "relief"}),
    "turns": ((*SMALL, *FIXED, PENALTY, NEEDLING), {"wtp": 3000.0, "outcome": "lasting_relief"}),
    "money": ((*SMALL, *FIXED, VISIT, NO_SHOW, "costs.currency=CHF"), {"outcome": "cost"}),
    "forms only": ((*SMALL, *FIXED, FORMS), {"outcome": "pain_reduction_day133"}),
}


@pytest.fixture(scope="module")
def found_of():
    known: dict[str, Sensitivity] = {}

    def of(kind: str) -> Sensitivity:
        if kind not in known:
            changes, options = ODD[kind]
            scenario = load("acute.yaml", changes).scenario
            if all(len(one) == 1 for one in scenario.structure.values()):
                scenario = scenario.model_copy(update={"structure": {}})  # nothing is calibrated anew for a price
            question = ask(scenario, options.get("outcome"), options.get("wtp"), options.get("arms"))
            known[kind] = sensitivity(scenario, question, thresholds=True)
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


def test_each_alternative_of_the_form_of_the_model_is_in_tornado_table_and_words(found_of):
    found = found_of("forms only")
    (bar,) = found.one_way.bars
    names = ["as stated", "no fading", "gone in weeks"]
    table = structure_table(found)
    ((heading, rows),) = table.groups
    assert heading == "Form of the model: fading"
    assert [row.head for row in rows] == names
    assert [row.cells[0].text for row in rows] == ["50 %", "30 %", "20 %"]
    assert rows[0].cells[2].text == "none"
    figures = {figure.name: figure for figure in sensitivity_figures(found)}
    assert set(figures) == {"tornado", "indices"}  # no input, so neither thresholds nor a map
    assert "as stated, no fading, gone in weeks" in said_in(figures["tornado"])
    assert "“Form of the model: fading”" in said(found)
    for end, name in zip(bar.ends, names, strict=True):
        assert f"{Words(found).number(end.target, bar.swing.mc_error)} with “{name}”".replace(GAP, " ") in said(found)
    best = found.question.measure.best(found.one_way.means)
    turned = [name for end, name in zip(bar.ends, names, strict=True) if end.preferred != best]
    for name in turned:
        assert f"with “Fading: {name}” " in said(found).partition("another arm is preferred: ")[2]
    assert ("stays preferred" in said(found)) == (not turned)


@pytest.mark.parametrize("case", ["one input", "forms only", "turns"])
def test_an_arm_that_is_as_good_by_the_margin_is_named_beside_the_preferred_one(found_of, case):
    found = found_of(case)
    measure, means = found.question.measure, found.one_way.means
    best = measure.best(means)
    margin = margin_of(found.scenario, measure.outcome, float(np.abs(means).max()))
    near = [k for k, mean in enumerate(means) if k != best and abs(mean - means[best]) <= margin]
    names = [Words(found).arm(k) for k in near]
    words = said(found)
    assert ("so near that it does not matter" in words) == bool(near and measure.wtp is None)
    if near and measure.wtp is None:
        assert all(name in words.partition(" But ")[2].partition("so near")[0] for name in names)


def test_what_is_fixed_is_listed(found_of):
    found = found_of("one input")
    document = sensitivity_document(found, (), "acute", "simulate sensitivity")
    (fixed,) = (section for section in document.sections if section.id == "fixed")
    (table,) = (block for block in fixed.blocks if isinstance(block, Table))
    paths = {row.path for row in table.rows}
    assert {"relief.points", "relapse.shape", "claims.dry_needling.pain_reduction"} <= paths
    assert "costs.visit" not in paths


def said_in(figure) -> str:
    from sim.report.drawing.rendering import render_svg

    return re.sub(r"\s+", " ", " ".join(re.findall(r">([^<>]+)</text>", render_svg(figure).decode())))


def test_nothing_that_moves_the_result_is_said_to_be_so(found_of):
    found = found_of("nothing moves")
    assert "None of the uncertain inputs makes a difference to it." in said(found)
    assert [figure.name for figure in sensitivity_figures(found)] == []
