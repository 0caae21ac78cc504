"""What the options of `simulate new` say of one's own practice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.errors import UsageError
from sim.scenario import typed_answers as typed
from sim.scenario.answers import Answers, ClinicPlan, Course, Treatment
from sim.scenario.faults import shortened
from sim.scenario.schema import Scenario
from sim.scenario.typed_courses import course, treatment


def answered(given: Mapping[str, Any], shipped: Scenario) -> Answers:
    """Return what the options say, by their names in Python; UsageError for one that cannot be."""
    currency = typed.currency(given["currency"]) if given["currency"] is not None else None
    money = currency or shipped.costs.currency
    treatments = _treatments(given["treatments"], shipped, money)
    known = treatment_labels(shipped, treatments)
    courses: list[Course] = []
    for text in given["protocols"]:
        courses.append(course(text, known, protocol_labels(shipped, courses)))
    prices = dict(_price(part, known, money) for text in given["prices"] for part in typed.parts(text))
    kinds = {name: shipped.profile_label(name) for name in shipped.profiles}
    arms = protocol_labels(shipped, courses)
    offered = [typed.chosen(part, arms, "protocol") for text in given["offer"] for part in typed.parts(text)]
    price, missed = given["visit_price"], given["no_shows"]
    return Answers(
        currency=currency,
        visit_price=typed.amount(price, money, "price of a visit") if price is not None else None,
        prices=prices,
        patients=typed.mixture(given["patients_are"], kinds) if given["patients_are"] else None,
        offered=tuple(dict.fromkeys(offered)) or None,
        treatments=tuple(replace(one, price=prices.get(one.name, one.price)) for one in treatments),
        courses=tuple(courses),
        no_shows=typed.share(missed, "no-shows") if missed is not None else None,
        clinic=_clinic(given, money),
    )


def treatment_labels(shipped: Scenario, own: Sequence[Treatment]) -> dict[str, str]:
    """Return what can be given at a visit, with what people call it."""
    return {name: shipped.modality_label(name) for name in shipped.modalities} | {one.name: one.label for one in own}


def protocol_labels(shipped: Scenario, own: Sequence[Course]) -> dict[str, str]:
    """Return the protocols and policies that can be compared, with what people call them."""
    names = (*shipped.protocols, *shipped.policies)
    return {name: shipped.arm_label(name) for name in names} | {one.name: one.label for one in own}


def _treatments(texts: Sequence[str], shipped: Scenario, money: str) -> list[Treatment]:
    found: list[Treatment] = []
    for text in texts:
        found.append(treatment(text, treatment_labels(shipped, found), money))
    return found


def _price(text: str, known: Mapping[str, str], money: str) -> tuple[str, float]:
    name, mark, price = text.partition("=")
    if not mark:
        raise UsageError(f"--price {shortened(text)}: which price? Write it as {next(iter(known))}=20")
    found = typed.chosen(name, known, "treatment")
    return found, typed.amount(price, money, f"price of {found}")


def _clinic(given: Mapping[str, Any], money: str) -> ClinicPlan | bool | None:
    said: dict[str, Any] = {}
    if given["new_patients"] is not None:
        said["new_patients"] = typed.number(given["new_patients"], "new patients a week", 0, 2000)
    if given["practitioners"] is not None:
        said["practitioners"] = typed.whole(given["practitioners"], "practitioners", 1, 50)
    if given["hours"] is not None:
        said["hours"] = typed.hours(given["hours"])
    if given["wage"] is not None:
        said["wage"] = typed.amount(given["wage"], money, "wage for an hour")
    if said and given["clinic"] is False:
        raise UsageError("--no-clinic: leave out --new-patients, --practitioners, --hours and --wage")
    return ClinicPlan(**said) if said or given["clinic"] else given["clinic"]
