"""Pain on given days: the path that the kernel integrates, written out for those who want to see it."""

from __future__ import annotations

import numpy as np

from sim.patient import outcomes as o
from sim.patient.compiled import njit
from sim.patient.elementary import exp


@njit(nogil=True, cache=True, error_model="numpy")
def pain_on_days(days, cohort, rules, trace, rows, booster):  # type: ignore[no-untyped-def]
    """Return pain in points on each of the days, in order, shape (days, patients).

    `trace` and `rows` are what the kernel recorded for an arm; `booster` is the luck of booster courses.
    """
    n = len(cohort.baseline)
    baseline, plateau, transient, rate = cohort.baseline, cohort.plateau, cohort.transient, cohort.rate
    end, relapse_in = rows[o.COURSE_END], rows[o.DAYS_TO_RELAPSE]
    pain, following, left, until = np.empty((len(days), n)), np.zeros(n, np.int64), np.ones(n), np.empty(n)
    for d in range(len(days)):
        day, of_day = days[d], pain[d]
        for i in range(n):
            k = following[i]
            while k < len(trace.day) and trace.day[k, i] + 1.0 <= min(day, end[i]):
                left[i] = trace.left[k, i]
                k += 1
            following[i] = k
        for i in range(n):
            until[i] = min(day, end[i] + relapse_in[i])
            if rules.held:
                until[i] = min(until[i], end[i])
        for i in range(n):
            of_day[i] = exp(until[i] * rate[i])
        for i in range(n):
            of_day[i] = (plateau[i] + transient[i] * of_day[i]) * left[i]
        for i in range(n):
            relapse_day = end[i] + relapse_in[i]
            is_boosted = relapse_in[i] <= o.THREE_MONTHS and booster[i] < rules.booster_share
            if relapse_day <= day and (not is_boosted or day < relapse_day + rules.booster_days):
                of_day[i] += rules.rebound * (baseline[i] - of_day[i])
    return pain
