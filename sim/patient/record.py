"""What is written down of each patient at the end: the recorded numbers of `sim.quantities`, from tile and readings."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inner
from sim.luck.numbers import Luck
from sim.patient.cohort import Cohort
from sim.patient.elementary import exp
from sim.patient.pathway import Pathway, Rules
from sim.patient.tile import (
    BRUISED,
    COST,
    END_DAY,
    END_PAIN,
    ENDED_BY,
    FIRST,
    FREE,
    GIVEN,
    LASTING,
    LOSS,
    LOST,
    MINUTES,
    NEVER,
    PAIN_42,
    PAIN_133,
    PER_MODALITY,
    RELAPSES,
    RELIEF_42,
    SERIOUS,
    SINCE,
    SORE,
    SORE_DAYS,
    TO_RELIEF,
    VISITS,
    Lanes,
)
from sim.patient.utility import YEARS_PER_DAY
from sim.patient.visit import reading
from sim.quantities import DAY_42, NOTICEABLE, NOTICEABLE_SHARE, RECOVERED_AT, ROW, THREE_MONTHS

Floats = NDArray[np.float64]

R_PAIN_REDUCTION: Final = ROW["pain_reduction"]
R_PAIN_REDUCTION_DAY42: Final = ROW["pain_reduction_day42"]
R_PAIN_REDUCTION_DAY133: Final = ROW["pain_reduction_day133"]
R_RESPONDER_DAY42: Final = ROW["responder_day42"]
R_RESPONDER_DAY133: Final = ROW["responder_day133"]
R_RESPONDER30_DAY42: Final = ROW["responder30_day42"]
R_RECOVERED_DAY42: Final = ROW["recovered_day42"]
R_RELIEF: Final = ROW["relief"]
R_RELIEF_DAY42: Final = ROW["relief_day42"]
R_BEGAN_BY_DAY42: Final = ROW["began_by_day42"]
R_RELAPSED_3MO: Final = ROW["relapsed_3mo"]
R_LASTING_RELIEF: Final = ROW["lasting_relief"]
R_RELAPSES: Final = ROW["relapses"]
R_SORENESS: Final = ROW["soreness"]
R_SORENESS_EVENTS: Final = ROW["soreness_events"]
R_SORENESS_DAYS: Final = ROW["soreness_days"]
R_BRUISING: Final = ROW["bruising"]
R_BRUISING_EVENTS: Final = ROW["bruising_events"]
R_SATISFIED: Final = ROW["satisfied"]
R_VISITS: Final = ROW["visits"]
R_MINUTES: Final = ROW["practitioner_minutes"]
R_COST: Final = ROW["cost"]
R_SERIOUS: Final = ROW["serious_events_per_100000"]
R_PAIN_FREE_DAYS: Final = ROW["pain_free_days"]
R_QALY: Final = ROW["qaly"]
R_VISITS_TO_RELIEF: Final = ROW["visits_to_relief"]
R_DAYS_TO_RELIEF: Final = ROW["days_to_relief"]
R_DAYS_TO_RELAPSE: Final = ROW["days_to_relapse"]
R_PAIN_DAY42: Final = ROW["pain_day42"]
R_PAIN_DAY133: Final = ROW["pain_day133"]
R_PAIN_END: Final = ROW["pain_end"]
R_COURSE_END: Final = ROW["course_end"]
R_ENDED_BY: Final = ROW["ended_by"]


@inner
def write_rows(
    tile: Floats, width: int, lanes: Lanes, cohort: Cohort, luck: Luck, pathway: Pathway, rules: Rules,
    out: Floats,
) -> None:  # fmt: skip
    """Write what became of patients into `out`, (rows, columns); the diary must have reached the horizon."""
    _write_readings(tile, width, lanes, cohort, out)
    _write_relief(tile, width, lanes, out)
    horizon = float(rules.horizon)
    for i in range(width):
        c = lanes.column[i]
        out[R_SORENESS, c] = 1.0 if tile[SORE + i] > 0.0 else 0.0
        out[R_SORENESS_EVENTS, c] = tile[SORE + i]
        out[R_SORENESS_DAYS, c] = tile[SORE_DAYS + i]
        out[R_BRUISING, c] = 1.0 if tile[BRUISED + i] > 0.0 else 0.0
        out[R_BRUISING_EVENTS, c] = tile[BRUISED + i]
        out[R_VISITS, c] = tile[VISITS + i]
    for i in range(width):
        c = lanes.column[i]
        out[R_MINUTES, c] = tile[MINUTES + i]
        out[R_COST, c] = tile[COST + i]
        out[R_SERIOUS, c] = tile[SERIOUS + i]
        out[R_PAIN_FREE_DAYS, c] = tile[FREE + i]
        out[R_QALY, c] = (horizon - tile[LOSS + i]) * YEARS_PER_DAY
        out[R_COURSE_END, c] = tile[END_DAY + i]
        out[R_ENDED_BY, c] = tile[ENDED_BY + i]
    _write_satisfied(tile, width, lanes, cohort, luck, pathway, rules, out)


@inner
def _write_readings(tile: Floats, width: int, lanes: Lanes, cohort: Cohort, out: Floats) -> None:
    """Write what patients report on day 42, day 133 and at the end of their course, against the first reading."""
    at_first, day42, day133, at_end = (
        cohort.baseline_reading, cohort.day42_noise, cohort.day133_noise, cohort.end_noise,
    )  # fmt: skip
    for i in range(width):
        c = lanes.column[i]
        on_42 = reading(tile[PAIN_42 + i], day42[c])
        on_133 = reading(tile[PAIN_133 + i], day133[c])
        out[R_PAIN_DAY42, c] = tile[PAIN_42 + i]
        out[R_PAIN_DAY133, c] = tile[PAIN_133 + i]
        out[R_PAIN_END, c] = tile[END_PAIN + i]
        out[R_PAIN_REDUCTION_DAY42, c] = at_first[c] - on_42
        out[R_PAIN_REDUCTION_DAY133, c] = at_first[c] - on_133
        out[R_PAIN_REDUCTION, c] = at_first[c] - reading(tile[END_PAIN + i], at_end[c])
        out[R_RESPONDER_DAY42, c] = 1.0 if at_first[c] - on_42 >= NOTICEABLE else 0.0
        out[R_RESPONDER_DAY133, c] = 1.0 if at_first[c] - on_133 >= NOTICEABLE else 0.0
        enough = NOTICEABLE_SHARE * at_first[c]
        out[R_RESPONDER30_DAY42, c] = 1.0 if at_first[c] - on_42 >= enough and enough > 0.0 else 0.0
        out[R_RECOVERED_DAY42, c] = 1.0 if on_42 <= RECOVERED_AT else 0.0


@inner
def _write_relief(tile: Floats, width: int, lanes: Lanes, out: Floats) -> None:
    """Write when relief began and was lost."""
    for i in range(width):
        c = lanes.column[i]
        first = min(tile[FIRST + i], tile[SINCE + i])
        began = first <= DAY_42
        held = tile[LOST + i] - first
        out[R_RELIEF, c] = 1.0 if first <= tile[END_DAY + i] else 0.0
        out[R_RELIEF_DAY42, c] = tile[RELIEF_42 + i]
        out[R_BEGAN_BY_DAY42, c] = 1.0 if began else 0.0
        out[R_RELAPSED_3MO, c] = 1.0 if began and held <= THREE_MONTHS else 0.0
        out[R_LASTING_RELIEF, c] = tile[LASTING + i]
        out[R_RELAPSES, c] = tile[RELAPSES + i]
        out[R_VISITS_TO_RELIEF, c] = tile[TO_RELIEF + i]
        out[R_DAYS_TO_RELIEF, c] = first if first < NEVER else np.inf
        out[R_DAYS_TO_RELAPSE, c] = held if began and tile[LOST + i] < NEVER else np.inf


@inner
def _write_satisfied(
    tile: Floats, width: int, lanes: Lanes, cohort: Cohort, luck: Luck, pathway: Pathway, rules: Rules,
    out: Floats,
) -> None:  # fmt: skip
    """Write who is satisfied; the threshold is the visit-weighted mean of those of the modalities given."""
    plain, known = 0.0, 0.0
    for m in range(len(rules.threshold)):
        if not np.isnan(rules.threshold[m]):
            plain += rules.threshold[m]
            known += 1.0
    plain = plain / known if known > 0.0 else NOTICEABLE
    for i in range(width):
        c = lanes.column[i]
        total, visits = 0.0, 0.0
        for m in range(len(pathway.active)):
            if not pathway.active[m]:
                continue
            if not np.isnan(rules.threshold[m]):
                given = tile[GIVEN + m * PER_MODALITY + i]
                total += given * rules.threshold[m]
                visits += given
        threshold = total / visits if visits > 0.0 else plain
        adverse = tile[SORE + i] + tile[BRUISED + i] > 0.0
        felt = out[R_PAIN_REDUCTION, c] - (rules.adverse_event_penalty if adverse else 0.0)
        chance = 1.0 / (1.0 + exp(-(felt - threshold) / rules.satisfaction_width))
        out[R_SATISFIED, c] = 1.0 if luck.satisfied[c] < chance else 0.0
