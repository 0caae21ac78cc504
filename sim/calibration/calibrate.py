"""Calibration of a scenario: the natural course of its profiles, then one modality after another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

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


def calibrate(scenario: Scenario) -> Calibration:
    """Return the parameters with which the scenario's claims are missed least, in units of their doubts.

    No random number is used. Raises CalibrationError for differences that go round in a circle.
    """
    natural = {name: means for name, (_, means) in _natural(scenario).items()}
    found: dict[str, ResponseParameters] = {}
    results = _natural_results(scenario, natural)
    few, more, many = (
        EvenPatients(scenario, scenario.calibration.profiles, natural, n) for n in (COARSE, MIDDLE, FINE)
    )
    for name in in_order(scenario):
        targets, fit = fit_response(scenario, name, (few, more, many), found)
        found[name] = targets.complete(fit.x)
        results += [_with_opposition(scenario, one, more, found) for one in targets.results(found[name])]
    ordered = {name: found[name] for name in scenario.modalities}
    return Calibration(ordered, natural, tuple(results))


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
    claims, given = scenario.claims, scenario.parameters
    over = {name: set((claims[name].over if name in claims else None) or ()) for name in scenario.modalities}
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


def _natural(scenario: Scenario) -> dict[str, tuple[Fit | None, NaturalMeans]]:
    same, used = alike(scenario.profiles), used_profiles(scenario)
    found: dict[str, tuple[Fit | None, NaturalMeans]] = {}
    for name in scenario.profiles:
        first = same[name]
        if not any(same[other] == first for other in used):
            course = scenario.profiles[name].natural_course
            given = course.plateau.mean, course.time_constant.mean
            found[name] = (
                None,
                NaturalMeans(
                    float(given[0]) if given[0] else UNUSED.plateau,
                    float(given[1]) if given[1] else UNUSED.time_constant,
                ),
            )
        else:
            found[name] = found[first] if first in found else fit_natural(scenario, name)
    return found


def _natural_results(scenario: Scenario, natural: Mapping[str, NaturalMeans]) -> list[ClaimResult]:
    found: dict[str, list[ClaimResult]] = {}
    same = alike(scenario.profiles)
    for name in used_profiles(scenario):
        if natural_is_given(scenario, name):
            continue
        of_first = found.get(same[name])
        if of_first is None:
            found[name] = natural_results(scenario, name, natural[name])
            continue
        found[name] = [
            replace(one, place=one.place.replace(f"profiles.{same[name]}.", f"profiles.{name}.", 1), profile=name)
            for one in of_first
        ]
    return [one for results in found.values() for one in results]


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
