"""Courses under way: the state of each patient, taken from appointment to appointment on the days that really are.

A visit takes the diary on to its day and the one after, by the step that runs take; nothing is run twice. With endless
capacity the days are those of the protocol, and the courses are those of `simulate --config`, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.capacity.advance import NO_VISIT, advance
from sim.compiled import for_types_of
from sim.luck.numbers import OWN, PERSON, READING_BASELINE, Luck, independent_luck
from sim.luck.streams import BLOCK_SIZE, stream
from sim.patient.cohort import NO_ENTRY_RULE, Cohort, make_cohort
from sim.patient.course import begin
from sim.patient.pathway import NO_TRACE, Pathway, Rules, Trace
from sim.patient.patients import Patients, fill_tile, limits_of, make_patients, ready
from sim.patient.plans import pathways_taken, trace_arm
from sim.patient.tile import IN_CARE, STEP, WIDTH, empty_lanes, empty_tile
from sim.patient.visit import leave
from sim.quantities import LASTING_RELIEF, N_ROWS, PAIN_REDUCTION, RELIEF_DAY42, ROW, SATISFIED
from sim.study.prepare import Study

Floats = NDArray[np.float64]

EPISODE_BLOCKS = 1 << 40
"""Blocks set aside for each time that patients come back."""
ATTEMPTS = 64
"""Appointments of a patient for which attendance is drawn, where missed ones are made again."""


@dataclass(frozen=True)
class Path:
    """One pathway of an arm as the clinic reads it: days, skills, price and minutes by step and visit."""

    pathway: Pathway
    days: list[list[int]]
    skills: list[list[frozenset[str]]]
    price: list[list[float]]
    minutes: list[list[float]]
    visits: list[int]


class Pathways:
    """Every pathway of every arm of a study, by arm."""

    def __init__(self, study: Study) -> None:
        names = tuple(study.scenario.modalities)
        self.by_arm: dict[str, list[Path]] = {}
        for arm, built in study.setting.arms.items():
            self.by_arm[arm] = [_path(pathway, names) for pathway in built.pathways]


def _path(pathway: Pathway, names: tuple[str, ...]) -> Path:
    skills = [
        [frozenset(name for name, given in zip(names, at, strict=True) if given) for at in visits]
        for visits in pathway.given.tolist()
    ]
    return Path(
        pathway, pathway.days.tolist(), skills, pathway.cost.tolist(), pathway.minutes.tolist(), pathway.visits.tolist()
    )


@dataclass(frozen=True)
class Ending:
    """How a course ended: in relief on day 42, lastingly so until day 133, satisfied, and the reported reduction of
    pain in points at its end.
    """

    relieved: bool
    lasting: bool
    satisfied: bool
    pain_reduction: float


class Courses:
    """The courses of a block's patients: the state of each, and the day whose evening it has come to.

    Days are counted from the one on which the patient asked.
    """

    def __init__(self, study: Study, rules: Rules, replication: int, block: int, patients: int) -> None:
        """Draw the patients; `rules` are the study's with what the clinic says of missed visits."""
        self._study, self._rules, self._n = study, rules, patients
        self._address = study.scenario.seed, replication, block
        needs = study.setting.needs
        self.patients: Patients = _patients(study, *self._address, patients)
        self.luck: Luck = self.patients.luck
        self.cohort: Cohort = self.patients.cohort
        self._visits = needs.visits
        self._limits = limits_of(self.luck, self.cohort)
        self._lanes = empty_lanes()
        self.tiles = self._begun()
        self._reached = [0] * patients
        self._lost: dict[int, int] = {}
        self._paths: dict[int, Path] = {}
        self.out = np.full((N_ROWS, patients), np.nan)
        self._kernel: Callable[..., Any] | None = None

    def _begun(self) -> Floats:
        """Return everybody's state on day 0, (nets, numbers of a tile)."""
        starts = range(0, self._n, WIDTH)
        tiles = np.stack([empty_tile(len(self._rules.needling)) for _ in starts])
        for tile, start in zip(tiles, starts, strict=True):
            width = min(self._n - start, WIDTH)
            self._lanes.column[:width] = np.arange(start, start + width)
            fill_tile(tile, width, self._lanes, self.cohort, self.patients.ceilings, self._rules)
            begin(tile, width, self._lanes, self._limits, self._rules)
        return tiles

    def pathway_of(self, patient: int, arm: str) -> int:
        """Return which pathway of an arm a patient takes."""
        return int(self.taken[arm][patient])

    @cached_property
    def taken(self) -> dict[str, NDArray[np.int64]]:
        """Which pathway of each arm a patient takes, (patients,)."""
        setting = self._study.setting
        return {name: pathways_taken(setting.plans, a, self.cohort) for a, name in enumerate(setting.arms)}

    @cached_property
    def patience(self) -> Floats:
        """Unit exponentials: how patient each patient is."""
        patience: Floats = self._stream("clinic patience").standard_exponential(self._n)
        return patience

    @cached_property
    def back(self) -> Floats:
        """Uniform and unit exponential numbers: whether a patient whose relief is lost comes back, and how late,
        (2, patients).

        Each has a stream of its own: one after the other, the second would depend on how many patients there are.
        """
        whether = self._stream("clinic returns").random(self._n)
        return np.stack([whether, self._stream("clinic return delay").standard_exponential(self._n)])

    @cached_property
    def attempts(self) -> Floats:
        """Uniform numbers: whether a patient keeps an appointment, (appointments, patients)."""
        lots: Floats = self._stream("clinic attendance").random((ATTEMPTS, BLOCK_SIZE))
        return lots

    @cached_property
    def proneness(self) -> Floats:
        """Standard normal numbers: how prone each patient is to miss visits, whenever the patient comes back."""
        seed, replication, block = self._address
        lots = stream(seed, replication, block % EPISODE_BLOCKS, "clinic proneness")
        prone: Floats = lots.standard_normal(BLOCK_SIZE)
        return prone

    @cached_property
    def calls(self) -> Floats:
        """Uniform numbers: whether a patient who is called for a freed slot can come, (calls, patients)."""
        lots: Floats = self._stream("clinic calls").random((ATTEMPTS, BLOCK_SIZE))
        return lots

    @cached_property
    def withdrawals(self) -> Floats:
        """Uniform numbers: whether a patient cancels an appointment in time, (appointments, patients)."""
        lots: Floats = self._stream("clinic cancellation").random((ATTEMPTS, BLOCK_SIZE))
        return lots

    @cached_property
    def lengths(self) -> Floats:
        """Unit exponentials: how long visits take relative to plan, (visits, patients)."""
        lengths: Floats = self._stream("clinic visit length").standard_exponential((self._visits, BLOCK_SIZE))
        return lengths

    @cached_property
    def spreads(self) -> Floats:
        """Unit normals: how far the length of visits is from plan, (visits, patients)."""
        spreads: Floats = self._stream("clinic visit spread").standard_normal((self._visits, BLOCK_SIZE))
        return spreads

    def _stream(self, purpose: str) -> Any:
        return stream(*self._address, purpose)

    def visit(self, patient: int, path: Path, visit: int, day: int) -> int | None:
        """Let a visit take place on a day of the course, after all that came before; return the step of the next visit,
        None if the course has ended.
        """
        self._advance(patient, path, day + 1, visit_day=day, visit=visit)
        return None if self._number(IN_CARE, patient) == 0.0 else int(self._number(STEP, patient))

    def decide_attendance(self, patient: int, visit: int, came: bool) -> None:
        """Have a patient come to a visit or miss it, whatever the share of visits that are missed."""
        self.luck.attendance[visit, patient] = 1.0 if came else -1.0

    def leave(self, patient: int, why: float) -> None:
        """End a course the day after its last visit, before the protocol would; `why` as in `sim.quantities`."""
        leave(self.tiles[patient // WIDTH], patient % WIDTH, float(self._reached[patient]), why)

    def finish(self, patient: int, path: Path, today: int) -> Ending:
        """Run the diary of a course that ended `today` on to the horizon, write it down, and return how it came out."""
        until = max(self._rules.horizon, self._reached[patient])
        self._lost[patient] = self._advance(patient, path, until, today=today, writes=True)
        self._paths[patient] = path
        at = self.out[:, patient]
        return Ending(
            bool(at[ROW[RELIEF_DAY42]]), bool(at[ROW[LASTING_RELIEF]]), bool(at[ROW[SATISFIED]]),
            float(at[ROW[PAIN_REDUCTION]]),
        )  # fmt: skip

    def relief_lost(self, patient: int, until: int) -> int | None:
        """Return the first day after the course on which relief was lost, None if that does not happen by day `until`
        or the patient was never seen.
        """
        if patient not in self._lost:
            return None
        if not self._lost[patient]:
            reached = self._reached[patient]
            self._lost[patient] = self._advance(patient, self._paths[patient], max(until, reached), today=reached)
        lost = self._lost[patient]
        return lost if 0 < lost <= until else None

    def out_of(self, patient: int) -> Floats:
        """Return what was recorded of a patient's course, (N_ROWS,); NaN before it has been finished."""
        return self.out[:, patient]

    def _number(self, row: int, patient: int) -> float:
        return float(self.tiles[patient // WIDTH, row + patient % WIDTH])

    def _advance(
        self, patient: int, path: Path, until: int, *, visit_day: int = NO_VISIT, visit: int = 0, today: int = 0,
        writes: bool = False,
    ) -> int:  # fmt: skip
        given = (
            self.tiles, patient, self._reached[patient], until, visit_day, visit, today, writes, self._lanes,
            self.patients, self._limits, path.pathway, self._rules, self._study.law.soreness_days, NO_TRACE, self.out,
        )  # fmt: skip
        if self._kernel is None:
            self._kernel = for_types_of(advance, *given)
        self._reached[patient] = until
        return int(self._kernel(*given))


def _patients(study: Study, seed: int, replication: int, block: int, n: int) -> Patients:
    """Return the patients of a block; whoever comes back is the same person with new luck.

    Each is drawn alone: how much the people who come differ is part of what a clinic has to cope with. Those who were
    taken in by what they reported are not asked again, so they come back with the reading that let them in.
    """
    needs, law = study.setting.needs, study.law
    luck = independent_luck(seed, replication, block, needs, n)
    if block < EPISODE_BLOCKS:
        return make_patients(luck, law, study.response)
    first = independent_luck(seed, replication, block % EPISODE_BLOCKS, needs._replace(visits=0), n)
    luck.profile[:] = first.profile
    same = [*PERSON, *range(OWN, len(luck.at))]
    if law.least_reading > NO_ENTRY_RULE:
        same.append(READING_BASELINE)
    luck.at[same] = first.at[same]
    return ready(luck, make_cohort(luck._replace(key=first.key), law), study.response)


def unhindered(
    study: Study, rules: Rules, block: int, patients: int
) -> tuple[dict[str, NDArray[np.int64]], dict[str, Trace], dict[str, Floats]]:
    """Run a block's patients through every arm on the days of the protocols; return by arm which pathway each takes,
    the visits and what was recorded.
    """
    setting = study.setting
    luck = independent_luck(study.scenario.seed, 0, block, setting.needs._replace(readings=True), patients)
    people = make_patients(luck, study.law, study.response)
    taken, traces, outs = {}, {}, {}
    for a, name in enumerate(setting.arms):
        taken[name] = pathways_taken(setting.plans, a, people.cohort)
        traces[name] = Trace.empty(setting.needs.visits, 0, patients)
        outs[name] = trace_arm(people, setting.plans, a, rules, study.law.soreness_days, traces[name])
    return taken, traces, outs
