"""Evenly spread patients through the course that a claim describes: what they show, without any random number.

The days are those of `sim.patient.day`, as everywhere; here it is only looked at what comes of them. The noise of the
last reading is integrated in closed form, adverse events by their chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from sim.luck.lattice import even_luck
from sim.patient.arms import event_risks, protocol_arm
from sim.patient.cohort import Cohort, CohortLaw, NaturalMeans, cohort_law, make_cohort, with_natural_course
from sim.patient.effects import ResponseParameters
from sim.patient.pathway import Rules, Trace
from sim.patient.patients import Patients, make_patients, ready
from sim.patient.plans import Plans, build_plans, run_patients, trace_arm
from sim.patient.setting import build_response, build_rules, reference_protocol, with_parameters
from sim.quantities import DAY_133, PAIN_REDUCTION, ROW, THREE_MONTHS, VISITS_TO_RELIEF
from sim.roots import root_between
from sim.scenario.protocol import Phase, Protocol
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]

NOTHING_DONE = ResponseParameters(ceiling=0.0, half_life=1.0, satisfaction_threshold=math.nan, relapse_scale=math.nan)
"""Of a modality that is not given, or has no effect."""
UNUSED = NaturalMeans(0.5, 30.0)
"""Of a profile that nobody has."""
SCALES = (1.0, 1e6)
"""The shortest and the longest relapse scale that is looked for, in days."""


class EvenPatients:
    """Evenly spread patients of a mixture of profiles."""

    def __init__(
        self, scenario: Scenario, shares: Mapping[str, float], natural: Mapping[str, NaturalMeans], points: int
    ) -> None:
        self.scenario = scenario
        self.luck = even_luck(points, tuple(scenario.modalities))
        self.law = cohort_law(scenario, dict(shares), dict(natural))
        self.cohort: Cohort = make_cohort(self.luck, self.law)

    @cached_property
    def mean_baseline_reading(self) -> float:
        """Mean reported pain at the first visit, in points."""
        return float(expected_reading(self.cohort.baseline, self.cohort.noise).mean())


class UntreatedCourse:
    """Evenly spread patients of a profile to whom nothing is done, until the last of some days."""

    def __init__(
        self, scenario: Scenario, profile: str, days: tuple[int, ...], points: int, like: UntreatedCourse | None = None
    ) -> None:
        """`like`: another one, for a scenario that differs in the values of its quantities only."""
        nothing, modalities = dict.fromkeys(scenario.modalities, NOTHING_DONE), tuple(scenario.modalities)
        self._scenario, self._profile = scenario, profile
        self._luck = even_luck(points, modalities)
        natural = dict.fromkeys(scenario.profiles, UNUSED)
        self._law: CohortLaw = cohort_law(scenario, {profile: 1.0}, natural, like=like._law if like else None)
        self._rules = build_rules(scenario, nothing, horizon=max(days))._replace(keeps_days=False)
        self._plans: Plans = like._plans if like else _untreated(scenario)
        self._response = build_response(scenario, nothing)
        self._trace = Trace.empty(0, max(days) + 1, points, diary=days)

    def pain_left(self, means: NaturalMeans) -> Floats:
        """Return the mean pain on the days as a share of mean baseline pain, (days,), by the means of the natural
        course.
        """
        law = with_natural_course(self._law, self._scenario, self._profile, means)
        who = make_patients(self._luck, law, self._response)
        trace_arm(who, self._plans, 0, self._rules, law.soreness_days, self._trace)
        pain: Floats = self._trace.diary.mean(axis=1)
        return pain / float(who.cohort.baseline.mean())


def _untreated(scenario: Scenario) -> Plans:
    arm = protocol_arm(scenario, Protocol(visits=1, each_visit=()))
    return build_plans({"nothing": arm}, len(scenario.profiles))


@dataclass(frozen=True)
class Hazards:
    """What patients whose relief begins by day 42 would go through in 3 months if nobody relapsed: the hazard
    `used_up`, and whether their relief `fades`, (patients,).
    """

    used_up: Floats
    fades: NDArray[np.bool_]

    def relapse(self, times: float = 1.0) -> float:
        """Return the share that loses relief, with so many times the hazard; NaN of nobody.

        It is the mean of each patient's chance, 1 - exp(-hazard), or 1 where relief fades.
        """
        if not len(self.used_up):
            return math.nan
        return float(np.where(self.fades, 1.0, -np.expm1(-times * self.used_up)).mean())


@dataclass(frozen=True)
class CourseEnd:
    """How a course leaves evenly spread patients, by the response parameters that it was run with."""

    patients: EvenPatients
    modality: str
    rows: Floats
    hazards: Callable[[], Hazards]

    @cached_property
    def reduction(self) -> float:
        """Mean reported reduction at the end of the course, in points."""
        at_end = expected_reading(self.rows[ROW["pain_end"]], self.patients.cohort.noise)
        return self.patients.mean_baseline_reading - float(at_end.mean())

    def median_visits(self, visits: int) -> float:
        """Return the median visits to relief, interpolated inside its unit-wide bin (k - 1/2, k + 1/2).

        Where fewer than half are in relief after any visit it goes on beyond the last one, the further the fewer are.
        """
        first = self.rows[ROW[VISITS_TO_RELIEF]]
        n = len(first)
        reached = np.array([np.count_nonzero(first <= k) for k in range(visits + 1)]) / n
        if reached[-1] < 0.5:
            return visits + 0.5 + 2 * visits * (0.5 - float(reached[-1]))
        k = int(np.searchsorted(reached, 0.5))
        return k - 0.5 + float((0.5 - reached[k - 1]) / (reached[k] - reached[k - 1])) if k > 0 else 0.5

    @cached_property
    def relapse(self) -> float:
        """Share of those whose relief began by day 42 who lose it within 3 months; NaN if it began for nobody."""
        return self.hazards().relapse()

    def satisfied(self, threshold: float, visits: int) -> float:
        """Return the share satisfied with a threshold in points after so many visits."""
        return self._share_satisfied(visits)(threshold)

    def threshold_for(self, share: float, visits: int) -> float:
        """Return the threshold with which a share is satisfied, in points."""
        low, high, satisfied = -40.0, 40.0, self._share_satisfied(visits)
        return root_between(lambda at: satisfied(at) - share, low, high, 1e-9)

    def _share_satisfied(self, visits: int) -> Callable[[float], float]:
        """Return the share satisfied after so many visits as a function of the threshold in points."""
        scenario = self.patients.scenario
        width, penalty = float(scenario.satisfaction.width), float(scenario.satisfaction.adverse_event_penalty)
        risk = event_risks(scenario)[:, list(scenario.modalities).index(self.modality)]
        free = float(np.prod(1 - risk) ** visits)
        drop = self.rows[ROW[PAIN_REDUCTION]]

        def share(threshold: float) -> float:
            calm, troubled = (float(expit((drop - threshold - less) / width).mean()) for less in (0.0, penalty))
            return free * calm + (1 - free) * troubled

        return share


class ReferenceCourse:
    """The visits that a modality's claims describe, for evenly spread patients: at each of them one modality."""

    def __init__(
        self, patients: EvenPatients, modality: str, given: str | None = None, like: ReferenceCourse | None = None
    ) -> None:
        """`given`: what is given at the visits instead of the modality itself; `like`: the same course of a scenario
        that differs in the values of its quantities only.
        """
        self.patients = patients
        self.given = given or modality
        scenario = patients.scenario
        course = scenario.claims[modality].course
        self.visits = course.visits
        self._plans: Plans = like._plans if like else self._planned(course)
        self._last_day = int(self._plans.days.max()) + 1
        self._trace = Trace.empty(0, DAY_133 + 1, len(patients.cohort.baseline), hazard=True, diary=())
        nothing = dict.fromkeys(scenario.modalities, NOTHING_DONE)
        self._never = patients.cohort._replace(limits=np.full_like(patients.cohort.limits, np.inf))
        self._rules = build_rules(scenario, nothing, DAY_133)._replace(
            no_show=0.0, drop_out=0.0, drop_out_if_relieved=0.0, drop_out_if_not_relieved=0.0, drop_out_after_event=0.0,
            keeps_days=False,
        )  # fmt: skip

    def _planned(self, course: Phase) -> Plans:
        scenario = self.patients.scenario
        protocol = reference_protocol(course.model_copy(update={"each_visit": (self.given,), "alternate": None}))
        plans = build_plans({self.given: protocol_arm(scenario, protocol)}, len(scenario.profiles))
        return plans._replace(event_risk=np.zeros_like(plans.event_risk))

    def end(self, parameters: ResponseParameters) -> CourseEnd:
        """Return how the course leaves the patients, with parameters of the modality that is given."""
        who, rules = self._ready(parameters)
        to_the_end = rules._replace(horizon=self._last_day)
        rows = run_patients(who, self._plans, to_the_end, self.patients.law.soreness_days)
        return CourseEnd(self.patients, self.given, rows[0], lambda: self._hazards(who, rules))

    def scale_for(self, share: float, parameters: ResponseParameters) -> float:
        """Return the relapse scale in days, within SCALES, with which a share of those relieved relapses within 3
        months; if nobody is relieved, that without needling.
        """
        relapse = self.patients.scenario.relapse
        known, power = float(relapse.scale_without_needling), float(relapse.shape)
        hazards = self._hazards(*self._ready(parameters._replace(relapse_scale=known)))
        if not len(hazards.used_up):
            return known

        def too_many(log_scale: float) -> float:
            """Hazard is in proportion to the scale to the power -k."""
            return hazards.relapse(math.exp(power * (math.log(known) - log_scale))) - share

        low, high = map(math.log, SCALES)
        if too_many(high) >= 0:
            return SCALES[1]  # relief fades in as many as that
        return SCALES[0] if too_many(low) <= 0 else math.exp(root_between(too_many, low, high, 1e-9))

    def _ready(self, parameters: ResponseParameters) -> tuple[Patients, Rules]:
        scenario = self.patients.scenario
        found = dict.fromkeys(scenario.modalities, NOTHING_DONE) | {self.given: parameters}
        rules = with_parameters(self._rules, scenario, found)
        return ready(self.patients.luck, self.patients.cohort, build_response(scenario, found)), rules

    def _hazards(self, who: Patients, rules: Rules) -> Hazards:
        soreness, trace = self.patients.law.soreness_days, self._trace
        rows = trace_arm(who._replace(cohort=self._never), self._plans, 0, rules, soreness, trace)
        began = np.flatnonzero(rows[ROW["began_by_day42"]])
        after = rows[ROW["days_to_relief"], began].astype(np.int64) + THREE_MONTHS
        return Hazards(trace.hazard[after, began], rows[ROW["days_to_relapse"], began] <= THREE_MONTHS)


def expected_reading(pain: Floats, sd: Floats) -> Floats:
    """Return the mean of `clip(pain + sd * noise, 0, 10)` in closed form, in points."""
    safe = np.maximum(sd, 1e-9)

    def positive_part(x: Floats) -> Floats:
        z = x / safe
        return np.asarray(x * ndtr(z) + safe * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi))

    return positive_part(pain) - positive_part(pain - 10)
