"""What a synthesis says in sentences: the mean and what to expect, how far trials differ, which one matters."""

from __future__ import annotations

import math

from sim.learn.contrasts import Asked
from sim.learn.evidence_fragment import Fragment
from sim.learn.synthesis import Pooled
from sim.plain_text import plain_text
from sim.report.pooling.words import Words
from sim.units import GAP


def sentences(asked: Asked, found: Pooled, without: dict[str, Pooled], claim: Fragment | None) -> list[str]:
    """Return the answer for a planner first, then heterogeneity, influence, and what may be done with it."""
    words = Words(asked.question)
    return [
        _lead(words, found), _apart(words, found), *_influence(words, found, without), *_caution(found),
        *_use(claim),
    ]  # fmt: skip


def _lead(words: Words, found: Pooled) -> str:
    start = f"{words.finding(found.mean)} (95{GAP}% interval {words.span(found.interval)}; {found.trials} trials)"
    if not math.isfinite(found.prediction[0]):
        return (
            f"{start}; two trials do not say what to plan for in another group, so plan with more than this interval."
        )
    return f"{start}; in another group of patients plan for anything from {words.span(found.prediction)}."


def _apart(words: Words, found: Pooled) -> str:
    low, high = found.tau_interval
    scale = "" if words.question.scale == "points" else " in log odds"
    known = f" (95{GAP}% interval {low:.2f} to {high:.2f})" if high > 0 else ""
    start = (
        f"Beyond chance the trials differ by a standard deviation of {found.tau:.2f}{scale}{known}; "
        f"{100 * found.i2:.0f}{GAP}% of the variation between them is more than chance explains (I²)."
    )
    few = " So few trials say little about that." if found.trials < 5 else ""
    return start + few


def _influence(words: Words, found: Pooled, without: dict[str, Pooled]) -> list[str]:
    if not without:
        return []
    name, other = max(without.items(), key=lambda one: abs(one[1].mean - found.mean))
    flips = ""
    nothing = words.nothing is not None
    if nothing and _excludes_nothing(found) != _excludes_nothing(other):
        flips = "; whether there is a difference at all hangs on it"
    return [
        f"Without {plain_text(name)} it would be {words.with_unit(other.mean)} ({words.span(other.interval)}), the "
        f"largest change that one trial makes{flips}."
    ]


def _excludes_nothing(found: Pooled) -> bool:
    return found.interval[0] > 0 or found.interval[1] < 0


def _caution(found: Pooled) -> list[str]:
    if found.spread == "half_normal":
        return [
            f"The spread between trials has a half-normal prior of scale {found.scale:g}; with so few trials the "
            "answer depends on it."
        ] if found.trials < 5 else []  # fmt: skip
    if found.hartung_knapp[1] - found.hartung_knapp[0] < found.normal[1] - found.normal[0]:
        return [
            "These trials are nearer to each other than chance alone would have it, so the interval is the wider, "
            "ordinary one, not that of Hartung and Knapp."
        ]
    return []


def _use(claim: Fragment | None) -> list[str]:
    if claim is None:
        return []
    return [
        f"As evidence: pooled.yaml holds it as claims.{claim.claim} = {claim.value:.2f}, sd {claim.sd:.2f}; begin a "
        "scenario with the line extends: pooled.yaml, and run it."
    ]
