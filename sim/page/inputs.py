"""What can be tuned: every number, count, choice and mixture of a scenario, with what to say and show beside it."""

from __future__ import annotations

import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.errors import ScenarioError
from sim.page.scale import Scale, count_scale, number_scale, share_scale
from sim.report.words.inputs import CHOICES, STATUS_WORDS, input_names, resolved_source
from sim.scenario.clinic import Missed
from sim.scenario.cohort import EntryRule
from sim.scenario.evidence import STATUS_MEANING
from sim.scenario.modality import Modality
from sim.scenario.places import Placed, quantities
from sim.scenario.protocol import Phase, Protocol
from sim.scenario.schema import Relapse, Scenario
from sim.scenario.titles import field_title
from sim.study.inputs import uncertain_inputs
from sim.units import DAYS, NUMBER, POINTS, SHARE, VISITS, Unit, unit_named

Kind = Literal["number", "count", "choice", "shares"]

FIRST = ("claims", "cohort", "protocols", "attendance", "costs")
"""Sections that are shown at once, in this order; the others open on request."""
HEADINGS: dict[str, str] = {
    "claims": "What the treatments are said to do",
    "cohort": "Who is treated",
    "protocols": "Visits",
    "attendance": "Who comes, who stays away",
    "costs": "Costs and time of a visit",
    "modalities": "The treatments",
    "profiles": "The kinds of patient",
    "response": "How patients respond",
    "parameters": "Response given instead of claims",
    "judging": "Relief, satisfaction and soreness",
    "relapse": "Relapse",
    "counting": "What is counted",
    "decision": "What counts as a difference",
    "clinic": "The clinic",
    "calibration": "The patients whom the claims describe",
}
_SECTION_OF = {
    "relief": "judging", "satisfaction": "judging", "soreness": "judging", "followup": "counting",
    "pain_free_below": "counting",
}  # fmt: skip
_BOUNDS = ("ge", "gt", "le", "lt")
_RELAPSE_CHOICES = ("form", "several_modalities")
_ENTRY = "reported_pain_at_least"
_RULES = ("stop.relief_held_for", "switch.no_relief_by_visit", "discharge.no_relief_by_visit")


@dataclass(frozen=True)
class Input:
    """Something that can be tuned.

    `path` is where `--set` would set it; `value` is what was saved, for `shares` that of each profile; `allowed` says
    what it may be; `scale` is that of its slider, `scale_note` where its ends come from.
    """

    path: str
    section: str
    label: str
    kind: Kind
    value: float | str | Mapping[str, float]
    unit: Unit = NUMBER
    source: str = ""
    status: str = ""
    meaning: str = ""
    note: str = ""
    allowed: str = ""
    scale: Scale | None = None
    scale_note: str = ""
    options: Mapping[str, str] | None = None


def inputs_of(scenario: Scenario) -> tuple[Input, ...]:
    """Return everything that can be tuned in a scenario, section by section, the most useful first."""
    found = [*_clinic(scenario), *_numbers(scenario), *_mixtures(scenario), _entry_rule(scenario)]
    found += [*_visits(scenario), *_choices(scenario)]
    order = list(HEADINGS)
    return tuple(sorted(found, key=lambda one: order.index(one.section)))


def _numbers(scenario: Scenario) -> Iterator[Input]:
    names = input_names(scenario)
    try:
        likely = {one.path: one.range95 for one in uncertain_inputs(scenario)}
    except ScenarioError:  # a distribution beyond what its number can be: a matter for draws of it, not for a slider
        likely = {}
    told = _with_effect(scenario)
    for placed in quantities(scenario):
        section = str(placed.place[0])
        if section == "budget":
            continue  # no view of the page reads it
        if section in ("claims", "parameters", "modalities") and placed.place[1] not in told:
            continue
        yield _number(scenario, placed, names[placed.path], likely.get(placed.path))


def _number(scenario: Scenario, placed: Placed, name: str, likely: tuple[float, float] | None) -> Input:
    quantity, section = placed.quantity, str(placed.place[0])
    if quantity.range is not None and quantity.range[0] < quantity.range[1]:
        ends, why = quantity.range, "the range of its source"
    elif likely is not None:
        ends, why = likely, "95 % of its uncertainty"
    else:
        ends, why = None, ""
    return Input(
        path=placed.path,
        section=_SECTION_OF.get(section, section),
        label=name,
        kind="number",
        value=quantity.value,
        unit=unit_named(quantity.unit).of(scenario.costs.currency),
        source=resolved_source(scenario, quantity.source),
        status=STATUS_WORDS[quantity.status],
        meaning=STATUS_MEANING[quantity.status],
        note=" ".join(part for part in (quantity.note, quantity.quote and f"“{quantity.quote}”") if part),
        allowed=placed.number.allowed(),
        scale=number_scale(quantity.value, placed.number, ends),
        scale_note=why,
    )


def _with_effect(scenario: Scenario) -> frozenset[str]:
    """Return the modalities that some arm can give, and those that their claims are differences from."""
    found, waiting = set[str](), list(scenario.used_modalities)
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            claims = scenario.claims.get(name)
            waiting += list((claims.over if claims else None) or ())
    return frozenset(found)


def _entry_rule(scenario: Scenario) -> Input:
    """Return the least reported pain with which patients take part; without a rule it is 0."""
    rule = scenario.cohort.include
    low, high, _ = _bounds(EntryRule.model_fields[_ENTRY])
    return Input(
        path=f"cohort.include.{_ENTRY}",
        section="cohort",
        label=field_title(EntryRule, _ENTRY),
        kind="number",
        value=rule.reported_pain_at_least if rule is not None else low,
        unit=POINTS,
        source="this scenario",
        status=STATUS_WORDS["scenario"],
        meaning=STATUS_MEANING["scenario"],
        note="at 0 everybody takes part",
        allowed=f"from {low:g} to {high:g}",
        scale=Scale(Decimal(repr(low)), Decimal(repr(high)), Decimal("0.5")),
    )


def _mixtures(scenario: Scenario) -> Iterator[Input]:
    labels = {"cohort": "Mix of patients", "calibration": "Mix of patients whom the claims describe"}
    for section, shares in (("cohort", scenario.cohort.profiles), ("calibration", scenario.calibration.profiles)):
        yield Input(
            path=f"{section}.profiles",
            section=section,
            label=labels[section],
            kind="shares",
            value={name: shares.get(name, 0.0) for name in scenario.profiles},
            unit=SHARE,
            source="this scenario",
            status=STATUS_WORDS["scenario"],
            meaning=STATUS_MEANING["scenario"],
            allowed="from 0 to 1; when one share changes, the others make room in proportion",
            scale=share_scale(),
            options={name: scenario.profile_label(name) for name in scenario.profiles},
        )


def _visits(scenario: Scenario) -> Iterator[Input]:
    used = dict.fromkeys(name for arm in scenario.arms for name in scenario.arm_protocols(arm))
    for name in used:
        protocol, label = scenario.protocols[name], scenario.protocol_label(name)
        at = f"protocols.{name}"
        if protocol.phases is None:
            yield from _plan(protocol, at, label)
        for index, phase in enumerate(protocol.phases or ()):
            yield from _plan(phase, f"{at}.phases.{index}", f"{label}, part {index + 1}")
        for rule, key in (one.split(".") for one in _RULES):
            if (part := getattr(protocol, rule)) is not None:
                yield _count(part, key, f"{at}.{rule}.{key}", label)


def _plan(plan: Phase | Protocol, path: str, label: str) -> Iterator[Input]:
    yield _count(plan, "visits", f"{path}.visits", label)
    if len(plan.every_days) == 1:  # several spacings taken in turn are a matter for the file
        yield _count(plan, "every_days", f"{path}.every_days", label, DAYS)


def _count(part: BaseModel, key: str, path: str, whose: str = "", unit: Unit = VISITS) -> Input:
    """Return a count by the title of its field, with whose it is before it."""
    given = getattr(part, key)
    value = float(given[0] if isinstance(given, tuple) else given)
    low, high, above = _bounds(type(part).model_fields[key])
    return Input(
        path=path,
        section="protocols",
        label=f"{whose}: {field_title(type(part), key)}" if whose else field_title(type(part), key),
        kind="count" if unit == VISITS else "number",
        value=value,
        unit=unit,
        source="this scenario",
        status=STATUS_WORDS["scenario"],
        meaning="a rule of the protocol",
        allowed=f"{'above' if above else 'from'} {low:g} to {high:g}",
        scale=count_scale(value, high, whole=unit == VISITS),
    )


def _choices(scenario: Scenario) -> Iterator[Input]:
    for name in _RELAPSE_CHOICES:
        path = f"relapse.{name}"
        yield _choice(path, "relapse", field_title(Relapse, name), Relapse, name, getattr(scenario.relapse, name))
    for name in scenario.used_modalities:
        modality = scenario.modalities[name]
        target, needling = (f"{scenario.modality_label(name)}: {field_title(Modality, part).lower()}"
                            for part in ("target", "needling"))  # fmt: skip
        yield _choice(f"modalities.{name}.target", "modalities", target, Modality, "target", modality.target)
        chosen = "true" if modality.needling else "false"
        yield _chosen(f"modalities.{name}.needling", "modalities", needling, chosen, {"true": "yes", "false": "no"})


def _clinic(scenario: Scenario) -> Iterator[Input]:
    """Yield what can be tuned in a clinic beside its numbers: people, rooms, and how visits are booked."""
    clinic = scenario.clinic
    if clinic is None:
        return
    for name, one in clinic.practitioners.items():
        label = one.label or name.replace("_", " ").capitalize()
        path = f"clinic.practitioners.{name}.count"
        yield replace(_count(one, "count", path, label), section="clinic", unit=NUMBER, meaning="set here")
    yield replace(_count(clinic, "rooms", "clinic.rooms"), section="clinic", unit=NUMBER, meaning="set here")
    ahead = _count(clinic.booking, "ahead", "clinic.booking.ahead")
    yield replace(ahead, section="clinic", unit=NUMBER, meaning="set here")
    yield _choice("clinic.missed.then", "clinic", field_title(Missed, "then"), Missed, "then", clinic.missed.then)


def _choice(path: str, section: str, label: str, model: type[BaseModel], name: str, value: str) -> Input:
    options = {word: CHOICES.get(word, word) for word in get_args(model.model_fields[name].annotation)}
    return _chosen(path, section, label, value, options)


def _chosen(path: str, section: str, label: str, value: str, options: Mapping[str, str]) -> Input:
    status: Literal["assumption"] = "assumption"
    return Input(
        path, section, label, "choice", value, status=STATUS_WORDS[status], meaning=STATUS_MEANING[status],
        source=STATUS_MEANING[status].split(";")[0], allowed=" or ".join(options.values()), options=options,
    )  # fmt: skip


def _bounds(field: FieldInfo) -> tuple[float, float, bool]:
    """Return the bounds of a field of whole numbers or days, and whether the lower one is left out."""
    notes = [*field.metadata, *_within(field.annotation)]
    bounds = {key: float(getattr(note, key)) for note in notes for key in _BOUNDS if hasattr(note, key)}
    return bounds.get("ge", bounds.get("gt", 0.0)), bounds.get("le", bounds.get("lt", math.inf)), "gt" in bounds


def _within(annotation: Any) -> Iterator[Any]:
    """Yield the notes on an annotation and on what it is made of."""
    if isinstance(annotation, FieldInfo):
        yield from annotation.metadata
    elif get_origin(annotation) in (Annotated, Union, types.UnionType, tuple):
        for part in get_args(annotation):
            yield from _within(part)
