"""What is known near a calibrated scenario: the fits found there, what few patients count too much, and how all of it
changes with the inputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from sim.calibration.least_squares import STEP, Fit, Misses
from sim.calibration.natural import NaturalTargets
from sim.calibration.reference import EvenPatients
from sim.calibration.response import ResponseTargets
from sim.calibration.surroundings import Surroundings
from sim.calibration.targets import Calibration
from sim.patient.cohort import NaturalMeans
from sim.scenario.places import value_at, with_values
from sim.scenario.references import Place
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]
About = tuple[tuple[int, ...], tuple[str, ...]]
Inputs = Mapping[Place, float]
"""Numbers of a scenario that others differ in, with a step of each: about as far as one is usually away."""

SHORT = 2 * STEP
"""Steps in the unknowns that inexact slopes account for."""
COURSE_REACH, COURSE_PLACES = ((1.2, 1.2), (1.5, 1.5)), 7
RESPONSE_REACH, RESPONSE_PLACES = ((2.4, 4.0), (2.4, 2.4)), 9
"""How far below and above the known place of each unknown to look, and in how many places."""
NATURAL_STEP = 0.3
"""A step of a mean of the natural course, in log odds or as a logarithm."""


@dataclass(frozen=True)
class Near:
    """A fit to begin at, what it is `about` (what is sought, by which targets), and what few patients count too much:
    `offset` of the targets, and `more` of the shares that are met exactly, by claim. `around`: what is missed around
    it, and how the inputs move that, if there are any.
    """

    about: About
    fit: Fit
    offset: Floats
    more: dict[str, float] = field(default_factory=dict)
    around: Surroundings | None = None

    @property
    def slopes(self) -> Floats | None:
        """The slopes there, if anything is sought."""
        return self.fit.slopes if self.fit.slopes.size else None


def about(targets: NaturalTargets | ResponseTargets) -> About:
    """Return what is sought, and the names of the targets that it is sought by."""
    names = targets.names if isinstance(targets, NaturalTargets) else tuple(targets.targets)
    return targets.sought, names


def near_natural(
    scenario: Scenario, targets: NaturalTargets, calibration: Calibration, points: int, patients: int
) -> Near:
    """Return the fit of a natural course that a calibrated scenario stands at; `points` say the slopes, and so many
    `patients` are what others are calibrated on.
    """
    means = calibration.natural[targets.profile]
    both = _scores(means)
    exact = {one.name: one.reached for one in calibration.claims if one.profile == targets.profile}
    reached = targets.reached(means, patients)
    offset = reached - np.array([exact.get(name, got) for name, got in zip(targets.names, reached, strict=True)])
    x = np.array([both[k] for k in targets.sought])
    fit = targets.slopes_at(points, x, offset)
    missed = (reached - offset - targets.values) / targets.doubts
    return Near(about(targets), fit, offset + _still_to_gain(fit.slopes, missed) * targets.doubts)


def near_response(targets: ResponseTargets, of_many: ResponseTargets, calibration: Calibration) -> Near:
    """Return the fit of a response that a calibrated scenario stands at; those `of_many` patients say the slopes."""
    parameters = calibration.parameters[targets.modality]
    ceiling = min(max(parameters.ceiling, 1e-12), 1 - 1e-12)
    values = math.log(ceiling / (1 - ceiling)), math.log(parameters.half_life)
    x = np.array([values[k] for k in targets.sought])
    if targets.course is None or of_many.course is None:
        return Near(about(targets), Fit(x, np.empty(0), np.empty((0, len(x)))), np.empty(0))
    exact = {one.name: one.reached for one in calibration.claims if one.modality == targets.modality}
    got = targets.reached(targets.course.end(parameters), parameters)
    of_most = of_many.reached(of_many.course.end(parameters), parameters)
    # A median beyond the course, which is not reached, is known as far as it goes on beyond it only.
    exact = {name: exact[name] if math.isfinite(exact.get(name, math.nan)) else of_most[name] for name in got}
    more = {name: got[name] - exact[name] for name in targets.exactly if math.isfinite(got[name] - exact[name])}
    offset = np.array([(got[name] - exact[name]) / targets.doubts[name] for name in targets.targets])
    fit = of_many.slopes_at(x, offset)
    missed = np.array([(exact[name] - float(one)) / targets.doubts[name] for name, one in targets.targets.items()])
    return Near(about(targets), fit, offset + _still_to_gain(fit.slopes, missed), more)


def _still_to_gain(slopes: Floats, missed: Floats) -> Floats:
    """Return the part of what is missed that a short step would make up for by these slopes; by an exact calibration it
    is not, so it is the slopes that are inexact.
    """
    if not slopes.size or not missed.size:
        return np.zeros_like(missed)
    step = np.linalg.lstsq(slopes, missed, rcond=None)[0]
    return np.asarray(slopes @ step) if np.abs(step).max() <= SHORT else np.zeros_like(missed)


def with_surroundings_of_course(
    near: Near, scenario: Scenario, targets: NaturalTargets, inputs: Inputs, patients: int
) -> Near:
    """Return it with what so many patients miss around it, and how the inputs move that."""

    def misses_of(changed: Scenario) -> Misses:
        return NaturalTargets(changed, targets.profile, scenario).missed_by(patients, near.offset)

    pairs = [_pair(misses_of, scenario, place, step) for place, step in natural_inputs(targets.profile, inputs)]
    reach = [COURSE_REACH[k] for k in targets.sought]
    return replace(near, around=Surroundings.of(misses_of(scenario), near.fit.x, reach, COURSE_PLACES, pairs))


def courses_are_alike(one: Scenario, other: Scenario, profile: str) -> bool:
    """Tell whether untreated patients of a profile fare alike in two scenarios."""
    relapse = other.relapse.model_copy(update={"several_modalities": one.relapse.several_modalities})
    return (one.profiles[profile], one.relapse, one.relief) == (other.profiles[profile], relapse, other.relief)


def natural_inputs(profile: str, inputs: Inputs) -> Iterator[tuple[Place, float]]:
    """Yield the inputs that a profile's natural course depends on beside its targets, which move nothing else."""
    of_profile = ("profiles", profile)
    for place, step in inputs.items():
        is_read = place[0] in ("relapse", "relief") or place[:3] == (*of_profile, "baseline_pain")
        if is_read or (place[:3] == (*of_profile, "natural_course") and place[3] != "pain_left"):
            yield place, step


def _pair(
    misses_of: Callable[[Scenario], Misses], scenario: Scenario, place: Place, step: float
) -> tuple[Misses, Misses]:
    """Return what is missed with an input a step down and a step up, or where it stands if there is no such step."""
    value, found = value_at(scenario, place), []
    for moved in (-step, step):
        try:
            found.append(misses_of(scenario if value is None else with_values(scenario, {place: value + moved})))
        except ValidationError:
            found.append(misses_of(scenario))
    return found[0], found[1]


def moved_by(inputs: Inputs, stated: Mapping[Place, float | None], other: Scenario) -> dict[Place, float]:
    """Return by how many steps each input of another scenario is away from where it is `stated`; 0 where a form has
    none.
    """
    ends = ((place, stated[place], value_at(other, place), step) for place, step in inputs.items())
    return {place: 0.0 if was is None or now is None else (now - was) / step for place, was, now, step in ends}


def with_surroundings_of_response(
    near: Near,
    scenario: Scenario,
    modality: str,
    calibration: Calibration,
    inputs: Inputs,
    patients: int,
    known: Near | None = None,
) -> Near:
    """Return it with what so many patients miss around it, and how the inputs and the natural course move that: as
    around a `known` one of the same targets, or found here.
    """
    natural = calibration.natural

    def misses_of(changed: Scenario, means: Mapping[str, NaturalMeans] = natural) -> Misses:
        even = EvenPatients(changed, changed.calibration.profiles, means, patients)
        targets = ResponseTargets(changed, modality, even, calibration.parameters, scenario, more=near.more)
        return lambda x: targets.misses(x, near.offset)

    x = near.fit.x
    if known is not None and known.around is not None and known.about == near.about:
        return replace(near, around=known.around.moved_to(x, misses_of(scenario)(x)))
    pairs = [_pair(misses_of, scenario, place, step) for place, step in response_inputs(modality, inputs)]
    for profile in scenario.profiles:
        for k in range(2):
            ends = (natural | {profile: _moved(natural[profile], k, step)} for step in (-NATURAL_STEP, NATURAL_STEP))
            lower, upper = (misses_of(scenario, means) for means in ends)
            pairs.append((lower, upper))
    reach = [RESPONSE_REACH[k] for k in near.about[0]]
    return replace(near, around=Surroundings.of(misses_of(scenario), near.fit.x, reach, RESPONSE_PLACES, pairs))


def response_inputs(modality: str, inputs: Inputs) -> Iterator[tuple[Place, float]]:
    """Yield the inputs that a modality's ceiling and half-life depend on beside the targets that they are found by."""
    for place, step in inputs.items():
        section, *rest = place
        is_read = section in ("response", "relapse", "relief") or rest[:1] == [modality]
        is_target = section == "claims" and rest[1:] != ["relapse_3mo"]
        if (is_read and not is_target) or (section == "profiles" and rest[1] != "natural_course"):
            yield place, step


def moved_means(natural: Mapping[str, NaturalMeans], others: Mapping[str, NaturalMeans]) -> list[float]:
    """Return by how many steps the means of each natural course are away in others."""
    return [
        (now - was) / NATURAL_STEP
        for name, means in natural.items()
        for was, now in zip(_scores(means), _scores(others[name]), strict=True)
    ]


def _moved(means: NaturalMeans, k: int, step: float) -> NaturalMeans:
    plateau, time_constant = (one + (step if j == k else 0.0) for j, one in enumerate(_scores(means)))
    return NaturalMeans(1 / (1 + math.exp(-plateau)), math.exp(time_constant))


def _scores(means: NaturalMeans) -> tuple[float, float]:
    """Return the log odds of the plateau and the logarithm of the time constant."""
    plateau = min(max(means.plateau, 1e-9), 1 - 1e-9)
    return math.log(plateau / (1 - plateau)), math.log(means.time_constant)
