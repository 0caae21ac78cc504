"""The natural course: mean plateau and mean time constant of a profile, from the pain of untreated patients over time.

Relapses are part of what untreated patients go through, so they are on here as in every run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.calibration.least_squares import EXACT, ROUGH, Fit, Misses, fit_at, least_squares
from sim.calibration.reference import UntreatedCourse
from sim.calibration.targets import ClaimResult, doubt_of
from sim.luck.lattice import COARSE, MIDDLE
from sim.patient.cohort import NaturalMeans
from sim.patient.pathway import Rules
from sim.scenario.profile import Profile, day_of
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]

START = (0.0, math.log(30.0))
"""Log odds of a plateau of one half, and the logarithm of 30 days."""
BOUNDS = ((-6.0, 6.0), (math.log(0.5), math.log(2000.0)))


class NaturalTargets:
    """What the natural course of a profile is calibrated to, and which of its means are given."""

    def __init__(
        self,
        scenario: Scenario,
        profile: str,
        doubts: Scenario | None = None,
        like: NaturalTargets | None = None,
        rules: Rules | None = None,
    ) -> None:
        """`doubts`: the scenario that says how sure its numbers are, if another one; `like`: targets of a scenario that
        differs in the values of its quantities only; `rules`: those of the scenario (`rules_of`), where they are known.
        """
        self.scenario, self.profile = scenario, profile
        self._like, self._rules = like, rules
        self._courses: dict[int, UntreatedCourse] = {}
        course = scenario.profiles[profile].natural_course
        stated = (doubts or scenario).profiles[profile].natural_course
        self.names = tuple(course.pain_left)
        self.days = tuple(day_of(name) for name in self.names)
        self.values = np.array([float(one) for one in course.pain_left.values()])
        self.place = f"profiles.{profile}.natural_course.pain_left"
        self.doubts = np.array([doubt_of(f"{self.place}.{name}", stated.pain_left[name]) for name in self.names])
        plateau, time_constant = course.plateau.mean, course.time_constant.mean
        self.given = tuple(None if mean is None else float(mean) for mean in (plateau, time_constant))

    @property
    def sought(self) -> tuple[int, ...]:
        """Which of the two means are sought."""
        return tuple(k for k, given in enumerate(self.given) if given is None)

    def means(self, x: Floats) -> NaturalMeans:
        """Return the means, of which those that are sought are at `x`."""
        found = dict(zip(self.sought, map(float, x), strict=True))
        plateau, time_constant = self.given
        return NaturalMeans(
            1 / (1 + math.exp(-found[0])) if plateau is None else plateau,
            math.exp(found[1]) if time_constant is None else time_constant,
        )

    def prepare(self, points: int) -> UntreatedCourse:
        """Return the course of so many evenly spread patients, laid out once."""
        if points not in self._courses:
            like = self._like._courses.get(points) if self._like else None
            self._courses[points] = UntreatedCourse(self.scenario, self.profile, self.days, points, like, self._rules)
        return self._courses[points]

    def reached(self, means: NaturalMeans, points: int) -> Floats:
        """Return the pain left on the days of the targets by so many evenly spread patients, (days,)."""
        if not self.days:
            return np.empty(0)
        return self.prepare(points).pain_left(means)

    def fit(
        self,
        points: int,
        start: Sequence[float] | Floats | None = None,
        slopes: Floats | None = None,
        offset: Floats | float = 0.0,
        left: float = EXACT,
        trusts: bool = False,
        enough: float = 0.0,
    ) -> Fit:
        """Return the means that miss the targets least, in units of their doubts; `offset` is taken from what is
        reached."""

        sought = self.sought
        begin = [START[k] for k in sought] if start is None else start
        bounds = [BOUNDS[k] for k in sought]
        return least_squares(self.missed_by(points, offset), begin, bounds, slopes, left, trusts, enough, looks=False)

    def missed_by(self, points: int, offset: Floats | float = 0.0) -> Misses:
        """Return by how many doubts so many evenly spread patients miss each target, by what is sought."""

        def misses(x: Floats) -> Floats:
            missed: Floats = (self.reached(self.means(x), points) - offset - self.values) / self.doubts
            return missed

        return misses

    def slopes_at(self, points: int, x: Floats, offset: Floats) -> Fit:
        """Return the fit that stands at `x`, with the slopes there."""
        return fit_at(self.missed_by(points, offset), x, [BOUNDS[k] for k in self.sought])

    def results(self, reached: Floats) -> list[ClaimResult]:
        """Return how the targets are met by what is reached, (days,)."""
        course = self.scenario.profiles[self.profile].natural_course
        return [
            ClaimResult(
                f"{self.place}.{name}", "", self.profile, name, course.pain_left[name], float(value), float(got),
                float(doubt), bool(self.sought),
            )
            for name, value, got, doubt in zip(self.names, self.values, reached, self.doubts, strict=True)
        ]  # fmt: skip


def fit_natural(scenario: Scenario, profile: str) -> tuple[Fit, NaturalMeans]:
    """Return the means of a profile's natural course, found on few patients, then on more."""
    targets = NaturalTargets(scenario, profile)
    rough = targets.fit(COARSE, left=ROUGH)
    fine = targets.fit(MIDDLE, rough.x, rough.slopes)
    return fine, targets.means(fine.x)


def alike(profiles: Mapping[str, Profile]) -> dict[str, str]:
    """Return for each profile the first one whose patients are the same where nothing is done."""
    found: dict[str, str] = {}
    for name, profile in profiles.items():
        found[name] = next(
            (
                other
                for other in found
                if profiles[other].natural_course == profile.natural_course
                and profiles[other].baseline_pain == profile.baseline_pain
            ),
            name,
        )
    return found


def natural_is_given(scenario: Scenario, profile: str) -> bool:
    """Tell whether both means of a profile's natural course are given, so that nothing is sought."""
    course = scenario.profiles[profile].natural_course
    return course.plateau.mean is not None and course.time_constant.mean is not None


def natural_results(scenario: Scenario, profile: str, means: NaturalMeans, points: int = MIDDLE) -> list[ClaimResult]:
    """Return how the natural course meets its targets."""
    targets = NaturalTargets(scenario, profile)
    return targets.results(targets.reached(means, points))
