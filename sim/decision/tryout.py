"""Trying candidates on blocks of patients: the same patients with the same luck for all, whoever works on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.estimate.clusters import errors_from_sums, unit_starts
from sim.luck.numbers import independent_luck, spread_luck
from sim.luck.streams import BLOCK_SIZE
from sim.patient.arms import Arm
from sim.patient.patients import Patients, make_patients
from sim.patient.plans import build_plans, run_patients
from sim.patient.setting import build_setting
from sim.study.at_work import Meanwhile, done_by, each, nobody_told, worked
from sim.study.prepare import Study

Floats = NDArray[np.float64]

SLICE = 16
"""Arms that one task runs through a block."""
WINDOW = 4
"""Blocks that are under way together."""


@dataclass(frozen=True)
class Block:
    """The patients of a block, ready for any arm; `reference`: what happens to them under one arm, (rows, n).

    `units`: the first column of each unit of patients that is independent of the others.
    """

    patients: Patients
    units: NDArray[np.int64]
    reference: Floats

    @property
    def n(self) -> int:
        """How many patients there are."""
        return len(self.patients.luck.number)


@dataclass
class Sums:
    """Sums over `n` patients in `units` that are independent of each other: nets, or single patients.

    `size_squares`: squares of the sizes of units. By arm and row, (arms, rows): `total`; over units, the `square` of
    their totals, totals times sizes (`by_size`), and the `product` of totals with those of the reference.
    """

    n: int
    units: int
    size_squares: float
    total: Floats
    square: Floats
    by_size: Floats
    product: Floats

    @classmethod
    def none(cls, arms: int, rows: int) -> Sums:
        """Return the sums of nobody."""
        return cls(0, 0, 0.0, *(np.zeros((arms, rows)) for _ in range(4)))

    def add(self, other: Sums) -> None:
        """Add the sums of later patients."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def kept(self) -> dict[str, NDArray[Any]]:
        """Return all of it as arrays to be kept."""
        return {name: np.array(value) for name, value in vars(self).items()}

    @classmethod
    def restored(cls, kept: Mapping[str, NDArray[Any]]) -> Sums:
        """Return what was kept."""
        n, units, size_squares, *sums = (kept[name] for name in cls.__dataclass_fields__)
        return cls(int(n), int(units), float(size_squares), *sums)

    def mean(self, arm: int, row: int) -> tuple[float, float]:
        """Return a mean and its standard error."""
        total, square, by_size = (sums[arm, row] for sums in (self.total, self.square, self.by_size))
        error = errors_from_sums(self.n, self.units, self.size_squares, total, square, by_size)
        return float(total) / self.n, float(error)

    def difference(self, arm: int, reference: int, row: int = 0) -> tuple[float, float]:
        """Return the paired difference of the means of an arm and the reference, and its standard error."""
        total, by_size = (sums[arm, row] - sums[reference, row] for sums in (self.total, self.by_size))
        terms = self.square[arm, row] + self.square[reference, row]
        square = terms - 2 * self.product[arm, row]
        error = errors_from_sums(self.n, self.units, self.size_squares, total, square, by_size, terms)
        return float(total) / self.n, float(error)


class Tryout:
    """Arms of one scenario on the patients of any blocks; `rows` are the rows of the kernel's output that are kept.

    `study`: the scenario made ready to run, whatever its own arms are. Patients are those of a run of the scenario, or
    each is drawn alone (`alone`), for procedures that rely on it.
    """

    def __init__(self, study: Study, arms: Mapping[str, Arm], rows: Sequence[int], alone: bool = False) -> None:
        """Raise ScenarioError if a course would outlast the horizon or has too many visits."""
        self.study = replace(study, setting=build_setting(study.scenario, arms))
        profiles = len(study.scenario.profiles)
        self.plans = {name: build_plans({name: arm}, profiles) for name, arm in arms.items()}
        self.names = tuple(arms)
        self.rows = list(rows)
        self.alone = alone

    def values(self, executor: Executor, block: int, n: int, meanwhile: Meanwhile = nobody_told) -> Floats:
        """Return the rows of every arm for the patients of one block, (arms, rows, n).

        `meanwhile` is told how many courses have been run.
        """
        ready = self._block(block, n, None)
        parts = each(executor, lambda names: self._run(ready, names), _slices(self.names), meanwhile)
        return np.concatenate(list(parts))

    def sums(
        self,
        executor: Executor,
        blocks: Iterable[tuple[int, int]],
        names: Sequence[str],
        reference: str | None = None,
        meanwhile: Meanwhile = nobody_told,
    ) -> Iterator[Sums]:
        """Yield the sums of named arms for each block (index, patients) in order; products are with `reference`.

        `meanwhile` is told how many courses have been run.
        """
        waiting = iter(blocks)
        slices = _slices(names)
        begun = done_by(executor)

        def tell(courses: int) -> None:
            meanwhile(done_by(executor) - begun)

        while window := list(islice(waiting, WINDOW)):
            ready = list(each(executor, lambda block: self._block(block[0], block[1], reference), window, tell))
            tasks = [(block, part) for block in ready for part in slices]
            done = each(executor, lambda task: self._sum(*task), tasks, tell)
            for block in ready:
                parts = list(islice(done, len(slices)))
                sizes = np.diff(np.append(block.units, block.n))
                sums = (np.concatenate([part[i] for part in parts]) for i in range(4))
                yield Sums(block.n, len(sizes), float((sizes**2).sum()), *sums)

    def _block(self, index: int, n: int, reference: str | None) -> Block:
        study = self.study
        seed, needs, size = study.scenario.seed, study.setting.needs, study.scenario.cohort.size
        if self.alone:
            luck = independent_luck(seed, 0, index, needs, n)
        else:
            luck = spread_luck(seed, 0, index * BLOCK_SIZE, needs, n)
        patients = make_patients(luck, study.law, study.response)
        units = np.arange(n) if self.alone else unit_starts(n, size)
        block = Block(patients, units, np.zeros((len(self.rows), n)))
        if reference is not None:
            block.reference[:] = self._run(block, [reference])[0]
        return block

    def _run(self, block: Block, names: Sequence[str]) -> Floats:
        """Run some arms; of what the kernel writes only the rows needed are kept."""
        study = self.study
        kept = np.empty((len(names), len(self.rows), block.n))
        for index, name in enumerate(names):
            found = run_patients(block.patients, self.plans[name], study.rules, study.law.soreness_days)
            kept[index] = found[0, self.rows]
            worked(block.n)
        return kept

    def _sum(self, block: Block, names: Sequence[str]) -> tuple[Floats, Floats, Floats, Floats]:
        totals, reference = (
            np.add.reduceat(values, block.units, axis=-1) for values in (self._run(block, names), block.reference)
        )
        sizes = np.diff(np.append(block.units, block.n))
        return (
            totals.sum(axis=2), (totals**2).sum(axis=2), (totals * sizes).sum(axis=2), (totals * reference).sum(axis=2),
        )  # fmt: skip


def _slices(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + SLICE] for start in range(0, len(names), SLICE)]
