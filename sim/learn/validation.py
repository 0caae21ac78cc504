"""How well published trials are predicted: by evidence set, by form of the model, with every doubt that is stated.

A trial's result is expected within the doubt about the inputs (draws), the sampling error of the trial and the Monte
Carlo error together. What differs between trials for other reasons is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.learn.arms import PATIENTS, Asked, Predictions, TrialArms, scenario_for
from sim.learn.mixture import below, quantile
from sim.learn.trials import Certainty, Trial, Trials
from sim.scenario.places import quantities
from sim.scenario.schema import Scenario
from sim.scenario.structure import Form
from sim.study.at_work import Told, worked
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.draws import Planned, plan_draws
from sim.study.executors import open_pool
from sim.study.prepare import is_read_by_calibration, prepare

Floats = NDArray[np.float64]

DRAWS = 200
"""Draws of the inputs unless more are asked for."""
FEWEST_DRAWS = 10
"""Draws from which on their spread is looked at."""
IN_DRAWS = 2048
"""Patients of an arm in each draw."""
LEVELS = (0.5, 0.8, 0.95)
"""Intervals whose coverage is counted."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Comparison:
    """A published figure, or a difference of two within a trial, and what was predicted.

    `versus`: the other arm of a difference, empty for a result of an arm. `predicted` and `mc_error`: the scenario as
    it stands; `mean` and `doubt`: mean and spread over draws of the inputs; `rank`: where the published value lies in
    the predictive distribution, 0 to 1; `lower`, `upper`: its 95 % interval, of the doubt alone where the published
    value has no error. `published_sd`, `predicted_sd` with `sd_error`: the spread between patients, of arms.
    """

    asked: Asked
    versus: str
    certainty: Certainty
    published: float
    sampling_error: float
    predicted: float
    mc_error: float
    mean: float
    doubt: float
    rank: float
    lower: float
    upper: float
    published_sd: float
    predicted_sd: float
    sd_error: float

    @property
    def off(self) -> float:
        """Predicted less published."""
        return self.predicted - self.published

    @property
    def total_sd(self) -> float:
        """Spread of the predictive distribution; NaN where the published value has no error."""
        return math.sqrt(self.doubt**2 + self.sampling_error**2 + self.mc_error**2)

    @property
    def z(self) -> float:
        """How many spreads of the predictive distribution the published value lies above what is predicted."""
        return (self.published - self.mean) / self.total_sd

    @property
    def width(self) -> float:
        """Width of the 95 % interval, in the unit of the result."""
        return self.upper - self.lower

    @property
    def is_held_out(self) -> bool:
        """Whether it is marked as not to be read by a fit."""
        return self.asked.published.held_out

    @property
    def is_sure(self) -> bool:
        """Whether it counts: sure, and with an error."""
        return self.certainty == "sure" and math.isfinite(self.z)

    def within(self, level: float) -> bool:
        """Tell whether the published value lies in the middle of the predictive distribution that has this share."""
        return abs(self.rank - 0.5) <= level / 2


@dataclass(frozen=True)
class Score:
    """How well several comparisons were predicted: root mean square of z and of points off, and how many within.

    `n` comparisons, `covered` of them within the intervals of LEVELS; NaN without any. Shares are not in `rms_off`.
    """

    n: int
    rms_z: float
    rms_off: float
    covered: tuple[int, ...]

    @property
    def rms_z_error(self) -> float:
        """Standard error of `rms_z` if the comparisons were independent and normal; those of a trial are not."""
        return self.rms_z / math.sqrt(2 * self.n) if self.n else math.nan


@dataclass(frozen=True)
class Alternative:
    """The same with draws that took one alternative form of the model only."""

    kind: str
    name: str
    draws: int
    arms: Score
    differences: Score


@dataclass(frozen=True)
class Validated:
    """An evidence set held against the trials: every comparison, and the scores."""

    label: str
    scenario: Scenario
    inputs: int
    draws: int
    arms: tuple[Comparison, ...]
    differences: tuple[Comparison, ...]
    alternatives: tuple[Alternative, ...]

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Results of arms, then differences."""
        return self.arms + self.differences


@dataclass(frozen=True)
class Validation:
    """Several evidence sets held against the same trials; `patients` of each arm, and in each draw."""

    trials: Trials
    sets: tuple[Validated, ...]
    patients: int
    patients_per_draw: int

    @property
    def holds_doubt(self) -> bool:
        """Whether the intervals hold the doubt about the inputs: without draws the inputs stand as they are."""
        return self.sets[0].draws > 0


def validate(
    scenarios: Mapping[str, Scenario], trials: Trials, draws: int = DRAWS, patients: int = PATIENTS, workers: int = 1,
    progress: Callable[[str], Progress] = lambda label: lambda done, total: None, saved: Saved = NOTHING_SAVED,
) -> Validation:  # fmt: skip
    """Hold scenarios, by name, against trials; the result depends neither on `workers` nor on interruptions.

    `draws` of the inputs, 0 for none: then the intervals hold sampling and Monte Carlo error alone. Raises
    ScenarioError for a kind of patient or a modality that a scenario lacks.
    """
    sets = []
    for number, (label, scenario) in enumerate(scenarios.items()):
        draws_of_set = _Drawn(saved, f"draws-{number + 1}", draws, workers, progress(label))
        sets.append(_validated(label, scenario_for(scenario, trials), trials, patients, draws_of_set))
    return Validation(trials, tuple(sets), patients, min(patients, IN_DRAWS))


def made_from(scenario: Scenario, trial: Trial) -> tuple[str, ...]:
    """Return the paths of the numbers behind a prediction that name a trial among their sources."""
    ids, own = set(trial.evidence), trial.who
    return tuple(
        one.path for one in quantities(scenario)
        if ids & set(one.quantity.source.split(", ")) and is_read_by_calibration(one.place)
        and (one.place[0] != "profiles" or one.place[1] == own.profile)
        and not ("baseline_pain" in one.place and own.baseline is not None)
    )  # fmt: skip


def score(comparisons: Sequence[Comparison]) -> Score:
    """Return how well comparisons that are sure were predicted."""
    counted = [one for one in comparisons if one.is_sure]
    if not counted:
        return Score(0, math.nan, math.nan, tuple(0 for _ in LEVELS))
    covered = tuple(sum(one.within(level) for one in counted) for level in LEVELS)
    in_points = [one.off for one in counted if one.asked.published.outcome != "responders"]
    return Score(len(counted), _rms([one.z for one in counted]), _rms(in_points), covered)


def _rms(values: Sequence[float]) -> float:
    return math.sqrt(math.fsum(x * x for x in values) / len(values)) if values else math.nan


@dataclass(frozen=True)
class _Drawn:
    """How many draws of an evidence set are made, by how many workers, and where they are kept as which part."""

    saved: Saved
    part: str
    number: int
    workers: int
    progress: Progress

    def means(self, planned: Planned, arms: TrialArms) -> Floats:
        """Return what is predicted of each result in each draw, (draws, results)."""
        kept = self.saved.load(self.part)
        done: list[Floats] = [] if kept is None else list(kept["means"])
        told = Told(self.progress, len(done), self.number)
        run = partial(_means, planned, arms)
        with open_pool(self.workers) as pool:
            for found in pool.in_order(run, iter(range(len(done), self.number)), told.under_way):
                done.append(found)
                self.saved.save(self.part, lambda: {"means": np.array(done)})
                told.finished(len(done))
        return np.array(done).reshape(self.number, len(arms.results))


def _validated(label: str, scenario: Scenario, trials: Trials, patients: int, drawn: _Drawn) -> Validated:
    study, draws = prepare(scenario), drawn.number
    stated = TrialArms(scenario, trials, patients).predict(study)
    few = TrialArms(scenario, trials, min(patients, IN_DRAWS))
    # All draws see the same patients, so what few of them count too much is taken from the stated inputs.
    planned = plan_draws(study, number=draws)
    means = drawn.means(planned, few) + (stated.mean - few.predict(study).mean)
    arms, differences = _both(few.results, trials, stated, means)
    return Validated(
        label,
        scenario,
        len(planned.drawing.inputs),
        draws,
        arms,
        differences,
        tuple(_alternatives(scenario, planned.forms, few, stated, means)),
    )


def compared(results: Sequence[Asked], trials: Trials, middle: Predictions, means: Floats) -> tuple[Comparison, ...]:
    """Return published results, then differences within trials, beside predictions.

    `middle`: what is predicted in the middle; `means`: by draw of the inputs, (draws, results).
    """
    arms, differences = _both(results, trials, middle, means)
    return arms + differences


def _both(
    results: Sequence[Asked], trials: Trials, stated: Predictions, means: Floats
) -> tuple[tuple[Comparison, ...], tuple[Comparison, ...]]:
    return tuple(_arms(results, trials, stated, means)), tuple(_differences(results, trials, stated, means))


def _means(planned: Planned, arms: TrialArms, draw: int) -> Floats:
    found = arms.predict(planned.drawing.study_at(planned.values[draw], planned.forms[draw])).mean
    worked()
    return found


def _alternatives(
    scenario: Scenario, forms: Sequence[Form], arms: TrialArms, stated: Predictions, means: Floats
) -> Iterator[Alternative]:
    """Yield each alternative of a kind of structure that has several, with the draws that took it."""
    for kind, alternatives in scenario.structure.items():
        for name in alternatives if len(alternatives) > 1 else ():
            took = np.array([(kind, name) in form.chosen for form in forms], dtype=bool)
            if took.sum() >= FEWEST_DRAWS:
                kept = means[took]
                of_arms = [_about_mean(one) for one in _arms(arms.results, arms.trials, stated, kept)]
                between = [_about_mean(one) for one in _differences(arms.results, arms.trials, stated, kept)]
                yield Alternative(kind, name, int(took.sum()), score(of_arms), score(between))


def _about_mean(one: Comparison) -> Comparison:
    """Return a comparison whose prediction is the mean of its draws: the stated scenario has another form."""
    return replace(one, predicted=one.mean)


def _arms(results: Sequence[Asked], trials: Trials, stated: Predictions, means: Floats) -> Iterator[Comparison]:
    errors, sd_errors = stated.mc_error, stated.sd_error
    for k, one in enumerate(results):
        found = one.published
        certainty = trials.trials[one.trial].arms[one.arm].certainty
        spread = found.sd if found.sd is not None and found.outcome != "responders" else math.nan
        yield _comparison(
            one, "", certainty, found.value, found.sampling_error, float(stated.mean[k]), float(errors[k]), means[:, k],
            (spread, float(stated.sd[k]), float(sd_errors[k])),
        )  # fmt: skip


def _differences(results: Sequence[Asked], trials: Trials, stated: Predictions, means: Floats) -> Iterator[Comparison]:
    """Yield the differences within trials, of results on the same day and in the same outcome."""
    place = {(one.trial, one.arm, one.what): k for k, one in enumerate(results)}
    for name, trial in trials.trials.items():
        for a, b in trial.pairs:
            for (of, arm, what), i in place.items():
                j = place.get((name, b, what))
                if (of, arm) != (name, a) or j is None:
                    continue
                one, other = results[i].published, results[j].published
                sure = all(trial.arms[arm].certainty == "sure" for arm in (a, b))
                predicted, error = stated.difference(i, j)
                yield _comparison(
                    results[i], b, "sure" if sure else "marked", one.value - other.value,
                    math.hypot(one.sampling_error, other.sampling_error), predicted, error, means[:, i] - means[:, j],
                    (math.nan, math.nan, math.nan),
                )  # fmt: skip


def _comparison(
    asked: Asked, versus: str, certainty: Certainty, published: float, sampling: float, predicted: float,
    mc_error: float, means: Floats, spread: tuple[float, float, float],
) -> Comparison:  # fmt: skip
    centres = means if len(means) else np.array([predicted])
    doubt = float(centres.std(ddof=1)) if len(centres) > 1 else 0.0
    noise = math.hypot(0.0 if math.isnan(sampling) else sampling, mc_error)
    rank = math.nan if math.isnan(sampling) else below(centres, noise, published)
    return Comparison(
        asked, versus, certainty, published, sampling, predicted, mc_error, float(centres.mean()), doubt, rank,
        quantile(centres, noise, 0.025), quantile(centres, noise, 0.975), *spread,
    )  # fmt: skip
