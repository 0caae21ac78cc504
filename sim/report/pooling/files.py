"""The data of a synthesis: effects, the pooled results, leave-one-out, and summary.json."""

from __future__ import annotations

import json
from typing import Any

from sim.estimate.estimate import Z95
from sim.learn.contrasts import Asked
from sim.learn.evidence_fragment import Fragment
from sim.learn.synthesis import Pooled
from sim.report.pooling.text import sentences
from sim.report.table import Table, json_record

POOLED = (
    "of", "versus", "scale", "trials", "effects", "spread", "prior_scale", "mean", "error", "lower", "upper",
    "normal_lower", "normal_upper", "hartung_knapp_lower", "hartung_knapp_upper", "prediction_lower",
    "prediction_upper", "new_sd", "tau", "tau_lower", "tau_upper", "i2", "q", "df", "p",
)  # fmt: skip
EFFECTS = ("trial", "arm", "value", "error", "lower", "upper", "weight", "source")
LEFT_OUT = ("left_out", "mean", "error", "lower", "upper", "tau", "i2")


def pooled_record(asked: Asked, found: Pooled) -> dict[str, Any]:
    """Return the pooled results as a row; numbers are on the scale that the row names."""
    question = asked.question
    pairs = {"": found.interval, "normal_": found.normal, "hartung_knapp_": found.hartung_knapp,
             "prediction_": found.prediction}  # fmt: skip
    ends = {f"{name}{end}": pair[k] for name, pair in pairs.items() for k, end in enumerate(("lower", "upper"))}
    return {
        "of": question.of, "versus": question.versus, "scale": question.scale, "trials": found.trials,
        "effects": len(found.effects.values), "spread": found.spread, "prior_scale": found.scale, "mean": found.mean,
        "error": found.error, **ends, "new_sd": found.new_sd, "tau": found.tau, "tau_lower": found.tau_interval[0],
        "tau_upper": found.tau_interval[1], "i2": found.i2, "q": found.q, "df": found.df, "p": found.p,
    }  # fmt: skip


def tables(asked: Asked, found: Pooled, without: dict[str, Pooled]) -> dict[str, Table]:
    """Return the tables of a synthesis by name."""
    effects = found.effects
    rows = [
        {"trial": trial, "arm": label, "value": float(value), "error": float(error),
         "lower": float(value - Z95 * error),
         "upper": float(value + Z95 * error), "weight": float(weight), "source": asked.references.get(trial, "")}
        for trial, label, value, error, weight in zip(
            effects.trials, effects.labels, effects.values, effects.errors, found.weights, strict=True
        )
    ]  # fmt: skip
    made = {"pooled": Table(POOLED, [pooled_record(asked, found)]), "effects": Table(EFFECTS, rows)}
    if without:
        made["leave_one_out"] = Table(
            LEFT_OUT,
            (
                {"left_out": name, "mean": one.mean, "error": one.error, "lower": one.interval[0],
                 "upper": one.interval[1], "tau": one.tau, "i2": one.i2}
                for name, one in without.items()
            ),
        )  # fmt: skip
    return made


def pooling_json(asked: Asked, found: Pooled, without: dict[str, Pooled], claim: Fragment | None, name: str) -> str:
    """Return the answer, the results, the effects and what was left out as JSON."""
    made = tables(asked, found, without)
    content = {
        "table": name,
        "answer": [sentence.replace("\xa0", " ") for sentence in sentences(asked, found, without, claim)],
        "pooled": json_record(pooled_record(asked, found)),
        "effects": [json_record(row) for row in made["effects"]],
        "leave_one_out": [json_record(row) for row in made.get("leave_one_out", ())],
        "claim": None if claim is None else json_record({"path": claim.claim, "value": claim.value, "sd": claim.sd}),
        "notes": list(asked.notes),
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
