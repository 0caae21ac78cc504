"""Make the records that come with the program: `python docs/made_up_records.py configs/records`.

Nobody in them is real. They come from the program itself, so that what is true is known (`TRUTH`), and are written as a
clinic's program might export them: semicolons, decimal commas, a title above the heading, days before months, cells
left empty, and two odd rows.
"""

from __future__ import annotations

import datetime
import math
import sys
from pathlib import Path

import numpy as np

from sim.patient.pathway import ATTENDED, BRUISED_AFTER, MISSED, SORE_AFTER
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from sim.study.prepare import prepare
from sim.study.trajectories import trace_first_block

PATIENTS = 200
SEED = 16
FIRST_DAY = datetime.date(2025, 1, 7)
WEEKS = 40
NEEDLED = {"dry_needling": 0.6, "acupuncture": 0.4}
"""Share of the patients who choose each."""
WORDS = {"dry_needling": "Dry needling", "acupuncture": "Acupuncture"}
ASKED_LATER = (90, 180)
ANSWERING = 0.7
NOT_WRITTEN_DOWN = 0.03
HORIZON = 260
TRUTH = (
    "parameters.dry_needling={ceiling: 0.6, half_life: 1.4, satisfaction_threshold: 1.5, relapse_scale: 350}",
    "parameters.acupuncture={ceiling: 0.45, half_life: 2.5, satisfaction_threshold: 1.5, relapse_scale: 350}",
    "attendance.no_show=0.1",
    "attendance.drop_out=0.03",
)
"""What the scenario reference.yaml has set in it: the numbers that can be looked for in the records."""


def study():
    """Return the study whose patients these are."""
    changes = [*TRUTH, f"cohort.size={PATIENTS}", f"seed={SEED}", f"followup.horizon={HORIZON}",
               "arms=[dry_needling, acupuncture]"]  # fmt: skip
    return prepare(load_scenario("reference.yaml", changes, outcomes=OUTCOME_NAMES).scenario)


def made():
    """Return the text of visits.csv and that of followup.csv."""
    asked = study()
    traced = trace_first_block(asked, PATIENTS)
    cohort = traced.patients.cohort
    luck = np.random.default_rng(SEED)
    arms = luck.choice(list(NEEDLED), size=PATIENTS, p=list(NEEDLED.values()))
    names = [f"P{number:04d}" for number in luck.choice(9000, PATIENTS, replace=False) + 1000]
    profiles = list(asked.scenario.profiles)
    visits, answers = [], []
    for i, (name, arm) in enumerate(zip(names, arms, strict=True)):
        trace, noise = traced.traces[arm], cohort.noise[i]
        start = _weekday(luck)

        def reading(day, trace=trace, noise=noise, i=i):
            said = trace.diary[day, i] + noise * luck.standard_normal()
            return (
                ""
                if luck.random() < NOT_WRITTEN_DOWN
                else f"{min(10, max(0, round(2 * said) / 2)):g}".replace(".", ",")
            )

        days = [int(day) for day in trace.day[:, i] if not math.isnan(day)]
        drop = cohort.baseline_reading[i]
        for k, day in enumerate(days):
            event, when = int(trace.event[k, i]), start + datetime.timedelta(days=day)
            booked = when - datetime.timedelta(days=int(luck.gamma(1.5, 6.0)) + 1)
            if not event & (ATTENDED | MISSED):
                break
            came = bool(event & ATTENDED)
            last = k == len(days) - 1
            fell = (drop or 0) - trace.diary[min(day + 1, HORIZON), i]
            satisfied = luck.random() < 1 / (1 + math.exp(1.5 - fell))
            visits.append((when, [
                name, f"{when:%d.%m.%Y}", f"{booked:%d.%m.%Y}", WORDS[arm] if came else "",
                reading(day) if came else "", "ja" if came else "nein", profiles[cohort.profile[i]] if k == 0 else "",
                ("ja" if event & SORE_AFTER else "nein") if came else "",
                ("ja" if event & BRUISED_AFTER else "nein") if came else "",
                "" if not last else "completed" if len(days) == trace.day.shape[0] else "dropped out",
                "" if not last else "ja" if satisfied else "nein",
            ]))  # fmt: skip
        for target in ASKED_LATER:
            day = target + int(luck.integers(-5, 12))
            if luck.random() < ANSWERING:
                back = trace.relapses[day, i] > 0
                when = start + datetime.timedelta(days=day)
                answers.append((when, [name, f"{when:%d.%m.%Y}", reading(day), "ja" if back else "nein"]))
    return _visits(visits), _answers(answers)


def _weekday(luck):
    """Return the day of a first visit, from Monday to Thursday, so that no later one is on a Sunday."""
    monday = FIRST_DAY - datetime.timedelta(days=FIRST_DAY.weekday())
    return monday + datetime.timedelta(days=7 * int(luck.integers(WEEKS)) + int(luck.integers(4)))


def _visits(rows):
    """Return the table of visits by date, with a row that stands twice and a reading that is none."""
    cells = [row for _, row in sorted(rows)]
    cells.insert(101, cells[100])
    odd = next(row for row in cells[300:] if row[4])
    odd[4] = "3-4"
    heading = "Patient;Date;Booked;Modality;Pain;Attended;Profile;Soreness;Bruising;Ended;Satisfied"
    title = "Made-up records: nobody in them is real (docs/made_up_records.py)"
    return _text(title, heading, cells)


def _answers(rows):
    title = "Made-up records: what was said on the telephone"
    return _text(title, "Patient;Date;Pain;Returned", [row for _, row in sorted(rows)])


def _text(title, heading, cells):
    return "\n".join([title, heading, *(";".join(row) for row in cells)]) + "\n"


def main():
    """Write the files into the directory that is named."""
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    for name, text in zip(("visits.csv", "followup.csv"), made(), strict=True):
        (place / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
