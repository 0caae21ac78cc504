"""The data files of a run: summary.csv, summary.json, trajectories.csv and, on request, patients.parquet."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.calibration.targets import ClaimResult
from sim.plain_text import plain_text
from sim.quantities import KEPT, RECORDED, ROW, recorded_unit
from sim.report.run.alternatives import by_alternative
from sim.report.words.inputs import fixed_paths
from sim.scenario.structure import Structure
from sim.study.prepare import Study
from sim.study.results import Panel
from sim.study.run import block_sizes, run_block
from sim.study.uncertainty import UncertainEstimate, Uncertainty, inputs_table
from sim.units import POINTS, Unit

SUMMARY_COLUMNS = (
    "scenario", "arm", "subgroup", "outcome", "statistic", "unit", "estimate", "mc_error", "lower", "upper",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets begin a formula with; the last four are the wide forms of the first four."""
_DIGITS = ".10g"
"""How numbers are written in files."""
TRAJECTORY_COLUMNS = (
    "scenario", "arm", "subgroup", "outcome", "axis", "at", "statistic", "unit",
    "estimate", "mc_error", "lower", "upper", "n",
)  # fmt: skip


def summary_csv(panel: Panel, name: str) -> str:
    """Return the tidy table of all estimates, one a row; an undefined number is empty, one never reached is `inf`."""
    return csv_text(SUMMARY_COLUMNS, ({"scenario": name, **estimate.record()} for estimate in panel.estimates))


def trajectories_csv(panel: Panel, name: str) -> str:
    """Return the tidy table of pain, relief and relapse along visits and days, one estimate a row."""
    return csv_text(TRAJECTORY_COLUMNS, ({"scenario": name, **point._asdict()} for point in panel.points))


def uncertainty_csv(found: Uncertainty, name: str) -> str:
    """Return the tidy table of estimates under uncertain inputs, one a row."""
    columns = ("scenario", *UncertainEstimate.COLUMNS)
    return csv_text(columns, ({"scenario": name, **estimate.record()} for estimate in found.estimates))


def draws_csv(found: Uncertainty) -> str:
    """Return a row per draw: its form of the model, its inputs, and the means of every arm and outcome.

    An input that the form sets itself is empty.
    """
    draws = found.draws
    structure = Structure(draws.study.scenario)
    records = []
    for record, form in zip(inputs_table(draws), draws.forms, strict=True):
        # What a form sets itself is not what was drawn.
        used = {one.path: math.nan for one in draws.inputs if structure.sets(form, one.place)}
        chosen = {f"structure.{kind}": name for kind, name in form.chosen}
        records.append({"draw": record["draw"], **chosen, **record, **used})
    return csv_text(tuple(records[0]), records)


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
        "estimates": [json_record(estimate.record()) for estimate in panel.estimates],
        "differences": [json_record(difference.record()) for difference in panel.differences],
        "outside": int(result.tally.outside.sum()),
        "calibration": {
            "parameters": {name: json_record(found._asdict()) for name, found in calibration.parameters.items()},
            "natural": {name: json_record(found._asdict()) for name, found in calibration.natural.items()},
            "claims": [claim_record(claim) for claim in calibration.claims],
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
    """Return a claim and how nearly it is met, for JSON."""
    return json_record(
        {
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
    )


def write_patients(path: Path, study: Study, patients: int) -> None:
    """Write one row per patient and arm as Parquet, a row group per block; every column carries its unit.

    The patients are simulated once more, block by block, so memory does not grow with them.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    kept = {name: (ROW[name], recorded_unit(name)) for name in (*RECORDED, *KEPT) if name != "ended_by"}
    currency = study.scenario.costs.currency
    columns_of_all = [
        pa.field("patient", pa.int64()),
        pa.field("profile", pa.dictionary(pa.int8(), pa.string())),
        pa.field("arm", pa.dictionary(pa.int8(), pa.string())),
        pa.field("baseline_pain", pa.float64(), metadata={"unit": POINTS.name}),
    ]
    for name, (_, unit) in kept.items():
        columns_of_all.append(pa.field(name, pa.float64(), metadata={"unit": unit.of(currency).name}))
    columns_of_all.append(pa.field("ended_by", pa.dictionary(pa.int8(), pa.string())))
    schema = pa.schema(columns_of_all)
    endings = pa.array(["completed", "stopped", "discharged", "dropped_out"])
    arms, profiles = pa.array(list(study.setting.arms)), pa.array(list(study.scenario.profiles))
    first = 0
    with pq.ParquetWriter(path, schema) as writer:
        for index, n in block_sizes(patients):
            block = run_block(study, index, n)
            order, cohort, columns = block.in_order, block.patients.cohort, []
            columns.append(pa.array(np.tile(np.arange(first + 1, first + n + 1), len(arms))))
            profile = pa.array(np.tile(cohort.profile[order], len(arms)).astype(np.int8))
            columns.append(pa.DictionaryArray.from_arrays(profile, profiles))
            columns.append(
                pa.DictionaryArray.from_arrays(pa.array(np.repeat(np.arange(len(arms), dtype=np.int8), n)), arms)
            )
            columns.append(pa.array(np.tile(cohort.baseline[order], len(arms))))
            rows = block.rows[:, :, order]
            columns += [pa.array(rows[:, row].ravel()) for row, _ in kept.values()]
            columns.append(
                pa.DictionaryArray.from_arrays(pa.array(rows[:, ROW["ended_by"]].ravel().astype(np.int8)), endings)
            )
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            first += n


def csv_text(columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> str:
    """Return records as CSV; an undefined number is empty, one never reached is `inf`.

    Text that a spreadsheet would take for a formula gets an apostrophe before it, after leading spaces too.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_cell(column) for column in columns])
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:{_DIGITS}}"
    if isinstance(value, Unit):
        value = value.name
    if isinstance(value, str):
        # On one line: some programs take a carriage return for the end of a row, quotes or not.
        text = value if value.isascii() and value.isprintable() else plain_text(value)
        return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
    return value


def json_record(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record for JSON: numbers have the digits of a CSV file, undefined or never reached ones are null."""
    return {key: _json_value(value) for key, value in record.items()}


def _json_value(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:{_DIGITS}}") if math.isfinite(value) else None
    return value.name if isinstance(value, Unit) else value
