"""Tables of a validation: every comparison, the differences within trials, the scores, and where figures come from."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.learn.trials import Trials
from sim.learn.validation import LEVELS, Comparison, Score, Validated, Validation, score
from sim.report.document.document import Cell, Row, Table
from sim.report.validation.text import score_line
from sim.report.validation.words import (
    arm_name,
    expected_heading,
    number,
    outcome_name,
    published_interval,
    span,
    z_text,
)
from sim.units import UNDEFINED


def comparison_table(trials: Trials, rows: Sequence[Comparison], caption: str, *, holds_doubt: bool = True) -> Table:
    """Return published and predicted figures side by side, by trial."""
    expected = expected_heading(holds_doubt)
    columns = ("Arm and day", "Published", "Predicted ± simulation error", expected, "Spreads off (z)")
    return Table(caption, columns, tuple(_row(trials, one) for one in rows))


def _row(trials: Trials, one: Comparison) -> Row:
    published = one.asked.published
    trial = trials.trials[one.asked.trial]
    error = "" if one.mc_error == 0 else f" ± {one.mc_error:.3f}"
    inside = "" if math.isnan(one.rank) else "within, " if one.within(0.95) else "outside, "
    return Row(
        f"{arm_name(trials, one)}, day {published.day}",
        (
            Cell(number(one, one.published), span(one, *published_interval(one)).replace(UNDEFINED, "")),
            Cell(f"{number(one, one.predicted)}{error}"),
            Cell(span(one, one.lower, one.upper), f"{inside}{number(one, one.width)} wide"),
            Cell(z_text(one.z)),
        ),
        detail=f"{outcome_name(published)}{', held out' if published.held_out else ''}",
        group=trial.label,
    )


def score_table(found: Validation) -> Table:
    """Return the scores of every evidence set and of each alternative form of the model."""
    if not found.holds_doubt:
        return _points_off(found)
    rows = []
    for one in found.sets:
        draws = f"{one.draws} draws of {one.inputs} inputs"
        rows.append(_scored("all forms", one.label, draws, score(one.arms), score(one.differences)))
        rows += [
            _scored(f"{each.kind.replace('_', ' ')}: {each.name.replace('_', ' ')}", one.label, f"{each.draws} draws",
                    each.arms, each.differences)
            for each in one.alternatives
        ]  # fmt: skip
    columns = ("Form of the model", "Arms: z", "Within 95 %", "Points off", "Differences: z", "Within 95 %")
    return Table("How well each evidence set and each form of the model predicts what is sure", columns, tuple(rows))


def _points_off(found: Validation) -> Table:
    """Return how far off each evidence set is; without draws of the inputs nothing is said of how sure it is."""
    rows = []
    for one in found.sets:
        off = (score(of).rms_off for of in (one.arms, one.differences))
        rows.append(Row(one.label, tuple(Cell(f"{of:.2f}" if math.isfinite(of) else UNDEFINED) for of in off)))
    columns = ("Evidence set", "Arms: points off", "Differences: points off")
    return Table("How far off each evidence set is where it is sure, as a rule", columns, tuple(rows))


def _scored(head: str, group: str, detail: str, arms: Score, differences: Score) -> Row:
    cells = (*_cells(arms), Cell(f"{arms.rms_off:.2f}" if arms.n else UNDEFINED), *_cells(differences))
    return Row(head, cells, detail=detail, group=group)


def _cells(found: Score) -> tuple[Cell, Cell]:
    within = f"{found.covered[LEVELS.index(0.95)]} of {found.n}" if found.n else UNDEFINED
    return Cell(score_line(found.rms_z, found.rms_z_error)), Cell(within)


def spread_table(found: Validation, one: Validated) -> Table | None:
    """Return the published and the predicted spread between patients; None where none was published."""
    rows = tuple(
        Row(
            f"{arm_name(found.trials, each)}, day {each.asked.published.day}",
            (
                Cell(f"{each.published_sd:.2f}", f"sampling error {spread_error(each):.2f}"),
                Cell(f"{each.predicted_sd:.2f} ± {each.sd_error:.3f}"),
            ),
            detail=outcome_name(each.asked.published),
            group=found.trials.trials[each.asked.trial].label,
        )
        for each in one.arms
        if math.isfinite(each.published_sd)
    )
    columns = ("Arm and day", "Published", "Predicted ± simulation error")
    return Table("How far patients of an arm differ: standard deviation in points", columns, rows) if rows else None


def spread_error(one: Comparison) -> float:
    """Return the standard error of a published sd, that of a sample from a normal distribution."""
    return one.published_sd / math.sqrt(2 * ((one.asked.published.n or 2) - 1))


def source_table(trials: Trials) -> Table:
    """Return who took part in each trial, where its figures come from, and what is to be known about them."""
    rows = []
    for trial in trials.trials.values():
        who = trial.who
        base = f"{who.baseline.mean:g}, sd {who.baseline.sd:g}" if who.baseline else "that of the kind of patient"
        rule = f"; reported pain at least {who.reported_pain_at_least:g}" if who.reported_pain_at_least else ""
        marked = sum(one.certainty == "marked" for one in trial.arms.values())
        sure = "all arms sure" if not marked else f"{marked} of {len(trial.arms)} arms marked"
        notes = " ".join(filter(None, (trial.note, who.note, *(one.note for one in trial.arms.values()))))
        cells = (
            Cell(f"{who.profile.replace('_', ' ')}; baseline {base}{rule}"),
            Cell(trial.source, trial.doi or ""),
            Cell(sure, notes),
        )
        rows.append(Row(trial.label, cells))
    return Table("The trials", ("Trial", "Who", "Source", "How sure, and what to know"), tuple(rows), "words")
