"""What is believed before any record is read: the inputs that are unknown, and their joint normal distribution.

An input that the scenario states with its doubt is taken as its normal score, so its prior is the standard normal
distribution whatever its own family. What calibration finds (ceilings, half-lives, relapse scales, thresholds of
satisfaction, natural courses) is an unknown itself, on the scale of log odds or logarithms: a record tells more about
the parameters than about the claims behind them, and may lie where no claim would. Its prior is what the claims' doubts
make of it: the model is calibrated at draws of the inputs, and the joint distribution is the normal one with the means,
variances and slopes of these draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri

from sim.calibration.recalibrate import Recalibration
from sim.calibration.targets import Calibration
from sim.scenario.places import with_values
from sim.scenario.references import Place
from sim.scenario.schema import Parameters, Scenario
from sim.scenario.structure import Form, Structure
from sim.study.at_work import Threads
from sim.study.inputs import Input, Points, copula, uncertain_inputs
from sim.study.prepare import Study, is_read_by_calibration, law_of

Floats = NDArray[np.float64]
Scale = Literal["logit", "log", "as_is"]

FOUND: Mapping[str, Scale] = {
    "ceiling": "logit", "half_life": "log", "satisfaction_threshold": "as_is", "relapse_scale": "log",
}  # fmt: skip
"""What calibration finds for a modality, and the scale on which its doubt is about normal."""
COURSE: Mapping[str, Scale] = {"plateau": "logit", "time_constant": "log"}
"""The same for the natural course of a profile."""
NEAR_END = 1e-6
"""How near to its ends the ranks of an input may come: a beta distribution is at 1 there, and no odds are infinite."""
MOST_ODDS = 12.0
FURTHEST = 4.6
"""Log odds beyond which a share counts as 1 % or 99 %."""
FAR_OUT, IQR_OF_NORMAL = 4.0, 1.349
DRAWS = 128
"""Draws of the inputs on which the prior of what calibration finds is measured."""
LEAST_SD = 0.02
"""Least standard deviation of what calibration finds: its own tolerance."""


class Sought(NamedTuple):
    """Something that calibration finds: of which modality or profile (`of`), what (`name`), and its scale."""

    section: Literal["parameters", "profiles"]
    of: str
    name: str
    scale: Scale

    @property
    def place(self) -> Place:
        """Where it stands in a scenario that states it."""
        if self.section == "parameters":
            return "parameters", self.of, self.name
        return "profiles", self.of, "natural_course", self.name, "mean"

    @property
    def path(self) -> str:
        """The place as users write it."""
        return ".".join(map(str, self.place))

    def value(self, z: Floats) -> Floats:
        """Return values in their own unit; a share is never quite 0 or 1."""
        if self.scale == "logit":
            z = np.clip(z, -MOST_ODDS, MOST_ODDS)
        return np.asarray({"logit": expit, "log": np.exp, "as_is": np.asarray}[self.scale](z))

    def score(self, value: float) -> float:
        """Return where a value lies on the scale."""
        if self.scale == "logit":
            return float(np.clip(logit(min(max(value, 1e-9), 1 - 1e-9)), -FURTHEST, FURTHEST))
        return math.log(max(value, 1e-9)) if self.scale == "log" else value

    def found_in(self, calibration: Calibration) -> float:
        """Return the value that a calibration found, NaN if it has none."""
        if self.section == "parameters":
            return float(getattr(calibration.parameters[self.of], self.name))
        return float(getattr(calibration.natural[self.of], self.name))


@dataclass(frozen=True)
class Prior:
    """The joint normal prior of the unknowns, in the order of `paths`: the stated `inputs`, then what is `sought`.

    `mean` (unknowns,) and `covariance` (unknowns, unknowns) are on the scales of the unknowns.
    """

    inputs: tuple[Input, ...]
    sought: tuple[Sought, ...]
    mean: Floats
    covariance: Floats

    @property
    def paths(self) -> tuple[str, ...]:
        """The unknowns as users write them."""
        return (*(one.path for one in self.inputs), *(one.path for one in self.sought))

    @cached_property
    def factor(self) -> Floats:
        """The lower Cholesky factor of the covariance."""
        return np.asarray(np.linalg.cholesky(self.covariance), dtype=np.float64)

    def values(self, z: Floats) -> Floats:
        """Return unknowns, (draws, unknowns), in their own units."""
        n = len(self.inputs)
        ranks = np.clip(ndtr(z[:, :n]), NEAR_END, 1 - NEAR_END)
        columns = [one.quantile(ranks[:, k]) for k, one in enumerate(self.inputs)]
        columns += [one.value(z[:, n + k]) for k, one in enumerate(self.sought)]
        return np.stack(columns, axis=1)


def _others_as_found(study: Study, modalities: Sequence[str]) -> Scenario:
    """Return the study's scenario with the parameters that were found for modalities which neither the records name nor
    the claims of those that they do: they need not be calibrated anew.
    """
    scenario, needed = study.scenario, list(modalities)
    for name in needed:  # grows: a claimed difference may be from a modality that is a difference itself
        claims = scenario.claims.get(name)
        needed += [other for other in (claims.over or {} if claims is not None else {}) if other not in needed]
    given = dict(scenario.parameters)
    for name in scenario.modalities:
        if name not in needed:
            found = {what: value for what, value in study.parameters[name]._asdict().items() if math.isfinite(value)}
            given[name] = Parameters.model_validate(found)
    return scenario.model_copy(update={"parameters": given})


def _without_outliers(found: Floats) -> Floats:
    """Return draws, (draws, sought), in which none lies further from the middle than four standard deviations: what
    is found of a treatment that hardly does anything may be anywhere.
    """
    middle, low, high = (np.nanquantile(found, at, axis=0) for at in (0.5, 0.25, 0.75))
    reach = FAR_OUT * np.maximum((high - low) / IQR_OF_NORMAL, LEAST_SD)
    return np.asarray(np.clip(np.where(np.isfinite(found), found, middle), middle - reach, middle + reach))


class Unknowns:
    """What is unknown of a study whose records name some modalities and profiles, and the study that values make."""

    def __init__(self, study: Study, modalities: Sequence[str], profiles: Sequence[str], workers: int = 1) -> None:
        self.study = study
        self.structure = Structure(study.scenario)
        self.stated = self.structure.forms[0] if self.structure.kinds else Form((), 1.0)
        self._all = uncertain_inputs(study.scenario)
        self._recalibration = Recalibration(_others_as_found(study, modalities), study.calibration)
        self.sought = tuple(self._sought(modalities, profiles))
        replaced = self._replaced()
        self.inputs = tuple(one for one in self._all if one.place not in replaced)
        self._workers = workers
        self._calibrations: dict[Form, Calibration] = {}
        self._priors: dict[Form, Prior] = {}
        self._slopes, self._shift, self._rest = self._found_slopes()

    def _sought(self, modalities: Sequence[str], profiles: Sequence[str]) -> Iterator[Sought]:
        scenario, calibration = self.study.scenario, self.study.calibration
        for name in modalities:
            given = scenario.parameters.get(name)
            for what, scale in FOUND.items():
                is_stated = given is not None and getattr(given, what) is not None
                found = getattr(calibration.parameters[name], what)
                if not is_stated and math.isfinite(found) and calibration.parameters[name].ceiling > 0:
                    yield Sought("parameters", name, what, scale)
        for name in profiles:
            for what, scale in COURSE.items():
                if getattr(scenario.profiles[name].natural_course, what).mean is None:
                    yield Sought("profiles", name, what, scale)

    def _replaced(self) -> set[Place]:
        """Return the places of inputs that only lead to something that is now an unknown itself."""
        claims = {
            "ceiling": ("pain_reduction", "over_sham", "over"), "half_life": ("visits_to_relief",),
            "satisfaction_threshold": ("satisfied",), "relapse_scale": ("relapse_3mo",),
        }  # fmt: skip
        found: set[Place] = set()
        for one in self.sought:
            for given in self._all:
                if one.section == "parameters" and given.place[:2] == ("claims", one.of):
                    found |= {given.place} if given.place[2] in claims[one.name] else set()
                elif given.place[:4] == ("profiles", one.of, "natural_course", "pain_left"):
                    found.add(given.place)
        return found

    def _found_slopes(self) -> tuple[Floats, Floats, Floats]:
        """Return how each input moves what is sought, (sought, all inputs), by how much doubt as such moves its mean,
        (sought,), and the covariance of what is not linear, (sought, sought).
        """
        read = [k for k, one in enumerate(self._all) if is_read_by_calibration(one.place)]
        z = np.zeros((DRAWS, len(self._all)))
        z[:, read] = ndtri(Points(0, len(read), "prior of what is sought").first(DRAWS))
        with Threads(self._workers) as pool:
            found = np.array(list(pool.map(self._scores_at, z)))
        middle = self._scores_at(np.zeros(len(self._all)))
        found = _without_outliers(found)
        design = np.column_stack([np.ones(DRAWS), z[:, read]])
        fitted = np.linalg.lstsq(design, found, rcond=None)[0]
        slopes = np.zeros((len(self.sought), len(self._all)))
        slopes[:, read] = fitted[1:].T
        rest = found - design @ fitted
        return slopes, fitted[0] - middle, rest.T @ rest / (DRAWS - design.shape[1])

    def _scores_at(self, z: Floats) -> Floats:
        given = {one.place: float(one.quantile(ndtr(z[k : k + 1]))[0]) for k, one in enumerate(self._all)}
        calibration = self._recalibration.calibrated(with_values(self._recalibration.scenario, given))
        return np.array([one.score(one.found_in(calibration)) for one in self.sought])

    def calibration_of(self, form: Form) -> Calibration:
        """Return the calibration of a form of the model with every input as stated."""
        if form == self.stated:
            return self.study.calibration
        if form not in self._calibrations:
            self._calibrations[form] = self._recalibration.of_variant(self.structure.variant(form)).calibration
        return self._calibrations[form]

    def prior(self, form: Form) -> Prior:
        """Return the prior of a form of the model: its own middle, the slopes of the form that is stated."""
        if form not in self._priors:
            self._priors[form] = self._prior(form)
        return self._priors[form]

    def _prior(self, form: Form) -> Prior:
        stated, here = self.study.calibration, self.calibration_of(form)
        joined = copula(self.study.scenario, self._all)
        between = joined @ joined.T
        kept = [k for k, one in enumerate(self._all) if one in self.inputs]
        n = len(kept)
        middle = np.zeros(n + len(self.sought))
        for j, one in enumerate(self.sought):
            value = one.found_in(here)
            middle[n + j] = one.score(value if math.isfinite(value) else one.found_in(stated)) + self._shift[j]
        covariance = np.zeros((len(middle), len(middle)))
        covariance[:n, :n] = between[np.ix_(kept, kept)]
        covariance[n:, :n] = self._slopes @ between[:, kept]
        covariance[:n, n:] = covariance[n:, :n].T
        covariance[n:, n:] = (
            self._slopes @ between @ self._slopes.T + self._rest + LEAST_SD**2 * np.eye(len(self.sought))
        )
        return Prior(self.inputs, self.sought, middle, covariance)

    def study_at(self, values: Floats, form: Form) -> Study:
        """Return the study with values of the unknowns, (unknowns,), in a form of the model; nothing is calibrated."""
        variant = self.structure.variant(form) if form != self.stated else self.study.scenario
        n = len(self.inputs)
        given = {
            one.place: float(value)
            for one, value in zip(self.inputs, values[:n], strict=True)
            if not self.structure.sets(form, one.place)
        }
        here = self.calibration_of(form)
        parameters, natural = dict(here.parameters), dict(here.natural)
        for one, value in zip(self.sought, values[n:], strict=True):
            if one.section == "parameters":
                parameters[one.of] = parameters[one.of]._replace(**{one.name: float(value)})
            else:
                natural[one.of] = natural[one.of]._replace(**{one.name: float(value)})
        drawn = with_values(variant, given)
        for name, stated in drawn.parameters.items():
            known = {what: float(value) for what in FOUND if (value := getattr(stated, what)) is not None}
            parameters[name] = parameters[name]._replace(**known)
        for name, profile in drawn.profiles.items():
            course = profile.natural_course
            means = {what: float(value) for what in COURSE if (value := getattr(course, what).mean) is not None}
            natural[name] = natural[name]._replace(**means)
        calibration = replace(here, parameters=parameters, natural=natural)
        # What is done at visits, and what it costs, is no unknown: the arms stay as they are.
        return Study(drawn, calibration, self.study.setting, law_of(drawn, calibration))
