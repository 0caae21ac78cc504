"""How a trial is made: arms, patients, outcomes, analysis, drop-out and therapists, as asked for and checked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from sim.decision.virtual_trial.measures import Measure, measures_of
from sim.errors import UsageError, did_you_mean
from sim.patient.setting import horizon_of
from sim.scenario.schema import Scenario
from sim.tables.rows import quoted
from sim.units import POINTS, SHARE

Analysis = Literal["ancova", "difference", "follow_up", "odds_ratio"]
Hypothesis = Literal["superiority", "non_inferiority", "superiority_by_margin"]
Missing = Literal["complete_cases", "no_change"]
Clusters = Literal["means", "ignored"]

SIZES = 12
"""Sizes that a range has."""
MOST_SIZES = 50
MOST_PATIENTS = 100_000
MOST_TRIALS = 1_000_000
MOST_NUMBERS = 5_000_000
"""Results of single trials that are held at once."""
USUAL_SIZES = "20:400"
TRIALS = 2000
TRIALS_PER_DRAW = 10
_WHOLE = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class Design:
    """A trial of parallel groups.

    `reference` and the `arms` that are compared with it; with `against_itself` the only arm is the reference once more.
    `sizes`: patients in each of the other arms, ascending; the reference has `allocation` times as many. `dropout`: by
    arm, the share of patients whose assessment is missing. `therapists` in each arm, 0 where they make no difference;
    the spread between them is `therapist_sd` points of reported pain, or follows from the intraclass correlation `icc`.
    `margin`: the smallest difference that matters, in the unit of each measure.
    """

    reference: str
    arms: tuple[str, ...]
    against_itself: bool
    sizes: tuple[int, ...]
    allocation: float
    measures: tuple[Measure, ...]
    analyses: tuple[Analysis, ...]
    hypothesis: Hypothesis
    margins: tuple[float, ...]
    alpha: float
    dropout: Mapping[str, float]
    missing: Missing
    therapists: int
    icc: float
    therapist_sd: float
    clusters: Clusters
    trials: int
    trials_per_draw: int

    def in_reference(self, size: int) -> int:
        """Return how many patients the reference has beside so many in another arm."""
        return max(round(size * self.allocation), 2)

    @property
    def by_cluster(self) -> bool:
        """Whether means of therapists are analysed."""
        return self.therapists > 0 and self.clusters == "means"

    @property
    def has_therapists(self) -> bool:
        """Whether therapists differ."""
        return self.therapists > 0

    @property
    def days(self) -> tuple[int, ...]:
        """The days of assessment, ascending."""
        return tuple(sorted({one.day for one in self.measures if one.is_read}))


@dataclass(frozen=True)
class Wanted:
    """A trial as it was asked for; None stands for the usual."""

    arms: str | None = None
    reference: str | None = None
    n: str | None = None
    outcome: str | None = None
    days: str | None = None
    analysis: str | None = None
    hypothesis: str | None = None
    margin: float | None = None
    alpha: float = 0.05
    allocation: float = 1.0
    dropout: str | None = None
    missing: str | None = None
    therapists: int | None = None
    icc: float | None = None
    therapist_sd: float | None = None
    clusters: str | None = None
    trials: int = TRIALS
    trials_per_draw: int = TRIALS_PER_DRAW


def design_of(scenario: Scenario, wanted: Wanted) -> Design:
    """Return the design that was asked for; raises UsageError naming the option that cannot be."""
    reference, arms, against_itself = _arms(scenario, wanted)
    measures = _measures(scenario, wanted)
    hypothesis: Hypothesis = _one_of("--hypothesis", wanted.hypothesis, get_args(Hypothesis), "superiority")
    missing: Missing = _one_of("--missing", wanted.missing, get_args(Missing), "complete_cases")
    clusters: Clusters = _one_of("--clusters", wanted.clusters, get_args(Clusters), "means")
    therapists = _whole("--therapists", wanted.therapists or 0, 0, 1000)
    allocation = _within("--allocation", wanted.allocation, 0.1, 10.0)
    sizes = _sizes(wanted.n or USUAL_SIZES)
    by_cluster = therapists > 0 and clusters == "means"
    found = Design(
        reference=reference,
        arms=arms,
        against_itself=against_itself,
        sizes=sizes,
        allocation=allocation,
        measures=measures,
        analyses=tuple(_analysis(one, wanted.analysis, by_cluster) for one in measures),
        hypothesis=hypothesis,
        margins=tuple(_margin(scenario, one, hypothesis, wanted.margin) for one in measures),
        alpha=_within("--alpha", wanted.alpha, 0.0001, 0.5),
        dropout=_dropout(wanted.dropout, (reference, *arms)),
        missing=missing,
        therapists=therapists,
        icc=_within("--icc", wanted.icc or 0.0, 0.0, 0.9),
        therapist_sd=_within("--therapist-sd", wanted.therapist_sd or 0.0, 0.0, 5.0),
        clusters=clusters,
        trials=_whole("--trials", wanted.trials, 20, MOST_TRIALS),
        trials_per_draw=_whole("--trials-per-draw", wanted.trials_per_draw, 1, 1000),
    )
    _check_therapists(found, wanted)
    _check_missing(found)
    if wanted.margin is not None and hypothesis == "superiority":
        raise UsageError("--margin: is for --hypothesis non_inferiority or superiority_by_margin")
    if hypothesis != "superiority" and "odds_ratio" in found.analyses:
        raise UsageError(f"--hypothesis {hypothesis}: margins are differences; leave --analysis odds_ratio out")
    held = found.trials * (len(arms) + 1) * len(measures) * len(sizes)
    if held > MOST_NUMBERS:
        raise UsageError(f"--trials {found.trials}: {held:,} results at once; allowed: {MOST_NUMBERS:,}; take fewer")
    return found


def entry_setting(points: float | None) -> list[str]:
    """Return what an entry rule sets in a scenario, as `path=value`; raises UsageError for one off the scale."""
    if points is None:
        return []
    return [f"cohort.include.reported_pain_at_least={_within('--entry', points, 0.0, 10.0):g}"]


def _arms(scenario: Scenario, wanted: Wanted) -> tuple[str, tuple[str, ...], bool]:
    """Return the reference, the other arms in the order of the scenario, and whether it is held against itself."""
    named = [part.strip() for part in wanted.arms.split(",")] if wanted.arms is not None else list(scenario.arms)
    for name in named:
        if name not in scenario.arms and (name in scenario.protocols or name in scenario.policies):
            arms = ", ".join((*scenario.arms, name))
            raise UsageError(f"--arms {name}: is no arm of the scenario; make it one: --set 'arms=[{arms}]'")
        _known("--arms", name, scenario.arms)
    if wanted.reference is not None:
        _known("--reference", wanted.reference, named)
    reference = wanted.reference or named[0]
    if len(named) == 2 and named[0] == named[1]:
        return reference, (reference,), True
    if twice := next((name for k, name in enumerate(named) if name in named[:k]), None):
        raise UsageError(f"--arms: {twice} is there twice; alone with itself it would show the type-I error")
    if len(named) < 2:
        raise UsageError(f"--arms {named[0]}: a trial has at least two arms; there is: {', '.join(scenario.arms)}")
    return reference, tuple(name for name in scenario.arms if name in named and name != reference), False


def _known(option: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UsageError(
            f"{option} {quoted(name)}: no such arm; there is: {', '.join(known)}.{did_you_mean(name, known)}"
        )


def _measures(scenario: Scenario, wanted: Wanted) -> tuple[Measure, ...]:
    days = _days(wanted.days)
    names = [part.strip() for part in wanted.outcome.split(",")] if wanted.outcome is not None else []
    if not names:
        names = [re.sub(r"_day\d+$", "", scenario.primary.outcome) if days else scenario.primary.outcome]
    return measures_of(names, days, horizon_of(scenario))


def _days(text: str | None) -> tuple[int, ...]:
    parts = [] if text is None else [part.strip() for part in text.split(",")]
    for part in parts:
        if not _WHOLE.fullmatch(part) or int(part) < 1:
            raise UsageError(f"--days {quoted(part)}: must be whole days after the first visit, as 42 or 14,42,91")
    return tuple(sorted({int(part) for part in parts}))


def _analysis(measure: Measure, given: str | None, by_cluster: bool) -> Analysis:
    """Return how a measure is analysed: what was given where it is for this kind, else the usual for it."""
    chosen: Analysis = _one_of("--analysis", given, get_args(Analysis), "difference" if measure.is_share else "ancova")
    if measure.is_share and chosen in ("ancova", "follow_up"):
        raise UsageError(f"--analysis {chosen}: is for means; {measure.name} is a share: difference or odds_ratio")
    if chosen == "odds_ratio" and not measure.is_share:
        raise UsageError(f"--analysis odds_ratio: is for shares; {measure.name} is a mean: ancova or difference")
    if chosen == "follow_up" and not (measure.is_read and not measure.is_share):
        raise UsageError(f"--analysis follow_up: is for reported pain on a day; {measure.name} is none")
    if chosen == "odds_ratio" and by_cluster:
        raise UsageError("--analysis odds_ratio: therapists are analysed by their means; take difference")
    return chosen


def _margin(scenario: Scenario, measure: Measure, hypothesis: Hypothesis, given: float | None) -> float:
    if hypothesis == "superiority":
        return 0.0
    if given is not None:
        if not 0 < given < math.inf:
            raise UsageError(f"--margin {given:g}: must be above 0")
        return given
    if (found := margin_of(scenario, measure)) is None:
        raise UsageError(f"--margin: the scenario has none for {measure.name}; say how much matters")
    return found


def margin_of(scenario: Scenario, measure: Measure) -> float | None:
    """Return the smallest difference that matters as the scenario states it, in points or as a share, or None."""
    margin = scenario.decision.margin
    if measure.unit == POINTS:
        return float(margin.points)
    return float(margin.share) if measure.unit == SHARE else None


def _dropout(text: str | None, arms: Sequence[str]) -> dict[str, float]:
    """Return the share of missing assessments by arm: one for all, or `arm=share` after commas."""
    found = dict.fromkeys(arms, 0.0)
    for part in [] if text is None else text.split(","):
        name, mark, share = (one.strip() for one in part.rpartition("="))
        if mark:
            _known("--dropout", name, arms)
        try:
            value = float(share)
        except ValueError:
            value = math.nan
        if not 0 <= value < 1:
            raise UsageError(f"--dropout {quoted(part)}: must be a share from 0 to below 1, as 0.15 or {arms[0]}=0.2")
        found.update({name: value} if mark else dict.fromkeys(arms, value))
    return found


def _check_therapists(design: Design, wanted: Wanted) -> None:
    if design.therapists == 0:
        for option, given in (("--icc", wanted.icc), ("--therapist-sd", wanted.therapist_sd),
                              ("--clusters", wanted.clusters)):  # fmt: skip
            if given is not None:
                raise UsageError(f"{option}: of how many therapists in each arm? Give --therapists")
        return
    if wanted.icc is not None and wanted.therapist_sd is not None:
        raise UsageError("--icc: give it or --therapist-sd, not both")
    if design.therapists < 2:
        raise UsageError(f"--therapists {design.therapists}: an arm needs at least 2, or nothing tells them apart")
    if (least := min(design.sizes[0], design.in_reference(design.sizes[0]))) < design.therapists:
        raise UsageError(f"--therapists {design.therapists}: {least} patients in an arm are too few for so many")
    for one in design.measures:
        if not one.is_read:
            raise UsageError(f"--therapists: act on reported pain; {one.name} is not made of a reading")


def _check_missing(design: Design) -> None:
    if design.missing == "no_change":
        for one in design.measures:
            if not one.is_read:
                raise UsageError(f"--missing no_change: is for readings of pain; {one.name} is none")


def _one_of(option: str, given: str | None, allowed: Sequence[str], usual: str) -> Any:
    if given is not None and given not in allowed:
        hint = did_you_mean(given, allowed)
        raise UsageError(f"{option} {quoted(given)}: must be one of {', '.join(allowed)}.{hint}")
    return given or usual


def _within(option: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise UsageError(f"{option} {value:g}: must be from {low:g} to {high:g}")
    return value


def _whole(option: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise UsageError(f"{option} {value}: must be from {low:,} to {high:,}")
    return value


def _sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of numbers after commas or of a range; those of a range grow by a factor."""
    ends = text.split(":")
    parts = [part.strip() for part in (ends if len(ends) > 1 else text.split(","))]
    if not all(_WHOLE.fullmatch(part) for part in parts) or len(ends) > 2:
        raise UsageError(f"--n {quoted(text)}: must be a number, numbers as 50,100,200, or a range as 20:400")
    numbers = [int(part) for part in parts]
    if min(numbers) < 2 or max(numbers) > MOST_PATIENTS:
        raise UsageError(f"--n {quoted(text)}: must be from 2 to {MOST_PATIENTS:,} patients in an arm")
    if len(ends) == 2:
        if not numbers[0] < numbers[1]:
            raise UsageError(f"--n {quoted(text)}: the range must rise")
        numbers = [round(one) for one in np.geomspace(numbers[0], numbers[1], SIZES).tolist()]
    if len(numbers) > MOST_SIZES:
        raise UsageError(f"--n: {len(numbers)} sizes; allowed: at most {MOST_SIZES}")
    return tuple(sorted(set(numbers)))
