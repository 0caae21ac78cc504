"""Tables of a virtual trial's report: patients needed, power by size, type-I error, spread, and published spread."""

from __future__ import annotations

from collections.abc import Sequence

from sim.decision.virtual_trial.assess import Comparison, Spread, VirtualTrial
from sim.learn.spread import PublishedSpread
from sim.plain_text import plain_text
from sim.report.document.document import Cell, Row, Table
from sim.report.trial.text import formula_text, number_text
from sim.report.trial.words import arm_label, percent, versus, width_text
from sim.report.words.numbers import format_count, with_error
from sim.units import UNDEFINED


def needed_table(found: VirtualTrial, most: int | None = None) -> Table:
    """Return how many patients in each arm power and assurance take, of the first comparisons at `most`."""
    rows = []
    for one in found.comparisons[:most]:
        cells = [Cell(number_text(found, needed), f"formula: {formula_text(number)}")
                 for needed, number in zip(one.needed, one.by_formula, strict=True)]  # fmt: skip
        cells += [Cell(number_text(found, needed)) for needed in one.assured]
        cells += [Cell(UNDEFINED)] * (len(found.comparisons[0].needed) * 2 - len(cells))
        rows.append(Row(versus(found, one), tuple(cells), detail=found.design.measures[one.measure].label))
    powers = [f"{100 * needed.power:.0f} %" for needed in found.comparisons[0].needed]
    columns = ("Comparison", *(f"Power {power}" for power in powers), *(f"Assurance {power}" for power in powers))
    who = "in the arm" if found.design.allocation != 1 else "in each arm"
    return Table(f"Patients {who} that it takes", columns, tuple(rows))


def power_table(found: VirtualTrial, one: Comparison) -> Table:
    """Return power, assurance and precision of a comparison by size."""
    type_one = found.type_one[one.measure].errors
    rows = tuple(
        Row(
            format_count(at.size),
            (
                Cell(format_count(at.total)),
                Cell(percent(at.power)),
                Cell(percent(at.formula)),
                Cell(percent(at.assurance), f"worse: {percent(at.assured_against)}" if at.assurance else ""),
                Cell(width_text(found, one, at)),
                Cell(percent(error)),
            ),
        )
        for at, error in zip(one.sizes, type_one, strict=True)
    )
    columns = ("Patients in the arm", "Together", "Power", "Formula", "Assurance", "Width of the interval",
               "Type-I error")  # fmt: skip
    return Table(f"{versus(found, one)}: {found.design.measures[one.measure].in_sentence}", columns, rows)


def type_one_table(found: VirtualTrial) -> Table:
    """Return how often an arm is found to differ from itself, by size."""
    rows = tuple(
        Row(format_count(size), (Cell(found.design.measures[of.measure].label), Cell(percent(error))))
        for of in found.type_one
        for size, error in zip(found.design.sizes, of.errors, strict=True)
    )
    title = f"{arm_label(found.scenario, found.design.reference)} against itself, in other patients"
    return Table(title, ("Patients in the arm", "Outcome", "Trials that find a difference"), rows)


def spread_table(found: VirtualTrial, measure: int) -> Table:
    """Return how the patients of each group scatter in a measure."""
    of = found.of(measure)
    groups = (of[0].spread[1], *(one.spread[0] for one in of))
    named = found.design.measures[measure]
    read = named.is_read and not named.is_share and found.design.analyses[measure] != "follow_up"
    rows = tuple(
        Row(arm_label(found.scenario, group.arm), tuple(Cell(one) for one in _spread(found, group, read)))
        for group in groups
    )
    columns: tuple[str, ...] = (
        "Arm",
        "Mean",
        "Standard deviation",
        "Correlation with the first reading",
        "First reading (sd)",
    )
    columns += ("Reading on the day: sd, correlation",) if read else ()
    columns += ("Alike within a therapist",) if found.design.has_therapists else ()
    return Table(f"How patients scatter: {named.in_sentence}", columns, rows)


def _spread(found: VirtualTrial, group: Spread, read: bool) -> list[str]:
    unit = group.mean.unit.of(found.scenario.costs.currency)
    cells = [
        unit.with_error(group.mean.estimate, group.mean.mc_error),
        unit.with_error(group.sd.estimate, group.sd.mc_error),
        with_error(group.r),
        f"{group.before.estimate:.2f} ({group.before_sd.estimate:.2f})",
    ]
    cells += [f"{group.left_sd.estimate:.2f}, {group.left_r.estimate:.2f}"] if read else []
    return cells + ([f"{group.icc.estimate:.3f}"] if found.design.has_therapists else [])


def published_table(published: Sequence[PublishedSpread]) -> Table:
    """Return the spread that trials have published beside the model's in the same arms."""
    rows = tuple(
        Row(
            plain_text(one.trial),
            (
                Cell({"pain": "pain", "reduction": "fall in pain"}[one.outcome], f"day {one.day}"),
                Cell(with_error(one.published), f"{format_count(one.n)} patients"),
                Cell(with_error(one.modelled)),
                Cell(f"{one.ratio:.2f}"),
                Cell(f"{one.ratio**2:.1f}"),
            ),
            detail=plain_text(one.arm),
        )
        for one in published
    )
    columns = ("Trial", "Outcome", "Published sd", "Model's sd there", "Times as much", "Times the patients")
    return Table("How far patients scatter in published trials, in points", columns, rows)
