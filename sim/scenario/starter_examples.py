"""The examples that a new scenario holds as comments: the usual changes, each valid as it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sim.scenario.answers import free_name


@dataclass(frozen=True)
class Example:
    """A section of a scenario: what it is about, and entries of it to take into use, indented as within the section.

    `instead`: the entries stand for those that were answered, of which there can be only one.
    """

    section: str
    about: tuple[str, ...]
    lines: tuple[str, ...] = ()
    instead: bool = False


def examples(money: str, arms: tuple[str, ...], taken: Collection[str], room: int) -> Iterator[Example]:
    """Yield the sections of a new scenario in the order of the file, all that it may hold among them.

    `money`: the currency; `taken`: names of treatments, protocols and policies that are there; `room`: how many
    treatments can be added.
    """
    yield Example(
        "cohort",
        ("Who comes. To take in only who reports pain enough at the first visit, as trials do, add the last line.",),
        ("include: {reported_pain_at_least: 4}",),
    )
    yield Example("costs", _lines(_ABOUT_COSTS.replace("MONEY", money)), _lines(_COSTS))
    yield Example("attendance", _lines(_ABOUT_ATTENDANCE), _lines(_ATTENDANCE))
    yield from _treatments(frozenset(taken), room)
    yield from _protocols(frozenset(taken))
    yield Example("profiles", ("Another kind of patient; give it a share in `cohort.profiles`.",), _lines(_PROFILE))
    yield Example("claims", _lines(_ABOUT_CLAIMS), _lines(_CLAIMS))
    about = ("Days over which costs, good days and quality of life are counted.",)
    yield Example("followup", about, ("horizon: 182",), instead=True)
    yield Example("clinic", _lines(_ABOUT_CLINIC), _lines(_CLINIC.replace("ARM", arms[-1])), instead=True)


def _treatments(taken: frozenset[str], room: int) -> Iterator[Example]:
    """Yield the treatments of one's own, and what they do."""
    free, needled = free_name("exercise", taken), free_name("electroacupuncture", taken)
    plain = [(_PLAIN, _PLAIN_EFFECT), (_NEEDLED, _NEEDLED_EFFECT)][-room:] if room > 0 else []
    named = [
        tuple(text.replace("EXERCISE", free).replace("ELECTRO", needled) for text in (entry, effect))
        for entry, effect in plain
    ]
    entries = tuple(line for entry, _ in named for line in _lines(entry))
    yield Example("modalities", _lines(_ABOUT_TREATMENTS), entries)
    yield Example(
        "parameters",
        ("What they do: most of their kind of pain that they take away, and the visits to half of that.",),
        tuple(line for _, effect in named for line in _lines(effect)),
    )


def _protocols(taken: frozenset[str]) -> Iterator[Example]:
    text = _PROTOCOLS
    for name in ("with_boosters", "in_turn", "calm_first", "twice_a_week"):
        text = text.replace(f"{name}:", f"{free_name(name, taken)}:")
    yield Example("protocols", ("Protocols; name them in `arms` to compare them.",), _lines(text))
    policy = _POLICY.replace("both_if_severe:", f"{free_name('both_if_severe', taken)}:")
    yield Example("policies", _lines(_ABOUT_POLICIES), _lines(policy))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.strip("\n").split("\n"))


_ABOUT_COSTS = """
Prices, in MONEY. To charge in another currency, give every price anew (here, and each `cost` and
`first_visit_cost` of `modalities`): numbers are not converted. `simulate new NAME --currency EUR
--visit-price 45` writes such a file.
"""
_COSTS = """
visit: {value: 45, source: own}   # the visit itself, whatever is done at it
visit_minutes: {value: 15, source: own}
"""
_ABOUT_ATTENDANCE = """
Patients who do not come, and patients who give up (chances per visit).
"""
_ATTENDANCE = """
no_show: {value: 0.104, source: K1}   # missed appointments in physiotherapy practice
drop_out: {value: 0.02, source: assumption}
"""
_ABOUT_TREATMENTS = """
Treatments: of your own, without needles or with them, and prices and minutes of those that come along, on
top of the visit itself. To offer one, name it in `each_visit` of a protocol, and that one in `arms`.
"""
_PLAIN = """
EXERCISE:
  label: Exercise
  needling: false
  target: muscular             # the kind of pain it acts on: muscular or central
  fade: {value: 90, source: assumption}   # days in which half of a dose fades
  minutes: {value: 20, source: own}
  cost: {value: 15, source: own}
  first_visit_cost: 0
"""
_PLAIN_EFFECT = """
EXERCISE: {ceiling: {value: 0.3, source: assumption}, half_life: {value: 4, source: assumption}}
"""
_NEEDLED = """
ELECTRO:
  label: Electroacupuncture
  needling: true               # it has the effect that being needled has at all, too
  target: central
  fade: {value: 1200, source: assumption, note: as acupuncture}
  adverse_events:
    bruising: {per_course: {value: 0.12, source: assumption}}
  minutes: {value: 25, source: own}
  cost: {value: 45, source: own}
  first_visit_cost: {value: 20, source: own}
"""
_NEEDLED_EFFECT = """
ELECTRO: {ceiling: {value: 0.4, source: assumption}, half_life: {value: 4, source: assumption}}
"""
_PROTOCOLS = """
with_boosters:                 # four visits a week apart, then a booster a month, twice
  label: Dry needling with boosters
  phases:
    - {visits: 4, every_days: 7, each_visit: dry_needling}
    - {visits: 2, every_days: 30, each_visit: dry_needling}
in_turn:                       # dry needling and acupuncture in turn, weekly
  label: In turn
  visits: 8
  every_days: 7
  alternate: [dry_needling, acupuncture]
calm_first:                    # acupuncture first, then dry needling
  label: Calm first
  phases:
    - {visits: 4, every_days: 3.5, each_visit: acupuncture}
    - {visits: 4, every_days: 7, each_visit: dry_needling}
twice_a_week:                  # Monday and Thursday; ends once relief has held for two visits
  label: Twice a week
  visits: 8
  every_days: [3, 4]
  each_visit: dry_needling
  stop: {relief_held_for: 2}
"""
_ABOUT_POLICIES = """
A rule that gives each patient a protocol; name it in `arms` too. It may look at the profile, at the pain
reported at the first visit, and at the response so far.
"""
_POLICY = """
both_if_severe:
  label: Both if severe
  choose:
    - {when: {reported_pain_at_least: 7}, give: combined}
  otherwise: dry_needling
  steps:
    - {no_relief_by_visit: 3, give: acupuncture}
"""
_PROFILE = """
office_neck:
  label: Office work
  baseline_pain: {mean: {value: 5, source: assumption}, sd: 1.5, low: 2, high: 10}
  muscular_share: {mean: {value: 0.6, source: assumption}, concentration: 10}
  natural_course:              # calibrated to the pain left without treatment, as a share of that at the start
    plateau: {concentration: 3}
    time_constant: {cv: 0.6}
    pain_left: {day_42: {value: 0.6, source: assumption}, day_182: {value: 0.5, source: assumption}}
  reading_noise: {mean: {value: 1.0, source: assumption}, cv: 0.4}
"""
_ABOUT_CLAIMS = """
Another claim: a bare number, or one with its source and how unsure it is; `source: own` if you have counted
it. The claim it replaces keeps nothing; the claims that you leave alone stay those of the article. Claims
that cannot all be met are met as nearly as their doubts allow; `simulate calibrate` shows how nearly.
"""
_CLAIMS = """
dry_needling:
  pain_reduction: {value: 3.5, source: assumption, uncertainty: {normal: {sd: 0.4}}}
  satisfied: {value: 0.7, source: assumption}
"""
_ABOUT_CLINIC = """
A clinic to plan: waiting times, hours, rooms and money, with `simulate clinic`. What is not said (wages,
rent, supplies, other costs) is 0, and if none is said no cost and no margin is told; docs/clinic.md has all entries.
"""
_CLINIC = """
arrivals: {per_week: {value: 10, source: own}}   # new patients a week
treatment: ARM   # the arm that everybody gets
practitioners:
  practitioner:
    count: 2
    skills: [dry_needling, acupuncture]   # what they can give
    hours: [09:00-13:00, 14:00-18:00]
    wage_per_hour: {value: 40, source: own}
rooms: 2
"""
