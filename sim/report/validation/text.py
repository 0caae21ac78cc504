"""What a validation says in sentences: how near, how sure, what was missed, and what the trials had a part in."""

from __future__ import annotations

import math

from sim.learn.validation import LEVELS, Comparison, Validated, Validation, made_from, score
from sim.report.validation.words import full_name, number, outcome_name, unit_of
from sim.report.words.numbers import all_of
from sim.units import GAP, POINTS

MOST_MISSES = 3
LARGE_Z = 1.0
"""From how many spreads off a prediction is named among the misses."""


def sentences(found: Validation) -> list[str]:
    """Return the answer for a planner first, then differences, other evidence, what was missed, and what went in."""
    first = found.sets[0]
    return [
        _lead(found, first),
        *_differences(first),
        *_against(found),
        *_misses(found, first),
        *_not_new(found, first),
    ]


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
    within = score(sure).covered[LEVELS.index(0.95)]
    near = ""
    if in_points:
        worst = max(in_points, key=lambda each: abs(each.off))
        near = (
            f"mean pain of a group was predicted to within {score(in_points).rms_off:.1f} points as a rule and "
            f"{abs(worst.off):.1f} at worst"
        )
    inside = f"{within} of {len(sure)} results lie where the model expects 95{GAP}% of them"
    advice = "; plan with that margin for groups like theirs, and with a wider one for others" if near else ""
    return f"In {trials}, {near + ', and ' if near else ''}{inside}{advice}."


def _differences(one: Validated) -> list[str]:
    sure = [each for each in one.differences if each.is_sure]
    if not sure:
        return []
    found = score(sure)
    within = found.covered[LEVELS.index(0.95)]
    return [
        f"Differences between arms of one trial, which is what a choice depends on, were off by {found.rms_off:.1f} "
        f"points as a rule; {within} of {len(sure)} lie in their 95{GAP}% interval."
    ]


def _against(found: Validation) -> list[str]:
    parts = []
    for one in found.sets:
        of = score(one.arms)
        if of.n:
            within = of.covered[LEVELS.index(0.95)]
            parts.append(f"{one.label} {of.rms_z:.2f} ({within} of {of.n} within 95{GAP}%)")
    if len(parts) < 2:
        return []
    return [
        f"Root mean square of how many spreads predictions are off (1 is what an honest model has): {'; '.join(parts)}."
    ]


def _misses(found: Validation, one: Validated) -> list[str]:
    missed = [each for each in one.comparisons if each.is_sure and abs(each.z) > LARGE_Z]
    missed.sort(key=lambda each: -abs(each.z))
    return [_missed(found, each) for each in missed[:MOST_MISSES]]


def _missed(found: Validation, each: Comparison) -> str:
    outside = "" if each.within(0.95) else f", outside its 95{GAP}% interval"
    what = outcome_name(each.asked.published)
    side = "higher" if each.published > each.mean else "lower"
    return (
        f"{'Missed' if outside else 'Furthest off'}: {full_name(found.trials, each)}: {what} {number(each, each.published)} was published, "
        f"{number(each, each.predicted)} predicted; {abs(each.z):.1f} spreads {side} than predicted{outside}."
    )


def _not_new(found: Validation, one: Validated) -> list[str]:
    """Say which trials had a part in the numbers of the evidence set, so that they are no independent test of it."""
    parts = []
    for trial in found.trials.trials.values():
        if paths := made_from(one.scenario, trial):
            shown = ", ".join(paths[:4]) + (f" and {len(paths) - 4} more" if len(paths) > 4 else "")
            parts.append(f"{trial.label} ({shown})")
    if not parts:
        return []
    return [f"Not wholly new to the model, because some of its inputs name them as a source: {'; '.join(parts)}."]


def score_line(value: float, error: float) -> str:
    """Return a root mean square with its error."""
    return f"{value:.2f} ± {error:.2f}" if math.isfinite(value) else "–"
