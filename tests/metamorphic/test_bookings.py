"""What must follow when how people book and come changes in a clinic."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.capacity.history import KEPT, LATE_CANCELLED, NO_SHOW
from sim.capacity.measures import Measured, measure
from sim.capacity.replicate import Runner, replicate, runner
from sim.capacity.simulate import Replication
from tests.oracle.test_clinic import model_of

STOOD = (KEPT, NO_SHOW, LATE_CANCELLED)
FULL = ("clinic.arrivals.per_week=33", "clinic.weeks=26", "clinic.warm_up=6", "clinic.patience=null",
        "clinic.missed.then=lost", "attendance.no_show=0.2")  # fmt: skip
EVERYTHING = (
    "clinic.no_shows={same_day: 0.2, from_15_days: 1.4, correlation: 0.17}",
    "clinic.reminders={no_show_ratio: 0.66, cost_each: 0.1}", "clinic.cancellation={share: 0.1, notice_days: 2}",
    "clinic.booking={ahead: 3, overbooked: 0.2, held: {share: 0.2}, priority: [acute_strain], "
    "calls: {most: 5, reached: 0.5, notice_hours: 2}}", "clinic.overtime={wage_factor: 1.5}",
)  # fmt: skip


def shorter(measure_name, changed, *given, number=6):
    """Return the p-value of a measure not being lower than without the change, paired by replication."""
    found = []
    for n in range(number):
        before, after = (
            measure(model, Replication(model, n).run(), 6).values[measure_name]
            for model in (model_of(*FULL, *given), model_of(*FULL, *given, *changed))
        )
        found.append(after - before)
    return stats.ttest_1samp(found, 0, alternative="less").pvalue


@pytest.mark.parametrize(
    "changed", [("clinic.booking.held={share: 0.25, release_days: 2}",), ("clinic.booking.overbooked=0.2",)]
)
def test_held_slots_and_second_bookings_shorten_the_wait_for_the_first_visit(changed):
    assert shorter("wait_mean_days", changed, "clinic.booking.ahead=3") < 0.01


def test_whom_slots_are_held_for_and_who_is_called_first_waits_less():
    held = ("clinic.booking.held={share: 0.3, release_days: 2, kept_for: priority}",
            "clinic.booking.priority=[acute_strain]")  # fmt: skip
    waits = []
    for n in range(6):
        model = model_of(*FULL, *held)
        courses = Replication(model, n).run().courses
        names = list(model.scenario.profiles)
        mean = {
            name: np.mean([one.wait for one in courses if names[one.profile] == name])
            for name in ("acute_strain", "chronic")
        }
        waits.append(mean["acute_strain"] - mean["chronic"])
    assert stats.ttest_1samp(waits, 0, alternative="less").pvalue < 0.01


def test_whoever_comes_without_a_reminder_comes_with_one():
    """With endless capacity the same visits are on the same days, and a reminder only takes chances away."""
    endless = ("clinic.practitioners.acupuncturist.count=50", "clinic.practitioners.physiotherapist.count=50",
               "clinic.rooms=100", "clinic.weeks=20", "clinic.warm_up=4", "clinic.returns.share=0",
               "clinic.late_cancellation=0", "clinic.no_shows={correlation: 0.3}", "clinic.treatment=acupuncture",
               "attendance.no_show=0.2", "attendance.drop_out=0", "attendance.drop_out_if_relieved=0",
               "attendance.drop_out_if_not_relieved=0")  # fmt: skip
    found = []
    for ratio in (1, 0.5):
        history = Replication(model_of(*endless, f"clinic.reminders={{no_show_ratio: {ratio}}}"), 0).run()
        visits = {(one.course, one.visit): one for one in history.appointments if one.became in STOOD}
        found.append({key: one.became == KEPT for key, one in visits.items()})
    bare, reminded = found
    assert bare.keys() == reminded.keys()
    assert all(reminded[key] for key, came in bare.items() if came)
    assert sum(reminded.values()) > sum(bare.values())


def test_results_do_not_depend_on_the_workers_and_can_be_kept():
    model = model_of("clinic.weeks=12", "clinic.warm_up=4", *EVERYTHING)
    alone = replicate(model, Runner(None), 3)
    with runner(2) as run:
        processes = replicate(model, run, 3)
    kept = Measured.parted(Measured.joined(alone.measured))
    for one, other, third in zip(alone.measured, processes.measured, kept, strict=True):
        np.testing.assert_equal(one.values, other.values)
        np.testing.assert_equal(one.values, third.values)
        np.testing.assert_array_equal(one.groups, other.groups)
        np.testing.assert_array_equal(one.groups, third.groups)


def test_who_asks_beside_them_changes_nobodys_luck_to_come():
    """With endless capacity the same people miss the same visits in a busier clinic."""
    endless = ("clinic.practitioners.acupuncturist.count=50", "clinic.practitioners.physiotherapist.count=50",
               "clinic.rooms=100", "clinic.weeks=20", "clinic.warm_up=4",
               *EVERYTHING[:3])  # fmt: skip
    found = []
    for n in (21, 24):
        history = Replication(model_of(*endless, f"clinic.arrivals.per_week={n}"), 0).run()
        of = {}
        for one in history.appointments:
            course = history.courses[one.course]
            of.setdefault((course.block, course.patient, course.episode), []).append((one.start, one.visit, one.became))
        found.append(of)
    quiet, busy = found
    assert quiet.keys() < busy.keys()
    assert all(busy[one] == visits for one, visits in quiet.items())
