"""Asking what strategies, and knowing more before choosing, are worth."""

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
    from sim.decision.value.new_study import NewStudy, Signal
    from sim.decision.value.psa import Psa
    from sim.report.value.result import ValueResult
    from sim.scenario.load import Loaded
    from sim.scenario.schema import Scenario as Schema
    from sim.study.checkpoint import Saved

PATIENTS_PER_YEAR = 500
YEARS = 5.0


def value(
    scenario: Named | None = None,
    *,
    table: str | Path | None = None,
    parameters: str | Path | None = None,
    wtp: Several | None = None,
    at: float | None = None,
    reference: str | None = None,
    inputs: Several | None = None,
    group: str | Sequence[str] | None = None,
    effect: str | None = None,
    lower_is_better: bool = False,
    currency: str | None = None,
    draws: int | str | None = None,
    patients_per_draw: int | str | None = None,
    patients_per_year: int = PATIENTS_PER_YEAR,
    years: float = YEARS,
    discount: float = 0.0,
    price_year: int | None = None,
    perspective: str | None = None,
    rate: str | None = None,
    study: str | None = None,
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
    willingness to pay, a range such as "0:50000" or values; `at`: the one of interest; `reference`: the strategy
    that the others are held against, usual care or the first unless given; `inputs`: the single inputs to look at;
    `group`: inputs to know together, as "prices=costs.visit,costs.drug"; `effect`: an outcome, or what the table's
    effect is called, further ones after commas; `discount`: rate a year at which money over the `years` is discounted;
    `price_year`, `perspective`: stated in the report; `rate`: converts the costs, as "USD=0.92 EUR";
    `study`: one that could be done before choosing, as "n=50:1000,arms=A/B,outcome=NAME,cost=FIXED+EACH".
    `checkpoint`, `resume` and `warn` are as for `run`, for a scenario.
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
    from sim.decision.value.new_study import check_years, measured, new_study
    from sim.decision.value.question import ask, wtp_values
    from sim.decision.value.stated import check_currency, in_other_currency, stated

    new = None if study is None else new_study(study)
    if new is not None:
        check_years(new, years)
    if new is not None and new.arms is not None and table is not None:
        raise UsageError(f"--study {study!a}: a table holds no outcomes of patients; name an input and its sd")
    money = stated(discount, price_year, perspective, texts(rate))
    prices, chosen, groups = listed(wtp), listed(inputs), texts(group)
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
        _check_names(model, reference, chosen, groups, new)
        check_currency(model.costs.currency, money.rate)
        kept = kept_in(checkpoint, inputs_of(loaded), resume, warn)
        with kept_on_failure(kept):
            psa, signal, facts = _from_scenario(loaded, effect, team.number, new, progress, kept)
    else:
        file = Path(table or "")
        name, title, shown = file.stem, f"Value of the strategies in {file.name}", file.name
        psa, facts = _from_table(file, parameters, effect, lower_is_better, currency)
        signal = None
    with kept.told():
        psa = in_other_currency(psa, money.rate)
        strategies = efficiency(psa)
        usual = psa.effect_unit == QALYS.name or (table is not None and effect is None)
        question = ask(psa, strategies, prices, at, patients_per_year, years, reference=reference, inputs=chosen,
                       groups=groups, money=money, usual=usual)  # fmt: skip
        step("weighing the strategies")
        if new is not None and new.input:
            signal = measured(psa, new)
        about = None if new is None or signal is None else (new, signal)
        found = assess(psa, strategies, question, about, counted(progress, "weighing what inputs are worth knowing"))
    asked_for = asked(
        source, table=table, parameters=parameters, wtp=prices, at=at, reference=reference, inputs=chosen,
        group=groups, effect=effect, lower_is_better=lower_is_better, currency=currency, draws=draws,
        patients_per_draw=patients_per_draw,
        patients_per_year=patients_per_year if patients_per_year != PATIENTS_PER_YEAR else None,
        years=years if years != YEARS else None, discount=discount or None, price_year=price_year,
        perspective=perspective, rate=rate, study=study, seed=seed,
    )  # fmt: skip
    return ValueResult(found, name, title, shown, facts, asked_for, model, kept)


def _check_names(
    model: Schema, reference: str | None, inputs: str | None, groups: tuple[str, ...], new: NewStudy | None
) -> None:
    """Raise the error about a name that the scenario does not have before anything is simulated."""
    from sim.decision.value.against import reference_of
    from sim.decision.value.from_draws import kinds_of
    from sim.decision.value.new_study import check_names
    from sim.decision.value.subjects import subjects_of
    from sim.study.inputs import uncertain_inputs

    reference_of(model.arms, reference)
    kinds = kinds_of(model)
    known = [*(one.path for one in uncertain_inputs(model)), *kinds]
    subjects_of(known, kinds, inputs, groups)
    if new is not None:
        check_names(new, model.arms, [path for path in known if path not in kinds])


def _from_table(
    table: Path, parameters: str | Path | None, effect: str | None, lower_is_better: bool, currency: str | None
) -> tuple[Psa, dict[str, Any]]:
    """Return the draws of a table, and what the manifest says about it."""
    from sim.decision.value.table import described, read_psa

    others = None if parameters is None else Path(parameters)
    names = [name.strip() for name in effect.split(",")] if effect is not None else []
    first, more = names[:1], [name.removeprefix("-").strip() for name in names[1:]]
    lower = [name.removeprefix("-").strip() for name in names[1:] if name.startswith("-")]
    draws = read_psa(table, others, [*first, *more])
    if draws.only_net and (effect is not None or lower_is_better):
        option = "--effect" if effect is not None else "--lower-is-better"
        raise UsageError(f"{option}: {table.name} holds net benefits, of which no effect is known; leave it out")
    psa = described(draws, first[0] if first else None, lower_is_better, currency, lower)
    read = [table] if others is None else [table, others]
    hashes = {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in read}
    return psa, {"tables": hashes, "draws": psa.draws}


def _from_scenario(
    loaded: Loaded, effect: str | None, workers: int, new: NewStudy | None, progress: Progress | None, kept: Saved
) -> tuple[Psa, Signal | None, dict[str, Any]]:
    """Return draws of a scenario's uncertain inputs, what a study would show, and what the manifest says about them."""
    from sim.decision.value.from_draws import psa_of_scenario
    from sim.report.words.inputs import input_names

    first, *others = [name.strip() for name in (effect or QALY).split(",")]
    psa, signal = psa_of_scenario(
        loaded.scenario, first, others, workers, new, steps(progress), counted(progress, "drawing the inputs"), kept
    )
    psa = replace(psa, input_names=input_names(loaded.scenario))
    return (
        psa,
        signal,
        {
            "scenario": loaded.name,
            "seed": loaded.scenario.seed,
            "draws": psa.draws,
            "configuration": loaded.tree,
        },
    )
