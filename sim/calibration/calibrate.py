"""Calibration of a scenario: the natural course of its profiles, then one modality after another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial

from sim.calibration.lately import Lately
from sim.calibration.least_squares import ROUGH, Fit
from sim.calibration.natural import alike, fit_natural, natural_is_given, natural_results
from sim.calibration.reference import UNUSED, EvenPatients
from sim.calibration.response import ResponseTargets, claimed_of, kind_of
from sim.calibration.targets import FAR, Calibration, ClaimResult
from sim.errors import CalibrationError
from sim.luck.lattice import COARSE, FINE, MIDDLE
from sim.patient.cohort import NaturalMeans
from sim.patient.effects import ResponseParameters
from sim.scenario.schema import Scenario

READ_BY_CALIBRATION = (
    "claims", "parameters", "calibration", "profiles", "modalities", "response", "relief", "satisfaction", "relapse",
)  # fmt: skip
"""Sections that calibration looks at; it runs a cohort, arms and attendance of its own, and counts no costs."""
_OF_ONE_MODALITY = ("claims", "parameters")
"""Those of them of which a modality reads what is said of it, and nothing else."""

Course = tuple[NaturalMeans, tuple[ClaimResult, ...]]
Response = tuple[ResponseParameters, tuple[ClaimResult, ...]]
_COURSES: Lately[Course] = Lately(256)
_RESPONSES: Lately[Response] = Lately(256)


def calibrate(scenario: Scenario) -> Calibration:
    """Return the parameters with which the scenario's claims are missed least, in units of their doubts.

    No random number is used. Raises CalibrationError for differences that go round in a circle.
    """
    shared = repr([getattr(scenario, section) for section in READ_BY_CALIBRATION if section not in _OF_ONE_MODALITY])
    courses = _courses(scenario, shared)
    natural = {name: means for name, (means, _) in courses.items()}
    results = [one for _, of_course in courses.values() for one in of_course]
    patients = _Patients(scenario, natural)
    read = repr((shared, natural))
    found: dict[str, ResponseParameters] = {}
    for name in in_order(scenario):
        own = [getattr(scenario, section).get(name) for section in _OF_ONE_MODALITY]
        over = [(other, found.get(other)) for other in _compared_with(scenario, name)]
        find = partial(_response, scenario, name, patients, dict(found))
        found[name], of_response = _RESPONSES.get(repr((read, name, own, over)), find)
        results += of_response
    ordered = {name: found[name] for name in scenario.modalities}
    return Calibration(ordered, natural, tuple(results))


def forget_what_was_found() -> None:
    """Have natural courses and responses found anew that other scenarios have in common with later ones."""
    _COURSES.forget()
    _RESPONSES.forget()


class _Patients:
    """Evenly spread patients of the claims, few, more and many, made where they are needed."""

    def __init__(self, scenario: Scenario, natural: Mapping[str, NaturalMeans]) -> None:
        self._scenario, self._natural = scenario, natural

    @cached_property
    def spread(self) -> tuple[EvenPatients, EvenPatients, EvenPatients]:
        shares, natural = self._scenario.calibration.profiles, self._natural
        few, more, many = (EvenPatients(self._scenario, shares, natural, n) for n in (COARSE, MIDDLE, FINE))
        return few, more, many


def _response(
    scenario: Scenario, modality: str, patients: _Patients, found: Mapping[str, ResponseParameters]
) -> Response:
    targets, fit = fit_response(scenario, modality, patients.spread, found)
    parameters = targets.complete(fit.x)
    results = targets.results(parameters)
    return parameters, tuple(_with_opposition(scenario, one, patients.spread[1], found) for one in results)


def check_strictly(calibration: Calibration) -> None:
    """Raise CalibrationError if a target is missed by more than its doubt, and say what stands against it."""
    if calibration.missed:
        raise CalibrationError("\n".join(said_of(one) for one in calibration.missed))


def said_of(missed: ClaimResult) -> str:
    """Return in words how a target is missed, what stands against it, and what to do."""
    against = " and ".join(missed.against) or _alone_against(missed)
    unit = f" {missed.claimed.unit}" if missed.claimed.unit else ""
    reached = (
        f"{missed.reached:.3g} is reached, {abs(missed.off):.1f} times its doubt of {missed.doubt:.2g} off"
        if math.isfinite(missed.off)
        else "it is not reached in the course"
    )
    return (
        f"{missed.place}: {missed.value:.3g}{unit} is claimed, {reached}; against it: {against}. Change one of them, "
        "or say how unsure it is with `uncertainty`"
    )


def _alone_against(missed: ClaimResult) -> str:
    """Return in words what a target cannot be met for that no other claim stands against."""
    if missed.profile:
        return "the other targets of this natural course"
    is_too_much = missed.error < 0 if missed.name == "visits_to_relief" else missed.error > 0
    if missed.name == "relapse_3mo":
        return "relief that fades in as many" if is_too_much else "relapse scales, none of which is shorter than a day"
    if is_too_much:
        return "the natural course and the context effect, which leave no room for it"
    return "the most that any treatment could do in this course"


def fit_response(
    scenario: Scenario,
    modality: str,
    patients: tuple[EvenPatients, EvenPatients, EvenPatients],
    found: Mapping[str, ResponseParameters],
) -> tuple[ResponseTargets, Fit]:
    """Return a modality's targets and fit, found on few patients, then on more, and in a few last steps on many."""
    few, more, targets = (ResponseTargets(scenario, modality, one, found) for one in patients)
    rough = few.fit(left=ROUGH)
    near = more.fit(rough.x, rough.slopes if rough.slopes.size else None, left=ROUGH)
    return targets, targets.fit(near.x, near.slopes if near.slopes.size else None, trusts=bool(near.slopes.size))


def in_order(scenario: Scenario) -> Iterator[str]:
    """Yield the modalities, each after the one that its effect is compared with; a circle begins where it is given."""
    given = scenario.parameters
    over = {name: set(_compared_with(scenario, name)) for name in scenario.modalities}
    known = [name for name in over if name in given and given[name].ceiling is not None]
    waiting, done = list(over), set[str]()
    while waiting:
        following = [name for name in waiting if over[name] <= done] or [name for name in waiting if name in known]
        if not following:
            raise CalibrationError(f"claims.{waiting[0]}.over: the differences go round in a circle")
        waiting.remove(following[0])
        done.add(following[0])
        yield following[0]


def used_profiles(scenario: Scenario) -> tuple[str, ...]:
    """Return the profiles that somebody in the cohort or in that of the claims has."""
    shares = (scenario.cohort.profiles, scenario.calibration.profiles)
    return tuple(name for name in scenario.profiles if any(one.get(name, 0.0) > 0 for one in shares))


def _compared_with(scenario: Scenario, modality: str) -> tuple[str, ...]:
    """Return the modalities that the effect of one is compared with."""
    claims = scenario.claims.get(modality)
    return tuple((claims.over if claims is not None else None) or ())


def _courses(scenario: Scenario, shared: str) -> dict[str, Course]:
    """Return the natural course of every profile, and how that of each profile that somebody has meets its targets.

    `shared`: what natural courses and all modalities may read of a scenario.
    """
    same, used = alike(scenario.profiles), used_profiles(scenario)
    found: dict[str, Course] = {}
    for name, profile in scenario.profiles.items():
        first = same[name]
        if not any(same[other] == first for other in used):
            course = profile.natural_course
            plateau, time_constant = course.plateau.mean, course.time_constant.mean
            found[name] = (
                NaturalMeans(
                    float(plateau) if plateau else UNUSED.plateau,
                    float(time_constant) if time_constant else UNUSED.time_constant,
                ),
                (),
            )
            continue
        if first in found:
            means, results = found[first]
        else:
            means, results = _COURSES.get(repr((shared, name)), partial(_course, scenario, name))
        found[name] = means, tuple(_of_profile(one, first, name) for one in results)
    return {name: (means, results if name in used else ()) for name, (means, results) in found.items()}


def _course(scenario: Scenario, profile: str) -> Course:
    _, means = fit_natural(scenario, profile)
    results = [] if natural_is_given(scenario, profile) else natural_results(scenario, profile, means)
    return means, tuple(results)


def _of_profile(result: ClaimResult, first: str, profile: str) -> ClaimResult:
    """Return a result of the natural course of one profile as that of another, which has the same."""
    place = result.place.replace(f"profiles.{first}.", f"profiles.{profile}.", 1)
    return replace(result, place=place, profile=profile)


def _with_opposition(
    scenario: Scenario, result: ClaimResult, patients: EvenPatients, found: Mapping[str, ResponseParameters]
) -> ClaimResult:
    """Name the other claims of a modality without any one of which a target that is missed would be met; if none of
    them alone stands against it, all of them that together do.
    """
    if not result.is_missed:
        return result
    claimed = claimed_of(scenario.claims[result.modality])
    others = [name for name in claimed if name != result.name and kind_of(name) != "satisfied"]

    def is_met(*without: str) -> bool:
        targets = ResponseTargets(scenario, result.modality, patients, found, without=without)
        # Anew: where all of them pull there may be no slope to go by.
        got = targets.results(targets.complete(targets.fit().x))
        return abs(next(again for again in got if again.name == result.name).off) <= FAR / 2

    against = [name for name in others if is_met(name)]
    if not against and len(others) > 1 and is_met(*others):
        against = others
    named = [f"claims.{result.modality}.{name} ({float(claimed[name]):.3g})" for name in against]
    return replace(result, against=tuple(named))
