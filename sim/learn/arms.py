"""Arms of trials, simulated as they were done: made ready once, then predicted with the numbers of any study.

A trial's patients are those of its kind of patient with its baseline pain and entry rule; everybody comes to every
visit, and nothing is tuned to what was found. All studies see the same patients with the same luck, so that predictions
differ in the studies' numbers alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.calibration.reference import expected_reading
from sim.errors import ScenarioError
from sim.learn.trials import LARGEST, Published, Trial, Trials
from sim.luck.nets import NET_SIZE
from sim.luck.numbers import Luck, Needs, spread_luck
from sim.patient.arms import Arm as Plan
from sim.patient.arms import protocol_arm
from sim.patient.cohort import NO_ENTRY_RULE, CohortLaw, NaturalMeans, cohort_law, make_cohort, share_passing
from sim.patient.pathway import Rules, Trace
from sim.patient.patients import Patients, make_patients
from sim.patient.plans import Plans, build_plans, trace_arm
from sim.patient.setting import build_rules
from sim.quantities import DAY_133
from sim.scenario.places import with_values
from sim.scenario.references import Fault, Place
from sim.scenario.schema import Scenario
from sim.study.prepare import LEAST_PASSING, Study, prepare

Floats = NDArray[np.float64]

PATIENTS = 4096
"""Patients of an arm unless more are asked for."""
FEWEST_NETS = 10
_ROUNDS, _STEP, _NEAR = 30, 1.5, 0.01
"""How the mean pain of all who ask is looked for: steps, their length, and how near is near enough, in points."""
_ANY_COURSE = NaturalMeans(0.5, 30.0)
"""Pain at the start does not depend on what comes after it."""


@dataclass(frozen=True)
class Asked:
    """A published result: of which trial and arm, by their names in the file."""

    trial: str
    arm: str
    published: Published

    @property
    def place(self) -> str:
        """Which figure it is, on one line."""
        return f"{self.trial}.{self.arm}, day {self.published.day}, {self.published.outcome}"

    @property
    def what(self) -> tuple[object, ...]:
        """What was measured and when: the same for results that can be compared."""
        return self.published.day, self.published.outcome, self.published.fell_by


@dataclass(frozen=True)
class Predictions:
    """What a study predicts for every result of `arms.results`, in that order.

    `mean`: of all patients, in points or as a share, (results,); `sd` between patients; `by_net`: the mean of each net
    of patients and of its square, (2, results, nets). Nets are independent of each other, and the same for all arms of
    a trial.
    """

    mean: Floats
    sd: Floats
    by_net: Floats

    @property
    def mc_error(self) -> Floats:
        """Monte Carlo standard error of each mean, (results,)."""
        return _error(self.by_net[0])

    @property
    def sd_error(self) -> Floats:
        """Monte Carlo standard error of each sd, (results,)."""
        moved = self.by_net[1] - 2 * self.mean[:, None] * self.by_net[0]
        return np.asarray(_error(moved) / (2 * np.maximum(self.sd, 1e-12)))

    def difference(self, a: int, b: int) -> tuple[float, float]:
        """Return result a less result b, of one trial, with its Monte Carlo error: the same patients are in both."""
        return float(self.mean[a] - self.mean[b]), float(_error((self.by_net[0, a] - self.by_net[0, b])[None])[0])


@dataclass(frozen=True)
class _Ready:
    """A trial made ready: whose numbers differ from the scenario's, its patients' luck, its arms and its days."""

    profile: str
    baseline: Mapping[Place, float]
    least: float
    luck: Luck
    plans: Plans
    horizon: int
    arms: tuple[tuple[tuple[int, Published], ...], ...]


class TrialArms:
    """Arms of trials made ready for studies of a scenario, and of its variants in numbers and in form."""

    def __init__(self, scenario: Scenario, trials: Trials, patients: int = PATIENTS) -> None:
        """Raise ScenarioError for a kind of patient or a modality that the scenario lacks.

        `patients` of each arm are rounded up to whole nets, at least ten.
        """
        trials.check_against(scenario)
        self.trials = trials
        self.patients = max(math.ceil(patients / NET_SIZE), FEWEST_NETS) * NET_SIZE
        self.results = tuple(results_of(trials))
        self._ready = tuple(self._made(scenario, name, trial) for name, trial in trials.trials.items())

    def predict(self, study: Study) -> Predictions:
        """Return what a study predicts for every result."""
        mean, sd = np.empty(len(self.results)), np.empty(len(self.results))
        by_net = np.empty((2, len(self.results), self.patients // NET_SIZE))
        for ready in self._ready:
            for at, values, squares in _run(ready, study):
                by_net[0, at] = values.reshape(-1, NET_SIZE).mean(axis=1)
                by_net[1, at] = squares.reshape(-1, NET_SIZE).mean(axis=1)
                mean[at] = by_net[0, at].mean()
                sd[at] = math.sqrt(max(float(by_net[1, at].mean()) - float(mean[at]) ** 2, 0.0))
        return Predictions(mean, sd, by_net)

    def _made(self, scenario: Scenario, name: str, trial: Trial) -> _Ready:
        plans = {arm: protocol_arm(scenario, one.what) for arm, one in trial.arms.items()}
        asked = [
            tuple((k, one.published) for k, one in enumerate(self.results) if (one.trial, one.arm) == (name, arm))
            for arm in trial.arms
        ]
        last = max(one.published.day for one in self.results if one.trial == name)
        who = trial.who
        least = NO_ENTRY_RULE if who.reported_pain_at_least is None else who.reported_pain_at_least
        ready = _Ready(
            profile=who.profile,
            baseline={},
            least=least,
            luck=spread_luck(scenario.seed, 0, 0, _needs(scenario, plans), self.patients),
            plans=build_plans(plans, len(scenario.profiles)),
            horizon=max(last, DAY_133, *(one.last_day for one in plans.values())),
            arms=tuple(asked),
        )
        return _with_baseline(ready, scenario, self.trials, name)


def results_of(trials: Trials) -> Iterator[Asked]:
    """Yield every published result of a file, in order."""
    for name, trial in trials.trials.items():
        for arm, one in trial.arms.items():
            yield from (Asked(name, arm, published) for published in one.results)


def scenario_for(scenario: Scenario, trials: Trials) -> Scenario:
    """Return a scenario whose cohort has the trials' kinds of patients in equal parts, so that all are calibrated.

    Raises ScenarioError for a kind of patient or a modality that the scenario lacks.
    """
    trials.check_against(scenario)
    used = sorted({trial.who.profile for trial in trials.trials.values()})
    cohort = scenario.cohort.model_copy(update={"profiles": {name: 1 / len(used) for name in used}, "include": None})
    return scenario.model_copy(update={"cohort": cohort})


def predict(study: Study | Scenario, trials: Trials | TrialArms, patients: int = PATIENTS) -> Predictions:
    """Return what a study, or a scenario as it stands, predicts for every result of some trials.

    Raises ScenarioError for a kind of patient or a modality that the scenario lacks.
    """
    if isinstance(study, Scenario):
        base = trials.trials if isinstance(trials, TrialArms) else trials
        study = prepare(scenario_for(study, base))
    arms = trials if isinstance(trials, TrialArms) else TrialArms(study.scenario, trials, patients)
    return arms.predict(study)


def _needs(scenario: Scenario, plans: Mapping[str, Plan]) -> Needs:
    """Return the luck that a trial needs: nobody misses a visit, leaves, or is judged by a reading on the way."""
    pathways = [pathway for arm in plans.values() for pathway in arm.pathways]
    return Needs(
        modalities=tuple(scenario.modalities),
        visits=max(arm.longest for arm in plans.values()),
        soreness=max(float(pathway.event_risk[0].max()) for pathway in pathways),
        bruising=max(float(pathway.event_risk[1].max()) for pathway in pathways),
        attendance=False,
        drop_out=False,
        readings=any(pathway.judged_by_reading for pathway in pathways),
    )


def _with_baseline(ready: _Ready, scenario: Scenario, trials: Trials, name: str) -> _Ready:
    """Return a trial whose patients have its baseline pain: those who are taken in, where there is an entry rule.

    The mean of all who ask is then such that those who are taken in report the published mean. The spread is that of
    all who ask: readings spread wider by their noise, and how exact a trial's readings were is not published.
    """
    given = trials.trials[name].who.baseline
    if given is None:
        return ready
    place: Place = ("profiles", ready.profile, "baseline_pain")
    limits = scenario.profiles[ready.profile].baseline_pain
    low, high = float(limits.low), float(limits.high)
    natural = dict.fromkeys(scenario.profiles, _ANY_COURSE)

    def with_mean(mean: float) -> _Ready:
        return replace(ready, baseline={(*place, "mean"): mean, (*place, "sd"): given.sd})

    def faulty(message: str) -> ScenarioError:
        return trials.error([Fault(("trials", name, "who", "baseline", "mean"), given.mean, message)])

    if not low <= given.mean <= high:
        raise faulty(f"must lie within the pain of this kind of patient, {low:g} to {high:g}")
    found, mean = with_mean(given.mean), given.mean
    if ready.least <= 0:
        return found
    for _ in range(_ROUNDS):
        law = cohort_law(with_values(scenario, found.baseline), {ready.profile: 1.0}, natural, ready.least)
        if share_passing(law, list(scenario.profiles).index(ready.profile)) < LEAST_PASSING:
            raise faulty(f"hardly anybody would report as much as {ready.least:g}")
        off = float(make_cohort(ready.luck, law).baseline_reading.mean()) - given.mean
        if abs(off) < _NEAR:
            return found
        mean = min(max(mean - off * _STEP, low), high)
        found = with_mean(mean)
    raise faulty(f"patients who report at least {ready.least:g} have a mean that is higher")


def _law(ready: _Ready, study: Study) -> CohortLaw:
    scenario = with_values(study.scenario, ready.baseline) if ready.baseline else study.scenario
    return cohort_law(scenario, {ready.profile: 1.0}, dict(study.calibration.natural), ready.least)


def _rules(ready: _Ready, study: Study) -> Rules:
    return build_rules(study.scenario, study.parameters, ready.horizon)._replace(
        no_show=0.0, drop_out=0.0, drop_out_if_relieved=0.0, drop_out_if_not_relieved=0.0, drop_out_after_event=0.0
    )


def _run(ready: _Ready, study: Study) -> Iterator[tuple[int, Floats, Floats]]:
    """Yield each result's number with its value and its squared value, expected for each patient."""
    law, rules = _law(ready, study), _rules(ready, study)
    patients = make_patients(ready.luck, law, study.response)
    for a, asked in enumerate(ready.arms):
        trace = Trace.empty(0, ready.horizon + 1, len(patients.cohort.baseline))
        trace_arm(patients, ready.plans, a, rules, law.soreness_days, trace)
        for at, published in asked:
            yield at, *_expected(trace.diary[published.day], patients, published)


def _expected(pain: Floats, patients: Patients, published: Published) -> tuple[Floats, Floats]:
    """Return the value and the squared value that each patient is expected to report, (patients,).

    The noise of the reading on that day is integrated in closed form; the reading at the start is the patient's own.
    """
    noise, before = patients.cohort.noise, patients.cohort.baseline_reading
    if published.outcome == "responders":
        relief = published.fell_by
        assert relief is not None
        most = before - (float(relief.points) if relief.points else before * float(relief.percent or 0) / 100)
        share = np.where(most < 0, 0.0, np.where(most >= LARGEST, 1.0, ndtr((most - pain) / np.maximum(noise, 1e-9))))
        return share, share
    first, second = expected_reading(pain, noise), expected_square(pain, noise)
    if published.outcome == "pain":
        return first, second
    return before - first, before**2 - 2 * before * first + second


def expected_square(pain: Floats, sd: Floats) -> Floats:
    """Return the mean of the square of `clip(pain + sd * noise, 0, 10)` in closed form, in points squared."""
    safe = np.maximum(sd, 1e-9)

    def above(limit: float) -> Floats:
        """The mean of the positive part of (x - limit), squared."""
        z = (pain - limit) / safe
        return np.asarray(((pain - limit) ** 2 + safe**2) * ndtr(z) + (pain - limit) * safe * _density(z))

    def over(limit: float) -> Floats:
        z = (pain - limit) / safe
        return np.asarray((pain - limit) * ndtr(z) + safe * _density(z))

    return above(0.0) - above(LARGEST) - 2 * LARGEST * over(LARGEST)


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi))


def _error(by_net: Floats) -> Floats:
    nets = by_net.shape[1]
    return np.asarray(by_net.std(axis=1, ddof=1) / math.sqrt(nets))
