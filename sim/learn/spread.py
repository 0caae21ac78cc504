"""How far patients of published trials scatter, beside how far those of the model do in the same arms."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sim.estimate.estimate import Estimate
from sim.learn.arms import Asked, TrialArms
from sim.learn.trials import Trials
from sim.scenario.schema import Scenario
from sim.study.prepare import Study
from sim.units import POINTS


@dataclass(frozen=True)
class PublishedSpread:
    """The spread between patients that an arm of a trial published on a day, in points, and that of the model there.

    `profile`: the kind of patient; `outcome`: reported `pain`, or its `reduction`; `n`: patients behind the published
    one, whose sampling error is that of a normal outcome.
    """

    trial: str
    profile: str
    arm: str
    day: int
    outcome: str
    n: int
    published: Estimate
    modelled: Estimate

    @property
    def ratio(self) -> float:
        """How many times the model's spread the published one is."""
        return self.published.estimate / self.modelled.estimate


def published_spread(study: Study, trials: Trials) -> tuple[PublishedSpread, ...]:
    """Return the published spreads of trials in the kinds of patients of a study's cohort, with the model's.

    Trials of modalities that the scenario lacks are left out.
    """
    chosen = {name: one for name, one in trials.trials.items() if _fits(study.scenario, trials, name)}
    if not chosen:
        return ()
    arms = TrialArms(study.scenario, replace(trials, model=trials.model.model_copy(update={"trials": chosen})))
    found = arms.predict(study)
    return tuple(
        _beside(arms, one, Estimate.normal(POINTS, float(found.sd[k]), float(found.sd_error[k])))
        for k, one in enumerate(arms.results)
        if one.published.sd is not None and one.published.outcome != "responders"
    )


def _beside(arms: TrialArms, one: Asked, modelled: Estimate) -> PublishedSpread:
    trial, published = arms.trials.trials[one.trial], one.published
    assert published.sd is not None
    assert published.n is not None
    return PublishedSpread(
        trial=trial.label,
        profile=trial.who.profile,
        arm=trial.arm_label(one.arm),
        day=published.day,
        outcome=published.outcome,
        n=published.n,
        published=Estimate.normal(POINTS, published.sd, published.sd / math.sqrt(2 * (published.n - 1))),
        modelled=modelled,
    )


def _fits(scenario: Scenario, trials: Trials, name: str) -> bool:
    trial = trials.trials[name]
    named = {modality for arm in trial.arms.values() for modality in arm.what.named_modalities}
    return scenario.cohort.profiles.get(trial.who.profile, 0.0) > 0 and named <= set(scenario.modalities)
