"""What must be said of the claims that a run rests on: targets missed, effects near 0, and whose claims they are."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.calibration.calibrate import said_of
from sim.calibration.response import kind_of
from sim.calibration.targets import NOTHING, Calibration, ClaimResult
from sim.quantities import BY_NAME
from sim.scenario.profile import day_of
from sim.scenario.schema import Scenario
from sim.units import MINUS

MET = 0.05
"""Doubts from its value within which a claim is as good as reached."""


def shown_claims(scenario: Scenario, calibration: Calibration) -> tuple[ClaimResult, ...]:
    """Return the claims that a run rests on: those of the treatments used, then the natural course."""
    claims = calibration.claims
    used = [claim for claim in claims if claim.modality in scenario.used_modalities]
    return (*used, *(claim for claim in claims if not claim.modality))


def claim_sentences(scenario: Scenario, calibration: Calibration) -> Iterator[str]:
    """Yield what a reader of the results must know of their claims; nothing where all is as usual."""
    yield from assumed_effects(scenario)
    if (mixed := own_against_article(scenario, calibration)) is not None:
        yield mixed
    yield from no_effect(scenario, calibration)
    claims = shown_claims(scenario, calibration)
    missed = [claim for claim in claims if claim.is_missed]
    if missed:
        which = "; ".join(f"{claim_name(scenario, claim)} {_off(claim)}" for claim in missed)
        yield (
            f"Not all claims can be met together: {len(missed)} of {sum(claim.is_target for claim in claims)} targets "
            f"{'is' if len(missed) == 1 else 'are'} missed by more than the doubt about "
            f"{'it' if len(missed) == 1 else 'them'} ({which})."
        )


def assumed_effects(scenario: Scenario) -> Iterator[str]:
    """Yield which treatments have an effect that is assumed, with no claim that anybody has made of it."""
    assumed = [
        name
        for name in scenario.used_modalities
        if name not in scenario.claims
        and (given := scenario.parameters.get(name)) is not None
        and given.ceiling is not None
        and given.ceiling.value > 0
        and given.ceiling.status == "assumption"
    ]
    if assumed:
        places = " and ".join(f"`parameters.{name}`" for name in assumed)
        yield (
            f"What {_all_of(_labels(scenario, assumed))} {'does' if len(assumed) == 1 else 'do'} is an assumption of "
            f"this scenario ({places}), nobody's measurement: what is said of "
            f"{'it' if len(assumed) == 1 else 'them'} is worth no more than that."
        )


def missed_sentences(calibration: Calibration) -> tuple[str, ...]:
    """Return of each target missed by more than its doubt what stands against it, and what to do."""
    return tuple(f"{said_of(claim)}." for claim in calibration.missed)


def own_against_article(scenario: Scenario, calibration: Calibration) -> str | None:
    """Return which treatments keep the article's claims beside claims of the user's own; None if none do."""
    targets = [claim for claim in shown_claims(scenario, calibration) if claim.modality and claim.is_target]
    own = _labels(scenario, [claim.modality for claim in targets if _is_own(scenario, claim)])
    kept = _labels(scenario, [claim.modality for claim in targets if claim.claimed.status == "claim"])
    if not own or not kept:
        return None
    both = [name for name in kept if name in own]
    mixed = f" {_all_of(both)} mix{'es' if len(both) == 1 else ''} both." if both else ""
    return (
        f"Your own claims against an article's: {_all_of(own)} {_has(own)} claims of your own, {_all_of(kept)} "
        f"keep{'s' if len(kept) == 1 else ''} claims of the article.{mixed} A difference between them is also one "
        "between two kinds of source."
    )


def no_effect(scenario: Scenario, calibration: Calibration) -> Iterator[str]:
    """Yield the treatments that are left next to no effect of their own by their calibration."""
    for name in scenario.used_modalities:
        claims, given = scenario.claims.get(name), scenario.parameters.get(name)
        ceiling = calibration.parameters[name].ceiling
        if claims is None or (given is not None and given.ceiling is not None) or ceiling >= NOTHING:
            continue
        label, so_small = _label(scenario, name), f"next to no effect of its own (ceiling {ceiling:.2g})"
        effect = next((c for c in calibration.claims if c.modality == name and kind_of(c.name) == "effect"), None)
        if effect is None or effect.error >= -MET * effect.doubt:
            yield (
                f"What is claimed of {label} is no more than the natural course and the context effect of needling, so "
                f"it has {so_small}."
            )
        else:
            others = [words for path in effect.against if (words := claim_words(scenario, _claim_at(path, name)))]
            against = f" ({_all_of(others)})" if others else ""
            yield (
                f"{label} is left {so_small}: the {claim_words(scenario, effect.name)} claimed of it needs more, "
                f"but other claims of it stand against that{against}."
            )


def _claim_at(path: str, modality: str) -> str:
    """Return the name of a claim of a modality from what is said to stand against another, as `visits_to_relief`."""
    return path.removeprefix(f"claims.{modality}.").partition(" ")[0]


def claim_name(scenario: Scenario, claim: ClaimResult) -> str:
    """Return what a claim is about, with whom it is about."""
    if not claim.modality:
        return f"{scenario.profile_label(claim.profile)}: pain left on day {day_of(claim.name)}"
    return f"{_label(scenario, claim.modality)}: {claim_words(scenario, claim.name)}"


def claim_words(scenario: Scenario, name: str) -> str:
    """Return what a claim of a treatment is about."""
    if name == "over_sham":
        return "pain reduction beyond that with sham"
    if name.startswith("over."):
        return f"pain reduction beyond that with {_label(scenario, name.removeprefix('over.')).lower()}"
    return BY_NAME[name].in_sentence


def _off(claim: ClaimResult) -> str:
    return f"{claim.off:+.1f} sd".replace("-", MINUS) if math.isfinite(claim.off) else "is not reached"


def _is_own(scenario: Scenario, claim: ClaimResult) -> bool:
    """Tell whether a claim is the user's own: set without a source, or with one that the scenario does not list."""
    named = [part.strip() for part in claim.claimed.source.split(",")]
    return claim.claimed.status != "claim" and not any(part in scenario.sources for part in named)


def _labels(scenario: Scenario, modalities: list[str]) -> list[str]:
    return [_label(scenario, name) for name in dict.fromkeys(modalities)]


def _label(scenario: Scenario, modality: str) -> str:
    return scenario.modality_label(modality)


def _has(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _all_of(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
