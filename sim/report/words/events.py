"""Serious adverse events: what is expected of them, and why the published rates cannot be set against each other."""

from __future__ import annotations

from sim.quantities import BY_NAME, SERIOUS_EVENTS
from sim.report.document.document import Block, Cell, Row, Table, Text
from sim.report.words.inputs import resolved_source
from sim.report.words.numbers import with_error
from sim.study.results import Panel

CAUTION = "The published rates have different definitions, so they say nothing about which treatment is safer."


def serious_blocks(panel: Panel) -> list[Block]:
    """Return what is expected of serious events, with the rates behind it; nothing if no treatment used has a rate."""
    scenario = panel.result.study.scenario
    rates = {
        name: rate
        for name in scenario.used_modalities
        if (rate := scenario.modalities[name].serious_events) is not None
    }
    if not rates:
        return []
    rows = [
        Row(
            f"{scenario.modality_label(name)}: published rate",
            (
                Cell(f"{rate.value:,.6g} per million treatments"),
                Cell(resolved_source(scenario, rate.source), rate.note or ""),
            ),
        )
        for name, rate in rates.items()
    ]
    rows += [
        Row(f"{scenario.arm_label(arm)}: expected",
            (Cell(with_error(panel.get(arm, SERIOUS_EVENTS))), Cell("")), "per 100,000 patients")
        for arm in scenario.arms
    ]  # fmt: skip
    caution = f" {CAUTION}" if len({rate.source for rate in rates.values()}) > 1 else ""
    words = f"Serious adverse events are {BY_NAME[SERIOUS_EVENTS].definition}.{caution}"
    return [Text(words), Table("Serious adverse events: rates and expected numbers",
                               ("Treatment or arm", "Events", "Source"), tuple(rows), "words")]  # fmt: skip


def serious_note(panel: Panel) -> str:
    """Return the note that stands wherever serious events of arms are side by side; empty if it is not needed."""
    scenario = panel.result.study.scenario
    rates = (scenario.modalities[name].serious_events for name in scenario.used_modalities)
    return CAUTION if len({rate.source for rate in rates if rate is not None}) > 1 else ""
