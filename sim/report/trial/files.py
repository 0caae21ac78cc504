"""The data of a virtual trial: power by size, patients needed, spread, estimates, and summary.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sim.decision.virtual_trial.assess import AtSize, Comparison, VirtualTrial
from sim.decision.virtual_trial.needed import Needed, by_formula
from sim.estimate.estimate import Estimate
from sim.learn.spread import PublishedSpread
from sim.report.table import Table, json_record
from sim.report.trial.text import sentences, shown_size
from sim.units import PATIENTS

WHICH = ("arm", "versus", "outcome", "analysis")
POWER = (*WHICH, "patients", "patients_reference", "statistic", *Estimate.COLUMNS)
NEEDED = (*WHICH, "power", "by", "where", "unit", "patients", "mc_error", "lower", "upper")
SPREAD = ("arm", "outcome", "statistic", *Estimate.COLUMNS)
ESTIMATES = (*WHICH, "patients", "from", "to", "share")
PUBLISHED = (
    "trial", "arm", "day", "outcome", "patients", "published_sd", "published_sd_error", "model_sd", "model_sd_error",
    "ratio", "times_the_patients",
)  # fmt: skip
BINS = 24


def tables_of(found: VirtualTrial, published: Sequence[PublishedSpread]) -> dict[str, Table]:
    """Return the tables of a virtual trial by name."""
    made = {"power": Table(POWER, power_rows(found))}
    if found.comparisons:
        made["needed"] = Table(NEEDED, _needed_rows(found))
        made["spread"] = Table(SPREAD, _spread_rows(found))
        made["estimates"] = Table(ESTIMATES, _estimate_rows(found))
    if published:
        made["published"] = Table(PUBLISHED, (_published_row(one) for one in published))
    return made


def trial_json(found: VirtualTrial, published: Sequence[PublishedSpread], name: str, tables: dict[str, Table]) -> str:
    """Return the answer and the tables but the estimates as JSON."""
    design = found.design
    content: dict[str, Any] = {
        "scenario": name,
        "answer": [sentence.replace("\xa0", " ") for sentence in sentences(found, published)],
        "design": {
            "reference": design.reference, "arms": list(design.arms), "patients": list(design.sizes),
            "allocation": design.allocation, "outcomes": [one.name for one in design.measures],
            "analyses": list(design.analyses), "hypothesis": design.hypothesis, "margins": list(design.margins),
            "alpha": design.alpha, "dropout": dict(design.dropout), "missing": design.missing,
            "therapists": design.therapists, "therapist_sd": round(found.therapist_sd, 6),
            "clusters": design.clusters, "trials": design.trials, "draws": found.draws,
            "trials_per_draw": design.trials_per_draw,
        },
    }  # fmt: skip
    for each in ("power", "needed", "spread", "published"):
        content[each] = [json_record(row) for row in tables.get(each, ())]
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def which(found: VirtualTrial, one: Comparison) -> dict[str, Any]:
    """Return the columns that say which comparison a row is of."""
    design = found.design
    return {"arm": one.arm, "versus": design.reference, "outcome": design.measures[one.measure].name,
            "analysis": design.analyses[one.measure]}  # fmt: skip


def power_rows(found: VirtualTrial) -> Iterator[dict[str, Any]]:
    """Yield what there is of every comparison at every size, and the type-I error."""
    for one in found.comparisons:
        for at in one.sizes:
            for statistic, estimate in _at(found, at):
                sizes = {"patients": at.size, "patients_reference": at.in_reference}
                yield {**which(found, one), **sizes, "statistic": statistic, **estimate.record()}
    design = found.design
    for of in found.type_one:
        for size, error in zip(design.sizes, of.errors, strict=True):
            yield {
                "arm": design.reference, "versus": design.reference, "outcome": design.measures[of.measure].name,
                "analysis": design.analyses[of.measure], "patients": size,
                "patients_reference": design.in_reference(size), "statistic": "type_one_error",
                **_in_currency(found, error).record(),
            }  # fmt: skip


def _at(found: VirtualTrial, at: AtSize) -> Iterator[tuple[str, Estimate]]:
    yield "power", at.power
    yield "significantly_worse", at.against
    if at.assurance is not None and at.assured_against is not None:
        yield "assurance", at.assurance
        yield "assurance_significantly_worse", at.assured_against
    yield "formula_power", at.formula
    yield "interval_width", _in_currency(found, at.width)
    yield "coverage", at.coverage
    yield "exaggeration", at.exaggerated
    yield "not_analysed", at.lost


def _in_currency(found: VirtualTrial, one: Estimate) -> Estimate:
    unit = one.unit.of(found.scenario.costs.currency)
    return Estimate(unit, one.estimate, one.mc_error, one.lower, one.upper, over=one.over)


def _needed_rows(found: VirtualTrial) -> Iterator[dict[str, Any]]:
    for one in found.comparisons:
        for by, several in (("power", one.needed), ("assurance", one.assured)):
            yield from (_needed_row(found, one, by, needed) for needed in several)
        for needed, number in zip(one.needed, one.by_formula, strict=True):
            yield _needed_row(found, one, "formula", by_formula(needed.power, number))


def _needed_row(found: VirtualTrial, one: Comparison, by: str, needed: Needed) -> dict[str, Any]:
    number = needed.number
    return {**which(found, one), "power": needed.power, "by": by, "where": needed.where, "unit": PATIENTS.name,
            "patients": number.estimate, "mc_error": number.mc_error, "lower": number.lower,
            "upper": number.upper}  # fmt: skip


def _spread_rows(found: VirtualTrial) -> Iterator[dict[str, Any]]:
    for m, measure in enumerate(found.design.measures):
        of = found.of(m)
        groups = [of[0].spread[1], *(one.spread[0] for one in of)]
        for group in groups:
            wanted = {"mean": group.mean, "sd": group.sd, "correlation_with_first_reading": group.r,
                      "first_reading": group.before, "first_reading_sd": group.before_sd}  # fmt: skip
            if measure.is_read and not measure.is_share and found.design.analyses[m] != "follow_up":
                wanted |= {"reading_sd": group.left_sd, "correlation_of_readings": group.left_r}
            if found.design.has_therapists:
                wanted["intraclass_correlation"] = group.icc
            for statistic, estimate in wanted.items():
                row = _in_currency(found, estimate).record()
                yield {"arm": group.arm, "outcome": measure.name, "statistic": statistic, **row}
    for m, measure in enumerate(found.design.measures):
        for one in found.of(m):
            arm = f"{one.arm} - {found.design.reference}"
            row = _in_currency(found, one.difference).record()
            yield {"arm": arm, "outcome": measure.name, "statistic": "true_difference", **row}


def bins_of(found: VirtualTrial, one: Comparison) -> tuple[AtSize, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the size whose estimates are shown, the edges of the bins, and the share of trials in each."""
    at = shown_size(one)
    values = one.estimates[:, found.design.sizes.index(at.size)]
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return at, np.array([0.0, 1.0]), np.array([0.0])
    counts, edges = np.histogram(known, bins=BINS)
    return at, edges, counts / len(values)


def _estimate_rows(found: VirtualTrial) -> Iterator[dict[str, Any]]:
    for one in found.comparisons:
        at, edges, shares = bins_of(found, one)
        for low, high, share in zip(edges[:-1].tolist(), edges[1:].tolist(), shares.tolist(), strict=True):
            yield {**which(found, one), "patients": at.size, "from": low, "to": high, "share": share}


def _published_row(one: PublishedSpread) -> dict[str, Any]:
    return {
        "trial": one.trial, "arm": one.arm, "day": one.day, "outcome": one.outcome, "patients": one.n,
        "published_sd": one.published.estimate, "published_sd_error": one.published.mc_error,
        "model_sd": one.modelled.estimate, "model_sd_error": one.modelled.mc_error,
        "ratio": one.ratio, "times_the_patients": one.ratio**2,
    }  # fmt: skip
