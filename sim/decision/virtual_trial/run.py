"""Running trials: many at the stated inputs, and a few in each draw of the inputs, on an executor, in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.decision.virtual_trial.analyses import Findings, Sums, compared, sums_of
from sim.decision.virtual_trial.clusters import by_therapist, compared_by_therapist
from sim.decision.virtual_trial.design import Design
from sim.decision.virtual_trial.groups import HIGHEST, Group, Seen, groups_of, patients_in, seen_in
from sim.decision.virtual_trial.measures import read_on
from sim.decision.virtual_trial.moments import COUNTS, kept_of, moments_of
from sim.quantities import PAIN_REDUCTION
from sim.scenario.structure import Form
from sim.study.at_work import Told, worked
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.draws import Drawing, plan_draws
from sim.study.executors import open_pool
from sim.study.prepare import Study

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

TRIALS, DRAWS = "trials", "trial draws"
"""The parts of the work, where finished work is kept."""
LEAST_MOVING = 0.1
"""Share of readings within the scale that is reckoned with, at least."""
IN_TASK, MOST_TOGETHER = 16_384, 50
"""Patients of a group, and trials, that a task has at most, as long as one trial is not larger."""


@dataclass(frozen=True)
class Trials:
    """Trials at the stated inputs.

    `findings`, (4, comparisons, measures, trials, sizes): estimate, lower, upper and test; the last comparison is the
    reference against itself. `moments`: by trial, group and measure, (trials, groups, measures, COUNTS). `sd`: of the
    therapists' effect, in points.
    """

    findings: Floats
    moments: Floats
    sd: float


@dataclass(frozen=True)
class Drawn:
    """Trials in draws of the inputs: the share that succeeds and that is significantly the wrong way round, (2, draws,
    comparisons, measures, sizes), and the true difference with the variance of its noise, (2, draws, comparisons,
    measures).
    """

    shares: Floats
    apart: Floats


def run_trials(
    study: Study, design: Design, workers: int, progress: Progress = lambda done, total: None,
    saved: Saved = NOTHING_SAVED,
) -> Trials:  # fmt: skip
    """Run the trials at the stated inputs; the result depends neither on `workers` nor on interruptions."""
    sd = therapist_sd(study, design)
    tasks = list(tasks_of(design, design.trials))
    kept = saved.load(TRIALS)
    done = [] if kept is None else list(
        zip(_apart(kept["findings"], tasks, 3), _apart(kept["moments"], tasks, 0), strict=True)
    )  # fmt: skip
    run = partial(_run_task, study, design, groups_of(design), 0, sd)

    def state() -> dict[str, NDArray[np.float64]]:
        return {
            "findings": np.concatenate([one for one, _ in done], axis=3),
            "moments": np.concatenate([m for _, m in done]),
        }

    told = Told(progress, _trials_in(tasks[: len(done)]), design.trials)
    with open_pool(workers) as pool:
        for found in pool.in_order(run, iter(tasks[len(done) :]), told.under_way):
            done.append(found)
            saved.save(TRIALS, state)
            told.finished(_trials_in(tasks[: len(done)]))
    whole = state()
    return Trials(whole["findings"], whole["moments"], sd)


def run_draws_of_trials(
    study: Study, design: Design, sd: float, draws: int, workers: int,
    progress: Progress = lambda done, total: None, saved: Saved = NOTHING_SAVED,
) -> Drawn | None:  # fmt: skip
    """Run trials in draws of the uncertain inputs, each calibrated anew; None without draws or anything uncertain.

    Raises ScenarioError for distributions or correlations that cannot be.
    """
    if not draws:
        return None
    planned = plan_draws(study, number=draws)
    drawing, values, forms = planned.drawing, planned.values, planned.forms
    if not (drawing.inputs or drawing.structure.kinds):
        return None
    kept = saved.load(DRAWS)
    done = [] if kept is None else list(zip(kept["shares"], kept["apart"], strict=True))
    run = partial(_run_draw, drawing, design, sd)

    def state() -> dict[str, NDArray[np.float64]]:
        return {name: np.stack([one[k] for one in done]) for k, name in enumerate(("shares", "apart"))}

    told = Told(progress, len(done), draws)
    with open_pool(workers) as pool:
        numbered = ((number, values[number], forms[number]) for number in range(len(done), draws))
        for found in pool.in_order(run, numbered, told.under_way):
            done.append(found)
            saved.save(DRAWS, state)
            told.finished(len(done))
    whole = state()
    return Drawn(np.moveaxis(whole["shares"], 1, 0), np.moveaxis(whole["apart"], 1, 0))


def therapist_sd(study: Study, design: Design) -> float:
    """Return the spread between therapists in points of reported pain: as given, or as the intraclass correlation says
    of the spread that the reference's patients have without them.
    """
    if not design.has_therapists or not design.icc:
        return design.therapist_sd
    read = next(one for one in design.measures if one.is_read)
    plain = replace(
        design, measures=(read_on(PAIN_REDUCTION, read.day),), analyses=("difference",), missing="complete_cases",
        dropout=dict.fromkeys(design.dropout, 0.0),
    )  # fmt: skip
    seen = seen_in(study, plain, Group(design.reference), 0, next(tasks_of(design, design.trials)), 0.0)
    after = seen.before - seen.values[0]
    moves = float(np.mean((after > 0) & (after < HIGHEST)))  # a reading at an end of the scale stays there
    return float(np.std(seen.values)) * math.sqrt(design.icc / (1 - design.icc)) / max(moves, LEAST_MOVING)


def tasks_of(design: Design, trials: int) -> Iterator[tuple[int, int, int]]:
    """Yield tasks of trials: number, trials of a whole task, trials of this one."""
    largest = max(patients_in(design, group) for group in groups_of(design))
    together = min(max(IN_TASK // largest, 1), MOST_TOGETHER)
    for number in range(math.ceil(trials / together)):
        yield number, together, min(together, trials - number * together)


def judged(design: Design, measure: int, test: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Return which trials succeed, and which find the arm significantly worse, as 0 or 1; the shape stays."""
    sign, margin = design.measures[measure].sign, design.margins[measure]
    least = lower if sign > 0 else -upper
    if design.hypothesis == "superiority":
        succeeds = sign * test > 1
    else:
        succeeds = least > (margin if design.hypothesis == "superiority_by_margin" else -margin)
    return succeeds.astype(np.float64), (sign * test < -1).astype(np.float64)


def _run_task(
    study: Study, design: Design, groups: Sequence[Group], draw: int, sd: float, task: tuple[int, int, int]
) -> tuple[Floats, Floats]:
    """Return the findings of the trials of a task, and what is kept of their patients."""
    seen = [seen_in(study, design, group, draw, task, sd) for group in groups]
    for m in range(len(design.measures)):
        if design.analyses[m] == "follow_up":  # the fall less the first reading: what is reported, less is better
            for one in seen:
                one.values[m] -= one.before
    findings = np.empty((4, len(groups) - 1, len(design.measures), task[2], len(design.sizes)))
    moments = np.zeros((task[2], len(groups), len(design.measures), COUNTS))
    for m in range(len(design.measures)):
        sums = [_sums(design, group, one, m) for group, one in zip(groups, seen, strict=True)]
        for g, (group, one) in enumerate(zip(groups, seen, strict=True)):
            last = Sums(*(column[:, -1] for column in sums[g]))
            whole = None
            if design.has_therapists:
                whole = by_therapist(one, m, patients_in(design, group), design.therapists)
            moments[:, g, m] = kept_of(last, whole)
        for c in range(1, len(groups)):
            found = _compared(design, m, seen[c], seen[0], sums[c], sums[0])
            findings[:, c - 1, m] = found.estimate, found.lower, found.upper, found.test
    worked(task[2])
    return findings, moments


def _sums(design: Design, group: Group, seen: Seen, m: int) -> Sums:
    is_reference = group == Group(design.reference)
    sizes = [design.in_reference(size) if is_reference else size for size in design.sizes]
    return sums_of(seen.before, seen.values[m], np.array(sizes))


def _compared(design: Design, m: int, one: Seen, other: Seen, sums: Sums, of_other: Sums) -> Findings:
    measure, analysis = design.measures[m], design.analyses[m]
    if not design.by_cluster:
        return compared(analysis, sums, of_other, measure.is_share, design.alpha)
    by_size = [
        compared_by_therapist(
            by_therapist(one, m, size, design.therapists),
            by_therapist(other, m, design.in_reference(size), design.therapists),
            analysis == "ancova",
            design.alpha,
        )
        for size in design.sizes
    ]
    return Findings(*(np.stack([getattr(found, name) for found in by_size], axis=1)
                      for name in ("estimate", "lower", "upper", "test")))  # fmt: skip


def _run_draw(drawing: Drawing, design: Design, sd: float, numbered: tuple[int, Floats, Form]) -> tuple[Floats, Floats]:
    """Return of a draw the shares of trials that succeed and that go wrong, and the true differences with their noise;
    its luck is its own.
    """
    number, values, form = numbered
    study = drawing.study_at(values, form)
    groups = groups_of(design)[: None if design.against_itself else -1]
    shares = np.zeros((2, len(groups) - 1, len(design.measures), len(design.sizes)))
    kept = np.zeros((len(groups), len(design.measures), COUNTS))
    for task in tasks_of(design, design.trials_per_draw):
        (_, lower, upper, test), moments = _run_task(study, design, groups, number + 1, sd, task)
        kept += moments.sum(axis=0)
        for m in range(len(design.measures)):
            shares[:, :, m] += [one.sum(axis=1) for one in judged(design, m, test[:, m], lower[:, m], upper[:, m])]
    worked()
    apart = np.empty((2, len(groups) - 1, len(design.measures)))
    for m in range(len(design.measures)):
        reference, *others = (moments_of(one) for one in kept[:, m])
        for c, one in enumerate(others):
            apart[0, c, m] = one.mean - reference.mean
            apart[1, c, m] = one.sd**2 / one.n + reference.sd**2 / reference.n
    if sd > 0:
        apart[1] += 2 * sd**2 / (design.therapists * design.trials_per_draw)
    return shares / design.trials_per_draw, apart


def _apart(kept: Floats, tasks: Sequence[tuple[int, int, int]], axis: int) -> list[Floats]:
    """Return what was kept task by task; `axis` is that of the trials."""
    ends = np.cumsum([trials for _, _, trials in tasks])
    many = int(np.searchsorted(ends, kept.shape[axis]))
    return [np.asarray(one) for one in np.split(kept, ends[:many], axis=axis)]


def _trials_in(tasks: Sequence[tuple[int, int, int]]) -> int:
    return sum(trials for _, _, trials in tasks)
