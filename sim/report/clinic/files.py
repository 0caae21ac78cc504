"""The data of a clinic: its measures, weeks, waits and calendar, every replication, and the variants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.capacity.assess import Assessment
from sim.capacity.catalogue import RATIOS, measures_of
from sim.capacity.group_estimates import group_estimates
from sim.capacity.measures import WAITED, WEEKLY
from sim.capacity.replicate import Replications
from sim.estimate.estimate import Estimate
from sim.report.clinic.text import sentences
from sim.report.table import Table, json_record
from sim.scenario.clinic import WEEKDAYS

SUMMARY = ("scenario", "practitioners", "treatment", "measure", "unit", "estimate", "mc_error", "lower", "upper", "n")
DIFFERENCES = (
    "scenario", "treatment", "minus", "measure", "unit", "estimate", "mc_error", "lower", "upper", "n",
)  # fmt: skip


def summary_table(found: Assessment, name: str) -> Table:
    """Return the tidy table of all measures: the clinic, then every variant."""
    return Table(SUMMARY, list(_rows(found, name)))


def difference_table(found: Assessment, name: str) -> Table:
    """Return the paired differences of treatments from the first one, by measure."""
    assert found.policies is not None
    policies = found.policies
    rows: list[dict[str, Any]] = [
        {"scenario": name, "treatment": arm, "minus": policies.arms[0], "measure": one.name}
        | policies.difference(index, one.name).record()
        | {"n": policies.runs[index].number}
        for index, arm in enumerate(policies.arms)
        for one in measures_of(found.model.clinic)
        if index and one.name not in RATIOS
    ]
    return Table(DIFFERENCES, rows)


def weekly_table(found: Assessment) -> Table:
    """Return weekly measures: the mean over replications, and where nine in ten of them lie."""
    rows = []
    for name in WEEKLY:
        for week, (mean, low, high) in enumerate(zip(*found.base.weekly(name), strict=True), 1):
            counted = week > found.base.warm_up.weeks
            rows.append((week, counted, name, float(mean), float(low), float(high)))
    columns = ("week", "is_counted", "measure", "mean", "p05", "p95")
    return Table(columns, [dict(zip(columns, row, strict=True)) for row in rows])


def wait_table(found: Assessment) -> Table:
    """Return the share of those who ask who wait at most so many days, first by the hour, with its error."""
    waits = np.stack([one.waits for one in found.base.measured])
    columns = ("days", "share", "mc_error")
    rows = [
        (day, float(waits[:, at].mean()), float(waits[:, at].std(ddof=1) / np.sqrt(len(waits))))
        for at, day in enumerate(WAITED.tolist())
    ]
    return Table(columns, [dict(zip(columns, row, strict=True)) for row in rows])


def calendar_table(found: Assessment) -> Table:
    """Return the minutes booked and on duty by weekday and hour of a mean week."""
    busy, duty = busy_minutes(found.base), duty_minutes(found.base)
    columns = ("weekday", "hour", "minutes_booked", "minutes_on_duty")
    rows = [
        (WEEKDAYS[day], hour, float(busy[day, hour]), float(duty[day, hour])) for day in range(7) for hour in range(24)
    ]
    return Table(columns, [dict(zip(columns, row, strict=True)) for row in rows])


def group_table(found: Assessment) -> Table:
    """Return waits by treatment and by kind of patient, and missed visits by the days since they were booked."""
    columns = ("kind", "group", "measure", "estimate", "mc_error", "lower", "upper", "unit", "n")
    rows: list[dict[str, Any]] = []
    for group, name, estimate in group_estimates(found.base):
        record = estimate.record()
        unit = record.pop("unit")
        rows.append(
            {"kind": group.kind, "group": group.name, "measure": name, **record, "unit": unit, "n": found.base.number}
        )
    return Table(columns, rows)


def replication_table(found: Assessment) -> Table:
    """Return a row for every replication of the clinic, with its measures."""
    names = [one.name for one in measures_of(found.model.clinic) if one.name not in RATIOS]
    rows = [
        {"replication": r} | {name: one.values[name] for name in names} for r, one in enumerate(found.base.measured)
    ]
    return Table(("replication", *names), rows)


def clinic_json(found: Assessment, name: str) -> str:
    """Return everything but the weekly values as JSON; an undefined number is null."""
    runs, staffing = found.base, found.staffing
    content: dict[str, Any] = {
        "scenario": name,
        "title": found.model.scenario.title,
        "seed": found.model.scenario.seed,
        "replications": runs.number,
        "weeks": found.model.clinic.weeks,
        "warm_up_weeks": runs.warm_up.weeks,
        "is_settled": runs.warm_up.is_settled,
        "practitioners": len(found.model.team),
        "rooms": found.model.rooms,
        "demand_hours_per_week": found.demand.total,
        "capacity_hours_per_week": found.demand.capacity,
        "is_stable": found.demand.is_stable,
        "excess_hours_per_week": max(found.demand.excess, 0.0),
        "scarce": None if found.demand.is_stable else sorted(found.demand.scarce),
        "is_short_of_rooms": found.demand.is_short_of_rooms,
        "sentences": sentences(found),
        "measures": [json_record(row) for row in _rows(found, name)],
    }
    if staffing is not None and staffing.target is not None:
        content["target"] = {
            "measure": staffing.target.measure,
            "at_most" if staffing.target.at_most else "at_least": staffing.target.value,
            "smallest": staffing.smallest,
            "verdicts": dict(zip(map(str, staffing.numbers), staffing.verdicts, strict=True)),
        }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def busy_minutes(runs: Replications) -> np.typing.NDArray[np.float64]:
    """Return the minutes booked by weekday and hour of a mean week, (7, 24)."""
    return np.asarray(np.mean([one.busy for one in runs.measured], axis=0))


def duty_minutes(runs: Replications) -> np.typing.NDArray[np.float64]:
    """Return the minutes on duty by weekday and hour of a mean week, (7, 24)."""
    return np.asarray(np.mean([one.duty for one in runs.measured], axis=0))


def _rows(found: Assessment, name: str) -> Iterator[dict[str, Any]]:
    here = "+".join(found.model.arms)
    variants: list[tuple[str, Replications]] = [(here, found.base)]
    if found.staffing is not None:
        variants += [(here, runs) for runs in found.staffing.runs]
    if found.policies is not None:
        variants += list(zip(found.policies.arms, found.policies.runs, strict=True))
    seen = set()
    for treatment, runs in variants:
        key = (treatment, len(runs.model.team), runs.number, runs.warm_up)
        if key in seen:
            continue
        seen.add(key)
        for one in measures_of(runs.model.clinic):
            estimate: Estimate = runs.estimate(one.name)
            record = estimate.record()
            unit = record.pop("unit")  # stands last
            yield {
                "scenario": name, "practitioners": len(runs.model.team), "treatment": treatment, "measure": one.name,
                **record, "unit": unit, "n": runs.number,
            }  # fmt: skip
