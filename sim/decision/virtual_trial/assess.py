"""What trials of a design would find: power, assurance, type-I error, precision, and how many patients it takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.virtual_trial.design import Design
from sim.decision.virtual_trial.formula import Formula
from sim.decision.virtual_trial.groups import groups_of
from sim.decision.virtual_trial.moments import Moments, jackknife_error, moments_of, without_each
from sim.decision.virtual_trial.needed import Needed, needed
from sim.decision.virtual_trial.run import Drawn, Trials, judged, run_draws_of_trials, run_trials
from sim.estimate.estimate import Z95, Estimate
from sim.estimate.estimates import wilson
from sim.scenario.schema import Scenario
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.prepare import Study, prepare
from sim.units import NUMBER, PATIENTS, POINTS, SHARE, Unit

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

POWERS = (0.8, 0.9)
"""For which the number of patients is looked for."""
NEAR = 0.01
"""By which part a size is changed to see what patients add to the power."""
FEWEST_SUCCESSES = 20
"""Trials that must have succeeded before it is said by how much their estimates are too large."""


@dataclass(frozen=True)
class AtSize:
    """A comparison in trials of one size: patients in the arm and in the reference.

    `power`: the share of trials that succeed; `against`: those that find the arm significantly worse; `assurance`: the
    power over draws of the inputs, None without; `width` of the interval, `coverage` of the true difference;
    `exaggerated`: the mean estimate of trials that succeeded over the true difference; `lost`: the share of trials that
    could not be analysed; `formula`: the textbook's power.
    """

    size: int
    in_reference: int
    power: Estimate
    against: Estimate
    assurance: Estimate | None
    assured_against: Estimate | None
    width: Estimate
    coverage: Estimate
    exaggerated: Estimate
    formula: Estimate
    lost: Estimate

    @property
    def total(self) -> int:
        """Patients in both groups."""
        return self.size + self.in_reference


@dataclass(frozen=True)
class Spread:
    """How a group's patients scatter: mean, sd, correlation with the first reading and likeness within therapists.

    `left_sd`, `left_r`: of the reading on the day, where the measure is the fall since the first one.
    """

    arm: str
    mean: Estimate
    sd: Estimate
    r: Estimate
    before: Estimate
    before_sd: Estimate
    left_sd: Estimate
    left_r: Estimate
    icc: Estimate


@dataclass(frozen=True)
class Comparison:
    """An arm against the reference in one measure, by its place in the design.

    `difference`: the true one, arm less reference; `needed`: patients by power at the stated inputs; `assured`: by
    assurance; `by_formula`: by the textbook; `limit`: what assurance tends to with ever more patients, None without
    draws. `estimates`: those of all trials at the largest size, (trials,), and at the smallest, by place.
    """

    arm: str
    measure: int
    difference: Estimate
    sizes: tuple[AtSize, ...]
    needed: tuple[Needed, ...]
    assured: tuple[Needed, ...]
    by_formula: tuple[Estimate, ...]
    limit: Estimate | None
    estimates: Floats
    spread: tuple[Spread, Spread]

    def at(self, size: int) -> AtSize:
        """Return what there is at a size."""
        return next(one for one in self.sizes if one.size == size)


@dataclass(frozen=True)
class TypeOne:
    """The reference against itself in one measure: the share of trials that find a difference, by size."""

    measure: int
    errors: tuple[Estimate, ...]


@dataclass(frozen=True)
class VirtualTrial:
    """What trials of a design would find, in a scenario; `therapist_sd` in points.

    `draws` of the inputs there are, of those `asked` for: none where nothing is uncertain.
    """

    scenario: Scenario
    design: Design
    draws: int
    asked: int
    comparisons: tuple[Comparison, ...]
    type_one: tuple[TypeOne, ...]
    therapist_sd: float

    def of(self, measure: int) -> tuple[Comparison, ...]:
        """Return the comparisons in a measure."""
        return tuple(one for one in self.comparisons if one.measure == measure)


def run_virtual_trial(
    scenario: Scenario, design: Design, draws: int, workers: int,
    step: Callable[[str], None] = lambda what: None, progress: Callable[[str], Progress] = lambda what: _untold,
    saved: Saved = NOTHING_SAVED,
) -> tuple[VirtualTrial, Study]:  # fmt: skip
    """Run a trial many times at the stated inputs, and in draws of them; return it with the study it was run in.

    Raises ScenarioError for an entry rule that hardly anybody passes, and as `run_draws_of_trials` does.
    """
    step("calibrating")
    study = prepare(scenario)
    trials = run_trials(study, design, workers, progress("running trials"), saved)
    drawn = None
    if not design.against_itself:
        drawn = run_draws_of_trials(study, design, trials.sd, draws, workers, progress("drawing the inputs"), saved)
    return found_of(scenario, design, trials, drawn, draws), study


def _untold(done: int, total: int) -> None:
    """Tell nobody."""


def found_of(scenario: Scenario, design: Design, trials: Trials, drawn: Drawn | None, asked: int) -> VirtualTrial:
    """Return what trials, and trials in draws of the inputs, of which so many were asked for, say of a design."""
    groups = groups_of(design)
    comparisons = [] if design.against_itself else [
        _comparison(design, trials, drawn, m, c) for m in range(len(design.measures)) for c in range(len(groups) - 2)
    ]  # fmt: skip
    type_one = tuple(_type_one(design, trials, m) for m in range(len(design.measures)))
    draws = 0 if drawn is None else drawn.shares.shape[1]
    return VirtualTrial(scenario, design, draws, asked, tuple(comparisons), type_one, trials.sd)


def share_of_trials(hits: Floats) -> Estimate:
    """Return the share of trials that something was found in, with Wilson's interval; NaN where there is no trial.

    Its error is that of (n p + 1/2) / (n + 1), so that none and all of them have one too.
    """
    n = len(hits)
    if n == 0:
        return _nothing(SHARE)
    share = float(hits.mean())
    low, high = wilson(share, n, Z95)
    return Estimate(SHARE, share, _error_of_share(share, n), float(low), float(high), over="trials")


def _error_of_share(share: float, n: int) -> float:
    near = (n * share + 0.5) / (n + 1)
    return math.sqrt(near * (1 - near) / n)


def _comparison(design: Design, trials: Trials, drawn: Drawn | None, m: int, c: int) -> Comparison:
    unit = _unit(design, m)
    estimate, lower, upper, test = trials.findings[:, c, m]
    wins, losses = judged(design, m, test, lower, upper)
    whole = trials.moments.sum(axis=0)
    left_out = without_each(trials.moments)
    difference = _difference(design, m, whole, left_out, c)
    formulas = [
        Formula(design, m, moments_of(kept[c + 1, m]), moments_of(kept[0, m]), _assessed(design, design.arms[c]))
        for kept in (whole, *left_out)
    ]
    of_draws = None if drawn is None else drawn.shares[:, :, c, m]
    sizes = tuple(
        AtSize(
            size=size,
            in_reference=design.in_reference(size),
            power=share_of_trials(wins[:, k]),
            against=share_of_trials(losses[:, k]),
            assurance=None if of_draws is None else _over_draws(of_draws[0, :, k], design.trials_per_draw),
            assured_against=None if of_draws is None else _over_draws(of_draws[1, :, k], design.trials_per_draw),
            width=_mean(unit, (upper - lower)[:, k]),
            coverage=_covered(lower[:, k], upper[:, k], difference.estimate),
            exaggerated=_exaggerated(estimate[:, k], wins[:, k], difference.estimate),
            formula=_formula_power(formulas, size),
            lost=share_of_trials((~np.isfinite(estimate[:, k])).astype(np.float64)),
        )
        for k, size in enumerate(design.sizes)
    )
    limit = None if drawn is None else _limit(design, m, drawn.apart[:, :, c, m])
    at, most = np.array(design.sizes, dtype=np.float64), 1.0 if formulas[0].effect > 0 else 0.0
    assured = () if of_draws is None or limit is None else tuple(
        needed(power, at, _all_and_without(of_draws[0]), limit.estimate) for power in POWERS
    )  # fmt: skip
    return Comparison(
        arm=design.arms[c],
        measure=m,
        difference=difference,
        sizes=sizes,
        needed=tuple(needed(power, at, _all_and_without(wins), most) for power in POWERS),
        assured=assured,
        by_formula=tuple(_formula_size(formulas, power) for power in POWERS),
        limit=limit,
        estimates=estimate,
        spread=(_spread(design, m, design.arms[c], c + 1, whole, left_out),
                _spread(design, m, design.reference, 0, whole, left_out)),
    )  # fmt: skip


def _unit(design: Design, m: int) -> Unit:
    return NUMBER if design.analyses[m] == "odds_ratio" else design.measures[m].unit


def _assessed(design: Design, arm: str) -> tuple[float, float]:
    """Return the shares of an arm and of the reference whose outcome is analysed."""
    if design.missing == "no_change":
        return 1.0, 1.0
    return 1.0 - design.dropout[arm], 1.0 - design.dropout[design.reference]


def _formula_power(formulas: Sequence[Formula], size: float) -> Estimate:
    """Return the textbook's power; its error is that of the spread and the difference that it is given: `formulas` of
    all trials, then without each part of them in turn.
    """
    found, *others = (formula.power(size) for formula in formulas)
    return Estimate.normal(SHARE, found, jackknife_error(np.array(others)), over="trials")


def _formula_size(formulas: Sequence[Formula], power: float) -> Estimate:
    """Return the patients that the textbook's power takes, inf where none are enough; the error is that of the power
    over how much a patient more adds to it.
    """
    size = formulas[0].needed(power)
    if not math.isfinite(size):
        return Estimate(PATIENTS, math.inf, math.nan, math.nan, math.nan, over="trials")
    slope = (formulas[0].power(size * (1 + NEAR)) - formulas[0].power(size * (1 - NEAR))) / (2 * NEAR * size)
    error = _formula_power(formulas, size).mc_error / slope if slope > 0 else math.nan
    return Estimate.normal(PATIENTS, size, error, over="trials")


def _apart(design: Design, m: int, one: Moments, other: Moments) -> float:
    if design.analyses[m] == "odds_ratio":
        p, q = one.mean, other.mean
        return math.log(p / (1 - p)) - math.log(q / (1 - q)) if 0 < p < 1 and 0 < q < 1 else math.nan
    return one.mean - other.mean


def _difference(design: Design, m: int, whole: Floats, left_out: Floats, c: int) -> Estimate:
    """Return the true difference of an arm from the reference: that of all patients of all trials."""
    found, *others = (
        _apart(design, m, moments_of(kept[c + 1, m]), moments_of(kept[0, m])) for kept in (whole, *left_out)
    )
    return Estimate.normal(_unit(design, m), found, jackknife_error(np.array(others)), over="trials")


def _spread(design: Design, m: int, arm: str, g: int, whole: Floats, left_out: Floats) -> Spread:
    all_of_them = [moments_of(kept[g, m]) for kept in (whole, *left_out)]
    unit = design.measures[m].unit

    def estimate(of: Unit, name: str) -> Estimate:
        found, *others = (getattr(one, name) for one in all_of_them)
        return Estimate.normal(of, found, jackknife_error(np.array(others)), over="trials")

    return Spread(
        arm, estimate(unit, "mean"), estimate(unit, "sd"), estimate(NUMBER, "r"), estimate(POINTS, "before"),
        estimate(POINTS, "before_sd"), estimate(POINTS, "left_sd"), estimate(NUMBER, "left_r"),
        estimate(NUMBER, "icc"),
    )  # fmt: skip


def _type_one(design: Design, trials: Trials, m: int) -> TypeOne:
    test = trials.findings[3, -1, m]
    return TypeOne(m, tuple(share_of_trials((np.abs(test[:, k]) > 1).astype(np.float64)) for k in range(len(test[0]))))


def _over_draws(shares: Floats, trials: int) -> Estimate:
    """Return the mean over draws of the share of so many trials in each; all alike, it has the error of the trials."""
    mean = float(shares.mean())
    error = max(float(shares.std(ddof=1)) / math.sqrt(len(shares)), _error_of_share(mean, len(shares) * trials))
    low, high = max(mean - Z95 * error, 0.0), min(mean + Z95 * error, 1.0)
    return Estimate(SHARE, mean, error, low, high, over="draws")


def _limit(design: Design, m: int, apart: Floats) -> Estimate:
    """Return the share of draws in which a trial without end succeeds, with the noise of the true differences taken off
    their spread.
    """
    sign, margin = design.measures[m].sign, design.margins[m]
    beyond = {"superiority": 0.0, "non_inferiority": -margin, "superiority_by_margin": margin}[design.hypothesis]
    values, noise = sign * apart[0], float(apart[1].mean())
    spread = float(values.var(ddof=1))
    kept = math.sqrt(max(1 - noise / spread, 0.0)) if spread > 0 else 1.0
    return _over_draws((values.mean() + kept * (values - values.mean()) > beyond).astype(np.float64), 1)


def _mean(unit: Unit, values: Floats) -> Estimate:
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return _nothing(unit)
    return Estimate.normal(unit, float(known.mean()), float(known.std(ddof=1)) / math.sqrt(len(known)), over="trials")


def _covered(lower: Floats, upper: Floats, truth: float) -> Estimate:
    known = np.isfinite(lower) & np.isfinite(upper)
    return share_of_trials(((lower <= truth) & (truth <= upper))[known].astype(np.float64))


def _exaggerated(estimates: Floats, wins: Floats, truth: float) -> Estimate:
    """Return how many times the true difference trials that succeed find on average."""
    found = estimates[wins > 0]
    if len(found) < FEWEST_SUCCESSES or not truth:
        return _nothing(NUMBER)
    ratio = found / truth
    return Estimate.normal(NUMBER, float(ratio.mean()), float(ratio.std(ddof=1)) / math.sqrt(len(ratio)), over="trials")


def _all_and_without(hits: Floats) -> Floats:
    """Return the mean of hits, (trials, sizes), in all trials and without each part of them, (1 + parts, sizes)."""
    counted = np.concatenate([hits, np.ones((len(hits), 1))], axis=1)
    whole = np.concatenate([counted.sum(axis=0)[None], without_each(counted)])
    return np.asarray(whole[:, :-1] / whole[:, -1:])


def _nothing(unit: Unit) -> Estimate:
    return Estimate(unit, math.nan, math.nan, math.nan, math.nan, over="trials")
