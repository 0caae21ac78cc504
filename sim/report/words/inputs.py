"""Every number that went into a run, with its source: found by walking the scenario, named as people would say it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sim.scenario.evidence import STATUS_MEANING, Status
from sim.scenario.places import Placed, quantities
from sim.scenario.profile import day_of
from sim.scenario.schema import Scenario, Utility
from sim.scenario.titles import title_of
from sim.study.inputs import fixed_inputs
from sim.units import POINTS, SHARE, Unit, unit_named

STATUS_WORDS: dict[str, str] = {
    "claim": "claim",
    "published": "published",
    "derived": "computed",
    "unverified": "unverified",
    "own": "own figure",
    "assumption": "assumption",
    "scenario": "set here",
}

SECTIONS: dict[str, str] = {
    "cohort": "Who is simulated",
    "claims": "What the model must reproduce: {label}",
    "calibration": "The patients whom the claims describe",
    "profiles": "Kind of patient: {label}",
    "modalities": "Treatment: {label}",
    "parameters": "Response given instead of claims: {label}",
    "response": "How patients respond",
    "relief": "Relief, satisfaction and soreness",
    "satisfaction": "Relief, satisfaction and soreness",
    "soreness": "Relief, satisfaction and soreness",
    "attendance": "Attendance",
    "relapse": "Relapse",
    "followup": "What is counted",
    "pain_free_below": "What is counted",
    "utility": "Quality of life",
    "costs": "Costs",
    "decision": "What counts as a difference",
    "structure": "The form of the model, of which each draw takes one alternative",
    "clinic": "The clinic",
    "budget": "The budget",
}
"""Heading by first part of a path, in the order of the table."""

CHOICES: dict[str, str] = {
    "best": "as after the most lasting of them",
    "visit_weighted": "as after their average, by visits",
    "episodes": "a new episode, from which the patient recovers as from the first",
    "none": "none: nobody relapses",
    "muscular": "muscular (off target: see match)",
    "central": "central (off target: see match)",
    "lost": "is lost",
    "rebooked": "is booked again",
}


@dataclass(frozen=True)
class Assumption:
    """A number or choice of the scenario, ready to be read; `path` is where a user would set it.

    `number` is the value in its unit; a choice has none.
    """

    path: str
    section: str
    name: str
    value: str
    source: str
    status: str
    meaning: str
    note: str
    quote: str
    uncertainty: str
    number: float = math.nan
    unit: Unit | None = None


def assumptions(scenario: Scenario) -> list[Assumption]:
    """Return every quantity of a scenario and every choice in the model, section by section."""
    found = [*_shares(scenario), *(_from_quantity(scenario, found) for found in quantities(scenario))]
    found += [*_choices(scenario), _utility(scenario, scenario.utility), *_structure(scenario)]
    headings = list(dict.fromkeys(SECTIONS.values()))
    first_seen = {item.section: i for i, item in reversed(list(enumerate(found)))}

    def place(item: Assumption) -> tuple[int, int]:
        heading = SECTIONS.get(item.path.split(".", 1)[0])
        return headings.index(heading) if heading else len(headings), first_seen[item.section]

    return sorted(found, key=place)


def fixed_paths(scenario: Scenario) -> frozenset[str]:
    """Return the paths of the numbers that make a difference and are the same in every draw."""
    drawn = {
        path for alternatives in scenario.structure.values() if len(alternatives) > 1
        for one in alternatives.values() for path in one.set
    }  # fmt: skip
    fixed = {placed.path for placed in fixed_inputs(scenario)} | {item.path for item in _shares(scenario)}
    return frozenset((fixed | {"utility.loss"}) - drawn)


def input_names(scenario: Scenario) -> dict[str, str]:
    """Return what people call each quantity of a scenario, by its path; what belongs to one thing names it first."""
    found = {}
    for placed in quantities(scenario):
        path = tuple(str(step) for step in placed.place)
        name = _name(scenario, path)
        whose = "{label}" in SECTIONS.get(path[0], "")
        found[placed.path] = f"{_label(scenario, path)}: {name[0].lower()}{name[1:]}" if whose else name
    return found


def resolved_source(scenario: Scenario, source: str) -> str:
    """Return a source as its title and reference; several may be named, separated by commas."""
    words = []
    for name in (part.strip() for part in source.split(",")):
        known = scenario.sources.get(name)
        if known is None:
            words.append("this scenario" if name == "scenario" else name)
        else:
            identity = f"{known.title} ({known.reference})" if known.reference else known.title
            words.append(identity if name in ("article", "assumption") else f"{name}: {identity}")
    return "; ".join(words)


def _from_quantity(scenario: Scenario, placed: Placed) -> Assumption:
    found, path = placed.quantity, tuple(str(step) for step in placed.place)
    currency = scenario.costs.currency
    uncertainty = found.uncertainty.describe() if found.uncertainty else ""
    if found.range is not None:
        uncertainty = f"range {found.range[0]:g} to {found.range[1]:g}" + (f"; {uncertainty}" if uncertainty else "")
    unit = unit_named(found.unit).of(currency)
    read = _assumption(
        scenario,
        path,
        unit.as_given(found.value),
        found.source,
        found.status,
        found.note or "",
        found.quote or "",
        uncertainty,
    )
    return replace(read, number=float(found.value), unit=unit)


def _shares(scenario: Scenario) -> Iterator[Assumption]:
    for where, shares in (("cohort", scenario.cohort.profiles), ("calibration", scenario.calibration.profiles)):
        for profile, share in shares.items():
            value = SHARE.as_given(share)
            read = _assumption(scenario, (where, "profiles", profile), value, "scenario", "scenario")
            yield replace(read, number=float(share), unit=SHARE)
    if (rule := scenario.cohort.include) is not None:
        value, path = POINTS.as_given(rule.reported_pain_at_least), ("cohort", "include", "reported_pain_at_least")
        read = _assumption(scenario, path, value, "scenario", "scenario")
        yield replace(read, number=float(rule.reported_pain_at_least), unit=POINTS)


def _choices(scenario: Scenario) -> Iterator[Assumption]:
    chosen: dict[tuple[str, ...], str] = {
        ("relapse", "form"): scenario.relapse.form,
        ("relapse", "several_modalities"): scenario.relapse.several_modalities,
    }
    for name, modality in scenario.modalities.items():
        chosen["modalities", name, "target"] = modality.target
        chosen["modalities", name, "needling"] = "yes" if modality.needling else "no"
    for path, value in chosen.items():
        yield _assumption(scenario, path, CHOICES.get(value, value), "assumption", "assumption")


def _structure(scenario: Scenario) -> Iterator[Assumption]:
    for kind, alternatives in scenario.structure.items():
        for name, one in alternatives.items():
            weight = SHARE.as_given(one.weight)
            # A source speaks of the alternative; how likely it is nobody has published.
            rests = (
                f"rests on {resolved_source(scenario, one.source)}" if one.source not in (None, "assumption") else ""
            )
            note = "; ".join(part for part in (one.note or "", rests) if part)
            read = _assumption(scenario, ("structure", kind, name), weight, "assumption", "assumption", note)
            yield replace(read, number=float(one.weight), unit=SHARE)


def _utility(scenario: Scenario, utility: Utility) -> Assumption:
    losses = ", ".join(f"{loss:g}" for loss in utility.loss)
    return _assumption(scenario, ("utility", "loss"), losses, utility.source, utility.status, utility.note or "")


def _assumption(
    scenario: Scenario,
    path: tuple[str, ...],
    value: str,
    source: str,
    status: Status,
    note: str = "",
    quote: str = "",
    uncertainty: str = "",
) -> Assumption:
    dotted = ".".join(path)
    return Assumption(
        path=dotted,
        section=_section(scenario, path),
        name=_name(scenario, path),
        value=value,
        source=resolved_source(scenario, source),
        status=STATUS_WORDS[status],
        meaning=STATUS_MEANING[status],
        note=note,
        quote=quote,
        uncertainty=uncertainty,
    )


def alternative_name(kind: str, name: str) -> str:
    """Return what people call an alternative of the model's form, as `Fading: as stated`."""
    return f"{kind.replace('_', ' ').capitalize()}: {name.replace('_', ' ')}"


def _section(scenario: Scenario, path: tuple[str, ...]) -> str:
    heading = SECTIONS.get(path[0], path[0].replace("_", " ").capitalize())
    return heading.replace("{label}", _label(scenario, path))


def _label(scenario: Scenario, path: tuple[str, ...]) -> str:
    name = path[1] if len(path) > 1 else ""
    known = scenario.profiles.get(name) if path[0] == "profiles" else scenario.modalities.get(name)
    return (known.label if known else None) or name.replace("_", " ").capitalize()


def _name(scenario: Scenario, path: tuple[str, ...]) -> str:
    if len(path) == 3 and path[1] == "profiles":
        return f"Share of {scenario.profile_label(path[2])}"
    if path[0] == "structure" and len(path) == 3:
        return alternative_name(path[1], path[2])
    if path[0] == "budget" and path[1] in ("now", "after") and len(path) == 4:
        when = "now" if path[1] == "now" else "after the change"
        return f"{scenario.arm_label(path[2])}, share {when}, year {int(path[3]) + 1}"
    known = title_of(path)
    if known and path[:3] == ("budget", "payer", "by_arm"):
        return f"{known}: {scenario.arm_label(path[3])}"
    if known and path[0] == "claims" and path[2:3] == ("over",):
        return f"{known}: {_label(scenario, ('modalities', path[3])).lower()}"
    if known and "pain_left" in path[:-1]:
        return f"{known}: day {day_of(path[-1])}"
    return known or " ".join(path[1:] or path).replace("_", " ").capitalize()
