"""Calibrating many scenarios much like one that is calibrated, as draws of the inputs are.

Few of the evenly spread patients do: what they count too much is taken to be what they count too much at the first
scenario's own parameters (a control variate), so that that scenario gets its parameters back. The search begins at its
parameters, with the slopes found there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim.calibration.calibrate import in_order, used_profiles
from sim.calibration.least_squares import ROUGH, Fit
from sim.calibration.natural import NaturalTargets, alike
from sim.calibration.nearby import (
    Inputs,
    Near,
    about,
    courses_are_alike,
    moved_by,
    moved_means,
    natural_inputs,
    near_natural,
    near_response,
    response_inputs,
    with_surroundings_of_course,
    with_surroundings_of_response,
)
from sim.calibration.reference import EvenPatients, rules_of
from sim.calibration.response import ResponseTargets
from sim.calibration.targets import Calibration
from sim.luck.lattice import COARSE, MIDDLE
from sim.patient.cohort import NaturalMeans
from sim.patient.effects import ResponseParameters
from sim.patient.pathway import Rules
from sim.scenario.places import value_at
from sim.scenario.references import Place
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]
Moved = Mapping[Place, float]
"""By how many steps each input is away from where it stands at first."""

ENOUGH_OF_COURSE, ENOUGH_OF_RESPONSE = 0.3, 0.1
"""What a step may promise to gain, in squared doubts, to be the last one of a search that begins with known slopes.
It leaves some per cent of that, less than what comes of there being few patients.
"""


@dataclass(frozen=True)
class Known:
    """What is known of a calibrated scenario: its calibration, and where each natural course and response begins."""

    calibration: Calibration
    natural: dict[str, Near]
    response: dict[str, Near]


@dataclass
class Recalibration:
    """A calibrated scenario from which others are calibrated.

    `points`: evenly spread patients that say the slopes to begin with. With those that the scenario was calibrated on
    there is nothing to gain at its own parameters. `patients`: how many others are calibrated on; `left`: what may be
    left to gain there (ROUGH or EXACT). `inputs`: the numbers that others differ in, if it is to be found how they move
    what is missed, which spares many others a long search; `like`: that of another form; `given`: what is known of it
    already.
    """

    scenario: Scenario
    calibration: Calibration
    points: int = MIDDLE
    patients: int = COARSE
    left: float = ROUGH
    inputs: Inputs = field(default_factory=dict)
    like: Recalibration | None = field(default=None, repr=False)
    given: Known | None = field(default=None, repr=False)
    _family: list[Recalibration] = field(init=False, repr=False)
    _natural: dict[str, Near] = field(init=False, default_factory=dict)
    _response: dict[str, Near] = field(init=False, default_factory=dict)
    _courses: dict[str, NaturalTargets] = field(init=False, repr=False, default_factory=dict)
    _claims: dict[str, ResponseTargets] = field(init=False, repr=False, default_factory=dict)
    _stated: dict[Place, float | None] = field(init=False, repr=False)
    _move_course: dict[str, list[Place]] = field(init=False, repr=False)
    _move_response: dict[str, list[Place]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Find how far few patients are off, the slopes there, and what the inputs move."""
        scenario, inputs = self.scenario, self.inputs
        self._stated = {place: value_at(scenario, place) for place in inputs}
        self._move_course = {name: [at for at, _ in natural_inputs(name, inputs)] for name in scenario.profiles}
        self._move_response = {name: [at for at, _ in response_inputs(name, inputs)] for name in scenario.modalities}
        self._family = self.like._family if self.like else []
        self._find_natural()
        self._find_response()
        self._family.append(self)

    @property
    def known(self) -> Known:
        """What has been found."""
        return Known(self.calibration, self._natural, self._response)

    def _find_natural(self) -> None:
        scenario, same = self.scenario, alike(self.scenario.profiles)
        found: dict[str, Near] = {}
        for name in used_profiles(scenario):
            targets = self._courses[name] = NaturalTargets(scenario, name)
            if targets.sought:
                targets.prepare(self.patients)
                if self.given is None and same[name] not in found:
                    found[same[name]] = self._known_course(name) or self._near_course(targets)
                self._natural[name] = self.given.natural[name] if self.given else found[same[name]]

    def _find_response(self) -> None:
        scenario, calibration = self.scenario, self.calibration
        shares, natural = scenario.calibration.profiles, calibration.natural
        few = EvenPatients(scenario, shares, natural, self.patients)
        self._claims = {
            name: ResponseTargets(scenario, name, few, calibration.parameters) for name in scenario.modalities
        }
        if self.given:
            self._response = self.given.response
            return
        many = EvenPatients(scenario, shares, natural, self.points)
        for name, of_few in self._claims.items():
            near = near_response(of_few, ResponseTargets(scenario, name, many, calibration.parameters), calibration)
            if self.inputs and near.slopes is not None:
                known = self._known_response(name)
                near = with_surroundings_of_response(
                    near, scenario, name, calibration, self.inputs, self.patients, known
                )
            self._response[name] = near

    def _known_course(self, profile: str) -> Near | None:
        """Return what another form has found of a profile's natural course, if it is the same there."""
        alike = (one for one in self._family if courses_are_alike(one.scenario, self.scenario, profile))
        return next((one._natural[profile] for one in alike if profile in one._natural), None)

    def _known_response(self, modality: str) -> Near | None:
        """Return what another form has found of a modality, if inputs act on responses in the same way there."""
        is_alike = self.like is not None and self.like.scenario.response == self.scenario.response
        return self.like._response[modality] if self.like and is_alike else None

    def _near_course(self, targets: NaturalTargets) -> Near:
        near = near_natural(self.scenario, targets, self.calibration, self.points, self.patients)
        if not self.inputs:
            return near
        return with_surroundings_of_course(near, self.scenario, targets, self.inputs, self.patients)

    def of_variant(
        self, scenario: Scenario, like: Recalibration | None = None, given: Known | None = None
    ) -> Recalibration:
        """Return the same for a variant of the scenario in form, whose numbers are the same otherwise.

        `like`: that of a variant in which patients respond as in this one, if another one than the first; `given`: what
        is known of the variant already.
        """
        found = given.calibration if given else self._complete(scenario, self._calibrated(scenario, scenario))
        return replace(self, scenario=scenario, calibration=found, points=self.patients, like=like or self, given=given)

    def calibrated(self, scenario: Scenario) -> Calibration:
        """Return the calibration of a scenario that differs from the first one in the values of its quantities only."""
        return self._calibrated(scenario, self.scenario)

    def _calibrated(self, scenario: Scenario, doubts: Scenario) -> Calibration:
        moved = moved_by(self.inputs, self._stated, scenario)
        rules = rules_of(scenario)
        natural = self._naturally(scenario, doubts, moved, rules)
        patients = EvenPatients(scenario, scenario.calibration.profiles, natural, self.patients, rules)
        found: dict[str, ResponseParameters] = {}
        for name in in_order(scenario):
            near = self._response[name]
            of_one = ResponseTargets(scenario, name, patients, found, doubts, more=near.more, like=self._claims[name])
            if near.about == about(of_one):
                start, slopes = self._start_of_response(near, of_one, moved, natural)
                fit = of_one.fit(
                    start,
                    slopes,
                    near.offset,
                    self.left,
                    slopes is not None,
                    ENOUGH_OF_RESPONSE if near.around else 0.0,
                )
            else:  # a form that has other targets than the first one
                fit = of_one.fit(left=self.left)
            found[name] = of_one.complete(fit.x)
        return Calibration({name: found[name] for name in scenario.modalities}, natural, ())

    def _naturally(self, scenario: Scenario, doubts: Scenario, moved: Moved, rules: Rules) -> dict[str, NaturalMeans]:
        """Return the means of every profile's natural course; those of profiles that are alike are sought once."""
        natural: dict[str, NaturalMeans] = {}
        same, as_sure = alike(scenario.profiles), alike(doubts.profiles)
        found: dict[tuple[str, str], NaturalMeans] = {}
        used = used_profiles(scenario)
        for name, profile in scenario.profiles.items():
            targets = NaturalTargets(scenario, name, doubts, self._courses.get(name), rules)
            which = same[name], as_sure[name]
            if name not in used or not targets.sought:
                course, known = profile.natural_course, self.calibration.natural[name]
                plateau, time_constant = course.plateau.mean, course.time_constant.mean
                natural[name] = NaturalMeans(
                    known.plateau if plateau is None else float(plateau),
                    known.time_constant if time_constant is None else float(time_constant),
                )
                continue
            if which not in found:
                found[which] = targets.means(self._natural_fit(targets, moved).x)
            natural[name] = found[which]
        return natural

    def _natural_fit(self, targets: NaturalTargets, moved: Moved) -> Fit:
        near, offset = self._natural.get(targets.profile), self._natural_offset(targets)
        if near is not None and near.about == about(targets):
            start, slopes = self._start_of_natural(near, targets, moved)
            enough = ENOUGH_OF_COURSE if near.around else 0.0
            return targets.fit(self.patients, start, slopes, offset, self.left, slopes is not None, enough)
        return targets.fit(self.patients, offset=offset, left=self.left)  # a form that has another mean to find

    def _start_of_natural(self, near: Near, targets: NaturalTargets, moved: Moved) -> tuple[Floats, Floats | None]:
        """Return where to begin, and the slopes there."""
        if near.around is None:
            return near.fit.x, near.slopes
        own = self._courses[targets.profile]
        by = [moved[place] for place in self._move_course[targets.profile]]
        return near.around.best(np.array(by), (targets.values - own.values) / targets.doubts)

    def _start_of_response(
        self, near: Near, targets: ResponseTargets, moved: Moved, natural: Mapping[str, NaturalMeans]
    ) -> tuple[Floats, Floats | None]:
        """Return where to begin, and the slopes there."""
        if near.around is None:
            return near.fit.x, near.slopes
        by = [moved[place] for place in self._move_response[targets.modality]]
        by += moved_means(self.calibration.natural, natural)
        own = self._claims[targets.modality].claimed
        less = [(float(one) - float(own[name])) / targets.doubts[name] for name, one in targets.targets.items()]
        return near.around.best(np.array(by), np.array(less))

    def _natural_offset(self, targets: NaturalTargets) -> Floats | float:
        """Return what few patients count too much of the pain left; 0 for other days than the first scenario's."""
        near = self._natural.get(targets.profile)
        return near.offset if near is not None and near.about[1] == targets.names else 0.0

    def _complete(self, scenario: Scenario, found: Calibration) -> Calibration:
        """Return a calibration of few patients with its results, less what they count too much."""
        patients = EvenPatients(scenario, scenario.calibration.profiles, found.natural, self.patients)
        results = []
        for name in used_profiles(scenario):
            targets = NaturalTargets(scenario, name)
            if targets.sought:
                reached = targets.reached(found.natural[name], self.patients) - self._natural_offset(targets)
                results += targets.results(reached)
        for name in scenario.modalities:
            of_one = ResponseTargets(scenario, name, patients, found.parameters)
            results += of_one.results(found.parameters[name])
        return Calibration(found.parameters, found.natural, tuple(results))
