"""Trying candidates on blocks of patients: the same patients with the same luck for all, whoever works on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from sim.patient import outcomes as o
from sim.patient.arms import Arm, run_arm
from sim.patient.cohort import Cohort, cohort_law, make_cohort
from sim.patient.pathway import Effects
from sim.patient.setting import build_effects, build_setting, decay_table
from sim.patient.streams import Luck, draw_luck
from sim.scenario.schema import Scenario
from sim.study.calibrate import Calibration
from sim.study.prepare import Study

Floats = NDArray[np.float64]

SLICE = 16
"""Arms that one task runs through a block."""
WINDOW = 4
"""Blocks that are under way together."""


@dataclass(frozen=True)
class Patients:
    """The patients of a block, ready for any arm; `reference`: what happens to them under one arm, (rows, n)."""

    n: int
    cohort: Cohort
    luck: Luck
    decay: Floats
    effects: Effects
    reference: Floats


@dataclass
class Sums:
    """Sums over `n` patients by arm and row, (arms, rows): values, their squares and products with the reference."""

    n: int
    total: Floats
    square: Floats
    product: Floats

    @classmethod
    def none(cls, arms: int, rows: int) -> Sums:
        """Return the sums of nobody."""
        return cls(0, *(np.zeros((arms, rows)) for _ in range(3)))

    def add(self, other: Sums) -> None:
        """Add the sums of later patients."""
        self.n += other.n
        self.total += other.total
        self.square += other.square
        self.product += other.product


class Trial:
    """Arms of one scenario on the patients of any blocks; `rows` are the rows of the kernel's output that are kept."""

    def __init__(
        self, scenario: Scenario, calibration: Calibration, arms: Mapping[str, Arm], rows: Sequence[int]
    ) -> None:
        law = cohort_law(scenario, dict(scenario.cohort.profiles))
        self.study = Study(scenario, calibration, build_setting(scenario, arms), law)
        self.names = tuple(arms)
        self.rows = list(rows)

    def values(self, executor: Executor, block: int, n: int) -> Floats:
        """Return the rows of every arm for the patients of one block, (arms, rows, n)."""
        patients = self._patients(block, n, None)
        parts = executor.map(lambda names: self._run(patients, names), _slices(self.names))
        return np.concatenate(list(parts))

    def sums(
        self,
        executor: Executor,
        blocks: Iterable[tuple[int, int]],
        names: Sequence[str],
        reference: str | None = None,
    ) -> Iterator[Sums]:
        """Yield the sums of named arms for each block (index, patients) in order; products are with `reference`."""
        waiting = iter(blocks)
        slices = _slices(names)
        while window := list(islice(waiting, WINDOW)):
            ready = list(executor.map(lambda block: self._patients(block[0], block[1], reference), window))
            tasks = [(patients, part) for patients in ready for part in slices]
            done = executor.map(lambda task: self._sum(*task), tasks)
            for patients in ready:
                parts = list(islice(done, len(slices)))
                yield Sums(patients.n, *(np.concatenate([part[i] for part in parts]) for i in range(3)))

    def _patients(self, block: int, n: int, reference: str | None) -> Patients:
        study, needs = self.study, self.study.setting.needs
        luck = draw_luck(study.scenario.seed, 0, block, needs)
        cohort = make_cohort(luck, study.law, n)
        decay = decay_table(cohort, study.setting.days)
        effects = build_effects(study.scenario, cohort, study.parameters, needs.visits)
        patients = Patients(n, cohort, luck, decay, effects, np.zeros((len(self.rows), n)))
        if reference is not None:
            patients.reference[:] = self._run(patients, [reference])[0]
        return patients

    def _run(self, patients: Patients, names: Sequence[str]) -> Floats:
        """Run some arms; the kernel writes into one buffer, of which only the rows needed are kept."""
        setting = self.study.setting
        kept = np.empty((len(names), len(self.rows), patients.n))
        buffer = np.empty((o.N_ROWS, patients.n))
        for index, name in enumerate(names):
            run_arm(
                setting.arms[name], patients.cohort, patients.luck, patients.effects, patients.decay,
                setting.rules, self.study.law.soreness_days, buffer,
            )  # fmt: skip
            kept[index] = buffer[self.rows]
        return kept

    def _sum(self, patients: Patients, names: Sequence[str]) -> tuple[Floats, Floats, Floats]:
        values = self._run(patients, names)
        return values.sum(axis=2), (values**2).sum(axis=2), (values * patients.reference).sum(axis=2)


def _slices(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + SLICE] for start in range(0, len(names), SLICE)]
