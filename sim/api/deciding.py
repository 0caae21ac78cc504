"""Searching for a protocol, and asking what a result depends on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.asking import (
    Named,
    Progress,
    Several,
    asked,
    changes_of,
    listed,
    scenario_of,
    silent,
    steps,
    texts,
    workers_of,
)
from sim.api.keeping import inputs_of, kept_in, kept_on_failure

if TYPE_CHECKING:
    from sim.report.search.result import OptimisationResult
    from sim.report.sensitivity.result import SensitivityResult

CONFIDENCE = 0.95
MOST_PATIENTS = 500_000


def optimise(
    scenario: Named,
    *,
    objective: str | None = None,
    budget: str | Sequence[str] | None = None,
    against: str | None = None,
    visits: Several | None = None,
    every_days: Several | None = None,
    sequences: Several | None = None,
    stop: Several | None = None,
    discharge: Several | None = None,
    confidence: float = CONFIDENCE,
    indifference: float | None = None,
    max_patients: int = MOST_PATIENTS,
    patients: int | str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> OptimisationResult:
    """Search the grid of protocols that a scenario states under `search` for the best one.

    `objective`: the outcome to improve, the primary one unless given; `budget`: bounds such as "cost<=400"; `against`:
    what the efficient frontier weighs it against. The grid's own values are taken unless `visits`, `every_days`
    (days; a pair such as (3, 4) is taken in turn), `sequences`, `stop` and `discharge` (visits, or None for never) are
    given. `confidence`: probability of a good selection; `indifference`: smallest difference worth finding, in the
    objective's unit; `max_patients`: most patients per candidate. `checkpoint`, `resume` and `warn` are as for `run`.
    Raises UsageError for options that cannot be.

    >>> import sim
    >>> sim.optimise("acute.yaml", objective="lasting_relief", budget="cost<=400").summary  # doctest: +SKIP
    """
    from sim.decision.grid_options import grid_overrides
    from sim.decision.question import ask

    source = scenario_of(scenario)
    grid = {
        "--visits": listed(visits),
        "--every-days": listed(every_days),
        "--sequences": listed(sequences),
        "--stop": listed(stop),
        "--discharge": listed(discharge),
    }
    of_grid = grid_overrides(grid)
    loaded = source.changed([*of_grid, *changes_of(seed, patients)])
    question = ask(loaded.scenario, objective, texts(budget), against, confidence, indifference, max_patients)
    team = workers_of(workers)
    step = steps(progress)
    step("getting ready (the first time takes up to a minute)")
    from sim.decision.search import search
    from sim.report.search.result import OptimisationResult

    identity = {
        **inputs_of(loaded), "objective": objective, "budget": texts(budget), "against": against,
        "confidence": confidence, "indifference": indifference, "max_patients": max_patients,
    }  # fmt: skip
    kept = kept_in(checkpoint, identity, resume, warn)
    with kept_on_failure(kept):
        found = search(loaded.scenario, question, team.number, progress or silent, kept)
    parameters = asked(
        source,
        objective=objective,
        budget=texts(budget),
        against=against,
        **{option.removeprefix("--").replace("-", "_"): text for option, text in grid.items()},
        confidence=confidence if confidence != CONFIDENCE else None,
        indifference=indifference,
        max_patients=max_patients if max_patients != MOST_PATIENTS else None,
        patients=patients,
        seed=seed,
    )
    file = loaded.files[0].name
    return OptimisationResult(found, loaded.name, file, [*source.given, *of_grid], loaded.tree, parameters, kept)


def sensitivity(
    scenario: Named,
    *,
    outcome: str | None = None,
    wtp: float | None = None,
    arms: Several | None = None,
    threshold: bool = False,
    pair: Several | None = None,
    draws: int | str | None = None,
    patients_per_draw: int | str | None = None,
    patients: int | str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> SensitivityResult:
    """Say how far the result of a scenario depends on each input that has a distribution.

    `outcome`: what is looked at, the primary outcome unless given; `wtp`: look at net benefit at this price per unit of
    it; `arms`: one arm, or two, the first minus the second; `threshold`: find the values at which another arm would be
    preferred; `pair`: the two inputs of the map; `draws` of all inputs at once. `checkpoint`, `resume` and `warn` are
    as for `run`. Raises UsageError for options that cannot be, ScenarioError for faults in the scenario.

    >>> import sim
    >>> sim.sensitivity("acute.yaml", arms="dry_needling,usual_care", threshold=True)  # doctest: +SKIP
    """
    source = scenario_of(scenario)
    team = workers_of(workers)
    steps(progress)("getting ready (the first time takes up to a minute)")
    from sim.decision.sensitivity.assess import sensitivity as assess
    from sim.decision.sensitivity.question import ask, chosen_pair
    from sim.report.sensitivity.result import SensitivityResult
    from sim.study.inputs import uncertain_inputs

    loaded = source.changed(changes_of(seed, patients, draws, patients_per_draw))
    question = ask(loaded.scenario, outcome, wtp, listed(arms))
    places = chosen_pair(listed(pair), [one.path for one in uncertain_inputs(loaded.scenario)])
    size = None if patients is None else loaded.scenario.cohort.size
    identity = {**inputs_of(loaded), "outcome": outcome, "wtp": wtp, "patients_of_an_answer": size}
    kept = kept_in(checkpoint, identity, resume, warn)
    with kept_on_failure(kept):
        found = assess(
            loaded.scenario, question, patients=size, pair=places, thresholds=threshold, workers=team.number,
            step=steps(progress), progress=progress or silent, saved=kept,
        )  # fmt: skip
    parameters = asked(
        source, outcome=outcome, wtp=wtp, arms=listed(arms), threshold=threshold, map=listed(pair), draws=draws,
        patients_per_draw=patients_per_draw, patients=patients, seed=seed,
    )  # fmt: skip
    return SensitivityResult(found, loaded.name, loaded.tree, parameters, kept)
