"""Evenly spread patients through the course that a claim describes: what they show, without any random number.

The days are those of `sim.patient.day`, as everywhere; here it is only looked at what comes of them. The noise of the
last reading is integrated in closed form, adverse events by their chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.calibration.shares import relapse_with, satisfied_with, scale_for_relapse, threshold_for_share
from sim.luck.lattice import even_luck
from sim.patient.arms import event_risks, protocol_arm
from sim.patient.cohort import Cohort, CohortLaw, NaturalMeans, cohort_law, make_cohort, with_natural_course
from sim.patient.effects import Ceilings, ResponseParameters
from sim.patient.pathway import Rules, Trace
from sim.patient.patients import Patients, make_patients, ready
from sim.patient.plans import Plans, build_plans, run_patients, trace_arm
from sim.patient.setting import build_response, build_rules, reference_protocol, with_parameters
from sim.quantities import DAY_42, DAY_133, PAIN_REDUCTION, ROW, THREE_MONTHS, VISITS_TO_RELIEF
from sim.scenario.protocol import Phase, Protocol
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]

NOTHING_DONE = ResponseParameters(ceiling=0.0, half_life=1.0, satisfaction_threshold=math.nan, relapse_scale=math.nan)
"""Of a modality that is not given, or has no effect."""
UNUSED = NaturalMeans(0.5, 30.0)
"""Of a profile that nobody has."""
SCALES = (1.0, 1e6)
"""The shortest and the longest relapse scale that is looked for, in days."""
THRESHOLDS = (-40.0, 40.0)
"""The lowest and the highest threshold of satisfaction that is looked for, in points."""
AT_END = ("pain_end", VISITS_TO_RELIEF, PAIN_REDUCTION)
"""What is looked at of patients at the end of a course."""
ROWS_AT_END = [ROW[name] for name in AT_END]
ALMOST = 1 - 1e-9
"""What rounding may take off a hazard."""


def rules_of(scenario: Scenario) -> Rules:
    """Return the assumptions of a course that everybody completes, of modalities without any effect yet."""
    return build_rules(scenario, dict.fromkeys(scenario.modalities, NOTHING_DONE), DAY_133)._replace(
        no_show=0.0, drop_out=0.0, drop_out_if_relieved=0.0, drop_out_if_not_relieved=0.0, drop_out_after_event=0.0,
        keeps_days=False,
    )  # fmt: skip


class EvenPatients:
    """Evenly spread patients of a mixture of profiles."""

    def __init__(
        self,
        scenario: Scenario,
        shares: Mapping[str, float],
        natural: Mapping[str, NaturalMeans],
        points: int,
        rules: Rules | None = None,
    ) -> None:
        """`rules`: those of the scenario (`rules_of`), where they are known."""
        self.scenario = scenario
        self.rules = rules or rules_of(scenario)
        self.luck = even_luck(points, tuple(scenario.modalities))
        self.law = cohort_law(scenario, dict(shares), dict(natural))
        self.cohort: Cohort = make_cohort(self.luck, self.law)

    @cached_property
    def who_never_relapse(self) -> Cohort:
        """The same patients, whom no hazard is too much for."""
        return self.cohort._replace(limits=np.full_like(self.cohort.limits, np.inf))

    @cached_property
    def trace(self) -> Trace:
        """Room for what is traced of a course without relapses, one after the other."""
        return Trace.empty(0, DAY_133 + 1, len(self.cohort.baseline), hazard=True, diary=())

    @cached_property
    def mean_baseline_reading(self) -> float:
        """Mean reported pain at the first visit, in points."""
        return float(expected_reading(self.cohort.baseline, self.cohort.noise).mean())


class UntreatedCourse:
    """Evenly spread patients of a profile to whom nothing is done, until the last of some days."""

    def __init__(
        self,
        scenario: Scenario,
        profile: str,
        days: tuple[int, ...],
        points: int,
        like: UntreatedCourse | None = None,
        rules: Rules | None = None,
    ) -> None:
        """`like`: another one, for a scenario that differs in the values of its quantities only; `rules`: those of the
        scenario (`rules_of`), where they are known.
        """
        nothing, modalities = dict.fromkeys(scenario.modalities, NOTHING_DONE), tuple(scenario.modalities)
        self._scenario, self._profile = scenario, profile
        self._luck = even_luck(points, modalities)
        natural = dict.fromkeys(scenario.profiles, UNUSED)
        self._law: CohortLaw = cohort_law(scenario, {profile: 1.0}, natural, like=like._law if like else None)
        self._rules = (rules or rules_of(scenario))._replace(horizon=max(days))
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
        """Return the share that loses relief, with so many times the hazard; NaN of nobody."""
        return relapse_with(times, self.used_up, self.fades) if len(self.used_up) else math.nan

    def times(self, times: float) -> Hazards:
        """Return the same with so many times the hazard."""
        return Hazards(times * self.used_up, self.fades)


@dataclass(frozen=True)
class CourseEnd:
    """How a course leaves evenly spread patients, by the response parameters that it was run with.

    `rows`: what is written down of them at the end, (AT_END, patients).
    """

    patients: EvenPatients
    modality: str
    rows: Floats
    hazards: Callable[[], Hazards]

    @cached_property
    def reduction(self) -> float:
        """Mean reported reduction at the end of the course, in points."""
        at_end = expected_reading(self.rows[AT_END.index("pain_end")], self.patients.cohort.noise)
        return self.patients.mean_baseline_reading - float(at_end.mean())

    def median_visits(self, visits: int) -> float:
        """Return the median visits to relief, interpolated inside its unit-wide bin (k - 1/2, k + 1/2).

        Where fewer than half are in relief after any visit it goes on beyond the last one, the further the fewer are.
        """
        first = self.rows[AT_END.index(VISITS_TO_RELIEF)]
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
        return satisfied_with(threshold, *self._satisfying(visits))

    def threshold_for(self, share: float, visits: int) -> float:
        """Return the threshold with which a share is satisfied, in points.

        Raises ValueError if it is beyond THRESHOLDS.
        """
        found = threshold_for_share(share, *self._satisfying(visits), *THRESHOLDS)
        if math.isnan(found):
            raise ValueError(f"no threshold satisfies a share of {share}")
        return found

    def _satisfying(self, visits: int) -> tuple[Floats, float, float, float]:
        """Return what satisfaction after so many visits depends on, as `satisfied_with` takes it."""
        scenario = self.patients.scenario
        risk = event_risks(scenario)[:, list(scenario.modalities).index(self.modality)]
        width, penalty = float(scenario.satisfaction.width), float(scenario.satisfaction.adverse_event_penalty)
        return self.rows[AT_END.index(PAIN_REDUCTION)], width, penalty, float(np.prod(1 - risk) ** visits)


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
        self._last_day: int = like._last_day if like else int(self._plans.days.max()) + 1

    def _planned(self, course: Phase) -> Plans:
        scenario = self.patients.scenario
        protocol = reference_protocol(course.model_copy(update={"each_visit": (self.given,), "alternate": None}))
        plans = build_plans({self.given: protocol_arm(scenario, protocol)}, len(scenario.profiles))
        return plans._replace(event_risk=np.zeros_like(plans.event_risk))

    def end(self, parameters: ResponseParameters) -> CourseEnd:
        """Return how the course leaves the patients, with parameters of the modality that is given."""
        who, rules = self._who(parameters), self._rules(parameters)
        return CourseEnd(self.patients, self.given, self._rows(who, rules), lambda: self._calm(who, rules)[0])

    def end_with_relapse(self, share: float, parameters: ResponseParameters) -> tuple[ResponseParameters, CourseEnd]:
        """Return the parameters with the relapse scale in days, within SCALES, with which a share of those relieved
        relapses within 3 months, and how the course then leaves the patients; if nobody is relieved, with the scale
        without needling.
        """
        relapse = self.patients.scenario.relapse
        known, power = float(relapse.scale_without_needling), float(relapse.shape)
        who = self._who(parameters)
        hazards, calm = self._calm(who, self._rules(parameters._replace(relapse_scale=known)))
        scale, times = known, 1.0
        if len(hazards.used_up):
            low, high = map(math.log, SCALES)
            found = scale_for_relapse(share, hazards.used_up, hazards.fades, power, math.log(known), low, high)
            scale = SCALES[0] if found <= low else SCALES[1] if found >= high else math.exp(found)
            times = math.exp(power * (math.log(known) - found))
        parameters = parameters._replace(relapse_scale=scale)
        rows = self._with_relapses(calm, times, who, self._rules(parameters))
        return parameters, CourseEnd(self.patients, self.given, rows, lambda: hazards.times(times))

    def _who(self, parameters: ResponseParameters) -> Patients:
        """Return the patients, as they respond by ceiling."""
        response = build_response(self.patients.scenario, self._all(parameters))
        return ready(self.patients.luck, self.patients.cohort, response)

    def _rules(self, parameters: ResponseParameters) -> Rules:
        return with_parameters(self.patients.rules, self.patients.scenario, self._all(parameters))

    def _all(self, parameters: ResponseParameters) -> dict[str, ResponseParameters]:
        return dict.fromkeys(self.patients.scenario.modalities, NOTHING_DONE) | {self.given: parameters}

    def _rows(self, who: Patients, rules: Rules) -> Floats:
        """Return what is written down of patients at the end of the course, (AT_END, patients)."""
        to_the_end = rules._replace(horizon=self._last_day)
        return run_patients(who, self._plans, to_the_end, self.patients.law.soreness_days)[0, ROWS_AT_END]

    def _calm(self, who: Patients, rules: Rules) -> tuple[Hazards, Floats]:
        """Return what would become of patients if nobody relapsed, and all that is written down of them on day 133,
        (N_ROWS, patients).
        """
        soreness, trace = self.patients.law.soreness_days, self.patients.trace
        rows = trace_arm(who._replace(cohort=self.patients.who_never_relapse), self._plans, 0, rules, soreness, trace)
        began = np.flatnonzero(rows[ROW["began_by_day42"]])
        after = rows[ROW["days_to_relief"], began].astype(np.int64) + THREE_MONTHS
        return Hazards(trace.hazard[after, began], rows[ROW["days_to_relapse"], began] <= THREE_MONTHS), rows

    def _with_relapses(self, calm: Floats, times: float, who: Patients, rules: Rules) -> Floats:
        """Return what `_rows` does, from the course without relapses that was traced last, with `times` its hazard:
        only those who relapse before its end fare otherwise, and are run again.
        """
        if self._last_day > DAY_42:  # it is not written down when relief is lost that begins later
            return self._rows(who, rules)
        hazard = times * self.patients.trace.hazard[: self._last_day + 1].max(axis=0)
        lost = calm[ROW["days_to_relief"]] + calm[ROW["days_to_relapse"]]
        might = (hazard >= ALMOST * self.patients.cohort.limits[0]) | (lost <= self._last_day)
        rows = calm[ROWS_AT_END]
        if might.any():
            again = np.flatnonzero(might)
            rows[:, again] = self._rows(_some_of(who, again), rules)
        return rows


def _some_of(who: Patients, columns: NDArray[np.int64]) -> Patients:
    """Return evenly spread patients, of whom there is no luck of visits, in some of the columns."""
    luck = who.luck._replace(number=who.luck.number[columns], satisfied=who.luck.satisfied[columns])
    cohort: Any = (part.take(columns, axis=-1) for part in who.cohort)
    ceilings: Any = (part.take(columns, axis=-1) for part in who.ceilings)
    return Patients(luck, Cohort(*cohort), Ceilings(*ceilings))


def expected_reading(pain: Floats, sd: Floats) -> Floats:
    """Return the mean of `clip(pain + sd * noise, 0, 10)` in closed form, in points."""
    safe = np.maximum(sd, 1e-9)

    def positive_part(x: Floats) -> Floats:
        z = x / safe
        return np.asarray(x * ndtr(z) + safe * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi))

    return positive_part(pain) - positive_part(pain - 10)
