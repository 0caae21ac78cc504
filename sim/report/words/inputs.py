"""Every number that went into a run, with its source: found by walking the scenario, named as people would say it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sim.scenario.evidence import STATUS_MEANING, Quantity, Status
from sim.scenario.places import Placed, quantities
from sim.scenario.profile import day_of
from sim.scenario.schema import Scenario, Utility
from sim.study.inputs import fixed_inputs
from sim.units import POINTS, SHARE, unit_named

STATUS_WORDS: dict[str, str] = {
    "claim": "claim",
    "published": "published",
    "derived": "computed",
    "unverified": "unverified",
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
    "structure": "The form of the model, of which each draw takes one alternative",
    "clinic": "The clinic",
}
"""Heading by first part of a path, in the order of the table."""

NAMES: dict[str, str] = {
    "cohort.include.reported_pain_at_least": "Entry rule: reported pain at the first visit at least",
    "claims.*.pain_reduction": "Fall in pain by the end of the course",
    "claims.*.over_sham": "Fall in pain beyond that of the same visits with sham",
    "claims.*.over.*": "Fall in pain beyond that of the same visits with another treatment",
    "claims.*.visits_to_relief": "Visits until half of the patients are relieved",
    "claims.*.satisfied": "Satisfied patients",
    "claims.*.relapse_3mo": "Relapse within 3 months, of the relieved",
    "profiles.*.baseline_pain.mean": "Pain at the start: mean",
    "profiles.*.baseline_pain.sd": "Pain at the start: spread (standard deviation)",
    "profiles.*.baseline_pain.low": "Pain at the start: lowest",
    "profiles.*.baseline_pain.high": "Pain at the start: highest",
    "profiles.*.muscular_share.mean": "Share of pain that is muscular: mean",
    "profiles.*.muscular_share.concentration": "Share of pain that is muscular: how alike patients are",
    "profiles.*.natural_course.plateau.mean": "Share of an episode's pain that stays untreated: mean",
    "profiles.*.natural_course.plateau.concentration": "Share of an episode's pain that stays untreated: "
    "how alike patients are",
    "profiles.*.natural_course.time_constant.mean": "Days in which the rest falls by two thirds: mean",
    "profiles.*.natural_course.time_constant.cv": "Days in which the rest falls by two thirds: spread (cv)",
    "profiles.*.natural_course.pain_left.*": "Pain left without needling, of that at the start",
    "profiles.*.reading_noise.mean": "Noise of a reading of pain: mean of patients",
    "profiles.*.reading_noise.cv": "Noise of a reading of pain: spread between patients (cv)",
    "modalities.*.target": "Kind of pain it acts on",
    "modalities.*.needling": "Whether it brings the context effect of needling",
    "modalities.*.fade": "Days in which half of a dose fades",
    "modalities.*.serious_events": "Serious adverse events as published",
    "modalities.*.adverse_events.soreness.per_*": "Soreness",
    "modalities.*.adverse_events.bruising.per_*": "Bruising",
    "modalities.*.minutes": "Practitioner minutes at a visit, on top of the visit itself",
    "modalities.*.cost": "Cost at a visit, on top of the visit itself",
    "modalities.*.first_visit_cost": "Extra cost of the first visit",
    "parameters.*.ceiling": "Most of its target pain that it can remove",
    "parameters.*.half_life": "Visits to half of its full effect",
    "parameters.*.satisfaction_threshold": "Fall in pain that satisfies",
    "parameters.*.relapse_scale": "Time scale of relapse",
    "response.context.ceiling": "Effect of being needled at all: most of the pain that it removes",
    "response.context.half_life": "Effect of being needled at all: visits to half of it",
    "response.context.fade": "Effect of being needled at all: days in which half of a dose fades",
    "response.match": "Odds of an effect on the other kind of pain (match)",
    "response.rho": "How two treatments add up: 0 only the stronger counts, 1 both in full, below 0 they get in each "
    "other's way (rho)",
    "response.individual_sd": "How differently patients respond",
    "response.correlation": "How far response to one treatment goes with response to another",
    "relief.points": "Smallest fall that counts as relief",
    "relief.percent": "Smallest fall that counts as relief",
    "satisfaction.adverse_event_penalty": "What a side effect takes from satisfaction",
    "satisfaction.width": "How softly satisfaction goes with the fall in pain",
    "soreness.mean": "How long soreness lasts: mean",
    "soreness.sd": "How long soreness lasts: spread (standard deviation)",
    "soreness.points": "What soreness adds to the pain of a day",
    "attendance.no_show": "Visits missed",
    "attendance.drop_out": "Patients who leave, per visit",
    "attendance.drop_out_if_relieved": "More who leave, per visit, once relieved",
    "attendance.drop_out_if_not_relieved": "More who leave, per visit, while not relieved",
    "attendance.drop_out_after_adverse_event": "More who leave, per visit, after an adverse event",
    "relapse.form": "What a relapse is",
    "relapse.shape": "Shape of the time to relapse (below 1: most relapse early)",
    "relapse.hazard_ratio": "More relapse with more pain left (hazard ratio)",
    "relapse.reference_pain": "Pain from which that is counted",
    "relapse.scale_without_needling": "Time scale of relapse without needling",
    "relapse.several_modalities": "Time scale of relapse after several treatments",
    "relapse.rebound": "How far pain returns at a relapse, as share of the way back",
    "followup.horizon": "Days over which days with little pain and quality of life are counted",
    "pain_free_below": "Little pain: at most",
    "utility.loss": "Loss of quality of life at pain 1, 2, … 10",
    "costs.visit": "Cost of a visit itself",
    "costs.visit_minutes": "Practitioner minutes of a visit itself",
    "clinic.arrivals.per_week": "New patients a week",
    "clinic.treatment.*": "Share of patients who get it",
    "clinic.practitioners.*.wage_per_hour": "Wage for an hour on duty",
    "clinic.first_visit_extra_minutes": "More minutes for the first visit",
    "clinic.late_cancellation": "Appointments cancelled too late for somebody else",
    "clinic.patience": "Days that a patient would wait beyond the due date: mean",
    "clinic.returns.share": "Relapsed patients who come back",
    "clinic.returns.delay": "Days from the relapse until they ask: mean",
    "clinic.money.price_factor": "Share of the price that is taken",
    "clinic.money.missed_visit_fee": "Fee for a missed appointment",
    "clinic.money.room_per_week": "Cost of a room for a week",
    "clinic.money.supplies_per_visit": "Supplies for a visit",
    "clinic.money.overhead_per_week": "Other costs of a week",
    "clinic.goals.first_visit_within": "Soon enough for a first visit: within",
    "clinic.goals.visit_late_by": "Still on time for a later visit: late by at most",
}
"""What a number is called, by its path; `*` stands for the user's own names."""

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
    """A number or choice of the scenario, ready to be read; `path` is where a user would set it."""

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
    return _assumption(
        scenario,
        path,
        unit_named(found.unit).of(currency).as_given(found.value),
        found.source,
        found.status,
        found.note or "",
        found.quote or "",
        uncertainty,
    )


def _shares(scenario: Scenario) -> Iterator[Assumption]:
    for where, shares in (("cohort", scenario.cohort.profiles), ("calibration", scenario.calibration.profiles)):
        for profile, share in shares.items():
            value = SHARE.as_given(share)
            yield _assumption(scenario, (where, "profiles", profile), value, "scenario", "scenario")
    if (rule := scenario.cohort.include) is not None:
        value = POINTS.as_given(rule.reported_pain_at_least)
        yield _assumption(scenario, ("cohort", "include", "reported_pain_at_least"), value, "scenario", "scenario")


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
            source = one.source or "scenario"
            status: Status = Quantity.model_validate({"value": one.weight, "source": source[:200]}).status
            weight = SHARE.as_given(one.weight)
            yield _assumption(scenario, ("structure", kind, name), weight, source, status, one.note or "")


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
    dotted = ".".join(path)
    known = next((words for pattern, words in NAMES.items() if fnmatchcase(dotted, pattern)), None)
    if known and path[0] == "claims" and path[2:3] == ("over",):
        return f"{known}: {_label(scenario, ('modalities', path[3])).lower()}"
    if known and "pain_left" in path[:-1]:
        return f"{known}: day {day_of(path[-1])}"
    return known or " ".join(path[1:] or path).replace("_", " ").capitalize()
