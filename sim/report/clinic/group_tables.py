"""Tables of a clinic's groups: waits by treatment and by kind of patient, missed visits by days booked ahead."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.capacity.assess import Assessment
from sim.capacity.group_estimates import group_estimates
from sim.capacity.groups import GROUP_MEASURES, Group
from sim.estimate.estimate import Estimate
from sim.report.clinic.words import number
from sim.report.document.document import Cell, Row, Table

LABELS = {one.name: one.label for one in GROUP_MEASURES}
WAITS = ("requests_per_week", "wait_mean_days", "wait_p50_days", "wait_p90_days", "wait_within")
MISSED = ("appointments_per_week", "no_show_share", "missed")
HEADINGS = {"treatment": "By treatment", "profile": "By kind of patient"}
"""Above the groups that differ in one of these."""


def by_group(found: Assessment) -> dict[Group, dict[str, Estimate]]:
    """Return what is measured of each group, by measure."""
    estimates: dict[Group, dict[str, Estimate]] = {}
    for group, name, estimate in group_estimates(found.base):
        estimates.setdefault(group, {})[name] = estimate
    return estimates


def group_tables(found: Assessment) -> Iterator[Table]:
    """Yield waits by treatment and by kind of patient and, with appointments, missed visits by days booked ahead."""
    groups = by_group(found)
    yield _table(
        "Waits for the first visit, by treatment and by kind of patient.", "Who", WAITS,
        {group: of for group, of in groups.items() if group.kind in HEADINGS},
    )  # fmt: skip
    booked = {group: of for group, of in groups.items() if group.kind == "booked"}
    if booked:
        yield _table("Missed visits, by the days from booking to visit.", "Booked ahead", MISSED, booked)


def _table(caption: str, over: str, names: tuple[str, ...], groups: dict[Group, dict[str, Estimate]]) -> Table:
    rows = [
        Row(group.label, tuple(Cell(number(of[name])) for name in names), group=HEADINGS.get(group.kind, ""))
        for group, of in groups.items()
        if math.isfinite(of[names[0]].estimate)
    ]
    return Table(caption, (over, *(LABELS[name] for name in names)), tuple(rows))
