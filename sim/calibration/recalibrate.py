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
    """A fit to begin at, and what few patients count too much: of the targets, and of the share satisfied."""

    fit: Fit
    offset: Floats
    satisfied: float = 0.0


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
        self._same = alike(scenario.profiles)
        for name in used_profiles(scenario):
            targets = NaturalTargets(scenario, name)
            if targets.sought and self._same[name] not in self._natural:
                self._natural[self._same[name]] = _near_natural(scenario, targets, calibration, self.points)
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
        natural: dict[str, NaturalMeans] = dict(self.calibration.natural)
        for first, near in self._natural.items():
            targets = NaturalTargets(scenario, first, doubts)
            slopes = near.fit.slopes if near.fit.slopes.size else None
            means = targets.means(
                targets.fit(scenario, COARSE, near.fit.x, slopes, near.offset, ROUGH, slopes is not None).x
            )
            natural |= {name: means for name, same in self._same.items() if same == first}
        for name, profile in scenario.profiles.items():
            plateau, time_constant = profile.natural_course.plateau.mean, profile.natural_course.time_constant.mean
            natural[name] = NaturalMeans(
                natural[name].plateau if plateau is None else float(plateau),
                natural[name].time_constant if time_constant is None else float(time_constant),
            )
        patients = EvenPatients(scenario, scenario.calibration.profiles, natural, COARSE)
        found: dict[str, ResponseParameters] = {}
        for name in in_order(scenario):
            of_one = ResponseTargets(scenario, name, patients, found, doubts)
            near = self._response[name]
            same = len(near.fit.x) == len(of_one.sought) and len(near.offset) == len(of_one.targets)
            if same:
                slopes = near.fit.slopes if near.fit.slopes.size else None
                fit = of_one.fit(near.fit.x, slopes, near.offset, ROUGH, slopes is not None)
            else:  # a form without a target that the first one has
                fit = of_one.fit(left=ROUGH)
            found[name] = of_one.complete(fit.x, near.satisfied)
        return Calibration({name: found[name] for name in scenario.modalities}, natural, ())

    def _complete(self, scenario: Scenario, found: Calibration) -> Calibration:
        """Return a calibration of few patients with its results, less what they count too much."""
        patients = EvenPatients(scenario, scenario.calibration.profiles, found.natural, COARSE)
        results = []
        for first, near in self._natural.items():
            targets = NaturalTargets(scenario, first)
            reached = targets.reached(scenario, found.natural[first], COARSE) - near.offset
            results += targets.results(scenario, reached)
        for name in scenario.modalities:
            of_one, near = ResponseTargets(scenario, name, patients, found.parameters), self._response[name]
            results += of_one.results(found.parameters[name])
        return Calibration(found.parameters, found.natural, tuple(results))


def _near_natural(scenario: Scenario, targets: NaturalTargets, calibration: Calibration, points: int) -> _Near:
    means = calibration.natural[targets.profile]
    plateau = min(max(means.plateau, 1e-9), 1 - 1e-9)
    both = math.log(plateau / (1 - plateau)), math.log(means.time_constant)
    exact = {one.name: one.reached for one in calibration.claims if one.profile == targets.profile}
    reached = targets.reached(scenario, means, COARSE)
    offset = reached - np.array([exact.get(name, got) for name, got in zip(targets.names, reached, strict=True)])
    x = np.array([both[k] for k in targets.sought])
    fit = targets.slopes_at(scenario, points, x, offset)
    missed = (reached - offset - targets.values) / targets.doubts
    return _Near(fit, offset + _still_to_gain(fit.slopes, missed) * targets.doubts)


def _near_response(targets: ResponseTargets, of_many: ResponseTargets, calibration: Calibration) -> _Near:
    parameters = calibration.parameters[targets.modality]
    ceiling = min(max(parameters.ceiling, 1e-12), 1 - 1e-12)
    values = (
        math.log(ceiling / (1 - ceiling)), math.log(parameters.half_life),
        math.log(parameters.relapse_scale) if parameters.relapse_scale > 0 else 0.0,
    )  # fmt: skip
    x = np.array([values[k] for k in targets.sought])
    if targets.course is None:
        return _Near(Fit(x, np.empty(0), np.empty((0, len(x)))), np.empty(0))
    exact = {one.name: one.reached for one in calibration.claims if one.modality == targets.modality}
    got = targets.reached(targets.course.end(parameters), parameters)
    off = {name: (value - exact.get(name, value)) for name, value in got.items()}
    offset = np.array([_finite(off[name] / targets.doubts[name]) for name in targets.targets])
    fit = of_many.slopes_at(x, offset)
    missed = np.array([_finite((exact.get(name, got[name]) - float(one)) / targets.doubts[name]) for name, one in
                       targets.targets.items()])  # fmt: skip
    return _Near(fit, offset + _still_to_gain(fit.slopes, missed), _finite(off.get("satisfied", 0.0)))


def _still_to_gain(slopes: Floats, missed: Floats) -> Floats:
    """Return the part of what is missed that a short step would make up for by these slopes; by an exact calibration it
    is not, so it is the slopes that are inexact.
    """
    if not slopes.size or not missed.size:
        return np.zeros_like(missed)
    step = np.linalg.lstsq(slopes, missed, rcond=None)[0]
    return np.asarray(slopes @ step) if np.abs(step).max() <= SHORT else np.zeros_like(missed)


def _finite(number: float) -> float:
    return number if math.isfinite(number) else 0.0
