"""The questions of `simulate new`, in the words of somebody who runs a practice; Enter takes the default."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import click

from sim.cli.answered import protocol_labels, treatment_labels
from sim.errors import UsageError, visible
from sim.scenario import typed_answers as typed
from sim.scenario.answers import (
    DEFAULT_MINUTES,
    DEFAULT_NEW_PATIENTS,
    Answers,
    ClinicPlan,
    Course,
    Treatment,
    most_own_treatments,
)
from sim.scenario.schema import Scenario
from sim.scenario.typed_courses import course, done_at_a_visit, joined, new_name, own_label, possible, with_entry

Answer = TypeVar("Answer")

_INTRODUCTION = """\
A few questions about your practice. Enter takes what stands in brackets; all of it can be changed in the file later.
"""


def asked(answers: Answers, shipped: Scenario) -> Answers:
    """Return the answers with those to the questions that they leave open; click.Abort if they are broken off."""
    click.echo(_INTRODUCTION, err=True)
    for step in (_money, _patients, _treatments, _courses, _offered, _prices, _no_shows, _clinic):
        answers = step(answers, shipped)
    return answers


def _ask(question: str, default: str | None, read: Callable[[str], Answer], *, shown: bool = True) -> Answer:
    """Return the answer to a question as `read` understands it; what it refuses is explained and asked again."""

    def understood(text: str) -> Answer:
        try:
            return read(text.strip() or default or "")
        except UsageError as error:
            raise click.UsageError(visible(str(error))) from None

    answer: Answer = click.prompt(question, default=default, show_default=shown, value_proc=understood, err=True)
    return answer


def _ask_or_none(question: str, read: Callable[[str], Answer]) -> Answer | None:
    """Return the answer to a question that Enter answers with nothing."""
    return _ask(f"{question} (Enter: none)", "", lambda text: read(text) if text else None, shown=False)


def _money(answers: Answers, shipped: Scenario) -> Answers:
    if answers.currency is None:
        currency = _ask("Currency in which you charge", shipped.costs.currency, typed.currency)
        answers = replace(answers, currency=currency)
    if answers.visit_price is not None:
        return answers
    money = answers.money(shipped)
    question = f"Price of a visit itself in {money}, whatever is done at it (0 if you charge by treatment)"
    if money != shipped.costs.currency:
        price: float | None = _ask(question, None, lambda text: typed.amount(text, money, "price of a visit"))
    else:
        usual = f"{shipped.costs.visit.value:g} {money}, and more for treatments"
        price = _ask(
            f"{question}; Enter: prices as they come along, {usual}",
            "",
            lambda text: typed.amount(text, money, "price of a visit") if text else None,
            shown=False,
        )
    return replace(answers, visit_price=price)


def _patients(answers: Answers, shipped: Scenario) -> Answers:
    if answers.patients is not None:
        return answers
    usual = shipped.cohort.profiles
    while True:
        found: dict[str, float] = {}
        for kind, profile in shipped.profiles.items():
            left = round(100 - sum(found.values()), 10)
            is_last = len(found) == len(shipped.profiles) - 1
            default = left if is_last else min(100 * usual.get(kind, 0.0), left)
            about = f" ({profile.description.rstrip('.')})" if profile.description else ""
            question = f"Of 100 patients, how many come with: {shipped.profile_label(kind)}{about}"
            found[kind] = _ask(question, f"{max(0.0, default):g}", lambda text: _of_100(text, "patients"))
        total = round(sum(found.values()), 9)
        if total == 100:
            shares = {kind: round(many / 100, 12) for kind, many in found.items() if many > 0}
            return replace(answers, patients=shares)
        click.echo(f"Together these are {total:g} of 100 patients; they must come to 100. Once more:", err=True)


def _treatments(answers: Answers, shipped: Scenario) -> Answers:
    own = list(answers.treatments)
    money, room = answers.money(shipped), most_own_treatments(shipped)
    question = "A treatment of your own without needles, as massage or exercise: its name"
    while not answers.treatments and len(own) < room:
        taken = treatment_labels(shipped, own)
        found = _ask_or_none(question, partial(_named_treatment, taken))
        if found is None:
            break
        own.append(_about(found, money, shipped))
        question = "Another treatment without needles: its name"
    return replace(answers, treatments=tuple(own))


def _named_treatment(taken: dict[str, str], text: str) -> Treatment:
    return Treatment(new_name(text, taken, "a treatment"), typed.label_of(text))


def _about(one: Treatment, money: str, shipped: Scenario) -> Treatment:
    """Return a treatment with what is asked of it."""
    called = one.label[:1].lower() + one.label[1:]
    visit = f"{shipped.costs.visit_minutes.value:g}"
    needled = f"{100 * shipped.response.context.ceiling.value:g} %"
    questions = (
        ("minutes", f"  Minutes of {called}, on top of the {visit} of a visit itself", f"{DEFAULT_MINUTES:g}"),
        ("price", f"  Price of {called} in {money}, on top of the visit itself", "0"),
        (
            "removes",
            f"  Share of muscular pain that {called} takes away at most, an assumption of yours (being needled at all, "
            f"even as a sham: {needled})",
            f"{100 * one.removes:g} %",
        ),
        ("half_after", "  Visits after which half of that is reached, an assumption of yours", f"{one.half_after:g}"),
    )
    for key, question, default in questions:
        one = _ask(question, default, partial(with_entry, one, key, money))
    return one


def _courses(answers: Answers, shipped: Scenario) -> Answers:
    own = list(answers.courses)
    treatments = treatment_labels(shipped, answers.treatments)
    names = " + ".join(one.name for one in answers.treatments)
    question = "A course of your own: what is done at each visit, as dry needling + advice"
    while not answers.courses:
        known = protocol_labels(shipped, own)

        def read(text: str, known: dict[str, str] = known) -> Course | tuple[str, ...]:
            return course(text, treatments, known) if re.search(r"[,:]", text) else done_at_a_visit(text, treatments)

        if names and not own:
            found: Course | tuple[str, ...] | None = _ask(question, names, read)
        else:
            found = _ask_or_none(question, read)
        if found is None:
            break
        own.append(found if isinstance(found, Course) else _course(found, treatments, known))
        question = "Another course of your own: what is done at each visit"
    return replace(answers, courses=tuple(own))


def _course(given: tuple[str, ...], treatments: dict[str, str], taken: dict[str, str]) -> Course:
    """Return a course with what is asked of it; once more if it is too long."""
    while True:
        one = Course("", "", given)
        visits = _ask("  How many visits", f"{one.visits}", lambda text: typed.whole(text, "number of visits", 1))
        spaced = _ask(
            "  Days from one visit to the next", f"{one.every_days:g}", lambda text: typed.spacing(text, "days")
        )
        boosters = _ask("  How many boosters after them", "0", lambda text: typed.whole(text, "number of boosters"))
        apart = one.boosters_every
        if boosters:
            apart = _ask("  Days from one booster to the next", f"{apart:g}", lambda text: typed.spacing(text, "days"))
        label = joined([treatments[name] for name in given])
        called = label if typed.name_of(label) not in taken else own_label(label)
        named = _ask(
            "  What you call it", called, lambda text: (new_name(text, taken, "a protocol"), typed.label_of(text))
        )
        try:
            return possible(Course(*named, given, visits, spaced, boosters, apart))
        except UsageError as error:
            click.echo(f"Error: {visible(str(error))}. Once more:", err=True)


def _offered(answers: Answers, shipped: Scenario) -> Answers:
    if answers.offered is not None:
        return answers
    arms = list(shipped.protocols)
    click.echo("\nWhat comes along to compare with:", err=True)
    for number, arm in enumerate(arms, 1):
        click.echo(f"  {number}  {shipped.arm_label(arm)}: {shipped.protocols[arm].description}", err=True)
    usual = ("usual_care",) if answers.courses or answers.treatments else shipped.arms
    labels = {name: shipped.arm_label(name) for name in arms}

    def read(text: str) -> tuple[str, ...]:
        words = text.replace(",", " ").split() if re.fullmatch(r"[\d\s,]+", text) else typed.parts(text)
        found = [_numbered(word, arms) or typed.chosen(word, labels, "protocol") for word in words]
        return tuple(dict.fromkeys(found))

    default = ", ".join(str(arms.index(arm) + 1) for arm in usual)
    return replace(answers, offered=_ask("Which of these, by number or name", default, read))


def _numbered(word: str, arms: list[str]) -> str | None:
    if not word.isdecimal():
        return None
    if not 1 <= int(word) <= len(arms):
        raise UsageError(f"there is no {word}; allowed: 1 to {len(arms)}")
    return arms[int(word) - 1]


def _prices(answers: Answers, shipped: Scenario) -> Answers:
    if not answers.has_own_prices:
        return answers
    money, prices = answers.money(shipped), dict(answers.prices)
    used = {name for arm in answers.offered or () if arm in shipped.protocols for name in shipped.arm_modalities(arm)}
    used |= {name for one in answers.courses for name in one.treatments}
    for name in shipped.modalities:
        if name in used and name not in prices:
            label = shipped.modality_label(name)
            question = f"Price of {label[:1].lower()}{label[1:]} in {money}, on top of the visit itself"
            prices[name] = _ask(question, "0", partial(typed.amount, paid_in=money, what=f"price of {label}"))
    return replace(answers, prices=prices)


def _no_shows(answers: Answers, shipped: Scenario) -> Answers:
    if answers.no_shows is not None:
        return answers
    usual = f"{100 * shipped.attendance.no_show.value:g}"
    missed = _ask("Of 100 visits, how many do patients miss", usual, lambda text: _of_100(text, "visits missed"))
    return replace(answers, no_shows=missed / 100)


def _clinic(answers: Answers, shipped: Scenario) -> Answers:
    if answers.clinic is not None:
        return answers
    question = "Plan a clinic too, with waiting times, hours, rooms and money?"
    if not _ask(f"{question} (y or n)", "n", _yes):
        return replace(answers, clinic=False)
    usual, money = ClinicPlan(), answers.money(shipped)
    plan = ClinicPlan(
        _ask(
            "  New patients a week", f"{DEFAULT_NEW_PATIENTS:g}", lambda text: typed.number(text, "patients", 0, 2000)
        ),
        _ask("  Practitioners", f"{usual.practitioners}", lambda text: typed.whole(text, "practitioners", 1, 50)),
        _ask("  Opening hours, Monday to Friday", ", ".join(usual.hours), typed.hours),
        _ask(
            f"  Wage for an hour on duty in {money} (Enter: not said, and no margin is told)",
            "",
            lambda text: typed.amount(text, money, "wage for an hour") if text else None,
            shown=False,
        ),
    )
    return replace(answers, clinic=plan)


def _yes(text: str) -> bool:
    if (word := text.lower()) not in ("y", "yes", "n", "no"):
        raise UsageError("write y for yes, n for no")
    return word.startswith("y")


def _of_100(text: str, what: str) -> float:
    """Return how many of 100; UsageError for a number that may be a share."""
    many = typed.number(text.rstrip("% "), what, 0, 100)
    if 0 < many < 1 and "%" not in text:
        raise UsageError(f"{what}: of 100; write {100 * many:g}, or {many:g} % if so few are meant")
    return many
