"""Published trials, simulated as they were done, with the literature's evidence set and nothing tuned to them.

`python -m tests.statistical.trials` prints the table of docs/validation.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sim.calibration.reference import expected_reading
from sim.luck.numbers import spread_luck
from sim.patient.pathway import Trace
from sim.patient.patients import make_patients
from sim.patient.plans import trace_arm
from sim.study.prepare import prepare
from tests.conftest import load

PATIENTS = 8192
SLACK = 0.3
"""Points by which the interval of a published mean is widened."""
MOST_OFF = 0.6


@dataclass(frozen=True)
class Published:
    """A published mean: of which trial and arm, on which day, pain left or fallen by, with the sd and number behind it.

    `low` and `high` are given where only a range or an interval was published.
    """

    trial: str
    arm: str
    day: int
    measure: str
    value: float
    sd: float = math.nan
    n: int = 0
    low: float = math.nan
    high: float = math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the published mean, or the range that was published."""
        if self.n:
            reach = 1.96 * self.sd / math.sqrt(self.n)
            return self.value - reach, self.value + reach
        return self.low, self.high


@dataclass(frozen=True)
class Trial:
    """How a trial was done: baseline pain, and the visits of each arm as a protocol."""

    name: str
    baseline: tuple[float, float]
    protocols: dict[str, str]
    means: tuple[Published, ...]


def _pain(trial: str, arm: str, rows: list[tuple[int, float, float, int]]) -> list[Published]:
    return [Published(trial, arm, day, "pain", mean, sd, n) for day, mean, sd, n in rows]


GERAC = Trial(
    "GERAC 2007", (6.77, 1.39),
    {
        "acupuncture": "{visits: 10, every_days: 3.5, each_visit: acupuncture}",
        "sham": "{visits: 10, every_days: 3.5, each_visit: sham}",
        "usual_care": "{visits: 10, every_days: 3.5, each_visit: []}",
    },
    (
        *_pain("GERAC 2007", "acupuncture", [(42, 4.86, 1.85, 370), (91, 4.54, 1.94, 373), (182, 4.02, 2.25, 377)]),
        *_pain("GERAC 2007", "sham", [(42, 5.10, 1.87, 375), (91, 4.85, 1.95, 376), (182, 4.33, 2.30, 376)]),
        *_pain("GERAC 2007", "usual_care", [(42, 5.71, 1.65, 361), (91, 5.48, 1.84, 361), (182, 5.23, 2.12, 364)]),
    ),
)  # fmt: skip
TWELVE = "phases: [{{visits: 8, every_days: 3.5, each_visit: {0}}}, {{visits: 4, every_days: 7, each_visit: {0}}}]"
BRINKHAUS = Trial(
    "Brinkhaus 2006", (6.48, 1.40),
    {
        "acupuncture": "{" + TWELVE.format("acupuncture") + "}",
        "sham": "{" + TWELVE.format("sham") + "}",
        "usual_care": "{visits: 1, every_days: 7, each_visit: []}",
    },
    (
        Published("Brinkhaus 2006", "acupuncture", 56, "fall", 2.87, 3.03, 146),
        Published("Brinkhaus 2006", "sham", 56, "fall", 2.36, 3.10, 73),
        Published("Brinkhaus 2006", "usual_care", 56, "fall", 0.69, 2.20, 79),
    ),
)  # fmt: skip
TEN = "phases: [{{visits: 6, every_days: 3.5, each_visit: {0}}}, {{visits: 4, every_days: 7, each_visit: {0}}}]"
CHERKIN = Trial(
    "Cherkin 2009", (6.0, 1.6),
    {
        "acupuncture": "{" + TEN.format("acupuncture") + "}",
        "sham": "{" + TEN.format("sham") + "}",
        "usual_care": "{visits: 1, every_days: 7, each_visit: []}",
    },
    (
        Published("Cherkin 2009", "acupuncture", 56, "fall", 1.75, low=1.6, high=1.9),
        Published("Cherkin 2009", "sham", 56, "fall", 1.75, low=1.6, high=1.9),
        Published("Cherkin 2009", "usual_care", 56, "fall", 0.7, low=0.7, high=0.7),
    ),
)  # fmt: skip
GRISWOLD = Trial(
    "Griswold 2019", (6.0, 1.6),
    {"dry_needling": "{visits: 6, every_days: 3.5, each_visit: dry_needling}"},
    (Published("Griswold 2019", "dry_needling", 21, "fall", 2.2, low=1.5, high=2.8),),
)  # fmt: skip
TRIALS = (GERAC, BRINKHAUS, CHERKIN, GRISWOLD)


def predicted(trial: Trial) -> Iterator[tuple[Published, float]]:
    """Yield every published mean of a trial with what the model predicts, in reported points."""
    mean, sd = trial.baseline
    scenario = load(
        "literature.yaml",
        [
            "cohort.profiles={chronic: 1}", f"profiles.chronic.baseline_pain.mean={mean}",
            f"profiles.chronic.baseline_pain.sd={sd}", "followup.horizon=190", "attendance.no_show=0",
            f"arms=[{', '.join(trial.protocols)}]",
            *(f"protocols.{arm}={given}" for arm, given in trial.protocols.items()),
        ],
    ).scenario  # fmt: skip
    study = prepare(scenario)
    patients = make_patients(spread_luck(1, 0, 0, study.setting.needs, PATIENTS), study.law, study.response)
    before = float(patients.cohort.baseline_reading.mean())
    for a, arm in enumerate(study.setting.arms):
        trace = Trace.empty(0, study.rules.horizon + 1, PATIENTS)
        trace_arm(patients, study.setting.plans, a, study.rules, study.law.soreness_days, trace)
        for one in trial.means:
            if one.arm == arm:
                left = float(expected_reading(trace.diary[one.day], patients.cohort.noise).mean())
                yield one, left if one.measure == "pain" else before - left


def main() -> None:
    """Print the table as Markdown."""
    print("| trial | arm | day | measure | published | its interval | predicted | off |")
    print("|---|---|---|---|---|---|---|---|")
    for trial in TRIALS:
        for one, value in predicted(trial):
            low, high = one.interval
            print(
                f"| {one.trial} | {one.arm.replace('_', ' ')} | {one.day} | {one.measure} | {one.value:.2f} "
                f"| {low:.2f} to {high:.2f} | {value:.2f} | {value - one.value:+.2f} |"
            )


if __name__ == "__main__":
    main()
