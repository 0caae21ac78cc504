"""What a sensitivity analysis says, in sentences: what matters most, what does not, when the choice would change."""

from __future__ import annotations

import numpy as np

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.oneway import Bar, Moved
from sim.decision.sensitivity.structure import Kind
from sim.decision.sensitivity.threshold import Scan
from sim.decision.verdict import margin_of
from sim.report.sensitivity.words import MUCH_MISSED, Words, interval, percent
from sim.report.words.inputs import alternative_name
from sim.report.words.numbers import all_of
from sim.units import GAP

MOST_NAMED = 3
MOST_LISTED = 6


def sentences(found: Sensitivity) -> list[str]:
    """Return the answer first, then shares of the variance, the preferred arm, in other forms too, and the map."""
    words = Words(found)
    return [
        *_widest(found, words), *_shares(found, words), *_idle(found, words), *_preferred(found, words),
        *_by_form(found, words), *_on_map(found, words),
    ]  # fmt: skip


def _widest(found: Sensitivity, words: Words) -> list[str]:
    bars = [bar for bar in found.one_way.bars if found.matters(bar.factor)][:MOST_NAMED]
    base = words.with_error(found.one_way.base)
    start = f"{words.target}, {words.measure}: {base} with the inputs as they stand."
    if not bars:
        return [f"{start} None of the uncertain inputs makes a difference to it."]
    first, *rest = bars
    said = [f"{start} It depends most on {words.quoted(first.factor)}: {_moves(words, first)}."]
    if rest:
        listed = "; ".join(f"{words.quoted(bar.factor)}, {_moves(words, bar)}" for bar in rest)
        said.append(f"Next: {listed}.")
    return said


def _moves(words: Words, bar: Bar) -> str:
    return ", ".join(
        f"{words.number(end.target, bar.swing.mc_error)} {words.where(bar.factor, end)}" for end in bar.ends
    )


def _shares(found: Sensitivity, words: Words) -> list[str]:
    if found.indices.variance == 0:
        return []
    order = sorted(range(len(found.factors)), key=lambda k: -found.indices.first[k].estimate)[:MOST_NAMED]
    listed = "; ".join(
        f"{words.quoted(found.factors[k])} {percent(found.indices.first[k].estimate)} (95{GAP}% interval "
        f"{interval(found.indices.first[k])})"
        for k in order
        if found.indices.first[k].estimate > 0
    )
    alone = found.indices.alone
    form = " and the form of the model" if found.kinds else ""
    together = (
        f" All of them, each by itself, explain {percent(alone.estimate)} ({interval(alone)}); the rest is what they "
        "do in company of each other, or was not learnt from the draws."
    )
    missed = found.indices.unexplained.estimate
    rough = f" These shares are rough: {percent(missed)} of what differs between draws is missed. Take more --draws."
    return [
        f"Of all the doubt about it that the inputs{form} cause together, one alone explains: {listed}."
        + (together if alone.upper < 0.95 else "")
        + (rough if missed > MUCH_MISSED else "")
    ]


def _idle(found: Sensitivity, words: Words) -> list[str]:
    idle = [words.quoted(bar.factor) for bar in found.one_way.bars if not found.matters(bar.factor)]
    if not idle or len(idle) == len(found.factors):
        return []
    more = f" and {len(idle) - MOST_LISTED} more" if len(idle) > MOST_LISTED else ""
    return [f"These make no difference to it in any patient: {', '.join(idle[:MOST_LISTED])}{more}."]


def _preferred(found: Sensitivity, words: Words) -> list[str]:
    measure, one_way = found.question.measure, found.one_way
    if measure.better is None or len(found.question.arms) < 2:
        return []
    best = measure.best(one_way.means)
    start = (
        f"Preferred with the inputs as they stand is {words.arm(best)}, with "
        f"{words.level(float(one_way.means[best]), float(one_way.errors[best]))} on {words.measure}."
    )
    near = _too_near(found, words, best)
    if not found.scans:
        return [f"{start}{near}"]
    turning = [scan for scan in found.scans if scan.thresholds]
    if not turning:
        stays = "It stays preferred over the whole range of every single input: no threshold in range."
        return [f"{start} {stays}{near}"]
    listed = "; ".join(switch_words(words, scan) for scan in turning[:MOST_LISTED])
    others = len(found.scans) - len(turning)
    which = "the one other input" if others == 1 else f"the other {others} inputs"
    rest = f" For {which} there is no threshold in range." if others else ""
    return [f"{start} That would change with {listed}.{rest}{near}"]


def _too_near(found: Sensitivity, words: Words, best: int) -> str:
    """Say which arms are so near to the preferred one that a run would not prefer it to them."""
    measure, means = found.question.measure, found.one_way.means
    if measure.wtp is not None:
        return ""
    near = [
        words.arm(k)
        for k, mean in enumerate(means)
        if k != best
        and abs(mean - means[best]) <= margin_of(found.scenario, measure.outcome, max(abs(mean), abs(means[best])))
    ]
    if not near:
        return ""
    return (
        f" But {all_of(near)} {'is' if len(near) == 1 else 'are'} so near that it does not matter: a run names "
        "whichever of them costs least."
    )


def _by_form(found: Sensitivity, words: Words) -> list[str]:
    """Return which arm is preferred in other forms of the model, one kind at a time."""
    measure = found.question.measure
    if not found.kinds or measure.better is None or len(found.question.arms) < 2:
        return []
    best = measure.best(found.one_way.means)
    turned = [
        f"with “{_kind_words(bar.factor, end)}” {words.arm(end.preferred)}"
        for bar in found.one_way.bars
        if isinstance(bar.factor, Kind)
        for end in bar.ends
        if end.preferred != best
    ]
    if not turned:
        return [f"In every form of the model, one kind at a time, {words.arm(best)} stays preferred."]
    return [f"In another form of the model another arm is preferred: {'; '.join(turned)}."]


def _kind_words(kind: Kind, end: Moved) -> str:
    return alternative_name(kind.name, kind.alternatives[int(end.value)])


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
    arms, times = np.unique(found.pairs.preferred, return_counts=True)
    if len(arms) == 1:
        return [f"Wherever {names} lie within their ranges, {words.arm(int(arms[0]))} is preferred."]
    order = np.argsort(-times, kind="stable")
    listed = ", ".join(f"{words.arm(int(arms[i]))} in {times[i]}" for i in order)
    return [f"Over {found.pairs.preferred.size} pairs of values of {names}, preferred are: {listed}."]
