"""A second program that tells the model in its own way, day by day in NumPy, agrees on every mean."""

from __future__ import annotations

import pytest

from sim.study.prepare import prepare
from sim.study.run import run_study
from tests.benchmarks.peers import ARMS, OUTCOMES, apart, with_numpy
from tests.conftest import load

PATIENTS = 20_000
FAR = 4.5
"""Standard errors; 64 means are compared, each with a chance of 7e-6 to be as far apart if both are right."""


@pytest.fixture(scope="module")
def run():
    study = prepare(load("reference.yaml", ["cohort.size=131072"]).scenario)
    return study, run_study(study, 2).tally.moments.means()


@pytest.mark.parametrize("arm", ARMS)
def test_another_program_agrees(run, arm):
    study, means = run
    off = apart(means, with_numpy(study, arm, PATIENTS, 1 + ARMS.index(arm)), arm)
    assert off.max() < FAR, dict(zip(OUTCOMES, off.round(1).tolist(), strict=True))
