"""Asking what a trial would find before it is done."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.asking import Named, Progress, Several, asked, changes_of, counted, listed, scenario_of, steps, workers_of
from sim.api.keeping import inputs_of, kept_in, kept_on_failure

if TYPE_CHECKING:
    from sim.report.trial.result import TrialResult

DRAWS = 200
"""Draws of the inputs unless the scenario, or the user, asks for others."""


def trial(
    scenario: Named,
    *,
    arms: Several | None = None,
    reference: str | None = None,
    n: int | Several | None = None,
    outcome: Several | None = None,
    days: int | Several | None = None,
    analysis: str | None = None,
    hypothesis: str | None = None,
    margin: float | None = None,
    alpha: float = 0.05,
    entry: float | None = None,
    allocation: float = 1.0,
    dropout: float | str | Mapping[str, float] | None = None,
    missing: str | None = None,
    therapists: int | None = None,
    icc: float | None = None,
    therapist_sd: float | None = None,
    clusters: str | None = None,
    trials: int | None = None,
    draws: int | str | None = None,
    trials_per_draw: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> TrialResult:
    """Say what a trial of a scenario's arms would find, and how many patients it takes.

    `arms`: those compared, the first of them (or `reference`) with each other one, in groups of different patients; an
    arm with itself shows the type-I error. `n`: patients in each arm, as "20:400" or numbers; `outcome` and `days`:
    what is measured, and on which days of assessment; `analysis`: "ancova" (of means), "difference", "follow_up" (of
    reported pain alone) or "odds_ratio" (of shares); `hypothesis`: "superiority", or "non_inferiority" or
    "superiority_by_margin" with the `margin` of the scenario or the one given. `entry`: reported pain from which on
    patients are taken in; `allocation`: patients in the reference for each in another arm; `dropout`: share of missing
    assessments, of all or by arm; `missing`: "complete_cases" or "no_change"; `therapists` in each arm, alike by `icc`
    or `therapist_sd` (points), analysed by "means" or "ignored" (`clusters`). `trials`: trials at the stated inputs;
    `draws` of the inputs, 0 for none, each with `trials_per_draw`. `checkpoint`, `resume` and `warn` are as for `run`.
    Raises UsageError that names the option, ScenarioError for an entry rule that hardly anybody passes.

    >>> import sim
    >>> sim.trial("acute.yaml", arms="usual_care,dry_needling", n="10:80").tables["needed"]  # doctest: +SKIP
    >>> sim.trial("acute.yaml", n=1)
    Traceback (most recent call last):
        ...
    sim.errors.UsageError: --n '1': must be from 2 to 100,000 patients in an arm
    """
    from sim.decision.virtual_trial.assess import run_virtual_trial
    from sim.decision.virtual_trial.design import TRIALS, TRIALS_PER_DRAW, Wanted, design_of, entry_setting
    from sim.learn.spread import published_spread
    from sim.learn.trials import SHIPPED, load_trials
    from sim.report.trial.result import TrialResult

    given = scenario_of(scenario)
    missed = _by_arm(dropout)
    wanted = Wanted(
        arms=listed(arms), reference=reference, n=_numbers(n), outcome=listed(outcome), days=_numbers(days),
        analysis=analysis, hypothesis=hypothesis, margin=margin, alpha=alpha, allocation=allocation, dropout=missed,
        missing=missing, therapists=therapists, icc=icc, therapist_sd=therapist_sd, clusters=clusters,
        trials=TRIALS if trials is None else trials,
        trials_per_draw=TRIALS_PER_DRAW if trials_per_draw is None else trials_per_draw,
    )  # fmt: skip
    loaded = given.changed([*changes_of(seed, None, draws), *entry_setting(entry)])
    model = loaded.scenario
    design = design_of(model, wanted)
    many = model.draws.number if draws is not None or model.draws.number else DRAWS
    team = workers_of(workers)
    step = steps(progress)
    step("getting ready (the first time takes up to a minute)")
    kept = kept_in(checkpoint, {**inputs_of(loaded), "trial": repr(design), "draws of inputs": many}, resume, warn)
    with kept_on_failure(kept):
        found, study = run_virtual_trial(
            model, design, many, team.number, step, lambda what: counted(progress, what), kept
        )
    with kept.told():
        step("looking at published trials")
        published = published_spread(study, load_trials(SHIPPED))
    parameters = asked(
        given, arms=wanted.arms, reference=reference, n=wanted.n, outcome=wanted.outcome, days=wanted.days,
        analysis=analysis, hypothesis=hypothesis, margin=margin, alpha=alpha if alpha != Wanted.alpha else None,
        entry=entry, allocation=allocation if allocation != Wanted.allocation else None, dropout=missed,
        missing=missing, therapists=therapists, icc=icc, therapist_sd=therapist_sd, clusters=clusters, trials=trials,
        draws=draws, trials_per_draw=trials_per_draw, seed=seed,
    )  # fmt: skip
    return TrialResult(found, published, loaded, given.title, parameters, kept)


def _numbers(given: int | Several | None) -> str | None:
    return str(given) if isinstance(given, int) else listed(given)


def _by_arm(dropout: float | str | Mapping[str, float] | None) -> str | None:
    """Return shares of missing assessments as on the command line."""
    if isinstance(dropout, Mapping):
        return ",".join(f"{arm}={share:g}" for arm, share in dropout.items())
    return f"{dropout:g}" if isinstance(dropout, int | float) else dropout
