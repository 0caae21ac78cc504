"""Asking what a change of treatments means for a budget, year by year."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.asking import (
    Named,
    Progress,
    Several,
    asked,
    changes_of,
    counted,
    number_of_people,
    steps,
    texts,
    workers_of,
)
from sim.api.keeping import inputs_of, kept_in, kept_on_failure
from sim.errors import ScenarioError, UsageError
from sim.scenario.source import Scenario, settings_of

if TYPE_CHECKING:
    from sim.report.budget.result import BudgetResult
    from sim.scenario.load import Loaded

Mix = Mapping[str, Any]
"""Shares by arm: a number, or a list with one for each year."""
USUAL_DRAWS = 200


def budget(
    scenarios: Named | Sequence[Named],
    *,
    population: int | str | None = None,
    years: int | None = None,
    now: Mix | Several | None = None,
    after: Mix | Several | None = None,
    case: Several | None = None,
    draws: int | str | None = None,
    patients_per_draw: int | str | None = None,
    set: Mapping[str, Any] | Several | None = None,  # noqa: A002 (as everywhere else)
    patients: int | str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> BudgetResult:
    """Say what a change of treatments costs a payer by year, what it takes and whom it helps, without discounting.

    Each scenario states its `budget`; `population` and `years` stand for those entries, `now` and `after` for the mix
    of treatments, as {"dry_needling": [0.1, 0.2]} or "dry_needling=0.1,0.2" each, in place of what the scenario says.
    `case`: one-way scenarios, as "dearer=costs.visit=60", beside those of the scenario. `draws`: of the uncertain
    inputs, 200 unless the scenario or the call says, 0 for none. `set`: what to set in all of them. `checkpoint`,
    `resume` and `warn` are as for `run`. Raises UsageError for a scenario without a budget and for options that cannot
    be, ScenarioError for faults in a scenario, with their place.

    >>> import sim
    >>> sim.budget("budget.yaml").tables["budget"].to_pandas()  # doctest: +SKIP
    >>> sim.budget("acute.yaml")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    sim.errors.UsageError: acute.yaml: the scenario has no `budget` section; ...
    """
    given = [scenarios] if isinstance(scenarios, str | Path | Scenario) else list(scenarios)
    sources = [one if isinstance(one, Scenario) else Scenario.read(one) for one in given]
    if not sources:
        raise UsageError("budget: name at least one scenario")
    common = settings_of(set) if isinstance(set, Mapping) else texts(set)
    shown = {"now": _shares(now), "after": _shares(after)}
    changes = [*common, *changes_of(seed, patients, draws, patients_per_draw), *_of_budget(population, years, shown)]
    loaded = [_usual(one, changes) for one in sources]
    if len({one.name for one in loaded}) < len(loaded):
        raise UsageError("budget: two scenarios have the same name; files differ by name")
    team = workers_of(workers)
    steps(progress)("getting ready (the first time takes up to a minute)")
    from sim.decision.budget.assess import Case, impact_of
    from sim.report.budget.files import Member
    from sim.report.budget.result import BudgetResult

    named = [_cases(source, changes, one, texts(case)) for source, one in zip(sources, loaded, strict=True)]
    identity = {one.name: inputs_of(one) for one in loaded}
    kept = kept_in(checkpoint, identity, resume, warn)
    members = []
    with kept_on_failure(kept):
        for one, cases in zip(loaded, named, strict=True):
            impact = impact_of(one.scenario, team.number, counted(progress, f"drawing the inputs of {one.name}"), kept,
                               f"budget-{one.name}")  # fmt: skip
            found = []
            for number, (name, settings, other) in enumerate(cases):
                counted(progress, f"one-way scenarios of {one.name}")(number, len(cases))
                found.append(Case(name, settings, impact_of(_without_draws(other))))
            members.append(Member(one.name, impact, tuple(found)))
    options = asked(
        None, population=population, years=years, now=shown["now"], after=shown["after"], case=texts(case),
        draws=draws, patients_per_draw=patients_per_draw, set=common, patients=patients, seed=seed,
    )  # fmt: skip
    return BudgetResult(members, [one.tree for one in loaded], _parameters(sources, options), kept)


def _parameters(sources: Sequence[Scenario], options: dict[str, Any]) -> dict[str, Any]:
    """Return what would make it again: a single scenario is held by the manifest, several are read from their files."""
    if len(sources) == 1:
        own = sources[0].parameters
        settings = [*own.get("set", ()), *options.pop("set", ())]
        return {**own, **({"set": settings} if settings else {}), **options}
    named = [one.file if one.parameters.keys() == {"scenario"} else one.parameters for one in sources]
    return {"scenarios": named, **options}


def _shares(given: Mix | Several | None) -> tuple[str, ...]:
    """Return shares by arm as `arm=share,share`; UsageError for anything else."""
    if isinstance(given, Mapping):
        return tuple(f"{arm}={','.join(map(str, value if isinstance(value, list | tuple) else [value]))}"
                     for arm, value in given.items())  # fmt: skip
    return texts(given)


def _of_budget(population: int | str | None, years: int | None, mixes: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return what the options set in a budget, as `path=value`."""
    found = [] if population is None else [f"budget.population={number_of_people(population)}"]
    found += [] if years is None else [f"budget.years={years}"]
    for which, shares in mixes.items():
        by_arm = []
        for one in shares:
            arm, equals, numbers = one.partition("=")
            if not equals or not arm.strip() or not numbers.strip():
                raise UsageError(f"--{which} {one}: must read ARM=SHARE or ARM=SHARE,SHARE with one for each year")
            by_arm.append(f"{arm.strip()}: [{numbers}]")
        if by_arm:
            found.append(f"budget.{which}={{{', '.join(by_arm)}}}")
    return found


def _usual(source: Scenario, changes: Sequence[str]) -> Loaded:
    """Return a scenario with changes in it, and with the usual number of draws if it says none."""
    from sim.decision.budget.terms import budget_of

    loaded = source.changed(changes)
    budget_of(loaded.scenario, Path(source.file).name)
    if any(place[:2] == ("draws", "number") for place in loaded.places):
        return loaded
    return source.changed([*changes, f"draws.number={USUAL_DRAWS}"])


def _cases(
    source: Scenario, changes: Sequence[str], loaded: Loaded, further: Sequence[str]
) -> list[tuple[str, tuple[str, ...], Any]]:
    """Return the one-way scenarios of a scenario and those asked for: name, what each sets, and the scenario."""
    assert loaded.scenario.budget is not None
    named = dict(loaded.scenario.budget.cases)
    for one in further:
        name, _, setting = (part.strip() for part in one.partition("="))
        if not name or "=" not in setting:
            raise UsageError(f"--case {one}: must read NAME=PATH=VALUE, as dearer_visits=costs.visit=60")
        named[name] = (*named.get(name, ()), setting) if name not in loaded.scenario.budget.cases else (setting,)
    found = []
    for name, settings in named.items():
        try:
            found.append((name, tuple(settings), source.changed([*changes, *settings]).scenario))
        except ScenarioError as error:
            raise ScenarioError(f"budget.cases.{name}: {fault}" for fault in error.faults) from error
    return found


def _without_draws(scenario: Any) -> Any:
    return scenario.model_copy(update={"draws": scenario.draws.model_copy(update={"number": 0})})
