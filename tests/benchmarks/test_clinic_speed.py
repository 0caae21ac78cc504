"""How fast a clinic is simulated: `pytest -m benchmark -s tests/benchmarks/test_clinic_speed.py`."""

from __future__ import annotations

import math
import time

import pytest

from sim.capacity.model import build_model
from sim.capacity.replicate import replicate, runner
from sim.capacity.simulate import Replication
from sim.capacity.year.run import run_appointments
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


@pytest.mark.benchmark
def test_a_year_by_compiled_functions_against_the_same_one_by_simpy():
    model = build_model(load_scenario("clinic.yaml", outcomes=OUTCOME_NAMES).scenario)
    run_appointments(model, 0)
    seconds = {}
    for run in (run_appointments, lambda model, number: Replication(model, number).run()) * 3:
        start = time.process_time()
        run(model, 1)
        of = "compiled" if run is run_appointments else "SimPy"
        seconds[of] = min(seconds.get(of, math.inf), time.process_time() - start)
    print(f"\na year of a processor's seconds: compiled {seconds['compiled']:.3f}, SimPy {seconds['SimPy']:.3f}")
    assert seconds["compiled"] < seconds["SimPy"]
