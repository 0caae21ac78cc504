"""Predicted results of arms against the engine's own run, sampled readings, and quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import sim
from sim.learn.arms import TrialArms, expected_square, predict, scenario_for
from sim.learn.mixture import below, quantile
from sim.learn.trials import load_trials
from sim.study.draws import Drawing
from sim.study.inputs import uncertain_inputs
from sim.study.prepare import prepare
from tests.conftest import load

TEXT = """\
trials:
  mine:
    name: Mine
    year: 2020
    source: made up
    who: {{profile: chronic{who}}}
    arms:
      acupuncture:
        what: {{visits: 10, every_days: 3.5, each_visit: acupuncture}}
        results:
          - {{day: 42, outcome: reduction, value: 2, error: 0.2}}
          - {{day: 133, outcome: reduction, value: 2, error: 0.2}}
          - {{day: 42, outcome: responders, value: 0.5, n: 100, fell_by: {{points: 2}}}}
          - {{day: 42, outcome: responders, value: 0.5, n: 99, fell_by: {{percent: 30}}}}
      usual_care:
        what: {{visits: 2, every_days: 42, each_visit: []}}
        results:
          - {{day: 42, outcome: reduction, value: 1, error: 0.2}}
"""


def trials_of(tmp_path, who=""):
    file = tmp_path / "mine.yaml"
    file.write_text(TEXT.format(who=who), encoding="utf-8")
    return load_trials(file)


@pytest.mark.parametrize("at_least", [None, 5])
def test_an_arm_is_predicted_as_a_run_of_it(tmp_path, at_least):
    """Without a baseline of its own a trial's patients are those of the scenario; a run samples every reading."""
    given = {"cohort.profiles": {"chronic": 1.0}, "cohort.size": 65536, "arms": ["acupuncture", "usual_care"]}
    if at_least:
        given["cohort.include"] = {"reported_pain_at_least": at_least}
    settings = {**given, "attendance.no_show": 0}
    run = sim.run(sim.load("literature.yaml", set=settings), seed=11)
    trials = trials_of(tmp_path, f", reported_pain_at_least: {at_least}" if at_least else "")
    found = predict(load("literature.yaml").scenario, trials, 16384)
    expected = [
        ("acupuncture", "pain_reduction_day42"), ("acupuncture", "pain_reduction_day133"),
        ("acupuncture", "responder_day42"), ("acupuncture", "responder30_day42"),
        ("usual_care", "pain_reduction_day42"),
    ]  # fmt: skip
    for k, (arm, outcome) in enumerate(expected):
        rows = run.summary.where(arm=arm, subgroup="all", outcome=outcome)
        (mean,) = rows.where(statistic="mean")
        error = math.hypot(mean["mc_error"], found.mc_error[k])
        assert abs(found.mean[k] - mean["estimate"]) < 5 * error, (arm, outcome)
        if outcome.startswith("pain"):
            (sd,) = rows.where(statistic="sd")
            assert abs(found.sd[k] - sd["estimate"]) < 5 * math.hypot(sd["mc_error"], found.sd_error[k])


def test_the_square_of_a_clipped_reading_is_its_integral():
    noise, weight = np.polynomial.hermite_e.hermegauss(200)
    weight = weight / weight.sum()
    pain, sd = np.array([0.0, 0.7, 5.0, 9.6, 10.0]), np.array([1.3, 0.4, 2.0, 1.0, 0.8])
    expected = (np.clip(pain[:, None] + sd[:, None] * noise, 0, 10) ** 2 * weight).sum(axis=1)
    assert expected_square(pain, sd) == pytest.approx(expected, rel=2e-3)
    sure = expected_square(np.array([3.0]), np.array([0.0]))
    assert sure == pytest.approx(9.0)


def test_those_taken_in_have_the_published_baseline(tmp_path):
    """A trial's baseline is that of the people who passed its entry rule; regression to the mean follows."""
    who = ", baseline: {mean: 6.5, sd: 1.4}"
    trials = trials_of(tmp_path, who), trials_of(tmp_path, f"{who}, reported_pain_at_least: 4")
    scenario = load("literature.yaml").scenario
    free, ruled = (predict(scenario, one, 8192).mean for one in trials)
    assert ruled[4] > free[4] + 0.2  # usual care: those taken in fall further, since their readings were high
    arms = TrialArms(scenario, trials[1], 8192)
    ready = arms._ready[0]
    from sim.learn.arms import _law
    from sim.patient.cohort import make_cohort

    law = _law(ready, prepare(scenario_for(scenario, trials[1])))
    readings = make_cohort(ready.luck, law).baseline_reading
    assert readings.min() >= 4
    assert abs(readings.mean() - 6.5) < 0.02


def test_a_study_of_drawn_inputs_is_predicted_as_one_prepared_anew(tmp_path):
    """What fits call many times: arms made ready once, then any study of the scenario's draws."""
    trials = trials_of(tmp_path, ", baseline: {mean: 6.5, sd: 1.4}")
    scenario = scenario_for(load("literature.yaml").scenario, trials)
    study = prepare(scenario)
    arms = TrialArms(scenario, trials)
    inputs = uncertain_inputs(scenario)
    stated = np.array([one.quantity.value for one in inputs])
    moved = stated.copy()
    at = [one.path for one in inputs].index("response.context.ceiling")
    moved[at] = 0.25
    first = arms.predict(study).mean
    assert arms.predict(study).mean.tolist() == first.tolist()
    drawn = arms.predict(Drawing(study, inputs).study_at(moved)).mean
    anew = predict(load("literature.yaml", ["response.context.ceiling=0.25"]).scenario, trials).mean
    assert drawn == pytest.approx(anew, abs=0.03)
    assert drawn[0] > first[0] + 0.2
    assert drawn[4] == pytest.approx(first[4], abs=1e-6)  # usual care has no needling


def test_differences_within_a_trial_are_of_the_same_patients(tmp_path):
    """Arms that are alike differ by nothing at all, for whatever patients there are."""
    file = tmp_path / "alike.yaml"
    arm = "{what: {visits: 3, each_visit: sham}, results: [{day: 42, outcome: pain, value: 5, error: 0.2}]}"
    head = TEXT.partition("      acupuncture:")[0].format(who="")
    file.write_text(f"{head}      one: {arm}\n      other: {arm}\n", encoding="utf-8")
    found = predict(load("literature.yaml").scenario, load_trials(file), 2048)
    assert found.difference(0, 1) == (0.0, 0.0)
    assert found.mc_error[0] > 0


def test_quantiles_of_a_mixture_are_those_of_its_parts_together():
    assert quantile(np.array([2.0]), 0.5, 0.975) == pytest.approx(stats.norm(2, 0.5).ppf(0.975), abs=1e-9)
    rng = np.random.default_rng(1)
    centres = rng.normal(3, 0.4, 4000)
    assert quantile(centres, 0.3, 0.025) == pytest.approx(stats.norm(3, 0.5).ppf(0.025), abs=0.03)
    for rank in (0.1, 0.5, 0.9):
        assert below(centres, 0.3, quantile(centres, 0.3, rank)) == pytest.approx(rank, abs=1e-9)
