"""The outlook of one patient against patients of an independent program, whose later pain is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from sim.learn.expected import LEVELS, Expected, expected, quantiles
from sim.learn.outlook import STOP, Outlook, SoFar, Way, look_ahead
from sim.learn.records import Visit
from sim.study.prepare import prepare
from tests.conftest import load
from tests.made_records import Made, Truth, made_records
from tests.oracle.test_made_records import KNOWN, NATURAL, TREATMENTS

Floats = NDArray[np.float64]

HORIZON = 133
LATER = (42, HORIZON)
"""Days of the pain to come."""
DRY = ("dry_needling",)
DONE = {"three visits": ((0, DRY), (7, DRY), (14, DRY)), "a whole course": tuple((7 * k, DRY) for k in range(6))}
WAYS = (
    ("three visits", "dry_needling"), ("three visits", STOP), ("three visits", "acupuncture"),
    ("a whole course", STOP),
)  # fmt: skip
"""What was done so far, and how the course then went on, by turns."""
STEP = 0.5
"""What the outlook takes readings to be rounded to."""


@dataclass(frozen=True)
class Foretold:
    """What was foretold of patients, and what came, (patients,) or (patients, days of LATER).

    `pain`, `quantiles` (..., levels), `relief` and `lost` were foretold, by `effective` people; the others came,
    `reading` not yet rounded.
    """

    pain: Floats
    quantiles: Floats
    relief: Floats
    lost: Floats
    effective: Floats
    true_pain: Floats
    reading: Floats
    relieved: Floats
    has_lost: Floats


@cache
def study():
    return prepare(load("acute.yaml", [one for one in KNOWN if not one.startswith("attendance")]).scenario)


def followed(done, way: str, patients: int, seed: int) -> tuple[Made, int]:
    """Return made-up patients who go on in this way after what was done, and the day of their outlook."""
    here = look_ahead(study(), SoFar("acute_strain", tuple(Visit(day, what, None) for day, what in done)), (way,))
    to_come = [(day, () if way == STOP else (way,)) for day in here.ways[0].visits]
    course = (*done, *to_come)
    made = made_records(
        Truth(TREATMENTS, NATURAL), [course], patients=patients, step=1e-6, followup=LATER, horizon=HORIZON, seed=seed
    )
    return made, done[-1][0]


def foretold(patients: int, seed: int, step: float = STEP) -> Foretold:
    """Return what is foretold of so many patients of each of WAYS from their rounded readings so far, and what came."""
    found: list[Foretold] = []
    for k, (name, way) in enumerate(WAYS):
        done = DONE[name]
        made, today = followed(done, way, patients, seed + k)
        readings, later = _readings(made, patients, len(done))
        rounded = np.round(readings / step) * step
        asked = [
            SoFar(
                "acute_strain",
                tuple(Visit(day, what, float(one)) for (day, what), one in zip(done, own, strict=True)),
            )
            for own in rounded
        ]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sim.learn.outlook.EVERY", HORIZON)  # no evenings but those of LATER
            said = [look_ahead(study(), one, (way,)) for one in asked]
        found.append(_beside(said, made, today, later))
    return Foretold(*(np.concatenate([getattr(one, name) for one in found]) for name in Foretold.__annotations__))


def _readings(made: Made, patients: int, so_far: int) -> tuple[Floats, Floats]:
    at_visits = np.array([float(row["pain"]) for row in made.visits]).reshape(patients, -1)
    later = np.array([float(row["pain"]) for row in made.followup]).reshape(patients, -1)
    return at_visits[:, :so_far], later


def _beside(said: list[Outlook], made: Made, today: int, later: Floats) -> Foretold:
    then: list[list[Expected]] = [[one.ways[0].on(day) for day in LATER] for one in said]
    in_relief = made.pain[:, :1] - made.pain >= 2.0
    lost = (np.diff(made.relapses, axis=1) > 0) | (in_relief[:, :-1] & ~in_relief[:, 1:])

    def told(part):
        return np.array([[part(one) for one in own] for own in then])

    return Foretold(
        told(lambda one: one.pain.estimate), told(lambda one: one.reading), told(lambda one: one.relief.estimate),
        np.array([one.ways[0].lost.estimate for one in said]), np.array([one.effective for one in said]),
        made.pain[:, LATER], later, 1.0 * in_relief[:, LATER], 1.0 * lost[:, today:HORIZON].any(axis=1),
    )  # fmt: skip


def errors_off(foretold: Floats, came: Floats) -> float:
    """Return by how many errors what came is on average off what was foretold."""
    off = came - foretold
    return float(off.mean() / (off.std() / np.sqrt(len(off))))


def below(found: Foretold, day: int, level: int) -> float:
    """Return by how many binomial errors the share of readings below a foretold quantile is off its level.

    A quantile at an end of the scale, to which readings are cut, has none beyond it: such patients do not count.
    """
    reading, quantile, share = found.reading[:, day], found.quantiles[:, day, level], LEVELS[level]
    counts = (quantile > 0) & (quantile < 10)
    is_below = reading[counts] < quantile[counts]
    return float((is_below.mean() - share) / np.sqrt(share * (1 - share) / counts.sum()))


def outside(found: Foretold, day: int) -> float:
    """Return by how many binomial errors the share of readings outside the 90 % interval is off what it must be: 5 % at
    each end of the interval that is not an end of the scale.
    """
    low, high = found.quantiles[:, day, 0], found.quantiles[:, day, -1]
    reading = found.reading[:, day]
    chance = 0.05 * (low > 0) + 0.05 * (high < 10)
    is_outside = (reading < low) | (reading > high)
    return float((is_outside - chance).sum() / np.sqrt((chance * (1 - chance)).sum()))


def is_calibrated(found: Foretold) -> None:
    """Assert that all that is foretold holds within 3 errors, on every later day."""
    for day, _ in enumerate(LATER):
        assert abs(outside(found, day)) < 3
        for level, _ in enumerate(LEVELS):
            assert abs(below(found, day, level)) < 3
        for foretold_, came in ((found.pain, found.true_pain), (found.relief, found.relieved)):
            told, true = foretold_[:, day], came[:, day]
            assert abs(errors_off(told, true)) < 3
            # Who is foretold more has more, neither too little nor too much of it.
            apart = told - told.mean()
            assert abs(errors_off(0 * apart, (true - told) * apart)) < 3
    assert abs(errors_off(found.lost, found.has_lost)) < 3


@pytest.fixture(scope="module")
def some() -> Foretold:
    return foretold(50, 3)


def test_what_is_foretold_of_200_patients_holds(some):
    is_calibrated(some)


def test_it_tells_patients_apart(some):
    """Else the run's own average, foretold of everybody, would be calibrated too."""
    for day, _ in enumerate(LATER):
        of_all = some.true_pain[:, day].mean()
        assert ((some.true_pain - some.pain)[:, day] ** 2).mean() < 0.75 * (
            (some.true_pain[:, day] - of_all) ** 2
        ).mean()


@pytest.mark.parametrize("part", [0.0, 0.5])
def test_readings_with_less_noise_than_they_have_would_be_seen(monkeypatch, part):
    def with_less(day, pain, relieved, noise, weights):
        return expected(day, pain, relieved, part * noise, weights)

    monkeypatch.setattr("sim.learn.outlook.expected", with_less)
    found = foretold(25, 3)
    assert max(outside(found, day) for day, _ in enumerate(LATER)) > 3


def test_quantiles_of_a_reading_are_those_of_a_mixture_worked_out_by_root_finding():
    luck = np.random.default_rng(8)
    pain, noise, weights = luck.uniform(0, 10, 40), luck.uniform(0.3, 2, 40), luck.dirichlet(np.ones(40))
    found = quantiles(pain, noise, weights)
    for level, one in zip(LEVELS, found, strict=True):
        exact = brentq(lambda x, level=level: weights @ norm.cdf((x - pain) / noise) - level, -20, 30)
        assert one == pytest.approx(np.clip(exact, 0, 10), abs=0.01)


def relapsed(readings) -> Way:
    visits = tuple(Visit(7 * k, DRY, pain) for k, pain in enumerate(readings))
    return look_ahead(study(), SoFar("acute_strain", visits), (STOP,)).ways[0]


def test_who_has_lost_relief_before_can_lose_it_again():
    """Relief that was lost once, and came back, counts like any other; what was lost by today does not."""
    again, never = relapsed((8, 4, 2, 8, 4, 2)).lost.estimate, relapsed((8, 4, 2, 2, 2, 2)).lost.estimate
    assert again == pytest.approx(never, abs=0.15)
    assert never > 0.2


@pytest.mark.long
@pytest.mark.parametrize("step", [0.5, 1.0])
def test_what_is_foretold_of_1000_patients_holds(step):
    """Readings in whole points, too, though they are taken to be rounded to half ones: that hardly matters."""
    is_calibrated(foretold(250, 17, step))
