"""Tables of the report, as rows of plain text: results, differences, arms, claims, inputs, article and literature."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from sim.calibration.targets import ClaimResult
from sim.estimate.estimate import Difference, Estimate
from sim.estimate.estimates import ALL
from sim.patient.arms import build_arm
from sim.quantities import (
    BY_NAME,
    COST,
    COUNTED,
    DAY_42,
    DAY_133,
    OUTCOMES,
    PRACTITIONER_MINUTES,
    SERIOUS_EVENTS,
    SORENESS,
    Outcome,
    shown_in,
)
from sim.report.document.document import Cell, Row, Table
from sim.report.words.claims import claim_name, shown_claims
from sim.report.words.events import serious_note
from sim.report.words.inputs import STATUS_WORDS, assumptions, fixed_paths, resolved_source
from sim.report.words.numbers import difference_with_error, format_count, with_error
from sim.report.words.rules import rules_text, visits_text
from sim.scenario.schema import Scenario
from sim.study.results import Panel
from sim.units import MINUS, UNDEFINED, Unit, unit_named

KEY_OUTCOMES = shown_in("key")
MEDIAN = "p50"
TOO_FEW = "too few patients for an interval"
SAME_DAY = f"The same days for every arm: day {DAY_42}, day {DAY_133}, or all days to the horizon"
OWN_COURSE = "At the end of each arm's own course, for comparison with claims"


def key_table(panel: Panel) -> Table:
    """Return the outcomes that matter most, arm by arm; the primary outcome comes first."""
    primary = panel.result.study.scenario.primary.outcome
    names = [primary, *(name for name in KEY_OUTCOMES if name != primary)]
    rows = _grouped([(BY_NAME[name], _outcome_row(panel, BY_NAME[name], ALL, intervals=False)) for name in names])
    return Table("Mean or share per arm ± simulation error", _arm_columns(panel), rows)


def first_table(panel: Panel) -> Table:
    """Return at most six rows for the first page, with as many digits as a person can use."""
    scenario = panel.result.study.scenario
    rows = []
    for name in dict.fromkeys((scenario.primary.outcome, *shown_in("decides"), SORENESS, PRACTITIONER_MINUTES, COST)):
        found = [panel.get(arm, name) for arm in scenario.arms]
        unit = found[0].unit
        cells = tuple(Cell(unit.plain(one.estimate)) for one in found)
        rows.append(Row(BY_NAME[name].label, cells, "" if unit.is_money else _unit_detail(unit)))
    return Table("The arms side by side, per patient", _arm_columns(panel), tuple(rows))


def summary_table(panel: Panel, subgroup: str = ALL) -> Table:
    """Return every outcome, arm by arm, with its 95 % interval."""
    rows = _grouped([(outcome, _outcome_row(panel, outcome, subgroup, intervals=True)) for outcome in OUTCOMES])
    group = "" if subgroup == ALL else f" {panel.result.study.scenario.profile_label(subgroup)}:"
    return Table(
        f"Every outcome:{group} mean or share ± simulation error, 95 % interval below", _arm_columns(panel), rows
    )


def difference_table(panel: Panel, pairs: Sequence[tuple[str, str]]) -> Table | None:
    """Return the paired differences of every outcome that has a mean, for the given pairs; None without pairs."""
    if not pairs:
        return None
    scenario = panel.result.study.scenario
    columns = tuple(f"{_label(scenario, arm)} − {_label(scenario, versus)}" for arm, versus in pairs)
    rows: list[tuple[Outcome, Row]] = []
    for outcome in OUTCOMES:
        if outcome.kind == "time":
            continue
        found = [panel.difference(*pair, outcome.name) for pair in pairs]
        detail = _joined(_unit_detail(found[0].unit), serious_note(panel) if outcome.name == SERIOUS_EVENTS else "")
        rows.append((outcome, Row(outcome.label, tuple(_difference_cell(d) for d in found), detail)))
    caption = (
        "Differences between arms in the same patients ± simulation error, 95 % interval below (pp: percentage points)"
    )
    return Table(caption, ("Outcome", *columns), _grouped(rows))


def arm_table(scenario: Scenario) -> Table:
    """Return what is done under each arm."""
    rows = []
    for arm in scenario.arms:
        rule = scenario.policies[arm] if arm in scenario.policies else scenario.protocols[arm]
        days = build_arm(scenario, arm).last_day
        cells = (
            Cell(_sentence(visits_text(scenario, arm))),
            Cell(f"{days:g} days"),
            Cell(rules_text(scenario, arm) or "none: full course for everybody"),
            Cell(resolved_source(scenario, rule.source) if rule.source else "this scenario"),
        )
        rows.append(Row(_label(scenario, arm), cells, rule.description or ""))
    columns = ("Arm", "Visits", "Length", "Rules for ending early", "Source")
    return Table("What is done under each arm", columns, tuple(rows), "words")


def claim_table(panel: Panel) -> Table | None:
    """Return the claims that a run rests on, and how nearly the calibrated model meets them; None without claims."""
    study = panel.result.study
    rows = []
    for claim in shown_claims(study.scenario, study.calibration):
        claimed, unit = claim.claimed, unit_named(claim.claimed.unit)
        stated = unit.number(claimed.value)
        if claimed.range is not None:
            stated = f"{claimed.range[0]:g} to {claimed.range[1]:g}, aim {claimed.value:g}"
        cells = (
            Cell(stated, f"“{claimed.quote}”" if claimed.quote else ""),
            Cell(unit.number(claim.doubt)),
            Cell(unit.number(claim.reached)),
            _off_cell(claim),
            Cell(resolved_source(study.scenario, claimed.source), STATUS_WORDS[claimed.status]),
        )
        rows.append(Row(claim_name(study.scenario, claim), cells, unit.on_axis))
    columns = ("Claim", "Claimed", "Doubt (sd)", "Reached", "Off, in sd", "Source and status")
    return Table("Claims, and what the calibrated model reaches", columns, tuple(rows), "words") if rows else None


def _off_cell(claim: ClaimResult) -> Cell:
    if not claim.is_target:
        return Cell("not a target", "its parameter was given")
    if not math.isfinite(claim.off):
        return Cell(UNDEFINED, "cannot be reached")
    off = f"{claim.off:+.1f}".replace("-", MINUS) if abs(claim.off) >= 0.05 else "0"
    return Cell(off, "missed by more than its doubt" if claim.is_missed else "met within its doubt")


def finding_table(scenario: Scenario) -> Table | None:
    """Return what the article says beside what others found; None if the evidence set lists nothing."""
    rows = tuple(
        Row(
            finding.about,
            (
                Cell(finding.article),
                Cell(finding.literature),
                Cell(resolved_source(scenario, finding.source)),
            ),
        )
        for finding in scenario.findings
    )
    columns = ("About", "The article says", "Published studies say", "Source")
    return Table("What the article claims, and what published studies say", columns, rows, "words") if rows else None


def fixed_table(scenario: Scenario) -> Table:
    """Return every number that is the same in all draws, with its source and status, grouped by subject."""
    fixed = fixed_paths(scenario)
    rows = tuple(
        Row(item.name, (Cell(item.value), Cell(item.status, badge=True), Cell(item.source)), path=item.path,
            group=item.section)
        for item in assumptions(scenario) if item.path in fixed
    )  # fmt: skip
    return Table("Numbers taken as fixed", ("Input", "Value", "Status", "Source"), rows, "inputs")


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


def outside_text(panel: Panel) -> str | None:
    """Return how many values lie outside the range of a distribution; None if all lie within."""
    tally = panel.result.tally
    if not tally.outside.sum():
        return None
    scenario = panel.result.study.scenario
    which = "; ".join(
        f"{_counted_label(name)} with {_label(scenario, arm)} {format_count(int(tally.outside[g, a]))}"
        for g, name in enumerate(COUNTED)
        for a, arm in enumerate(tally.arms)
        if tally.outside[g, a]
    )
    return (
        f"{format_count(int(tally.outside.sum()))} values fell outside the range of a distribution and are counted "
        f"at its end ({which}): quantiles there are bounds only; means and shares are not affected."
    )


def _counted_label(name: str) -> str:
    return BY_NAME[name].in_sentence if name in BY_NAME else name.replace("_", " ")


def _grouped(rows: Sequence[tuple[Outcome, Row]]) -> tuple[Row, ...]:
    """Return rows in two groups: what is read on the same days for every arm, then what each arm's own course ends
    with.
    """
    ordered = sorted(rows, key=lambda one: one[0].claim)
    return tuple(replace(row, group=OWN_COURSE if outcome.claim else SAME_DAY) for outcome, row in ordered)


def _joined(*sentences: str) -> str:
    return ". ".join(sentence.removesuffix(".") for sentence in sentences if sentence)


def _arm_columns(panel: Panel) -> tuple[str, ...]:
    scenario = panel.result.study.scenario
    return ("Outcome", *(_label(scenario, arm) for arm in scenario.arms))


def _outcome_row(panel: Panel, outcome: Outcome, subgroup: str, *, intervals: bool) -> Row:
    statistic = MEDIAN if outcome.kind == "time" else "mean"
    found = [panel.get(arm, outcome.name, statistic, subgroup) for arm in panel.result.study.scenario.arms]
    label = f"{outcome.label} (median)" if outcome.kind == "time" else outcome.label
    unit = _unit_detail(found[0].unit)
    definition = f"{outcome.definition[0].upper()}{outcome.definition[1:]}" + (f" ({unit})" if unit else "")
    definition = _joined(definition, serious_note(panel) if outcome.name == SERIOUS_EVENTS else "")
    return Row(label, tuple(_estimate_cell(e, intervals=intervals) for e in found), definition)


def _estimate_cell(found: Estimate, *, intervals: bool) -> Cell:
    interval = found.unit.interval(found.lower, found.upper, found.mc_error)
    return Cell(with_error(found), (interval or TOO_FEW) if intervals and math.isfinite(found.estimate) else "")


def _difference_cell(found: Difference) -> Cell:
    interval = found.unit.interval(found.lower, found.upper, found.mc_error)
    interval = interval.replace("%", "pp") or TOO_FEW
    return Cell(difference_with_error(found), interval if math.isfinite(found.estimate) else "")


def _unit_detail(unit: Unit) -> str:
    return "" if unit.is_share else unit.on_axis


def _label(scenario: Scenario, arm: str) -> str:
    return scenario.arm_label(arm)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
