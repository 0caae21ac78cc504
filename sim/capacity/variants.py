"""The same clinic otherwise: with other numbers of practitioners, or with another treatment, under the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sim.capacity.model import Model, build_model
from sim.capacity.replicate import Pilot, Replications, Runner, explore, mean_of, replicate, unit_of
from sim.capacity.target import Target, Verdict
from sim.capacity.warm_up import WarmUp
from sim.capacity.week import Worker
from sim.errors import ScenarioError, UsageError, did_you_mean
from sim.estimate.estimate import Estimate
from sim.scenario.schema import Scenario

Say = Callable[[str, int, int], None]

MOST_STAFF = 50
PATIENT_LOOKS = 4
"""Times as many replications as were asked for that an undecided target may take."""


@dataclass(frozen=True)
class Staffing:
    """A clinic with other numbers of practitioners: the numbers, the runs, and whether each meets the target.

    `impossible`: numbers that were asked for and cannot be run, with the reason.
    """

    numbers: tuple[int, ...]
    runs: tuple[Replications, ...]
    target: Target | None
    verdicts: tuple[Verdict, ...]
    impossible: dict[int, str]

    @property
    def smallest(self) -> int | None:
        """The smallest number that meets the target, None if none does."""
        return next((n for n, verdict in zip(self.numbers, self.verdicts, strict=True) if verdict == "met"), None)


@dataclass(frozen=True)
class Policies:
    """A clinic with each of several treatments for everybody, the first one to compare with."""

    arms: tuple[str, ...]
    runs: tuple[Replications, ...]

    def difference(self, arm: int, measure: str) -> Estimate:
        """Return how much a treatment differs from the first one, paired by replication; not of ratios."""
        values = self.runs[arm].values(measure) - self.runs[0].values(measure)
        return mean_of(values, unit_of(self.runs[0].model, measure))


def read_staff(given: str) -> tuple[int, ...]:
    """Return the numbers of practitioners in `1:6`.

    Raises UsageError unless it is one number, or two with the smaller first.
    """
    first, _, last = given.partition(":")
    try:
        low = int(first)
        high = int(last) if last else low
    except ValueError:
        low, high = 0, 0
    if not 1 <= low <= high <= MOST_STAFF:
        raise UsageError(f"--staff {given}: write the fewest and the most practitioners, as 1:6; at most {MOST_STAFF}")
    return tuple(range(low, high + 1))


def read_arms(given: str, scenario: Scenario) -> tuple[str, ...]:
    """Return the arms to compare, at least two.

    Raises UsageError for a name that is neither a protocol nor a policy, or that appears twice.
    """
    arms = tuple(name.strip() for name in given.split(",") if name.strip())
    known = [*scenario.protocols, *scenario.policies]
    for name in arms:
        if name not in known:
            allowed = ", ".join(known)
            raise UsageError(f"--compare: unknown arm {name!r}.{did_you_mean(name, known)}\nArms: {allowed}")
    if len(arms) < 2 or len(set(arms)) < len(arms):
        raise UsageError(f"--compare {given}: name at least two arms, each once")
    return arms


def with_staff(
    model: Model,
    numbers: Sequence[int],
    run: Runner,
    replications: int,
    target: Target | None = None,
    say: Say = lambda what, done, total: None,
    pilot: Pilot | None = None,
) -> Staffing:
    """Run a clinic with each number of practitioners; a target that is undecided takes up to four times as many runs.

    All leave out the same weeks: the longest warm-up of any. A team that lacks a skill is left out and named; raises
    ScenarioError if every team does. `pilot`: the clinic's own first replications, if they have been run.
    """
    impossible = {number: fault for number in numbers if (fault := team_fault(model, number))}
    if len(impossible) == len(numbers):
        raise ScenarioError(f"--staff {number}: {fault}" for number, fault in impossible.items())
    numbers = [number for number in numbers if number not in impossible]
    models = [model.with_team(number) for number in numbers]
    known = {model.team: pilot} if pilot is not None else {}
    pilots, warm_up = _explored(models, run, known, say)
    runs, verdicts = [], []
    for number, one, of_team in zip(numbers, models, pilots, strict=True):

        def advance(done: int, total: int, number: int = number) -> None:
            say(f"{number} practitioner{'s' if number > 1 else ''}", done, total)

        wanted = replications
        while True:
            found = replicate(one, run, wanted, pilot=of_team, warm_up=warm_up, advance=advance)
            verdict: Verdict = "undecided"
            if target is not None:
                verdict = target.verdict(found.estimate(target.measure), found.number)
            if target is None or verdict != "undecided" or wanted >= PATIENT_LOOKS * replications:
                break
            wanted = min(2 * wanted, PATIENT_LOOKS * replications)
        runs.append(found)
        verdicts.append(verdict)
    return Staffing(tuple(numbers), tuple(runs), target, tuple(verdicts), impossible)


def with_treatments(
    model: Model,
    arms: Sequence[str],
    run: Runner,
    replications: int,
    say: Say = lambda what, done, total: None,
) -> Policies:
    """Run a clinic with each of several treatments for everybody, on the same patients with the same luck.

    Raises ScenarioError if nobody in the clinic can give one of them.
    """
    models = []
    for arm in arms:
        assert model.scenario.clinic is not None
        clinic = model.scenario.clinic.model_copy(update={"treatment": arm})
        models.append(build_model(model.scenario.model_copy(update={"clinic": clinic}), model.study.calibration))
    pilots, warm_up = _explored(models, run, {}, say)
    runs = []
    for arm, one, pilot in zip(arms, models, pilots, strict=True):
        label = model.scenario.arm_label(arm)

        def advance(done: int, total: int, label: str = label) -> None:
            say(label, done, total)

        runs.append(replicate(one, run, replications, pilot=pilot, warm_up=warm_up, advance=advance))
    return Policies(tuple(arms), tuple(runs))


def team_fault(model: Model, number: int) -> str:
    """Return why a clinic cannot be run with so many practitioners, an empty string if it can."""
    try:
        model.with_team(number)
    except ScenarioError as error:
        return error.faults[0].removeprefix("clinic.practitioners: ")
    return ""


def _explored(
    models: Sequence[Model], run: Runner, known: Mapping[tuple[Worker, ...], Pilot], say: Say
) -> tuple[list[Pilot], WarmUp]:
    """Return the first replications of every clinic, and the longest warm-up; settled only if all are.

    `known`: those that have been run of a clinic that differs in its team alone.
    """

    def advance(done: int, total: int) -> None:
        say("looking for the warm-up of variants", done, total)

    pilots = [known.get(model.team) or explore(model, run, advance) for model in models]
    found = [pilot.warm_up for pilot in pilots]
    return pilots, WarmUp(max(one.weeks for one in found), all(one.is_settled for one in found))
