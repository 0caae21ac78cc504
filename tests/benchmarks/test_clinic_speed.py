"""How fast a clinic is simulated: `pytest -m benchmark -s tests/benchmarks/test_clinic_speed.py`."""

from __future__ import annotations

import time

import pytest

from sim.capacity.model import build_model
from sim.capacity.replicate import replicate, runner
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario


@pytest.mark.benchmark
def test_a_year_of_25_new_patients_a_week_a_hundred_times():
    changes = ["clinic.weeks=52", "clinic.arrivals.per_week=25"]
    model = build_model(load_scenario("clinic.yaml", changes, outcomes=OUTCOME_NAMES).scenario)
    for workers in (1, 2):
        start = time.perf_counter()
        with runner(workers) as run:
            found = replicate(model, run, 100)
        seconds = time.perf_counter() - start
        print(f"\n{found.number} replications on {workers} worker(s): {seconds:.1f} s")
