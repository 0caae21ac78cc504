"""The run: blocks of patients through all arms on an executor, merged in block order."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.patient import outcomes as o
from sim.patient.arms import run_arm
from sim.patient.cohort import Cohort, make_cohort
from sim.patient.setting import build_effects, decay_table
from sim.patient.streams import BLOCK_SIZE, Luck, draw_luck
from sim.scenario.schema import MAX_PATIENTS
from sim.study.estimates import paired_difference
from sim.study.prepare import Study
from sim.study.tally import Tally

Floats = NDArray[np.float64]

T = TypeVar("T")
Task = TypeVar("Task")
Chunk = list[tuple[int, int]]
"""Blocks by number, each with the patients in it."""

CHUNK_BLOCKS = 8
"""Blocks that one task runs and adds up by itself; the same for any number of workers."""


@dataclass(frozen=True)
class Block:
    """The patients of a block and what happened to them: `rows` (arms, N_ROWS, patients sorted by profile)."""

    index: int
    cohort: Cohort
    rows: Floats


@dataclass(frozen=True)
class Result:
    """A finished run: its study, the tally of its patients and how many there were."""

    study: Study
    tally: Tally
    patients: int


def run_block(study: Study, block: int, n: int, draw: int = 0) -> Block:
    """Run the first `n` patients of a block through every arm."""
    luck = draw_luck(study.scenario.seed, draw, block, study.setting.needs)
    return run_cohort(study, block, luck, make_cohort(luck, study.law, n))


def run_cohort(study: Study, block: int, luck: Luck, cohort: Cohort) -> Block:
    """Run the patients of a block, made from its luck, through every arm."""
    setting, n = study.setting, len(cohort.baseline)
    decay = decay_table(cohort, setting.days)
    effects = build_effects(study.scenario, cohort, study.parameters, setting.needs.visits)
    rows = np.empty((len(setting.arms), o.N_ROWS, n))
    for a, arm in enumerate(setting.arms.values()):
        run_arm(arm, cohort, luck, effects, decay, setting.rules, study.law.soreness_days, rows[a])
    return Block(block, cohort, rows)


def block_sizes(patients: int) -> Iterator[tuple[int, int]]:
    """Yield (block, patients in it) for a cohort."""
    for block in range(-(-patients // BLOCK_SIZE)):
        yield block, min(BLOCK_SIZE, patients - block * BLOCK_SIZE)


def run_study(
    study: Study,
    workers: int = 1,
    precision: float | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Result:
    """Run a study's cohort; with `precision`, go on until the primary difference is that sure.

    `precision` is the wanted standard error of the primary paired difference in its unit. `progress` is called with
    the patients done and the patients expected. The result does not depend on `workers`.
    """
    patients = study.scenario.cohort.size
    tally = Tally.empty(study.setting, len(study.scenario.profiles))
    done = 0
    with ThreadPoolExecutor(workers) as executor:
        for part in in_order(executor, partial(_run_chunk, study), chunks_of(block_sizes(patients)), workers):
            tally.merge(part)
            done += int(part.n.sum())
            progress(done, patients)
        if precision is not None:
            done = _until_precise(executor, study, tally, done, precision, workers, progress)
    return Result(study, tally, done)


def _until_precise(
    executor: Executor,
    study: Study,
    tally: Tally,
    done: int,
    precision: float,
    workers: int,
    progress: Callable[[int, int], None],
) -> int:
    """Add whole chunks of blocks until the primary difference is sure enough; return the patients in all.

    The last block of the cohort as asked may be partial, so the added blocks start after it.
    """
    if _primary_error(study, tally) <= precision:
        return done
    first = -(-study.scenario.cohort.size // BLOCK_SIZE)
    endless = ((block, BLOCK_SIZE) for block in itertools.count(first))
    for part in in_order(executor, partial(_run_chunk, study), chunks_of(endless), workers):
        tally.merge(part)
        done += int(part.n.sum())
        error = _primary_error(study, tally)
        progress(done, max(done, min(int(done * (error / precision) ** 2), MAX_PATIENTS)))
        if error <= precision or done >= MAX_PATIENTS:
            break
    return done


def _primary_error(study: Study, tally: Tally) -> float:
    arms = study.scenario.primary_arms
    return paired_difference(tally.moments, study.scenario.primary.outcome, arms).mc_error if arms else 0.0


def chunks_of(blocks: Iterator[tuple[int, int]]) -> Iterator[Chunk]:
    """Yield the blocks by chunks, as tasks run them."""
    while chunk := list(itertools.islice(blocks, CHUNK_BLOCKS)):
        yield chunk


def _run_chunk(study: Study, chunk: Chunk) -> Tally:
    tally = Tally.empty(study.setting, len(study.scenario.profiles))
    for index, n in chunk:
        block = run_block(study, index, n)
        tally.add_block(block.rows, block.cohort.starts)
    return tally


def in_order(executor: Executor, run: Callable[[Task], T], tasks: Iterator[Task], workers: int) -> Iterator[T]:
    """Yield what `run` makes of the tasks, in their order, with a bounded number under way."""
    waiting: deque[Future[T]] = deque()
    try:
        for task in tasks:
            waiting.append(executor.submit(run, task))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
