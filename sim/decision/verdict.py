"""The verdict: which arm to choose, by margins that matter, and what that depends on.

An arm leads on an outcome unless it is behind the best by more than the margin of that outcome, and by more than chance
in the simulation explains. Arms that lead on every outcome that decides cannot be told apart in any way that matters;
of several, the cheapest is named, or, where they cost the same, the one that takes least of the practitioners' time.
The same is asked again of each kind of patient, and of each form of the model that draws have tried: where another arm
is named, the verdict depends on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimate import Z95, Estimate
from sim.estimate.estimates import ALL
from sim.quantities import BY_NAME, COST, PRACTITIONER_MINUTES, RESPONDER_DAY42, Outcome, shown_in
from sim.scenario.schema import Scenario
from sim.study.results import Panel
from sim.study.uncertainty import Uncertainty
from sim.units import PATIENTS, POINTS

Kind = Literal["preferred", "equivalent", "depends", "unclear", "one arm", "nothing"]
On = Literal["outcome", "profile", "structure"]


Interval = tuple[float, float]


@dataclass(frozen=True)
class Answers:
    """Where means, and 95 % intervals of paired differences, are taken from: all patients, those of one kind, or some
    draws. `mean` is of an arm and an outcome, `apart` of an arm minus another in an outcome.
    """

    mean: Callable[[str, str], float]
    apart: Callable[[str, str, str], Interval]


@dataclass(frozen=True)
class Lead:
    """Who leads on an outcome, best first; `unsure` are those who may be behind by more than the margin after all."""

    outcome: str
    arms: tuple[str, ...]
    unsure: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """What one set of answers says: who leads on each outcome, who does on all of them, and which of these to take.

    `arm` is None where no arm leads on every outcome, or where several do and nothing tells them apart: these are
    `tied`. `because` says what the choice among several went by.
    """

    leads: tuple[Lead, ...]
    arms: tuple[str, ...]
    arm: str | None
    because: Literal["alone", "cheaper", "quicker", "nothing"]
    tied: tuple[str, ...] = ()

    @property
    def unsure(self) -> tuple[str, ...]:
        """Those of several arms of which more patients could show that they are behind after all."""
        return tuple(arm for arm in self.arms if any(arm in lead.unsure for lead in self.leads))


@dataclass(frozen=True)
class Dependence:
    """What else would be chosen: on an outcome, for a kind of patient, or with a form of the model (`kind: name`)."""

    on: On
    name: str
    arms: tuple[str, ...]


@dataclass(frozen=True)
class Needed(Estimate):
    """Patients treated with an arm instead of another for one more of an outcome.

    The upper end of the interval is infinite where the difference may be none.
    """

    arm: str
    versus: str
    outcome: str

    COLUMNS: ClassVar[tuple[str, ...]] = ("arm", "versus", "outcome", *Estimate.COLUMNS)


@dataclass(frozen=True)
class Verdict:
    """What a run says to somebody who has to choose.

    `arm`: the one to take, None where there is none; `versus`: what it is set against in words; `needed`: None where
    there is no difference. `margin` is that of the primary outcome, in its unit.
    """

    kind: Kind
    outcome: str
    margin: float
    arm: str | None
    versus: str | None
    choice: Choice | None
    depends_on: tuple[Dependence, ...]
    needed: Needed | None

    @property
    def says_nothing(self) -> bool:
        """Whether nobody was there, or too few, to say anything."""
        return self.kind in ("nothing", "unclear")

    @property
    def preferred(self) -> str | None:
        """The one arm that leads by more than the margin, if there is one."""
        return self.arm if self.kind == "preferred" else None

    @property
    def equivalent(self) -> tuple[str, ...]:
        """Arms that cannot be told apart in any way that matters, best on the primary outcome first."""
        return self.choice.arms if self.choice is not None and len(self.choice.arms) > 1 else ()

    @property
    def cheapest(self) -> str | None:
        """The cheapest of these, if one is."""
        return self.arm if self.equivalent and self.choice is not None and self.choice.because == "cheaper" else None


def deciding_outcomes(scenario: Scenario) -> tuple[str, ...]:
    """Return the outcomes that decide: the primary one, then those that decide beside it."""
    return tuple(dict.fromkeys((scenario.primary.outcome, *shown_in("decides"))))


def carrying_outcome(scenario: Scenario) -> str:
    """Return the outcome whose shares of patients say the verdict in words: the primary one, if it is such a share."""
    primary = BY_NAME[scenario.primary.outcome]
    return primary.name if primary.of_patients else RESPONDER_DAY42


def margin_of(scenario: Scenario, outcome: Outcome, larger: float) -> float:
    """Return the smallest difference of an outcome that matters, in its unit; `larger` is the larger of two means."""
    margin = scenario.decision.margin
    if outcome.unit == POINTS:
        return margin.points.value
    return margin.share.value if outcome.unit.is_share else margin.otherwise.value * abs(larger)


def verdict_of(panel: Panel) -> Verdict:
    """Return the verdict of a run."""
    scenario = panel.result.study.scenario
    primary = BY_NAME[scenario.primary.outcome]
    choice = choose(scenario, _of_patients(panel, ALL))
    means = {arm: panel.get(arm, primary.name).estimate for arm in scenario.arms}
    defined = [arm for arm, mean in means.items() if math.isfinite(mean)]
    margin = margin_of(scenario, primary, max((abs(means[arm]) for arm in defined), default=math.nan))
    if choice is None:
        return Verdict("nothing", primary.name, margin, None, None, None, (), None)
    if len(defined) == 1:
        return Verdict("one arm", primary.name, margin, defined[0], None, choice, (), None)
    arm = choice.arm or choice.leads[0].arms[0]
    versus = next(one for one in (defined[0], *choice.leads[0].arms, *defined) if one != arm)
    needed = _needed(panel, arm, versus)
    if not math.isfinite(panel.difference(arm, versus, primary.name).mc_error):
        return Verdict("unclear", primary.name, margin, None, versus, choice, (), needed)
    depends_on = (*_outcomes(choice), *_profiles(panel, choice), *_structure(panel, choice))
    kind: Kind = "depends" if depends_on else "preferred" if len(choice.arms) == 1 else "equivalent"
    return Verdict(kind, primary.name, margin, choice.arm, versus, choice, depends_on, needed)


def choose(scenario: Scenario, answers: Answers) -> Choice | None:
    """Return which arm to take by some answers; None if the primary outcome is undefined for every arm."""
    arms = tuple(arm for arm in scenario.arms if math.isfinite(answers.mean(arm, scenario.primary.outcome)))
    leads = tuple(
        lead for name in deciding_outcomes(scenario) if (lead := _lead(scenario, answers, BY_NAME[name], arms))
    )
    if not leads:
        return None
    common = tuple(arm for arm in leads[0].arms if all(arm in lead.arms for lead in leads))
    if len(common) < 2:
        return Choice(leads, common, common[0] if common else None, "alone")
    tied = common
    for name in (COST, PRACTITIONER_MINUTES):
        least = _lead(scenario, answers, BY_NAME[name], tied)
        if least is None:
            continue
        if len(least.arms) == 1:
            return Choice(leads, common, least.arms[0], "cheaper" if name == COST else "quicker")
        tied = tuple(arm for arm in tied if arm in least.arms)
    return Choice(leads, common, None, "nothing", tied)


def _lead(scenario: Scenario, answers: Answers, outcome: Outcome, arms: tuple[str, ...]) -> Lead | None:
    """Return who is behind the best by no more than the margin; None where that cannot be said of anybody."""
    means = {arm: answers.mean(arm, outcome.name) for arm in arms}
    defined = [arm for arm in arms if math.isfinite(means[arm])]
    if not defined or outcome.better is None:
        return None
    sign = 1.0 if outcome.better == "lower" else -1.0
    ordered = sorted(defined, key=lambda arm: sign * means[arm])
    best = ordered[0]
    leading, unsure = [best], []
    for arm in ordered[1:]:
        margin = margin_of(scenario, outcome, max(abs(means[arm]), abs(means[best])))
        low, high = sorted(sign * end for end in answers.apart(arm, best, outcome.name))
        if not math.isfinite(low):  # a single patient has no interval
            low, high = 0.0, math.inf
        if low <= margin:
            leading.append(arm)
            if high > margin:
                unsure.append(arm)
    return Lead(outcome.name, tuple(leading), tuple(unsure))


def _outcomes(choice: Choice) -> Iterator[Dependence]:
    if not choice.arms:
        for lead in choice.leads:
            yield Dependence("outcome", lead.outcome, lead.arms)


def _profiles(panel: Panel, choice: Choice) -> Iterator[Dependence]:
    """Yield the kinds of patient for whom another arm would be taken."""
    scenario = panel.result.study.scenario
    present = [name for name, share in scenario.cohort.profiles.items() if share > 0]
    if len(present) < 2 or choice.arm is None:
        return
    for name in present:
        try:
            found = choose(scenario, _of_patients(panel, name))
        except KeyError:  # nobody of this kind was simulated
            continue
        if found is not None and _differs(found, choice.arm):
            yield Dependence("profile", name, (found.arm,) if found.arm else found.arms)


def _structure(panel: Panel, choice: Choice) -> Iterator[Dependence]:
    """Yield the forms of the model with which another arm would be taken, by the draws that took them."""
    if panel.uncertainty is None or choice.arm is None:
        return
    scenario = panel.result.study.scenario
    for (kind, name), members in panel.uncertainty.draws.by_alternative().items():
        if np.count_nonzero(members) < 2:
            continue
        found = choose(scenario, _of_draws(panel.uncertainty, members))
        if found is not None and _differs(found, choice.arm):
            yield Dependence("structure", f"{kind}: {name}", (found.arm,) if found.arm else found.arms)


def _differs(found: Choice, arm: str) -> bool:
    """Tell whether other answers surely name another arm, or have this one not among those that lead everywhere."""
    if arm not in found.arms:
        return True
    return found.arm not in (None, arm) and not {arm, found.arm} & set(found.unsure)


def _of_patients(panel: Panel, subgroup: str) -> Answers:
    def apart(arm: str, versus: str, outcome: str) -> Interval:
        found = panel.difference(arm, versus, outcome, subgroup)
        return found.lower, found.upper

    return Answers(lambda arm, outcome: panel.get(arm, outcome, subgroup=subgroup).estimate, apart)


def _of_draws(found: Uncertainty, members: NDArray[np.bool_]) -> Answers:
    place = found.draws.layout.arms.index
    names = (*deciding_outcomes(found.draws.study.scenario), COST, PRACTITIONER_MINUTES)
    means = {name: found.draws.means(name)[members] for name in names}

    def apart(arm: str, versus: str, outcome: str) -> Interval:
        differences = means[outcome][:, place(arm)] - means[outcome][:, place(versus)]
        reach = Z95 * float(differences.std(ddof=1)) / math.sqrt(len(differences))
        return float(differences.mean()) - reach, float(differences.mean()) + reach

    return Answers(lambda arm, outcome: float(means[outcome][:, place(arm)].mean()), apart)


def _needed(panel: Panel, arm: str, versus: str) -> Needed | None:
    """Return how many have to be treated for one more; with uncertain inputs, by the interval that these allow."""
    scenario = panel.result.study.scenario
    outcome = BY_NAME[carrying_outcome(scenario)]
    found = panel.difference(arm, versus, outcome.name)
    doubt: Estimate = found
    if panel.uncertainty is not None:
        doubt = panel.uncertainty.difference(arm, versus, outcome.name)
    sign = -1.0 if outcome.better == "lower" else 1.0
    gain, (least, most) = sign * found.estimate, sorted((sign * doubt.lower, sign * doubt.upper))
    if not (gain > 0 and math.isfinite(least)):
        return None
    return Needed(PATIENTS, 1 / gain, doubt.mc_error / gain**2, 1 / most, 1 / least if least > 0 else math.inf,
                  arm, versus, outcome.name, over=doubt.over)  # fmt: skip
