"""The data of a validation: every comparison, the scores, and summary.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sim.learn.trials import Trials
from sim.learn.validation import LEVELS, Comparison, Score, Validation, score
from sim.report.table import Table, json_record
from sim.report.validation.text import sentences
from sim.report.validation.words import unit_of

RESULTS = (
    "trial", "year", "arm", "versus", "is_difference", "day", "outcome", "unit", "fell_by", "certainty",
    "is_sure", "held_out", "published", "sampling_error", "n", "predicted", "mc_error", "off", "draws_mean", "doubt",
    "lower", "upper", "z", "rank", "within95", "published_sd", "predicted_sd", "sd_error", "source", "doi",
)  # fmt: skip
COMPARISONS = ("evidence", *RESULTS)
SCORES = (
    "evidence", "kind", "alternative", "draws", "of", "n", "rms_z", "rms_z_error", "rms_off", "within50", "within80",
    "within95",
)  # fmt: skip


def comparison_rows(found: Validation) -> Iterator[dict[str, Any]]:
    """Yield a row for every result of an arm and every difference, of every evidence set."""
    for one in found.sets:
        for each in one.comparisons:
            yield {"evidence": one.label} | comparison_record(found.trials, each)


def comparison_record(trials: Trials, each: Comparison) -> dict[str, Any]:
    """Return a row for a result of an arm or for a difference."""
    published, trial = each.asked.published, trials.trials[each.asked.trial]
    by = published.fell_by
    return {
        "trial": trial.name,
        "year": trial.year,
        "arm": each.asked.arm,
        "versus": each.versus,
        "is_difference": bool(each.versus),
        "day": published.day,
        "outcome": published.outcome,
        "unit": unit_of(published),
        "fell_by": ""
        if by is None
        else f"{float(by.points):g} points"
        if by.points
        else f"{float(by.percent or 0):g} %",
        "certainty": each.certainty,
        "is_sure": each.is_sure,
        "held_out": each.asked.published.held_out,
        "published": each.published,
        "sampling_error": each.sampling_error,
        "n": "" if published.n is None else published.n,
        "predicted": each.predicted,
        "mc_error": each.mc_error,
        "off": each.off,
        "draws_mean": each.mean,
        "doubt": each.doubt,
        "lower": each.lower,
        "upper": each.upper,
        "z": each.z,
        "rank": each.rank,
        "within95": "" if each.rank != each.rank else each.within(0.95),
        "published_sd": each.published_sd,
        "predicted_sd": each.predicted_sd,
        "sd_error": each.sd_error,
        "source": trial.source,
        "doi": trial.doi or "",
    }


def score_rows(found: Validation) -> Iterator[dict[str, Any]]:
    """Yield the scores of arms and of differences: of each evidence set, and of each alternative form in it."""
    for one in found.sets:
        yield from _scored(one.label, "", "", one.draws, score(one.arms), score(one.differences))
        for each in one.alternatives:
            yield from _scored(one.label, each.kind, each.name, each.draws, each.arms, each.differences)


def _scored(
    label: str, kind: str, alternative: str, draws: int, arms: Score, differences: Score
) -> Iterator[dict[str, Any]]:
    for of, found in (("arms", arms), ("differences", differences)):
        row = {"evidence": label, "kind": kind, "alternative": alternative, "draws": draws, "of": of, "n": found.n,
               "rms_z": found.rms_z, "rms_z_error": found.rms_z_error, "rms_off": found.rms_off}  # fmt: skip
        yield row | {f"within{100 * level:.0f}": count for level, count in zip(LEVELS, found.covered, strict=True)}


def tables(found: Validation) -> dict[str, Table]:
    """Return the tables of a validation by name."""
    return {
        "validation": Table(COMPARISONS, comparison_rows(found)),
        "scores": Table(SCORES, score_rows(found)),
    }


def validation_json(found: Validation, name: str) -> str:
    """Return the answer, the comparisons and the scores as JSON."""
    content = {
        "scenario": name,
        "trials": found.trials.file.name,
        "answer": [sentence.replace("\xa0", " ") for sentence in sentences(found)],
        "comparisons": [json_record(row) for row in comparison_rows(found)],
        "scores": [json_record(row) for row in score_rows(found)],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
