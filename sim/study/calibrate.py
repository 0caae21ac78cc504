"""Calibration: from claims to the parameters with which the model reproduces them.

Per modality, on the cohort and course that its claims describe, fully attended: ceiling and half-life from
`pain_reduction` and `visits_to_relief`; then the satisfaction threshold; then the relapse scale. Each step is a root
of monotone functions, on evenly spread patients with the reading noise integrated in closed form. From the parameters
of a scenario that differs little, as draws of uncertain inputs do, or from typical ones, Newton's method gets there in
a few steps; where it does not, the roots are bracketed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sim.errors import CalibrationError
from sim.patient.effects import ResponseParameters
from sim.patient.setting import reference_protocol
from sim.scenario.evidence import Quantity
from sim.scenario.schema import Parameters, Scenario
from sim.study.lattice import FEWER_POINTS
from sim.study.reference_course import Offsets, ReferenceCourse, ReferencePatients
from sim.study.roots import falling_root, root_of_two

CEILINGS = (1e-6, 1 - 1e-6)
HALF_LIVES = (0.02, 200.0)
TYPICAL = ResponseParameters(ceiling=0.5, half_life=2.0, satisfaction_threshold=0.0, relapse_scale=300.0)
"""From where parameters are sought if nothing is known of them."""
NOTHING_KNOWN: Mapping[str, ResponseParameters] = MappingProxyType({})


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
    patients = ReferencePatients(scenario)
    for name in scenario.modalities:
        course = ReferenceCourse(scenario, name, patients)
        found[name] = _parameters(scenario, course)
        results += _claim_results(scenario, course, found[name])
    return Calibration(found, tuple(results))


class Recalibration:
    """Calibrating many scenarios much like one that is calibrated, on fewer of the evenly spread patients.

    What fewer patients count too much is taken to be what they count too much at that scenario's own parameters
    (a control variate), so that the scenario itself gets its parameters back.
    """

    def __init__(self, scenario: Scenario, found: Mapping[str, ResponseParameters]) -> None:
        self._found = found
        self._offsets: dict[str, Offsets] = {}
        sought = [name for name in found if _given(scenario, name) is None]
        if not sought:
            return
        all_patients, fewer = ReferencePatients(scenario), ReferencePatients(scenario, FEWER_POINTS)
        for name in sought:
            exact, rough = (
                _reached(ReferenceCourse(scenario, name, patients), found[name]) for patients in (all_patients, fewer)
            )
            self._offsets[name] = Offsets(*(b - a for a, b in zip(exact, rough, strict=True)))

    def parameters(
        self, scenario: Scenario, known: Mapping[str, ResponseParameters] = NOTHING_KNOWN
    ) -> dict[str, ResponseParameters]:
        """Return the parameters that reproduce a scenario's claims; raises what `calibrate` raises.

        The scenario must give the same parameters as the first one, maybe with other values. What is `known` of it by
        modality is not sought again.
        """
        found = {name: known.get(name) or _given(scenario, name) for name in self._found}
        patients = None if all(found.values()) else ReferencePatients(scenario, FEWER_POINTS)
        return {
            name: found[name]
            or _parameters(scenario, ReferenceCourse(scenario, name, patients, self._offsets[name]), near)
            for name, near in self._found.items()
        }


def _given(scenario: Scenario, modality: str) -> ResponseParameters | None:
    """Return a modality's parameters if the scenario gives them all, so that none has to be found."""
    given = scenario.parameters.get(modality)
    if given is None:
        return None
    values = [getattr(given, name) for name in ResponseParameters._fields]
    return None if None in values else ResponseParameters(*map(float, values))


def _reached(course: ReferenceCourse, found: ResponseParameters) -> tuple[float, float, float, float]:
    """Return what a course reaches of reduction, relieved, satisfied and relapsed."""
    end = course.end(found.ceiling, found.half_life)
    relapsed = end.relapse(math.log(found.relapse_scale))[0] if end.anyone_relieved else 0.0
    return *course.reached(found.ceiling, found.half_life), end.satisfied(found.satisfaction_threshold)[0], relapsed


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


def _parameters(
    scenario: Scenario, course: ReferenceCourse, near: ResponseParameters | None = None
) -> ResponseParameters:
    name, claims = course.modality, course.claim
    given = scenario.parameters.get(name)
    ceiling, half_life = _response(course, given, near)
    end = course.end(ceiling, half_life)
    if given and given.satisfaction_threshold:
        threshold = float(given.satisfaction_threshold)
    else:
        start = (near or TYPICAL).satisfaction_threshold
        threshold = falling_root(end.satisfied, (-12.0, 12.0), float(claims.satisfied), start)
    if given and given.relapse_scale:
        scale = float(given.relapse_scale)
    else:
        if not end.anyone_relieved:
            raise CalibrationError(f"claims.{name}.relapse_3mo: nobody is relieved, so nobody can relapse")
        start = math.log((near or TYPICAL).relapse_scale)
        scale = math.exp(falling_root(end.relapse, (-40.0, 80.0), float(claims.relapse_3mo), start))
    return ResponseParameters(ceiling, half_life, threshold, scale)


def _claim_results(scenario: Scenario, course: ReferenceCourse, found: ResponseParameters) -> list[ClaimResult]:
    given = scenario.parameters.get(course.modality)
    end = course.end(found.ceiling, found.half_life)
    reached = {
        "pain_reduction": (course.pain_reduction(found.ceiling, found.half_life), given and given.ceiling),
        "visits_to_relief": (course.median_visits(found.ceiling, found.half_life), given and given.half_life),
        "satisfied": (end.satisfied(found.satisfaction_threshold)[0], given and given.satisfaction_threshold),
        "relapse_3mo": (end.relapse(math.log(found.relapse_scale))[0], given and given.relapse_scale),
    }
    return [
        ClaimResult(course.modality, claim, getattr(course.claim, claim), value, not replaced)
        for claim, (value, replaced) in reached.items()
    ]


def _response(
    course: ReferenceCourse, given: Parameters | None, near: ResponseParameters | None
) -> tuple[float, float]:
    """Return ceiling and half-life, as given or as they reproduce their claims."""
    ceiling = float(given.ceiling) if given and given.ceiling else None
    half_life = float(given.half_life) if given and given.half_life else None
    reduction = float(course.claim.pain_reduction)
    if ceiling is None and half_life is None:
        found = _from_near(course, near or TYPICAL)
        if found is not None:
            return found
    search = _CeilingSearch(course, reduction, near)
    if half_life is None:
        if ceiling is None:
            bracket = _feasible_half_lives(course, reduction, search)
            half_life = _half_life(course, bracket, search)
        else:
            fixed = ceiling
            half_life = _half_life(course, HALF_LIVES, lambda _: fixed)
    return search(half_life) if ceiling is None else ceiling, half_life


def _from_near(course: ReferenceCourse, near: ResponseParameters) -> tuple[float, float] | None:
    """Return ceiling and half-life by Newton's method from parameters nearby; None if it does not get there."""

    def missed(log_odds: float, log_half_life: float) -> tuple[float, float]:
        reduction, relieved = course.reached(_from_log_odds(log_odds), math.exp(log_half_life))
        return reduction - float(course.claim.pain_reduction), relieved - 0.5

    low, high = (_log_odds(c) for c in CEILINGS)
    found = root_of_two(
        missed,
        (_log_odds(near.ceiling), math.log(near.half_life)),
        ((low, high), (math.log(HALF_LIVES[0]), math.log(HALF_LIVES[1]))),
    )
    return (_from_log_odds(found[0]), math.exp(found[1])) if found else None


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def _from_log_odds(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


class _CeilingSearch:
    """The ceiling that gives the claimed reduction, by half-life; it is sought on the log-odds scale, near the last."""

    def __init__(self, course: ReferenceCourse, reduction: float, near: ResponseParameters | None) -> None:
        self.course = course
        self.reduction = reduction
        self.last = _log_odds((near or TYPICAL).ceiling)

    def __call__(self, half_life: float) -> float:
        """Return the ceiling; raises CalibrationError if none gives the reduction."""
        reduction = self.reduction

        def reached(log_odds: float) -> float:
            return self.course.pain_reduction(_from_log_odds(log_odds), half_life)

        low, high = (_log_odds(c) for c in CEILINGS)
        if reached(self.last - 0.4) <= reduction <= reached(self.last + 0.4):
            low, high = self.last - 0.4, self.last + 0.4
        least, most = reached(low), reached(high)
        if not least <= reduction <= most:
            nearest = least if reduction < least else most
            raise CalibrationError(
                f"claims.{self.course.modality}.pain_reduction: {reduction:g} points cannot be reached; the nearest "
                f"reachable value is {nearest:.2f} points (reachable: {least:.2f} to {most:.2f})"
            )
        self.last = _root(reached, (low, high), reduction)
        return _from_log_odds(self.last)


def _half_life(course: ReferenceCourse, bracket: tuple[float, float], ceiling_for: Callable[[float], float]) -> float:
    """Return the half-life that gives the claimed median visits to relief; it is sought on the log scale.

    A claim that is a range aims at its middle, and settles for the nearest reachable point of the range.
    """
    claim = course.claim.visits_to_relief
    claimed = float(claim)

    def relieved(log_half_life: float) -> float:
        half_life = math.exp(log_half_life)
        return course.reached(ceiling_for(half_life), half_life)[1]

    low, high = (math.log(h) for h in bracket)
    if not relieved(low) >= 0.5 >= relieved(high):
        quickest, slowest = (course.median_visits(ceiling_for(h), h) for h in bracket)
        nearest = quickest if claimed < quickest else min(slowest, course.visits + 0.5)
        if claim.range is not None and claim.range[0] <= nearest <= claim.range[1]:
            return bracket[0] if nearest == quickest else bracket[1]
        never = " (beyond it, fewer than half are relieved by the end of the course)" if math.isinf(slowest) else ""
        raise CalibrationError(
            f"claims.{course.modality}.visits_to_relief: a median of {claimed:g} visits cannot be reached together "
            f"with a pain reduction of {float(course.claim.pain_reduction):g} points; the "
            f"nearest reachable value is {f'{nearest:.2f} visits' if math.isfinite(nearest) else 'never'}{never}"
        )
    return math.exp(_root(relieved, (low, high), 0.5))


def _feasible_half_lives(
    course: ReferenceCourse, reduction: float, ceiling_for: Callable[[float], float]
) -> tuple[float, float]:
    """Return the half-lives with which the claimed reduction can be reached, the quickest and the slowest.

    Raises CalibrationError if even the quickest response does not reach it, or no response at all exceeds it.
    """
    quickest, slowest = HALF_LIVES
    ceiling_for(quickest)
    strongest = CEILINGS[1]
    if course.pain_reduction(strongest, slowest) < reduction:
        slowest = _root(lambda h: course.pain_reduction(strongest, h), HALF_LIVES, reduction) * (1 - 1e-6)
    return quickest, slowest


def _root(value_at: Callable[[float], float], bracket: tuple[float, float], target: float) -> float:
    """Return where a monotone function meets a target that its values at the ends of the bracket enclose."""
    from scipy.optimize import brentq  # takes long to load, and is seldom needed

    return float(brentq(lambda x: value_at(x) - target, *bracket, xtol=1e-8, rtol=1e-12))
