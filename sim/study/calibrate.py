"""Calibration: from claims to the parameters with which the model reproduces them.

Per modality, on the cohort and course that its claims describe, fully attended: ceiling and half-life from
`pain_reduction` and `visits_to_relief`; then the satisfaction threshold; then the relapse scale. Each step is a
bracketed root of a monotone function, on evenly spread patients with the reading noise integrated in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

from sim.errors import CalibrationError
from sim.patient import outcomes as o
from sim.patient.arms import protocol_arm, run_arm
from sim.patient.cohort import Cohort, cohort_law, make_cohort
from sim.patient.compiled import njit
from sim.patient.course import pain_after
from sim.patient.pathway import Effects
from sim.patient.setting import (
    ResponseParameters,
    build_effects,
    build_setting,
    decay_table,
    reference_protocol,
)
from sim.scenario.evidence import Quantity
from sim.scenario.schema import AdverseEvents, Scenario
from sim.study.lattice import even_luck

Floats = NDArray[np.float64]

CEILINGS = (1e-6, 1 - 1e-6)
HALF_LIVES = (0.02, 200.0)
READING_GRID: Floats = np.linspace(0, 10, 2001)
RAMP = 0.02
"""Points over which a patient of the calibration counts as partly relieved, so that shares are smooth."""
CLAIMS = ("pain_reduction", "visits_to_relief", "satisfied", "relapse_3mo")


@dataclass(frozen=True)
class ClaimResult:
    """A claim, what the calibrated model reaches, and whether the claim was a target (or its parameter was given)."""

    modality: str
    name: str
    claimed: Quantity
    reached: float
    is_target: bool

    @property
    def error(self) -> float:
        """Value reached minus value claimed, in the claim's unit."""
        return self.reached - float(self.claimed)


@dataclass(frozen=True)
class Calibration:
    """The response parameters of every modality, and how well each claim is met."""

    parameters: dict[str, ResponseParameters]
    claims: tuple[ClaimResult, ...]


def calibrate(scenario: Scenario) -> Calibration:
    """Return the parameters that reproduce the scenario's claims.

    Raises CalibrationError naming the claim and the nearest reachable value where a claim cannot be met.
    """
    found: dict[str, ResponseParameters] = {}
    results: list[ClaimResult] = []
    for name in scenario.modalities:
        parameters, claims = _calibrate_modality(scenario, name)
        found[name] = parameters
        results += claims
    return Calibration(found, tuple(results))


def reference_scenario(scenario: Scenario) -> Scenario:
    """Return the scenario that the claims describe: their cohort and courses, one arm per modality, fully attended."""
    none = Quantity(value=0.0)
    never = dict.fromkeys(("no_show", "drop_out", "drop_out_if_relieved", "drop_out_if_not_relieved"), none)
    booster = scenario.costs.booster.model_copy(update={"share": none})
    return scenario.model_copy(
        update={
            "cohort": scenario.cohort.model_copy(update={"profiles": scenario.calibration.profiles}),
            "arms": tuple(scenario.modalities),
            "protocols": {name: reference_protocol(scenario.claims[name].course) for name in scenario.modalities},
            "attendance": scenario.attendance.model_copy(update=never),
            "costs": scenario.costs.model_copy(update={"booster": booster}),
            "primary": scenario.primary.model_copy(update={"arms": None}),
        }
    )


def interpolated_median(first_visit: Floats, visits: int) -> float:
    """Return the median number of visits to relief, interpolated inside its unit-wide bin (k - 1/2, k + 1/2).

    `first_visit`: visit of first relief per patient, inf where none. Returns inf if fewer than half are relieved.
    """
    reached = np.searchsorted(np.sort(first_visit), np.arange(visits + 1.0), side="right") / len(first_visit)
    return median_of_cumulative(reached)


def median_of_cumulative(reached: Floats) -> float:
    """Return the interpolated median from the share relieved by visit 0, 1, 2, ...; inf if it stays below half."""
    if reached[-1] < 0.5:
        return math.inf
    k = int(np.searchsorted(reached, 0.5))
    return k - 0.5 + (0.5 - reached[k - 1]) / (reached[k] - reached[k - 1]) if k > 0 else 0.5


class _ReferenceCourse:
    """The reference cohort under one modality's reference course, as a function of the response parameters."""

    def __init__(self, scenario: Scenario, modality: str) -> None:
        self.scenario = scenario
        self.modality = modality
        self.visits = scenario.claims[modality].course.visits
        reference = reference_scenario(scenario)
        protocol = reference.protocols[modality]
        self.event_risk = protocol_arm(reference, protocol).pathways[0].event_risk[:, 0]
        without_events = scenario.modalities[modality].model_copy(update={"adverse_events": AdverseEvents()})
        self.alone = reference.model_copy(update={"modalities": {modality: without_events}})
        self.setting = build_setting(self.alone, {modality: protocol_arm(self.alone, protocol)})
        law = cohort_law(scenario, dict(scenario.calibration.profiles))
        self.luck = even_luck()
        self.cohort: Cohort = make_cohort(self.luck, law, len(self.luck.profile))
        self.decay = decay_table(self.cohort, self.setting.days)
        self.readings = expected_reading(READING_GRID, float(scenario.reading_sd))
        self.last_log_odds = 0.0
        self.soreness_days = law.soreness_days

    def _effects(self, ceiling: float, half_life: float) -> Effects:
        trial = ResponseParameters(ceiling, half_life, 0.0, 1.0)
        return build_effects(self.alone, self.cohort, {self.modality: trial}, self.visits)

    def run(self, ceiling: float, half_life: float) -> Floats:
        """Return the kernel's rows for a ceiling and half-life, shape (N_ROWS, patients)."""
        effects, out = self._effects(ceiling, half_life), np.empty((o.N_ROWS, len(self.luck.profile)))
        arm, rules = self.setting.arms[self.modality], self.setting.rules
        run_arm(arm, self.cohort, self.luck, effects, self.decay, rules, self.soreness_days, out)
        return out

    def _pain_after(self, ceiling: float, half_life: float, visits: list[int]) -> Floats:
        pain = np.empty((len(visits), len(self.luck.profile)))
        arm, rho = self.setting.arms[self.modality], self.setting.rules.rho
        effects = self._effects(ceiling, half_life)
        pain_after(self.cohort, effects, self.decay, arm.pathways[0], rho, np.array(visits), pain)
        return pain

    @cached_property
    def baseline_mean(self) -> float:
        """Mean reported baseline pain, in points."""
        return self._mean_reading(self.cohort.baseline)

    def _mean_reading(self, pain: Floats) -> float:
        return float(mean_looked_up(self.readings, pain, (len(READING_GRID) - 1) / 10))

    def pain_reduction(self, ceiling: float, half_life: float) -> float:
        """Return the mean reported reduction at the end of the course, in points."""
        pain = self._pain_after(ceiling, half_life, [self.visits])[0]
        return self.baseline_mean - self._mean_reading(pain)

    def median_visits(self, ceiling: float, half_life: float) -> float:
        """Return the interpolated median visits to relief; inf if fewer than half are relieved."""
        return interpolated_median(self.run(ceiling, half_life)[o.VISITS_TO_RELIEF], self.visits)

    def relieved_around(self, ceiling: float, half_life: float, median: float) -> float:
        """Return the share relieved, interpolated at the point that is one half if `median` is the median.

        The median lies at v in the bin (k - 1/2, k + 1/2) exactly if (1 - x) F(k - 1) + x F(k) = 1/2, x = v - k + 1/2.
        """
        k = min(max(math.floor(median + 0.5), 1), self.visits)
        x = median - k + 0.5
        rules = self.setting.rules
        pain = self._pain_after(ceiling, half_life, [k - 1, k])
        margin = self.cohort.baseline * (1 - rules.relief_share) - rules.relief_points - pain
        before, after = np.clip(margin / RAMP + 0.5, 0, 1).mean(axis=1)
        return float((1 - x) * before + x * after)

    def satisfied(self, pain_end: Floats, threshold: float) -> float:
        """Return the share satisfied, over the noise of the last reading in closed form."""
        penalty = float(self.scenario.satisfaction.adverse_event_penalty)
        event_free = float(np.prod(1 - self.event_risk))
        sd = float(self.scenario.reading_sd)
        calm, troubled = (
            float(chance_of_reading(pain_end, self.cohort.baseline_reading - needed, sd).mean())
            for needed in (threshold, threshold + penalty)
        )
        return event_free * calm + (1 - event_free) * troubled

    def relapse(self, rows: Floats, scale: float) -> float:
        """Return the share of relieved patients who relapse within 3 months (Weibull, proportional hazards).

        NaN if nobody is relieved.
        """
        rules = self.setting.rules
        if not rows[o.RELIEF].any():
            return math.nan
        residual = rows[o.PAIN_END][rows[o.RELIEF] > 0] - rules.reference_pain
        hazard = (o.THREE_MONTHS / scale) ** rules.relapse_shape * np.exp(rules.log_hazard_ratio * residual)
        return float(-np.expm1(-hazard).mean())


@njit(cache=True)
def mean_looked_up(table, values, per_unit):  # type: ignore[no-untyped-def]
    """Return the mean over values from 0 on of a table with `per_unit` even steps to the unit, linear in between."""
    total = 0.0
    for value in values:
        cell = min(int(value * per_unit), len(table) - 2)
        total += table[cell] + (value * per_unit - cell) * (table[cell + 1] - table[cell])
    return total / len(values)


def expected_reading(pain: Floats, sd: float) -> Floats:
    """Return the mean of `clip(pain + sd * noise, 0, 10)` in closed form, in points."""
    if sd == 0:
        return np.clip(pain, 0, 10)

    def positive_part(x: Floats) -> Floats:
        return np.asarray(x * ndtr(x / sd) + sd * np.exp(-((x / sd) ** 2) / 2) / math.sqrt(2 * math.pi))

    return positive_part(pain) - positive_part(pain - 10)


def chance_of_reading(pain: Floats, at_most: Floats, sd: float) -> Floats:
    """Return the chance that `clip(pain + sd * noise, 0, 10)` is at most a given reading."""
    chance = ndtr((at_most - pain) / sd) if sd > 0 else (pain <= at_most).astype(float)
    return np.where(at_most < 0, 0.0, np.where(at_most >= 10, 1.0, chance))


def _calibrate_modality(scenario: Scenario, name: str) -> tuple[ResponseParameters, list[ClaimResult]]:
    course = _ReferenceCourse(scenario, name)
    claims = scenario.claims[name]
    given = scenario.parameters.get(name)
    ceiling = float(given.ceiling) if given and given.ceiling else None
    half_life = float(given.half_life) if given and given.half_life else None
    targets = {
        "pain_reduction": ceiling is None,
        "visits_to_relief": half_life is None,
        "satisfied": not (given and given.satisfaction_threshold),
        "relapse_3mo": not (given and given.relapse_scale),
    }
    reduction = float(claims.pain_reduction)
    if half_life is None:
        if ceiling is None:
            bracket = _feasible_half_lives(course, reduction)
            half_life = _half_life(course, bracket, lambda h: _ceiling(course, reduction, h))
        else:
            fixed = ceiling
            half_life = _half_life(course, HALF_LIVES, lambda _: fixed)
    if ceiling is None:
        ceiling = _ceiling(course, reduction, half_life)

    rows = course.run(ceiling, half_life)
    pain_end = rows[o.PAIN_END][course.cohort.place]
    if given and given.satisfaction_threshold:
        threshold = float(given.satisfaction_threshold)
    else:
        threshold = _root(lambda t: course.satisfied(pain_end, t), (-12.0, 12.0), float(claims.satisfied))
    if given and given.relapse_scale:
        scale = float(given.relapse_scale)
    else:
        if not rows[o.RELIEF].any():
            raise CalibrationError(f"claims.{name}.relapse_3mo: nobody is relieved, so nobody can relapse")
        scale = math.exp(_root(lambda s: course.relapse(rows, math.exp(s)), (-40.0, 80.0), float(claims.relapse_3mo)))
    found = ResponseParameters(ceiling, half_life, threshold, scale)
    reached = {
        "pain_reduction": course.pain_reduction(ceiling, half_life),
        "visits_to_relief": interpolated_median(rows[o.VISITS_TO_RELIEF], course.visits),
        "satisfied": course.satisfied(pain_end, threshold),
        "relapse_3mo": course.relapse(rows, scale),
    }
    return found, [ClaimResult(name, claim, getattr(claims, claim), reached[claim], targets[claim]) for claim in CLAIMS]


def _ceiling(course: _ReferenceCourse, reduction: float, half_life: float) -> float:
    """Return the ceiling that gives the claimed reduction; it is sought on the log-odds scale."""
    low, high = (math.log(c / (1 - c)) for c in CEILINGS)

    def reached(log_odds: float) -> float:
        return course.pain_reduction(1 / (1 + math.exp(-log_odds)), half_life)

    near = course.last_log_odds
    if reached(near - 0.4) <= reduction <= reached(near + 0.4):
        low, high = near - 0.4, near + 0.4
    least, most = reached(low), reached(high)
    if not least <= reduction <= most:
        nearest = least if reduction < least else most
        raise CalibrationError(
            f"claims.{course.modality}.pain_reduction: {reduction:g} points cannot be reached; the nearest reachable "
            f"value is {nearest:.2f} points (reachable: {least:.2f} to {most:.2f})"
        )
    course.last_log_odds = _root(reached, (low, high), reduction)
    return 1 / (1 + math.exp(-course.last_log_odds))


def _half_life(course: _ReferenceCourse, bracket: tuple[float, float], ceiling_for: Callable[[float], float]) -> float:
    """Return the half-life that gives the claimed median visits to relief; it is sought on the log scale.

    A claim that is a range aims at its middle, and settles for the nearest reachable point of the range.
    """
    claim = course.scenario.claims[course.modality].visits_to_relief
    claimed = float(claim)

    def relieved(log_half_life: float) -> float:
        half_life = math.exp(log_half_life)
        return course.relieved_around(ceiling_for(half_life), half_life, claimed)

    low, high = (math.log(h) for h in bracket)
    if not relieved(low) >= 0.5 >= relieved(high):
        quickest, slowest = (course.median_visits(ceiling_for(h), h) for h in bracket)
        nearest = quickest if claimed < quickest else min(slowest, course.visits + 0.5)
        if claim.range is not None and claim.range[0] <= nearest <= claim.range[1]:
            return bracket[0] if nearest == quickest else bracket[1]
        never = " (beyond it, fewer than half are relieved by the end of the course)" if math.isinf(slowest) else ""
        raise CalibrationError(
            f"claims.{course.modality}.visits_to_relief: a median of {claimed:g} visits cannot be reached together "
            f"with a pain reduction of {float(course.scenario.claims[course.modality].pain_reduction):g} points; the "
            f"nearest reachable value is {f'{nearest:.2f} visits' if math.isfinite(nearest) else 'never'}{never}"
        )
    return math.exp(_root(relieved, (low, high), 0.5))


def _feasible_half_lives(course: _ReferenceCourse, reduction: float) -> tuple[float, float]:
    """Return the half-lives with which the claimed reduction can be reached, the quickest and the slowest.

    Raises CalibrationError if even the quickest response does not reach it, or no response at all exceeds it.
    """
    quickest, slowest = HALF_LIVES
    _ceiling(course, reduction, quickest)
    strongest = CEILINGS[1]
    if course.pain_reduction(strongest, slowest) < reduction:
        slowest = _root(lambda h: course.pain_reduction(strongest, h), HALF_LIVES, reduction) * (1 - 1e-6)
    return quickest, slowest


def _root(value_at: Callable[[float], float], bracket: tuple[float, float], target: float) -> float:
    """Return where a monotone function meets a target that its values at the ends of the bracket enclose."""
    return float(brentq(lambda x: value_at(x) - target, *bracket, xtol=1e-8, rtol=1e-12))
