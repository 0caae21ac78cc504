"""What a sensitivity analysis says, in sentences: what matters most, what does not, when the choice would change."""

from __future__ import annotations

import numpy as np

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.oneway import Bar
from sim.decision.sensitivity.pairs import IMPOSSIBLE
from sim.decision.sensitivity.threshold import Scan
from sim.report.sensitivity.words import Words, interval, matters, percent
from sim.report.style import GAP, format_count

MOST_NAMED = 3
MOST_LISTED = 6


def sentences(found: Sensitivity) -> list[str]:
    """Return the answer first, then shares of the variance, the preferred arm, the map, and what was left out."""
    words = Words(found)
    return [
        *_widest(found, words), *_shares(found, words), *_idle(found, words), *_preferred(found, words),
        *_on_map(found, words), *_cut(found, words), *_replaced(found),
    ]  # fmt: skip


def _widest(found: Sensitivity, words: Words) -> list[str]:
    bars = [bar for bar in found.one_way.bars if matters(found, bar)][:MOST_NAMED]
    base = words.with_error(found.one_way.base, found.one_way.base_error)
    start = f"{words.target}, {words.measure}: {base} with the inputs as they stand."
    if not bars:
        return [f"{start} None of the uncertain inputs makes a difference to it."]
    first, *rest = bars
    said = [f"{start} It depends most on {words.quoted(first.input)}: {_moves(words, first)}."]
    if rest:
        listed = "; ".join(f"{words.quoted(bar.input)}, {_moves(words, bar)}" for bar in rest)
        said.append(f"Next: {listed}.")
    return said


def _moves(words: Words, bar: Bar) -> str:
    low, high = (words.number(end.target, bar.swing_error) for end in (bar.low, bar.high))
    return f"{low} at {words.value(bar.input, bar.low.value)}, {high} at {words.value(bar.input, bar.high.value)}"


def _shares(found: Sensitivity, words: Words) -> list[str]:
    if found.indices.variance == 0:
        return []
    order = sorted(range(len(found.inputs)), key=lambda k: -found.indices.total[k].value)[:MOST_NAMED]
    listed = "; ".join(
        f"{words.quoted(found.inputs[k])} {percent(found.indices.first[k].value)} (95{GAP}% interval "
        f"{interval(found.indices.first[k])})"
        for k in order
        if found.indices.total[k].value > 0
    )
    alone = found.indices.alone
    together = (
        f" All inputs, each by itself, explain {percent(alone.value)} ({interval(alone)}); the rest is what they do in "
        "company of each other."
    )
    return [
        f"Of all the doubt about it that the inputs cause together, one input alone explains: {listed}."
        + (together if alone.upper < 0.95 else "")
    ]


def _idle(found: Sensitivity, words: Words) -> list[str]:
    idle = [words.quoted(bar.input) for bar in found.one_way.bars if not matters(found, bar)]
    if not idle or len(idle) == len(found.inputs):
        return []
    more = f" and {len(idle) - MOST_LISTED} more" if len(idle) > MOST_LISTED else ""
    return [f"These inputs make no difference to it: {', '.join(idle[:MOST_LISTED])}{more}."]


def _preferred(found: Sensitivity, words: Words) -> list[str]:
    measure, one_way = found.question.measure, found.one_way
    if measure.better is None or len(found.question.arms) < 2:
        return []
    best = measure.best(one_way.means)
    start = (
        f"Preferred with the inputs as they stand is {words.arm(best)}, with "
        f"{words.level(float(one_way.means[best]), float(one_way.errors[best]))} on {words.measure}."
    )
    if not found.scans:
        return [start]
    turning = [scan for scan in found.scans if scan.thresholds]
    if not turning:
        return [f"{start} It stays preferred over the whole range of every single input: no threshold in range."]
    listed = "; ".join(switch_words(words, scan) for scan in turning[:MOST_LISTED])
    others = len(found.scans) - len(turning)
    which = "the one other input" if others == 1 else f"the other {others} inputs"
    rest = f" For {which} there is no threshold in range." if others else ""
    return [f"{start} That would change with {listed}.{rest}"]


def switch_words(words: Words, scan: Scan) -> str:
    """Return at which values of an input which arm is preferred."""
    one = scan.input
    parts = [f"below {_threshold(words, scan, 0)} {words.arm(scan.thresholds[0].below)}"]
    for k, threshold in enumerate(scan.thresholds):
        last = k == len(scan.thresholds) - 1
        where = "above that" if last and k == 0 else f"from {_threshold(words, scan, k)}"
        parts.append(f"{where} {words.arm(threshold.above)}")
    return f"{words.quoted(one)}: {', '.join(parts)}"


def _threshold(words: Words, scan: Scan, k: int) -> str:
    return words.threshold(scan.input, scan.thresholds[k])


def _on_map(found: Sensitivity, words: Words) -> list[str]:
    if found.pairs is None or found.question.measure.better is None or len(found.question.arms) < 2:
        return []
    names = f"{words.quoted(found.pairs.across)} and {words.quoted(found.pairs.up)}"
    possible = found.pairs.preferred[found.pairs.preferred != IMPOSSIBLE]
    arms, times = np.unique(possible, return_counts=True)
    if len(arms) == 1:
        return [f"Wherever {names} lie within their ranges, {words.arm(int(arms[0]))} is preferred."]
    order = np.argsort(-times, kind="stable")
    listed = ", ".join(f"{words.arm(int(arms[i]))} in {times[i]}" for i in order)
    return [f"Over {len(possible)} pairs of values of {names}, preferred are: {listed}."]


def _cut(found: Sensitivity, words: Words) -> list[str]:
    cut = [
        f"{words.quoted(bar.input)} {'down' if end is bar.low else 'up'} to {words.value(bar.input, end.value)} only"
        for bar in found.one_way.bars
        for end in (bar.low, bar.high)
        if end.is_cut
    ]
    more = f"; and {len(cut) - MOST_LISTED} more" if len(cut) > MOST_LISTED else ""
    return (
        [f"The claims contradict each other beyond these values: {'; '.join(cut[:MOST_LISTED])}{more}."] if cut else []
    )


def _replaced(found: Sensitivity) -> list[str]:
    lost = found.tried - found.rows
    if not lost:
        return []
    return [
        f"{format_count(lost)} of {format_count(found.tried)} rows of draws were replaced by others, because the "
        "claims cannot be met there. So the shares hold for inputs with which the claims agree."
    ]
