"""The comparison of scenarios: each with its own results, and what differs between them in the same patients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product
from typing import Literal

from sim.decision.ranking import Ranking, rank
from sim.decision.verdict import Verdict, verdict_of
from sim.estimate.estimate import Difference
from sim.estimate.estimates import paired_difference
from sim.estimate.moments import Moments
from sim.estimate.ranks import RankProbability, Wins, rank_probabilities
from sim.quantities import BY_NAME, OUTCOMES, shown_in
from sim.scenario.schema import Scenario
from sim.scenario.variants import Variant
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.joint import run_joint, same_patients, share_of_same_patients
from sim.study.prepare import Study
from sim.study.results import Panel, build_panel
from sim.study.run import PATIENTS, Result
from sim.units import CURRENCY

MOST_TOGETHER = 48
"""Scenarios that are run together, every pair of which is compared, and which are drawn. Of more, each is compared with
the first only, and the first ones are drawn."""


@dataclass(frozen=True)
class Member:
    """A scenario of a comparison: how it came to be, its results, and how often each arm is the best in it."""

    variant: Variant
    panel: Panel
    ranks: tuple[RankProbability, ...]

    @property
    def name(self) -> str:
        """Its name in files."""
        return self.variant.name

    @property
    def label(self) -> str:
        """Its name for readers."""
        return self.variant.label

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""
        return self.panel.result.study.scenario

    @cached_property
    def verdict(self) -> Verdict:
        """Which arm to choose in it."""
        return verdict_of(self.panel)


Answer = Literal["same", "changes", "not clear"]


@dataclass(frozen=True)
class Agreement:
    """Whether the best arm on an outcome is the same in a group of scenarios (`members`, their positions).

    It `changes` if the leaders of two scenarios have no arm in common, is the `same` if one single arm leads
    everywhere, and is `not clear` otherwise.
    """

    outcome: str
    members: tuple[int, ...]
    rankings: tuple[Ranking | None, ...]
    answer: Answer


@dataclass(frozen=True)
class Comparison:
    """Scenarios compared: `arms` are common to all of them, `differences` holds every pair of scenarios, the later one
    minus the earlier one, within each arm; those of money only if all prices are in one currency. Of more than
    MOST_TOGETHER scenarios each is compared with the first only.
    """

    members: tuple[Member, ...]
    arms: tuple[str, ...]
    differences: tuple[Difference, ...]

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str, str], Difference]:
        return {(d.within, d.arm, d.versus, d.outcome): d for d in self.differences}

    @property
    def primary(self) -> str:
        """The outcome that the comparison is about: the primary one of the first scenario."""
        return self.members[0].scenario.primary.outcome

    @cached_property
    def labels(self) -> dict[str, str]:
        """Every arm of any scenario with its label: those of the first scenario first."""
        found: dict[str, str] = {}
        for member in self.members:
            for arm in member.scenario.arms:
                found.setdefault(arm, member.scenario.arm_label(arm))
        return found

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies that prices are in; money is compared only if there is one."""
        return tuple(dict.fromkeys(member.scenario.costs.currency for member in self.members))

    def is_compared(self, outcome: str) -> bool:
        """Tell whether scenarios are set against each other in an outcome."""
        return BY_NAME[outcome].kind != "time" and (len(self.currencies) == 1 or BY_NAME[outcome].unit != CURRENCY)

    @property
    def patients(self) -> int:
        """Patients simulated in each scenario."""
        return self.members[0].panel.result.patients

    @cached_property
    def drawn(self) -> Comparison:
        """The same with so many scenarios, the first ones, as figures and tables side by side can hold."""
        return replace(self, members=self.members[:MOST_TOGETHER])

    @property
    def left_out(self) -> int:
        """How many scenarios are in no figure and in no table side by side."""
        return len(self.members) - len(self.drawn.members)

    def between(self, arm: str, scenario: str, versus: str, outcome: str) -> Difference:
        """Return the difference of an arm between two scenarios by name, the later one first; KeyError otherwise."""
        return self._by_key[arm, scenario, versus, outcome]

    def same_as_first(self, position: int) -> float:
        """Return the share of a scenario's patients who are the very patients of the first; all have the same luck."""
        first, other = (self.members[k].panel.result.study.law for k in (0, position))
        return 1.0 if same_patients(first, other) else share_of_same_patients(first, other)

    def evidence_groups(self) -> list[tuple[int, ...]]:
        """Return the positions of scenarios that differ in their evidence set only, group by group."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for position, member in enumerate(self.members):
            groups.setdefault((member.variant.base, member.variant.varied), []).append(position)
        return [tuple(group) for group in groups.values() if len(group) > 1]

    def agreement(self, outcome: str, members: Sequence[int] | None = None) -> Agreement:
        """Return whether the best of the common arms is the same in the scenarios (all, or those given)."""
        chosen = tuple(members if members is not None else range(len(self.members)))
        rankings = tuple(rank(self.members[k].panel, outcome, self.arms) for k in chosen)
        return Agreement(outcome, chosen, rankings, _answer(rankings))

    def agreements(self, members: Sequence[int] | None = None) -> list[Agreement]:
        """Return whether scenarios agree on the primary outcome, and on each of those that a decision may rest on."""
        return [self.agreement(outcome, members) for outcome in dict.fromkeys((self.primary, *shown_in("compare")))]


def compare(
    variants: Sequence[Variant],
    studies: Sequence[Study],
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
    saved: Saved = NOTHING_SAVED,
) -> Comparison:
    """Run the scenarios on the same patients with the same luck, and compare them; `saved` is as for `run_joint`."""
    arms = [arm for arm in studies[0].setting.arms if all(arm in study.setting.arms for study in studies)]
    groups, each = list(_groups(len(studies))), studies[0].scenario.cohort.size
    members: list[Member] = []
    across: list[dict[str, Moments]] = []
    for k, group in enumerate(groups):

        def told(done: int, _: int, before: int = k * each) -> None:
            progress(before + done, len(groups) * each)

        part = PATIENTS if k == 0 else f"{PATIENTS}-{k + 1}"
        joint = run_joint([studies[one] for one in group], workers, told, arms=arms, saved=saved, part=part)
        across.append(joint.across)
        for one, result, wins in zip(group, joint.results, joint.wins, strict=True):
            if one == len(members):  # the first scenario is in every group
                members.append(_member(variants[one], result, wins))
    comparison = Comparison(tuple(members), tuple(arms), ())
    return replace(comparison, differences=tuple(_differences(comparison, groups, across)))


def _groups(number: int) -> Iterator[tuple[int, ...]]:
    """Yield the positions of scenarios that are run together: all, or the first with some of the others at a time."""
    if number <= MOST_TOGETHER:
        yield tuple(range(number))
        return
    for start in range(1, number, MOST_TOGETHER - 1):
        yield (0, *range(start, min(start + MOST_TOGETHER - 1, number)))


def _member(variant: Variant, result: Result, wins: Wins) -> Member:
    panel = build_panel(result)
    # The patients whom its errors were found on are most of what it holds, and have done their work.
    kept = replace(panel.result, tally=replace(panel.result.tally, nets=()))
    return Member(variant, replace(panel, result=kept), tuple(rank_probabilities(wins, kept.tally.moments)))


def _differences(
    comparison: Comparison, groups: Sequence[tuple[int, ...]], across: Sequence[Mapping[str, Moments]]
) -> Iterator[Difference]:
    currency, names = comparison.currencies[0], [member.name for member in comparison.members]
    for group, by_arm in zip(groups, across, strict=True):
        places = range(len(group))
        pairs = list(combinations(places, 2)) if len(groups) == 1 else [(0, later) for later in places[1:]]
        for (arm, moments), (earlier, later), outcome in product(by_arm.items(), pairs, OUTCOMES):
            if comparison.is_compared(outcome.name):
                found = paired_difference(moments, outcome.name, (str(later), str(earlier)))
                yield replace(found, arm=names[group[later]], versus=names[group[earlier]], within=arm,
                              unit=outcome.unit.of(currency))  # fmt: skip


def _answer(rankings: Sequence[Ranking | None]) -> Answer:
    leaders = [frozenset(ranking.leaders) for ranking in rankings if ranking is not None]
    if any(one.isdisjoint(other) for one, other in combinations(leaders, 2)):
        return "changes"
    is_same = len(leaders) == len(rankings) and all(len(one) == 1 for one in leaders)
    return "same" if is_same else "not clear"
