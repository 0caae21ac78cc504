"""Learning from what happened: published trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.asking import Named, Progress, asked, changes_of, counted, number_of_people, scenario_of, steps, workers_of
from sim.errors import ScenarioError, UsageError

if TYPE_CHECKING:
    from sim.report.validation.result import ValidationResult
    from sim.scenario.source import Scenario

EVIDENCE_SETS = ("literature.yaml", "article.yaml")
"""The evidence sets that come with the program; trials are held against all of them."""


def validate(
    scenario: Named = "literature.yaml",
    *,
    trials: str | Path | None = None,
    draws: int | str | None = None,
    patients: int | str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> ValidationResult:
    """Simulate published trials as they were done, and hold what a scenario predicts against what was found.

    `trials`: a file of trials, those that come with the program unless given; `draws` of the uncertain inputs, 200
    unless given, 0 for none; `patients` of each arm, 8,192 unless given. The shipped evidence sets stand beside the
    scenario. Raises UsageError for options that cannot be, ScenarioError for faults in the scenario or the trials.

    >>> import sim
    >>> sim.validate("literature.yaml").tables["validation"].to_pandas()  # doctest: +SKIP
    >>> sim.validate(draws=5)
    Traceback (most recent call last):
        ...
    sim.errors.UsageError: --draws: given 5; allowed: 0, or 10 to 100,000
    """
    source, team = scenario_of(scenario), workers_of(workers)
    number = _number("--draws", draws, 200, 10, 100_000, or_none=True)
    people = _number("--patients", patients, 8192, 1280, 10_000_000)
    steps(progress)("getting ready (the first time takes one or two minutes)")
    from sim.learn.trials import SHIPPED, load_trials
    from sim.learn.validation import validate as held
    from sim.report.validation.result import ValidationResult

    published = load_trials(SHIPPED if trials is None else trials)
    loaded = source.changed(changes_of(seed))
    published.check_against(loaded.scenario)
    models, left_out = {loaded.name: loaded.scenario}, []
    for other in _other_sets(source):
        try:
            model = other.changed(changes_of(seed)).scenario
            published.check_against(model)
        except ScenarioError as error:
            left_out.append(f"The evidence set {other.name} is left out, because it lacks something that these trials "
                            f"name: {error.faults[0]}.")  # fmt: skip
        else:
            models[other.name] = model
    found = held(
        models, published, number, people, team.number,
        lambda label: counted(progress, f"draws of the inputs, {label} evidence"),
    )  # fmt: skip
    parameters = asked(source, trials=trials, draws=draws, patients=patients, seed=seed)
    return ValidationResult(found, loaded.name, loaded.tree, left_out, parameters)


def _other_sets(source: Scenario) -> list[Scenario]:
    """Return the shipped evidence sets but that of a scenario itself, if it is one."""
    return [scenario_of(file) for file in EVIDENCE_SETS if Path(file).stem != source.name]


def _number(option: str, given: int | str | None, usual: int, least: int, most: int, *, or_none: bool = False) -> int:
    text = str(usual) if given is None else number_of_people(given)
    if text.isascii() and text.isdecimal() and (least <= int(text) <= most or (or_none and int(text) == 0)):
        return int(text)
    raise UsageError(f"{option}: given {given}; allowed: {'0, or ' if or_none else ''}{least:,} to {most:,}")
