"""The run: blocks of patients through all arms on an executor, merged in block order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import CheckpointError
from sim.estimate.by_net import nets_like
from sim.estimate.clusters import FEW
from sim.estimate.estimates import paired_difference
from sim.estimate.tally import Tally
from sim.luck.nets import NET_SIZE
from sim.luck.numbers import spread_luck
from sim.luck.streams import BLOCK_SIZE
from sim.patient import plans
from sim.patient.pathway import Rules
from sim.patient.patients import Patients, make_patients
from sim.scenario.cohort import MAX_PATIENTS
from sim.study.at_work import Told, worked
from sim.study.batch import bench_for, starts_of, tally_patients
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.executors import Workers, open_pool
from sim.study.prepare import Study

Floats = NDArray[np.float64]

Chunk = list[tuple[int, int]]
"""Blocks by number, each with the patients in it."""

PATIENTS = "patients"
"""The part of a run that these are, where finished work is kept."""

TASKS = 16
"""Into so many tasks a cohort is divided, as long as they are neither too small for what it takes to send and merge
them, nor so large that much is lost with one."""


def chunk_blocks(patients: int) -> int:
    """Return how many blocks a task runs and adds up by itself; the same for any number of workers."""
    return min(max(-(-patients // (TASKS * BLOCK_SIZE)), 8), 64)


NETS_IN_BLOCK = BLOCK_SIZE // NET_SIZE


@dataclass(frozen=True)
class Block:
    """The patients of a block and what happened to them, in columns net by net.

    `rows` (arms, N_ROWS, columns); `starts` (nets, profiles + 1): the first column of each profile in each net, and the
    end.
    """

    index: int
    patients: Patients
    rows: Floats
    starts: NDArray[np.int64]

    @property
    def first_net(self) -> int:
        """The number of the first net."""
        return self.index * NETS_IN_BLOCK

    @property
    def in_order(self) -> NDArray[np.int64]:
        """The columns of the patients in the order of their numbers."""
        return np.argsort(self.patients.luck.number)


@dataclass(frozen=True)
class Result:
    """A finished run: its study, the tally of its patients and how many there were."""

    study: Study
    tally: Tally
    patients: int


def run_block(study: Study, block: int, n: int, draw: int = 0, rules: Rules | None = None) -> Block:
    """Run the first `n` patients of a block through every arm, by other `rules` than the study's if they are given."""
    luck = spread_luck(study.scenario.seed, draw, block * BLOCK_SIZE, study.setting.needs, n)
    return run_patients(study, block, make_patients(luck, study.law, study.response), rules)


def with_nets(result: Result) -> Result:
    """Return a run with the patients of its first block, on whom errors are found."""
    block = run_block(result.study, 0, BLOCK_SIZE)
    nets = nets_like(block.rows, block.starts, block.patients.luck.number, result.patients)
    return replace(result, tally=result.tally.with_nets(nets))


def run_patients(study: Study, block: int, patients: Patients, rules: Rules | None = None) -> Block:
    """Run the patients of a block through every arm, by other `rules` than the study's if they are given."""
    rows = plans.run_patients(patients, study.setting.plans, rules or study.rules, study.law.soreness_days)
    return Block(block, patients, rows, starts_of(patients.cohort.profile, len(study.scenario.profiles)))


def block_sizes(patients: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """Yield (block, patients in it) for a cohort, from a block on."""
    for block in range(first, -(-patients // BLOCK_SIZE)):
        yield block, min(BLOCK_SIZE, patients - block * BLOCK_SIZE)


def run_study(
    study: Study,
    workers: int | Workers = 1,
    precision: float | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    saved: Saved = NOTHING_SAVED,
) -> Result:
    """Run a study's cohort; with `precision`, go on until the primary difference is that sure.

    `precision` is the wanted standard error of the primary paired difference in its unit. `progress` is called with
    the patients done and the patients expected. `saved` gives back what an earlier run has finished, and is given what
    this one has. The result depends neither on `workers` nor on interruptions.
    """
    patients = study.scenario.cohort.size
    in_cohort = -(-patients // BLOCK_SIZE)
    tally = Tally.empty(study.setting, study.rules, len(study.scenario.profiles))
    following = _following(study, tally, saved.load(PATIENTS))
    size = chunk_blocks(patients)

    def patients_done() -> int:
        return int(tally.n.sum())

    told = Told(progress, patients_done(), patients)
    with open_pool(workers) as pool:

        def add(blocks: Iterator[tuple[int, int]]) -> Iterator[None]:
            nonlocal following, told
            told = Told(progress, patients_done(), told.total)
            for last, part in pool.in_order(partial(_run_chunk, study), chunks_of(blocks, size), told.under_way):
                tally.merge(part)
                following = last + 1
                saved.save(PATIENTS, partial(tally.kept, following))
                yield

        for _ in add(block_sizes(patients, first=following)):
            told.finished(patients_done(), patients)
        if precision is not None and (error := _primary_error(study, tally)) > precision:
            # The last block of the cohort as asked may be partial, so the added blocks start after it.
            for _ in add((block, BLOCK_SIZE) for block in itertools.count(max(following, in_cohort))):
                error, done = _primary_error(study, tally), patients_done()
                told.finished(done, int(min(done * (error / precision) ** 2, MAX_PATIENTS)))
                if error <= precision or done >= MAX_PATIENTS:
                    break
    return Result(study, tally, patients_done())


def _primary_error(study: Study, tally: Tally) -> float:
    """Return the error of the primary difference; inf if there are too few nets to tell."""
    arms = study.scenario.primary_arms
    if not arms:
        return 0.0
    error = paired_difference(tally.moments, study.scenario.primary.outcome, arms).mc_error
    return error if tally.moments.nets.units[-1] >= FEW and error >= 0 else math.inf


def _following(study: Study, tally: Tally, kept: dict[str, NDArray[Any]] | None) -> int:
    """Restore what was kept of a run, and return the block that follows; CheckpointError if it does not add up."""
    if kept is None:
        return 0
    following, patients = tally.restore(kept), study.scenario.cohort.size
    more = max(following - -(-patients // BLOCK_SIZE), 0)
    refuse_what_does_not_add_up(tally, min(following * BLOCK_SIZE, patients) + more * BLOCK_SIZE, following)
    return following


def refuse_what_does_not_add_up(kept: Tally, patients: int, following: int) -> None:
    """Raise CheckpointError unless a tally that was kept is of so many patients, those before a block."""
    if kept.n.sum() != patients:
        raise CheckpointError(
            f"--resume: {int(kept.n.sum()):,} patients are kept, which are not those before block {following:,}; "
            "begin anew without --resume"
        )


def chunks_of(blocks: Iterator[tuple[int, int]], size: int) -> Iterator[Chunk]:
    """Yield the blocks by chunks of a size, as tasks run them."""
    while chunk := list(itertools.islice(blocks, size)):
        yield chunk


def _run_chunk(study: Study, chunk: Chunk) -> tuple[int, Tally]:
    """Return the number of the last block, and the tally of all."""
    tally = Tally.empty(study.setting, study.rules, len(study.scenario.profiles))
    bench = bench_for(study)
    for index, n in chunk:
        tally_patients(study, bench, index * BLOCK_SIZE, n, tally)
        worked(n)
    return chunk[-1][0], tally
