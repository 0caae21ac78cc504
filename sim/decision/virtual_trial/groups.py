"""The patients of trials: every group has its own, each drawn alone, and nobody is in two trials.

The patients of a run are evenly spread, and the same in every arm; those of a trial are neither. A group's luck belongs
to the name of its arm, so that it is the same whatever other arms there are and in whatever order they stand.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.decision.virtual_trial.design import Design
from sim.luck.numbers import independent_luck
from sim.luck.streams import BLOCK_SIZE, stream
from sim.patient.pathway import Rules, Trace
from sim.patient.patients import make_patients
from sim.patient.plans import trace_arm
from sim.study.prepare import Study

Floats = NDArray[np.float64]

HIGHEST = 10.0
"""Points of the worst pain."""


class Group(NamedTuple):
    """A group of patients: an arm, and which group of it this is; the second one shows what chance alone does."""

    arm: str
    copy: int = 0


@dataclass(frozen=True)
class Seen:
    """What a group's patients have shown in some trials.

    `before`: the first reading, in points, (trials, patients); `values`: each measure, NaN where it is missing,
    (measures, trials, patients); `therapist`: who treated whom, (patients,).
    """

    before: Floats
    values: Floats
    therapist: NDArray[np.int64]


def groups_of(design: Design) -> tuple[Group, ...]:
    """Return the groups of a trial: the reference, the other arms, and the reference once more."""
    others = () if design.against_itself else tuple(Group(arm) for arm in design.arms)
    return (Group(design.reference), *others, Group(design.reference, 1))


def patients_in(design: Design, group: Group) -> int:
    """Return how many patients a group has in the largest trial."""
    largest = design.sizes[-1]
    return design.in_reference(largest) if group == Group(design.reference) else largest


def seen_in(study: Study, design: Design, group: Group, draw: int, task: tuple[int, int, int], sd: float) -> Seen:
    """Return a group's patients in the trials of a task: its number, how many trials a whole one has, and this one.

    `sd`: of the therapists' effect on reported pain, in points.
    """
    number, usual, trials = task
    size = patients_in(design, group)
    blocks = math.ceil(usual * size / BLOCK_SIZE)
    parts = [
        _block(study, design, group, draw, number * blocks + j, min(BLOCK_SIZE, trials * size - j * BLOCK_SIZE))
        for j in range(math.ceil(trials * size / BLOCK_SIZE))
    ]
    before, after, others, missing = (np.concatenate([part[k] for part in parts], axis=-1) for k in range(4))
    shape = (trials, size)
    before, missing = before.reshape(shape), missing.reshape(shape)
    therapist = np.arange(size) % max(design.therapists, 1)
    shift = _therapists(study, design, group, draw, number, trials) * sd if sd > 0 else np.zeros((trials, 1))
    readings = {
        day: np.clip(
            after[k].reshape(shape) + shift[:, therapist if sd > 0 else np.zeros(size, np.int64)], 0.0, HIGHEST
        )
        for k, day in enumerate(design.days)
    }
    values = np.empty((len(design.measures), *shape))
    for m, measure in enumerate(design.measures):
        if not measure.is_read:
            values[m] = others[m].reshape(shape)
        elif design.missing == "no_change":
            values[m] = measure.made_of(before, np.where(missing, before, readings[measure.day]))
        else:
            values[m] = measure.made_of(before, readings[measure.day])
        if design.missing == "complete_cases":
            values[m][missing] = np.nan
    return Seen(before, values, therapist)


def _block(
    study: Study, design: Design, group: Group, draw: int, block: int, n: int
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Return of the first patients of a block the first reading, (n,), what they would report on each day of assessment
    on an open scale, (days, n), their other outcomes, (measures, n), and whose assessment is missing.
    """
    at = _address(group) | block
    seed, arms = study.scenario.seed, list(study.setting.arms)
    patients = make_patients(independent_luck(seed, draw, at, study.setting.needs, n), study.law, study.response)
    rules = _rules(study, design)
    trace = Trace.empty(0, rules.horizon + 1, n, diary=design.days)
    rows = trace_arm(patients, study.setting.plans, arms.index(group.arm), rules, study.law.soreness_days, trace)
    noise = [ndtri(stream(seed, draw, at, f"reading on day {day}").random(n)) for day in design.days]
    after = np.reshape([trace.diary[k] + patients.cohort.noise * one for k, one in enumerate(noise)], (-1, n))
    others = np.stack([np.zeros(n) if one.is_read else rows[one.row] for one in design.measures])
    share = design.dropout[group.arm]
    missing = stream(seed, draw, at, "missing assessment").random(n) < share
    return patients.cohort.baseline_reading, after, others, missing


def _rules(study: Study, design: Design) -> Rules:
    """Return the rules of a course; where readings alone matter, it is followed to the last of them."""
    if all(one.is_read for one in design.measures):
        return study.rules._replace(horizon=max(design.days), keeps_days=False)
    return study.rules


def _therapists(study: Study, design: Design, group: Group, draw: int, number: int, trials: int) -> Floats:
    """Return how far each therapist of some trials is from the middle, in standard deviations, (trials, therapists)."""
    numbers = stream(study.scenario.seed, draw, _address(group) | number, "therapists")
    return np.asarray(ndtri(numbers.random((trials, design.therapists))))


def _address(group: Group) -> int:
    """Return where the blocks of a group begin: so far apart that no two groups share one."""
    digest = hashlib.blake2b(f"{group.copy} {group.arm}".encode(), digest_size=4, person=b"trial").digest()
    return int.from_bytes(digest, "big") << 32
