"""What a validation says in sentences: how near, how sure, what was missed, and what the trials had a part in."""

from __future__ import annotations

import math

from sim.learn.validation import LEVELS, Comparison, Score, Validated, Validation, made_from, score
from sim.report.validation.words import HELD, full_name, number, outcome_name, unit_of
from sim.report.words.numbers import all_of
from sim.units import GAP, POINTS

MOST_MISSES = 3
AS_THEY_STAND = (
    f"The inputs are taken as they stand: intervals hold {HELD} only, so nothing follows from them on how sure the "
    "model is; draws of the inputs (`--draws`) would tell."
)
LARGE_Z = 1.0
"""From how many times the doubt off a prediction is named."""


def sentences(found: Validation) -> list[str]:
    """Return the answer for a planner first, then differences, what is not new, other evidence, and what is far off."""
    first = found.sets[0]
    drawn = found.holds_doubt
    rest = (
        [] if drawn else [AS_THEY_STAND], _differences(first), _held_out(first) if drawn else [],
        _not_new(found, first), _against(found) if drawn else [], _misses(found, first),
    )  # fmt: skip
    return [_lead(found, first), *(sentence for part in rest for sentence in part)]


def _lead(found: Validation, one: Validated) -> str:
    sure = [each for each in one.arms if each.is_sure]
    if not sure:
        return (
            "None of these results is sure and has an error, so nothing follows from them for planning: predicted and "
            "published figures stand side by side."
        )
    names = dict.fromkeys(each.asked.trial for each in sure)
    trials = all_of([found.trials.trials[name].label for name in names])
    in_points = [each for each in sure if unit_of(each.asked.published) == POINTS]
    within = f"{_within(score(sure))} results lie where the model expects 95{GAP}% of such results"
    if not in_points:
        return f"Of {trials}, {within if found.holds_doubt else 'shares alone are compared'}."
    worst = max(abs(each.off) for each in in_points)
    return (
        f"Plan with a margin of {worst:.1f} points for the mean pain of a group like those of {trials}: predictions "
        f"were off by {score(in_points).rms_off:.1f} points as a rule and {worst:.1f} at worst"
        f"{f', and {within}' if found.holds_doubt else ''}."
    )


def _within(found: Score) -> str:
    return f"{found.covered[LEVELS.index(0.95)]} of {found.n}"


def _differences(one: Validated) -> list[str]:
    found = score(one.differences)
    if not math.isfinite(found.rms_off):
        return []
    within = f"; {_within(found)} lie within what the model expects" if one.draws else ""
    return [
        f"Differences between arms of one trial, which is what a choice depends on, were off by {found.rms_off:.1f} "
        f"points as a rule{within}. A difference smaller than that is no ground for a choice."
    ]


def _held_out(one: Validated) -> list[str]:
    marked = score([each for each in one.arms if each.asked.published.held_out])
    if not marked.n:
        return []
    return [
        f"Of the {marked.n} results that the file marks as held out, which no fit has read, "
        f"{marked.covered[LEVELS.index(0.95)]} lie within what the model expects."
    ]


def _not_new(found: Validation, one: Validated) -> list[str]:
    """Say which trials had a part in the numbers of the evidence set, so that they are no independent test of it."""
    parts = []
    for trial in found.trials.trials.values():
        if paths := made_from(one.scenario, trial):
            shown = ", ".join(paths[:4]) + (f" and {len(paths) - 4} more" if len(paths) > 4 else "")
            parts.append(f"{trial.label} ({shown})")
    if not parts:
        return []
    return [f"No wholly independent test, because inputs of the model name some as a source: {'; '.join(parts)}."]


def _against(found: Validation) -> list[str]:
    scores = {one.label: score(one.arms) for one in found.sets}
    parts = [f"{label} {of.rms_z:.2f} ({_within(of)} within 95{GAP}%)" for label, of in scores.items() if of.n]
    if len(parts) < 2:
        return []
    return [
        "How far off predictions are, as a multiple of the doubt that goes with them (root mean square; 1 is right, "
        f"more is too sure of itself): {'; '.join(parts)}."
    ]


def _misses(found: Validation, one: Validated) -> list[str]:
    far = [each for each in one.comparisons if each.is_sure and abs(each.z) > LARGE_Z]
    far.sort(key=lambda each: -abs(each.z))
    return [_missed(found, each) for each in far[:MOST_MISSES]]


def _missed(found: Validation, each: Comparison) -> str:
    inside, doubt = each.within(0.95), found.holds_doubt
    side = "higher" if each.published > each.mean else "lower"
    times = f"{abs(each.z):.1f} times the "
    times += f"doubt {side} than expected" if doubt else f"{HELD} together {side} than predicted"
    return (
        f"{'Furthest off' if inside or not doubt else 'Missed'}: {full_name(found.trials, each)}: "
        f"{outcome_name(each.asked.published)} {number(each, each.published)} was published, "
        f"{number(each, each.predicted)} predicted; {times}"
        f"{'' if inside or not doubt else f', outside its 95{GAP}% interval'}."
    )


def score_line(value: float, error: float) -> str:
    """Return a root mean square with its error."""
    return f"{value:.2f} ± {error:.2f}" if math.isfinite(value) else "–"
