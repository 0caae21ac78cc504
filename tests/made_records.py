"""Made-up records of patients whose truth is known, by a program of its own: plain NumPy, nothing of `sim`.

It tells the model anew, from its description (`docs/model.md`): doses that fade, a ceiling on the odds scale for each
patient, the effect of being needled at all, a natural course, relief and relapse, and readings in whole or half points
cut at 0 and 10. So what `simulate fit` finds in such records can be held against the truth.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Course = tuple[tuple[int, tuple[str, ...]], ...]
"""The planned visits of a patient: days since the first one, and what is to be given."""


@dataclass(frozen=True)
class Treatment:
    """What one modality does: most of its target pain that it removes, visits to half of that, days to half a dose."""

    ceiling: float
    half_life: float
    fade: float = math.inf
    target: str = "muscular"
    relapse_scale: float = 350.0
    soreness: float = 0.1


@dataclass(frozen=True)
class Profile:
    """A kind of patient, by the laws of what they bring along; each pair is as the model describes it."""

    baseline: tuple[float, float] = (5.6, 1.6)
    ends: tuple[float, float] = (2.0, 10.0)
    muscular: tuple[float, float] = (0.70, 10.0)
    plateau: tuple[float, float] = (0.371, 1.2)
    time_constant: tuple[float, float] = (18.2, 0.9)
    noise: tuple[float, float] = (1.0, 0.4)


@dataclass(frozen=True)
class Truth:
    """All that is true of the people in made-up records."""

    treatments: Mapping[str, Treatment]
    profile: Profile = field(default_factory=Profile)
    context: Treatment = field(default_factory=lambda: Treatment(0.15, 1.5, 1200.0))
    match: float = 0.02
    rho: float = 0.4
    individual_sd: float = 1.0
    correlation: float = 0.5
    relief_points: float = 2.0
    relapse_shape: float = 0.62
    scale_without: float = 268.0
    hazard_ratio: float = 1.15
    reference_pain: float = 2.0
    rebound: float = 0.75
    relapses: bool = True
    no_show: float = 0.0
    drop_out: float = 0.0


@dataclass(frozen=True)
class People:
    """Patients, (patients,) each; `ceilings`, by modality and component, and `context` are shares."""

    baseline: Floats
    muscular: Floats
    plateau: Floats
    tau: Floats
    noise: Floats
    ceilings: Mapping[str, Mapping[str, Floats]]
    context: Floats


@dataclass(frozen=True)
class Made:
    """Made-up records: true pain and who came on which day, (patients, days + 1); rows of visits and of answers."""

    pain: Floats
    came: NDArray[np.bool_]
    relapses: NDArray[np.int64]
    visits: list[dict[str, str]]
    followup: list[dict[str, str]]

    def write(self, directory: Path) -> None:
        """Write visits.csv and followup.csv."""
        for name, rows in (("visits", self.visits), ("followup", self.followup)):
            if rows:
                with (directory / f"{name}.csv").open("w", newline="") as file:
                    writer = csv.DictWriter(file, list(rows[0]))
                    writer.writeheader()
                    writer.writerows(rows)


def made_records(
    truth: Truth, courses: Sequence[Course], *, patients: int = 300, step: float = 1.0, followup: Sequence[int] = (),
    horizon: int = 0, seed: int = 1,
) -> Made:  # fmt: skip
    """Return records of so many patients, each of whom gets one of the courses by turns.

    `step`: what readings are rounded to; pain is read before the treatment; `followup`: days of later answers.
    """
    luck = np.random.default_rng(seed)
    people = made_people(truth, patients, luck)
    days = max([horizon, *followup, *(course[-1][0] + 1 for course in courses)])
    given, planned = _attended(truth, courses, patients, days, luck)
    pain, relapses = _diary(truth, people, given, days, luck)
    noise = people.noise[:, None] * luck.standard_normal((patients, days + 1))
    readings = np.clip(np.round((pain + noise) / step) * step, 0, 10)
    sore = luck.random((patients, days + 1))
    names = [f"p{i:06d}" for i in range(patients)]
    visits, answers = [], []
    for i in range(patients):
        for day, what in planned[i]:
            came = (i, day) in given
            risk = max([truth.treatments[name].soreness for name in what], default=0.0)
            visits.append({
                "patient": names[i], "day": str(day), "modality": "+".join(what) if came else "",
                "pain": f"{readings[i, day]:g}" if came else "", "attended": "yes" if came else "no",
                "soreness": ("yes" if sore[i, day] < risk else "no") if came else "",
            })  # fmt: skip
        for day in followup:
            back = "yes" if relapses[i, day] > 0 else "no"
            answers.append(
                {"patient": names[i], "day": str(day), "pain": f"{readings[i, day]:g}", "returned": back}
            )  # fmt: skip
    came = np.zeros((patients, days + 1), dtype=bool)
    for i, day in given:
        came[i, day] = True
    return Made(pain, came, relapses, visits, answers)


def made_people(truth: Truth, n: int, luck: np.random.Generator) -> People:
    """Return so many people of the truth."""
    law = truth.profile
    baseline = np.empty(0)
    while len(baseline) < n:  # a normal variable cut at its ends
        more = luck.normal(*law.baseline, size=2 * n)
        baseline = np.r_[baseline, more[(more >= law.ends[0]) & (more <= law.ends[1])]]
    common = luck.standard_normal(n)

    def theta() -> Floats:
        own = luck.standard_normal(n)
        return math.sqrt(truth.correlation) * common + math.sqrt(1 - truth.correlation) * own

    # What responds to the context is the part that the responses to all treatments share.
    context = _share(truth.context.ceiling, truth.individual_sd * common)
    ceilings = {}
    for name, one in truth.treatments.items():
        own = truth.individual_sd * theta()
        ceilings[name] = {
            part: _share(one.ceiling, own + (0 if part == one.target else math.log(truth.match)))
            for part in ("muscular", "central")
        }
    return People(
        baseline[:n], _beta(*law.muscular, n, luck), _beta(*law.plateau, n, luck),
        _lognormal(*law.time_constant, n, luck), _lognormal(*law.noise, n, luck), ceilings, context,
    )  # fmt: skip


def _share(share: float, shift: Floats) -> Floats:
    if share <= 0:
        return np.zeros_like(shift)
    return 1 / (1 + np.exp(-(math.log(share / (1 - share)) + shift)))


def _beta(mean: float, concentration: float, n: int, luck: np.random.Generator) -> Floats:
    return luck.beta(mean * concentration, (1 - mean) * concentration, n)


def _lognormal(mean: float, cv: float, n: int, luck: np.random.Generator) -> Floats:
    if mean == 0 or cv == 0:
        return np.full(n, float(mean))
    variance = math.log1p(cv * cv)
    return luck.lognormal(math.log(mean) - variance / 2, math.sqrt(variance), n)


def _attended(
    truth: Truth, courses: Sequence[Course], patients: int, days: int, luck: np.random.Generator
) -> tuple[dict[tuple[int, int], tuple[str, ...]], list[list[tuple[int, tuple[str, ...]]]]]:
    """Return what is given to whom on which day, and each patient's appointments up to the last."""
    given, planned = {}, []
    for i in range(patients):
        own = []
        for day, what in courses[i % len(courses)]:
            own.append((day, what))
            if luck.random() < truth.no_show:
                continue
            given[i, day] = what
            if luck.random() < truth.drop_out:
                break
        planned.append(own)
    return given, planned


def _diary(
    truth: Truth, people: People, given: Mapping[tuple[int, int], tuple[str, ...]], days: int, luck: np.random.Generator
) -> tuple[Floats, NDArray[np.int64]]:
    """Return pain, (patients, days + 1), and relapses so far, of the same shape."""
    n, b = len(people.baseline), people.baseline
    to_do: list[dict[int, tuple[str, ...]]] = [{} for _ in range(days + 1)]
    for (i, day), what in given.items():
        to_do[day][i] = what
    doses = {name: np.zeros(n) for name in truth.treatments}
    needled = np.zeros(n)
    level, start = b.copy(), np.zeros(n)
    in_relief, since, used, limit = np.zeros(n, bool), np.zeros(n), np.zeros(n), luck.exponential(size=n)
    scale = np.full(n, truth.scale_without)
    had: list[set[str]] = [set() for _ in range(n)]
    pain, relapses = np.empty((n, days + 1)), np.zeros((n, days + 1), dtype=np.int64)
    pain[:, 0] = b
    for d in range(1, days + 1):
        for name, one in truth.treatments.items():
            doses[name] *= 2 ** (-1 / one.fade)
        needled *= 2 ** (-1 / truth.context.fade)
        for i, what in to_do[d - 1].items():
            for name in what:
                doses[name][i] += 1
                had[i].add(name)
            if what:
                needled[i] += 1
                scale[i] = max(truth.treatments[name].relapse_scale for name in had[i])
        natural = level * (people.plateau + (1 - people.plateau) * np.exp(-(d - start) / people.tau))
        p = np.minimum(10, natural * _left(truth, people, doses, needled))
        since[in_relief] += 1
        k = truth.relapse_shape
        hazard = (
            truth.hazard_ratio ** (p - truth.reference_pain) * (since**k - np.maximum(since - 1, 0) ** k) / scale**k
        )
        used += np.where(in_relief, hazard, 0)
        back = in_relief & (used >= limit) if truth.relapses else np.zeros(n, bool)
        level[back] = (p + truth.rebound * (b - p))[back]
        start[back], p[back] = d, level[back]
        for dose in (*doses.values(), needled):
            dose[back] = 0
        limit[back] = luck.exponential(size=int(back.sum()))
        relapses[:, d] = relapses[:, d - 1] + back
        now = b - p >= truth.relief_points
        begins = (now & ~in_relief) | back
        since[begins], used[begins] = 0, 0
        in_relief = now
        pain[:, d] = p
    return pain, relapses


def _left(truth: Truth, people: People, doses: Mapping[str, Floats], needled: Floats) -> Floats:
    """Return the share of natural pain that treatment leaves."""
    parts = []
    for part in ("muscular", "central"):
        effects = np.stack([
            people.ceilings[name][part] * (1 - 2 ** (-doses[name] / one.half_life))
            for name, one in truth.treatments.items()
        ])  # fmt: skip
        ordered = -np.sort(-effects, axis=0)
        parts.append((1 - ordered[0]) * np.prod(1 - truth.rho * ordered[1:], axis=0))
    context = people.context * (1 - 2 ** (-needled / truth.context.half_life))
    s = people.muscular
    return (1 - context) * (s * parts[0] + (1 - s) * parts[1])
