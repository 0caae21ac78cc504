"""Intervals that are stated as 95 % must hold the truth in 92 to 98 of 100 runs, for small cohorts and large ones."""

from __future__ import annotations

import numpy as np
import pytest

from sim.estimate import estimates
from sim.study import curves
from tests.benchmarks.coverage import PATIENTS, SCENARIOS, WANTED, coverage

FEW_SEEDS, SEEDS = 50, 400
TRUE_PATIENTS = 400_000
"""For a short form: 9 times as sure as 5,000 patients."""
CAN_BE_HIGH = ("quantile", "curve of quantiles")
"""Numbers that may have a few values only, so that an interval holds the truth more often than it says."""


def faults(found):
    """Return what is held too seldom, or too often, and what is wider than need be."""
    wrong = [(one.held, one.key) for one in found if one.is_low]
    for kind in dict.fromkeys(one.key[0] for one in found):
        of_kind = [one for one in found if one.key[0] == kind]
        held, width = np.mean([one.held for one in of_kind]), np.median([one.width for one in of_kind])
        if held < WANTED[0] or (held > WANTED[1] and kind not in CAN_BE_HIGH) or width > 1.3:
            wrong.append((held, width, kind))
    return wrong


@pytest.mark.parametrize("patients", [256, 1280])
def test_intervals_hold_the_truth(patients):
    found = coverage("acute", patients, FEW_SEEDS, workers=1, curves=patients == 256, true_patients=TRUE_PATIENTS)
    assert len(found) > 500
    assert not faults(found)


def test_errors_that_are_a_fifth_too_small_would_be_seen(monkeypatch):
    """The same check fails for intervals that reach 0.8 times as far."""
    for module in (estimates, curves):
        monkeypatch.setattr(module, "reach95", lambda degrees: 0.8 * TRUE_REACH(degrees))
    found = coverage("acute", 1280, FEW_SEEDS, workers=1, curves=False, true_patients=TRUE_PATIENTS)
    kinds = {wrong[-1] for wrong in faults(found)}
    assert {"number", "share", "difference of numbers", "difference of shares", "sd"} <= kinds


TRUE_REACH = estimates.reach95


@pytest.mark.long
@pytest.mark.parametrize("patients", PATIENTS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_intervals_of_every_shipped_scenario_hold_the_truth(name, patients):
    assert not faults(coverage(name, patients, SEEDS))
