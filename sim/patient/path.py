"""Pain on given days: the path that the kernel integrates, written out for those who want to see it."""

from __future__ import annotations

import math

import numpy as np

from sim.patient import outcomes as o
from sim.patient.compiled import njit
from sim.patient.elementary import exp


@njit(nogil=True, cache=True, error_model="numpy")
def pain_on_days(days, cohort, rules, trace, rows, booster):  # type: ignore[no-untyped-def]
    """Return pain in points on each of the days, shape (days, patients) in the cohort's order.

    `trace` and `rows` are what the kernel recorded for an arm; `booster` is the luck of booster courses.
    """
    n = len(cohort.baseline)
    pain = np.empty((len(days), n))
    for i in range(n):
        rate, baseline = cohort.rate[i], cohort.baseline[i]
        plateau, transient = cohort.plateau[i], cohort.transient[i]
        end = rows[o.COURSE_END, i]
        relapse_day = end + rows[o.DAYS_TO_RELAPSE, i]
        counts = rows[o.DAYS_TO_RELAPSE, i] <= o.THREE_MONTHS
        boosted = rules.booster_share > 0.0 and counts and booster[i] < rules.booster_share
        back = relapse_day + rules.booster_days if boosted else math.inf
        k = -1
        for d in range(len(days)):
            day = days[d]
            while k + 1 < len(trace.day) and trace.day[k + 1, i] + 1.0 <= min(day, end):
                k += 1
            left = trace.left[k, i] if k >= 0 else 1.0
            until = min(day, relapse_day)
            if rules.held:
                until = min(until, end)
            pain[d, i] = (plateau + transient * exp(until * rate)) * left
            if relapse_day <= day < back:
                pain[d, i] += rules.rebound * (baseline - pain[d, i])
    return pain
