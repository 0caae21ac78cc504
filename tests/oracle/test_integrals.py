"""QALYs and days with little pain must be the integrals of the path of pain that the program itself shows."""

from __future__ import annotations

import numpy as np
import pytest

from sim.patient import outcomes as o
from sim.study.prepare import prepare
from sim.study.trajectories import _path, _trace_first_block
from tests.conftest import GIVEN_PARAMETERS

LOSS = [0, 0.034, 0.043, 0.061, 0.121, 0.144, 0.252, 0.404, 0.575, 0.771, 0.793]
STEP = 1 / 256


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("followup.natural_course=held",),
        ("attendance.no_show=0.3", "attendance.drop_out=0.2", "pain_free_below=2.5"),
        ("costs.booster={share: 0.5, visits: 2, days: 14}", "protocols.combined.stop={relief_held_for: 1}"),
        ("followup.horizon=60", "protocols.acupuncture.every_days=[3, 4]"),
    ],
)
def test_qaly_and_little_pain_are_integrals_of_the_path(scenario, overrides):
    loaded = scenario("reference.yaml", *GIVEN_PARAMETERS, *overrides)
    study = prepare(loaded)
    n = 60
    traced = _trace_first_block(study, n)
    horizon = study.setting.rules.horizon
    middles = np.arange(STEP / 2, horizon, STEP)
    for arm in study.setting.arms:
        path = _path(study, traced, arm, middles)
        rows = traced.rows[arm]
        little = (path <= float(loaded.pain_free_below)).sum(axis=0) * STEP
        # A midpoint sum misses by at most a step at each jump of the path.
        np.testing.assert_allclose(rows[o.PAIN_FREE_DAYS], little, atol=4 * STEP)
        qaly = (horizon - np.interp(path, np.arange(11), LOSS).sum(axis=0) * STEP) / 365.25
        np.testing.assert_allclose(rows[o.QALY], qaly, atol=12 * STEP * 0.8 / 365.25)


def test_reported_pain_is_read_from_the_same_path(scenario):
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS))
    traced = _trace_first_block(study, 500)
    cohort = traced.patients.cohort
    for arm in study.setting.arms:
        rows = traced.rows[arm]
        at_42 = _path(study, traced, arm, np.array([42.0]))[0]
        expected = cohort.baseline_reading - np.clip(at_42 + cohort.day42_noise, 0, 10)
        np.testing.assert_allclose(rows[o.PAIN_REDUCTION_DAY42], expected, atol=1e-12)
        end = np.clip(rows[o.PAIN_END] + cohort.end_noise, 0, 10)
        np.testing.assert_allclose(rows[o.PAIN_REDUCTION], cohort.baseline_reading - end, atol=1e-12)
