"""Trials that nobody tuned to are predicted, with the literature's evidence set."""

from __future__ import annotations

import pytest

from tests.statistical.trials import MOST_OFF, SLACK, TRIALS, predicted


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_every_arm_is_predicted(trial):
    found = list(predicted(trial))
    assert len(found) == len(trial.means)
    for one, value in found:
        low, high = one.interval
        assert abs(value - one.value) <= MOST_OFF, (one, value)
        assert low - SLACK <= value <= high + SLACK, (one, value)
