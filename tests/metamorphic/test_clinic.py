"""What must hold between two clinics with the same luck."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sim.capacity.courses import EPISODE_BLOCKS
from sim.capacity.history import CANCELLED, GAVE_UP, LEFT, PENDING
from sim.capacity.model import build_model
from sim.capacity.replicate import Runner, replicate, runner
from sim.capacity.simulate import Replication
from sim.capacity.warm_up import WarmUp
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from tests.known import known

FEW, MANY = 3, pytest.param(12, marks=pytest.mark.long)
"""Replications: what is asked holds in each of them, so more of them are more cases of the same."""
WARM_UP = WarmUp(6, True)
KNOWN = {}


def model_of(*changes):
    scenario = load_scenario("clinic.yaml", changes, outcomes=OUTCOME_NAMES).scenario
    if "calibration" not in KNOWN:
        KNOWN["calibration"] = known(scenario)
    return build_model(scenario, KNOWN["calibration"])


def waits(number, *changes, team=None):
    model = model_of("clinic.weeks=30", "clinic.rooms=8", "clinic.patience=null", *changes)
    model = model.with_team(team) if team else model
    return replicate(model, Runner(None), number, warm_up=WARM_UP).values("wait_mean_days")


def people(replications, *changes):
    """Return the wait of everybody who asks, by who it is."""
    model = model_of(*changes)
    found = {}
    for number in range(replications):
        for one in Replication(model, number).run().courses:
            if one.episode == 0:
                found[number, one.block, one.patient] = one.wait
    return found


TREATMENTS = ("dry_needling", "guided_choice", "stepped_care")


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize("ahead", [1, 4])
@pytest.mark.parametrize("number", [FEW, MANY])
def test_more_staff_never_lengthens_the_mean_wait(treatment, ahead, number):
    given = (f"clinic.treatment={treatment}", f"clinic.booking.ahead={ahead}")
    found = [waits(number, *given, team=n) for n in (2, 4, 6, 8)]
    for fewer, more in itertools.pairwise(found):
        assert more.mean() <= fewer.mean() + 1e-9
        assert (more <= fewer + 0.05).all()
    assert found[0].mean() > found[-1].mean()


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize("ahead", [1, 4])
@pytest.mark.parametrize("number", [FEW, MANY])
def test_more_arrivals_never_shorten_the_mean_wait(treatment, ahead, number):
    """Those who ask in the quieter clinic ask in the busier one too; it is their wait that is compared."""
    given = (
        "clinic.weeks=30",
        "clinic.patience=null",
        f"clinic.treatment={treatment}",
        f"clinic.booking.ahead={ahead}",
    )
    found = [people(number, *given, f"clinic.arrivals.per_week={n}") for n in (5, 15, 30, 50)]
    for fewer, more in itertools.pairwise(found):
        assert len(fewer) > 100 * number
        assert fewer.keys() < more.keys()
        assert np.mean([more[one] - wait for one, wait in fewer.items()]) >= 0
    assert np.mean([found[-1][one] - wait for one, wait in found[0].items()]) > 0.1


@pytest.mark.parametrize("then", ["lost", "rebooked"])
@pytest.mark.parametrize("ahead", [1, 4])
def test_nobody_is_seen_later_than_they_would_wait(ahead, then):
    """Patience is asked at every visit, also of those that are booked ahead."""
    mean = 6
    model = model_of(
        f"clinic.patience={mean}", f"clinic.booking.ahead={ahead}", f"clinic.missed.then={then}",
        "clinic.treatment=acupuncture", "clinic.arrivals.per_week=40", "clinic.weeks=20", "clinic.warm_up=4",
    )  # fmt: skip
    replication = Replication(model, 0)
    history = replication.run()
    late, first = [], 0
    for one in history.appointments:
        if one.became in (PENDING, CANCELLED):
            continue
        course = history.courses[one.course]
        of = replication.courses(course.block + course.episode * EPISODE_BLOCKS)
        days = one.late_days
        if np.isnan(days):
            days, first = one.start // 1440 - course.asked // 1440, first + 1
        late.append((days, mean * of.patience[course.patient]))
    assert all(days <= bears for days, bears in late)
    # The clinic is full enough for it to matter, at first visits and at later ones.
    assert len(late) > 3 * first > 300
    assert sum(days > 0 for days, _ in late) > first
    assert any(one.stands == LEFT for one in history.courses)
    assert any(one.stands == GAVE_UP for one in history.courses)


def test_the_same_seed_gives_the_same_history_and_another_seed_another():
    one, again, other = (
        Replication(model_of("clinic.weeks=12", "clinic.warm_up=4", *seed), 0).run() for seed in ((), (), ("seed=2",))
    )
    assert repr(one.courses) == repr(again.courses)
    assert one.appointments == again.appointments or repr(one.appointments) == repr(again.appointments)
    assert repr(one.courses) != repr(other.courses)


def test_results_do_not_depend_on_the_workers():
    model = model_of("clinic.weeks=12", "clinic.warm_up=4")
    alone = replicate(model, Runner(None), 4)
    with ThreadPoolExecutor(3) as executor:
        threads = replicate(model, Runner(executor), 4)
    with runner(2) as run:
        processes = replicate(model, run, 4)
    for name in ("wait_mean_days", "lasting_per_week", "margin_per_week"):
        assert np.array_equal(alone.values(name), threads.values(name))
        assert np.array_equal(alone.values(name), processes.values(name))


def test_more_replications_keep_the_first_ones():
    model = model_of("clinic.weeks=12", "clinic.warm_up=4")
    few, many = (replicate(model, Runner(None), n) for n in (3, 5))
    assert np.array_equal(few.values("utilisation"), many.values("utilisation")[:3])


def test_a_stated_precision_is_reached():
    model = model_of("clinic.weeks=12", "clinic.warm_up=4")
    rough = replicate(model, Runner(None), 3)
    wanted = 0.6 * (rough.estimate("utilisation").upper - rough.estimate("utilisation").lower) / 2
    found = replicate(model, Runner(None), 3, precision={"utilisation": wanted})
    one = found.estimate("utilisation")
    assert found.number > 3
    assert (one.upper - one.lower) / 2 <= wanted


def test_doubling_every_price_doubles_the_revenue_and_leaves_the_clinic_alone():
    given = ("clinic.weeks=12", "clinic.warm_up=4")
    one, other = (replicate(model_of(*given, f"clinic.money.price_factor={k}"), Runner(None), 2) for k in (1, 2))
    assert other.values("revenue_per_week") == pytest.approx(2 * one.values("revenue_per_week"))
    assert np.array_equal(one.values("cost_per_week"), other.values("cost_per_week"))
    assert np.array_equal(one.values("wait_p90_days"), other.values("wait_p90_days"))


def test_who_asks_beside_them_changes_nobodys_luck():
    """With endless capacity the same people have the same courses and come back on the same days in a busier clinic."""
    endless = (
        "clinic.practitioners.acupuncturist.count=50", "clinic.practitioners.physiotherapist.count=50",
        "clinic.rooms=100", "clinic.returns.share=1", "clinic.weeks=40",
    )  # fmt: skip
    quiet, busy = (Replication(model_of(*endless, f"clinic.arrivals.per_week={n}"), 0).run().courses for n in (21, 24))
    found = {(one.block, one.patient, one.episode): one for one in busy}
    assert any(one.episode for one in quiet)
    for one in quiet:
        other = found[one.block, one.patient, one.episode]
        assert (one.asked, one.stands, one.pain_reduction) == pytest.approx(
            (other.asked, other.stands, other.pain_reduction), nan_ok=True
        )
