"""Why the results changed, in plain words: what was moved, what followed, what contributed most, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.calibration.calibrate import said_of
from sim.estimate.estimate import Estimate
from sim.page.inputs import Input
from sim.page.results import Comparison, Target
from sim.page.tuning import shares_of
from sim.quantities import BY_NAME
from sim.report.words.claims import no_effect, shown_claims
from sim.report.words.numbers import with_error
from sim.scenario.schema import Scenario
from sim.study.joint import share_of_same_patients
from sim.study.prepare import Study
from sim.units import SHARE

NOTHING_CHANGED = "Nothing has been changed: what you see is the scenario as it was saved."

SURE = 2.0
"""Monte Carlo errors by which a sum of effects must differ from what they do together."""


def explanation(
    inputs: Sequence[Input],
    values: Mapping[str, str],
    comparison: Comparison,
    target: Target,
    alone: Mapping[str, Estimate],
    together: Estimate,
) -> list[str]:
    """Return sentences on what changed; `alone` holds the effect of each touched input on the target by path."""
    if not values:
        return [NOTHING_CHANGED]
    scenario = comparison.tuned.result.study.scenario
    touched = {one.path: one for one in inputs if one.path in values}
    sentences = [_moved(scenario, touched, values), _target_moved(scenario, target, together)]
    sentences += [_arms_moved(comparison, target.outcome)]
    sentences += _largest(touched, alone, together)
    sentences += _calibrated(touched, comparison)
    sentences += _other_patients(comparison)
    return sentences


def claims_said(study: Study) -> list[str]:
    """Return what must be said of the claims: of each that is missed by more than its doubt, and of effects near 0."""
    scenario, calibration = study.scenario, study.calibration
    missed = [said_of(claim) for claim in shown_claims(scenario, calibration) if claim.is_missed]
    return [f"{words}." for words in missed] + list(no_effect(scenario, calibration))


def value_words(one: Input, text: str, currency: str) -> str:
    """Return a value of an input as people read it."""
    if one.kind == "shares":
        shares, labels = shares_of(text), one.options or {}
        return ", ".join(f"{labels.get(name, name)} {SHARE.number(share)}" for name, share in shares.items() if share)
    if one.kind == "choice":
        return (one.options or {}).get(text, text)
    return one.unit.as_given(float(text))


def saved_words(one: Input, currency: str) -> str:
    """Return the saved value of an input as people read it."""
    if isinstance(one.value, Mapping):
        labels = one.options or {}
        return ", ".join(f"{labels[name]} {SHARE.number(share)}" for name, share in one.value.items() if share)
    if isinstance(one.value, str):
        return (one.options or {}).get(one.value, one.value)
    return one.unit.as_given(one.value)


def target_words(scenario: Scenario, target: Target) -> str:
    """Return what is looked at as it stands in a sentence."""
    outcome = BY_NAME[target.outcome].in_sentence
    first, *second = (scenario.arm_label(arm) for arm in target.arms)
    return f"{outcome}, {first} minus {second[0]}" if second else f"{outcome} with {first}"


def _moved(scenario: Scenario, touched: Mapping[str, Input], values: Mapping[str, str]) -> str:
    currency = scenario.costs.currency
    words = [
        f"{one.label}, from {saved_words(one, currency)} to {value_words(one, values[path], currency)}"
        for path, one in touched.items()
    ]
    start = "You changed one input" if len(words) == 1 else f"You changed {len(words)} inputs"
    return f"{start}: {'; '.join(words)}."


def _target_moved(scenario: Scenario, target: Target, together: Estimate) -> str:
    what = target_words(scenario, target)
    start = f"{what[0].upper()}{what[1:]}"
    if together.estimate == 0 and together.mc_error == 0:
        return f"{start}, did not move at all: nothing that it depends on was changed."
    return f"{start}, moved by {change_words(together)}: {_sureness(together)}."


def change_words(effect: Estimate) -> str:
    """Return a change with its sign, error and unit, as it stands in a sentence."""
    return effect.unit.difference_in_words(effect.estimate, effect.mc_error)


def _sureness(effect: Estimate) -> str:
    if is_sure(effect):
        return "beyond the error of the simulation"
    return "no more than the error of the simulation explains"


def is_sure(effect: Estimate) -> bool:
    """Tell whether a change is more than the error of the simulation could explain."""
    return effect.is_beyond_chance


def _arms_moved(comparison: Comparison, outcome: str) -> str:
    scenario = comparison.tuned.result.study.scenario
    words = []
    for arm in scenario.arms:
        label, change = scenario.arm_label(arm), comparison.change(arm, outcome)
        if change.estimate == 0 and change.mc_error == 0:
            words.append(f"{label} did not move")
        else:
            now = comparison.tuned.get(arm, outcome)
            doubt = "" if is_sure(change) else ", within the error of the simulation"
            words.append(f"{label} {change_words(change)} (now {with_error(now)}{doubt})")
    return f"By arm, in the same patients with the same luck: {'; '.join(words)}."


def _largest(touched: Mapping[str, Input], alone: Mapping[str, Estimate], together: Estimate) -> list[str]:
    if len(alone) < 2:
        return []
    order = sorted(alone, key=lambda path: -abs(alone[path].estimate))
    first, second = order[0], order[1]
    if not is_sure(alone[first]):
        return ["No single change moves it by more than the error of the simulation explains."]
    sentence = f"Most of it comes from one change. {touched[first].label}: alone {change_words(alone[first])}"
    sentence += f"; the next, {touched[second].label}, {change_words(alone[second])}."
    total = sum(effect.estimate for effect in alone.values())
    error = together.mc_error + sum(effect.mc_error for effect in alone.values())
    if abs(total - together.estimate) > SURE * error:
        added = change_words(Estimate.normal(together.unit, total, together.mc_error))
        sentence += f" The changes act on each other: one by one they would add up to {added}."
    return [sentence]


def _calibrated(touched: Mapping[str, Input], comparison: Comparison) -> list[str]:
    before, after = (panel.result.study.calibration for panel in (comparison.saved, comparison.tuned))
    if (before.parameters, before.natural) == (after.parameters, after.natural):
        return []
    if any(path.startswith("claims.") for path in touched):
        return [
            "A claim was changed. So the strength and speed of that treatment, its satisfaction threshold and its time "
            "scale of relapse were set anew (calibration), so that the simulated patients come as near to the claims "
            "as the doubts about them allow; whatever follows from them moves too."
        ]
    if before.natural != after.natural:
        return [
            "The course of an episode without needling was set anew (calibration), so that untreated patients have as "
            "much pain left as is stated of them, relapses included; then the treatments were, so that the simulated "
            "patients still come as near to the claims as the doubts about them allow."
        ]
    return [
        "The claims stay as they are. Since a number beside them was changed, the treatments were calibrated anew, "
        "so that the simulated patients still come as near to the claims as the doubts about them allow."
    ]


def _other_patients(comparison: Comparison) -> list[str]:
    same = share_of_same_patients(comparison.saved.result.study.law, comparison.tuned.result.study.law)
    if same >= 1:
        return []
    if same <= 0:
        return ["The patients themselves are others than before: each is compared with the one of the same rank."]
    return [f"{SHARE.number(1 - same)} of the patients are others than before."]
