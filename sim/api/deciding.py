"""Searching for a protocol, asking what a result depends on, and what it is worth."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.asking import (
    Named,
    Progress,
    Several,
    asked,
    changes_of,
    counted,
    listed,
    scenario_of,
    silent,
    steps,
    texts,
    workers_of,
)
from sim.api.keeping import inputs_of, kept_in, kept_on_failure
from sim.errors import UsageError
from sim.quantities import QALY
from sim.tables.rows import names_a_table
from sim.units import QALYS

if TYPE_CHECKING:
    from sim.decision.value.psa import Psa
    from sim.report.search.result import OptimisationResult
    from sim.report.sensitivity.result import SensitivityResult
    from sim.report.value.result import ValueResult
    from sim.scenario.load import Loaded
    from sim.scenario.schema import Scenario as Schema
    from sim.study.checkpoint import Saved

CONFIDENCE = 0.95
MOST_PATIENTS = 500_000
PATIENTS_PER_YEAR = 500
YEARS = 5.0


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
    preferred; `pair`: the two inputs of the map; `draws`: rows of draws of all inputs at once. `checkpoint`, `resume`
    and `warn` are as for `run`. Raises UsageError for options that cannot be, ScenarioError for faults in the scenario.

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
    identity = {**inputs_of(loaded), "outcome": outcome, "wtp": wtp}
    kept = kept_in(checkpoint, identity, resume, warn)
    with kept_on_failure(kept):
        found = assess(
            loaded.scenario, question, pair=places, thresholds=threshold, workers=team.number, step=steps(progress),
            progress=progress or silent, saved=kept,
        )  # fmt: skip
    parameters = asked(
        source, outcome=outcome, wtp=wtp, arms=listed(arms), threshold=threshold, map=listed(pair), draws=draws,
        patients_per_draw=patients_per_draw, patients=patients, seed=seed,
    )  # fmt: skip
    return SensitivityResult(found, loaded.name, loaded.tree, parameters, kept)


def value(
    scenario: Named | None = None,
    *,
    table: str | Path | None = None,
    parameters: str | Path | None = None,
    wtp: Several | None = None,
    at: float | None = None,
    effect: str | None = None,
    lower_is_better: bool = False,
    currency: str | None = None,
    draws: int | str | None = None,
    patients_per_draw: int | str | None = None,
    patients_per_year: int = PATIENTS_PER_YEAR,
    years: float = YEARS,
    seed: int | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> ValueResult:
    """Say what strategies are worth, how sure that is, and which input is worth knowing better.

    Either of the arms of a scenario, over draws of its uncertain inputs, or of the strategies in a `table` of any
    model: a CSV file or an Excel workbook with the columns draw, strategy, cost and effect; `parameters` is one with a
    column for every input behind it. A scenario's name that ends in .csv or .xlsx is taken for a table. `wtp`:
    willingness to pay, a range such as "0:50000" or values; `at`: the one of interest; `effect`: an outcome, or what
    the table's effect is called. `checkpoint`, `resume` and `warn` are as for `run`, for a scenario.
    Raises UsageError that names the option, or file, line and column.

    >>> import sim
    >>> sim.value("psa.csv", wtp="0:50000", at=20000).tables["curves"]  # doctest: +SKIP
    >>> sim.value()
    Traceback (most recent call last):
        ...
    sim.errors.UsageError: give either a scenario FILE or --table CSV
    """
    if isinstance(scenario, str | Path) and names_a_table(str(scenario)) and table is None:
        scenario, table = None, scenario
    if (scenario is None) == (table is None):
        raise UsageError("give either a scenario FILE or --table CSV")
    of_scenario = {"--seed": seed, "--draws": draws, "--patients-per-draw": patients_per_draw}
    of_scenario["--resume"] = resume or None
    of_table = {"--parameters": parameters, "--lower-is-better": lower_is_better or None, "--currency": currency}
    for option, given in (of_table if table is None else of_scenario).items():
        if given is not None:
            raise UsageError(f"{option} is for {'a table (--table)' if table is None else 'a scenario'}")
    from sim.decision.value.question import ask, wtp_values

    prices = listed(wtp)
    if prices is not None:
        wtp_values(prices)  # a mistake here is said before anything is simulated or read
    team = workers_of(workers)
    step = steps(progress)
    step("getting ready (the first time takes up to a minute)")
    from sim.decision.value.assess import assess
    from sim.decision.value.efficiency import efficiency
    from sim.report.value.result import ValueResult

    source = None if scenario is None else scenario_of(scenario)
    model: Schema | None = None
    kept = kept_in(None, {}, resume, warn)
    if source is not None:
        loaded = source.changed(changes_of(seed, None, draws, patients_per_draw))
        model, name, title, shown = loaded.scenario, loaded.name, source.title, loaded.name
        kept = kept_in(checkpoint, inputs_of(loaded), resume, warn)
        with kept_on_failure(kept):
            psa, facts = _from_scenario(loaded, effect, team.number, progress, kept)
    else:
        file = Path(table or "")
        name, title, shown = file.stem, f"Value of the strategies in {file.name}", file.name
        psa, facts = _from_table(file, parameters, effect, lower_is_better, currency)
    with kept.told():
        strategies = efficiency(psa)
        usual = psa.effect_unit == QALYS.name or (table is not None and effect is None)
        question = ask(psa, strategies, prices, at, patients_per_year, years, usual=usual)
        step("weighing the strategies")
        found = assess(psa, strategies, question, counted(progress, "weighing what inputs are worth knowing"))
    asked_for = asked(
        source, table=table, parameters=parameters, wtp=prices, at=at, effect=effect, lower_is_better=lower_is_better,
        currency=currency, draws=draws, patients_per_draw=patients_per_draw,
        patients_per_year=patients_per_year if patients_per_year != PATIENTS_PER_YEAR else None,
        years=years if years != YEARS else None, seed=seed,
    )  # fmt: skip
    return ValueResult(found, name, title, shown, facts, asked_for, model, kept)


def _from_table(
    table: Path, parameters: str | Path | None, effect: str | None, lower_is_better: bool, currency: str | None
) -> tuple[Psa, dict[str, Any]]:
    """Return the draws of a table, and what the manifest says about it."""
    from sim.decision.value.table import described, read_psa

    others = None if parameters is None else Path(parameters)
    psa = described(read_psa(table, others), effect, lower_is_better, currency)
    read = [table] if others is None else [table, others]
    hashes = {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in read}
    return psa, {"tables": hashes, "draws": psa.draws}


def _from_scenario(
    loaded: Loaded, effect: str | None, workers: int, progress: Progress | None, kept: Saved
) -> tuple[Psa, dict[str, Any]]:
    """Return draws of a scenario's uncertain inputs, and what the manifest says about them."""
    from sim.decision.value.from_draws import psa_of_scenario
    from sim.report.words.inputs import input_names

    psa = psa_of_scenario(
        loaded.scenario, effect or QALY, workers, steps(progress), counted(progress, "drawing the inputs"), kept
    )
    psa = replace(psa, input_names=input_names(loaded.scenario))
    return psa, {
        "scenario": loaded.name,
        "seed": loaded.scenario.seed,
        "draws": psa.draws,
        "configuration": loaded.tree,
    }
