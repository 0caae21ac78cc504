"""Running a scenario, and several beside each other."""

from __future__ import annotations

import math
import re
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
    scenario_of,
    steps,
    texts,
    varied,
    workers_of,
)
from sim.api.keeping import inputs_of, kept_in, kept_on_failure
from sim.errors import UsageError
from sim.scenario.source import Scenario

if TYPE_CHECKING:
    from sim.report.comparison.result import ComparisonResult
    from sim.report.run.result import Run

_LONGEST_NAME = 80


def run(
    scenario: Named,
    *,
    patients: int | str | None = None,
    seed: int | None = None,
    precision: float | None = None,
    draws: int | str | None = None,
    patients_per_draw: int | str | None = None,
    strict: bool = False,
    workers: int | None = None,
    executor: str | None = None,
    scheduler: str | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> Run:
    """Simulate the patients of a scenario under every arm.

    `patients`: how many; `precision`: go on until the standard error of the primary difference, in its unit, is at most
    this; `draws`: draw the uncertain inputs so many times, each with `patients_per_draw` patients; `strict`: raise
    CalibrationError if a claim is missed by more than its doubt. `workers` (threads; or `executor` "processes" or
    "dask") change nothing but the time. `checkpoint`: a directory in which finished work is kept until the run is
    saved; `resume` goes on from it, and `warn` is told what of it could not be read. Raises ScenarioError for faults in
    the scenario, UsageError for other options that cannot be.

    >>> import sim
    >>> run = sim.run("acute.yaml", patients=2000, seed=1)  # doctest: +SKIP
    >>> run["dry_needling", "lasting_relief"].estimate  # doctest: +SKIP
    >>> sim.run("acute.yaml", precision=0)
    Traceback (most recent call last):
        ...
    sim.errors.UsageError: --precision: must be a number above 0
    """
    source = scenario_of(scenario)
    if precision is not None and not 0 < precision < math.inf:
        raise UsageError("--precision: must be a number above 0")
    loaded = source.changed(changes_of(seed, patients, draws, patients_per_draw))
    if precision is not None and loaded.scenario.primary_arms is None:
        raise UsageError("--precision: is about the difference between two arms; this scenario has one")
    team = workers_of(workers, executor, scheduler)
    step = steps(progress)
    step("getting ready (the first time takes up to a minute)")
    from sim.calibration.calibrate import check_strictly
    from sim.report.run.result import Run
    from sim.study.draws import run_draws
    from sim.study.prepare import prepare
    from sim.study.results import build_panel
    from sim.study.run import run_study

    kept = kept_in(checkpoint, {**inputs_of(loaded), "precision": precision}, resume, warn)
    with kept_on_failure(kept):
        step("calibrating")
        study = prepare(loaded.scenario)
        if strict:
            check_strictly(study.calibration)
        step("simulating")
        result = run_study(study, team, precision, counted(progress, "simulating patients"), kept)
        drawn = None
        if loaded.scenario.draws.number:
            drawn = run_draws(study, team, counted(progress, "drawing the inputs"), kept)
        panel = build_panel(result, drawn)
    parameters = asked(
        source, seed=seed, patients=patients, precision=precision, draws=draws, patients_per_draw=patients_per_draw
    )
    return Run(panel, loaded.name, loaded.tree, parameters, kept)


def compare(
    scenarios: Sequence[Named],
    *,
    vary: Mapping[str, Sequence[Any]] | Several | None = None,
    evidence: Several | None = None,
    set: Mapping[str, Any] | Several | None = None,  # noqa: A002 (as everywhere else)
    rate: Several | None = None,
    patients: int | str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> ComparisonResult:
    """Run scenarios on the same patients with the same luck, and compare them.

    `vary`: paths with the values to try, each in every scenario; `evidence`: evidence sets under which to run every
    scenario; `set`: what to set in all of them; `rate`: what a currency is in another, as `USD=0.92 EUR`, if prices are
    in several (without it, they are compared in everything but money). `checkpoint`, `resume` and `warn` are as for
    `run`. Raises UsageError for what cannot be compared, ScenarioError for faults in a scenario.

    >>> import sim
    >>> found = sim.compare(["acute.yaml", "chronic.yaml"], patients=2000)  # doctest: +SKIP
    >>> varied = sim.compare(["acute.yaml"], vary={"protocols.combined.visits": [4, 8]})  # doctest: +SKIP
    """
    from sim.scenario.rates import rates_from
    from sim.scenario.source import settings_of
    from sim.scenario.variants import check_number, load_variants

    rates = rates_from(texts(rate))  # before the files: one of them may be the end of a rate without its quotes
    grid, sets = varied(vary), texts(evidence)
    check_number(len(scenarios), grid, sets)
    sources = [one if isinstance(one, Scenario) else Scenario.read(one) for one in scenarios]
    common = settings_of(set) if isinstance(set, Mapping) else texts(set)
    team = workers_of(workers)
    step = steps(progress)
    step("reading the scenarios")
    variants = load_variants(sources, grid, sets, [*common, *changes_of(seed, patients)], rates)
    step("getting ready (the first time takes up to a minute)")
    from sim.decision.compare import compare as compare_studies
    from sim.report.comparison.result import ComparisonResult
    from sim.study.prepare import prepare_all

    identity = {variant.name: inputs_of(variant.loaded) for variant in variants}
    kept = kept_in(checkpoint, identity, resume, warn)
    with kept_on_failure(kept):
        step("calibrating")
        studies = prepare_all({variant.name: variant.loaded.scenario for variant in variants})
        step("simulating")
        found = compare_studies(variants, studies, team.number, counted(progress, "simulating patients"), kept)
    named = [one.file if one.parameters.keys() == {"scenario"} else one.parameters for one in sources]
    options = asked(None, vary=grid, evidence=sets, set=common, rate=texts(rate), seed=seed, patients=patients)
    parameters = {"scenarios": named, **options}
    return ComparisonResult(found, comparison_name([one.file for one in sources], grid, sets), parameters, kept)


def comparison_name(files: Sequence[str], grid: Sequence[str], sets: Sequence[str]) -> str:
    """Return the name of a comparison: what is compared, in short."""
    parts = [Path(file).stem for file in files]
    parts += ["-".join(one.partition("=")[0].strip().split(".")[1:]) for one in grid]
    parts += [Path(name).stem for name in sets]
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(["compare", *parts]))
    return name[:_LONGEST_NAME].rstrip("-")
