"""How a modality acts: ceiling, half-life, satisfaction threshold and relapse scale, from what is claimed of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.calibration.least_squares import EXACT, Fit, fit_at, least_squares
from sim.calibration.reference import NOTHING_DONE, CourseEnd, EvenPatients, ReferenceCourse
from sim.calibration.targets import LEAST_DOUBT, ClaimResult, doubt_of
from sim.patient.effects import ResponseParameters
from sim.scenario.evidence import Quantity
from sim.scenario.schema import Claims, Scenario

Floats = NDArray[np.float64]

CEILING, HALF_LIFE = range(2)
START = (0.0, math.log(1.5))
"""Log odds of a ceiling of one half, logarithm of visits."""
BOUNDS = ((-12.0, 9.0), (math.log(0.05), math.log(200.0)))
UNKNOWN = math.nan
MOST_KEPT = 3
LEAST_POINTS = 0.01
"""The least doubt about a reduction of pain that states none, in points: 1 % of next to no difference is nothing."""


class ResponseTargets:
    """What a modality is calibrated to, which of its parameters are given, and the course that its claims describe.

    Ceiling and half-life miss effect and visits to relief least; whatever they are, the relapse scale is the one with
    which as many relapse as is claimed, so that no claim on pain can be met by more or fewer relapses.
    `others`: parameters of the modality that its effect is compared with, if it is.
    """

    def __init__(
        self,
        scenario: Scenario,
        modality: str,
        patients: EvenPatients,
        others: Mapping[str, ResponseParameters],
        doubts: Scenario | None = None,
        without: Collection[str] = (),
        more: Mapping[str, float] | None = None,
        like: ResponseTargets | None = None,
    ) -> None:
        """`doubts`: the scenario that says how sure its numbers are, if another one; `without`: targets left out;
        `more`: what these patients count too much of a share that is met exactly, by claim; `like`: targets of a
        scenario that differs in the values of its quantities only.
        """
        self.modality, self.patients = modality, patients
        claims, given = scenario.claims.get(modality), scenario.parameters.get(modality)
        stated = (doubts or scenario).claims.get(modality)
        values = {name: getattr(given, name) if given else None for name in ResponseParameters._fields}
        self.given = {name: float(value) for name, value in values.items() if value is not None}
        self.claimed = claimed_of(claims)
        acts = self.given.get("ceiling") != 0
        sought = {CEILING: "ceiling" not in self.given, HALF_LIFE: "half_life" not in self.given}
        self.sought = tuple(k for k, is_sought in sought.items() if is_sought and acts)
        wanted = {"effect": CEILING, "visits_to_relief": HALF_LIFE}
        self.targets = {
            name: one
            for name, one in self.claimed.items()
            if name not in without and wanted.get(kind_of(name)) in self.sought
        }
        self.exactly = {
            name: min(max(float(one) + (more or {}).get(name, 0.0), 1e-4), 1 - 1e-4)
            for name, one in self.claimed.items()
            if name not in without and (
                (name == "satisfied" and "satisfaction_threshold" not in self.given)
                or (name == "relapse_3mo" and "relapse_scale" not in self.given and acts
                    and scenario.relapse.form == "episodes")
            )
        }  # fmt: skip
        self.doubts = {
            name: doubt_of(f"claims.{modality}.{name}", one, LEAST_POINTS if kind_of(name) == "effect" else LEAST_DOUBT)
            for name, one in claimed_of(stated).items()
        }
        self._wanted = np.array([float(one) for one in self.targets.values()])
        self._doubts = np.array([self.doubts[name] for name in self.targets])
        self.course: ReferenceCourse | None = None
        if claims is not None:
            self.course = ReferenceCourse(patients, modality, like=like.course if like else None)
        self.against = self._against(scenario, claims, others)
        self._lately: dict[tuple[float, ...], tuple[ResponseParameters, CourseEnd]] = {}

    def _against(self, scenario: Scenario, claims: Claims | None, others: Mapping[str, ResponseParameters]) -> float:
        """Return the reduction that the effect is counted from: 0 for a total, else that of sham or of another
        modality at the same visits.
        """
        if claims is None or not (claims.over or claims.over_sham):
            return 0.0
        if claims.over_sham:
            return self.course.end(NOTHING_DONE).reduction if self.course else 0.0
        other = next(iter(claims.over or ()))
        if other not in others:
            return math.nan  # a circle of differences, which begins here, where the effect is given
        return ReferenceCourse(self.patients, self.modality, given=other).end(others[other]).reduction

    def _parameters(self, x: Floats | Sequence[float]) -> ResponseParameters:
        """Return the parameters, of which those that are sought are at `x`, without what is met exactly."""
        found = dict(zip(self.sought, map(float, x), strict=True))
        ceiling = 1 / (1 + math.exp(-found[CEILING])) if CEILING in found else self.given.get("ceiling", 0.0)
        half_life = math.exp(found[HALF_LIFE]) if HALF_LIFE in found else self.given.get("half_life", 1.0)
        scale = self.given.get("relapse_scale", UNKNOWN)
        return ResponseParameters(ceiling, half_life, self.given.get("satisfaction_threshold", UNKNOWN), scale)

    def _at(self, x: Floats | Sequence[float]) -> tuple[ResponseParameters, CourseEnd]:
        """Return the parameters at `x`, without a threshold, and the end of their course; the latest are kept."""
        assert self.course is not None
        place = tuple(map(float, x))
        if place not in self._lately:
            parameters, share = self._parameters(x), self.exactly.get("relapse_3mo")
            kept = list(self._lately.items())[1 - MOST_KEPT :]
            found = (
                (parameters, self.course.end(parameters))
                if share is None
                else self.course.end_with_relapse(share, parameters)
            )
            self._lately = dict([*kept, (place, found)])
        return self._lately[place]

    def _end(self, parameters: ResponseParameters) -> CourseEnd:
        """Return the end of the course with parameters: what is kept of it, as of those just found, else run anew."""
        assert self.course is not None
        acting = parameters._replace(satisfaction_threshold=0.0)  # which nobody's course depends on
        alike = (end for one, end in self._lately.values() if one._replace(satisfaction_threshold=0.0) == acting)
        return next(alike, None) or self.course.end(parameters)

    def reached(
        self, end: CourseEnd, parameters: ResponseParameters, names: Iterable[str] | None = None
    ) -> dict[str, float]:
        """Return what the course reaches of what is claimed, by claim: of all of it, or of some `names`."""
        visits = self.course.visits if self.course else 1
        ways = {
            "effect": lambda: end.reduction - self.against,
            "visits_to_relief": lambda: end.median_visits(visits),
            "relapse_3mo": lambda: end.relapse,
            "satisfied": lambda: end.satisfied(parameters.satisfaction_threshold, visits),
        }
        return {name: ways[kind_of(name)]() for name in (self.claimed if names is None else names)}

    def misses(self, x: Floats, offset: Floats | float = 0.0) -> Floats:
        """Return by how many doubts each target is missed, (targets,)."""
        parameters, end = self._at(x)
        got = self.reached(end, parameters, self.targets)
        missed: Floats = (np.fromiter(got.values(), np.float64) - self._wanted) / self._doubts - offset
        return missed

    def fit(
        self,
        start: Sequence[float] | Floats | None = None,
        slopes: Floats | None = None,
        offset: Floats | float = 0.0,
        left: float = EXACT,
        trusts: bool = False,
        enough: float = 0.0,
    ) -> Fit:
        """Return the parameters that miss the targets least; `offset` is taken from what is missed."""
        begin = [START[k] for k in self.sought] if start is None else start
        if not self.targets:
            return Fit(np.asarray(begin, dtype=np.float64), np.empty(0), np.empty((0, len(begin))))
        return least_squares(
            lambda x: self.misses(x, offset), begin, [BOUNDS[k] for k in self.sought], slopes, left, trusts, enough
        )

    def slopes_at(self, x: Floats, offset: Floats) -> Fit:
        """Return the fit that stands at `x`, with the slopes there."""
        if not self.targets:
            return Fit(x, np.empty(0), np.empty((0, len(x))))
        return fit_at(lambda at: self.misses(at, offset), x, [BOUNDS[k] for k in self.sought])

    def complete(self, x: Floats | Sequence[float]) -> ResponseParameters:
        """Return the parameters at `x` with the threshold that satisfies as many as is claimed."""
        if self.course is None or not (self.targets or self.exactly):
            return self._parameters(x)
        parameters, end = self._at(x)
        if "satisfied" not in self.exactly:
            return parameters
        threshold = end.threshold_for(self.exactly["satisfied"], self.course.visits)
        return parameters._replace(satisfaction_threshold=threshold)

    def results(self, parameters: ResponseParameters) -> list[ClaimResult]:
        """Return how the claims are met with parameters; a median beyond the course is not reached, which is inf."""
        if self.course is None:
            return []
        got = self.reached(self._end(parameters), parameters)
        found = []
        for name, one in self.claimed.items():
            is_beyond = name == "visits_to_relief" and got[name] > self.course.visits + 0.5
            place, value = f"claims.{self.modality}.{name}", math.inf if is_beyond else got[name]
            is_target = name in self.targets or name in self.exactly
            found.append(
                ClaimResult(place, self.modality, "", name, one, float(one), value, self.doubts[name], is_target)
            )
        return found


def claimed_of(claims: Claims | None) -> dict[str, Quantity]:
    """Return what is claimed of a modality, by name; a difference from another one as `over.NAME`."""
    if claims is None:
        return {}
    over = {f"over.{name}": one for name, one in (claims.over or {}).items()}
    named = {"pain_reduction": claims.pain_reduction, "over_sham": claims.over_sham, **over}
    named |= {name: getattr(claims, name) for name in ("visits_to_relief", "satisfied", "relapse_3mo")}
    return {name: one for name, one in named.items() if one is not None}


def kind_of(name: str) -> str:
    """Return what a claim is about: `effect` for a reduction of pain, whatever it is counted from."""
    return "effect" if name in ("pain_reduction", "over_sham") or name.startswith("over.") else name
