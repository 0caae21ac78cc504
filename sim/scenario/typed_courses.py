"""Treatments and courses of one's own as people type them, as `massage + exercise, 4 visits weekly`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from sim.errors import UsageError, did_you_mean
from sim.scenario.answers import Course, Treatment
from sim.scenario.faults import shortened
from sim.scenario.protocol import MAX_VISITS, Protocol
from sim.scenario.typed_answers import amount, chosen, label_of, name_of, number, parts, share, spacing, whole

_NAMED = re.compile(r"([^:=,+]+):\s*(.*)", re.DOTALL)
_ENTRY = re.compile(r"([^=:]+?)\s*[=:]\s*(.+)")
_RUN = re.compile(r"(\S+)\s+(visits?|sessions?|boosters?)\b\s*(.*)", re.IGNORECASE)
ENTRIES = ("minutes", "price", "removes", "half_after", "fades", "acts_on")
"""What can be said of a treatment, as `minutes=30`."""
ACTS_ON = {"muscular": "Muscular pain", "central": "Central pain"}


def new_name(text: str, taken: Collection[str], what: str) -> str:
    """Return the name in files for something new; UsageError if it cannot be a name, or is taken."""
    name = name_of(text)
    if name in taken:
        raise UsageError(f"{what} called {name} is there already; choose another name")
    return name


def treatment(text: str, taken: Collection[str], money: str) -> Treatment:
    """Return a treatment from `massage: minutes=30, price=40`; UsageError says what is wrong with it.

    `taken`: names that other treatments have; `money`: the currency of the price.
    """
    found = _NAMED.fullmatch(text.strip())
    called, rest = (found[1].strip(), found[2]) if found else (text.strip(), "")
    own = Treatment(new_name(called, taken, "a treatment"), label_of(called))
    for part in parts(rest):
        entry = _ENTRY.fullmatch(part)
        key = entry[1].strip().lower().replace(" ", "_").replace("-", "_") if entry else part
        if entry is None or key not in ENTRIES:
            raise UsageError(
                f"treatment {own.name}: {shortened(part)} is not known; allowed: "
                f"{', '.join(f'{one}=...' for one in ENTRIES)}.{did_you_mean(key, ENTRIES)}"
            )
        own = with_entry(own, key, money, entry[2])
    return own


def with_entry(own: Treatment, key: str, money: str, text: str) -> Treatment:
    """Return a treatment with one thing said of it, as it was typed; UsageError if that cannot be."""
    what = f"{key.replace('_', ' ')} of {own.name}"
    if key == "minutes":
        return replace(own, minutes=number(text, what, 0, 1440))
    if key == "price":
        return replace(own, price=amount(text, money, what))
    if key == "removes":
        if (removes := share(text, what)) >= 1:
            raise UsageError(f"{what}: must be below 100 %; given {shortened(text)}")
        return replace(own, removes=removes)
    if key == "half_after":
        return replace(own, half_after=number(re.sub(r"\s*visits?$", "", text), what, 0.1, 400))
    if key == "fades":
        return replace(own, fades=number(re.sub(r"\s*days?$", "", text), what, 1, 1e6))
    return replace(own, acts_on=chosen(text, ACTS_ON, "kind of pain"))


def course(text: str, treatments: Mapping[str, str], taken: Collection[str]) -> Course:
    """Return a course from `NAME: massage + exercise, 4 visits every 7 days, 2 boosters every 30 days`.

    `treatments`: what can be given, with labels; `taken`: names that other protocols have. Without a name it is called
    after what is done, as `own_advice` if a shipped one is called so. Raises UsageError that says what is wrong.
    """
    found = _NAMED.fullmatch(text.strip())
    called, rest = (found[1].strip(), found[2]) if found else ("", text.strip())
    what, *runs = _split(rest)
    given = done_at_a_visit(what, treatments)
    is_joined = not called or name_of(called) == "_".join(given)
    label = joined([treatments[name] for name in given]) if is_joined else label_of(called)
    name = called or "_".join(given)
    if not called and name in taken:
        name, label = f"own_{name}", own_label(label)
    own = Course(new_name(name, taken, "a protocol"), label, given)
    for run in runs:
        counted = _RUN.fullmatch(run)
        if counted is None:
            raise UsageError(
                f"protocol {own.name}: {shortened(run)} is not known; write it as 4 visits every 7 days, "
                "2 boosters every 30 days"
            )
        own = _with_run(own, *counted.groups())
    return possible(own)


def done_at_a_visit(text: str, treatments: Mapping[str, str]) -> tuple[str, ...]:
    """Return the treatments that are done at each visit, as `massage + exercise`; UsageError if there is no such."""
    words = [word.strip() for word in re.split(r"\+|&|\band\b", text)]
    given = tuple(chosen(word, treatments, "treatment") for word in words)
    if len(set(given)) != len(given):
        raise UsageError(f"{shortened(text)}: the same treatment twice at one visit")
    return given


def possible(own: Course) -> Course:
    """Return a course that can be; UsageError for one with too many visits, or too long."""
    if own.visits + own.boosters > MAX_VISITS:
        raise UsageError(f"protocol {own.name}: at most {MAX_VISITS} visits, boosters among them")
    try:
        as_protocol(own)
    except ValidationError as error:
        raise UsageError(f"protocol {own.name}: {error.errors()[0]['msg']}") from None
    return own


def as_protocol(own: Course) -> Protocol:
    """Return a course as a protocol of a scenario."""
    plan = [(own.visits, own.every_days), *([(own.boosters, own.boosters_every)] if own.boosters else [])]
    phases = [{"visits": n, "every_days": days, "each_visit": own.treatments} for n, days in plan]
    return Protocol.model_validate({"label": own.label, "phases": phases})


def own_label(label: str) -> str:
    """Return what people may call their own form of something that comes along, as `Own dry needling`."""
    return f"Own {label[:1].lower()}{label[1:]}"[:60]


def _split(text: str) -> list[str]:
    """Return what is done, and the runs of visits: a comma before either, or before a number of visits."""
    return [part.strip() for part in re.split(r",\s*(?=[^\W\d_]|\d+\s+[^\W\d_])|;", text) if part.strip()] or [""]


def _with_run(own: Course, count: str, kind: str, spaced: str) -> Course:
    if kind.lower().startswith("booster"):
        boosters = whole(count, f"boosters of {own.name}")
        every = spacing(spaced, f"boosters of {own.name}") if spaced else own.boosters_every
        return replace(own, boosters=boosters, boosters_every=every)
    visits = whole(count, f"visits of {own.name}", 1)
    return replace(
        own, visits=visits, every_days=spacing(spaced, f"visits of {own.name}") if spaced else own.every_days
    )


def joined(labels: Sequence[str]) -> str:
    """Return what people call several treatments at one visit."""
    first, *others = labels
    return " and ".join([first, *(other[:1].lower() + other[1:] for other in others)])[:60]
