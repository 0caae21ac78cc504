"""The data of a run: its tables, and summary.json."""

from __future__ import annotations

import json
import math
from typing import Any

from sim.calibration.targets import ClaimResult
from sim.decision.verdict import verdict_of
from sim.report.run.alternatives import by_alternative
from sim.report.run.verdict import verdict_record
from sim.report.table import Table, json_record
from sim.report.words.inputs import fixed_paths
from sim.scenario.structure import Structure
from sim.study.results import Panel
from sim.study.uncertainty import UncertainEstimate, Uncertainty, inputs_table

SUMMARY_COLUMNS = (
    "scenario", "arm", "subgroup", "outcome", "statistic", "unit", "estimate", "mc_error", "lower", "upper",
)  # fmt: skip
TRAJECTORY_COLUMNS = (
    "scenario", "arm", "subgroup", "outcome", "axis", "at", "statistic", "unit",
    "estimate", "mc_error", "lower", "upper", "n",
)  # fmt: skip


DIFFERENCE_COLUMNS = (
    "scenario", "arm", "versus", "subgroup", "outcome", "unit", "estimate", "mc_error", "lower", "upper",
)  # fmt: skip
CALIBRATION_COLUMNS = (
    "scenario", "place", "modality", "profile", "claim", "unit", "claimed", "doubt", "reached", "error", "off",
    "is_target",
)  # fmt: skip
EXAMPLE_COLUMNS = ("scenario", "patient", "profile", "arm", "day", "pain", "is_relapse")


def summary_table(panel: Panel, name: str) -> Table:
    """Return all estimates, one a row; an undefined number is NaN, one never reached infinite."""
    return Table(SUMMARY_COLUMNS, ({"scenario": name, **vars(estimate)} for estimate in panel.estimates))


def difference_table(panel: Panel, name: str) -> Table:
    """Return the paired differences between arms, one a row: `arm` minus `versus`."""
    return Table(DIFFERENCE_COLUMNS, ({"scenario": name, **found.record()} for found in panel.differences))


def trajectory_table(panel: Panel, name: str) -> Table:
    """Return pain, relief and relapse along visits and days, one estimate a row."""
    return Table(TRAJECTORY_COLUMNS, ({"scenario": name, **point.record()} for point in panel.points))


def calibration_table(panel: Panel, name: str) -> Table:
    """Return how nearly each claim is met, one a row; `off` in units of its doubt."""
    claims = panel.result.study.calibration.claims
    return Table(CALIBRATION_COLUMNS, ({"scenario": name, **claim_record(claim)} for claim in claims))


def example_table(panel: Panel, name: str) -> Table:
    """Return the diaries of the example patients, a row a day and arm; pain in points."""
    rows = (
        (name, patient.number, patient.profile, arm, int(day), pain, day in course.relapse_days)
        for patient in panel.examples
        for arm, course in patient.courses.items()
        for day, pain in zip(course.path_days.tolist(), course.path.tolist(), strict=True)
    )
    return Table(EXAMPLE_COLUMNS, (dict(zip(EXAMPLE_COLUMNS, row, strict=True)) for row in rows))


def uncertainty_table(found: Uncertainty, name: str) -> Table:
    """Return estimates under uncertain inputs, one a row."""
    columns = ("scenario", *UncertainEstimate.COLUMNS)
    return Table(columns, ({"scenario": name, **estimate.record()} for estimate in found.estimates))


def draw_table(found: Uncertainty) -> Table:
    """Return a row per draw: its form of the model, its inputs, and the means of every arm and outcome.

    An input that the form sets itself is undefined.
    """
    draws = found.draws
    structure = Structure(draws.study.scenario)
    records = []
    for record, form in zip(inputs_table(draws), draws.forms, strict=True):
        # What a form sets itself is not what was drawn.
        used = {one.path: math.nan for one in draws.inputs if structure.sets(form, one.place)}
        chosen = {f"structure.{kind}": name for kind, name in form.chosen}
        records.append({"draw": record["draw"], **chosen, **record, **used})
    return Table(tuple(records[0]), records)


def summary_json(panel: Panel, name: str) -> str:
    """Return the whole panel but its curves as JSON; an undefined number or one never reached is null."""
    result = panel.result
    calibration = result.study.calibration
    content: dict[str, Any] = {
        "scenario": name,
        "title": result.study.scenario.title,
        "evidence": result.study.scenario.evidence,
        "patients": result.patients,
        "seed": result.study.scenario.seed,
        "verdict": verdict_record(panel, verdict_of(panel)),
        "estimates": [json_record(estimate.record()) for estimate in panel.estimates],
        "differences": [json_record(difference.record()) for difference in panel.differences],
        "outside": int(result.tally.outside.sum()),
        "calibration": {
            "parameters": {name: json_record(found._asdict()) for name, found in calibration.parameters.items()},
            "natural": {name: json_record(found._asdict()) for name, found in calibration.natural.items()},
            "claims": [json_record(claim_record(claim)) for claim in calibration.claims],
        },
    }
    if panel.uncertainty is not None:
        draws = panel.uncertainty.draws
        content["uncertainty"] = {
            "draws": len(draws.values),
            "patients_per_draw": draws.patients,
            "inputs": [
                {"path": one.path, "distribution": one.quantity.uncertainty and one.quantity.uncertainty.describe()}
                for one in draws.inputs
            ],
            "fixed": sorted(fixed_paths(result.study.scenario)),
            "alternatives": [json_record(one.record()) for one in by_alternative(panel.uncertainty)],
            "estimates": [json_record(estimate.record()) for estimate in panel.uncertainty.estimates],
        }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def claim_record(claim: ClaimResult) -> dict[str, Any]:
    """Return a claim and how nearly it is met."""
    return {
        "place": claim.place,
        "modality": claim.modality,
        "profile": claim.profile,
        "claim": claim.name,
        "claimed": claim.value,
        "doubt": claim.doubt,
        "reached": claim.reached,
        "error": claim.error,
        "off": claim.off,
        "unit": claim.claimed.unit,
        "is_target": claim.is_target,
        "against": list(claim.against),
    }
