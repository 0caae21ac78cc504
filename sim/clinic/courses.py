"""Courses under way: the course model asked visit by visit, with the days on which visits really take place.

The kernel of the course model is causal: what happens at a visit depends on the days so far, never on later ones. So
it is run again for one patient with the days known up to now, and read at the visit that is due. With endless capacity
these are the days of the protocol, and the courses are those of `simulate --config`, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import quantities as o
from sim.patient.cohort import Cohort
from sim.patient.compiled import for_types_of
from sim.patient.course import simulate_pathway
from sim.patient.luck import OWN, PERSON, Luck, Needs, independent_luck
from sim.patient.natural import FIRST_DAYS, NaturalCourse, fill_natural_of
from sim.patient.pathway import ATTENDED, Pathway, Rules, Trace
from sim.patient.patients import make_patients, run_arm
from sim.patient.streams import BLOCK_SIZE, stream
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
    days: list[list[float]]
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
    """How a course ended: the values that outcomes are made of, in their own units."""

    relieved: bool
    relapsed: bool
    satisfied: bool
    pain_reduction: float
    days_to_relapse: float


class Courses:
    """The courses of a block's patients: each knows the days of its visits so far."""

    def __init__(self, study: Study, rules: Rules, replication: int, block: int, patients: int) -> None:
        """Draw the patients; `rules` are the study's with what the clinic says of missed visits."""
        setting, law, seed = study.setting, study.law, study.scenario.seed
        self._study, self._rules, self._n = study, rules, patients
        self._seed, self._replication, self._block = seed, replication, block
        needs = setting.needs
        self.luck: Luck = _luck(seed, replication, block, needs, patients)
        fixed = setting.days[: len(FIRST_DAYS)]
        self.patients = make_patients(self.luck, law, study.response, fixed)
        self.cohort: Cohort = self.patients.cohort
        self._visits = needs.visits
        self._natural = NaturalCourse(*(np.zeros((len(fixed) + needs.visits, patients)) for _ in range(2)))
        for whole, known in zip(self._natural, self.patients.natural, strict=True):
            whole[: len(fixed)] = known
        self._days = np.zeros((patients, needs.visits))
        self._trace = Trace.empty(needs.visits, patients)
        self._out = np.full((o.N_ROWS, patients), np.nan)
        self._members = np.arange(patients)
        self._kernel: Callable[..., Any] | None = None
        self._scratch: dict[int, tuple[Floats, list[Pathway]]] = {}

    def pathway_of(self, patient: int, arm: str) -> int:
        """Return which pathway of an arm a patient takes."""
        return int(self._taken[arm][patient])

    @cached_property
    def _taken(self) -> dict[str, NDArray[np.int64]]:
        taken = {}
        for name, arm in self._study.setting.arms.items():
            index = np.zeros(self._n, np.int64)
            for at, (_, members) in enumerate(arm.taken(self.cohort)):
                index[members] = at
            taken[name] = index
        return taken

    @cached_property
    def patience(self) -> Floats:
        """Unit exponentials: how patient each patient is."""
        patience: Floats = self._stream("clinic patience").standard_exponential(self._n)
        return patience

    @cached_property
    def back(self) -> Floats:
        """Uniform and unit exponential numbers: whether a relapsed patient comes back, and how late, (2, patients).

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
    def lengths(self) -> Floats:
        """Unit exponentials: how long visits take relative to plan, (visits, patients)."""
        lengths: Floats = self._stream("clinic visit length").standard_exponential((self._visits, BLOCK_SIZE))
        return lengths

    def _stream(self, purpose: str) -> Any:
        return stream(self._seed, self._replication, self._block, purpose)

    def visit(self, patient: int, path: Path, visit: int, day: float) -> tuple[bool, int | None]:
        """Let a visit take place on a day of the course; return whether the patient came, and the step of the next
        visit, None if the course has ended.
        """
        days, known = self._known(path)
        row = self._days[patient]
        row[visit:] = day
        days[:] = row[: days.shape[1]]
        fill_natural_of(self.cohort, patient, day + 1.0, self._natural, len(FIRST_DAYS) + visit)
        events = self._trace.event
        events[visit:, patient] = 0
        self._run(patient, known[visit])
        came = bool(events[visit, patient] & ATTENDED)
        if visit + 1 == self._visits or not events[visit + 1, patient]:
            return came, None
        return came, int(self._trace.step[visit + 1, patient])

    def leave(self, patient: int, path: Path, visits: int) -> None:
        """End a course after so many visits, before the protocol would."""
        days, known = self._known(path)
        days[:] = self._days[patient, : days.shape[1]]
        pathway = known[visits - 1]
        goes_on = np.where(pathway.step_at >= visits, 0, pathway.step_at)
        self._run(patient, pathway._replace(visits=np.minimum(pathway.visits, visits), step_at=goes_on))

    def ending(self, patient: int) -> Ending:
        """Return how a course that has ended came out."""
        at = self.out_of(patient)
        return Ending(
            bool(at[o.RELIEF]), bool(at[o.RELAPSE_TREATED]), bool(at[o.SATISFIED]), float(at[o.PAIN_REDUCTION]),
            float(at[o.DAYS_TO_RELAPSE]),
        )  # fmt: skip

    def out_of(self, patient: int) -> Floats:
        """Return the row of outcomes of a patient's course, (N_ROWS,); those over the horizon hold if the course ended
        by then.
        """
        return self._out[:, patient]

    def _run(self, patient: int, pathway: Pathway) -> None:
        given = (
            self._members[patient : patient + 1], self.cohort, self.luck, self.patients.ceilings,
            self._study.response, self._natural, pathway, self._rules, self._study.law.soreness_days, self._out,
            self._trace,
        )  # fmt: skip
        if self._kernel is None:
            self._kernel = for_types_of(simulate_pathway, *given)
        self._kernel(*given)

    def _known(self, path: Path) -> tuple[Floats, list[Pathway]]:
        """Return a pathway's array of days, to be filled, and the pathway as it is known at each of its visits.

        Days to come are not known; the last known one stands in for them, and what it leads to is never read.
        """
        pathway = path.pathway
        if id(pathway) not in self._scratch:
            steps, visits = pathway.days.shape
            days = np.zeros((steps, visits))
            rows = np.arange(visits)
            known = [
                pathway._replace(days=days, day_row=np.tile(len(FIRST_DAYS) + np.minimum(rows, k), (steps, 1)))
                for k in range(visits)
            ]
            self._scratch[id(pathway)] = (days, known)
        days, known = self._scratch[id(pathway)]
        return days, known


def _luck(seed: int, replication: int, block: int, needs: Needs, patients: int) -> Luck:
    """Return the luck of patients; whoever comes back is the same person with new luck.

    Each is drawn alone: how much the people who come differ is part of what a clinic has to cope with.
    """
    luck = independent_luck(seed, replication, block, needs, patients)
    if block >= EPISODE_BLOCKS:
        first = independent_luck(seed, replication, block % EPISODE_BLOCKS, needs._replace(visits=0), patients)
        luck.profile[:] = first.profile
        same = [*PERSON, *range(OWN, len(luck.at))]
        luck.at[same] = first.at[same]
    return luck


def unhindered(
    study: Study, rules: Rules, block: int, patients: int
) -> tuple[Cohort, dict[str, Trace], dict[str, Floats]]:
    """Run a block's patients through every arm on the days of the protocols; return traces and outcomes by arm."""
    luck = independent_luck(study.scenario.seed, 0, block, study.setting.needs, patients)
    ready = make_patients(luck, study.law, study.response, study.setting.days)
    traces, outs = {}, {}
    for name, arm in study.setting.arms.items():
        traces[name] = Trace.empty(study.setting.needs.visits, patients)
        outs[name] = run_arm(arm, ready, study.response, rules, study.law.soreness_days, traces[name])
    return ready.cohort, traces, outs
