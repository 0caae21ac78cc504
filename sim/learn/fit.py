"""From a clinic's records, and arms of trials, to what they teach: the whole way, with its checks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError
from sim.learn.between_therapies import contrasts
from sim.learn.checks import Check, HeldOut, checks, held_out
from sim.learn.counts import count
from sim.learn.evidence import Evidence
from sim.learn.fitted import Learnt, fitted_scenario, fitted_tree, given_by, learnt
from sim.learn.likelihood import Bank, Likelihood
from sim.learn.observed import Observed, observe, some_of
from sim.learn.posterior import Asked, Estimator, Posterior
from sim.learn.prior import Unknowns
from sim.learn.records import Records
from sim.learn.second_opinion import BANK, NEAR, SecondOpinion, second_opinion
from sim.learn.told import Told, TradeOff, told, trade_offs
from sim.learn.trials import Trials
from sim.learn.validation import Comparison
from sim.learn.with_data import expected_results
from sim.scenario.schema import Scenario
from sim.study.at_work import Threads
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.draws import run_draws
from sim.study.prepare import Study, prepare
from sim.study.uncertainty import Uncertainty, uncertainty_of

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

FEWEST_PATIENTS = 10
MOST_PATIENTS = 1000
"""Patients whose records are read; of more, so many are taken, evenly over all."""
FOLD = 5
"""One patient in so many is left out and predicted."""
OWED_BANK = 2048
WEIGHED = 128
"""Draws at which it is found how likely they are without those who are left out, and the bank that it is found over."""
CONSEQUENCE_DRAWS, CONSEQUENCE_PATIENTS = 128, 500
"""Draws and patients by which it is found what the fit changes for a choice."""


@dataclass(frozen=True)
class Fit:
    """What was learnt: the `posterior` and what it says of each unknown, how well it fits, and what follows.

    `records` are those that were read, `used` how many of their patients were; `modalities`: those of which there is
    data; `is_exchangeable`: whether differences between therapies were learnt from who got which; `results` of trials,
    read or held out, beside what is expected of them with the data; `second`: what another sampler says, if that was
    asked for; `before` and `after`: what draws of the inputs say of every arm without and with the data.
    """

    study: Study
    records: Records | None
    trials: Trials | None
    used: int
    modalities: tuple[str, ...]
    profiles: tuple[str, ...]
    is_exchangeable: bool
    posterior: Posterior
    told: tuple[Told, ...]
    trade_offs: tuple[TradeOff, ...]
    numbers: tuple[Learnt, ...]
    checks: tuple[Check, ...]
    held_out: HeldOut | None
    results: tuple[Comparison, ...]
    second: SecondOpinion | None
    before: Uncertainty
    after: Uncertainty

    @property
    def sha256(self) -> str:
        """The hash of all data: that of the records, of the trials' file, or of both hashes together."""
        known = [self.records.sha256] if self.records is not None else []
        if self.trials is not None:
            known.append(self.trials.sha256)
        return known[0] if len(known) == 1 else hashlib.sha256("".join(known).encode()).hexdigest()

    @property
    def about(self) -> str:
        """What was learnt from, in words."""
        parts = [f"{self.used:,} patients' records"] if self.records is not None else []
        if self.trials is not None:
            number = len(self.trials.trials)
            parts.append(f"{number} trial{'' if number == 1 else 's'}")
        return " and ".join(parts)


def fit_data(
    scenario: Scenario,
    records: Records | None,
    trials: Trials | None = None,
    *,
    exchangeable: bool = False,
    with_second: bool = False,
    asked: Asked | None = None,
    progress: Progress = lambda part, done, total: None,
    kept: Saved = NOTHING_SAVED,
) -> Fit:
    """Return what records and arms of trials teach about a scenario's inputs; `kept` has what an earlier attempt had
    finished.

    Raises ScenarioError for too few patients, and for trials that cannot be simulated.
    """
    asked = asked or Asked()
    progress("calibrating", 0, 0)
    study = prepare(scenario)
    used = _used(records) if records is not None else None
    modalities, profiles = _concerned(scenario, used, trials)
    progress("the prior", 0, 0)
    unknowns = Unknowns(study, modalities, profiles, asked.workers)
    observed = observe(used, scenario) if used is not None else None
    counts = count(used, tuple(scenario.modalities)) if used is not None else None
    evidence = Evidence(study, observed, counts, trials)
    by_choice = _given_alone(used) if used is not None else ()
    held = None
    if not exchangeable and len(by_choice) > 1:
        together = any(len(visit.modalities) > 1 for one in used.patients for visit in one.visits) if used else False
        held = contrasts(unknowns.prior(unknowns.stated), by_choice, together)
    posterior = Estimator(unknowns, evidence, asked, held, progress, kept).run()
    second = _second(evidence, posterior, asked, progress) if with_second else None
    pieces = len(used.patients) if used is not None else 0
    said = told(posterior, pieces)
    progress("checks", 0, 0)
    found = checks(observed, posterior, asked.seed) if observed is not None else ()
    left_out = _left_out(observed, posterior, asked) if observed is not None else None
    numbers = learnt(posterior, said)
    results = expected_results(trials, posterior, asked.workers) if trials is not None else ()
    before, after = _consequences(study, posterior, numbers, asked, progress)
    return Fit(
        study, records, trials, pieces, modalities, profiles, exchangeable, posterior, said, trade_offs(posterior),
        numbers, found, left_out, results, second, before, after,
    )  # fmt: skip


def _second(evidence: Evidence, posterior: Posterior, asked: Asked, progress: Progress) -> SecondOpinion | None:
    near = [posterior.unknowns.study_at(posterior.values[k], posterior.forms[k]) for k in range(NEAR)]
    with Threads(asked.workers) as pool:
        data, anew = evidence.fixed(BANK, near, asked.seed, pool)
    return second_opinion(posterior, data, asked.seed, asked.workers, progress, anew=anew)


def _used(records: Records) -> Records:
    """Return records of no more patients than can be read in time, evenly over all of them."""
    patients = [one for one in records.patients if any(visit.attended for visit in one.visits)]
    if len(patients) < FEWEST_PATIENTS:
        raise ScenarioError(
            [f"records: {len(patients)} patients with a visit that took place; allowed: {FEWEST_PATIENTS} at least. "
             "So few tell next to nothing; `simulate describe` shows what there is"]
        )  # fmt: skip
    if len(patients) > MOST_PATIENTS:
        at = np.linspace(0, len(patients) - 1, MOST_PATIENTS).round().astype(int)
        patients = [patients[k] for k in at]
    return replace(records, patients=tuple(patients))


def _concerned(
    scenario: Scenario, records: Records | None, trials: Trials | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the modalities and the kinds of patient of which there is data, in the scenario's order."""
    modalities: set[str] = set()
    profiles: set[str | None] = set()
    if records is not None:
        modalities |= {name for one in records.patients for visit in one.visits for name in visit.modalities}
        profiles |= {one.profile for one in records.patients}
    if trials is not None:
        for trial in trials.trials.values():
            profiles.add(trial.who.profile)
            for arm in trial.arms.values():
                modalities |= {name for visit in arm.what.visit_modalities for name in visit}
    if None in profiles:
        profiles |= {name for name, share in scenario.cohort.profiles.items() if share > 0}
    return (
        tuple(name for name in scenario.modalities if name in modalities),
        tuple(name for name in scenario.profiles if name in profiles),
    )


def _given_alone(records: Records) -> tuple[str, ...]:
    """Return the modalities that somebody was given who was not given another one beside it."""
    given = [{name for visit in one.visits for name in visit.modalities} for one in records.patients]
    return tuple(sorted({name for names in given if len(names) == 1 for name in names}))


def _left_out(observed: Observed, posterior: Posterior, asked: Asked) -> HeldOut | None:
    """Predict every fifth patient by the posterior without them: its draws, weighed by how little they owe to them."""
    fold = np.arange(observed.patients) % FOLD == FOLD // 2
    likelihood = Likelihood(some_of(observed, fold), Bank.of(posterior.unknowns.study, OWED_BANK))
    number = min(WEIGHED, len(posterior.z))
    owed = np.array(
        [
            likelihood.by_patient(posterior.unknowns.study_at(posterior.values[k], posterior.forms[k])).sum()
            for k in range(number)
        ]
    )
    weights = np.exp(-(owed - owed.min()))
    # A few draws that owe the least would else stand for all.
    weights = np.minimum(weights, weights.mean() * math.sqrt(number))
    return held_out(observed, posterior, weights / weights.sum(), fold, asked.seed)


def _consequences(
    study: Study, posterior: Posterior, numbers: tuple[Learnt, ...], asked: Asked, progress: Progress
) -> tuple[Uncertainty, Uncertainty]:
    """Return what draws of the inputs say of every arm before the data and with them, on the same luck."""
    draws = study.scenario.draws.model_copy(
        update={"number": CONSEQUENCE_DRAWS, "patients": CONSEQUENCE_PATIENTS, "from_": None, "sha256": None}
    )
    small = study.scenario.model_copy(update={"draws": draws})
    before = run_draws(
        replace(study, scenario=small), asked.workers,
        lambda done, total: progress("what follows, before", done, total),
    )  # fmt: skip
    fitted = fitted_scenario(small, fitted_tree(small, posterior, numbers, "the data", ""))
    after = run_draws(
        prepare(fitted), asked.workers, lambda done, total: progress("what follows, with the data", done, total),
        given=given_by(posterior),
    )  # fmt: skip
    return uncertainty_of(before), uncertainty_of(after)
