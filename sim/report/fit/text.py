"""What a fit says in words: first what it changes for a choice, then what was learnt and what was not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sim.learn.fit import Fit
from sim.learn.told import Told
from sim.learn.validation import Comparison
from sim.quantities import BY_NAME
from sim.report.fit.words import span_text, value_text
from sim.report.validation.words import full_name, number, outcome_name, span
from sim.report.words.numbers import all_of, capital
from sim.study.uncertainty import Uncertainty
from sim.units import MINUS

CAUTION = (
    "Records show how people who were treated fared. They cannot tell what would have become of the same people "
    "without treatment, and they say nothing about people who never came."
)
MOST_NAMED = 3


def sentences(found: Fit, names: dict[str, str]) -> list[str]:
    """Return the answer: the sentence that matters most first."""
    return [
        consequence(found),
        *_trust(found),
        *_second(found, names),
        _learnt(found, names),
        *_not_learnt(found, names),
        *_held(found),
        *_predicted(found),
        *_held_out(found),
        *_structure(found),
        *_trade_offs(found, names),
    ]


def consequence(found: Fit) -> str:
    """Return what the data change for a choice: who leads on the primary outcome, and by how much, with and without."""
    scenario = found.study.scenario
    outcome = BY_NAME[scenario.primary.outcome]
    after, before = (_lead(of, found) for of in (found.after, found.before))
    label = scenario.arm_label
    if after is None or before is None:
        return f"With {found.about}, nothing can be said about {outcome.label.lower()}."
    best, second = after
    now, then = (of.difference(best, second, outcome.name) for of in (found.after, found.before))
    unit = outcome.unit.of(scenario.costs.currency)
    start = f"With {found.about} read, {label(best)} is expected to lead {label(second)}"
    if before[0] != best:
        start = f"The choice changes: with {found.about} read, {label(best)} is expected to lead {label(second)}"
    sure = ", which is not sure" if now.lower < 0 < now.upper else ""
    return (
        f"{start} in {outcome.label.lower()} by {unit.amount(abs(now.estimate), 0.0)}{sure} (95 %: "
        f"{unit.interval(now.lower, now.upper)}); without them it was {unit.interval(then.lower, then.upper)}."
    )


def _lead(of: Uncertainty, found: Fit) -> tuple[str, str] | None:
    """Return the two arms that are expected to be best on the primary outcome, best first."""
    outcome = BY_NAME[found.study.scenario.primary.outcome]
    sign = 1.0 if outcome.better == "lower" else -1.0
    means = {arm: of.get(arm, outcome.name).estimate for arm in found.study.scenario.arms}
    ordered = sorted((arm for arm in means if means[arm] == means[arm]), key=lambda arm: sign * means[arm])
    return (ordered[0], ordered[1]) if len(ordered) > 1 else None


def _trust(found: Fit) -> Iterator[str]:
    missed = [one for one in found.checks if one.is_missed]
    if missed:
        worst = max(missed, key=lambda one: abs(one.observed - one.expected) / max(one.upper - one.lower, 1e-9))
        more = f" ({len(missed)} of {len(found.checks)} checks)" if len(missed) > 1 else ""
        yield (
            f"Do not use these numbers as they stand: the model does not make records like these{more}. Of the "
            f"{worst.name}, it makes {value_text(worst.lower)} to {value_text(worst.upper)}; the records show "
            f"{value_text(worst.observed)}. Perhaps these patients are of kinds that the scenario does not have."
        )
    elif found.checks:
        yield (
            f"The fitted model makes records like these: all {len(found.checks)} things that were compared lie where "
            "it puts them."
        )
    if not found.posterior.is_enough:
        yield (
            f"The estimate has not come to rest: its draws are worth {found.posterior.effective:.0f} independent ones "
            "only. Fewer inputs with wide doubts would help."
        )
    if not found.posterior.is_settled:
        yield (
            "Averaged over other made-up people, and twice as many, means still move by "
            f"{found.posterior.moved:.2f} standard deviations; take intervals for a little wider."
        )


def _second(found: Fit, names: dict[str, str]) -> Iterator[str]:
    second = found.second
    if second is None:
        return
    evidence = f"{second.log_evidence:.1f} ± {second.log_evidence_error:.1f}".replace("-", MINUS)
    also = f"(logarithm of the evidence {evidence})"
    differ = [one for one in second.inputs if not one.is_alike]
    if not differ:
        yield f"A second sampler agrees: means and spreads of all {len(second.inputs)} inputs are alike {also}."
        return
    worst = max(differ, key=lambda one: abs(one.apart))
    name = names.get(worst.path, worst.path)
    yield (
        f"A second sampler does not agree on {len(differ)} of {len(second.inputs)} inputs {also}. Of "
        f"{name[0].lower()}{name[1:]} it says {value_text(worst.second_mean, worst.path)}, this fit "
        f"{value_text(worst.mean, worst.path)} (means); be careful with both."
    )


def _learnt(found: Fit, names: dict[str, str]) -> str:
    known = sorted((one for one in found.told if one.says_something and not one.is_held), key=lambda one: one.overlap)
    if not known:
        return f"{capital(found.about)} say nothing of any input that was not known before."
    said = [_moved(one, names) for one in known[:MOST_NAMED]]
    return f"Most was learnt of: {'; '.join(said)}."


def _moved(one: Told, names: dict[str, str]) -> str:
    name = names.get(one.path, one.path)
    return (
        f"{name[0].lower()}{name[1:]} ({value_text(one.posterior, one.path)}, "
        f"{span_text(one.lower, one.upper, one.path)}; before {value_text(one.prior, one.path)})"
    )


def _not_learnt(found: Fit, names: dict[str, str]) -> Iterator[str]:
    silent = [names.get(one.path, one.path) for one in found.told if not one.says_something and not one.is_held]
    if not silent:
        return
    context = next((one for one in found.told if one.path == "response.context.ceiling"), None)
    if context is not None and not context.says_something:
        yield (
            "They say next to nothing about how much of the fall is due to being treated at all: that takes people who "
            "were not treated, or sham treatment."
        )
    rest = [f"{name[0].lower()}{name[1:]}" for name in silent]
    # Names hold commas and colons of their own.
    shown = "; ".join(rest) if len(rest) <= 4 else f"{'; '.join(rest[:4])}; and {len(rest) - 4} more"
    yield f"Your data say next to nothing about: {shown}. There what was believed before stands."


def _held(found: Fit) -> Iterator[str]:
    if len(found.posterior.held):
        labels = [found.study.scenario.modality_label(name) for name in found.modalities]
        yield (
            f"How {all_of(labels)} differ was not learnt from these records, because patients were not assigned by "
            "chance to one or the other; that difference stays as the evidence has it. (--exchangeable would learn it.)"
        )


def _predicted(found: Fit) -> Iterator[str]:
    one = found.held_out
    if one is None:
        return
    inside = round(one.inside.estimate * one.patients)
    off = f"{abs(one.off.estimate):.1f} ± {one.off.mc_error:.1f}"
    yield (
        f"Of {one.patients} patients who were left out and predicted, {inside} gave a last reading within the 90 % "
        f"interval (about {0.9 * one.patients:.0f} should); on average it was {off} "
        f"points {'higher' if one.off.estimate > 0 else 'lower'} than predicted."
    )


def _held_out(found: Fit) -> Iterator[str]:
    if found.trials is None:
        return
    held = [one for one in found.results if one.is_held_out and math.isfinite(one.z)]
    parts = (
        ([one for one in held if not one.versus], "published results that were held out"),
        ([one for one in held if one.versus], "differences between them"),
    )
    for some, what in parts:
        if some:
            inside = sum(one.within(0.95) for one in some)
            worst = max(some, key=lambda one: abs(one.z))
            yield (
                f"Of {len(some)} {what}, {inside} lie within the 95 % interval that the fit gives them "
                f"({_widths(some)} wide). Furthest off: {full_name(found.trials, worst)}: "
                f"{outcome_name(worst.asked.published)} {number(worst, worst.published)} was published, "
                f"{number(worst, worst.predicted)} expected "
                f"({span(worst, worst.lower, worst.upper)})."
            )


def _widths(some: Sequence[Comparison]) -> str:
    ordered = sorted(some, key=lambda one: one.width)
    least, most = (number(one, one.width) for one in (ordered[0], ordered[-1]))
    return least if least == most else f"{least} to {most}"


def _structure(found: Fit) -> Iterator[str]:
    if len(found.posterior.weights) < 2:
        return
    moved = [one for one in found.posterior.weights if abs(one.after - one.before) > 0.1]
    if not moved:
        yield "They do not tell the forms of the model apart: each is about as likely as before."


def _trade_offs(found: Fit, names: dict[str, str]) -> Iterator[str]:
    for one in found.trade_offs[:1]:
        pair = [names.get(path, path) for path in (one.one, one.other)]
        low = [f"{name[0].lower()}{name[1:]}" for name in pair]
        yield f"{capital(low[0])} and {low[1]} trade off: the data tell both together better than each."
