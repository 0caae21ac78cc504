"""Calibrating many scenarios much like one that is calibrated, as draws of the inputs are.

Few of the evenly spread patients do: what they count too much is taken to be what they count too much at the first
scenario's own parameters (a control variate), so that that scenario gets its parameters back. The search begins at its
parameters, with the slopes found there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.calibration.calibrate import in_order, used_profiles
from sim.calibration.least_squares import ROUGH, STEP, Fit
from sim.calibration.natural import NaturalTargets, alike
from sim.calibration.reference import EvenPatients
from sim.calibration.response import ResponseTargets
from sim.calibration.targets import Calibration
from sim.luck.lattice import COARSE, MIDDLE
from sim.patient.cohort import NaturalMeans
from sim.patient.effects import ResponseParameters
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]

SHORT = 2 * STEP
"""Steps in the unknowns that inexact slopes account for."""


@dataclass(frozen=True)
class _Near:
    """A fit to begin at, what it is `about` (what is sought, by which targets), and what few patients count too much:
    `offset` of the targets, and `more` of the shares that are met exactly, by claim.
    """

    about: tuple[object, ...]
    fit: Fit
    offset: Floats
    more: dict[str, float] = field(default_factory=dict)

    @property
    def slopes(self) -> Floats | None:
        """The slopes there, if anything is sought."""
        return self.fit.slopes if self.fit.slopes.size else None


@dataclass
class Recalibration:
    """A calibrated scenario from which others are calibrated.

    `points`: evenly spread patients that say the slopes to begin with. With those that the scenario was calibrated on
    there is nothing to gain at its own parameters.
    """

    scenario: Scenario
    calibration: Calibration
    points: int = MIDDLE
    _natural: dict[str, _Near] = field(init=False, default_factory=dict)
    _response: dict[str, _Near] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Find how far few patients are off, and the slopes there."""
        scenario, calibration = self.scenario, self.calibration
        same = alike(scenario.profiles)
        found: dict[str, _Near] = {}
        for name in used_profiles(scenario):
            targets = NaturalTargets(scenario, name)
            if targets.sought:
                if same[name] not in found:
                    found[same[name]] = _near_natural(scenario, targets, calibration, self.points)
                self._natural[name] = found[same[name]]
        few, many = (
            EvenPatients(scenario, scenario.calibration.profiles, calibration.natural, n) for n in (COARSE, self.points)
        )
        for name in scenario.modalities:
            of_few, of_many = (ResponseTargets(scenario, name, one, calibration.parameters) for one in (few, many))
            self._response[name] = _near_response(of_few, of_many, calibration)

    def of_variant(self, scenario: Scenario) -> Recalibration:
        """Return the same for a variant of the scenario in form, whose numbers are the same otherwise."""
        return Recalibration(scenario, self._complete(scenario, self._calibrated(scenario, scenario)), COARSE)

    def calibrated(self, scenario: Scenario) -> Calibration:
        """Return the calibration of a scenario that differs from the first one in the values of its quantities only."""
        return self._calibrated(scenario, self.scenario)

    def _calibrated(self, scenario: Scenario, doubts: Scenario) -> Calibration:
        natural = self._naturally(scenario, doubts)
        patients = EvenPatients(scenario, scenario.calibration.profiles, natural, COARSE)
        found: dict[str, ResponseParameters] = {}
        for name in in_order(scenario):
            near = self._response[name]
            of_one = ResponseTargets(scenario, name, patients, found, doubts, more=near.more)
            if near.about == _about(of_one):
                fit = of_one.fit(near.fit.x, near.slopes, near.offset, ROUGH, near.slopes is not None)
            else:  # a form that has other targets than the first one
                fit = of_one.fit(left=ROUGH)
            found[name] = of_one.complete(fit.x)
        return Calibration({name: found[name] for name in scenario.modalities}, natural, ())

    def _naturally(self, scenario: Scenario, doubts: Scenario) -> dict[str, NaturalMeans]:
        """Return the means of every profile's natural course; those of profiles that are alike are sought once."""
        natural: dict[str, NaturalMeans] = {}
        same, as_sure = alike(scenario.profiles), alike(doubts.profiles)
        found: dict[tuple[str, str], NaturalMeans] = {}
        used = used_profiles(scenario)
        for name, profile in scenario.profiles.items():
            targets, which = NaturalTargets(scenario, name, doubts), (same[name], as_sure[name])
            if name not in used or not targets.sought:
                course, known = profile.natural_course, self.calibration.natural[name]
                plateau, time_constant = course.plateau.mean, course.time_constant.mean
                natural[name] = NaturalMeans(
                    known.plateau if plateau is None else float(plateau),
                    known.time_constant if time_constant is None else float(time_constant),
                )
                continue
            if which not in found:
                found[which] = targets.means(self._natural_fit(scenario, targets).x)
            natural[name] = found[which]
        return natural

    def _natural_fit(self, scenario: Scenario, targets: NaturalTargets) -> Fit:
        near, offset = self._natural.get(targets.profile), self._natural_offset(targets)
        if near is not None and near.about == _about(targets):
            return targets.fit(COARSE, near.fit.x, near.slopes, offset, ROUGH, near.slopes is not None)
        return targets.fit(COARSE, offset=offset, left=ROUGH)  # a form that has another mean to find

    def _natural_offset(self, targets: NaturalTargets) -> Floats | float:
        """Return what few patients count too much of the pain left; 0 for other days than the first scenario's."""
        near = self._natural.get(targets.profile)
        return near.offset if near is not None and near.about[1] == targets.names else 0.0

    def _complete(self, scenario: Scenario, found: Calibration) -> Calibration:
        """Return a calibration of few patients with its results, less what they count too much."""
        patients = EvenPatients(scenario, scenario.calibration.profiles, found.natural, COARSE)
        results = []
        for name in used_profiles(scenario):
            targets = NaturalTargets(scenario, name)
            if targets.sought:
                reached = targets.reached(found.natural[name], COARSE) - self._natural_offset(targets)
                results += targets.results(reached)
        for name in scenario.modalities:
            of_one = ResponseTargets(scenario, name, patients, found.parameters)
            results += of_one.results(found.parameters[name])
        return Calibration(found.parameters, found.natural, tuple(results))


def _about(targets: NaturalTargets | ResponseTargets) -> tuple[object, ...]:
    """Return what is sought, and the names of the targets that it is sought by."""
    names = targets.names if isinstance(targets, NaturalTargets) else tuple(targets.targets)
    return targets.sought, names


def _near_natural(scenario: Scenario, targets: NaturalTargets, calibration: Calibration, points: int) -> _Near:
    means = calibration.natural[targets.profile]
    plateau = min(max(means.plateau, 1e-9), 1 - 1e-9)
    both = math.log(plateau / (1 - plateau)), math.log(means.time_constant)
    exact = {one.name: one.reached for one in calibration.claims if one.profile == targets.profile}
    reached = targets.reached(means, COARSE)
    offset = reached - np.array([exact.get(name, got) for name, got in zip(targets.names, reached, strict=True)])
    x = np.array([both[k] for k in targets.sought])
    fit = targets.slopes_at(points, x, offset)
    missed = (reached - offset - targets.values) / targets.doubts
    return _Near(_about(targets), fit, offset + _still_to_gain(fit.slopes, missed) * targets.doubts)


def _near_response(targets: ResponseTargets, of_many: ResponseTargets, calibration: Calibration) -> _Near:
    parameters = calibration.parameters[targets.modality]
    ceiling = min(max(parameters.ceiling, 1e-12), 1 - 1e-12)
    values = math.log(ceiling / (1 - ceiling)), math.log(parameters.half_life)
    x = np.array([values[k] for k in targets.sought])
    if targets.course is None or of_many.course is None:
        return _Near(_about(targets), Fit(x, np.empty(0), np.empty((0, len(x)))), np.empty(0))
    exact = {one.name: one.reached for one in calibration.claims if one.modality == targets.modality}
    got = targets.reached(targets.course.end(parameters), parameters)
    of_most = of_many.reached(of_many.course.end(parameters), parameters)
    # A median beyond the course, which is not reached, is known as far as it goes on beyond it only.
    exact = {name: exact[name] if math.isfinite(exact.get(name, math.nan)) else of_most[name] for name in got}
    more = {name: got[name] - exact[name] for name in targets.exactly if math.isfinite(got[name] - exact[name])}
    offset = np.array([(got[name] - exact[name]) / targets.doubts[name] for name in targets.targets])
    fit = of_many.slopes_at(x, offset)
    missed = np.array([(exact[name] - float(one)) / targets.doubts[name] for name, one in targets.targets.items()])
    return _Near(_about(targets), fit, offset + _still_to_gain(fit.slopes, missed), more)


def _still_to_gain(slopes: Floats, missed: Floats) -> Floats:
    """Return the part of what is missed that a short step would make up for by these slopes; by an exact calibration it
    is not, so it is the slopes that are inexact.
    """
    if not slopes.size or not missed.size:
        return np.zeros_like(missed)
    step = np.linalg.lstsq(slopes, missed, rcond=None)[0]
    return np.asarray(slopes @ step) if np.abs(step).max() <= SHORT else np.zeros_like(missed)
