"""Arms of trials for a synthesis, from a table or from a file of trials: a row for a result in that too.

What a row of a table says in its columns, a file of trials says of each result: the trial, the arm, what it gives, on
which day, and which outcome.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.errors import UsageError, did_you_mean, folded
from sim.learn.arm_table import ArmRow, ArmTable, Measure, only_once, read_arms
from sim.learn.trials import Arm, Published, Trial, Trials, load_trials
from sim.scenario.tree import Document

MEASURE_OF: dict[str, Measure] = {"pain": "pain", "reduction": "reduction", "responders": "share"}
"""What a table calls an outcome of a file of trials."""
FIELDS = ("trial", "year", "arm", "treatment", "day", "outcome", "fell_by", "certainty", "held_out")
"""By what the results of a file of trials can be chosen."""
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class _Result:
    """A result with all that it can be chosen by, as text; `place`: where it stands in the file."""

    trial: Trial
    arm_name: str
    arm: Arm
    published: Published
    chosen_by: dict[str, tuple[str, ...]]
    place: str


def arms_in(
    path: str | Path, columns: Mapping[str, str] | None = None, only: Mapping[str, str] | None = None
) -> ArmTable:
    """Read arms of trials: a table, or a file of trials by its ending, `.yaml`; that also from the configurations.

    `columns`: what a column of a table is called; `only`: rows of a table that have these values in columns, or results
    of a file of trials whose `FIELDS` have them, or one of several with commas between. Raises UsageError by file and
    line, ScenarioError for faults in a file of trials.
    """
    if Path(path).suffix.lower() not in ENDINGS:
        return read_arms(path, columns, only)
    if columns:
        raise UsageError("--columns: is for tables; a file of trials has names of its own for what it holds")
    for name in only or {}:
        if name not in FIELDS:
            raise UsageError(
                f"--only {name}: results of a file of trials are chosen by {', '.join(FIELDS)}."
                f"{did_you_mean(name, FIELDS)}"
            )
    return _table(load_trials(path), only or {})


def _table(trials: Trials, only: Mapping[str, str]) -> ArmTable:
    results = list(_results(trials))
    chosen = [one for one in results if all(_is(one, name, value) for name, value in only.items())]
    if not chosen:
        known = "; ".join(f"{name}: {', '.join(_known(results, name))}"[:200] for name in only)
        raise UsageError(f"{trials.file.name}: no result has what --only asks for; there is: {known}")
    measure = _measure(trials, chosen)
    rows: list[ArmRow] = []
    left_out: list[str] = []
    for one in chosen:
        if missing := _missing(one.published):
            what = f"{one.trial.label}, {one.arm_name}, day {one.published.day}"
            left_out.append(f"{one.place}: {what} {missing}")
        else:
            rows.append(_row(one))
    if not rows:
        raise UsageError(
            f"{trials.file.name}: no result that --only asks for has an error; give sd with n, error or ci95"
        )
    only_once(rows)
    if other := len(results) - len(chosen):
        left_out.append(f"{other} result{'' if other == 1 else 's'} that --only does not ask for")
    return ArmTable(trials.file, measure, tuple(rows), (*left_out, *_notes(rows, chosen)))


def _results(trials: Trials) -> Iterator[_Result]:
    for name, trial in trials.trials.items():
        for arm_name, arm in trial.arms.items():
            for k, published in enumerate(arm.results):
                place = _place(trials.document, trials.file, ("trials", name, "arms", arm_name, "results", k))
                chosen_by = {
                    "trial": (name, trial.name, trial.label), "year": (str(trial.year),),
                    "arm": (arm_name, trial.arm_label(arm_name)), "treatment": (_treatment(arm_name, arm),),
                    "day": (str(published.day),), "outcome": (published.outcome,), "fell_by": (_fell_by(published),),
                    "certainty": (arm.certainty,),
                    "held_out": ("true", "yes") if published.held_out else ("false", "no"),
                }  # fmt: skip
                yield _Result(trial, arm_name, arm, published, chosen_by, place)


def _place(document: Document, file: Path, path: tuple[str | int, ...]) -> str:
    marks = document.places.get(path)
    return file.name if marks is None else f"{file.name}:{marks.value.line}"


def _treatment(name: str, arm: Arm) -> str:
    """Return what an arm gives: its modalities, or its name where it gives none."""
    given = sorted({one for visit in arm.what.visit_modalities for one in visit})
    return "+".join(given) or name


def _fell_by(published: Published) -> str:
    by = published.fell_by
    if by is None:
        return ""
    return f"{float(by.percent):g}%" if by.percent is not None else f"{float(by.points or 0):g}"


def _is(one: _Result, name: str, value: str) -> bool:
    wanted = {folded(part) for part in (value, *value.split(","))}
    return any(folded(known) in wanted for known in one.chosen_by[name])


def _known(results: list[_Result], name: str) -> list[str]:
    return list(dict.fromkeys(known for one in results for known in one.chosen_by[name][:1] if known))


def _measure(trials: Trials, chosen: list[_Result]) -> Measure:
    """Return what the results are; pain left and falls in pain may stand together, but not in one trial."""
    outcomes = list(dict.fromkeys(one.published.outcome for one in chosen))
    if "responders" in outcomes and len(outcomes) > 1:
        raise UsageError(
            f"{trials.file.name}: holds shares and means ({', '.join(outcomes)}); say which are pooled, as --only "
            f"outcome={outcomes[0]}"
        )
    definitions = list(dict.fromkeys(filter(None, (_fell_by(one.published) for one in chosen))))
    if len(definitions) > 1:
        raise UsageError(
            f"{trials.file.name}: responders are counted by several definitions ({', '.join(definitions)}); say which "
            f"are pooled, as --only fell_by={definitions[0]}"
        )
    for trial in {one.trial.label: one.trial for one in chosen}.values():
        own = list(dict.fromkeys(one.published.outcome for one in chosen if one.trial is trial))
        if len(own) > 1:
            raise UsageError(
                f"{trials.file.name}: {trial.label} has {' and '.join(own)}; say which is pooled, as --only "
                f"outcome={own[0]}"
            )
    return "mixed" if len(outcomes) > 1 else MEASURE_OF[outcomes[0]]


def _missing(published: Published) -> str:
    if published.outcome == "responders" and published.n is None:
        return "has no n, which a share needs"
    return "has no error" if math.isnan(published.sampling_error) else ""


def _row(one: _Result) -> ArmRow:
    published, is_share = one.published, one.published.outcome == "responders"
    n = math.nan if published.n is None else float(published.n)
    value = -published.value if published.outcome == "pain" else published.value
    return ArmRow(
        one.trial.label, one.arm_name, _treatment(one.arm_name, one.arm), MEASURE_OF[published.outcome], value,
        math.nan if is_share else published.sampling_error, n, published.value * n if is_share else math.nan, math.nan,
        one.place, ", ".join(filter(None, (one.trial.source, one.trial.doi))),
    )  # fmt: skip


def _notes(rows: list[ArmRow], chosen: list[_Result]) -> Iterator[str]:
    days = sorted({one.published.day for one in chosen if not _missing(one.published)})
    if len(days) > 1:
        yield f"The results are of several days: {', '.join(map(str, days))}."
    if len({row.measure for row in rows}) > 1:
        yield "Of some trials it is pain left, of others the fall; differences between arms are the same in both."
