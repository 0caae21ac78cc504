"""What a virtual trial says in sentences: how many patients, how sure that is, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from scipy.special import ndtri

from sim.decision.virtual_trial.assess import AtSize, Comparison, VirtualTrial
from sim.decision.virtual_trial.design import margin_of
from sim.decision.virtual_trial.needed import Needed
from sim.estimate.estimate import Estimate
from sim.learn.spread import PublishedSpread
from sim.report.trial.words import (
    arm_label,
    difference_text,
    goal,
    is_ratio,
    patients,
    percent,
    plain_percent,
    signed,
    versus,
    width_text,
)
from sim.report.words.numbers import all_of, capital, format_count
from sim.units import GAP

CAUTION = "It is a plan from a model: a trial is as likely to succeed as this says if the model and its inputs hold."
BEYOND = 3.0
"""Errors by which a power must differ from the formula's to be spoken of."""
RARELY = 0.002
"""How often chance alone would have it said that a type-I error is not as it should be."""
FEW = 50
"""Patients in an arm up to which tests may be inexact for want of them."""
TWO_DIGITS = 10
"""Errors from this on are written with two digits, and numbers as far."""
MUCH = 1.15
"""How many times the model's spread a published one must be to be spoken of as larger."""


def sentences(found: VirtualTrial, published: Sequence[PublishedSpread]) -> list[str]:
    """Return the answer, the sentence that matters most first; of all comparisons but the first in short."""
    said: list[str] = []
    if found.comparisons:
        first, *others = found.comparisons
        said += [_needed(found, first), *_assured(found, first), _at_best(found, first), _type_one(found)]
        said += [*_formula(found, first), *_adjusted(found, first), *_exaggerated(found, first)]
        said += [_needed(found, one) for one in others]
    else:
        said.append(_type_one(found))
    return [*said, *_therapists(found), *_lost(found), *_several(found), *published_sentences(found, published)]


def notes(found: VirtualTrial, one: Comparison) -> list[str]:
    """Return what there is to say of a comparison beside its table."""
    return [
        *_assured(found, one), _at_best(found, one), *_formula(found, one), *_adjusted(found, one),
        *_exaggerated(found, one),
    ]  # fmt: skip


def shown_size(one: Comparison) -> AtSize:
    """Return the size that sentences and figures speak of: the first with a power of 80 %, else the largest."""
    return next((at for at in one.sizes if at.power.estimate >= one.needed[0].power), one.sizes[-1])


def number_text(found: VirtualTrial, needed: Needed) -> str:
    """Return how many patients in an arm a power takes."""
    sizes = found.design.sizes
    if needed.where == "found":
        return _with_error(math.ceil(needed.number.estimate), needed.number.mc_error)
    if needed.where == "never":
        return "no number is enough"
    return f"{format_count(sizes[0])} or fewer" if needed.where == "fewer" else f"more than {format_count(sizes[-1])}"


def formula_text(number: Estimate) -> str:
    """Return how many patients in an arm the textbook's formula asks for."""
    if not math.isfinite(number.estimate):
        return "no number is enough"
    return _with_error(math.ceil(number.estimate - 1e-9), number.mc_error)


def _with_error(number: int, error: float) -> str:
    if not math.isfinite(error):
        return format_count(number)
    if error >= TWO_DIGITS:  # no digit more than the error leaves meaningful
        step = 10 ** (math.floor(math.log10(error)) - 1)
        number, error = round(number / step) * step, round(error / step) * step
    return f"{format_count(number)}{GAP}±{GAP}{max(error, 0.1):,.{0 if error >= 1 else 1}f}"


def _needed(found: VirtualTrial, one: Comparison) -> str:
    eighty, ninety = one.needed
    if all(at.lost.estimate == 1 for at in one.sizes):
        return f"{versus(found, one)} cannot be tested: all patients of a group are alike in {_measure(found, one)}."
    start = f"To {goal(found, one)} in 8 of 10 trials"
    if eighty.where == "never":
        why = f"the true difference is {difference_text(found, one)}"
        if found.design.hypothesis == "superiority":
            why += f"; --reference {one.arm} turns the question round"
        return f"{start} no number of patients is enough: {why}."
    of = "" if found.design.allocation == 1 else " of the arm"
    also = f", and {number_text(found, ninety)} in 9 of 10" if ninety.where in ("found", "more") else ""
    if eighty.where == "more":
        by = formula_text(one.by_formula[0])
        return f"{start} takes {number_text(found, eighty)} patients in each arm; by the formula {by}."
    return (
        f"{start} takes {number_text(found, eighty)} patients{of} in each arm{also}, if the inputs are as stated "
        f"(by the formula {formula_text(one.by_formula[0])} and {formula_text(one.by_formula[1])})."
    ).replace("patients of the arm in each arm", "patients in the arm")


def _measure(found: VirtualTrial, one: Comparison) -> str:
    return found.design.measures[one.measure].in_sentence


def _assured(found: VirtualTrial, one: Comparison) -> Iterator[str]:
    if not one.assured or one.limit is None:
        if not found.draws:
            why = "as no input of the scenario has a distribution" if found.asked else "without draws of them"
            yield f"The doubt in the inputs is not looked at, {why}."
        return
    eighty, shown = one.assured[0], shown_size(one)
    limit = percent(one.limit)
    assured = percent(shown.assurance)
    what = f"Over the doubt in the inputs a trial with {patients(found.design, shown.size)} succeeds in {assured}"
    if eighty.where == "never":
        yield (
            f"{what} (assurance), and no number of patients brings 80{GAP}%: what is to be found is there in only "
            f"{limit} of the draws."
        )
    else:
        yield f"{what} (assurance); for 80{GAP}% it takes {number_text(found, eighty)} patients in each arm."
    if eighty.where != "never" and one.limit.estimate < one.assured[1].power:
        yield f"An assurance of 90{GAP}% cannot be reached: what is to be found is there in only {limit} of the draws."


def _type_one(found: VirtualTrial) -> str:
    design = found.design
    sizes = [(size, one) for of in found.type_one for size, one in zip(design.sizes, of.errors, strict=True)]
    middle = found.type_one[0].errors[len(found.type_one[0].errors) // 2]
    low, high = (end(one.estimate for _, one in sizes) for end in (min, max))
    over = f", and in {plain_percent(low)} to {plain_percent(high)} over all sizes" if len(sizes) > 1 else ""
    start = (
        f"Against itself, in other patients, {arm_label(found.scenario, design.reference)} is found to differ in "
        f"{percent(middle)} of trials{over}; {plain_percent(design.alpha)} is right."
    )
    chance = math.sqrt(design.alpha * (1 - design.alpha) / design.trials)
    reach = float(ndtri(1 - RARELY / (2 * len(sizes)))) * chance
    off = [size for size, one in sizes if abs(one.estimate - design.alpha) > reach]
    if not off:
        return start
    return f"{start} That is more than chance explains at {len(off)} of {len(sizes)} sizes{_why_off(found, off)}."


def _why_off(found: VirtualTrial, sizes: Sequence[int]) -> str:
    design = found.design
    if design.has_therapists and not design.by_cluster:
        return ": the analysis takes patients of one therapist for independent, which they are not"
    return ": with so few patients the test is not exact" if max(sizes) <= FEW else ""


def _at_best(found: VirtualTrial, one: Comparison) -> str:
    at = shown_size(one)
    level = f"{100 * (1 - found.design.alpha):g}{GAP}%"
    return (
        f"{versus(found, one)}: the true difference in {_measure(found, one)} is {difference_text(found, one)}"
        f"{_too_small(found, one)}. With "
        f"{patients(found.design, at.size)} ({format_count(at.total)} together) the {level} interval is "
        f"{width_text(found, one, at)} wide on average, and holds the true difference in {percent(at.coverage)} of "
        f"trials; {percent(at.power)} succeed, and {percent(at.against)} find the arm significantly worse."
    )


def _too_small(found: VirtualTrial, one: Comparison) -> str:
    """Return that a difference is smaller than what matters, if it is."""
    measure, difference = found.design.measures[one.measure], one.difference
    margin = margin_of(found.scenario, measure)
    if margin is None or is_ratio(found.design, one.measure) or not abs(difference.estimate) < margin:
        return ""
    return f", less than the {measure.unit.amount(margin)} that matters"


def _formula(found: VirtualTrial, one: Comparison) -> Iterator[str]:
    if not any(math.isfinite(at.formula.estimate) for at in one.sizes):
        return
    apart = [
        (at.power.estimate - at.formula.estimate, at)
        for at in one.sizes
        if abs(at.power.estimate - at.formula.estimate) > BEYOND * max(_off_error(at), 1e-3)
    ]
    if not apart:
        yield (
            f"{versus(found, one)}: the textbook's formula with the model's spread agrees with the simulation at all "
            "sizes."
        )
        return
    off, at = max(apart, key=lambda pair: abs(pair[0]))
    yield (
        f"{versus(found, one)}: the textbook's formula gives {percent(at.formula)} for "
        f"{patients(found.design, at.size)} where the simulation has {percent(at.power)} ({signed(100 * off)} "
        f"percentage points): {_why(found, one)}."
    )


def _off_error(at: AtSize) -> float:
    """Return the error of a power less the formula's, nearly: the formula's rests on the same patients."""
    formula = at.formula.mc_error
    return math.hypot(at.power.mc_error, formula) if math.isfinite(formula) else at.power.mc_error


def _why(found: VirtualTrial, one: Comparison) -> str:
    design, (arm, reference) = found.design, one.spread
    why = []
    if design.has_therapists and not design.by_cluster:
        why.append("it knows nothing of therapists that are ignored in the analysis")
    if design.by_cluster and any(design.dropout.values()):
        why.append("therapists have unequal numbers of patients who were assessed")
    if design.measures[one.measure].is_share:
        why.append("it is a normal approximation to counts")
    else:
        ratio = max(arm.sd.estimate, reference.sd.estimate) / max(min(arm.sd.estimate, reference.sd.estimate), 1e-9)
        if design.analyses[one.measure] == "ancova" and abs(arm.r.estimate - reference.r.estimate) > 0.1:
            why.append(
                f"it takes one correlation with the first reading for both groups, which have {arm.r.estimate:.2f} and "
                f"{reference.r.estimate:.2f}"
            )
        if ratio > 1.1:
            why.append(f"the groups scatter differently ({ratio:.2f} times)")
        why.append("pain on a scale with two ends is not normal")
    return all_of(why)


def _adjusted(found: VirtualTrial, one: Comparison) -> Iterator[str]:
    if found.design.analyses[one.measure] != "ancova":
        return
    variances = [(1 - group.r.estimate**2, group.sd.estimate**2) for group in one.spread]
    if not sum(variance for _, variance in variances) > 0:
        return
    left = sum(rest * variance for rest, variance in variances) / sum(variance for _, variance in variances)
    yield (
        f"{versus(found, one)}: adjusting for the first reading takes {100 * left:.0f}{GAP}% of the patients of a "
        "plain comparison of the same outcome (1 less r²)."
    )


def _exaggerated(found: VirtualTrial, one: Comparison) -> Iterator[str]:
    first = one.sizes[0]
    ratio = first.exaggerated.estimate
    if (
        found.design.hypothesis == "superiority"
        and math.isfinite(ratio)
        and ratio > 1.1
        and not is_ratio(found.design, one.measure)
    ):
        yield (
            f"{versus(found, one)}: with {patients(found.design, first.size)} the trials that succeed find "
            f"{ratio:.1f} times the true difference on average: small trials that succeed exaggerate."
        )


def _therapists(found: VirtualTrial) -> Iterator[str]:
    design = found.design
    if not design.has_therapists:
        return
    icc = max((group.icc.estimate for one in found.comparisons for group in one.spread), default=math.nan)
    if math.isfinite(icc):
        size = design.sizes[-1]
        effect = 1 + (size / design.therapists - 1) * max(icc, 0.0)
        yield (
            f"With {design.therapists} therapists in each arm, who differ by a standard deviation of "
            f"{found.therapist_sd:.2f} points, patients of one therapist are alike by up to {icc:.3f} (intraclass "
            f"correlation): at {patients(design, size)} variances are {effect:.2f} times as large."
        )


def _lost(found: VirtualTrial) -> Iterator[str]:
    worst = max((at.lost.estimate for one in found.comparisons for at in one.sizes), default=0.0)
    if worst > 0:
        yield f"Up to {plain_percent(worst)} of the trials cannot be analysed; they count as not successful."


def _several(found: VirtualTrial) -> Iterator[str]:
    if len(found.comparisons) > 1:
        yield (
            f"The trial makes {len(found.comparisons)} comparisons, each tested at "
            f"{plain_percent(found.design.alpha)}; nothing is corrected for their number. With --alpha "
            f"{found.design.alpha / len(found.comparisons):.2g} (Bonferroni) all of them together would be."
        )


def published_sentences(found: VirtualTrial, published: Sequence[PublishedSpread]) -> Iterator[str]:
    """Yield how the spread of published trials differs from the model's."""
    if not published:
        shares = found.scenario.cohort.profiles
        who = _kinds(found, [name for name, share in shares.items() if share > 0])
        yield f"No published trial that comes with the program has the spread of patients of this kind ({who})."
        return
    who = _kinds(found, [one.profile for one in published])
    for outcome, words in (("pain", "reported pain"), ("reduction", "the fall in pain")):
        ratios = [one.ratio for one in published if one.outcome == outcome]
        if not ratios:
            continue
        mean = math.exp(math.fsum(map(math.log, ratios)) / len(ratios))
        start = (
            f"In {len(ratios)} published results of {words} ({who}) patients scatter {mean:.2f} times as much as in "
            f"the model ({min(ratios):.2f} to {max(ratios):.2f})"
        )
        if mean > MUCH or mean < 1 / MUCH:
            yield f"{start}: with their spread a plain comparison would take {mean**2:.1f} times the patients."
        else:
            yield f"{start}: near enough to change little."
    one = found.comparisons[0].spread[0] if found.comparisons else None
    if one is not None and math.isfinite(one.left_r.estimate) and _is_fall(found):
        yield capital(
            f"the model's correlation of the first reading with that on the day is {one.left_r.estimate:.2f} in "
            f"{arm_label(found.scenario, one.arm)}; no shipped trial publishes what it follows from."
        )


def _kinds(found: VirtualTrial, profiles: Sequence[str]) -> str:
    return all_of([found.scenario.profile_label(name).lower() for name in dict.fromkeys(profiles)])


def _is_fall(found: VirtualTrial) -> bool:
    measure = found.design.measures[0]
    return measure.is_read and not measure.is_share
