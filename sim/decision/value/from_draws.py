"""From the draws of a scenario's uncertain inputs to costs and effects of its arms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.decision.value.new_study import NewStudy, Signal
from sim.decision.value.psa import LEAST_DRAWS, Floats, OtherEffect, Psa
from sim.errors import UsageError, did_you_mean
from sim.estimate.moments import OUTCOME_INDEX
from sim.quantities import BY_NAME, COST, OUTCOMES, Outcome
from sim.scenario.schema import Scenario
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.draws import Draws, run_draws
from sim.study.prepare import prepare
from sim.study.run import run_study

USUAL_DRAWS = 1000
"""Draws of a scenario that asks for none itself."""


def psa_of_scenario(
    scenario: Scenario,
    effect: str,
    others: Sequence[str],
    workers: int,
    new: NewStudy | None = None,
    step: Callable[[str], None] = lambda what: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    saved: Saved = NOTHING_SAVED,
) -> tuple[Psa, Signal | None]:
    """Return costs and the named effect of every arm over draws of the scenario's uncertain inputs, and what a `new`
    study of the arms would estimate in each draw.

    `effect` is the name of an outcome that has a mean, `others` are further ones; one of which less is better is turned
    round by the `Psa`. A scenario that asks for no draws gets 1,000; `saved` is as for `run_draws`. Raises UsageError
    for another effect, for a single arm and where nothing is uncertain; ScenarioError as `run_draws` does.
    """
    outcome, *more = [effect_outcome(name) for name in (effect, *others)]
    if len(scenario.arms) < 2:
        raise UsageError("value: the scenario has one arm, so there is nothing to choose from; name at least two")
    if not scenario.draws.number:
        scenario = scenario.model_copy(update={"draws": scenario.draws.model_copy(update={"number": USUAL_DRAWS})})
    step("calibrating")
    study = prepare(scenario)
    draws = run_draws(study, workers, progress, saved)
    kinds = kinds_of(draws.study.scenario)
    if not draws.inputs and not kinds:
        raise UsageError(
            "value: no input of this scenario has a distribution, so nothing can be learned about it; "
            "add an `uncertainty` to the inputs that are in doubt"
        )
    assert len(draws.values) >= LEAST_DRAWS
    psa = Psa(
        strategies=scenario.arms,
        labels=tuple(scenario.arm_label(arm) for arm in scenario.arms),
        cost=draws.means(COST),
        effect=draws.means(effect),
        parameters={one.path: draws.values[:, k] for k, one in enumerate(draws.inputs)} | _places(draws, kinds),
        currency=scenario.costs.currency,
        effect_name=outcome.in_sentence,
        effect_unit=outcome.unit.of(scenario.costs.currency).name,
        per=_per(outcome),
        effect_better=outcome.better or "higher",
        distributions={
            one.path: one.quantity.uncertainty.describe() for one in draws.inputs if one.quantity.uncertainty
        },
        kinds=kinds,
        others=tuple(
            OtherEffect(
                one.in_sentence,
                draws.means(one.name),
                one.unit.of(scenario.costs.currency).name,
                _per(one),
                one.better or "higher",
            )
            for one in more
        ),
    )
    return psa, None if new is None or new.arms is None else _compared(draws, new)


def _compared(draws: Draws, new: NewStudy) -> Signal:
    """Return the difference in an outcome between two arms in each draw, and its variance with a patient in each.

    Patients of a study differ between its arms; how much they scatter is taken from the scenario as it stands.
    """
    arms = draws.study.scenario.arms
    places = [arms.index(arm) for arm in new.arms or ()]
    means = draws.means(new.outcome)
    spread = run_study(draws.study).tally.moments.means().spread[OUTCOME_INDEX[new.outcome], places]
    return Signal(means[:, places[0]] - means[:, places[1]], np.full(len(means), float(spread.sum())))


def kinds_of(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return the alternatives of each kind of structure that has several, by its path."""
    return {f"structure.{kind}": tuple(one) for kind, one in scenario.structure.items() if len(one) > 1}


def _places(draws: Draws, kinds: dict[str, tuple[str, ...]]) -> dict[str, Floats]:
    """Return which alternative of each kind every draw took, by its place, (draws,)."""
    chosen = [dict(form.chosen) for form in draws.forms]
    return {
        path: np.array([names.index(one[path.removeprefix("structure.")]) for one in chosen], dtype=np.float64)
        for path, names in kinds.items()
    }


def effect_outcome(name: str) -> Outcome:
    """Return the outcome of a name; raises UsageError for one that cannot be weighed against cost."""
    allowed = [one.name for one in OUTCOMES if one.kind in ("number", "share") and one.name != COST]
    if name not in allowed:
        hint = did_you_mean(name, allowed)
        raise UsageError(f"--effect {name[:60]!a}: must be one of {', '.join(allowed)}.{hint}")
    return BY_NAME[name]


def _per(outcome: Outcome) -> str:
    """Return one unit of an effect, as it follows "per"."""
    if outcome.kind == "share":
        return f"patient with {outcome.in_sentence}" if outcome.better == "higher" else f"patient spared {outcome.name}"
    return outcome.unit.one
