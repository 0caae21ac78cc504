"""A pooled result as a piece of an evidence set: the claim that it is, with its doubt and its sources."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import expit

from sim.errors import UsageError, did_you_mean, folded
from sim.learn.contrasts import Asked, Question
from sim.learn.synthesis import Floats, Pooled
from sim.plain_text import plain_text
from sim.scenario.schema import Claims, Scenario

EFFECTS = ("pain_reduction", "over_sham", "over")
"""The claims of which only one can be made of a treatment."""
SHARES = ("satisfied", "relapse_3mo")
SHAM = "sham"
MOST_SOURCES = 30
LONGEST_TITLE = 400


@dataclass(frozen=True)
class Fragment:
    """A claim as pieces of a scenario: its path within `claims`, its value with its sd, and the text of the file.

    `settings`: the same as values by path.
    """

    claim: str
    value: float
    sd: float
    text: str
    settings: Mapping[str, object]


def claim_of(question: Question, scenario: Scenario) -> str | None:
    """Return which claim a pooled result is, as `acupuncture.over_sham`; None if it is none that can be told."""
    modality = _modality(question.of, scenario)
    if modality is None or question.scale != "points" or question.is_pain_left:
        return None
    if not question.versus:
        return f"{modality}.pain_reduction"
    other = _modality(question.versus, scenario)
    if other is None or other == modality:
        return None
    return f"{modality}.over_sham" if other == SHAM else f"{modality}.over.{other}"


def checked_claim(claim: str, question: Question, scenario: Scenario) -> str:
    """Return a claim that was asked for; UsageError for one that is none, or that the result cannot be."""
    modality, _, name = claim.removeprefix("claims.").partition(".")
    if modality not in scenario.claims:
        near = did_you_mean(modality, scenario.claims)
        raise UsageError(f"--claim {claim}: claims are made of {', '.join(scenario.claims)}.{near}")
    kind, _, other = name.partition(".")
    allowed = SHARES if question.scale == "logit" else EFFECTS if question.scale == "points" else ()
    if kind not in allowed:
        what = {"logit": "a share", "points": "a number of points"}.get(
            question.scale, "an odds ratio, which is no claim"
        )
        near = "" if kind in Claims.model_fields else did_you_mean(kind, Claims.model_fields)
        can = f"; it can be {', '.join(allowed)}" if allowed else ""
        raise UsageError(f"--claim {claim}: the result is {what}{can}.{near}")
    if (kind == "over") != bool(other) or (other and other not in scenario.modalities):
        raise UsageError(
            f"--claim {claim}: write {modality}.over.OTHER, OTHER being one of {', '.join(scenario.modalities)}"
        )
    if question.is_pain_left:
        raise UsageError(f"--claim {claim}: the result is pain that is left; a claim needs its reduction")
    return f"{modality}.{name}"


def fragment(
    asked: Asked, pooled: Pooled, claim: str, scenario: Scenario, extends: str, heading: Sequence[str]
) -> Fragment:
    """Return a pooled result as a file that extends an evidence set; `heading`: lines of comment above it.

    The doubt is that about a new group of patients (spread between trials and error of the mean together).
    """
    modality, _, name = claim.partition(".")
    kind, _, other = name.partition(".")
    value, sd = _as_share(pooled) if kind in SHARES else (pooled.mean, pooled.new_sd)
    ids = _ids(scenario, len(asked.effects.names))
    family = "beta" if kind in SHARES else "normal"
    # A share has room for so much doubt only.
    sd = min(sd, 0.95 * math.sqrt(value * (1 - value))) if kind in SHARES else sd
    entry = {
        "value": round(value, 4), "unit": "share" if kind in SHARES else "NRS points", "source": _sources(ids),
        "status": "derived",
        "note": f"pooled from {pooled.trials} trials; doubt about a new group of patients, between trials sd "
                f"{pooled.tau:.2g}",
        "uncertainty": {family: {"sd": float(f"{sd:.3g}")}},
    }  # fmt: skip
    of_modality: dict[str, object] = {
        other_name: None for other_name in EFFECTS if kind in EFFECTS and other_name != kind
    }
    of_modality[kind] = {other: entry} if other else entry
    sources = {
        key: {"title": plain_text(trial)[:LONGEST_TITLE]}
        | ({"reference": plain_text(asked.references[trial])} if asked.references.get(trial) else {})
        for key, trial in zip(ids, asked.effects.names, strict=False)
    }
    lines = [f"# {line}" for line in heading]
    lines += [f"extends: {extends}", "evidence: pooled", "sources:"]
    lines += [f"  {key}: {_flow(source)}" for key, source in sources.items()]
    lines += ["claims:", f"  {modality}:"] + [f"    {key}: {_flow(one)}" for key, one in of_modality.items()]
    settings = {f"claims.{modality}.{key}": one for key, one in of_modality.items()}
    settings |= {f"sources.{key}": source for key, source in sources.items()}
    return Fragment(claim, value, sd, "\n".join(lines) + "\n", settings)


def _sources(ids: Sequence[str]) -> str:
    listed = ", ".join(ids)
    return listed if len(listed) <= 200 else f"{ids[0]} and {len(ids) - 1} more"


def _ids(scenario: Scenario, number: int) -> list[str]:
    """Return names for sources that the evidence set does not have yet."""
    letter = next(one for one in "PQRSTUVWXYZ" if not any(name[:1] == one for name in scenario.sources))
    return [f"{letter}{k + 1}" for k in range(min(number, MOST_SOURCES))]


def _as_share(pooled: Pooled) -> tuple[float, float]:
    """Return mean and sd of the share whose log odds are normal about the pooled ones."""
    ranks: Floats = (np.arange(4000) + 0.5) / 4000
    shares = expit(pooled.mean + pooled.new_sd * stats.norm.ppf(ranks))
    return float(shares.mean()), float(shares.std())


def _modality(name: str, scenario: Scenario) -> str | None:
    known = {folded(scenario.modality_label(one)): one for one in scenario.modalities}
    known |= {folded(one): one for one in scenario.modalities}
    return known.get(folded(name)) if name else None


def _flow(value: object) -> str:
    """Return a value as YAML on one line: JSON is YAML, with keys in quotes."""
    return json.dumps(value, ensure_ascii=False)
