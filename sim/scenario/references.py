"""Names that point from one part of a scenario to another, checked on the merged tree before it is typed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sim.errors import did_you_mean
from sim.scenario.budget import NOTHING

Place = tuple[str | int, ...]


class Fault(NamedTuple):
    """A fault at a place in the tree: what was given there and what is allowed."""

    place: Place
    given: Any
    message: str


def reference_faults(tree: Mapping[str, Any], outcomes: frozenset[str]) -> Iterator[Fault]:
    """Yield every name that points at nothing; parts of the wrong type are left to the schema.

    `outcomes` holds the names that `primary.outcome` may take.
    """
    profiles, modalities, protocols = (_names(tree.get(key)) for key in ("profiles", "modalities", "protocols"))
    for section in ("cohort", "calibration"):
        for name in _names(_mapping(tree.get(section)).get("profiles")):
            yield from _check((section, "profiles", name), "profile", name, profiles)
    policies = _names(tree.get("policies"))
    for index, name in enumerate(_listed(tree.get("arms"))):
        yield from _check(("arms", index), "arm (a protocol or a policy)", name, [*protocols, *policies])
    yield from _clinic_faults(tree, profiles, modalities, [*protocols, *policies])
    yield from _budget_faults(tree, [*protocols, *policies])
    yield from _policy_faults(tree, profiles, protocols)
    for section in ("claims", "parameters"):
        for name in _names(tree.get(section)):
            yield from _check((section, name), "modality", name, modalities)
    for name, protocol in _mapping(tree.get("protocols")).items():
        for place, modality in _protocol_modalities(("protocols", name), _mapping(protocol)):
            yield from _check(place, "modality", modality, modalities)
    yield from _search_faults(tree, modalities)
    for name, claims in _mapping(tree.get("claims")).items():
        for place, modality in _plan_modalities(("claims", name, "course"), _mapping(_mapping(claims).get("course"))):
            if modality != name:
                yield Fault(place, modality, f"the course that the claims describe gives {name} only")
        course = _mapping(_mapping(claims).get("course"))
        for key in ("each_visit", "alternate"):
            if key in course and (key == "alternate" or _listed(course[key]) == course[key] == []):
                message = f"the course that the claims describe gives {name} at every visit"
                yield Fault(("claims", name, "course", key), course[key], message)
    yield from _claim_faults(tree, modalities)
    primary = _mapping(tree.get("primary"))
    if isinstance(outcome := primary.get("outcome"), str):
        yield from _check(("primary", "outcome"), "outcome", outcome, sorted(outcomes))
    for index, name in enumerate(_listed(primary.get("arms"))):
        yield from _check(("primary", "arms", index), "arm", name, _listed(tree.get("arms")))


def left_out_faults(tree: Mapping[str, Any], base: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield practitioners who are left out by `null` though neither the base nor the file itself has them.

    `tree` is the file with overrides laid over it, `own` without them.
    """
    place = ("clinic", "practitioners")

    def listed(one: Mapping[str, Any]) -> Mapping[str, Any]:
        return _mapping(_mapping(one.get(place[0])).get(place[1]))

    there = [*listed(base), *(name for name, given in listed(own).items() if given is not None)]
    for name, given in listed(tree).items():
        if given is None and name not in there:
            near = did_you_mean(str(name), there)
            yield Fault((*place, name), None, f"there is no inherited practitioner of this name to leave out.{near}")


def _claim_faults(tree: Mapping[str, Any], modalities: list[Any]) -> Iterator[Fault]:
    """Yield modalities of which too little is claimed or given, and differences that go round in a circle."""
    every_claim, every_parameter = _mapping(tree.get("claims")), _mapping(tree.get("parameters"))
    compared: dict[str, str] = {}
    for name in modalities:
        claims, given = _mapping(every_claim.get(name)), _mapping(every_parameter.get(name))
        ceiling = _mapping(given.get("ceiling")).get("value", given.get("ceiling"))
        yield from _beyond_course(str(name), claims)
        for other in _names(claims.get("over")):
            yield from _check(("claims", name, "over", other), "modality", other, modalities)
            if ceiling is None:
                compared[str(name)] = str(other)
        if ceiling == 0:
            continue
        place: Place = ("claims", name) if claims else ("modalities", name)
        if ceiling is None and not any(claims.get(key) is not None for key in ("pain_reduction", "over_sham", "over")):
            ways = "`pain_reduction`, `over_sham` or `over`"
            yield Fault(place, name, f"needs its claims: add {ways} to `claims.{name}`, or `parameters.{name}.ceiling`")
        elif given.get("half_life") is None and claims.get("visits_to_relief") is None:
            ways = f"add `claims.{name}.visits_to_relief` or `parameters.{name}.half_life`"
            yield Fault(place, name, f"says nothing of how fast it acts: {ways}")
    told: set[str] = set()
    for name in compared:
        chain = [name]
        while chain[-1] in compared and len(chain) <= len(compared) and name not in told:
            chain.append(compared[chain[-1]])
            if chain[-1] == name:
                shown = " -> ".join(chain)
                yield Fault(("claims", name, "over"), chain[1], f"these differences go round in a circle: {shown}")
                told.update(chain)


def _beyond_course(name: str, claims: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a claim of relief after more visits than its course has."""
    key = "visits_to_relief"
    claimed, most = _value(claims.get(key)), _visits(_mapping(claims.get("course")))
    if claimed is not None and most is not None and claimed > most:
        message = f"must be at most {most}, the visits of the course that it describes (claims.{name}.course)"
        yield Fault(("claims", name, key), int(claimed) if claimed.is_integer() else claimed, message)


def _clinic_faults(
    tree: Mapping[str, Any], profiles: list[Any], modalities: list[Any], arms: list[Any]
) -> Iterator[Fault]:
    """Yield what names nothing in a clinic: treatments, skills and profiles."""
    clinic = _mapping(tree.get("clinic"))
    booking = _mapping(clinic.get("booking"))
    for place, profile in _positions(("clinic", "booking", "priority"), booking.get("priority")):
        yield from _check(place, "profile", profile, profiles)
    treatment = clinic.get("treatment")
    if isinstance(treatment, str):
        yield from _check(("clinic", "treatment"), "arm (a protocol or a policy)", treatment, arms)
    for name in _names(treatment):
        yield from _check(("clinic", "treatment", name), "arm (a protocol or a policy)", name, arms)
    for name, practitioner in _mapping(clinic.get("practitioners")).items():
        skills = ("clinic", "practitioners", name, "skills")
        for place, modality in _positions(skills, _mapping(practitioner).get("skills")):
            yield from _check(place, "modality", modality, modalities)


def _budget_faults(tree: Mapping[str, Any], arms: list[Any]) -> Iterator[Fault]:
    """Yield what names no arm in a budget."""
    budget, kind = _mapping(tree.get("budget")), "arm (a protocol or a policy)"
    named = [(key, name) for key in ("now", "after") for name in _names(budget.get(key))]
    for key, name in named:
        yield from _check(("budget", key, name), kind, name, arms)
    for name in _names(_mapping(budget.get("payer")).get("by_arm")):
        yield from _check(("budget", "payer", "by_arm", name), kind, name, arms)
    yield from _check(("budget", "otherwise"), kind, budget.get("otherwise"), [NOTHING, *arms])


def _policy_faults(tree: Mapping[str, Any], profiles: list[Any], protocols: list[Any]) -> Iterator[Fault]:
    """Yield what is wrong with policies: names that point at nothing, and rules that a clinic could not follow."""
    for name, given in _mapping(tree.get("policies")).items():
        place, policy = ("policies", name), _mapping(given)
        if name in protocols:
            yield Fault(place, name, "a protocol has this name already; arms could not tell them apart")
        gives: list[tuple[Place, Any]] = [((*place, key), policy.get(key)) for key in ("give", "otherwise")]
        for index, choice in enumerate(_listed(policy.get("choose"))):
            at = (*place, "choose", index)
            gives.append(((*at, "give"), _mapping(choice).get("give")))
            for where, profile in _positions(
                (*at, "when", "profile"), _mapping(_mapping(choice).get("when")).get("profile")
            ):
                yield from _check(where, "profile", profile, profiles)
        steps = _listed(policy.get("steps"))
        gives += [((*place, "steps", index, "give"), _mapping(step).get("give")) for index, step in enumerate(steps)]
        for where, protocol in gives:
            yield from _check(where, "protocol", protocol, protocols)
            # The evidence sets bring policies along; only one that is used has to fit the protocols as they are now.
            if name in _listed(tree.get("arms")) and isinstance(protocol, str):
                rules = _mapping(_mapping(tree.get("protocols")).get(protocol))
                yield from _unfit(where, protocol, rules, is_stepped=bool(steps))
        if name in _listed(tree.get("arms")):
            yield from _never_reached(place, policy, _mapping(tree.get("protocols")))


def _never_reached(place: Place, policy: Mapping[str, Any], protocols: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the steps of a policy at a visit that no protocol given then has."""
    starts = [policy.get("give"), policy.get("otherwise")]
    before = [*starts, *(_mapping(choice).get("give") for choice in _listed(policy.get("choose")))]
    for index, step in enumerate(_listed(policy.get("steps"))):
        visit, given = _mapping(step).get("no_relief_by_visit"), [name for name in before if isinstance(name, str)]
        most = [_visits(_mapping(protocols.get(name))) for name in given]
        if isinstance(visit, int | float) and most and all(one is not None and visit > one for one in most):
            visits = max(one for one in most if one is not None)
            shown = " and ".join(dict.fromkeys(given))
            message = f"is never reached; allowed: at most {visits}, the visits of {shown}"
            yield Fault((*place, "steps", index, "no_relief_by_visit"), visit, message)
        before = [_mapping(step).get("give")]


def _unfit(place: Place, protocol: str, rules: Mapping[str, Any], *, is_stepped: bool) -> Iterator[Fault]:
    """Yield why a protocol with rules of its own cannot be part of a policy."""
    if is_stepped and rules.get("switch") is not None:
        yield Fault(place, protocol, "a protocol with a `switch` of its own cannot be part of `steps`")
    if rules.get("judged_by") != "reported_pain" and any(rules.get(key) for key in ("stop", "switch", "discharge")):
        message = f"the rules of protocols.{protocol} look at true pain, which a clinic cannot know"
        yield Fault(place, protocol, f"{message}; allowed: protocols with `judged_by: reported_pain`")


def _search_faults(tree: Mapping[str, Any], modalities: list[Any]) -> Iterator[Fault]:
    """Yield names in the grid of a search that point at nothing."""
    search = _mapping(tree.get("search"))
    sequences = _mapping(search.get("sequences"))
    for name, given in sequences.items():
        place, sequence = ("search", "sequences", name), _mapping(given)
        plans = [*_plan_modalities(place, sequence)]
        plans += [found for key in ("first", "then") for found in _positions((*place, key), sequence.get(key))]
        for where, modality in plans:
            yield from _check(where, "modality", modality, modalities)
    for where, name in _positions(("search", "use"), search.get("use")):
        yield from _check(where, "sequence", name, list(sequences))


def _visits(plan: Mapping[str, Any]) -> int | None:
    """Return the number of visits of a plan, in phases perhaps; None if it is not known."""
    runs = [_mapping(phase).get("visits") for phase in _listed(plan.get("phases"))] or [plan.get("visits")]
    known = [int(run) for run in runs if isinstance(run, int | float) and math.isfinite(run)]
    return sum(known) if len(known) == len(runs) else None


def _value(part: Any) -> float | None:
    """Return the number that a quantity is given by: bare, as its value, or as the middle of its range."""
    given = _mapping(part).get("value", part)
    ends = [end for end in _listed(_mapping(part).get("range")) if isinstance(end, int | float)]
    if isinstance(given, Mapping) and len(ends) == 2:
        given = (ends[0] + ends[1]) / 2
    return float(given) if isinstance(given, int | float) and math.isfinite(given) else None


def _check(place: Place, kind: str, name: Any, known: list[Any]) -> Iterator[Fault]:
    if isinstance(name, str) and known and name not in known:
        allowed = ", ".join(str(k) for k in known)
        yield Fault(place, name, f"unknown {kind}; allowed: {allowed}.{did_you_mean(name, map(str, known))}")


def _protocol_modalities(place: Place, protocol: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    yield from _plan_modalities(place, protocol)
    for index, phase in enumerate(_listed(protocol.get("phases"))):
        yield from _plan_modalities((*place, "phases", index), _mapping(phase))
    switch_to = _mapping(protocol.get("switch")).get("to")
    yield from _positions((*place, "switch", "to"), switch_to)


def _plan_modalities(place: Place, plan: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    yield from _positions((*place, "each_visit"), plan.get("each_visit"))
    for index, entry in enumerate(_listed(plan.get("alternate"))):
        yield from _positions((*place, "alternate", index), entry)


def _positions(place: Place, given: Any) -> Iterator[tuple[Place, Any]]:
    if isinstance(given, str):
        yield place, given
    for index, name in enumerate(_listed(given)):
        yield (*place, index), name


def _mapping(part: Any) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else {}


def _listed(part: Any) -> list[Any]:
    return list(part) if isinstance(part, list | tuple) else []


def _names(part: Any) -> list[Any]:
    return list(_mapping(part))
