"""The inputs of scenarios as a table of data: a number a row, with its unit, source and status."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.report.table import Table
from sim.report.words.inputs import assumptions
from sim.scenario.schema import Scenario

COLUMNS = (
    "scenario", "section", "input", "path", "value", "unit", "as_written", "uncertainty", "status", "source", "quote",
    "note",
)  # fmt: skip


def input_data(scenarios: Sequence[tuple[str, Scenario]]) -> Table:
    """Return every number and choice of some scenarios, each of which comes with its name."""
    rows = (
        (
            name, one.section, one.name, one.path, one.value if math.isnan(one.number) else one.number,
            one.unit.name if one.unit else "", one.value, one.uncertainty, one.status, one.source, one.quote, one.note,
        )
        for name, scenario in scenarios
        for one in assumptions(scenario)
    )  # fmt: skip
    return Table(COLUMNS, (dict(zip(COLUMNS, row, strict=True)) for row in rows))
