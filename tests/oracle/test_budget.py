"""A budget against closed forms and against an ordinary run: every sum can be made by hand."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.decision.budget.assess import LATER, THE_CHANGE, TOTAL, impact_of
from sim.decision.budget.flows import PARTS, flows_of, share_after
from sim.decision.budget.measures import MEASURES
from sim.study.prepare import prepare

GIVEN = {
    "parameters.dry_needling": {
        "ceiling": 0.7, "half_life": 0.8, "satisfaction_threshold": 1.5, "relapse_scale": 400,
    },
    "parameters.acupuncture": {"ceiling": 0.4, "half_life": 4.0, "satisfaction_threshold": 1.6, "relapse_scale": 250},
}  # fmt: skip
PATIENTS = 6016
ARMS = ("usual_care", "dry_needling", "acupuncture", "stepped_care", "guided_choice")
LEVELS = {one.name for one in MEASURES if one.is_level}


def budget(**entries):
    """Return a budget in which one person begins on the first day of a single year, unless told otherwise."""
    usual = {"years": 1, "population": 1, "prevalence": 1, "begin": "first_day", "now": {}, "after": {}}
    return usual | entries


def impact(entries, file="policies.yaml", **settings):
    given = {**GIVEN, "cohort.size": PATIENTS, "budget": budget(**entries), **settings}
    return impact_of(sim.load(file, set=given).model)


def of(found, measure, mix="after", year=TOTAL, arm="all"):
    return found.get(mix, year, measure, arm).estimate


@pytest.fixture(scope="module")
def run():
    arms = list(ARMS)
    return sim.run(sim.load("policies.yaml", set={**GIVEN, "cohort.size": PATIENTS, "arms": arms}))


@pytest.mark.parametrize("arm", ARMS)
def test_one_person_with_full_uptake_costs_what_the_arm_costs(run, arm):
    found = impact({"after": {arm: 1}})
    cost = run[arm, "cost"]
    assert of(found, "payer_cost") == pytest.approx(cost.estimate, rel=1e-12)
    assert of(found, "payer_cost", "change") == pytest.approx(cost.estimate, rel=1e-12)
    assert of(found, "hours") == pytest.approx(run[arm, "practitioner_minutes"].estimate / 60, rel=1e-12)
    for name in ("visits", "lasting_relief", "responder_day42", "relief_day42", "qaly"):
        assert of(found, name) == pytest.approx(run[arm, name].estimate, rel=1e-12)
    # Errors of errors: those of a run are from the 32 nets of its first block, these from all 47.
    assert found.get("after", TOTAL, "payer_cost").mc_error == pytest.approx(cost.mc_error, rel=0.5, abs=1e-9)
    error = run[arm, "lasting_relief"].mc_error
    assert found.get("after", TOTAL, "lasting_relief").mc_error == pytest.approx(error, rel=0.5)


def test_courses_that_begin_evenly_carry_the_later_visits_into_the_next_year():
    found = impact({"begin": "evenly", "years": 2, "after": {"usual_care": 1}})
    carried = 42 / 365.25  # reviews on days 0 and 42, at 40 each
    assert of(found, "payer_cost", year=0) == pytest.approx(40 + 40 * (1 - carried), rel=1e-12)
    assert of(found, "payer_cost", year=1) == pytest.approx(40 * carried, rel=1e-12)
    assert of(found, "payer_cost", year=LATER) == 0
    short = impact({"begin": "evenly", "after": {"usual_care": 1}})
    assert of(short, "payer_cost", year=LATER) == pytest.approx(40 * carried, rel=1e-12)


def test_a_visit_of_a_course_falls_into_one_year_or_another():
    days = np.arange(0.0, 1095.0)
    for begin in ("evenly", "first_day"):
        assert sum(share_after(days, k, begin) for k in range(4)) == pytest.approx(np.ones_like(days))


def test_no_change_is_exactly_nothing():
    mix = {"dry_needling": [0.3, 0.5], "acupuncture": 0.2}
    found = impact({"years": 4, "incidence": 0.1, "growth": 0.02, "begin": "evenly", "now": mix, "after": mix})
    changed = found.figures.estimate[2]
    assert (changed[np.isfinite(changed)] == 0).all()
    assert of(found, "payer_cost", "now") == of(found, "payer_cost", "after") > 0


@pytest.fixture(scope="module")
def several():
    entries = {
        "years": 4, "population": 5000, "growth": 0.03, "incidence": 0.1, "prevalence": 0.05, "eligible": 0.5,
        "begin": "evenly", "now": {"acupuncture": 0.2}, "after": {"acupuncture": 0.1, "dry_needling": [0.1, 0.4]},
        "otherwise": "usual_care", "payer": {"share": 0.7, "by_arm": {"acupuncture": 0.4}},
        "change": {"start_up": 1000, "per_year": 50},
        "delivery": {"wage_per_hour": 50, "supplies_per_visit": 2, "room_per_week": 100, "hours_per_week": 30,
                     "room_hours_per_week": 40, "time_with_patients": 0.8},
    }  # fmt: skip
    return impact(entries)


def test_arms_and_years_add_up_to_their_totals(several):
    for one in MEASURES:
        for mix in ("now", "after", "change"):
            for year in several.years:
                parts = [of(several, one.name, mix, year, arm) for arm in (*several.arms, THE_CHANGE)]
                assert sum(parts) == pytest.approx(of(several, one.name, mix, year), rel=1e-12, abs=1e-9)
            by_year = [of(several, one.name, mix, year) for year in range(4)]
            total = np.mean(by_year) if one.name in LEVELS else sum(by_year)
            assert total == pytest.approx(of(several, one.name, mix), rel=1e-12, abs=1e-9)
        apart = of(several, one.name, "after") - of(several, one.name, "now")
        assert of(several, one.name, "change") == pytest.approx(apart, rel=1e-9, abs=1e-6)


def test_people_follow_from_population_growth_cases_and_mix(several):
    begins = [5000 * 1.03**year * (0.15 if year == 0 else 0.1) * 0.5 for year in range(4)]
    for year, people in enumerate(begins):
        assert of(several, "starting", "now", year) == pytest.approx(people)
        assert of(several, "starting", "after", year, "dry_needling") == pytest.approx(people * (0.1, 0.4)[year > 0])
        assert of(several, "starting", "after", year, "usual_care") == pytest.approx(people * (0.8, 0.5)[year > 0])


def test_what_is_paid_is_earned_and_money_follows_from_hours(several):
    paid = of(several, "payer_cost", "now") + of(several, "patient_cost", "now")
    assert paid == pytest.approx(of(several, "income", "now"), rel=1e-12)
    acupuncture = [of(several, name, "now", arm="acupuncture") for name in ("payer_cost", "income")]
    assert acupuncture[0] == pytest.approx(0.4 * acupuncture[1], rel=1e-12)
    hours = of(several, "hours", "after", 1)
    assert of(several, "wages", "after", 1) == pytest.approx(hours / 0.8 * 50)
    assert of(several, "practitioners", "after", 1) == pytest.approx(hours / 0.8 / (30 * 46))
    assert of(several, "rooms", "after", 1) == pytest.approx(hours / (40 * 46))
    assert of(several, "payer_cost", "after", 0, THE_CHANGE) == pytest.approx(1050)
    assert of(several, "payer_cost", "after", 1, THE_CHANGE) == pytest.approx(50)
    assert of(several, "payer_cost", "now", 0, THE_CHANGE) == 0


def test_nothing_costs_nothing_and_takes_its_natural_course():
    nothing, usual = (impact({"now": {}, "otherwise": rest}) for rest in ("nothing", "usual_care"))
    for name in ("payer_cost", "income", "hours", "visits"):
        assert of(nothing, name, "now") == 0
    for name in ("lasting_relief", "relief_day42", "responder_day42", "qaly"):
        assert of(nothing, name, "now") == of(usual, name, "now")  # reviews at which nothing is done change nothing


def test_what_is_not_stated_is_told_as_unknown_not_as_nothing():
    found = impact({"after": {"dry_needling": 1}})
    assert not found.is_known("wages")
    assert not found.is_known("margin")
    assert found.is_known("income")


def test_wages_rooms_prices_and_fees_are_those_of_the_clinic():
    none = {"drop_out": 0, "drop_out_if_relieved": 0, "drop_out_if_not_relieved": 0}
    settings = {f"attendance.{name}": value for name, value in none.items()} | {"attendance.no_show": 0.2}
    settings |= {"clinic.money.price_factor": 0.9, "clinic.money.missed_visit_fee": 30}
    found = impact({"after": {"dry_needling": 1}, "payer": {"share": 0.5}}, "clinic.yaml", **settings)
    visits, income = of(found, "visits"), of(found, "income")
    fees = 30 * (6 - visits)
    assert income == pytest.approx(0.9 * (40 + 25) * visits + fees, rel=1e-9)
    assert of(found, "patient_cost") == pytest.approx(0.5 * (income - fees) + fees, rel=1e-9)
    somebody_came = 1 - 0.2**6
    assert of(found, "hours") == pytest.approx((20 * visits + 15 * somebody_came) / 60, rel=1e-3)
    assert of(found, "wages") == pytest.approx(48 * of(found, "hours"), rel=1e-9)
    assert of(found, "supplies") == pytest.approx(2 * visits, rel=1e-9)
    assert found.team.hours_per_week == 40
    assert (found.team.practitioners, found.team.rooms, found.team.room_hours_per_week) == (3, 3, 50)


def test_doubt_about_a_wage_of_the_clinic_is_drawn():
    wage = {"value": 48, "uncertainty": {"normal": {"sd": 10}}}
    settings = {f"clinic.practitioners.{name}.wage_per_hour": wage for name in ("acupuncturist", "physiotherapist")}
    entries, draws = {"after": {"usual_care": 1}}, {"draws.number": 60, "draws.patients": 128}
    sure, unsure = impact(entries, "clinic.yaml", **draws), impact(entries, "clinic.yaml", **draws, **settings)
    widths = [high - low for _, low, high in (found.doubt("after", TOTAL, "wages") for found in (sure, unsure))]
    assert widths[1] > 1.3 * widths[0]  # minutes of a visit are in doubt in both


def test_the_range_over_draws_is_that_of_the_inputs():
    entries = {"population": {"value": 1000, "uncertainty": {"normal": {"sd": 100}}}, "after": {"dry_needling": 1}}
    draws = {"draws.number": 400, "draws.patients": 256}
    found = impact(entries, **draws)
    mean, low, high = found.doubt("after", TOTAL, "starting")
    assert mean == pytest.approx(1000, abs=2)
    assert low == pytest.approx(1000 - 196, abs=25)
    assert high == pytest.approx(1000 + 196, abs=25)
    nothing_else = impact(entries | {"population": 1000}, **draws)
    _, low, high = nothing_else.doubt("after", TOTAL, "starting")
    assert low == high == 1000
    _, low, high = nothing_else.doubt("after", TOTAL, "payer_cost")
    assert low < of(nothing_else, "payer_cost") < high  # prices are in doubt


def test_shares_that_are_drawn_to_more_than_everybody_are_scaled():
    share = {"value": 0.5, "uncertainty": {"beta": {"sd": 0.2}}}
    entries = {"population": 100, "after": {"dry_needling": share, "acupuncture": share}}
    found = impact(entries, **{"draws.number": 50, "draws.patients": 20})
    mean, low, high = found.doubt("after", TOTAL, "starting")
    assert mean == pytest.approx(low) == pytest.approx(high) == pytest.approx(100)


def test_flows_of_many_patients_are_those_of_their_parts():
    study = prepare(sim.load("acute.yaml", set={**GIVEN, "cohort.size": 30_000, "arms": ["dry_needling"]}).model)
    few = prepare(sim.load("acute.yaml", set={**GIVEN, "cohort.size": 1300, "arms": ["dry_needling"]}).model)
    many, some = flows_of(study, "evenly"), flows_of(few, "evenly")
    assert many.values.shape[1:] == (118, 1, len(PARTS))  # units of two nets
    assert some.values.shape[1] == 11  # ten nets, and the beginning of one
    assert many.weights.sum() == pytest.approx(1)
    assert some.weights.sum() == pytest.approx(1)
