"""The program that makes up records with NumPy alone tells the same model as the one that is tested with them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.learn.likelihood import Bank
from sim.learn.reading import read_records
from sim.patient.effects import COMPONENTS
from sim.study.prepare import prepare
from sim.study.trajectories import trace_first_block
from tests.conftest import load
from tests.made_records import Made, Profile, Treatment, Truth, made_people, made_records

PROFILE = "profiles.acute_strain"
KNOWN = (
    "parameters.dry_needling={ceiling: 0.6, half_life: 1.4, satisfaction_threshold: 1.5, relapse_scale: 400}",
    "parameters.acupuncture={ceiling: 0.45, half_life: 3.0, satisfaction_threshold: 1.5, relapse_scale: 250}",
    f"{PROFILE}.natural_course={{plateau: {{mean: 0.4, concentration: 1.2}}, time_constant: {{mean: 20, cv: 0.9}}}}",
    "arms=[usual_care, dry_needling, acupuncture, combined]",
    "attendance.no_show=0.15",
    "attendance.drop_out=0.05",
)
TREATMENTS = {
    "dry_needling": Treatment(0.6, 1.4, 60, "muscular", 400),
    "acupuncture": Treatment(0.45, 3.0, 1200, "central", 250),
}
WEEKLY = [7 * k for k in range(6)]
TWICE_A_WEEK = [0, 3, 7, 10, 14, 17, 21, 24, 28, 31]
COURSES = {
    "usual_care": tuple((day, ()) for day in (0, 42)),
    "dry_needling": tuple((day, ("dry_needling",)) for day in WEEKLY),
    "acupuncture": tuple((day, ("acupuncture",)) for day in TWICE_A_WEEK),
    "combined": tuple((day, ("dry_needling", "acupuncture")) for day in WEEKLY),
}
N = 12_000
DAYS = 133
NATURAL = Profile(plateau=(0.4, 1.2), time_constant=(20, 0.9))


@pytest.fixture(scope="module")
def traced():
    return trace_first_block(prepare(load("acute.yaml", KNOWN).scenario), 4096)


def made(arm: str, **changes) -> Made:
    truth = Truth(TREATMENTS, NATURAL, no_show=0.15, drop_out=0.05, **changes)
    return made_records(truth, [COURSES[arm]], patients=N, horizon=DAYS, seed=5)


def errors_apart(one, other):
    """Return by how many standard errors two means of columns differ; the error of the program's even patients is less
    than that of independent ones.
    """
    wide = np.sqrt(one.var(axis=0) / len(one) + other.var(axis=0) / len(other))
    return np.abs(one.mean(axis=0) - other.mean(axis=0))[wide > 0] / wide[wide > 0]


@pytest.mark.parametrize("arm", list(COURSES))
def test_mean_pain_is_that_of_the_program_on_every_day(traced, arm):
    assert np.nanmax(traced.traces[arm].day, axis=1).tolist() == [day for day, _ in COURSES[arm]]
    assert apart(made(arm), traced.traces[arm]) < 5


def apart(own: Made, trace) -> float:
    """Return the most errors by which a day of an arm differs: in pain, its square, who has little, or has relapsed."""
    diary, relapses = trace.diary.T, trace.relapses.T
    pairs = (
        (own.pain, diary), (own.pain**2, diary**2), (1.0 * (own.pain < 1), 1.0 * (diary < 1)),
        (1.0 * (own.relapses > 0), 1.0 * (relapses > 0)),
    )  # fmt: skip
    return max(float(errors_apart(*pair).max()) for pair in pairs)


def test_who_responds_to_the_context_responds_to_treatments_as_in_the_program():
    """Means and spreads by day hardly show how these go together; what a patient's readings foretell depends on it."""
    study = prepare(load("acute.yaml", KNOWN).scenario)
    own, bank = made_people(Truth(TREATMENTS, NATURAL), N, np.random.default_rng(2)), Bank.of(study, 4096)
    ceilings = bank.patients(study, "acute_strain").ceilings
    number = list(study.scenario.modalities).index
    shares = [
        (own.context, *(own.ceilings[name][one.target] for name, one in TREATMENTS.items())),
        (ceilings.context, *(ceilings.specific[number(name), COMPONENTS.index(one.target)]
                             for name, one in TREATMENTS.items())),
    ]  # fmt: skip
    together, of_program = (np.corrcoef([np.log(part / (1 - part)) for part in all_three]) for all_three in shares)
    assert together == pytest.approx(of_program, abs=5 / np.sqrt(N))
    assert together[0, 1] == pytest.approx(0.5**0.5, abs=5 / np.sqrt(N))
    assert together[1, 2] == pytest.approx(0.5, abs=5 / np.sqrt(N))


@pytest.mark.parametrize(
    "wrong",
    [{"match": 1.0}, {"rebound": 0.2}, {"individual_sd": 2.5}, {"hazard_ratio": 1.6}, {"relapse_shape": 1.0}],
    ids=lambda one: next(iter(one)),
)
def test_another_truth_would_be_seen(traced, wrong):
    assert apart(made("combined", **wrong), traced.traces["combined"]) > 5


def test_two_treatments_of_the_same_pain_combine_as_in_the_program():
    both = trace_first_block(prepare(load("acute.yaml", [*KNOWN, "response.match=1"]).scenario), 4096)
    assert apart(made("combined", match=1.0), both.traces["combined"]) < 5
    assert apart(made("combined", match=1.0, rho=1.0), both.traces["combined"]) > 5


def test_readings_are_those_of_the_program(traced):
    truth = Truth(TREATMENTS, NATURAL)
    rows = made_records(truth, [COURSES["dry_needling"]], patients=N, step=1.0).visits
    first = np.array([float(row["pain"]) for row in rows if row["day"] == "0"])
    program = traced.patients.cohort.baseline_reading
    assert np.abs(first.mean() - program.mean()) < 5 * np.sqrt(first.var() / N + program.var() / len(program))
    assert set(np.unique(first)) <= set(range(11))


def test_records_are_read_as_they_were_made(tmp_path):
    truth = Truth(TREATMENTS, NATURAL, no_show=0.1, drop_out=0.05)
    courses = [COURSES["dry_needling"], COURSES["acupuncture"]]
    own = made_records(truth, courses, patients=300, step=0.5, followup=(90, 180), seed=3)
    own.write(tmp_path)
    found = read_records(tmp_path, known_modalities=tuple(TREATMENTS))
    assert len(found.patients) == 300
    assert found.step == 0.5
    came = sum(visit.attended for one in found.patients for visit in one.visits)
    assert came == own.came.sum()
    assert all(len(one.followup) == 2 for one in found.patients)
