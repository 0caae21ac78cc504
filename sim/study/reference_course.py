"""The course that a modality's claims describe, on evenly spread patients, as a function of the response parameters.

With one modality at every visit and nobody missing any, what treatment leaves of pain is
`context * (1 - dose * effect)`: the dose depends on the half-life only, the effect of a full dose on the ceiling only.
The noise of readings is integrated in closed form. Pain falls from visit to visit, so whoever is ever relieved is
relieved at the end.
"""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.patient import outcomes as o
from sim.patient.arms import event_risks
from sim.patient.cohort import Cohort, cohort_law, make_cohort
from sim.patient.compiled import kernel, njit
from sim.patient.effects import COMPONENTS
from sim.patient.elementary import exp
from sim.patient.setting import reference_protocol
from sim.scenario.schema import Scenario
from sim.study.lattice import POINTS, even_luck

Floats = NDArray[np.float64]

RAMP = 0.02
"""Points over which a patient of the calibration counts as partly relieved, so that shares are smooth."""
READING_CELLS = 2000
NORMAL_CELLS = 8192
NORMAL_LIMIT = 8.25


class ReferencePatients:
    """The evenly spread patients whom a scenario's claims describe; the same for all of its modalities."""

    def __init__(self, scenario: Scenario, points: int = POINTS) -> None:
        law = cohort_law(scenario, dict(scenario.calibration.profiles))
        luck = even_luck(points)
        self.cohort: Cohort = make_cohort(luck, law)
        context = float(scenario.response.context.ceiling)
        reach = context / (1 - context)
        self.context: Floats = reach / (reach + self.cohort.context_against)
        rules = scenario.relief
        drop = float(rules.points) if rules.points else 0.0
        share = float(rules.percent) / 100 if rules.percent else 0.0
        self.relief_at: Floats = self.cohort.baseline * (1 - share) - drop
        self.reading_sd = float(scenario.reading_sd)
        self.readings = expected_reading(np.linspace(0, 10, READING_CELLS + 1), self.reading_sd)

    @cached_property
    def mean_baseline_reading(self) -> float:
        """Mean reported pain at the first visit, in points."""
        return float(np.interp(self.cohort.baseline, np.linspace(0, 10, READING_CELLS + 1), self.readings).mean())


class Offsets(NamedTuple):
    """What fewer reference patients count too much: points of reduction, and three shares."""

    reduction: float = 0.0
    relieved: float = 0.0
    satisfied: float = 0.0
    relapse: float = 0.0


class ReferenceCourse:
    """The reference patients under one modality's reference course, as a function of its response parameters.

    `offsets` are taken from what the patients show.
    """

    def __init__(
        self,
        scenario: Scenario,
        modality: str,
        patients: ReferencePatients | None = None,
        offsets: Offsets | None = None,
    ) -> None:
        self.patients = patients or ReferencePatients(scenario)
        self.offsets = offsets or Offsets()
        self.modality = modality
        claim = scenario.claims[modality]
        self.visits = claim.course.visits
        self.days = np.array(reference_protocol(claim.course).visit_days) + 1
        self.claim = claim
        target, match = scenario.modalities[modality].target, float(scenario.response.match)
        self._match = [1.0 if component == target else match for component in COMPONENTS]
        self._context_half_life = float(scenario.response.context.half_life)
        # A course of the claims is attended in full, and the modality is given at every visit.
        risk = event_risks(scenario)[:, list(scenario.modalities).index(modality)]
        self._event_free = float(np.prod(1 - risk) ** self.visits)
        self._penalty = float(scenario.satisfaction.adverse_event_penalty)
        relapse = scenario.relapse
        self._relapse_shape = float(relapse.shape)
        self._log_hazard_ratio = math.log(float(relapse.hazard_ratio))
        self._reference_pain = float(relapse.reference_pain)

        # The median of a claim lies at v in the bin (k - 1/2, k + 1/2) exactly if (1 - x) F(k - 1) + x F(k) = 1/2,
        # with x = v - k + 1/2 and F(k) the share relieved by visit k.
        claimed = float(claim.visits_to_relief)
        k = min(max(math.floor(claimed + 0.5), 1), self.visits)
        self._within = claimed - k + 0.5
        self._counted = np.array([k - 1, k, self.visits])
        self._without = self._pain_without_specific(self._counted)
        self._reached: dict[tuple[float, float], tuple[float, float]] = {}

    def _pain_without_specific(self, visits: NDArray[np.int64]) -> Floats:
        """Return pain after so many visits from natural course and context alone, (len(visits), patients)."""
        cohort, context = self.patients.cohort, self.patients.context
        dose = 1 - 2 ** (-visits / self._context_half_life)
        days = np.where(visits > 0, self.days[np.maximum(visits - 1, 0)], 0.0)
        pain = np.empty((len(visits), len(context)))
        _fill_pain(cohort.plateau, cohort.transient, cohort.rate, context, days, dose, pain)
        return pain

    def _effect(self, ceiling: float) -> Floats:
        """Return the share of pain that a full dose removes, by patient."""
        odds = ceiling / (1 - ceiling)
        reach = [odds * match for match in self._match]
        return np.asarray(_effect_of(self.patients.cohort.muscular, self.patients.cohort.against[0], *reach))

    def reached(self, ceiling: float, half_life: float) -> tuple[float, float]:
        """Return the mean reported reduction at the end of the course, in points, and the interpolated share relieved
        that is one half if the claimed median is the median."""
        # A search within a search asks for the same again and again.
        if (ceiling, half_life) in self._reached:
            return self._reached[ceiling, half_life]
        odds = ceiling / (1 - ceiling)
        cohort = self.patients.cohort
        reading, before, after = _reached(
            self._without, cohort.muscular, cohort.against[0], odds * self._match[0], odds * self._match[1],
            1 - 2 ** (-self._counted / half_life), self.patients.relief_at, self.patients.readings,
        )  # fmt: skip
        share = (1 - self._within) * before + self._within * after
        reduction = self.patients.mean_baseline_reading - reading
        found = reduction - self.offsets.reduction, share - self.offsets.relieved
        self._reached[ceiling, half_life] = found
        return found

    def pain_reduction(self, ceiling: float, half_life: float) -> float:
        """Return the mean reported reduction at the end of the course, in points."""
        return self.reached(ceiling, half_life)[0]

    def median_visits(self, ceiling: float, half_life: float) -> float:
        """Return the interpolated median visits to relief; inf if fewer than half are relieved."""
        visits = np.arange(self.visits + 1)
        pain = self._pain_without_specific(visits)
        pain *= 1 - (1 - 2 ** (-visits / half_life))[:, None] * self._effect(ceiling)
        return median_of_cumulative((pain <= self.patients.relief_at).mean(axis=1))

    def end(self, ceiling: float, half_life: float) -> CourseEnd:
        """Return how the course leaves the patients."""
        pain = self._without[2] * (1 - (1 - 2 ** (-self.visits / half_life)) * self._effect(ceiling))
        return CourseEnd(self, pain)


class CourseEnd:
    """The reference patients at the end of their course; `pain` in points, (patients,)."""

    def __init__(self, course: ReferenceCourse, pain: Floats) -> None:
        self.course = course
        self.pain = pain
        relieved = pain[pain <= course.patients.relief_at]
        self.hazard = np.exp(course._log_hazard_ratio * (relieved - course._reference_pain))

    @property
    def anyone_relieved(self) -> bool:
        """Whether relapse has anybody to happen to."""
        return len(self.hazard) > 0

    def satisfied(self, threshold: float) -> tuple[float, float]:
        """Return the share satisfied over the noise of the last reading, and its slope by the threshold in points."""
        readings, sd = self.course.patients.cohort.baseline_reading, self.course.patients.reading_sd
        free, offset = self.course._event_free, self.course.offsets.satisfied
        calm, calm_slope = chance_of_reading(self.pain, readings, threshold, sd, normal_table())
        if free == 1:
            return calm - offset, calm_slope
        needed = threshold + self.course._penalty
        troubled, troubled_slope = chance_of_reading(self.pain, readings, needed, sd, normal_table())
        return free * calm + (1 - free) * troubled - offset, free * calm_slope + (1 - free) * troubled_slope

    def relapse(self, log_scale: float) -> tuple[float, float]:
        """Return the share of the relieved who relapse within 3 months (Weibull, proportional hazards), and its slope
        by the logarithm of the scale in days. NaN if nobody is relieved."""
        if not self.anyone_relieved:
            return math.nan, math.nan
        shape = self.course._relapse_shape
        power = min(shape * (math.log(o.THREE_MONTHS) - log_scale), 700.0)
        share, slope = _relapsed(self.hazard, math.exp(power))
        return share - self.course.offsets.relapse, -shape * slope


def median_of_cumulative(reached: Floats) -> float:
    """Return the median visit, interpolated inside its unit-wide bin (k - 1/2, k + 1/2), from the share relieved by
    visit 0, 1, 2, ...; inf if it stays below half."""
    if reached[-1] < 0.5:
        return math.inf
    k = int(np.searchsorted(reached, 0.5))
    return k - 0.5 + (0.5 - reached[k - 1]) / (reached[k] - reached[k - 1]) if k > 0 else 0.5


def expected_reading(pain: Floats, sd: float) -> Floats:
    """Return the mean of `clip(pain + sd * noise, 0, 10)` in closed form, in points."""
    if sd == 0:
        return np.clip(pain, 0, 10)

    def positive_part(x: Floats) -> Floats:
        return np.asarray(x * ndtr(x / sd) + sd * np.exp(-((x / sd) ** 2) / 2) / math.sqrt(2 * math.pi))

    return positive_part(pain) - positive_part(pain - 10)


@lru_cache(maxsize=1)
def normal_table() -> Floats:
    """Return the normal distribution function on an even grid from -NORMAL_LIMIT to NORMAL_LIMIT."""
    return np.asarray(ndtr(np.linspace(-NORMAL_LIMIT, NORMAL_LIMIT, NORMAL_CELLS + 1)))


@njit(nogil=True, cache=True)
def chance_of_reading(pain, first, drop, sd, table):  # type: ignore[no-untyped-def]
    """Return the mean chance that `clip(pain + sd * noise, 0, 10)` is at most `first - drop`, and its slope by `drop`;
    `table` is the normal distribution function, read linear in between (error below 2e-7)."""
    total, slope = 0.0, 0.0
    per_unit = NORMAL_CELLS / (2 * NORMAL_LIMIT)
    for i in range(len(pain)):
        at_most = first[i] - drop
        if at_most >= 10.0:
            total += 1.0
        elif at_most >= 0.0:
            if sd == 0.0:
                total += 1.0 if pain[i] <= at_most else 0.0
                continue
            position = ((at_most - pain[i]) / sd + NORMAL_LIMIT) * per_unit
            position = min(max(position, 0.0), NORMAL_CELLS - 1e-9)
            cell = int(position)
            step = table[cell + 1] - table[cell]
            total += table[cell] + (position - cell) * step
            slope -= step * per_unit / sd
    return total / len(pain), slope / len(pain)


@kernel
def _fill_pain(plateau, transient, rate, context, days, dose, pain):  # type: ignore[no-untyped-def]
    for j in range(len(days)):
        of_day = pain[j]
        for i in range(len(rate)):
            of_day[i] = exp(days[j] * rate[i])
        for i in range(len(rate)):
            of_day[i] = (plateau[i] + transient[i] * of_day[i]) * (1.0 - context[i] * dose[j])


@njit(nogil=True, cache=True)
def _effect_of(muscular, against, reach_muscular, reach_central):  # type: ignore[no-untyped-def]
    effect = np.empty(len(muscular))
    for i in range(len(muscular)):
        of_muscular = reach_muscular / (reach_muscular + against[i])
        of_central = reach_central / (reach_central + against[i])
        effect[i] = muscular[i] * of_muscular + (1.0 - muscular[i]) * of_central
    return effect


# Divided as in NumPy: a division that may raise cannot be done for several patients at once.
@njit(nogil=True, cache=True, error_model="numpy")
def _reached(without, muscular, against, reach_muscular, reach_central, dose, relief_at, readings):  # type: ignore[no-untyped-def]
    """Return the mean reading at the end, and the ramped shares relieved at the two visits about the median."""
    per_unit = READING_CELLS / 10.0
    n = len(muscular)
    # By patient first, then added up one after another: several patients at once, and the sums keep their order.
    relieved_before, relieved_after, position = np.empty(n), np.empty(n), np.empty(n)
    pain_before, pain_after, pain_end = without[0], without[1], without[2]
    dose_before, dose_after, dose_end = dose[0], dose[1], dose[2]
    for i in range(n):
        of_muscular = reach_muscular / (reach_muscular + against[i])
        of_central = reach_central / (reach_central + against[i])
        effect = muscular[i] * of_muscular + (1.0 - muscular[i]) * of_central
        above = relief_at[i] - pain_before[i] * (1.0 - dose_before * effect)
        relieved_before[i] = min(max(above / RAMP + 0.5, 0.0), 1.0)
        above = relief_at[i] - pain_after[i] * (1.0 - dose_after * effect)
        relieved_after[i] = min(max(above / RAMP + 0.5, 0.0), 1.0)
        position[i] = pain_end[i] * (1.0 - dose_end * effect) * per_unit
    reading, before, after = 0.0, 0.0, 0.0
    for i in range(n):
        before += relieved_before[i]
        after += relieved_after[i]
        cell = min(int(position[i]), READING_CELLS - 1)
        reading += readings[cell] + (position[i] - cell) * (readings[cell + 1] - readings[cell])
    return reading / n, before / n, after / n


@kernel
def _relapsed(hazard, factor):  # type: ignore[no-untyped-def]
    """Return the mean of 1 - exp(-factor * hazard), and its slope by the logarithm of the factor."""
    total, slope = 0.0, 0.0
    for i in range(len(hazard)):
        cumulative = factor * hazard[i]
        left = exp(-cumulative)
        total += 1.0 - left
        slope += cumulative * left
    return total / len(hazard), slope / len(hazard)
