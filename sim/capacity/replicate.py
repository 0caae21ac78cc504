"""Replications of a clinic: the warm-up, as many as are asked for or as a stated precision takes, and their summary."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.capacity.catalogue import MEASURE, RATIOS, measures_of
from sim.capacity.history import AnyHistory, joined_histories, parted_histories
from sim.capacity.measures import Measured, daily_load, measure
from sim.capacity.model import Model
from sim.capacity.simulate import Replication
from sim.capacity.warm_up import WarmUp, find_warm_up
from sim.capacity.year.run import is_compiled, run_appointments
from sim.estimate.estimate import Estimate
from sim.study.at_work import Threads, Told, each
from sim.study.checkpoint import NOTHING_SAVED, Arrays, Saved
from sim.study.executors import WORKER_KILLED, WorkersError, processes
from sim.units import Unit

Floats = NDArray[np.float64]

PILOT = 10
"""Replications by which the warm-up is found."""
CONFIDENCE = 0.95
MOST = 10_000

T = TypeVar("T")
Advance = Callable[[int, int], None]


def untold(done: int, total: int) -> None:
    """Tell nobody how far it has come."""


@dataclass(frozen=True)
class Replications:
    """The replications of one clinic: its model, the warm-up left out, and each replication in numbers."""

    model: Model
    warm_up: WarmUp
    measured: tuple[Measured, ...]

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.measured)

    def values(self, name: str) -> Floats:
        """Return a measure that is not a ratio in every replication, (replications,)."""
        return np.array([one.values[name] for one in self.measured])

    def difference(self, other: Replications, name: str) -> Estimate:
        """Return how much a measure that is not a ratio is more than in another clinic, paired by replication."""
        number = min(self.number, other.number)
        return mean_of(self.values(name)[:number] - other.values(name)[:number], unit_of(other.model, name))

    def estimate(self, name: str) -> Estimate:
        """Return a measure over all replications."""
        unit = unit_of(self.model, name)
        if name in RATIOS:
            above, below = (self.values(part) for part in RATIOS[name])
            return ratio_of(above, below, unit)
        return mean_of(self.values(name), unit)

    def estimates(self) -> dict[str, Estimate]:
        """Return every measure."""
        return {one.name: self.estimate(one.name) for one in measures_of(self.model.clinic)}

    def weekly(self, name: str) -> tuple[Floats, Floats, Floats]:
        """Return a weekly measure: its mean, and the range of nine in ten replications, each (weeks,)."""
        values = np.stack([one.weekly[name] for one in self.measured])
        if np.isnan(values).all():
            empty = np.full(values.shape[1], np.nan)
            return empty, empty, empty
        known = np.where(np.isnan(values).all(axis=0), 0.0, values)
        low, high = np.nanquantile(known, (0.05, 0.95), axis=0)
        return np.nanmean(known, axis=0), low, high


def unit_of(model: Model, name: str) -> Unit:
    """Return the unit of a measure; money is in the scenario's currency."""
    return MEASURE[name].unit.of(model.scenario.costs.currency)


def mean_of(values: Floats, unit: Unit) -> Estimate:
    """Return the mean of replications that have a value, with its error; NaN without any."""
    known = values[np.isfinite(values)]
    if not len(known):
        return _estimate(unit, math.nan, math.nan, math.nan, math.nan)
    mean = float(known.mean())
    error = float(known.std(ddof=1) / math.sqrt(len(known))) if len(known) > 1 else math.nan
    return _interval(mean, error, len(known), unit)


def ratio_of(above: Floats, below: Floats, unit: Unit) -> Estimate:
    """Return a ratio of means with its error by linearisation."""
    if not below.mean() > 0:
        return _estimate(unit, math.nan, math.nan, math.nan, math.nan)
    ratio = float(above.mean() / below.mean())
    rest = (above - ratio * below) / below.mean()
    return _interval(ratio, float(rest.std(ddof=1) / math.sqrt(len(rest))), len(rest), unit)


def _interval(mean: float, error: float, n: int, unit: Unit) -> Estimate:
    """Return an estimate with its 95 % interval by Student's t."""
    half = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * error if n > 1 else math.nan
    lower, upper = mean - half, mean + half
    if unit.is_share and 0 <= mean <= 1:
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    return _estimate(unit, mean, error, lower, upper)


def _estimate(unit: Unit, value: float, error: float, lower: float, upper: float) -> Estimate:
    return Estimate(unit, value, error, lower, upper, over="replications")


@dataclass(frozen=True)
class Pilot:
    """The first replications of a clinic, from which its warm-up is found; they are counted, not run again."""

    warm_up: WarmUp
    histories: tuple[AnyHistory, ...]


class Runner:
    """Runs replications on an executor; results come in order and do not depend on the number of workers.

    `saved` gives back the replications that an earlier attempt has finished, and is given those of this one: what is
    asked for is asked for in the same order again.
    """

    def __init__(self, executor: Executor | None, saved: Saved = NOTHING_SAVED) -> None:
        """Without an executor, replications are run where they are asked for."""
        self._executor, self._saved = executor, saved
        self._asked = 0

    def histories(self, model: Model, numbers: Sequence[int], advance: Advance = untold) -> Iterator[AnyHistory]:
        """Yield what happened in replications by number; `advance` is told the weeks done and all weeks."""
        return self._each(partial(_history, model), numbers, model, (joined_histories, parted_histories), advance)

    def measured(
        self, model: Model, numbers: Sequence[int], warm_up: int, advance: Advance = untold
    ) -> Iterator[Measured]:
        """Yield replications by number, measured without a warm-up of so many weeks; `advance` as for `histories`."""
        return self._each(
            partial(_measured, model, warm_up), numbers, model, (Measured.joined, Measured.parted), advance
        )

    def _each(
        self, run: Callable[[int], T], numbers: Sequence[int], model: Model,
        kept_as: tuple[Callable[[list[T]], Arrays], Callable[[Arrays], list[T]]], advance: Advance,
    ) -> Iterator[T]:  # fmt: skip
        self._asked += 1
        part, (joined, parted), weeks = f"replications-{self._asked}", kept_as, model.clinic.weeks
        kept = self._saved.load(part)
        found = parted(kept) if kept else []
        yield from found
        told = Told(advance, len(found) * weeks, len(numbers) * weeks)
        rest = numbers[len(found) :]
        for one in map(run, rest) if self._executor is None else each(self._executor, run, rest, told.under_way):
            found.append(one)
            self._saved.save(part, lambda: joined(found))
            told.finished(len(found) * weeks)
            yield one


@contextmanager
def runner(workers: int, saved: Saved = NOTHING_SAVED) -> Iterator[Runner]:
    """Give a runner with so many workers; more than one are processes, as events by SimPy hold the interpreter."""
    if workers == 1:
        with Threads(1) as thread:
            yield Runner(thread, saved)
        return
    with processes(workers) as executor:
        try:
            yield Runner(executor, saved)
        except BrokenProcessPool as error:
            raise WorkersError(WORKER_KILLED) from error


def _history(model: Model, number: int) -> AnyHistory:
    return run_appointments(model, number) if is_compiled(model) else Replication(model, number).run()


def _measured(model: Model, warm_up: int, number: int) -> Measured:
    return measure(model, _history(model, number), warm_up)


def explore(model: Model, run: Runner, advance: Advance = untold) -> Pilot:
    """Find the weeks to leave out: as the scenario says, or by MSER-5 on the mean of ten replications."""
    given = model.clinic.warm_up
    if given != "auto":
        return Pilot(WarmUp(given, True), ())
    histories = tuple(run.histories(model, range(PILOT), advance))
    return Pilot(find_warm_up(np.mean([daily_load(history) for history in histories], axis=0)), histories)


def replicate(
    model: Model,
    run: Runner,
    number: int,
    *,
    pilot: Pilot | None = None,
    warm_up: WarmUp | None = None,
    precision: dict[str, float] | None = None,
    advance: Advance = untold,
) -> Replications:
    """Return replications of a clinic: `number`, or as many more as the stated precision takes.

    `precision`: by measure, the half-width of the 95 % interval that is wanted; `pilot`: the first replications, if
    they have been run; `warm_up`: another one than theirs, to compare clinics over the same weeks. `advance` is told
    the weeks done and all weeks.
    """
    if pilot is None:
        pilot = Pilot(warm_up, ()) if warm_up else explore(model, run, advance)
    warm_up = warm_up or pilot.warm_up
    found: list[Measured] = []
    wanted, weeks = number, model.clinic.weeks
    for history in pilot.histories[:number]:
        found.append(measure(model, history, warm_up.weeks))
        advance(len(found) * weeks, wanted * weeks)
    while True:
        told = Told(advance, len(found) * weeks, wanted * weeks)

        def under_way(done: int, total: int, told: Told = told) -> None:
            told.under_way(done)

        found += run.measured(model, range(len(found), wanted), warm_up.weeks, under_way)
        done = Replications(model, warm_up, tuple(found))
        missing = _missing(done, precision or {})
        if missing <= 0 or wanted >= MOST:
            return done
        wanted = min(wanted + missing, MOST)


def _missing(done: Replications, precision: dict[str, float]) -> int:
    """Return how many replications are still wanted, at most as many again as there are."""
    need = done.number
    for name, half_width in precision.items():
        found = done.estimate(name)
        have = (found.upper - found.lower) / 2
        if have > half_width:
            need = max(need, math.ceil(done.number * (have / half_width) ** 2))
    return min(need - done.number, done.number)
