"""What a study would be worth before choosing: the expected value of sample information (EVSI) by its size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.decision.value.information import regressed
from sim.decision.value.new_study import NewStudy, Signal, check_years
from sim.decision.value.psa import Floats, Psa
from sim.decision.value.question import Question
from sim.estimate.estimate import Estimate
from sim.luck.streams import stream

DATASETS = 5
"""Results of the study that are simulated for each draw; their values are averaged."""


@dataclass(frozen=True)
class Sampled:
    """A study of `size` patients in each group: `patients` in all, what it is worth and what it costs.

    `value` is the EVSI per patient who is treated later; `population` its worth to all of them, discounted; `net` that
    less `cost` (expected net benefit of sampling). Money is in the currency.
    """

    size: int
    patients: int
    value: Estimate
    population: float
    cost: float
    net: Estimate


@dataclass(frozen=True)
class Sampling:
    """A study by its size.

    `limit` is the worth per patient of a study without end; `reached`: patients treated by what it shows, discounted.
    """

    study: NewStudy
    sampled: tuple[Sampled, ...]
    limit: Estimate
    reached: float

    @property
    def best(self) -> Sampled | None:
        """The size with the highest expected net benefit; None if no size is worth what it costs."""
        top = max(self.sampled, key=lambda one: one.net.estimate)
        return top if top.net.estimate > 0 else None


def sampling(psa: Psa, question: Question, perfect: float, study: NewStudy, signal: Signal) -> Sampling:
    """Return what a study is worth at the willingness to pay of interest; `perfect` is the EVPI per patient.

    Strong, Oakley, Brennan and Breeze 2015, doi:10.1177/0272989X15575286: in each draw the study's result is simulated,
    normal around what it estimates, and net benefits are regressed on it; what choosing by that regression gains is the
    EVSI. Results of all sizes have the same luck. A study is worth no more than one without end, that no more than
    everything, and a larger one no less than a smaller one: estimates are held to that. Expected net benefit of
    sampling: Willan and Pinto 2005, doi:10.1002/sim.2069. Raises UsageError if results come after the years.
    """
    check_years(study, question.years)
    stated = question.stated
    years = stated.over_years(question.years) - stated.over_years(study.after)
    reached = question.patients_per_year * study.uptake * years
    luck = stream(0, 0, 0, "results of a study").standard_normal((DATASETS, psa.draws))
    limit = _value(psa, question.price, [signal.value])
    top = min(limit.estimate, perfect)
    found, before = [], 0.0
    for size in study.sizes:
        sd = np.sqrt(signal.variance / size)
        one = _value(psa, question.price, [signal.value + sd * own for own in luck])
        before = min(max(one.estimate, before), top)
        found.append(_sampled(psa, study, size, (before, one.mc_error), reached))
    return Sampling(study, tuple(found), Estimate.normal(psa.cost_unit, top, limit.mc_error), reached)


def _sampled(psa: Psa, study: NewStudy, size: int, value: tuple[float, float], reached: float) -> Sampled:
    cost = study.cost(size)
    return Sampled(
        size, study.groups * size, Estimate.normal(psa.cost_unit, *value), value[0] * reached, cost,
        Estimate.normal(psa.cost_unit, value[0] * reached - cost, value[1] * reached),
    )  # fmt: skip


def _value(psa: Psa, price: float, results: list[Floats]) -> Estimate:
    """Return the worth of choosing by a result, (draws,), of one data set after another, averaged."""
    values, errors = zip(*(regressed(psa, price, one) for one in results), strict=True)
    return Estimate.normal(psa.cost_unit, float(np.mean(values)), math.sqrt(float(np.mean(np.square(errors)))))
