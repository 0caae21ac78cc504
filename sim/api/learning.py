"""Learning from what happened: published trials."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import sim
from sim.api.asking import (
    Named,
    Progress,
    Several,
    asked,
    changes_of,
    counted,
    number_of_people,
    scenario_of,
    steps,
    texts,
    workers_of,
)
from sim.api.keeping import inputs_of, kept_in, kept_on_failure
from sim.errors import ScenarioError, UsageError, did_you_mean

if TYPE_CHECKING:
    from sim.learn.contrasts import Asked
    from sim.learn.evidence_fragment import Fragment
    from sim.learn.synthesis import Pooled
    from sim.report.pooling.result import PoolingResult
    from sim.report.validation.result import ValidationResult
    from sim.scenario.source import Scenario

Pairs: TypeAlias = Mapping[str, str] | Several
"""Names with values, as a mapping or as `name=value`."""
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
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> ValidationResult:
    """Simulate published trials as they were done, and hold what a scenario predicts against what was found.

    `trials`: a file of trials, those that come with the program unless given; `draws` of the uncertain inputs, 200
    unless given, 0 for none; `patients` of each arm, 8,192 unless given. The shipped evidence sets stand beside the
    scenario. `checkpoint`, `resume` and `warn` are as for `run`.
    Raises UsageError for options that cannot be, ScenarioError for faults in the scenario or the trials.

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
    steps(progress)("getting ready (the first time takes up to a minute)")
    from sim.learn.trials import SHIPPED, load_trials
    from sim.learn.validation import validate as held
    from sim.report.validation.result import ValidationResult

    published = load_trials(SHIPPED if trials is None else trials)
    loaded = source.changed(changes_of(seed))
    published.check_against(loaded.scenario)
    models, left_out = {loaded.name: loaded}, []
    for other in _other_sets(source):
        try:
            model = other.changed(changes_of(seed))
            published.check_against(model.scenario)
        except ScenarioError as error:
            left_out.append(f"The evidence set {other.name} is left out, because it lacks something that these trials "
                            f"name: {error.faults[0]}.")  # fmt: skip
        else:
            models[other.name] = model
    identity = {
        "scenarios": {name: inputs_of(model) for name, model in models.items()},
        "trials": published.sha256,
        "draws": number,
        "patients": people,
    }
    kept = kept_in(checkpoint, identity, resume, warn)
    with kept_on_failure(kept):
        found = held(
            {name: model.scenario for name, model in models.items()}, published, number, people, team.number,
            lambda label: counted(progress, f"draws of the inputs, {label} evidence"), kept,
        )  # fmt: skip
    parameters = asked(source, trials=trials, draws=draws, patients=patients, seed=seed)
    return ValidationResult(found, loaded.name, loaded.tree, left_out, parameters, kept)


def _other_sets(source: Scenario) -> list[Scenario]:
    """Return the shipped evidence sets but that of a scenario itself, if it is one."""
    return [scenario_of(file) for file in EVIDENCE_SETS if Path(file).stem != source.name]


def _number(option: str, given: int | str | None, usual: int, least: int, most: int, *, or_none: bool = False) -> int:
    text = str(usual) if given is None else number_of_people(given)
    if text.isascii() and text.isdecimal() and (least <= int(text) <= most or (or_none and int(text) == 0)):
        return int(text)
    raise UsageError(f"{option}: given {given}; allowed: {'0, or ' if or_none else ''}{least:,} to {most:,}")


def pool(
    file: str | Path,
    *,
    of: str | None = None,
    versus: str | None = None,
    columns: Pairs | None = None,
    only: Pairs | None = None,
    spread: str = "reml",
    scale: float | None = None,
    claim: str | None = None,
    extends: str | Path | None = None,
    progress: Progress | None = None,
) -> PoolingResult:
    """Pool the arms of several trials: the mean of a treatment, or its difference from another.

    `file`: a table with a row for each arm, or a file of trials, YAML, as `validate` reads it; `of`, `versus`:
    treatments, as the table names them; `columns`: what a column is called in the file, by the name that it has here,
    as {"pain": "fu_mean"}; `only`: rows, or results, that have these values, as {"certainty": "sure"}; `spread` between
    trials: "reml", or "half_normal" for a prior of that `scale` (0.5 unless given); `claim`: which claim the result is,
    as "acupuncture.over_sham"; `extends`: the evidence set that `pooled.yaml` is laid over. Raises UsageError by file
    and line, ScenarioError for faults in a file of trials.

    >>> import sim
    >>> sim.pool("trials.csv", of="acupuncture", versus="sham").summary  # doctest: +SKIP
    >>> sim.pool("no_such.csv")
    Traceback (most recent call last):
        ...
    sim.errors.UsageError: no_such.csv: there is no such file
    """
    if spread not in ("reml", "half_normal"):
        raise UsageError(
            f"--spread: given {spread!r}; allowed: reml, half_normal{did_you_mean(spread, ('reml', 'half_normal'))}"
        )
    if scale is not None and spread == "reml":
        raise UsageError("--scale: is that of the prior of --spread half_normal; leave it out, or choose that")
    if scale is not None and not 0 < scale <= 100:
        raise UsageError(f"--scale: given {scale:g}; allowed: above 0 and at most 100")
    tell = steps(progress)
    tell("reading the trials")
    from sim.learn.arms_in_trials import arms_in
    from sim.learn.contrasts import effects_of
    from sim.learn.synthesis import Spread, leave_one_out
    from sim.learn.synthesis import pool as pooled
    from sim.report.command import command_line
    from sim.report.pooling.result import PoolingResult

    table = arms_in(file, _pairs("--columns", columns), _pairs("--only", only))
    question = effects_of(table, of, versus)
    tell("pooling")
    kind: Spread = "half_normal" if spread == "half_normal" else "reml"
    found = pooled(question.effects, kind, 0.5 if scale is None else scale)
    without = leave_one_out(found)
    parameters = asked(
        None, file=file, of=of, versus=versus, columns=_listed_pairs(columns), only=_listed_pairs(only),
        spread=spread if spread != "reml" else None, scale=scale, claim=claim, extends=extends,
    )  # fmt: skip
    heading = [f"Made by coursesim {sim.__version__}: {command_line({'analysis': 'pool', **parameters})}"]
    piece, no_claim = _fragment(question, found, claim, extends, heading)
    facts = {"table": {"file": table.file.name, "sha256": hashlib.sha256(table.file.read_bytes()).hexdigest()},
             "trials": found.trials}  # fmt: skip
    return PoolingResult(question, found, without, piece, no_claim, table.file.stem, facts, parameters)


def _fragment(
    question: Asked, found: Pooled, claim: str | None, extends: str | Path | None, heading: list[str]
) -> tuple[Fragment | None, str]:
    """Return the piece of evidence, or why there is none; it is tried on the set that it extends."""
    from sim.learn.evidence_fragment import checked_claim, claim_of, fragment
    from sim.scenario.source import settings_of

    name = str(extends or EVIDENCE_SETS[0])
    base = scenario_of(name)
    chosen = (
        claim_of(question.question, base.model)
        if claim is None
        else checked_claim(claim, question.question, base.model)
    )
    if chosen is None or chosen.partition(".")[0] not in base.model.claims:
        return None, (
            "It cannot be told which claim of a scenario this is; if it is one, name it with --claim, as "
            "acupuncture.over_sham, acupuncture.over.dry_needling, acupuncture.pain_reduction or acupuncture.satisfied."
        )
    piece = fragment(question, found, chosen, base.model, name, heading)
    try:
        base.changed(settings_of(piece.settings))
    except ScenarioError as error:
        if claim is not None:
            raise
        return None, f"It cannot stand in {name} as claims.{chosen}: {error.faults[0]}"
    return piece, ""


def _pairs(option: str, given: Pairs | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in _listed_pairs(given):
        name, mark, value = text.partition("=")
        if not (mark and name.strip()):
            raise UsageError(f"{option} {text}: write it as NAME=VALUE")
        if name.strip() in found:
            raise UsageError(f"{option} {name.strip()}: is given twice")
        found[name.strip()] = value.strip()
    return found


def _listed_pairs(given: Pairs | None) -> list[str]:
    if given is None:
        return []
    return [f"{name}={value}" for name, value in given.items()] if isinstance(given, Mapping) else list(texts(given))
