"""Every number that a run of any scenario states, against NumPy on the rows of its patients."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings

from sim.estimate.estimates import ALL, QUANTILES, is_whole
from sim.luck.nets import NET_SIZE
from sim.luck.streams import BLOCK_SIZE
from sim.quantities import BY_NAME, COUNTED
from sim.report.run.files import summary_table
from sim.study.prepare import prepare
from sim.study.results import build_panel
from sim.study.run import run_block, run_study
from tests.conftest import GIVEN_PARAMETERS, load
from tests.property.test_any_scenario import CHOSEN, GIVEN_COURSES, NAMES, QUIET

SIZE = 150
"""More than one net, the last of them not whole; a chosen size is smaller than a net."""


def stated(name, chosen):
    """Return a study, what `summary.csv` says of its run, and the rows of all patients of its first block."""
    overrides = [*GIVEN_PARAMETERS, *GIVEN_COURSES, f"cohort.size={SIZE}", *(text for _, text in chosen)]
    study = prepare(load(name, overrides).scenario)
    panel = build_panel(run_study(study))
    rows = list(csv.DictReader(io.StringIO(summary_table(panel, name).to_csv())))
    return study, panel.result, rows, run_block(study, 0, BLOCK_SIZE)


def quantile(values, p, whole):
    """The smallest value that p of all do not exceed; a whole number is as if spread evenly over a unit."""
    ordered = np.sort(values)
    if not whole:
        return ordered[max(math.ceil(p * len(ordered)), 1) - 1]
    at = np.unique(ordered)
    upto = np.array([(ordered <= one).mean() for one in at])
    k = int(np.argmax(upto >= p))
    if not np.isfinite(at[k]):
        return math.inf
    before = upto[k - 1] if k else 0.0
    return at[k] - 0.5 + (p - before) / (upto[k] - before)


def net_error(values, members, block, patients):
    """The error of a mean as nets like those of the cohort show it: whole ones, and parts like its last."""
    number, left = block.patients.luck.number, patients % NET_SIZE
    of_net, parts = number // NET_SIZE, []
    for share, among in ((1 - left / patients, members), (left / patients, members & (number % NET_SIZE < left))):
        nets = np.unique(of_net[among])
        if share > 0 and len(nets) > 1:
            apart = np.bincount(of_net[among], values[among] - values[among].mean())
            parts.append((share, len(nets) / (len(nets) - 1) * (apart**2).sum() / among.sum()))
    whole = sum(share for share, _ in parts)
    n = (members & (number < patients)).sum()
    return math.sqrt(sum(share / whole * variance for share, variance in parts) / n) if parts and n > 1 else math.nan


def check(name, chosen):
    study, result, stated_rows, block = stated(name, chosen)
    arms, profiles, patients = list(study.setting.arms), list(study.scenario.profiles), result.patients
    own, profile = block.patients.luck.number < patients, block.patients.cohort.profile
    assert stated_rows
    for one in stated_rows:
        a, outcome = arms.index(one["arm"]), BY_NAME[one["outcome"]]
        of_group = np.ones(BLOCK_SIZE, bool) if one["subgroup"] == ALL else profile == profiles.index(one["subgroup"])
        all_values = block.rows[a, outcome.row]
        values, found = all_values[own & of_group], float(one["estimate"] or "nan")
        exact = {"rel": 1e-9, "abs": 1e-9, "nan_ok": True}
        if one["statistic"] == "sd":
            expected = values.std(ddof=1) if len(values) > 1 else math.nan
            exact |= {"rel": 1e-5, "abs": 1e-5 * max(abs(values).max(), 1)}
        elif one["statistic"] in QUANTILES:
            g = list(COUNTED).index(outcome.name)
            expected = quantile(values, QUANTILES[one["statistic"]], is_whole(outcome))
            exact |= {"abs": 1e-6 if is_whole(outcome) else float(result.tally.width[g, a])}
        elif outcome.kind == "ratio":
            per = block.rows[a, outcome.per_row][own & of_group].sum()
            expected = outcome.factor * values.sum() / per if per else math.nan
        else:
            expected, spread = values.mean(), max(float(abs(all_values).max()), 1.0)
            error = net_error(all_values, of_group, block, patients)
            said = float(one["mc_error"] or "nan")
            assert said == pytest.approx(error, rel=1e-5, abs=1e-6 * spread, nan_ok=True), one
        if math.isinf(expected):
            assert found in (math.inf,) or math.isnan(found), one
        else:
            assert found == pytest.approx(expected, **exact), one


@settings(max_examples=15, deadline=None, suppress_health_check=QUIET)
@given(NAMES, CHOSEN)
def test_every_number_of_a_summary_is_that_of_the_patients(name, chosen):
    check(name, chosen)


@pytest.mark.long
@settings(max_examples=1000, deadline=None, suppress_health_check=QUIET)
@given(NAMES, CHOSEN)
def test_every_number_of_a_thousand_summaries(name, chosen):
    check(name, chosen)
