"""Tables of the report, as rows of plain text: results, differences, arms, claims, inputs, article and literature."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.patient.arms import build_arm
from sim.quantities import BY_NAME, OUTCOMES, Outcome
from sim.report.assumptions import STATUS_WORDS, assumptions, resolved_source
from sim.report.document import Cell, Row, Table
from sim.report.rules_text import rules_text, visits_text
from sim.report.style import (
    difference_with_error,
    format_interval,
    format_value,
    plain_text,
    unit_words,
    with_error,
)
from sim.scenario.schema import Scenario
from sim.study.estimates import ALL, Difference, Estimate
from sim.study.panel import Panel

KEY_OUTCOMES = (
    "pain_reduction_day42", "relief", "visits_to_relief", "relapse_3mo", "lasting_relief", "satisfied",
    "soreness", "bruising", "visits", "practitioner_minutes", "cost", "cost_per_lasting_relief",
)  # fmt: skip
MEDIAN = "p50"


def key_table(panel: Panel) -> Table:
    """Return the outcomes that matter most, arm by arm; the primary outcome comes first."""
    primary = panel.result.study.scenario.primary.outcome
    names = [primary, *(name for name in KEY_OUTCOMES if name != primary)]
    rows = tuple(_outcome_row(panel, BY_NAME[name], ALL, intervals=False) for name in names)
    return Table("Mean or share per arm ± simulation error", _arm_columns(panel), rows)


def summary_table(panel: Panel, subgroup: str = ALL) -> Table:
    """Return every outcome, arm by arm, with its 95 % interval."""
    rows = tuple(_outcome_row(panel, outcome, subgroup, intervals=True) for outcome in OUTCOMES)
    group = "" if subgroup == ALL else f" {plain_text(panel.result.study.scenario.profile_label(subgroup))}:"
    return Table(
        f"Every outcome:{group} mean or share ± simulation error, 95 % interval below", _arm_columns(panel), rows
    )


def difference_table(panel: Panel, pairs: Sequence[tuple[str, str]]) -> Table | None:
    """Return the paired differences of every outcome that has a mean, for the given pairs; None without pairs."""
    if not pairs:
        return None
    scenario = panel.result.study.scenario
    columns = tuple(f"{_label(scenario, arm)} − {_label(scenario, versus)}" for arm, versus in pairs)
    rows = []
    for outcome in OUTCOMES:
        if outcome.kind == "time":
            continue
        found = [panel.difference(*pair, outcome.name) for pair in pairs]
        rows.append(Row(outcome.label, tuple(_difference_cell(d) for d in found), _unit_detail(found[0].unit)))
    caption = (
        "Differences between arms in the same patients ± simulation error, 95 % interval below (pp: percentage points)"
    )
    return Table(caption, ("Outcome", *columns), tuple(rows))


def arm_table(scenario: Scenario) -> Table:
    """Return what is done under each arm."""
    rows = []
    for arm in scenario.arms:
        rule = scenario.policies[arm] if arm in scenario.policies else scenario.protocols[arm]
        days = build_arm(scenario, arm).days_after_visits[-1]
        cells = (
            Cell(_sentence(visits_text(scenario, arm))),
            Cell(f"{days:g} days"),
            Cell(rules_text(scenario, arm) or "none: full course for everybody"),
            Cell(resolved_source(scenario, rule.source) if rule.source else "this scenario"),
        )
        rows.append(Row(_label(scenario, arm), cells, plain_text(rule.description or "")))
    columns = ("Arm", "Visits", "Length", "Rules for ending early", "Source")
    return Table("What is done under each arm", columns, tuple(rows), "words")


def claim_table(panel: Panel) -> Table | None:
    """Return the claims of the treatments used, and what the calibrated model reaches; None without claims."""
    study = panel.result.study
    rows = []
    for claim in study.calibration.claims:
        if claim.modality not in study.scenario.used_modalities:
            continue
        claimed, unit = claim.claimed, claim.claimed.unit
        stated = format_value(claimed.value, unit)
        if claimed.range is not None:
            stated = f"{claimed.range[0]:g} to {claimed.range[1]:g}, aim {claimed.value:g}"
        modality = study.scenario.modalities[claim.modality]
        label = plain_text(modality.label or claim.modality.replace("_", " ").capitalize())
        missed = abs(claim.error) * (100 if unit.startswith("share") else 1)
        verdict = "" if not math.isfinite(missed) else "met" if missed < 0.005 else f"off by {missed:.2f}"
        cells = (
            Cell(stated, plain_text(f"“{claimed.quote}”") if claimed.quote else ""),
            Cell(format_value(claim.reached, unit), verdict),
            Cell("target" if claim.is_target else "not a target: its parameter was given"),
            Cell(resolved_source(study.scenario, claimed.source), STATUS_WORDS[claimed.status]),
        )
        rows.append(Row(f"{label}: {BY_NAME[claim.name].in_sentence}", cells, unit_words(unit)))
    columns = ("Claim", "Claimed", "Reached", "Role", "Source and status")
    return Table("Claims, and what the calibrated model reaches", columns, tuple(rows), "words") if rows else None


def finding_table(scenario: Scenario) -> Table | None:
    """Return what the article says beside what others found; None if the evidence set lists nothing."""
    rows = tuple(
        Row(
            plain_text(finding.about),
            (
                Cell(plain_text(finding.article)),
                Cell(plain_text(finding.literature)),
                Cell(resolved_source(scenario, finding.source)),
            ),
        )
        for finding in scenario.findings
    )
    columns = ("About", "The article says", "Published studies say", "Source")
    return Table("What the article claims, and what published studies say", columns, rows, "words") if rows else None


def input_table(scenario: Scenario) -> Table:
    """Return every number and choice of a scenario with its source and status, grouped by subject."""
    rows = tuple(
        Row(
            item.name,
            (
                Cell(item.value, f"uncertainty: {item.uncertainty}" if item.uncertainty else ""),
                Cell(item.status, badge=True),
                Cell(item.source, "\n".join(filter(None, (item.quote and f"“{item.quote}”", item.note)))),
            ),
            path=item.path,
            group=item.section,
        )
        for item in assumptions(scenario)
    )
    return Table("Inputs, with source and status", ("Input", "Value", "Status", "Source"), rows, "inputs")


def _arm_columns(panel: Panel) -> tuple[str, ...]:
    scenario = panel.result.study.scenario
    return ("Outcome", *(_label(scenario, arm) for arm in scenario.arms))


def _outcome_row(panel: Panel, outcome: Outcome, subgroup: str, *, intervals: bool) -> Row:
    statistic = MEDIAN if outcome.kind == "time" else "mean"
    found = [panel.get(arm, outcome.name, statistic, subgroup) for arm in panel.result.study.scenario.arms]
    label = f"{outcome.label} (median)" if outcome.kind == "time" else outcome.label
    unit = _unit_detail(found[0].unit)
    definition = f"{outcome.definition[0].upper()}{outcome.definition[1:]}" + (f" ({unit})" if unit else "")
    return Row(label, tuple(_estimate_cell(e, intervals=intervals) for e in found), definition)


def _estimate_cell(found: Estimate, *, intervals: bool) -> Cell:
    interval = format_interval(found.lower, found.upper, found.unit, found.mc_error)
    return Cell(with_error(found), interval if intervals and math.isfinite(found.estimate) else "")


def _difference_cell(found: Difference) -> Cell:
    interval = format_interval(found.lower, found.upper, found.unit, found.mc_error)
    return Cell(difference_with_error(found), interval.replace("%", "pp") if math.isfinite(found.estimate) else "")


def _unit_detail(unit: str) -> str:
    words = unit_words(unit)
    return "" if words == "%" else words


def _label(scenario: Scenario, arm: str) -> str:
    return plain_text(scenario.arm_label(arm)) or arm


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
