"""What the model expects of one patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from sim.api.asking import Named, Progress, Several, asked, changes_of, scenario_of, silent, texts
from sim.errors import ScenarioError, UsageError

if TYPE_CHECKING:
    from sim.learn.outlook import Outlook, SoFar
    from sim.report.outlook.result import OutlookResult
    from sim.study.prepare import Study

Readings: TypeAlias = Mapping[int, float] | Several
Visits: TypeAlias = Mapping[int, str | Sequence[str]] | Several


def outlook(
    scenario: Named,
    *,
    profile: str | None = None,
    visits: Visits | None = None,
    readings: Readings | None = None,
    then: Several | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> OutlookResult:
    """Say what the model expects of one patient if the course goes on, stops or changes; a model's answer, no advice.

    `profile`: the kind of patient, any of the scenario's cohort if not given; `visits`: what was given so far by day
    since the first visit, as {0: "dry_needling", 7: "dry_needling"} (several joined by +); `readings`: reported pain by
    day, read before the treatment of that day, as {0: 7, 7: 5, 14: 4}; `then`: ways to go on, `stop` or protocols of
    the scenario, by default stopping and all protocols among its arms; `workers` makes no difference. Raises UsageError
    and ScenarioError for what cannot be.

    >>> import sim
    >>> sim.outlook("acute.yaml", visits={0: "dry_needling"}, readings={0: 7, 7: 5}).summary  # doctest: +SKIP
    """
    from sim.learn.outlook import with_kind
    from sim.report.outlook.result import OutlookResult
    from sim.study.prepare import prepare

    source = scenario_of(scenario)
    given = _visits(visits), _readings(readings)
    loaded = source.changed(changes_of(seed))
    tell = progress or silent
    tell("calibrating", 0, 0)
    study = prepare(with_kind(loaded.scenario, profile))
    tell("looking ahead", 0, 0)
    ways = tuple(part for one in texts(then) for part in one.split(",")) if then is not None else ()
    found = looked_ahead(study, profile, *given, ways)
    parameters = asked(
        source, profile=profile, visits=[f"{day}:{'+'.join(names)}" for day, names in given[0].items()],
        readings=[f"{day}:{pain:g}" for day, pain in given[1].items()], then=list(ways), seed=seed,
    )  # fmt: skip
    return OutlookResult(found, source.name, loaded.tree, parameters)


def looked_ahead(
    study: Study,
    profile: str | None,
    visits: Mapping[int, tuple[str, ...]],
    readings: Mapping[int, float],
    ways: Sequence[str] = (),
) -> Outlook:
    """Return the outlook itself, in a study that is ready to run; else as `outlook`.

    Raises UsageError for what cannot be.
    """
    from sim.learn.outlook import look_ahead

    try:
        return look_ahead(study, so_far(profile, visits, readings), ways, study.scenario.seed)
    except ScenarioError as error:
        raise UsageError("; ".join(error.faults)) from error


def so_far(profile: str | None, visits: Mapping[int, tuple[str, ...]], readings: Mapping[int, float]) -> SoFar:
    """Return what is known of a patient; readings at visits are theirs."""
    from sim.learn.outlook import SoFar
    from sim.learn.records import FollowUp, Visit

    at_visits = tuple(Visit(day, names, readings.get(day)) for day, names in sorted(visits.items()))
    others = tuple(FollowUp(day, pain) for day, pain in sorted(readings.items()) if day not in visits)
    return SoFar(profile, at_visits, others)


def _visits(given: Visits | None) -> dict[int, tuple[str, ...]]:
    if isinstance(given, Mapping):
        return {
            int(day): tuple(names.split("+")) if isinstance(names, str) else tuple(names)
            for day, names in given.items()
        }
    found = {}
    for day, names in _pairs(given, "--visits", "0:dry_needling"):
        found[day] = tuple(name for name in names.split("+") if name)
    return found


def _readings(given: Readings | None) -> dict[int, float]:
    if isinstance(given, Mapping):
        return {int(day): float(pain) for day, pain in given.items()}
    found = {}
    for day, text in _pairs(given, "--readings", "0:7"):
        try:
            found[day] = pain_of(text)
        except UsageError as error:
            raise UsageError(f"--readings: given {day}:{text}; {error}") from error
    return found


def pain_of(text: str) -> float:
    """Return a reading that was typed, in points; raises UsageError if it is no number."""
    try:
        return float(text)
    except ValueError:
        raise UsageError("a reading is a number from 0 to 10") from None


def in_order(days: Sequence[int]) -> None:
    """Raise UsageError if the last of some days that were typed stands after a later one."""
    if later := max([day for day in days[:-1] if day > days[-1]], default=None):
        raise UsageError(f"day {days[-1]} stands after day {later}; days must go up")


def _pairs(given: Several | None, option: str, example: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for text in (part.strip() for one in texts(given) for part in str(one).split(",")):
        day, colon, rest = text.partition(":")
        if not colon or not day.isdecimal():
            raise UsageError(f"{option}: given {text!r}; must read DAY:VALUE, as {example}")
        if any(int(day) == other for other, _ in found):
            raise UsageError(f"{option}: day {day} is named twice")
        found.append((int(day), rest.strip()))
        try:
            in_order([number for number, _ in found])
        except UsageError as error:
            raise UsageError(f"{option}: {error}") from error
    return found
