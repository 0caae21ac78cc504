"""Sensitivity analysis: what must not change, and what must change exactly."""

from __future__ import annotations

import numpy as np
import pytest

from sim.decision.sensitivity.assess import sensitivity
from sim.decision.sensitivity.question import MEASURABLE, ask
from sim.report.sensitivity.files import (
    index_table,
    map_table,
    scan_table,
    sensitivity_json,
    threshold_table,
    tornado_table,
)
from sim.study.draws import Drawing
from sim.study.inputs import uncertain_inputs
from sim.study.prepare import prepare
from sim.study.run import run_block
from tests.conftest import load
from tests.oracle.test_uncertainty import FIXED, formless

VISIT = "costs.visit={value: 40, uncertainty: {gamma: {sd: 8}}}"
NO_SHOW = "attendance.no_show={value: 0.1, uncertainty: {beta: {sd: 0.04}}}"
SMALL = (VISIT, NO_SHOW, "cohort.size=600", "draws.number=20", "draws.patients=100")
FADING = "structure.fading={as_stated: {weight: 0.5}, weeks: {weight: 0.5, set: {modalities.dry_needling.fade: 21}}}"


def found_for(*changes, workers=1, outcome=None, wtp=None, arms=None):
    return found_in(formless(*SMALL, *changes), workers, outcome, wtp, arms)


def found_in(scenario, workers=1, outcome=None, wtp=None, arms=None, thresholds=True):
    return sensitivity(scenario, ask(scenario, outcome, wtp, arms), thresholds=thresholds, workers=workers)


@pytest.fixture(scope="module")
def found():
    return found_for(outcome="qaly", wtp=20_000.0)


def test_the_result_is_the_same_on_any_number_of_workers(found):
    again = found_for(outcome="qaly", wtp=20_000.0, workers=3)
    for text in (tornado_table, index_table, scan_table, threshold_table):
        assert text(again) == text(found)
    assert map_table(again, again.pairs) == map_table(found, found.pairs)
    assert sensitivity_json(again, "x") == sensitivity_json(found, "x")


@pytest.mark.parametrize(
    ("outcome", "wtp"), [*((one.name, None) for one in MEASURABLE), ("pain_reduction_day42", 50.0), ("qaly", 20_000.0)]
)
@pytest.mark.parametrize("config", ["acute.yaml", "policies.yaml"])
def test_a_course_that_ends_when_the_measure_is_known_has_the_bits_of_the_whole_one(config, outcome, wtp):
    study = prepare(load(config, ["followup.horizon=200"]).scenario)
    measure = ask(study.scenario, outcome, wtp, None).measure
    rules = measure.enough_of(study.rules)
    assert rules.horizon == (measure.outcome.known_on or 200 if wtp is None else 200)
    whole, ended = (measure.of(run_block(study, 0, 512, rules=one).rows) for one in (study.rules, rules))
    np.testing.assert_array_equal(ended, whole)


def test_what_makes_no_difference_has_exactly_none():
    found = found_for()  # pain does not depend on prices
    price = next(bar for bar in found.one_way.bars if bar.factor.path == "costs.visit")
    k = [one.path for one in found.inputs].index("costs.visit")
    assert [one.estimate for one in (price.ends[0].change, price.ends[1].change)] == [0.0, 0.0]
    assert price.swing.mc_error == 0.0
    assert (found.indices.first[k].estimate, found.indices.total[k].estimate) == (0.0, 0.0)
    assert not found.matters(found.inputs[k])
    # In none of its 20 draws: three in 20 may do so unseen.
    assert 0 < found.indices.total[k].upper < 3 / 20 * found.indices.unexplained.upper
    assert next(scan for scan in found.scans if scan.input.path == "costs.visit").thresholds == ()


def test_an_input_that_acts_in_another_form_of_the_model_only_is_seen_to_matter():
    """Nobody relapses in the stated form, so when they do has a bar without width there."""
    shape = "relapse.shape={value: 0.8, uncertainty: {uniform: {low: 0.6, high: 1.2}}}"
    minutes = "modalities.acupuncture.minutes={value: 20, uncertainty: {uniform: {low: 15, high: 25}}}"
    forms = "structure.relapse={none: {weight: 0.5}, episodes: {weight: 0.5, set: {relapse.form: episodes}}}"
    scenario = load("acute.yaml", [*FIXED, *SMALL, "relapse.form=none", shape, minutes, forms]).scenario
    found = found_in(scenario, arms="dry_needling,usual_care")
    reach = {bar.factor.path: bar.reach for bar in found.one_way.bars}
    matters = {one.path: found.matters(one) for one in found.factors}
    assert reach["relapse.shape"] == reach["modalities.acupuncture.minutes"] == reach["costs.visit"] == 0
    assert matters["relapse.shape"]
    assert not matters["modalities.acupuncture.minutes"]
    assert not matters["costs.visit"]


def test_another_uncertain_input_changes_no_bar_of_the_others(found):
    dropped = "attendance.drop_out"
    more = found_for(f"{dropped}={{value: 0.05, uncertainty: {{beta: {{sd: 0.02}}}}}}", outcome="qaly", wtp=20_000.0)
    fewer = found_for(f"{dropped}=0.05", outcome="qaly", wtp=20_000.0)
    bars = {bar.factor.path: bar for bar in more.one_way.bars}
    others = {bar.factor.path: bar for bar in fewer.one_way.bars}
    assert set(bars) - set(others) == {dropped}
    for path, bar in others.items():
        assert bars[path].ends == bar.ends


def test_a_kind_of_structure_changes_no_bar_of_an_input_and_is_one_of_its_own():
    plain = load("acute.yaml", [*FIXED, VISIT, *SMALL[2:]]).scenario
    forms = load("acute.yaml", [*FIXED, VISIT, *SMALL[2:], FADING]).scenario
    asked = {"outcome": "qaly", "wtp": 20_000.0, "arms": "dry_needling,usual_care", "thresholds": False}
    without, found = (found_in(scenario, **asked) for scenario in (plain, forms))
    (of_price,) = without.one_way.bars
    bars = {bar.factor.path: bar for bar in found.one_way.bars}
    assert [factor.path for factor in found.factors] == ["costs.visit", "structure.fading"]
    assert set(bars) == {"costs.visit", "structure.fading"}
    assert bars["costs.visit"].ends == of_price.ends
    stated, weeks = bars["structure.fading"].ends
    assert stated.change.estimate == stated.change.mc_error == 0.0
    assert weeks.change.estimate < -5 * weeks.change.mc_error < 0  # what fades within weeks is worth less
    assert min(share.estimate for share in found.indices.total) > 0
    assert len(found.ranks) == 1
    again = found_in(forms, workers=2, **asked)
    assert sensitivity_json(again, "x") == sensitivity_json(found, "x")
    assert tornado_table(again) == tornado_table(found)


def test_only_the_form_of_the_model_in_doubt_is_an_analysis_too():
    scenario = load("acute.yaml", [*FIXED, *SMALL[2:], FADING]).scenario
    found = found_in(scenario, outcome="pain_reduction_day133", arms="dry_needling,usual_care")
    assert (found.inputs, found.ranks, found.scans, found.pairs) == ((), (), (), None)
    (bar,) = found.one_way.bars
    change = bar.ends[1].change
    assert change.estimate < -5 * change.mc_error < 0  # what fades within weeks is gone three months later


def test_arms_turned_round_turn_every_bar_round():
    one = found_for(arms="dry_needling,acupuncture", outcome="cost")
    other = found_for(arms="acupuncture,dry_needling", outcome="cost")
    bars = {bar.factor.path: bar for bar in other.one_way.bars}
    for bar in one.one_way.bars:
        assert bars[bar.factor.path].swing.estimate == -bar.swing.estimate
    assert [share.estimate for share in one.indices.total] == pytest.approx(
        [s.estimate for s in other.indices.total], rel=1e-9
    )


def test_double_willingness_to_pay_and_double_costs_double_every_bar(found):
    doubled = found_for(
        "costs.visit={value: 80, uncertainty: {gamma: {sd: 16}}}",
        *(f"modalities.{name}.cost={2 * price}" for name, price in prices(found).items()),
        *(f"modalities.{name}.first_visit_cost={2 * price}" for name, price in prices(found, first=True).items()),
        outcome="qaly",
        wtp=40_000.0,
    )
    bars = {bar.factor.path: bar for bar in doubled.one_way.bars}
    for bar in found.one_way.bars:
        assert bars[bar.factor.path].swing.estimate == pytest.approx(2 * bar.swing.estimate, rel=1e-9)


def prices(found, first=False):
    modalities = found.scenario.modalities.items()
    return {name: float(m.first_visit_cost if first else m.cost) for name, m in modalities}


def test_calibrations_that_are_kept_are_those_of_the_same_values():
    """An input after another at a value of its own: found by one drawing after another, and by a fresh one each."""
    scenario = load("acute.yaml", ["cohort.size=100"]).scenario
    study, inputs = prepare(scenario), uncertain_inputs(scenario)
    base = np.array([one.quantity.value for one in inputs])
    reused, changed = Drawing(study, inputs), set()
    first = reused.study_at(base).parameters
    sections = {one.place[:2]: k for k, one in enumerate(inputs)}  # an input of every part of the scenario
    for k in {*sections.values(), *(k for k, one in enumerate(inputs) if one.place[-1] == "pain_reduction")}:
        one = inputs[k]
        values = base.copy()
        values[k] = one.quantile(np.array([0.6]))[0]
        found = reused.study_at(values).parameters
        assert found == Drawing(study, inputs).study_at(values).parameters, one.path
        changed |= {(one.path, name) for name in found if found[name] != first[name]}
    claims = {(f"claims.{name}.pain_reduction", name) for name in ("dry_needling", "acupuncture")}
    assert claims <= changed
    assert ("claims.dry_needling.pain_reduction", "acupuncture") not in changed
    assert ("relapse.shape", "dry_needling") in changed


def test_inputs_that_go_together_are_drawn_together_for_rank_correlations():
    """Two prices of which one makes no difference to dry needling: alone it has no correlation with its cost."""
    idle = "modalities.acupuncture.cost={value: 25, uncertainty: {gamma: {sd: 5}}}"
    between = "[costs.visit, modalities.acupuncture.cost]"
    joined = f"draws.correlations=[{{between: {between}, correlation: 0.9}}]"
    apart, together = (
        found_in(formless(*SMALL, idle, *more, "draws.number=128"), 1, "cost", None, "dry_needling", thresholds=False)
        for more in ((), (joined,))
    )
    k = [one.path for one in apart.inputs].index("modalities.acupuncture.cost")
    assert abs(apart.ranks[k].estimate) < 0.15
    assert together.ranks[k].estimate > 0.6
    assert abs(together.ranks[k].partial) < 0.3
    assert together.indices.total[k].estimate == 0
